"""Real pages in a real browser: what became of each ``fetch()``, for the script, the servers and the console.

There is no driver: a page POSTs what it saw to its own server. Nothing here knows an engine, `chromium.py` does. The
law of this module: fetches are made one after the other, so what is heard between two of them belongs to the first.
"""

import json
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIServer, make_server

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_PAGE = Path(__file__).with_name("page.html").read_bytes()
_FETCH, _END = "fetch ", "end"  # what the page writes to the console, before each fetch and after the last

# Opens a URL in an engine, where the hosts are found on these ports of loopback ("*" is for all others), and gives the
# messages of the console up to the one named last.
Browse = Callable[[str, Mapping[str, int], str], Iterable[str]]

Fetch = tuple[str, Mapping[str, object]]  # what a script passes to fetch(): a URL and options


@dataclass(frozen=True, slots=True)
class Visit:
    """The origin of a page, and the fetches that its script makes."""

    page: str
    fetches: Sequence[Fetch]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What became of one fetch: the error or what the script could read, the console's messages, what arrived where."""

    error: str | None = None
    status: int | None = None
    headers: list[list[str]] = field(default_factory=list)
    body: str | None = None
    console: list[str] = field(default_factory=list)
    arrived: list[str]


def recorded(app: "WSGIApplication", at: str, log: list[str]) -> "WSGIApplication":
    """Wrap `app` so that `log` gets a line for every request, before `app` does: ``<at>: PUT``."""

    def recorder(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        log.append(f"{at}: {environ['REQUEST_METHOD']}")
        return app(environ, start_response)

    return recorder


def observe(
    visits: Sequence[Visit], sites: Mapping[str, "WSGIApplication"], log: list[str], browse: Browse
) -> list[list[Seen]]:
    """Make all visits in one browser; `sites` are the applications, by host, that the pages fetch from.

    What the sites write to `log` is taken out of it after each fetch.
    """
    pages = _Pages(visits, log)
    apps: dict[str, WSGIApplication] = {**sites, "*": pages}
    with ExitStack() as stack:
        ports = {host: stack.enter_context(_serving(app)) for host, app in apps.items()}
        console = _by_fetch(browse(pages.url(0), ports, _END))
    return [
        [
            Seen(**pages.results[path], console=console[path], arrived=pages.arrived[path])
            for path in (f"/{number}/{index}" for index in range(len(visit.fetches)))
        ]
        for number, visit in enumerate(visits)
    ]


def _by_fetch(console: Iterable[str]) -> dict[str, list[str]]:
    messages: dict[str, list[str]] = defaultdict(list)
    path = ""
    for message in console:
        if message.startswith(_FETCH):
            path = message.removeprefix(_FETCH)
        else:
            messages[path].append(message)
    return messages


class _Pages:
    """The application behind all pages: ``/0/`` is the first visit's, and ``/0/2`` takes what its third fetch saw."""

    def __init__(self, visits: Sequence[Visit], log: list[str]) -> None:
        self._visits = visits
        self._log = log
        self.results: dict[str, dict[str, Any]] = {}
        self.arrived: dict[str, list[str]] = {}

    def url(self, number: int) -> str:
        return f"{self._visits[number].page}/{number}/"

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        content_type, body = "text/html", _PAGE
        if environ["REQUEST_METHOD"] == "POST":
            self.results[path] = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
            self.arrived[path] = self._log.copy()
            self._log.clear()
            body = b""
        elif path.endswith("/fetches"):
            number = int(path.split("/")[1])
            following = self.url(number + 1) if number + 1 < len(self._visits) else None
            content_type = "application/json"
            body = json.dumps({"fetches": self._visits[number].fetches, "next": following}).encode()
        start_response("200 OK", [("Content-Type", content_type), ("Content-Length", str(len(body)))])
        return [body]


class _ThreadingServer(ThreadingMixIn, WSGIServer):
    """One thread for each connection: browsers open some before they need them."""


@contextmanager
def _serving(app: "WSGIApplication") -> Iterator[int]:
    """Serve `app` on a free port of loopback. Waits at the end for the browser to have closed its connections."""
    with make_server("127.0.0.1", 0, app, _ThreadingServer) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()
