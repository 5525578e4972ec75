"""A log of all requests to the API, and a way to replay it to the simulator.

The law of this module: recording neither changes nor buffers a request or its response.
"""

import re
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

Header = tuple[str, str]

MAX_ENTRIES = 500
MAX_BODY = 64 * 1024  # bytes of a response that are kept
OWN_COOKIE = "playground_session"

_COOKIE = re.compile(r"([^;=\s]+)=[^;]*")


@dataclass(slots=True, kw_only=True)
class Exchange:
    """A request that arrived, and its response. ``status`` is None until the response begins."""

    number: int
    method: str
    host: str
    target: str
    headers: tuple[Header, ...]
    status: int | None = None
    reason: str = ""
    response_headers: tuple[Header, ...] = ()
    body: bytearray = field(default_factory=bytearray)
    length: int = 0

    @property
    def url(self) -> str:
        """The URL of the request."""
        return f"http://{self.host}{self.target}"

    @property
    def is_preflight(self) -> bool:
        """Whether it is a CORS-preflight request (https://fetch.spec.whatwg.org/#cors-preflight-request)."""
        return self.method == "OPTIONS" and self.header("Access-Control-Request-Method") is not None

    def header(self, name: str) -> str | None:
        """Return the value of a request header, or None."""
        return next((value for each, value in self.headers if each == name), None)

    def to_dict(self) -> dict[str, Any]:
        """Return it for a page, as JSON values, without the values of cookies that are not the playground's."""
        return {
            "number": self.number,
            "method": self.method,
            "url": self.url,
            "target": self.target,
            "preflight": self.is_preflight,
            "headers": [[name, without_secrets(name, value)] for name, value in self.headers],
            "status": self.status,
            "reason": self.reason,
            "response_headers": [[name, without_secrets(name, value)] for name, value in self.response_headers],
            "length": self.length,
        }


def without_secrets(name: str, value: str) -> str:
    """Hide the values of cookies, because cookies of other programs on ``localhost`` arrive here as well."""
    if name == "Cookie":
        return _COOKIE.sub(lambda cookie: cookie[0] if cookie[1] == OWN_COOKIE else f"{cookie[1]}=(hidden)", value)
    if name.lower() == "set-cookie" and not value.startswith(f"{OWN_COOKIE}="):
        pair, semicolon, attributes = value.partition(";")
        return f"{pair.partition('=')[0]}=(hidden){semicolon}{attributes}"
    return value


class Recorder:
    """WSGI middleware that keeps the last exchanges with `app`."""

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app
        self._lock = threading.Lock()
        self._entries: deque[Exchange] = deque(maxlen=MAX_ENTRIES)
        self._count = 0

    @property
    def count(self) -> int:
        """The number of requests that have arrived so far."""
        return self._count

    def since(self, count: int) -> list[Exchange]:
        """Return the exchanges after the first `count`, as far as they are kept."""
        with self._lock:
            return [entry for entry in self._entries if entry.number > count]

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Record a request and pass it to the application."""
        with self._lock:
            self._count += 1
            entry = _arrived(self._count, environ)
            self._entries.append(entry)

        def starting(status: str, headers: list[Header], exc_info: Any = None) -> Callable[[bytes], object]:
            write = start_response(status, headers, exc_info) if exc_info else start_response(status, headers)
            code, _, reason = status.partition(" ")
            entry.status, entry.reason, entry.response_headers = int(code), reason, tuple(headers)
            return write

        return _Counted(self._app(environ, starting), entry)


class _Counted:
    """The body of a response while it is sent."""

    def __init__(self, body: Iterable[bytes], entry: Exchange) -> None:
        self._body = body
        self._entry = entry

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._body:
            self._entry.length += len(chunk)
            self._entry.body += chunk[: MAX_BODY - len(self._entry.body)]
            yield chunk

    def close(self) -> None:
        close = getattr(self._body, "close", None)
        if close is not None:
            close()


def _arrived(number: int, environ: "WSGIEnvironment") -> Exchange:
    query = environ.get("QUERY_STRING", "")
    raw = environ.get("RAW_URI") or environ.get("REQUEST_URI") or environ["PATH_INFO"] + (f"?{query}" if query else "")
    return Exchange(
        number=number,
        method=environ["REQUEST_METHOD"],
        host=environ.get("HTTP_HOST", ""),
        target=raw,
        headers=tuple(_request_headers(environ)),
    )


def _request_headers(environ: "WSGIEnvironment") -> Iterator[Header]:
    for key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(key):
            yield _name(key), environ[key]
    yield from ((_name(key[5:]), str(value)) for key, value in environ.items() if key.startswith("HTTP_"))


def _name(key: str) -> str:
    return "-".join(part.capitalize() for part in key.split("_"))


class Replay:
    """A WSGI application that repeats recorded responses, each once.

    ``missing`` lists the requests that are not in the record.
    """

    def __init__(self) -> None:
        self._left: list[Exchange] = []
        self.missing: list[str] = []

    def load(self, exchanges: Iterable[Exchange]) -> None:
        """Answer from `exchanges` from now on."""
        self._left, self.missing = list(exchanges), []

    @property
    def left(self) -> list[Exchange]:
        """The recorded exchanges that have not been requested."""
        return self._left

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer with the first remaining exchange that has this method and URL."""
        asked = (environ["REQUEST_METHOD"], environ["HTTP_HOST"], environ["RAW_URI"])
        found = next((each for each in self._left if (each.method, each.host, each.target) == asked), None)
        if found is None or found.status is None:
            self.missing.append(f"{asked[0]} http://{asked[1]}{asked[2]}")
            start_response("502 Not Recorded", [])
            return []
        self._left.remove(found)
        start_response(f"{found.status} {found.reason}", list(found.response_headers))
        return [bytes(found.body)]
