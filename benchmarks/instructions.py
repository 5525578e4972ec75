"""Count instructions per request with Valgrind's callgrind: figures that do not depend on the neighbours.

`python -m benchmarks.instructions` runs each application for N and for 2N requests and takes the difference, so that
what it takes to start Python drops out. Needs `valgrind` and `setarch` (Debian: valgrind, util-linux).
"""

import argparse
import gc
import os
import re
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import product
from typing import TYPE_CHECKING

from benchmarks.requests import Requests, serve
from benchmarks.results import write_section
from benchmarks.scenarios import Scenario, scenarios

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

_SCENARIOS = ("GET without Origin", "GET, allowed", "GET, refused", "preflight, allowed", "GET, public *")
_CONTENDERS = ("bare", "the limit", "corswsgi")


def main() -> None:
    """Run from the command line; with ``--serve`` as one of the counted processes."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.instructions", description=__doc__)
    parser.add_argument("--requests", type=int, default=400, help="N (default: %(default)s)")
    parser.add_argument("--write", action="store_true", help="write the table into README.md")
    parser.add_argument("--serve", nargs=2, metavar=("SCENARIO", "CONTENDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        name, contender = options.serve
        _serve(name, contender, options.requests)
        return
    lines = ["| scenario | the limit | corswsgi | ratio |", "|---|---|---|---|"]
    count = partial(_per_request, options.requests)
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # of processes that wait; neighbours do not change what they count
        counts = list(pool.map(count, *zip(*product(_SCENARIOS, _CONTENDERS), strict=True)))
    for index, scenario in enumerate(_SCENARIOS):
        bare, limit, ours = counts[3 * index : 3 * index + 3]
        lines.append(
            f"| {scenario} | {limit - bare:,.0f} | {ours - bare:,.0f} | {(ours - bare) / (limit - bare):.2f} |"
        )
    table = "\n".join(lines)
    print(table)
    if options.write:
        write_section("instructions", f"Python {sys.version.split()[0]}, N = {options.requests:,}.\n\n{table}")


def _serve(name: str, contender: str, count: int) -> None:
    """Serve `count` requests, after as many preparations as any other run has."""
    scenario = next(each for each in scenarios(most=10) if each.name == name)
    app = _application(contender)(scenario)
    most = int(os.environ["MOST"])
    requests = Requests(scenario).take(most)
    gc.disable()
    serve(app, requests[:count])


def _application(contender: str) -> Callable[[Scenario], "WSGIApplication"]:
    from benchmarks.contenders import CONTENDERS, bare

    return {"bare": bare, **{each.name: each.serve for each in CONTENDERS}}[contender]


def _per_request(count: int, scenario: str, contender: str) -> float:
    return (
        _instructions(scenario, contender, 2 * count, count) - _instructions(scenario, contender, count, count)
    ) / count


def _instructions(scenario: str, contender: str, count: int, unit: int) -> int:
    serve_it = ["-m", "benchmarks.instructions", "--requests", str(count), "--serve", scenario, contender]
    callgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    command = ["setarch", "-R", *callgrind, sys.executable, *serve_it]
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "MOST": str(2 * unit)}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    collected = re.search(r"Collected : (\d+)", done.stderr)
    assert collected is not None, done.stderr
    return int(collected[1])


if __name__ == "__main__":
    main()
