"""Adding a row's headers to an application's response: CORS headers are replaced, and ``Vary`` is merged.

The law of this module: of an application's headers only those of CORS and ``Vary`` change, in a copy of its list.
"""

from __future__ import annotations  # `adder` makes a function for each request: evaluating these costs 2 µs there

import logging
from functools import lru_cache
from typing import TYPE_CHECKING

from corswsgi.answers import SET_BY_POLICIES, VARY_ON_ORIGIN, Header

if TYPE_CHECKING:
    from collections.abc import Callable
    from wsgiref.types import StartResponse, WSGIEnvironment

    from _typeshed import OptExcInfo

logger = logging.getLogger("corswsgi")


def adder(pattern: str) -> Callable[[list[Header], StartResponse, WSGIEnvironment], StartResponse]:
    """Return a function that wraps the `start_response` of a request, so that it adds headers of the row `pattern`."""

    def adding(extra: list[Header], start_response: StartResponse, environ: WSGIEnvironment) -> StartResponse:
        # a closure of few variables that are its own; the row's are free: benchmarks/, "GET, allowed"
        def start(status: str, headers: list[Header], exc_info: OptExcInfo | None = None) -> Callable[[bytes], object]:
            headers = [*headers]  # the application may use its list again
            for name, _ in headers:
                if name not in OTHERS and name.lower().startswith(OURS):
                    headers = merged(headers, extra, pattern, environ)
                    break
            else:
                headers += extra
            if exc_info is None:
                return start_response(status, headers)
            return start_response(status, headers, exc_info)

        return start

    return adding


def adder_of(extra: list[Header], pattern: str) -> Callable[[StartResponse, WSGIEnvironment], StartResponse]:
    """Return `adder` for headers that are always the same: a fortieth less of "GET without Origin" (benchmarks/)."""

    def adding(start_response: StartResponse, environ: WSGIEnvironment) -> StartResponse:
        def start(status: str, headers: list[Header], exc_info: OptExcInfo | None = None) -> Callable[[bytes], object]:
            headers = [*headers]
            for name, _ in headers:
                if name not in OTHERS and name.lower().startswith(OURS):
                    headers = merged(headers, extra, pattern, environ)
                    break
            else:
                headers += extra
            if exc_info is None:
                return start_response(status, headers)
            return start_response(status, headers, exc_info)

        return start

    return adding


# The beginnings of the names of replaced headers, in lower case: "access-control-" and others that a policy may set
_REPLACED = tuple(
    dict.fromkeys("access-control-" if name.startswith("Access-Control-") else name.lower() for name in SET_BY_POLICIES)
)
_VARY = "vary"
OURS = (*_REPLACED, _VARY)

# Names of other headers in their most common spelling: one look-up instead of two calls, a quarter of the time for five
# headers (benchmarks/, "GET without Origin")
OTHERS = frozenset({
    "Accept-Ranges", "Age", "Allow", "Cache-Control", "Connection", "Content-Disposition", "Content-Encoding",
    "Content-Language", "Content-Length", "Content-Location", "Content-Range", "Content-Security-Policy",
    "Content-Type", "Cross-Origin-Opener-Policy", "Date", "ETag", "Expires", "Last-Modified", "Link", "Location",
    "Pragma", "Referrer-Policy", "Retry-After", "Server", "Set-Cookie", "Strict-Transport-Security",
    "WWW-Authenticate", "X-Content-Type-Options", "X-Frame-Options", "X-Request-Id",
}) - set(SET_BY_POLICIES)  # fmt: skip


def merged(headers: list[Header], extra: list[Header], pattern: str, environ: WSGIEnvironment) -> list[Header]:
    """Add `extra` to an application's headers that already have CORS headers, which are replaced, or `Vary`, merged."""
    # in one pass, in half of the time: benchmarks/, "GET, allowed, app has a Vary"
    kept: list[Header] = []
    first = -1
    lines: tuple[str, ...] = ()
    varies = extra[-1] is VARY_ON_ORIGIN
    for header in headers:
        name = header[0]
        if name not in OTHERS:
            name = name.lower()
            if name == _VARY and varies:
                # a single line: nginx before 1.23 reads the last of several, Traffic Server 9 the first
                lines += (header[1],)
                if first >= 0:
                    continue
                first = len(kept)
            elif name.startswith(_REPLACED):
                if (pattern, name) not in _told:
                    _tell_of_replaced(pattern, header, environ)
                continue
        kept.append(header)
    if first < 0:
        return kept + extra
    kept[first] = (kept[first][0], _varying_on_origin(lines))
    return kept + extra[:-1]


@lru_cache(maxsize=100)  # applications have few values: a tenth of the time of "GET, allowed, app has a Vary"
def _varying_on_origin(lines: tuple[str, ...]) -> str:
    """Return the value of the one ``Vary`` line: all names, each once, and ``Origin``, or ``*``, which means all."""
    names = [name for line in lines for each in line.split(",") if (name := each.strip(" \t"))]
    spelt: dict[str, str] = {}
    for name in names:
        spelt.setdefault(name.lower(), name)
    if "*" in spelt:
        return "*"
    if "origin" in spelt and len(lines) == 1:
        return lines[0]
    spelt.setdefault("origin", "Origin")
    return ", ".join(spelt.values())


_MOST_TOLD = 100
_told: set[tuple[str, str]] = set()  # rows, and names of headers in lower case


def _tell_of_replaced(pattern: str, header: Header, environ: WSGIEnvironment) -> None:
    """Log once for each row and name that a header is replaced, with the first path where it was seen."""
    name, value = header
    path = f"{environ.get('SCRIPT_NAME', '')}{environ.get('PATH_INFO', '')}"
    if len(_told) < _MOST_TOLD:
        _told.add((pattern, name.lower()))
        logger.warning(
            "The application sets %s: %s itself at %s, under row %s: it is replaced by the row's. Take it out of the"
            " application, or use None instead of a Policy for these paths. (Logged once for each row and header.)",
            ascii(name)[1:-1],
            ascii(value[:_MOST_SHOWN])[1:-1],
            ascii(path[:_MOST_SHOWN]),
            ascii(pattern),
        )


_MOST_SHOWN = 200
