"""benchmarks/ runs, and the contenders of a scenario give the same right answer, or their times would mean nothing."""

import json
import os
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks import loaded
from benchmarks.contenders import CONTENDERS
from benchmarks.limit import limit
from benchmarks.requests import answer, is_allowed, needs_vary, varies_on_origin
from benchmarks.scenarios import Headers, Scenario, scenarios
from corswsgi import CORSMiddleware
from tests.support.asking import make_environ, run

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

ROOT = Path(__file__).parent.parent
SCENARIOS = {each.name: each for each in scenarios(most=1000)}
TABLES = [
    "GET, allowed",
    "GET, public *",
    "GET, allowed, nested rows",
    "GET, allowed, a row with a *",
    "1 wildcard, allowed",
    "1,000 wildcards, allowed",
    "10 rows, first",
]
PATHS = ["", "//", "/api/admin", "/api/admin/a", "/api/admins", "/api/public", "/api/public/a", "/api/publicity"]
PATHS += [
    "/fonts",
    "/fonts/a.woff2",
    "/fonts/.woff2",
    "/fonts/a/b.woff2",
    "/fonts/a.woff2/",
    "/fonts/a.woff",
    "/api/public/..",
]
BY_NAME = {each.name: each for each in CONTENDERS}


@pytest.mark.parametrize("name", SCENARIOS)
def test_limit_and_corswsgi_give_the_same_right_answer(name: str) -> None:
    scenario = SCENARIOS[name]
    status, headers = answer(BY_NAME["the limit"].serve(scenario), scenario)
    assert (status, headers) == answer(BY_NAME["corswsgi"].serve(scenario), scenario)
    assert is_allowed(scenario, status, headers) is scenario.allowed
    assert varies_on_origin(headers) or not needs_vary(scenario)


def by_hand_and_ours(scenario: Scenario, own: Headers) -> list["WSGIApplication"]:
    def app(_environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
        start_response("200 OK", own)
        return []

    return [limit(app, scenario), CORSMiddleware(app, scenario.rows)]


@pytest.mark.parametrize("table", TABLES)
def test_limit_is_right_for_every_request_that_may_meet_its_table(table: str) -> None:
    scenario = SCENARIOS[table]
    root = next(iter(scenario.rows)).removesuffix("/**")
    ends = [
        "",
        "/",
        "/a",
        "/a/b/c",
        "x",
        "//",
        "/a//b",
        "/.",
        "/..",
        "/./a",
        "/a/../b",
        "/.a/.b",
        "/...",
        "/a\\b",
        "/%2e",
    ]
    origin = scenario.origins[0]
    origins = [None, "", "null", "x" * 9000, *(origin + end for end in ("", "/", ":1", "."))]
    origins += [origin.upper()]
    origins += [origin.replace("pr-", bad) for bad in ("@", "a..b", "\0", "A", "")]
    requests = product([*PATHS, *(root + end for end in ends)], origins, ("GET", "OPTIONS"), (None, "", "PUT"))
    by_hand, ours = by_hand_and_ours(scenario, [("X-Odd", "7")])
    for path, origin_sent, method, asked in requests:
        headers = {"origin": origin_sent, "access_control_request_method": asked}
        sent = {name: value for name, value in headers.items() if value is not None}
        assert run(by_hand, make_environ(path, method, **sent)) == run(ours, make_environ(path, method, **sent)), sent


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    "own",
    [
        pytest.param([], id="no headers"),
        pytest.param([("Age", "7"), ("X-Odd", "7"), ("X-Content-Type-Options", "nosniff")], id="others"),
        pytest.param([("vary", "accept,  cookie"), ("X-Odd", "7")], id="Vary"),
        pytest.param([("Vary", "Cookie"), ("VARY", "X-Origin, origin"), ("ETag", "7")], id="several, one on Origin"),
        pytest.param([("Vary", "X-Origin"), ("Vary", "")], id="several, the last empty"),
        pytest.param([("Vary", "*")], id="on all"),
        pytest.param([("Access-Control-Max-Age", "7"), ("access-control-allow-origin", "*")], id="CORS headers"),
        pytest.param([("Access-Control-Allow-Credentials", "true"), ("Vary", "Accept")], id="both"),
    ],
)
def test_limit_is_right_for_headers_of_every_application(table: str, own: Headers) -> None:
    scenario = SCENARIOS[table]
    by_hand, ours = by_hand_and_ours(scenario, own)
    for sent in ({}, {"origin": scenario.origins[0]}, {"origin": "https://else.example"}):
        environ = make_environ(scenario.paths[0], **sent)
        assert run(by_hand, environ.copy()) == run(ours, environ.copy())


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Run the benchmark, in a process of its own: it configures Django. It refuses to measure a wrong answer."""
    file = tmp_path_factory.mktemp("benchmarks") / "found.json"
    only = [
        part for text in ("GET", "preflight, allowed", "10 rows", "wildcards", "dot-files") for part in ("--only", text)
    ]
    command = [sys.executable, "-m", "benchmarks", "--rounds", "1", *only, "--json", str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603  (our own)
    assert done.returncode == 0, done.stderr
    assert "| GET, allowed " in done.stdout
    return json.loads(file.read_text())


@pytest.mark.parametrize("contender", [pytest.param(each, id=each.name) for each in CONTENDERS])
def test_every_contender_takes_part_and_says_where_it_cannot(contender: Any, found: Any) -> None:
    if not (contender.is_installed or "CI" in os.environ):
        pytest.skip(f"{contender.name} is not installed")
    of_contender = {
        each["scenario"]: each["cannot"] for each in found["requests"] if each["contender"] == contender.name
    }
    assert of_contender["GET, allowed"] is None
    assert len(of_contender) == len({each["scenario"] for each in found["requests"]})
    ours = contender.name in ("the limit", "corswsgi")
    assert (set(of_contender.values()) == {None}) is ours


def test_each_figure_of_loaded_origins_is_measured() -> None:
    parts = (
        loaded.questions(100, 2),
        loaded.memory(100),
        loaded.reload(100, seconds=0.01),
        loaded.flood(100),
        loaded.promise(1),
    )
    lines = [line for part in parts for line in part]
    assert len(lines) == 8
    assert "100 unknown origins: 0 calls of load, 0.0 MB more" in lines


def test_benchmark_of_writes_measures_every_request() -> None:
    command = [sys.executable, "-m", "benchmarks.writes", "--rounds", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603  (our own)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(" ns | ") == 6


def test_benchmark_of_views_measures_every_framework() -> None:
    command = [sys.executable, "-m", "benchmarks.views", "--rounds", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603  (our own)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(" µs | ") >= 12
