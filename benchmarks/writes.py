"""The cost of `cross_origin_writes="refuse"` for a request: `python -m benchmarks.writes --write`.

The law of this module: the same requests meet the same table with both values of the switch, in turns. With "accept"
nothing is put in front of a row, so that there is nothing to measure.
"""

import argparse
import random
import sys
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from benchmarks.measure import percentile_10
from benchmarks.requests import fresh, serve
from benchmarks.results import write_section
from benchmarks.scenarios import APP_BODY, APP_HEADERS
from corswsgi import CORSMiddleware, Policy

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_AT_MOST = 300  # nanoseconds
_BATCH = 200  # requests in a slice
_OWN, _ALLY = "https://api.example.com", "https://app.example.com"  # the host of benchmarks/requests.py is _OWN's
_TABLE = {"/api/**": Policy(allow_origins=_ALLY, allow_credentials=True, allow_methods="PUT"), "/admin/**": None}
_REQUESTS: dict[str, tuple[str, str, dict[str, str]]] = {
    "own GET": ("GET", "/orders", {}),
    "GET, allowed": ("GET", "/api/orders", {"ORIGIN": _ALLY, "SEC_FETCH_SITE": "same-site"}),
    "own POST": ("POST", "/orders", {"ORIGIN": _OWN, "SEC_FETCH_SITE": "same-origin"}),
    "own POST, no site": ("POST", "/orders", {"ORIGIN": _OWN}),
    "POST of a program": ("POST", "/api/orders", {}),
    "PUT, allowed": ("PUT", "/api/orders", {"ORIGIN": _ALLY, "SEC_FETCH_SITE": "same-site"}),
}


def _app(_environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    start_response("200 OK", APP_HEADERS)
    return [APP_BODY]


def _slice(app: "WSGIApplication", method: str, path: str, headers: dict[str, str]) -> float:
    requests: list[dict[str, Any]] = [
        {"REQUEST_METHOD": fresh(method), "PATH_INFO": fresh(path)}
        | {fresh(f"HTTP_{name}"): fresh(value) for name, value in headers.items()}
        for _ in range(_BATCH)
    ]
    before = time.perf_counter_ns()
    serve(app, requests)
    return (time.perf_counter_ns() - before) / _BATCH


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.writes", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200, help="slices of each (default: %(default)s)")
    parser.add_argument("--write", action="store_true", help="write the table into README.md")
    options = parser.parse_args()
    accept = CORSMiddleware(_app, _TABLE)
    refuse = CORSMiddleware(_app, _TABLE, cross_origin_writes="refuse")
    lines = ["| request | adds | at most 300 ns |", "|---|---|---|"]
    for name, request in _REQUESTS.items():
        taken: dict[int, list[float]] = {id(accept): [], id(refuse): []}
        for _ in range(options.rounds):
            for app in random.sample([accept, refuse], 2):
                taken[id(app)].append(_slice(app, *request))
        added = percentile_10(taken[id(refuse)]) - percentile_10(taken[id(accept)])
        lines.append(f"| {name} | {added:,.0f} ns | {'met' if added <= _AT_MOST else 'MISSED'} |")
    table = "\n".join(lines)
    print(table)
    if options.write:
        write_section("writes", f"Python {sys.version.split()[0]}, {options.rounds} slices.\n\n{table}")


if __name__ == "__main__":
    main()
