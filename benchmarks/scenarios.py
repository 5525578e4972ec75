"""The scenarios: a table of policies, the requests that meet it, and what a browser must make of the answers.

The law of this module: a scenario says what every contender is to do, and nothing of how one of them does it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Headers = list[tuple[str, str]]
Fields = Mapping[str, object]

# What the application answers: five headers, of the kinds that most answers have
APP_HEADERS: Headers = [
    ("Content-Type", "application/json"),
    ("Content-Length", "15"),
    ("Cache-Control", "private, max-age=60"),
    ("ETag", '"6f2a1b"'),
    ("X-Content-Type-Options", "nosniff"),
]
APP_BODY = b'{"name": "Ada"}'

ALLOWED_METHODS = ("PUT", "PATCH")
ALLOWED_HEADERS = ("Authorization", "Content-Type")
EXPOSED_HEADERS = ("X-Request-Id",)
MAX_AGE = 7200


class CannotServeError(Exception):
    """Why a contender has no part in a scenario."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One row of the report.

    ``rows`` is the table; ``paths`` and ``origins`` are those of the requests, drawn at random (no origins: a request
    without ``Origin``). ``asks`` makes a preflight of them: the method and the names of headers that it asks for.
    ``allowed`` tells whether a page may read the answer, or may send the request that the preflight asks for;
    ``covered`` whether a row serves the paths at all.
    """

    name: str
    kind: Literal["allowlist", "public", "wildcards", "rows", "nested"]
    rows: Mapping[str, Fields | None]
    paths: Sequence[str]
    origins: Sequence[str] = ()
    asks: tuple[str, str] | None = None
    app_headers: Headers
    allowed: bool
    covered: bool = True
    batch: int = 100  # requests in a slice, at most

    @property
    def policy(self) -> Fields:
        """The policy of the first row: that of contenders that know one only."""
        policy = next(iter(self.rows.values()))
        assert policy is not None
        return policy

    @property
    def listed(self) -> list[str]:
        """The origins that this policy lists."""
        origins = self.policy["allow_origins"]
        assert isinstance(origins, list)
        return origins


def credentialed(origins: Sequence[str]) -> Fields:
    """Return the policy of a front end that lives on other origins and sends cookies."""
    return {
        "allow_origins": list(origins),
        "allow_credentials": True,
        "allow_methods": ALLOWED_METHODS,
        "allow_headers": ALLOWED_HEADERS,
        "expose_headers": EXPOSED_HEADERS,
        "max_age": MAX_AGE,
    }


_PUBLIC: Fields = {"allow_origins": ["*"], "expose_headers": EXPOSED_HEADERS}
_ROW = "/api/**"
_PATHS = [f"/api/users/{number}/orders" for number in range(1000, 2000)]
_LISTED = ["https://app.example.com", "https://admin.example.com", "https://staging.example.com"]
_UNLISTED = [f"https://s{number}.example.com" for number in range(100_000, 101_000)]
_ASKS = ("PUT", "authorization,content-type")


def _scenario(name: str, **changes: object) -> Scenario:
    values: dict[str, object] = {
        "kind": "allowlist",
        "rows": {_ROW: credentialed(_LISTED)},
        "paths": _PATHS,
        "origins": _LISTED,
        "app_headers": APP_HEADERS,
        "allowed": True,
        **changes,
    }
    build: Callable[..., Scenario] = Scenario
    return build(name=name, **values)


def _basic() -> list[Scenario]:
    """Return the requests that a server sees all day."""
    public = {_ROW: _PUBLIC}
    return [
        _scenario("GET without Origin", origins=(), allowed=False),
        _scenario("GET, allowed"),
        _scenario("GET, refused", origins=_UNLISTED, allowed=False),
        _scenario("GET, public *", kind="public", rows=public, origins=_UNLISTED),
        _scenario("GET, allowed, app has a Vary", app_headers=[*APP_HEADERS, ("Vary", "Accept-Encoding")]),
        _scenario(
            "GET, allowed, app has CORS headers", app_headers=[*APP_HEADERS, ("access-control-allow-origin", "*")]
        ),
        _scenario("preflight, allowed", asks=_ASKS),
        _scenario("preflight, refused", asks=_ASKS, origins=_UNLISTED, allowed=False),
        _scenario("preflight, wrong method", asks=("DELETE", _ASKS[1]), allowed=False),
    ]


def _nested() -> list[Scenario]:
    """Return tables whose rows lie inside one another, and have a `*` in a segment."""
    nested = {_ROW: credentialed(_LISTED), "/api/public/**": _PUBLIC, "/api/admin/**": None}
    with_star = {**nested, "/fonts/*.woff2": _PUBLIC}
    return [
        _scenario("GET, allowed, nested rows", kind="nested", rows=nested),
        _scenario("GET, allowed, a row with a *", kind="nested", rows=with_star),
    ]


def _many_origins(count: int) -> list[Scenario]:
    listed = [f"https://app-{number:06}.example.com" for number in range(count)]
    unlisted = [f"https://app-{number:06}.example.net" for number in range(count)]
    rows = {_ROW: credentialed(listed)}
    return [
        _scenario(f"{count:,} origins, allowed", rows=rows, origins=listed),
        _scenario(f"{count:,} origins, refused", rows=rows, origins=unlisted, allowed=False),
    ]


def _wildcards(count: int) -> list[Scenario]:
    rows = {_ROW: credentialed([f"https://*.team-{number:04}.example.com" for number in range(count)])}
    below = [f"https://pr-{number}.team-{number:04}.example.com" for number in range(count)]
    beside = [f"https://pr-{number}.team-{number:04}.example.net" for number in range(count)]
    s = "" if count == 1 else "s"
    return [
        _scenario(f"{count:,} wildcard{s}, allowed", kind="wildcards", rows=rows, origins=below),
        _scenario(f"{count:,} wildcard{s}, refused", kind="wildcards", rows=rows, origins=beside, allowed=False),
    ]


def _many_rows(count: int) -> list[Scenario]:
    origins = [f"https://team-{number:05}.example.com" for number in range(count)]
    rows = {f"/team-{number:05}/**": credentialed([origin]) for number, origin in enumerate(origins)}

    def meeting(which: str, number: int, below: str, *, covered: bool = True) -> Scenario:
        return _scenario(
            f"{count:,} row{'s' if count > 1 else ''}, {which}",
            kind="rows",
            rows=rows,
            paths=[f"/team-{number:05}{below}/{page}" for page in range(1000, 2000)],
            origins=[origins[number % count]],
            allowed=covered,
            covered=covered,
        )

    return [
        meeting("first", 0, "/users"),
        meeting("last", count - 1, "/users"),
        meeting("none", count, "/users", covered=False),
        meeting("deep path", count // 2, "/users/7/orders/12/lines/3/notes/4/replies/5/likes"),
    ]


def _hostile() -> list[Scenario]:
    kib = 1024
    long = [f"https://{number:04}" + "a" * (8 * kib - 12) for number in range(300)]
    names = ",".join("abcdefghijklmnopqrstuvwxyz"[number % 26] for number in range(32 * kib))
    distinct = [f"/api/items/{number}" for number in range(100_000, 110_000)]
    dots = "/api" + "/.a" * (8 * kib // 3 - 1)
    return [
        _scenario("hostile: preflight, 64 KiB of commas", asks=("PUT", "," * 64 * kib), batch=40),
        _scenario("hostile: preflight, 64 KiB of names", asks=("PUT", names), allowed=False, batch=40),
        _scenario("hostile: origin of 8 KiB", origins=long, allowed=False),
        _scenario(
            "hostile: path of 8 KiB of slashes", paths=["/api" + "/" * (8 * kib - 4)], allowed=False, covered=False
        ),
        _scenario("hostile: path of 8 KiB of dot-files", paths=[dots]),
        _scenario("hostile: 10,000 distinct paths", paths=distinct),
    ]


def scenarios(most: int = 100_000) -> list[Scenario]:
    """Return the scenarios in the order of the report, without those of more than `most` origins or rows."""
    return [
        *_basic(),
        *_nested(),
        *(scenario for count in (10, 1000, 100_000) if count <= most for scenario in _many_origins(count)),
        *(scenario for count in (1, 1000) if count <= most for scenario in _wildcards(count)),
        *(scenario for count in (1, 10, 100, 1000, 10_000) if count <= most for scenario in _many_rows(count)),
        *_hostile(),
    ]
