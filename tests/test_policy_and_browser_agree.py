"""The closing law: a simulated browser may read a response if and only if its row's declared meaning allows it.

The middleware and the browser know nothing of each other; what a row means is written down a third time, here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from corswsgi import CORSMiddleware, Policy
from corswsgi.browser import Handshake, Page

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from corswsgi.browser.request import Credentials

APP, DEEP, APEX = "https://app.example.com", "https://a.b.example.com", "https://example.com"
LOCAL, OTHER = "http://localhost:3000", "https://other.example.net"
LOOKALIKES = [f"{APP}.evil.example", "https://evil-example.com", "http://app.example.com", f"{APP}:8443", "null"]
ORIGINS = [APP, DEEP, APEX, LOCAL, OTHER, *LOOKALIKES]

# Which of these origins a pattern stands for.
COVERS = {
    "*": ORIGINS,
    APP: [APP],
    APEX: [APEX],
    "https://*.example.com": [APP, DEEP],
    "https://*.b.example.com": [DEEP],
    "http://localhost:*": [LOCAL],
    OTHER: [OTHER],
}

# Which rows could serve a path, the most specific first.
ROWS = {
    "/api": ["/api/**", "/**"],
    "/api/things/1": ["/api/**", "/**"],
    "/api/admin": ["/api/admin/**", "/api/**", "/**"],
    "/api/admin/users": ["/api/admin/**", "/api/**", "/**"],
    "/apix": ["/**"],
    "/fonts/a.woff2": ["/fonts/*.woff2", "/**"],
    "/fonts/b/a.woff2": ["/**"],
    "/api//admin": ["/api/**", "/**"],
}
PATTERNS = ["/api/**", "/api/admin/**", "/fonts/*.woff2", "/**"]

METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "patch", "OPTIONS"]
REQUEST_HEADERS = ["X-Requested-With", "Content-Type", "Authorization", "X-Other"]
RESPONSE_HEADERS = ["Content-Type", "ETag", "X-Request-Id", "Set-Cookie"]


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row as the author of a table declares it."""

    origins: list[str]
    credentials: bool
    methods: list[str]
    headers: list[str]
    exposed: list[str]

    def policy(self) -> Policy:
        return Policy(
            allow_origins=self.origins,
            allow_credentials=self.credentials,
            allow_methods=self.methods,
            allow_headers=self.headers,
            expose_headers=self.exposed,
        )


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The request of a script."""

    origin: str
    path: str
    method: str
    headers: list[str]
    credentials: "Credentials"


def the_row(table: dict[str, Row | None], path: str) -> Row | None:
    if path == "/api//admin" and "/api/admin/**" in table and len(table) > 1:
        return None  # its readings, "/api//admin" and "/api/admin", have two rows
    return next((table[pattern] for pattern in ROWS[path] if pattern in table), None)


def allows_page(row: Row, asked: Asked) -> bool:
    return any(asked.origin in COVERS[pattern] for pattern in row.origins) and (
        row.credentials or asked.credentials != "include"
    )


def allows_method(row: Row, method: str) -> bool:
    return method in {"GET", "HEAD", "POST"} or method in row.methods or "*" in row.methods


def allows_header(row: Row, name: str) -> bool:
    return name in row.headers or ("*" in row.headers and name != "Authorization")


def may_read(row: Row, asked: Asked) -> bool:
    return (
        allows_page(row, asked)
        and allows_method(row, asked.method)
        and all(allows_header(row, name) for name in asked.headers)
    )


def may_read_header(row: Row, name: str) -> bool:
    return name != "Set-Cookie" and (name == "Content-Type" or name in row.exposed or "*" in row.exposed)


def app(_environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    start_response("200 OK", [(name, "x") for name in RESPONSE_HEADERS])
    return [b"secret"]


def ask(table: dict[str, Row | None], asked: Asked) -> Handshake:
    policies = {pattern: None if row is None else row.policy() for pattern, row in table.items()}
    return Page(asked.origin, CORSMiddleware(app, policies)).explain(
        f"https://api.example.org{asked.path}",
        method=asked.method,
        headers=dict.fromkeys(asked.headers, "application/json"),
        credentials=asked.credentials,
    )


def some(values: list[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), unique=True)


@st.composite
def rows(draw: st.DrawFn) -> Row:
    credentials = draw(st.booleans())
    named = st.lists(st.sampled_from([pattern for pattern in COVERS if pattern != "*"]), min_size=1, unique=True)
    return Row(
        origins=draw(named if credentials else named | st.just(["*"])),
        credentials=credentials,
        methods=draw(some(["PUT", "DELETE", "PATCH", "OPTIONS"]) | st.just(["*"])),
        headers=draw(some(REQUEST_HEADERS[:3]) | st.just(["*"]) | st.just(["*", "Authorization"])),
        exposed=draw(some(["ETag", "X-Request-Id"]) if credentials else some(["ETag"]) | st.just(["*"])),
    )


TABLES = st.dictionaries(st.sampled_from(PATTERNS), st.none() | rows(), min_size=1)
ASKED = st.builds(
    Asked,
    origin=st.sampled_from(ORIGINS),
    path=st.sampled_from(list(ROWS)),
    method=st.sampled_from(METHODS),
    headers=some(REQUEST_HEADERS),
    credentials=st.sampled_from(["omit", "same-origin", "include"]),
)
BOUNDED = settings(max_examples=200, deadline=None)


@BOUNDED
@given(TABLES, ASKED)
def test_a_page_may_read_a_response_if_and_only_if_its_row_says_so(table: dict[str, Row | None], asked: Asked) -> None:
    row = the_row(table, asked.path)
    assert ask(table, asked).allowed == (row is not None and may_read(row, asked))


@BOUNDED
@given(rows(), ASKED)
def test_a_page_that_may_ask_is_told_of_the_method_or_the_header_that_is_not_allowed(row: Row, asked: Asked) -> None:
    handshake = ask({"/**": row}, asked)
    if the_row({"/**": row}, asked.path) is None or not allows_page(row, asked):
        assert not handshake.allowed
        return
    refused = sorted(name.lower() for name in asked.headers if not allows_header(row, name))
    if not allows_method(row, asked.method):
        assert (handshake.code, handshake.detail) == ("method-not-allowed", asked.method)
    elif refused:
        assert (handshake.code, handshake.detail) == ("header-not-allowed", refused[0])
    else:
        assert handshake.allowed


@BOUNDED
@given(rows(), ASKED)
def test_a_page_may_read_the_headers_that_its_row_exposes_and_no_others(row: Row, asked: Asked) -> None:
    handshake = ask({"/**": row}, asked)
    if not handshake.allowed:
        assert handshake.readable_headers == ()
        return
    readable = {name for name in handshake.readable_headers if name in RESPONSE_HEADERS}
    assert readable == {name for name in RESPONSE_HEADERS if may_read_header(row, name)}
