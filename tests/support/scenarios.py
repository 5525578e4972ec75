"""Scenarios: an application and its expected responses, whichever request comes first."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from corswsgi.marks import made
from tests.support.asking import Response, make_environ, run

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

WEB, ALLY, EVIL = "https://web.shop.example", "https://ally.example", "https://evil.example.net"

ran: list[str] = []  # what ran for the last request


@dataclass(frozen=True, kw_only=True)
class Want:
    """What an answer has beside its ``Access-Control-Allow-Origin``; what is None may be anything."""

    env: dict[str, str] = field(default_factory=dict)
    status: int | None = None
    body: str | None = None
    max_age: str | None = None
    methods: tuple[str, ...] | None = None  # these are listed
    only: str | None = None  # this one alone is listed, or none where a browser sends it without
    credentials: bool | None = None
    reaches: bool = False  # a preflight reaches the application


Row = tuple[str, str, str | None, str | None] | tuple[str, str, str | None, str | None, Want]


def hold(make: "Callable[[], WSGIApplication]", rows: Sequence[Row]) -> None:
    """Ask the rows of an application, each of them once as its first request."""
    before = made[:]
    try:
        for first in range(len(rows)):
            made.clear()  # as in a process of its own
            app = make()
            for row in (*rows[first:], *rows[:first]):
                assert problems(app, row) == [], (row, f"the first request was {rows[first]}")
    finally:
        made[:] = before


def problems(app: "WSGIApplication", row: Row) -> list[str]:
    """Ask one row: ``GET``, or ``pre PUT x-a``, a preflight for PUT and the header x-a."""
    request, path, origin, allowed, *more = row
    want = more[0] if more else Want()
    ran.clear()
    response = send(app, request, path, origin, want.env)
    headers = {name.lower(): value for name, value in response.headers}
    cors = [name for name, _ in response.headers if name.lower().startswith("access-control-")]
    listed = re.split(", *", headers["access-control-allow-methods"]) if cors and _METHODS in headers else []
    only = want.only is None or listed == [want.only] or (not listed and want.only in {"GET", "HEAD", "POST"})
    ran_for_preflight = ran and request.startswith("pre ")
    checks = {
        "CORS": cors == [] if allowed is None else len(cors) == len(set(cors)),
        "origin": headers.get("access-control-allow-origin") == allowed,
        "Vary": allowed in {None, "*"} or "origin" in headers.get("vary", "").lower(),
        "ran": want.reaches or not ran_for_preflight,
        "status": want.status is None or response.status.startswith(str(want.status)),
        "body": want.body is None or response.body.decode() == want.body,
        "max_age": want.max_age is None or headers.get("access-control-max-age") == want.max_age,
        "methods": want.methods is None or set(want.methods) <= set(listed),
        "only": only,
        "credentials": want.credentials is None
        or want.credentials is ("access-control-allow-credentials" in headers),
    }  # fmt: skip
    return [f"{name}: {response}" for name, holds in checks.items() if not holds]


_METHODS = "access-control-allow-methods"


def send(app: "WSGIApplication", request: str, path: str, origin: str | None, env: dict[str, Any]) -> Response:
    """Send what a row says."""
    method, *asked = request.split()
    environ = make_environ(path, "OPTIONS" if method == "pre" else method, host="shop.example")
    if origin is not None:
        environ["HTTP_ORIGIN"] = origin
    if asked:
        environ["HTTP_ACCESS_CONTROL_REQUEST_METHOD"] = asked[0]
    if asked[1:]:
        environ["HTTP_ACCESS_CONTROL_REQUEST_HEADERS"] = ",".join(asked[1:])
    return run(app, environ | env)
