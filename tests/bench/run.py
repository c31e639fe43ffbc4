"""Figures, each beside a peer that is measured in the same run on the same machine.

    cargo build --workspace && python3 tests/bench/run.py [--profile debug|release] [SECTION ...]

Sections: check, provider, daemon. Prints the tables of README.md; writes nothing but a scratch
folder. CPU seconds are user and system time of the process and its children: on a busy machine
they say more than the clock does. Every figure is the median of several runs.
"""

import argparse
import json
import os
import platform
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COUNTS = (1, 100, 1_000, 10_000)
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:button"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sections", nargs="*", default=["check", "provider", "daemon"])
    parser.add_argument("--profile", default="debug")
    options = parser.parse_args()
    bins = ROOT / "target" / options.profile
    print(f"{time.strftime('%Y-%m-%d %H:%M')}, {os.cpu_count()} cores, "
          f"load {os.getloadavg()[0]:.1f}, profile {options.profile}, {platform.machine()}\n")
    sections = {"check": bench_check, "provider": bench_provider, "daemon": bench_daemon}
    with tempfile.TemporaryDirectory(prefix="flow-bench-") as scratch:
        for name in options.sections:
            folder = Path(scratch) / name
            folder.mkdir()
            sections[name](bins, folder)
            print()


# What is measured, and how.


def cpu_of(command, **how):
    """CPU seconds and wall seconds of a command that must succeed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, **how)
    wall = time.monotonic() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(f"{command[0]} failed:\n{done.stdout}{done.stderr}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def median_cpu(command, runs, **how):
    return statistics.median(cpu_of(command, **how)[0] for _ in range(runs))


def memory_mb(pid):
    """Resident memory of a process in megabytes, the part that is its own and the whole."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    rows = {line.split(":")[0]: line.split()[1] for line in text.splitlines()[1:]}
    own = int(rows["Private_Clean"]) + int(rows["Private_Dirty"])
    return own / 1024, int(rows["Rss"]) / 1024


def table(*rows):
    print("| " + " | ".join(rows[0]) + " |")
    print("| " + " | ".join("---" for _ in rows[0]) + " |")
    for row in rows[1:]:
        print("| " + " | ".join(str(cell) for cell in row) + " |")


# flowc check beside terraform validate and the bare parse of the same bytes.


def flows(count):
    """The Lambda example with its flow block `count` times, under other names."""
    text = (ROOT / "examples/lambda-on-approval/main.flow.hcl").read_text()
    head, flow = text.split('flow "button" {', 1)
    return head, ['flow "button_%05d" {%s' % (at, flow) for at in range(count)]


def resources(count):
    """About as many blocks and expressions of Terraform, on its built-in resource."""
    block = (ROOT / "tests/bench/resource.tf").read_text()
    return [block.replace("button", "button_%05d" % at) for at in range(count)]


def bench_check(bins, folder):
    rows = [("flows", "flowc check", "terraform validate", "bare hcl-edit parse",
             "flowc / terraform", "flowc / parse")]
    for count in COUNTS:
        ours, theirs = folder / f"flow-{count}", folder / f"tf-{count}"
        ours.mkdir()
        theirs.mkdir()
        head, blocks = flows(count)
        (ours / "main.flow.hcl").write_text(head)
        for at in range(0, count, 100):
            (ours / f"flows-{at:05}.flow.hcl").write_text("\n".join(blocks[at:at + 100]))
        blocks = resources(count)
        for at in range(0, count, 100):
            (theirs / f"r-{at:05}.tf").write_text("\n".join(blocks[at:at + 100]))
        runs = 5 if count <= 1_000 else 1
        files = sorted(str(file) for file in ours.iterdir())
        check = median_cpu([bins / "flowc", "check", ours, "-var", f"lambda_arn={FUNCTION}"], runs)
        parse = median_cpu([bins / "bare-parse", *files], runs)
        validate = terraform_validate(theirs, runs)
        rows.append((f"{count:,}", f"{check:.2f} s", f"{validate:.2f} s" if validate else "–",
                     f"{parse:.2f} s", ratio(check, validate), ratio(check, parse)))
    table(*rows)


def ratio(ours, theirs):
    return f"{ours / theirs:.2f}" if theirs else "–"


def terraform_validate(folder, runs):
    terraform = shutil.which("terraform")
    if not terraform:
        print("(no terraform on the path)\n")
        return None
    config = folder / "cli.tfrc"
    config.write_text("disable_checkpoint = true\n")
    how = {"cwd": folder, "env": {**os.environ, "TF_CLI_CONFIG_FILE": str(config)}}
    subprocess.run([terraform, "init"], check=True, capture_output=True, **how)
    return median_cpu([terraform, "validate"], runs, **how)


# The provider: from start to its handshake line, and what it holds then.


def bench_provider(bins, folder):
    cookie = {"TF_PLUGIN_MAGIC_COOKIE":
              "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2"}
    environment = {**os.environ, **cookie, "PLUGIN_PROTOCOL_VERSIONS": "6",
                   "AWS_LC_SYS_NO_JITTER_ENTROPY": "1"}
    ours = starts([bins / "terraform-provider-flow"], b"1|6|", environment)
    # The floor: the shell says one line and stays, which is what a handshake is at the least.
    floor = starts(["sh", "-c", "echo '1|6|'; read x"], b"1|6|", environment)
    table(("median of 20", "provider", "floor: a shell"),
          ("start to the handshake line", f"{ours[0]:.1f} ms", f"{floor[0]:.1f} ms"),
          ("memory of its own", f"{ours[1]:.1f} MB", f"{floor[1]:.1f} MB"),
          ("resident memory", f"{ours[2]:.1f} MB", f"{floor[2]:.1f} MB"))


