"""The share of a real request that corswsgi takes: an empty application under gunicorn, asked by wrk on loopback.

`python -m benchmarks.end_to_end` serves the application with and without corswsgi in turns, a few seconds each, and
reads from /proc the processor time that the worker took: wrk has a core of its own at best, so requests per second say
less. Needs Linux, gunicorn and `wrk` (Debian: wrk).
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contenders import bare
from benchmarks.measure import measure
from benchmarks.results import write_section
from benchmarks.scenarios import scenarios
from corswsgi import CORSMiddleware

_SCENARIO = scenarios(most=1)[1]  # GET, allowed
_APPS = {"without": "benchmarks.end_to_end:without", "with": "benchmarks.end_to_end:with_cors"}
_PORT = re.compile(r"Listening at: http://127\.0\.0\.1:(\d+)")
_DEADLINE = 20.0  # seconds for gunicorn to start

without = bare(_SCENARIO)
with_cors = CORSMiddleware(without, _SCENARIO.rows)


@dataclass(frozen=True, slots=True)
class _Server:
    url: str
    worker: int  # its process

    def processor_seconds(self) -> float:
        """Return the time that the worker has had, as a user and in the kernel (proc(5), stat)."""
        after_name = Path(f"/proc/{self.worker}/stat").read_text().rpartition(")")[2].split()
        return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _gunicorn(app: str) -> Iterator[_Server]:
    with tempfile.TemporaryFile("w+") as log:
        command = [sys.executable, "-m", "gunicorn", "--bind=127.0.0.1:0", "--workers=1", "--no-control-socket", app]
        with subprocess.Popen(command, stderr=log) as process:
            try:
                port = _port(log.fileno(), process)
                children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
                yield _Server(f"http://127.0.0.1:{port}/api/users/7", int(children[0]))
            finally:
                process.terminate()


def _port(log: int, process: "subprocess.Popen[bytes]") -> str:
    """Wait until gunicorn has said where it listens and has started its worker."""
    begun = time.monotonic()
    while time.monotonic() < begun + _DEADLINE and process.poll() is None:
        text = os.pread(log, 100_000, 0).decode()
        found = _PORT.search(text)
        if found and "Booting worker" in text:
            return found[1]
        time.sleep(0.05)
    raise RuntimeError(f"gunicorn did not start: {os.pread(log, 100_000, 0).decode()}")


def _load(server: _Server, seconds: int) -> tuple[int, float]:
    """Return how many requests were served, and the worker's microseconds of processor time for each."""
    command = ["wrk", "--threads=1", "--connections=4", f"--duration={seconds}s"]
    command += ["--header", f"Origin: {_SCENARIO.origins[0]}", server.url]
    before = server.processor_seconds()
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    took = server.processor_seconds() - before
    served = re.search(r"(\d+) requests in", done.stdout)
    if served is None or "Non-2xx" in done.stdout:
        raise RuntimeError(done.stdout)
    return int(served[1]), took / int(served[1]) * 1e6


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.end_to_end", description=__doc__)
    parser.add_argument("--turns", type=int, default=5, help="of each application (default: %(default)s)")
    parser.add_argument("--seconds", type=int, default=3, help="of load in each turn (default: %(default)s)")
    parser.add_argument("--write", action="store_true", help="write the result into README.md")
    options = parser.parse_args()
    microseconds: dict[str, list[float]] = {name: [] for name in _APPS}
    with _gunicorn(_APPS["without"]) as plain, _gunicorn(_APPS["with"]) as wrapped:
        for _ in range(options.turns):
            for name, server in (("without", plain), ("with", wrapped)):
                served, each = _load(server, options.seconds)
                microseconds[name].append(each)
                print(f"{name} corswsgi: {served} requests, {each:.1f} µs each", file=sys.stderr)
    text = _text(microseconds, _in_process())
    print(text)
    if options.write:
        write_section("end to end", text)


def _in_process() -> float:
    """Return the microseconds that corswsgi takes in the same request with no server around it."""
    from benchmarks.contenders import CONTENDERS

    ours = [each for each in CONTENDERS if each.name == "corswsgi"]
    (cost,) = measure([_SCENARIO], ours, 100, lambda _: None)
    return cost.added / 1000


def _text(microseconds: dict[str, list[float]], in_process: float) -> str:
    least = {name: min(times) for name, times in microseconds.items()}
    lines = [
        f"- {name} corswsgi: {min(times):.1f} µs of the worker's processor time a request (to {max(times):.1f})"
        for name, times in microseconds.items()
    ]
    share = (least["with"] - least["without"]) / least["with"]
    lines.append(f"- difference of the least: {least['with'] - least['without']:.1f} µs, {share:.1%} of the request")
    lines.append(
        f"- in one process, with no server: {in_process:.2f} µs, {in_process / least['with']:.2%} of the request"
    )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
