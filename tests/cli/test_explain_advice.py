"""What to change in which row: the words, and the law that the change does what they say."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings

import tests.test_policy_and_browser_agree as law
from corswsgi import CORSMiddleware, Policy, PolicyTable
from corswsgi.browser import Handshake, Page
from corswsgi.cli.explain_advice import Advice, advise

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

APP = "https://app.example.com"
ORIGINS = Policy(allow_origins=APP)
ROW = "Policy(allow_origins='https://app.example.com')"
AMBIGUOUS = "which can be read as several paths, and they do not have the same row"


def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Redirect from ``/moved``, answer all else."""
    if environ["PATH_INFO"] == "/moved":
        start_response("302 Found", [("Location", "/api/x")])
    else:
        start_response("200 OK", [("Content-Type", "text/plain"), ("Server", "x"), ("X-Request-Id", "7"), ("ETag", "")])
    return []


def ask(table: PolicyTable, path: str, origin: str = APP, headers: tuple[str, ...] = (), **options: Any) -> Handshake:
    page = Page(origin, CORSMiddleware(app, table))
    return page.explain(path, headers=dict.fromkeys(headers, "x"), **options)


@pytest.mark.parametrize(
    ("policy", "asked", "lines"),
    [
        pytest.param(ORIGINS, {"method": "PUT"}, ["add `PUT` to `allow_methods`"], id="method"),
        pytest.param(ORIGINS, {"headers": ("X-A",)}, ["add `X-A` to `allow_headers`"], id="header"),
        pytest.param(
            ORIGINS,
            {"origin": "https://example.org", "method": "PUT", "headers": ("X-A", "X-B"), "credentials": "include"},
            [
                "add `https://example.org` to `allow_origins`",
                "set `allow_credentials`: the script sends `credentials: 'include'`",
                "add `PUT` to `allow_methods`",
                "add `X-A` and `X-B` to `allow_headers`",
            ],
            id="all at once",
        ),
        pytest.param(
            Policy(allow_origins=APP, allow_headers="*"),
            {"headers": ("Authorization", "X-A")},
            ["add `Authorization` to `allow_headers`: the `*` does not cover it"],
            id="Authorization beside a star",
        ),
        pytest.param(
            Policy(allow_origins=APP, allow_methods="*", allow_headers="X-A"),
            {"method": "PUT", "headers": ("X-A", "X-B")},
            ["add `X-B` to `allow_headers`"],
            id="any method",
        ),
        pytest.param(
            Policy(allow_origins="*"),
            {"credentials": "include"},
            [
                f"list origins in place of `*`, which is never allowed with credentials: `{APP}`",
                "set `allow_credentials`: the script sends `credentials: 'include'`",
            ],
            id="any origin, with credentials",
        ),
        pytest.param(
            Policy(allow_origins=APP, expose_headers=["*", "ETag"]),
            {"credentials": "include"},
            [
                "set `allow_credentials`: the script sends `credentials: 'include'`",
                "list names in place of the `*` in `expose_headers`, which is none with credentials",
            ],
            id="any exposed header, with credentials",
        ),
        *(
            pytest.param(
                Policy(allow_origins=listed),
                {"origin": origin},
                [f"add `{origin}` to `allow_origins`; it allows `{near}`: is the page meant to be there?"],
                id=f"{origin} for {near}",
            )
            for listed, origin, near in [
                (APP, "http://app.example.com", APP),
                ("http://app.example.com", APP, "http://app.example.com"),
                (APP, f"{APP}.", APP),
                (APP, f"{APP}:8443", APP),
                (f"{APP}:8443", APP, f"{APP}:8443"),
                (f"{APP}:8443", f"{APP}:9443", f"{APP}:8443"),
                (f"{APP}:8443", "http://app.example.com:8080", f"{APP}:8443"),
                ("https://example.com", "https://www.example.com", "https://example.com"),
                ("https://www.example.com", "https://example.com", "https://www.example.com"),
                ("https://*.example.com", "http://app.example.com", APP),
                ("http://localhost:*", "http://127.0.0.1:3000", "http://localhost:3000"),
                ("http://localhost:3000", "http://[::1]:5000", "http://localhost:3000"),
            ]
        ),
        pytest.param(
            Policy(allow_origins=[APP, "https://*.example.com"]),
            {"origin": "https://example.com"},
            ["add `https://example.com` to `allow_origins`; `https://*.example.com` is only what is below it"],
            id="the name above a wildcard",
        ),
        pytest.param(
            ORIGINS,
            {"origin": "capacitor://localhost"},
            ["add `capacitor://localhost` to `allow_origins`"],
            id="another scheme",
        ),
    ],
)
def test_row_that_misses_something_is_told_what(policy: Policy, asked: dict[str, Any], lines: list[str]) -> None:
    table = PolicyTable({"/api/**": policy})
    handshake = ask(table, "/api/x", **asked)
    advice = advise(handshake, table)
    assert advice is not None
    assert advice.lines == tuple(f"row `/api/**`: {line}" for line in lines)
    assert advice.pattern == "/api/**"


