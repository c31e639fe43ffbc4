"""Plants each fault in a copy of the engine, and says who finds it.

    python3 runtime/flow-sim/plants/run.py [NAME ...]

Copies the house to target/plants, applies one patch at a time, builds, and runs what the patch says
finds it: the simulation, whose checker of the promise has 60 seconds of seeds, or one test. A plant
that is not found fails the run. Nothing outside target/plants is changed.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
HOUSE = HERE.parents[2]
PLACE = HOUSE / "target" / "plants"
COPY = PLACE / "house"
FOUND_WITHIN_S = 60
# So that git takes the copy for a folder of its own, and patches it.
ENV = dict(os.environ, CARGO_TARGET_DIR=str(PLACE / "target"), GIT_CEILING_DIRECTORIES=str(PLACE))


def head(patch):
    """The lines before the first file, by their names."""
    lines = patch.read_text().split("\n\n", 1)[0].splitlines()
    return dict(line.split(": ", 1) for line in lines)


def copy_house():
    """What is the same already stays as it is, so that it is not built again."""
    names = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(names, cwd=HOUSE, capture_output=True, check=True).stdout
    names = [n for n in listed.decode().split("\0") if n and (HOUSE / n).is_file()]
    for old in [p for p in COPY.rglob("*") if p.is_file()]:
        if str(old.relative_to(COPY)) not in names:
            old.unlink()
    for name in names:
        source, copy = HOUSE / name, COPY / name
        if not copy.is_file() or copy.read_bytes() != source.read_bytes():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy)


def run(*command, timeout=None):
    """How it ended and what it said; ended is None where it took too long."""
    try:
        done = subprocess.run(
            command, cwd=COPY, env=ENV, timeout=timeout, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        return done.returncode, done.stdout
    except subprocess.TimeoutExpired as late:
        return None, (late.stdout or b"").decode() if isinstance(late.stdout, bytes) else ""


def build(finder):
    if finder.startswith("lives"):
        return run("cargo", "build", "-q", "-p", "flow-sim", "--bin", "lives")
    return run("cargo", "test", "-q", "-p", "flow-engine", "--lib", "--no-run")


def look(finder):
    """What was seen of the fault; nothing where it was not found."""
    promise = re.fullmatch(r"lives, promise (\d+)", finder)
    if promise:
        lives = str(PLACE / "target" / "debug" / "lives")
        ended, said = run(lives, "0", "10000000", f"promise={promise[1]}", "plain",
                          timeout=FOUND_WITHIN_S)
        seen = re.search(r"seed \d+: promise \d+ is broken: .*", said)
        return seen[0] if ended == 1 and seen else None
    test = finder.removeprefix("test ")
    ended, said = run("cargo", "test", "-q", "-p", "flow-engine", "--lib", "--", "--exact", test,
                      timeout=FOUND_WITHIN_S)
    failed = ended not in (0, None) and "test result: FAILED. 0 passed; 1 failed" in said
    return f"`{test}` fails" if failed else None


def plant(patch):
    about = head(patch)
    finder = about["Found by"]
    files = re.findall(r"^\+\+\+ b/(.+)$", patch.read_text(), re.M)
    try:
        ended, said = run("git", "apply", str(patch))
        if ended == 0:
            ended, said = build(finder)
        if ended != 0:
            return None, 0.0, said.strip()[-2000:]
        began = time.monotonic()
        seen = look(finder)
        return seen, time.monotonic() - began, f"not found by {finder}"
    finally:
        for name in files:
            shutil.copyfile(HOUSE / name, COPY / name)


def main():
    patches = sorted(HERE.glob("*.patch"))
    wanted = sys.argv[1:]
    patches = [p for p in patches if not wanted or p.stem in wanted]
    # Those of one finder together, so that the other is not built in between.
    patches.sort(key=lambda p: not head(p)["Found by"].startswith("lives"))
    copy_house()
    missed = []
    for patch in patches:
        seen, took, why = plant(patch)
        if seen:
            print(f"found   {patch.stem} in {took:.1f} s: {seen}", flush=True)
        else:
            missed.append(patch.stem)
            print(f"MISSED  {patch.stem}: {why}", flush=True)
    print(f"{len(patches) - len(missed)} of {len(patches)} plants found")
    if missed:
        sys.exit(f"not found: {', '.join(missed)}")


if __name__ == "__main__":
    main()