def starts(command, expected, environment):
    """Milliseconds to the first line, and the memory then; medians of 20 starts."""
    seen = []
    for _ in range(20):
        begun = time.monotonic()
        child = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        line = child.stdout.readline()
        took = (time.monotonic() - begun) * 1000
        if not line.startswith(expected):
            sys.exit(f"{command[0]} answered {line!r}")
        seen.append((took, *memory_mb(child.pid)))
        child.kill()
        child.wait()
    return [statistics.median(column) for column in zip(*seen)]


# The daemon: durable requests beside the floor that SQLite sets on the same disk.


def bench_daemon(bins, folder):
    flow = ROOT / "examples/friday-deploy"
    run([bins / "flowc", "build", flow, "-o", folder / "flow.json"])
    printed = run([bins / "flowd", "init", "--dev", "--db", folder / "flow.db",
                   "--admin-email", "admin@acme.example"])
    token = next(word for word in printed.split() if word.startswith("flow_"))
    config = folder / "flowd.toml"
    # One person asks for everything here, far more than one person may by default.
    config.write_text("[ceiling]\nopen_requests_max = 10000000\n")
    begun = time.monotonic()
    log = open(folder / "flowd.log", "w+")
    daemon = subprocess.Popen(
        [bins / "flowd", "serve", "--dev", "--db", folder / "flow.db", "--bundle",
         folder / "flow.json", "--config", config, "--listen", "127.0.0.1:0"],
        stdout=log, stderr=log)
    try:
        server = wait_for_server(folder / "flowd.log")
        start = time.monotonic() - begun
        idle = memory_mb(daemon.pid)
        tokens = people(server, token)
        rates = {clients: rate(server, tokens, clients) for clients in (1, 8)}
        busy = memory_mb(daemon.pid)
    finally:
        daemon.terminate()
        daemon.wait()
    floors = {clients: sqlite_floor(folder, clients) for clients in (1, 8)}
    table(("flowd", ""),
          ("start to listening", f"{start * 1000:.0f} ms"),
          ("memory of its own, idle", f"{idle[0]:.1f} MB ({idle[1]:.1f} resident)"),
          ("the same after the load", f"{busy[0]:.1f} MB ({busy[1]:.1f} resident)"))
    print()
    rows = [("clients", "durable requests/s", "SQLite commits/s, same disk", "ratio")]
    for clients, figure in rates.items():
        rows.append((clients, f"{figure:.0f}", f"{floors[clients]:.0f}",
                     ratio(figure, floors[clients])))
    table(*rows)


def run(command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def wait_for_server(log):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for word in log.read_text().split():
            if word.startswith("http://127.0.0.1:"):
                return word
        time.sleep(0.002)
    sys.exit("flowd did not come up:\n" + log.read_text())


def post(server, token, path, body):
    headers = {"Authorization": "Bearer " + token, "Content-Type": "application/json"}
    request = urllib.request.Request(server + path, json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        sys.exit(f"POST {path}: {error}: {error.read().decode()}")


def people(server, admin, count=50):
    """Tokens of so many people: the daemon takes only so many calls a second from one token."""
    tokens = []
    for at in range(count):
        email = f"person{at}@acme.example"
        post(server, admin, "/v1/people", {"emails": [email], "role": "member"})
        tokens.append(post(server, admin, f"/v1/people/{email}/tokens", {"scope": "ask"})["token"])
    return tokens


def rate(server, tokens, clients, seconds=5):
    """Requests a second that were answered, which means that they were durable."""
    body = {"flow": "deploy", "fields": {"reason": "bench"}}
    done, end = [0] * clients, time.monotonic() + seconds

    def ask(client):
        while time.monotonic() < end:
            post(server, tokens[(client * 7 + done[client]) % len(tokens)], "/v1/requests", body)
            done[client] += 1

    in_threads(ask, clients)
    return sum(done) / seconds


def sqlite_floor(folder, clients, seconds=5):
    """Commits a second of one small row, WAL and FULL as in the daemon, each client for itself."""
    path = folder / f"floor-{clients}.db"
    with sqlite3.connect(path) as base:
        base.execute("PRAGMA journal_mode = WAL")
        base.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, body TEXT)")
    done, end = [0] * clients, time.monotonic() + seconds

    def commit(client):
        connection = sqlite3.connect(path, timeout=60, isolation_level=None)
        connection.execute("PRAGMA synchronous = FULL")
        while time.monotonic() < end:
            connection.execute("INSERT INTO t (body) VALUES (?)", ("x" * 500,))
            done[client] += 1
        connection.close()

    in_threads(commit, clients)
    return sum(done) / seconds


def in_threads(work, count):
    failed = []

    def guarded(at):
        try:
            work(at)
        except BaseException as error:  # A thread's own end would be silent.
            failed.append(error)

    threads = [threading.Thread(target=guarded, args=(at,)) for at in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]


if __name__ == "__main__":
    main()