@pytest.mark.parametrize(
    ("policy", "asked", "refusal"),
    [
        pytest.param(
            ORIGINS,
            {"method": "patch"},
            "not so: browsers compare methods byte for byte, and 'patch' is not 'PATCH': have the script write 'PATCH'",
            id="method in lower case",
        ),
        pytest.param(
            ORIGINS,
            {"origin": "http://app.example.com", "credentials": "include"},
            "not so: 'http://app.example.com' is not encrypted: anyone on the network path can act with the user's "
            "credentials (insecure-origin-with-credentials); write 'https://app.example.com', or set "
            "dangerously_allow_insecure_origins=True",
            id="plain http with credentials",
        ),
        pytest.param(
            ORIGINS,
            {"origin": "null"},
            "not so: every sandboxed frame and local file sends 'null', an attacker's too (null-origin); serve "
            "the page from an origin of its own, or set dangerously_allow_null_origin=True",
            id="null",
        ),
    ],
)
def test_what_a_table_would_refuse_is_not_advised(policy: Policy, asked: dict[str, Any], refusal: str) -> None:
    table = PolicyTable({"/api/**": policy})
    advice = advise(ask(table, "/api/x", **asked), table)
    assert advice is not None
    assert (advice.lines[-1], advice.pattern, advice.policy) == (refusal, None, None)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        pytest.param("/y", f"no row covers `/y`: add one, '/y': {ROW}", id="no row"),
        pytest.param("/X", f"no row covers `/X`, and row `/x` covers `/x`: add one, '/X': {ROW}", id="upper case"),
        pytest.param(
            "/x//",
            f"no row covers `/x//`, {AMBIGUOUS}, and row `/x` covers `/x/`",
            id="empty segment",
        ),
        pytest.param(
            "/api/%2e%2e%2fx%5c",
            f"no row covers `/api/../x\\`, {AMBIGUOUS}, and row `/x` covers `/x/`",
            id="dot segment and backslash",
        ),
        pytest.param("//", f"no row covers `//`, {AMBIGUOUS}", id="nothing near"),
        pytest.param(
            "/api/admin/users",
            "row `/api/admin/**` is None, no CORS: where pages are to have it, add a row of its own, "
            f"'/api/admin/users': {ROW}",
            id="None",
        ),
    ],
)
def test_path_without_a_policy_is_told_where_one_is_missing(path: str, line: str) -> None:
    table = PolicyTable({"/x": ORIGINS, "/z/": ORIGINS, "/api/**": ORIGINS, "/api/admin/**": None})
    advice = advise(ask(table, f"https://server.example{path}"), table)
    assert advice is not None
    assert advice.lines == (line,)


def test_path_that_no_row_can_have_is_told_so() -> None:
    table = PolicyTable({})
    assert advise(ask(table, "/%3f"), table) == Advice(
        lines=(
            "no row covers `/?`: add one",
            "not so: a path pattern has no query: policies depend on the path alone (path-with-query); write '/'",
        )
    )


def test_new_row_has_what_the_request_needs_and_no_more() -> None:
    table = PolicyTable({})
    asked = ask(table, "/x", method="PUT", headers=("x-csrf-token",), credentials="include")
    written = f"{ROW[:-1]}, allow_credentials=True, allow_methods='PUT', allow_headers=['X-Csrf-Token'])"
    assert advise(asked, table) == Advice(
        lines=(f"no row covers `/x`: add one, '/x': {written}",),
        pattern="/x",
        policy=Policy(allow_origins=APP, allow_credentials=True, allow_methods="PUT", allow_headers="X-Csrf-Token"),
    )


def test_redirect_is_advised_on_where_it_leads() -> None:
    table = PolicyTable({"/moved": ORIGINS})
    advice = advise(ask(table, "/moved"), table)
    assert advice is not None
    assert advice.pattern == "/api/x"


