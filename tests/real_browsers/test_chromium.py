"""A page in real Chromium reads what the table allows. Otherwise the console says why not.

Seen with Chromium 156.0.8078.79 of Debian 12: another version may choose other words.
"""

import json
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pytest

from corswsgi import CORSMiddleware, Policy
from tests.real_browsers import chromium
from tests.real_browsers.harness import Fetch, Seen, Visit, observe, recorded

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

# Below localhost, pages have a secure context without TLS; these two are of one site, so that cookies are sent.
APP = "http://app.example.localhost"
API = "http://api.example.localhost"
EVIL = "http://evil.localhost"

TABLE = {
    "/public/**": Policy(allow_origins="*"),
    "/account/**": Policy(
        allow_origins=APP,
        allow_credentials=True,
        allow_methods="PUT",
        allow_headers="Content-Type",
        expose_headers="X-Request-Id",
    ),
    "/account/admin/**": None,
    "/subdomains/**": Policy(allow_origins="http://*.example.localhost"),
    "/kept/**": Policy(allow_origins=APP, allow_methods="PUT", max_age=600),
    "/not-kept/**": Policy(allow_origins=APP, allow_methods="PUT", max_age=0),
}

PUT = {"method": "PUT"}
PUT_JSON = {**PUT, "credentials": "include", "headers": {"Content-Type": "application/json"}, "body": "[1]"}
WITH_COOKIES = {"credentials": "include"}

NO_HEADER = "No 'Access-Control-Allow-Origin' header is present on the requested resource."
PREFLIGHT_FAILED = f"Response to preflight request doesn't pass access control check: {NO_HEADER}"

GET_SERVED = ["server: GET", "app: GET"]
PUT_SERVED = ["server: PUT", "app: PUT"]
PREFLIGHT_ANSWERED = ["server: OPTIONS"]  # by the middleware
EXPOSED = ["x-request-id", "7"]


