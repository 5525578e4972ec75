"""The requests of a scenario, as a server makes them, and what a browser would make of the answer.

The law of this module: each request has strings of its own. A string that was hashed once keeps its hash, and a
benchmark that sends it again finds it cheaper than a server would.
"""

import io
import random
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from benchmarks.scenarios import Headers, Scenario

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication, WSGIEnvironment


def fresh(text: str) -> str:
    """Return a string of its own, never hashed, as a server reads one from a socket."""
    return text.encode("latin-1").decode("latin-1")


# gunicorn's environ behind a proxy. Servers make the names that begin with HTTP_ anew, so they are not the constants
# of the code that looks them up.
_TEMPLATE: "WSGIEnvironment" = {
    "wsgi.errors": io.StringIO(),
    "wsgi.version": (1, 0),
    "wsgi.multithread": False,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
    "wsgi.file_wrapper": type("FileWrapper", (), {}),
    "wsgi.input_terminated": True,
    "wsgi.input": io.BytesIO(),
    "wsgi.url_scheme": "https",
    "SERVER_SOFTWARE": "gunicorn/23.0.0",
    "REQUEST_METHOD": "GET",
    "QUERY_STRING": "",
    "RAW_URI": "/",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "REMOTE_ADDR": "127.0.0.1",
    "REMOTE_PORT": "48122",
    "SERVER_NAME": "127.0.0.1",
    "SERVER_PORT": "8000",
    "PATH_INFO": "/",
    "SCRIPT_NAME": "",
    fresh("HTTP_HOST"): "api.example.com",
    fresh("HTTP_USER_AGENT"): "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    fresh("HTTP_ACCEPT"): "application/json, text/plain, */*",
    fresh("HTTP_ACCEPT_LANGUAGE"): "en-GB,en;q=0.7,de;q=0.3",
    fresh("HTTP_ACCEPT_ENCODING"): "gzip, deflate, br, zstd",
    fresh("HTTP_REFERER"): "https://app.example.com/",
    fresh("HTTP_COOKIE"): "session=8f14e45fceea167a5a36dedd4bea2543; theme=dark",
    fresh("HTTP_X_FORWARDED_FOR"): "203.0.113.7",
    fresh("HTTP_X_FORWARDED_PROTO"): "https",
    fresh("HTTP_SEC_FETCH_DEST"): "empty",
    fresh("HTTP_SEC_FETCH_MODE"): "cors",
}
_ORIGIN, _ASKED_METHOD, _ASKED_HEADERS = map(
    fresh, ("HTTP_ORIGIN", "HTTP_ACCESS_CONTROL_REQUEST_METHOD", "HTTP_ACCESS_CONTROL_REQUEST_HEADERS")
)


class Requests:
    """An endless stream of the requests of one scenario, at random but the same in each run."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._random = random.Random(scenario.name)

    def take(self, count: int) -> list["WSGIEnvironment"]:
        """Return what in the next `count` environs differs from one to the other."""
        return [self._next() for _ in range(count)]

    def _next(self) -> "WSGIEnvironment":
        scenario = self._scenario
        path = fresh(self._random.choice(scenario.paths))
        changes: WSGIEnvironment = {"REQUEST_METHOD": fresh("GET"), "PATH_INFO": path, "RAW_URI": path}
        if scenario.origins:
            changes[_ORIGIN] = fresh(self._random.choice(scenario.origins))
        if scenario.asks:
            method, names = scenario.asks
            changes["REQUEST_METHOD"] = fresh("OPTIONS")
            changes[_ASKED_METHOD] = fresh(method)
            changes[_ASKED_HEADERS] = fresh(names)
        return changes


def serve(app: "WSGIApplication", requests: Sequence["WSGIEnvironment"]) -> None:
    """Do with each request what a server must. The environ is made here, so that it is as warm as a server's."""
    for request in requests:
        body = app(_TEMPLATE | request, _start_response)
        for _ in body:
            pass
        if hasattr(body, "close"):
            body.close()


def enter(app: "WSGIApplication") -> None:
    """Let `app` set what all applications of its framework in a process have in common."""
    if hasattr(app, "enter"):
        app.enter()


def _start_response(_status: str, _headers: Headers, _exc_info: object = None) -> Callable[[bytes], object]:
    return _write


def _write(_chunk: bytes) -> None:
    raise NotImplementedError("no contender uses it")


def answer(app: "WSGIApplication", scenario: Scenario) -> tuple[str, Headers]:
    """Return the status and the headers of the answer to the first request of `scenario`."""
    answers: list[tuple[str, Headers]] = []

    def start_response(status: str, headers: Headers, _exc_info: object = None) -> Callable[[bytes], object]:
        answers.append((status, list(headers)))
        return _write

    enter(app)
    (request,) = Requests(scenario).take(1)
    body = app(_TEMPLATE | request, start_response)
    list(body)
    if hasattr(body, "close"):
        body.close()
    return answers[-1]


def is_allowed(scenario: Scenario, status: str, headers: Headers) -> bool:
    """Tell whether a browser takes the answer for a yes (https://fetch.spec.whatwg.org/#concept-cors-check).

    A yes to a preflight is one to the method and the headers that it asks for.
    """
    got = _values(headers)
    (request,) = Requests(scenario).take(1)
    origin = request.get(_ORIGIN)
    with_credentials = bool(scenario.policy.get("allow_credentials"))
    if origin is None or got.get("access-control-allow-origin") not in (
        [origin],
        *([] if with_credentials else [["*"]]),
    ):
        return False
    if with_credentials and got.get("access-control-allow-credentials") != ["true"]:
        return False
    if scenario.asks is None:
        return True
    method, names = scenario.asks
    methods = _listed(got.get("access-control-allow-methods", []))
    unsafe = {name for name in names.split(",") if name}
    allowed = {name.lower() for name in _listed(got.get("access-control-allow-headers", []))}
    return status.startswith("2") and method in methods and unsafe <= allowed


def varies_on_origin(headers: Headers) -> bool:
    """Return whether the ``Vary`` of a response shows that it depends on ``Origin``."""
    return bool({"*", "origin"} & {name.lower() for name in _listed(_values(headers).get("vary", []))})


def needs_vary(scenario: Scenario) -> bool:
    """Tell whether the answer must vary on ``Origin``: another origin gets another one, and caches keep it."""
    return scenario.covered and scenario.asks is None and scenario.kind != "public"


def _values(headers: Headers) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in headers:
        values.setdefault(name.lower(), []).append(value)
    return values


def _listed(values: Sequence[str]) -> list[str]:
    return [item.strip() for value in values for item in value.split(",")]
