"""The limit: the least work that is right, written by hand for each kind of table. What corswsgi is measured against.

The law of this module: no shortcut that would be wrong. Each piece of work stands here because something breaks without
it, and its comment says what. A wrapper knows the shape of its table beforehand (one row, the paths `/team-*`), which
corswsgi cannot; its answers are the same, header by header (tests/test_benchmarks.py).
"""

from __future__ import annotations  # those of a nested function are worked out anew each time that it is made

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from benchmarks.scenarios import ALLOWED_HEADERS, ALLOWED_METHODS, EXPOSED_HEADERS, MAX_AGE, Headers, Scenario
from corswsgi.paths.readings import MAX_LENGTH, every_reading

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from _typeshed import OptExcInfo

_CREDENTIALS = ("Access-Control-Allow-Credentials", "true")
_EXPOSED = ("Access-Control-Expose-Headers", ", ".join(EXPOSED_HEADERS))
_VARY = ("Vary", "Origin")

# Also with no Origin and with a refused one: else a cache serves that answer, which has no CORS headers, to all origins
_REFUSED = [_VARY]
_GRANTED = [_CREDENTIALS, _EXPOSED, _VARY]
_PUBLIC = [("Access-Control-Allow-Origin", "*"), _EXPOSED]
_PREFLIGHT = [
    _CREDENTIALS,
    ("Access-Control-Allow-Methods", ", ".join(ALLOWED_METHODS)),
    ("Access-Control-Allow-Headers", ", ".join(ALLOWED_HEADERS)),
    ("Access-Control-Max-Age", str(MAX_AGE)),
    _VARY,
]
_WHY = b"CORS preflight refused: pages of this origin are not allowed here.\n"
_PREFLIGHT_REFUSED = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(_WHY))), _VARY]


def limit(app: WSGIApplication, scenario: Scenario) -> WSGIApplication:
    """Wrap `app` by hand for the table of `scenario`."""
    if scenario.kind == "public":
        return _public(app)
    if scenario.kind == "nested":
        return _nested(app, frozenset(scenario.listed), with_fonts="/fonts/*.woff2" in scenario.rows)
    if scenario.kind == "wildcards":
        return _wildcards(app, _below([origin.removeprefix("https://*") for origin in scenario.listed]))
    if scenario.kind == "rows" and len(scenario.rows) > 1:
        rows = {pattern.split("/")[1]: fields["allow_origins"] for pattern, fields in scenario.rows.items() if fields}
        return _rows(
            app, {segment: frozenset(origins) for segment, origins in rows.items() if isinstance(origins, list)}
        )
    return _allowlist(app, next(iter(scenario.rows)).removesuffix("/**"), frozenset(scenario.listed))


def _is_plain(path: str) -> bool:
    # `/api/../private` is not below `/api` for what routes after us, so it must not get the headers of `/api`
    return (
        path.isascii()
        and path.isprintable()
        and "//" not in path
        and "\\" not in path
        # A regex would stop at each of 2,700 dot-files in a path of 8 KiB, for 120 microseconds
        and ("/." not in path or not ("/./" in path or "/../" in path or path.endswith(("/.", "/.."))))
    )


def _shared_row(path: str, row_of: Callable[[str], Hashable]) -> Hashable:
    """Return the row that all readings of a path have, which few paths need: corswsgi's own function lists them."""
    rows = {row_of(reading) for reading in every_reading(path) or [""]}
    return rows.pop() if len(rows) == 1 else None


