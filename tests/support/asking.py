"""Calls of a WSGI application as by a server, under a checker of PEP 3333 that fails the test."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment
Headers = list[tuple[str, str]]

APP = "https://app.example.com"
EVIL = "https://evil.example"
SHOP = "https://shop.example"


@dataclass(frozen=True)
class Response:
    status: str
    headers: Headers
    body: bytes

    @property
    def cors(self) -> Headers:
        """What CORS and caches read: the whole list, in order, so that a header too many fails."""
        return [header for header in self.headers if header[0].lower().startswith(("access-control-", "vary"))]


def make_environ(path: str = "/", method: str = "GET", **headers: str) -> "WSGIEnvironment":
    """Make an environ; `headers` are named as keywords, ``origin``, ``access_control_request_method``."""
    environ: dict[str, Any] = {"SCRIPT_NAME": "", "PATH_INFO": path, "REQUEST_METHOD": method, "QUERY_STRING": ""}
    environ.update({f"HTTP_{name.upper()}": value for name, value in headers.items()})
    setup_testing_defaults(environ)
    return environ


def ask(app: "WSGIApplication", path: str = "/", method: str = "GET", **headers: str) -> Response:
    """Send one request to `app`, checked by `wsgiref.validate`."""
    return run(validator(app), make_environ(path, method, **headers))


def preflight(app: "WSGIApplication", path: str, origin: str = APP, method: str = "PUT", names: str = "") -> Response:
    """Send a CORS-preflight request."""
    asked = {"access_control_request_headers": names} if names else {}
    return ask(app, path, "OPTIONS", origin=origin, access_control_request_method=method, **asked)


def alone(answer: Headers, method: str = "") -> Headers:
    """Make the answer to a preflight one that allows `method` alone, if any, and that is not kept."""
    narrowed = [(name, method if name.endswith("-Methods") else value) for name, value in answer if name != "Vary"]
    return [
        *((name, value) for name, value in narrowed if value and name != "Access-Control-Max-Age"),
        ("Access-Control-Max-Age", "0"),
        ("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"),
    ]


def run(app: "WSGIApplication", environ: "WSGIEnvironment") -> Response:
    """Do what a server does with one request, and no more."""
    start = Start()
    body = app(environ, start)
    try:
        for chunk in body:
            start.write(chunk)
    finally:
        close = getattr(body, "close", None)
        if close is not None:
            close()
    return Response(start.status, start.headers, b"".join(start.written))


class Start:
    """A server's ``start_response``."""

    def __init__(self) -> None:
        self.calls: list[tuple[object, ...]] = []
        self.written: list[bytes] = []
        self.status = ""
        self.headers: Headers = []

    def __call__(self, *args: Any) -> Callable[[bytes], object]:
        status, headers, exc_info = (*args, None)[:3]
        assert exc_info is not None or not self.calls, "start_response was called twice"
        if exc_info is not None and self.written:
            raise exc_info[1].with_traceback(exc_info[2])
        self.calls.append(args)
        self.status, self.headers = status, list(headers)
        return self.write

    def write(self, chunk: bytes) -> None:
        assert self.calls, "the body came before start_response was called"
        if chunk:
            self.written.append(chunk)


def hello(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Answer anything, with a header list that it never uses again."""
    content = b"" if environ["REQUEST_METHOD"] == "HEAD" else b"hello"
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-Request-Id", "7")])
    return [content]
