"""Advice on rows: its words, and the law that the change does what they say."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings

import tests.test_policy_and_browser_agree as law
from corswsgi import CORSMiddleware, Policy, PolicyTable
from corswsgi.browser import Handshake, Page
from corswsgi.cli.explain_advice import Advice, advise
from corswsgi.files import policies_in
from corswsgi.flask.resources import of_options

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

APP = "https://app.example.com"
ORIGINS = Policy(allow_origins=APP)
ROW = "Policy(allow_origins='https://app.example.com')"
YOURS = f"if pages of {APP} are yours, "
AMBIGUOUS = "which can be read as several paths that do not have the same row"


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
                "if pages of https://example.org are yours, add `https://example.org` to `allow_origins`",
                (
                    "if pages of https://example.org are yours, set `allow_credentials=True`: the script sends "
                    "`credentials: 'include'`"
                ),
                "add `PUT` to `allow_methods`",
                "add `X-A` and `X-B` to `allow_headers`",
            ],
            id="all at once",
        ),
        pytest.param(
            Policy(allow_origins=APP, allow_headers="*"),
            {"headers": ("Authorization", "X-A")},
            ["add `Authorization` to `allow_headers`: `*` does not cover it"],
            id="Authorization beside a star",
        ),
        pytest.param(
            Policy(allow_origins=APP),
            {"headers": ("x-csrftoken", "X-Xsrf-Token", "x-a")},
            ["add `X-A`, `X-CSRFToken` and `X-XSRF-TOKEN` to `allow_headers`"],
            id="headers as Django and Angular write them",
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
                (
                    f"{YOURS}list `{APP}` instead of `*`, which browsers refuse with credentials; or have the script "
                    "ask without credentials"
                ),
                f"{YOURS}set `allow_credentials=True` as well: the script sends `credentials: 'include'`",
            ],
            id="any origin, with credentials",
        ),
        pytest.param(
            Policy(allow_origins=APP, expose_headers=["*", "ETag"]),
            {"credentials": "include"},
            [
                f"{YOURS}set `allow_credentials=True`: the script sends `credentials: 'include'`",
                "list names instead of `*` in `expose_headers`: it has no effect with credentials",
            ],
            id="any exposed header, with credentials",
        ),
        *(
            pytest.param(
                Policy(allow_origins=listed),
                {"origin": origin},
                [
                    (
                        f"if pages of {origin} are yours, add `{origin}` to `allow_origins`; it allows "
                        f"`{near}`: should the page be there?"
                    )
                ],
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
            [
                (
                    "if pages of https://example.com are yours, add `https://example.com` to `allow_origins`; "
                    "`https://*.example.com` matches only its subdomains"
                )
            ],
            id="the name above a wildcard",
        ),
        pytest.param(
            ORIGINS,
            {"origin": "capacitor://localhost"},
            ["if pages of capacitor://localhost are yours, add `capacitor://localhost` to `allow_origins`"],
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
            "browsers compare methods byte for byte, and 'patch' is not 'PATCH': in the script, write 'PATCH'",
            id="method in lower case",
        ),
        pytest.param(
            ORIGINS,
            {"origin": "http://app.example.com", "credentials": "include"},
            "'http://app.example.com' is not encrypted: anyone on the network path can act with the user's "
            "credentials (insecure-origin-with-credentials); write 'https://app.example.com', or set "
            "dangerously_allow_insecure_origins=True",
            id="plain http with credentials",
        ),
        pytest.param(
            ORIGINS,
            {"origin": "null"},
            "every sandboxed frame and local file sends 'null', an attacker's too (null-origin); serve "
            "the page from an origin of its own, or set dangerously_allow_null_origin=True",
            id="null",
        ),
    ],
)
def test_what_a_table_would_refuse_is_not_advised(policy: Policy, asked: dict[str, Any], refusal: str) -> None:
    table = PolicyTable({"/api/**": policy})
    advice = advise(ask(table, "/api/x", **asked), table)
    assert advice is not None
    assert (advice.lines[-1], advice.pattern, advice.policy) == (
        f"but the table would refuse it: {refusal}",
        None,
        None,
    )


@pytest.mark.parametrize(
    ("path", "line"),
    [
        pytest.param("/y", f"no row matches `/y`; {YOURS}add '/y': {ROW}", id="no row"),
        pytest.param("/X", f"no row matches `/X`; row `/x` matches `/x`; {YOURS}add '/X': {ROW}", id="upper case"),
        pytest.param(
            "/x//",
            f"no row matches `/x//`, {AMBIGUOUS}; row `/x` matches `/x/`",
            id="empty segment",
        ),
        pytest.param(
            "/api/%2e%2e%2fx%5c",
            f"no row matches `/api/../x\\`, {AMBIGUOUS}; row `/x` matches `/x/`",
            id="dot segment and backslash",
        ),
        pytest.param("//", f"no row matches `//`, {AMBIGUOUS}", id="nothing near"),
        pytest.param(
            "/api/admin/users",
            f"row `/api/admin/**` is None, no CORS; {YOURS}add '/api/admin/users': {ROW}",
            id="None",
        ),
    ],
)
def test_path_without_a_policy_is_told_where_one_is_missing(path: str, line: str) -> None:
    table = PolicyTable({"/x": ORIGINS, "/z/": ORIGINS, "/api/**": ORIGINS, "/api/admin/**": None})
    advice = advise(ask(table, f"https://server.example{path}"), table)
    assert advice is not None
    assert advice.lines == (line,)


UUID = "0B5E1A6C-3f1e-4d0b-9a57-2f0c8e5b7d11"


@pytest.mark.parametrize(
    ("path", "pattern", "ids"),
    [
        pytest.param("/shop/items/3", "/shop/items/*", "`3`", id="digits"),
        pytest.param(f"/shop/{UUID}/", "/shop/*/", f"`{UUID}`", id="uuid, and a slash at the end"),
        pytest.param("/shop/507f1f77bcf86cd799439011", "/shop/*", "`507f1f77bcf86cd799439011`", id="object id"),
        pytest.param("/shop/3/tags/44", "/shop/*/tags/*", "`3` and `44`", id="ids in between"),
    ],
)
def test_new_row_has_a_star_for_each_id_and_says_so(path: str, pattern: str, ids: str) -> None:
    table = PolicyTable({"/x": ORIGINS, "/shop/admin/**": None})
    assert advise(ask(table, path), table) == Advice(
        lines=(
            f"no row matches `{path}`; {YOURS}add {pattern!r}: {ROW}",
            f"`*` matches any segment, here {ids}; write `{path}` for this path alone",
        ),
        because=f"no row matches `{path}`",
        is_uncovered=True,
        is_change=True,
        pattern=pattern,
        policy=ORIGINS,
    )


@pytest.mark.parametrize(
    ("path", "rows"),
    [
        pytest.param("/3", {}, id="the first segment"),
        pytest.param("/v1/items", {}, id="words with a digit"),
        pytest.param("/shop/defaced", {}, id="a word of hexadecimal digits"),
        pytest.param("/shop/deadbeefcafe", {}, id="a long word of hexadecimal digits"),
        pytest.param("/shop/3", {"/shop/*": None}, id="the pattern has no CORS"),
        pytest.param("/shop/12", {"/shop/1*": None}, id="a row that is more specific"),
        pytest.param("/shop/a*b/3", {"/shop/ab*/*": ORIGINS}, id="a row that ties with a star in the path"),
    ],
)
def test_new_row_is_the_path_where_a_star_would_be_wrong(path: str, rows: dict[str, Policy | None]) -> None:
    table = PolicyTable(rows)
    advice = advise(ask(table, path), table)
    assert advice is not None
    assert advice.pattern == path


def test_new_row_of_a_file_says_what_the_star_is() -> None:
    table = policies_in('["/x"]\nallow_origins = "*"\n', "cors.toml")[0]
    advice = advise(ask(table, "/shop/3"), table)
    assert advice is not None
    assert advice.lines == (
        f'no row matches `/shop/3`; {YOURS}add ["/shop/*"]',
        f'allow_origins = "{APP}"',
        "`*` matches any segment, here `3`; write `/shop/3` for this path alone",
    )


def test_path_that_no_row_can_have_is_told_so() -> None:
    table = PolicyTable({})
    assert advise(ask(table, "/%3f"), table) == Advice(
        lines=(
            "no row matches `/?`; add a row",
            (
                "but the table would refuse it: "
                "a path pattern has no query: policies depend on the path alone (path-with-query); write '/'"
            ),
        ),
        because="no row matches `/?`",
        is_uncovered=True,
        is_change=True,
    )


def test_new_row_has_what_the_request_needs_and_no_more() -> None:
    table = PolicyTable({})
    asked = ask(table, "/x", method="PUT", headers=("x-csrf-token",), credentials="include")
    written = f"{ROW[:-1]}, allow_credentials=True, allow_methods='PUT', allow_headers=['X-Csrf-Token'])"
    assert advise(asked, table) == Advice(
        lines=(f"no row matches `/x`; {YOURS}add '/x': {written}",),
        because="no row matches `/x`",
        is_uncovered=True,
        is_change=True,
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
        lines=("row `/**` allows this request: something else than the table answered it",)
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
        lines=("row `/**`: add `X-Request-Id` to `expose_headers`, if the page needs to read it",),
        pattern="/**",
        policy=Policy(allow_origins=APP, expose_headers=["ETag", "X-Request-Id"]),
    )
    table = PolicyTable({"/**": Policy(allow_origins=APP)})
    advice = advise(ask(table, "/"), table)
    assert advice is not None
    assert advice.lines == (
        "row `/**`: add `X-Request-Id` and `ETag` to `expose_headers`, if the page needs to read them",
    )


def test_header_that_no_table_exposes_is_told_so() -> None:
    def odd(_environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        start_response("200 OK", [("Host", "x")])
        return []

    table = PolicyTable({"/**": ORIGINS})
    advice = advise(Page(APP, CORSMiddleware(odd, table)).explain("/"), table)
    assert advice is not None
    refusal = "'Host' is a request header; expose_headers is for responses (request-header-in-response)"
    assert advice.lines[1].startswith(f"but the table would refuse it: {refusal}")
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


def said(table: PolicyTable, path: str, **asked: Any) -> list[str]:
    advice = advise(ask(table, path, **asked), table)
    return list(advice.lines) if advice else []


def test_advice_for_a_file_is_in_toml() -> None:
    table, _ = policies_in('["/api/**"]\nallow_origins = ["https://app.example.com"]\n["/off"]\ncors = false\n', "x")
    assert said(table, "/api/x", method="PUT", credentials="include") == [
        f"row `[\"/api/**\"]`: {YOURS}set `allow_credentials = true`: the script sends `credentials: 'include'`",
        'row `["/api/**"]`: add `PUT` to `allow_methods`',
    ]
    assert said(table, "/off", headers=("X-A",)) == [
        f'row `["/off"]` has `cors = false`; {YOURS}add ["/off"]',
        'allow_origins = "https://app.example.com"',
        'allow_headers = ["X-A"]',
    ]
    assert said(table, "/y", origin="null")[-1] == (
        "but the table would refuse it: every sandboxed frame and local file sends 'null', an attacker's too "
        "(null-origin); serve the page from an origin of its own, or set dangerously_allow_null_origin = true"
    )


def test_advice_for_options_of_flask_cors_names_them_and_the_key_of_the_user() -> None:
    table = of_options({"resources": {"/api/*": {"origins": APP}}}, []).patterns
    assert table is not None
    asked = {"method": "PUT", "credentials": "include", "headers": ("X-A",)}
    assert said(table, "/api/x", **asked) == [
        f"`resources['/api/*']`: {YOURS}set `supports_credentials=True`: the script sends `credentials: 'include'`",
    ]
    assert said(table, "/y", method="PUT") == [
        f"no row matches `/y`; {YOURS}add resources['/y'] = dict(origins='https://app.example.com', methods='PUT')"
    ]