def test_answer_that_is_not_the_table_s_is_told_from_it() -> None:
    table = PolicyTable({"/**": ORIGINS})
    asked = Page(APP, app).explain("/api/x")
    assert advise(asked, table) == Advice(
        lines=("row `/**` allows this: what answered is not the table, but something around it",)
    )


@pytest.mark.parametrize(
    ("url", "method"),
    [
        pytest.param("/api/x", "TRACE", id="what no script may send"),
        pytest.param("ftp://server.example/", "GET", id="what CORS is not for"),
    ],
)
def test_what_no_table_blocks_has_no_advice(url: str, method: str) -> None:
    table = PolicyTable({})
    assert advise(ask(table, url, method=method), table) is None


def test_headers_that_a_page_may_not_read_are_to_be_exposed() -> None:
    table = PolicyTable({"/**": Policy(allow_origins=APP, expose_headers="ETag")})
    assert advise(ask(table, "/"), table) == Advice(
        lines=("row `/**`: add `X-Request-Id` to `expose_headers`, if the page is to read it",),
        pattern="/**",
        policy=Policy(allow_origins=APP, expose_headers=["ETag", "X-Request-Id"]),
    )
    table = PolicyTable({"/**": Policy(allow_origins=APP)})
    advice = advise(ask(table, "/"), table)
    assert advice is not None
    assert advice.lines == (
        "row `/**`: add `X-Request-Id` and `ETag` to `expose_headers`, if the page is to read them",
    )


def test_header_that_no_table_exposes_is_told_so() -> None:
    def odd(_environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        start_response("200 OK", [("Host", "x")])
        return []

    table = PolicyTable({"/**": ORIGINS})
    advice = advise(Page(APP, CORSMiddleware(odd, table)).explain("/"), table)
    assert advice is not None
    refusal = "not so: 'Host' is a request header; expose_headers is for responses (request-header-in-response)"
    assert advice.lines[1].startswith(refusal)
    assert advice.policy is None


@pytest.mark.parametrize(
    ("origin", "path"),
    [
        pytest.param("https://server.example", "/", id="same origin"),
        pytest.param(APP, "/plain", id="nothing to expose"),
        pytest.param(APP, "/own", id="headers that are not the table's"),
    ],
)
def test_page_that_reads_all_that_there_is_needs_no_advice(origin: str, path: str) -> None:
    def others(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        extra = [("X-A", "1"), ("Access-Control-Allow-Origin", "*")] if environ["PATH_INFO"] == "/own" else []
        start_response("200 OK", [("Content-Type", "text/plain"), ("Server", "x"), *extra])
        return []

    table = PolicyTable({"/plain": ORIGINS, "/own": None})
    handshake = Page(origin, CORSMiddleware(others, table)).explain(path)
    assert handshake.allowed
    assert advise(handshake, table) is None


@settings(max_examples=300, deadline=None)
@given(law.TABLES, law.ASKED)
def test_request_is_allowed_under_the_row_that_is_advised(rows: dict[str, law.Row | None], asked: law.Asked) -> None:
    table = PolicyTable({pattern: None if row is None else row.policy() for pattern, row in rows.items()})

    def explain(table: PolicyTable) -> Handshake:
        return Page(asked.origin, CORSMiddleware(law.app, table)).explain(
            asked.path,
            method=asked.method,
            headers=dict.fromkeys(asked.headers, "application/json"),
            credentials=asked.credentials,
        )

    handshake = explain(table)
    advice = advise(handshake, table)
    if advice is None:
        assert handshake.allowed
        return
    if advice.policy is None or advice.pattern is None:
        with_credentials = asked.credentials == "include" or any(row and row.credentials for row in rows.values())
        insecure = asked.origin == "http://app.example.com" and with_credentials
        assert asked.origin == "null" or asked.method == "patch" or asked.path == "/api//admin" or insecure
        return
    before = table.rows.get(advice.pattern)
    for name in ("allow_origins", "allow_methods", "allow_headers", "expose_headers"):
        # nothing is taken away but a `*` that cannot stand there with credentials
        assert before is None or set(getattr(before, name)) - {"*"} <= set(getattr(advice.policy, name))
    after = explain(PolicyTable({**table.rows, advice.pattern: advice.policy}))
    assert after.allowed
    if handshake.allowed:
        assert {"ETag", "X-Request-Id"} <= set(after.readable_headers)