def api(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Answer with what came; `/account/login` gives a cookie, `.../failing` and `.../crash` fail."""
    path = environ["PATH_INFO"]
    if path.endswith("/crash"):
        raise RuntimeError(path)
    headers = [("Content-Type", "application/json"), ("X-Request-Id", "7"), ("X-Secret", "s")]
    if path == "/account/login":
        headers.append(("Set-Cookie", "session=abc; HttpOnly"))
    start_response("500 Internal Server Error" if path.endswith("/failing") else "200 OK", headers)
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode()
    return [answer(body, environ.get("HTTP_COOKIE", "")).encode()]


def answer(body: str = "", cookie: str = "") -> str:
    return json.dumps({"body": body, "cookie": cookie})


def visited(page: str, *fetches: Fetch) -> pytest.MarkDecorator:
    """Let a page of this origin make these fetches before the test: the path of each, and its options."""
    visit = Visit(page, [(API + path, options) for path, options in fetches])
    return pytest.mark.parametrize("seen", [visit], indirect=True, ids=[page])


def read(*exposed: list[str], body: str = answer(), status: int = 200, arrived: list[str] = GET_SERVED) -> Seen:
    """Expect a fetch whose script could read this body, the safelisted headers and those exposed, and no more."""
    safelisted = [["content-length", str(len(body))], ["content-type", "application/json"]]
    return Seen(type="cors", status=status, headers=[*safelisted, *exposed], body=body, arrived=arrived)


def blocked(page: str, path: str, why: str, arrived: list[str] = GET_SERVED) -> Seen:
    """Expect a fetch that is hidden from the script and explained in the console."""
    message = f"Access to fetch at '{API}{path}' from origin '{page}' has been blocked by CORS policy: {why}"
    return Seen(error="TypeError: Failed to fetch", console=[message], arrived=arrived)


@pytest.fixture(scope="module")
def results(request: pytest.FixtureRequest) -> dict[str, list[Seen]]:
    """Make the visits of all tests that were selected, in one browser."""
    if chromium.find() is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is not installed, and CI must not go without it", pytrace=False)
        pytest.skip("Chromium is not installed")
    visits: dict[str, Any] = {
        item.nodeid: item.callspec.params["seen"]
        for item in request.session.items
        if item.path == request.path and isinstance(item, pytest.Function) and "seen" in item.fixturenames
    }
    log: list[str] = []
    app = CORSMiddleware(recorded(api, "app", log), TABLE, intercept_exceptions=True)
    site = recorded(app, "server", log)

    def take(_: Fetch) -> list[str]:
        taken = log.copy()
        log.clear()
        return taken

    return dict(zip(visits, observe(list(visits.values()), site, take, chromium.browse), strict=True))


@pytest.fixture
def seen(results: dict[str, list[Seen]], request: pytest.FixtureRequest) -> list[Seen]:
    """Give what became of this test's fetches, one by one."""
    return results[request.node.nodeid]


@visited(EVIL, ("/public/news", {}))
def test_any_page_reads_under_any_origin(seen: list[Seen]) -> None:
    assert seen == [read()]


@visited(APP, ("/public/news", WITH_COOKIES))
def test_the_browser_blocks_any_origin_when_the_page_includes_credentials(seen: list[Seen]) -> None:
    why = (
        "The value of the 'Access-Control-Allow-Origin' header in the response must not be the wildcard '*' when the "
        "request's credentials mode is 'include'."
    )
    assert seen == [blocked(APP, "/public/news", why)]


@visited(APP, ("/subdomains/x", WITH_COOKIES))
def test_the_browser_blocks_a_row_without_credentials_when_the_page_includes_them(seen: list[Seen]) -> None:
    why = (
        "The value of the 'Access-Control-Allow-Credentials' header in the response is '' which must be 'true' when "
        "the request's credentials mode is 'include'."
    )
    assert seen == [blocked(APP, "/subdomains/x", why)]


@visited(APP, ("/account/login", {"method": "POST", **WITH_COOKIES}), ("/account/me", PUT_JSON))
def test_credentialed_put_carries_the_cookie_and_its_preflight_does_not_reach_the_app(seen: list[Seen]) -> None:
    assert seen == [
        read(EXPOSED, arrived=["server: POST", "app: POST"]),
        read(EXPOSED, body=answer("[1]", "session=abc"), arrived=PREFLIGHT_ANSWERED + PUT_SERVED),
    ]


@visited(EVIL, ("/account/me", WITH_COOKIES), ("/account/me", PUT_JSON))
def test_page_of_an_unlisted_origin_reads_nothing_and_its_put_does_not_reach_the_app(seen: list[Seen]) -> None:
    assert seen == [
        blocked(EVIL, "/account/me", NO_HEADER),
        blocked(EVIL, "/account/me", PREFLIGHT_FAILED, PREFLIGHT_ANSWERED),
    ]


@visited(APP, ("/account/me", {"method": "DELETE"}))
def test_the_console_names_the_method_that_the_row_lacks(seen: list[Seen]) -> None:
    why = "Method DELETE is not allowed by Access-Control-Allow-Methods in preflight response."
    assert seen == [blocked(APP, "/account/me", why, PREFLIGHT_ANSWERED)]


@visited(APP, ("/account/me", {"headers": {"X-Missing": "1", "Content-Type": "application/json"}}))
def test_the_console_names_the_request_header_that_the_row_lacks(seen: list[Seen]) -> None:
    why = "Request header field x-missing is not allowed by Access-Control-Allow-Headers in preflight response."
    assert seen == [blocked(APP, "/account/me", why, PREFLIGHT_ANSWERED)]


@visited(APP, ("/account/me", {}), ("/subdomains/x", {}))
def test_script_reads_the_exposed_headers_and_the_safelisted_only(seen: list[Seen]) -> None:
    assert seen == [
        read(EXPOSED),
        read(),
    ]


@visited(APP, ("/account/failing", {}))
def test_script_reads_a_500_of_the_app(seen: list[Seen]) -> None:
    assert seen == [read(EXPOSED, status=500)]


@visited(APP, ("/account/crash", {}))
def test_script_reads_the_500_that_stands_for_an_exception(seen: list[Seen]) -> None:
    headers = [["content-length", "22"], ["content-type", "text/plain; charset=utf-8"]]
    body = "Internal Server Error\n"
    assert seen == [Seen(type="cors", status=500, headers=headers, body=body, arrived=GET_SERVED)]


# The next two hold together only: without the header a browser keeps an answer for 5 seconds, and both are faster.
@visited(APP, ("/kept/x", PUT), ("/kept/x", PUT))
def test_max_age_saves_the_second_preflight(seen: list[Seen]) -> None:
    assert [each.arrived for each in seen] == [PREFLIGHT_ANSWERED + PUT_SERVED, PUT_SERVED]


@visited(APP, ("/not-kept/x", PUT), ("/not-kept/x", PUT))
def test_max_age_of_zero_has_every_put_preflighted(seen: list[Seen]) -> None:
    assert [each.arrived for each in seen] == [PREFLIGHT_ANSWERED + PUT_SERVED, PREFLIGHT_ANSWERED + PUT_SERVED]


@visited(APP, ("/account/admin/users", {}), ("/account/admin/users", PUT))
def test_row_without_policy_is_blocked_and_the_app_sees_its_preflights(seen: list[Seen]) -> None:
    assert seen == [
        blocked(APP, "/account/admin/users", NO_HEADER),
        blocked(APP, "/account/admin/users", PREFLIGHT_FAILED, ["server: OPTIONS", "app: OPTIONS"]),
    ]


@visited("http://deep.down.example.localhost", ("/subdomains/x", {}))
def test_subdomain_wildcard_allows_a_page_of_any_depth(seen: list[Seen]) -> None:
    assert seen == [read()]


@visited("http://example.localhost", ("/subdomains/x", {}))
def test_subdomain_wildcard_does_not_allow_its_own_domain(seen: list[Seen]) -> None:
    assert seen == [blocked("http://example.localhost", "/subdomains/x", NO_HEADER)]


@visited("http://evil-example.localhost", ("/subdomains/x", {}))
def test_subdomain_wildcard_does_not_allow_a_domain_that_only_ends_alike(seen: list[Seen]) -> None:
    assert seen == [blocked("http://evil-example.localhost", "/subdomains/x", NO_HEADER)]