def _allowlist(app: WSGIApplication, root: str, origins: frozenset[str]) -> WSGIApplication:
    """Serve one row with exact origins."""
    below = root + "/"
    longest = max(map(len, origins))
    is_outside = _outside(root)

    def wrapped(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        # `/api` itself is below `/api/**`, `/apix` is not; PATH_INFO may be absent or empty (PEP 3333)
        path = environ.get("PATH_INFO") or "/"
        # Whatever a server, a router or a mount drops from a path that begins so, it is below, unless it has a dot
        if (not path.startswith(below) or "." in path or len(path) > MAX_LENGTH) and is_outside(path):
            return app(environ, start_response)
        origin = environ.get("HTTP_ORIGIN")
        if origin is None:
            return app(environ, _adding(_REFUSED, start_response))
        # The length comes first: to hash 8 KiB costs microseconds
        allowed = len(origin) <= longest and origin in origins
        # Any other OPTIONS is the application's own request
        if environ["REQUEST_METHOD"] == "OPTIONS" and environ.get("HTTP_ACCESS_CONTROL_REQUEST_METHOD"):
            return _preflight(origin, start_response) if allowed else _preflight_refused(start_response)
        if allowed:
            return app(environ, _adding([("Access-Control-Allow-Origin", origin), *_GRANTED], start_response))
        return app(environ, _adding(_REFUSED, start_response))

    return wrapped


def _outside(root: str) -> Callable[[str], bool]:
    """Return a function that finds whether a path is neither `root` nor below it."""
    below = root + "/"

    def is_outside(path: str) -> bool:
        if path.startswith(below) or path == root:
            return not _is_plain(path) and not _shared_row(path, is_covered)
        return path[0] == "/" or not _shared_row(path, is_covered)

    def is_covered(path: str) -> bool:
        return path.startswith(below) or path == root

    return is_outside


def _public(app: WSGIApplication) -> WSGIApplication:
    """Serve one row, open to all: no answer depends on the origin, so none is looked at."""
    is_outside = _outside("/api")

    def wrapped(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO") or "/"
        if (not path.startswith("/api/") or "." in path or len(path) > MAX_LENGTH) and is_outside(path):
            return app(environ, start_response)
        if (
            environ["REQUEST_METHOD"] == "OPTIONS"
            and environ.get("HTTP_ACCESS_CONTROL_REQUEST_METHOD")
            and "HTTP_ORIGIN" in environ
        ):
            start_response("204 No Content", [_PUBLIC[0]])
            return []
        return app(environ, _adding(_PUBLIC, start_response))

    return wrapped


_LABELS = re.compile(r"[a-z0-9_\-]{1,63}(?:\.[a-z0-9_\-]{1,63})*")
_HOST = len("https://")
_LONGEST = _HOST + 254  # the scheme and a host (RFC 1035, section 3.1)


def _below(suffixes: list[str]) -> Callable[[str], bool]:
    """Return a predicate for origins with labels in front of one of `suffixes`, which begin with a dot."""
    listed = frozenset(suffix[1:] for suffix in suffixes)
    only = suffixes[0]

    # What has a NUL, a slash or an @ in front of the listed domain is no origin, and no browser sends it

    def below_one(origin: str) -> bool:
        return (
            origin.endswith(only)
            and len(origin) <= _LONGEST
            and origin.startswith("https://")
            and _LABELS.fullmatch(origin, _HOST, len(origin) - len(only)) is not None
        )

    def below_any(origin: str) -> bool:
        if len(origin) > _LONGEST or not origin.startswith("https://"):
            return False
        _, _, rest = origin.partition(".")  # cheaper than to find each dot and to slice
        while rest:
            if rest in listed:
                return _LABELS.fullmatch(origin, _HOST, len(origin) - len(rest) - 1) is not None
            _, _, rest = rest.partition(".")
        return False

    return below_one if len(suffixes) == 1 else below_any


def _wildcards(app: WSGIApplication, is_allowed: Callable[[str], bool]) -> WSGIApplication:
    """Serve one row with wildcards over the subdomains of https: origins."""
    is_outside = _outside("/api")

    def wrapped(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO") or "/"
        if (not path.startswith("/api/") or "." in path or len(path) > MAX_LENGTH) and is_outside(path):
            return app(environ, start_response)
        origin = environ.get("HTTP_ORIGIN")
        if origin is None:
            return app(environ, _adding(_REFUSED, start_response))
        allowed = is_allowed(origin)
        if environ["REQUEST_METHOD"] == "OPTIONS" and environ.get("HTTP_ACCESS_CONTROL_REQUEST_METHOD"):
            return _preflight(origin, start_response) if allowed else _preflight_refused(start_response)
        if allowed:
            return app(environ, _adding([("Access-Control-Allow-Origin", origin), *_GRANTED], start_response))
        return app(environ, _adding(_REFUSED, start_response))

    return wrapped


def _nested(  # noqa: C901  (inlined by hand)
    app: WSGIApplication, origins: frozenset[str], *, with_fonts: bool
) -> WSGIApplication:
    """Serve `/api/**` with exact origins, but `/api/public/**` open to all and `/api/admin/**` to none."""
    longest = max(map(len, origins))

    def row_of(path: str) -> str | None:
        if path.startswith("/api/") or path == "/api":
            if path.startswith("/api/admin/") or path == "/api/admin":
                return None
            return "public" if path.startswith("/api/public/") or path == "/api/public" else "listed"
        if with_fonts and path.startswith("/fonts/"):
            # a `*` stands for a part of one segment, and not for nothing; a slash at the end makes no other path
            name = path.removeprefix("/fonts/").removesuffix("/")
            return "fonts" if name.endswith(".woff2") and name != ".woff2" and "/" not in name else None
        return None

    def wrapped(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:  # noqa: PLR0911  (inlined)
        path = environ.get("PATH_INFO") or "/"
        row = row_of(path) if path[0] == "/" and _is_plain(path) else _shared_row(path, row_of)
        if row is None:
            return app(environ, start_response)
        is_public = row != "listed"
        origin = environ.get("HTTP_ORIGIN")
        if origin is None:
            return app(environ, _adding(_PUBLIC if is_public else _REFUSED, start_response))
        is_preflight = environ["REQUEST_METHOD"] == "OPTIONS" and environ.get("HTTP_ACCESS_CONTROL_REQUEST_METHOD")
        if is_public:
            if is_preflight:
                start_response("204 No Content", [_PUBLIC[0]])
                return []
            return app(environ, _adding(_PUBLIC, start_response))
        allowed = len(origin) <= longest and origin in origins
        if is_preflight:
            return _preflight(origin, start_response) if allowed else _preflight_refused(start_response)
        if allowed:
            return app(environ, _adding([("Access-Control-Allow-Origin", origin), *_GRANTED], start_response))
        return app(environ, _adding(_REFUSED, start_response))

    return wrapped


def _rows(app: WSGIApplication, rows: dict[str, frozenset[str]]) -> WSGIApplication:
    """Serve many rows, each of which covers all below one first segment."""

    def segment_of(path: str) -> str | None:
        segment = path.split("/", 2)[1] if path else ""
        return segment if segment in rows else None

    def wrapped(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO") or "/"
        # No more than the first segment is split off: a path of 8 KiB of slashes would be 8,000 strings
        origins = rows.get(path.split("/", 2)[1]) if path[0] == "/" else rows.get(str(_shared_row(path, segment_of)))
        if origins is None:
            return app(environ, start_response)
        if ("." in path or len(path) > MAX_LENGTH) and not _is_plain(path) and _shared_row(path, segment_of) is None:
            return app(environ, start_response)
        origin = environ.get("HTTP_ORIGIN")
        if origin is None:
            return app(environ, _adding(_REFUSED, start_response))
        allowed = len(origin) <= _LONGEST and origin in origins
        if environ["REQUEST_METHOD"] == "OPTIONS" and environ.get("HTTP_ACCESS_CONTROL_REQUEST_METHOD"):
            return _preflight(origin, start_response) if allowed else _preflight_refused(start_response)
        if allowed:
            return app(environ, _adding([("Access-Control-Allow-Origin", origin), *_GRANTED], start_response))
        return app(environ, _adding(_REFUSED, start_response))

    return wrapped


def _preflight(origin: str, start_response: StartResponse) -> list[bytes]:
    # A list of its own: servers and other middleware add to what they get
    start_response("204 No Content", [("Access-Control-Allow-Origin", origin), *_PREFLIGHT])
    return []


def _preflight_refused(start_response: StartResponse) -> list[bytes]:
    start_response("403 Forbidden", _PREFLIGHT_REFUSED.copy())
    return [_WHY]


_OURS = ("access-control-", "timing-allow-origin", "vary")

# Usual names, in their usual spelling, that are neither of CORS nor `Vary`: one look-up instead of two calls
_HARMLESS = frozenset({
    "Accept-Ranges", "Age", "Allow", "Cache-Control", "Connection", "Content-Disposition", "Content-Encoding",
    "Content-Language", "Content-Length", "Content-Location", "Content-Range", "Content-Security-Policy",
    "Content-Type", "Cross-Origin-Opener-Policy", "Date", "ETag", "Expires", "Last-Modified", "Link", "Location",
    "Pragma", "Referrer-Policy", "Retry-After", "Server", "Set-Cookie", "Strict-Transport-Security",
    "WWW-Authenticate", "X-Content-Type-Options", "X-Frame-Options", "X-Request-Id",
})  # fmt: skip


def _adding(extra: Headers, start_response: StartResponse) -> StartResponse:
    """Wrap `start_response`. In a function of its own: a nested function makes the one around it slower."""

    def start(status: str, headers: Headers, exc_info: OptExcInfo | None = None) -> Callable[[bytes], object]:
        # A second Access-Control-Allow-Origin makes browsers refuse the answer; a Vary of the application is to stay
        for name, _ in headers:
            if name not in _HARMLESS and name.lower().startswith(_OURS):
                headers = _merged(headers, extra)
                break
        else:
            headers = headers + extra  # a copy: the application may use its list again
        if exc_info is None:
            return start_response(status, headers)
        return start_response(status, headers, exc_info)

    return start


def _merged(headers: Headers, extra: Headers) -> Headers:
    """Add `extra` to headers of which some are of CORS, or a ``Vary``: those are replaced, this is merged."""
    kept: Headers = []
    varies_on: tuple[str, ...] = ()
    first = -1
    for header in headers:
        name = header[0]
        if len(name) == 4 and name.lower() == "vary" and extra[-1] is _VARY:
            # One line is sent: there are proxies that read the first of several, and others that read the last
            varies_on += (header[1],)
            if first >= 0:
                continue
            first = len(kept)
        elif name not in _HARMLESS and name.lower().startswith(_OURS[:2]):
            continue
        kept.append(header)
    if first < 0:
        return kept + extra
    kept[first] = (kept[first][0], _one_vary(varies_on))
    return kept + extra[:-1]


@lru_cache(maxsize=100)  # an application has few of them
def _one_vary(lines: tuple[str, ...]) -> str:
    spelt: dict[str, str] = {}
    for name in ",".join(lines).split(","):
        if name.strip(" \t"):
            spelt.setdefault(name.strip(" \t").lower(), name.strip(" \t"))
    if "*" in spelt:
        return "*"
    if "origin" in spelt and len(lines) == 1:
        return lines[0]
    spelt.setdefault("origin", "Origin")
    return ", ".join(spelt.values())
