"""A page, from a script's call to the verdict: what the corpus does not have."""

import json
import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pytest

from corswsgi.browser import CORSError, Page
from tests.browser.serving import API, APP, OTHER, Answer, Clock, Server, allowing

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from corswsgi.browser.engines import EngineName

EXACT = ("Access-Control-Allow-Origin", APP)
CREDENTIALS = ("Access-Control-Allow-Credentials", "true")


class TestOrigins:
    @pytest.mark.parametrize(
        ("origin", "expected"),
        [
            pytest.param("https://app.example.com", "https://app.example.com", id="https"),
            pytest.param("HTTPS://App.Example.com:443", "https://app.example.com", id="written differently"),
            pytest.param("http://localhost:3000", "http://localhost:3000", id="port"),
            pytest.param("https://例.example", "https://xn--fsq.example", id="Unicode"),
            pytest.param("null", "null", id="null"),
            pytest.param("file:///home/me/page.html", "null", id="file"),
            pytest.param("chrome-extension://abcdef", "chrome-extension://abcdef", id="a scheme of its own"),
        ],
    )
    def test_a_page_has_a_serialised_origin(self, origin: str, expected: str) -> None:
        assert Page(origin, Server()).origin == expected

    @pytest.mark.parametrize("origin", ["", "app.example.com", "mailto:a@b", "https://"])
    def test_what_is_no_origin_is_refused(self, origin: str) -> None:
        with pytest.raises(ValueError, match="is not an origin"):
            Page(origin, Server())

    @pytest.mark.parametrize("more", ["/", "/path", "?query", "#fragment"])
    def test_what_is_more_than_an_origin_is_refused_with_the_origin(self, more: str) -> None:
        with pytest.raises(ValueError, match=f"write '{APP}'"):
            Page(f"{APP}{more}", Server())


def test_unknown_engines_and_base_urls_are_refused() -> None:
    engine: Any = "netscape"
    with pytest.raises(ValueError, match="standard, chromium, firefox, webkit"):
        Page(APP, Server(), engine=engine)
    with pytest.raises(ValueError, match="write 'http://localhost:8000'"):
        Page(APP, "localhost:8000")


class TestURLs:
    def test_a_path_is_one_of_the_server_s(self) -> None:
        server = Server({"/x": allowing()})
        assert Page(APP, server).fetch("/x").url == "https://server.example/x"

    def test_an_application_is_served_under_whatever_host_a_url_names(self) -> None:
        server = Server({"/x": allowing()})
        assert Page(APP, server).fetch(f"{OTHER}:8443/x").url == f"{OTHER}:8443/x"
        assert server.arrived[0]["HTTP_HOST"] == "other.example.net:8443"

    def test_a_data_url_is_answered_without_a_server(self) -> None:
        answer = Page(APP, Server()).fetch("data:text/plain,x")
        assert (answer.type, answer.text(), answer.headers["content-type"]) == ("basic", "x", "text/plain")

    def test_other_schemes_are_blocked_before_anything_is_sent(self) -> None:
        handshake = Page(APP, Server()).explain("ftp://api.example.com/x")
        assert (handshake.stage, handshake.code, handshake.detail) == ("request", "url-scheme", "ftp")


class TestHeadersThatTheBrowserAdds:
    def sent(self, target: str = API, page: str = APP, **options: Any) -> list[tuple[str, str]]:
        handshake = Page(page, Server({"/x": allowing()})).explain(f"{target}/x", **options)
        return list(handshake.requests[-1].headers)

    def test_a_cors_request_names_its_origin(self) -> None:
        assert self.sent() == [
            ("Accept", "*/*"),
            ("Referer", f"{APP}/"),
            ("Origin", APP),
            ("Sec-Fetch-Site", "same-site"),
            ("Sec-Fetch-Mode", "cors"),
            ("Sec-Fetch-Dest", "empty"),
        ]

    def test_a_request_of_the_own_origin_names_it_when_it_may_change_something(self) -> None:
        assert "Origin" not in dict(self.sent(target=APP))
        assert "Origin" not in dict(self.sent(target=APP, method="HEAD"))
        assert dict(self.sent(target=APP, method="DELETE"))["Origin"] == APP

    def test_a_request_without_cors_names_it_unless_it_leaves_https(self) -> None:
        options = {"method": "POST", "mode": "no-cors"}
        assert dict(self.sent(**options))["Origin"] == APP
        assert dict(self.sent(target="http://api.example.com", **options)) == {
            "Accept": "*/*",
            "Content-Length": "0",
            "Origin": "null",
        }

    def test_headers_of_the_script_come_first_and_accept_is_left_alone(self) -> None:
        assert self.sent(target="http://api.example.com", method="POST", headers={"Accept": "a/b"}, body=b"xy") == [
            ("Accept", "a/b"),
            ("Content-Length", "2"),
            ("Origin", APP),
        ]


class TestCookies:
    def test_they_come_and_go_with_credentials_only(self) -> None:
        cookie = ("Set-Cookie", "a=1; SameSite=None; Secure")
        page = Page(APP, Server({"/x": allowing(cookie, CREDENTIALS, origin=APP)}))
        page.fetch(f"{API}/x")
        page.fetch(f"{API}/x", credentials="include")
        page.fetch(f"{API}/x")
        handshake = page.explain(f"{API}/x", credentials="include")
        assert ("Cookie", "a=1") in handshake.requests[0].headers
        assert "Cookie" not in dict(page.explain(f"{API}/x").requests[0].headers)
        assert handshake.unreadable_headers == (
            "Access-Control-Allow-Origin",
            "Set-Cookie",
            "Access-Control-Allow-Credentials",
        )

    def test_the_first_request_with_credentials_has_none_yet(self) -> None:
        server = Server({"/x": allowing(("Set-Cookie", "a=1"), origin=APP)})
        page = Page(APP, server)
        page.fetch(f"{API}/x")
        assert "Cookie" not in dict(page.explain(f"{API}/x", credentials="include").requests[0].headers)

    def test_a_preflight_neither_carries_nor_sets_them(self) -> None:
        preflight = allowing(CREDENTIALS, ("Access-Control-Allow-Methods", "PUT"), ("Set-Cookie", "b=2"), origin=APP)
        server = Server({"/x": allowing(CREDENTIALS, ("Set-Cookie", "a=1"), origin=APP)}, {"/x": preflight})
        page = Page(APP, server)
        page.fetch(f"{API}/x", credentials="include")
        handshake = page.explain(f"{API}/x", method="PUT", credentials="include")
        asked, sent = (dict(request.headers) for request in handshake.requests)
        assert "Cookie" not in asked
        assert sent["Cookie"] == "a=1"


class TestModes:
    def test_no_cors_shows_nothing_but_sends_all_the_same(self) -> None:
        server = Server({"/x": Answer(body=b"secret")})
        answer = Page(APP, server).fetch(f"{API}/x", mode="no-cors")
        assert (answer.type, answer.status, answer.body, len(server.arrived)) == ("opaque", 0, b"", 1)

    def test_no_cors_follows_redirects_only(self) -> None:
        handshake = Page(APP, Server()).explain(f"{API}/x", mode="no-cors", redirect="manual")
        assert (handshake.stage, handshake.code) == ("request", "no-cors-redirect-mode")

    def test_a_resource_policy_keeps_an_opaque_response_from_the_page(self) -> None:
        server = Server({"/x": Answer(headers=[("Cross-Origin-Resource-Policy", "same-origin")])})
        handshake = Page(APP, server).explain(f"{API}/x", mode="no-cors")
        assert (handshake.stage, handshake.code) == ("response", "resource-policy")

    def test_same_origin_mode_ends_at_a_redirect_to_elsewhere(self) -> None:
        server = Server({"/x": Answer(302, [("Location", f"{API}/y")])})
        handshake = Page(APP, server).explain(f"{APP}/x", mode="same-origin")
        assert (handshake.stage, handshake.code, len(handshake.requests)) == ("response", "same-origin-mode", 1)


class TestRedirectModes:
    server = Server({"/x": allowing(("Location", "/y"), status=302), "/y": allowing()})

    def test_error_blocks_a_redirect(self) -> None:
        handshake = Page(APP, self.server).explain(f"{API}/x", redirect="error")
        assert (handshake.stage, handshake.code, handshake.detail) == ("response", "redirect-mode", "302")

    def test_manual_hides_it(self) -> None:
        answer = Page(APP, self.server).fetch(f"{API}/x", redirect="manual")
        assert (answer.type, answer.status, dict(answer.headers), answer.url) == ("opaqueredirect", 0, {}, f"{API}/x")

    def test_follow_ends_at_the_last_url(self) -> None:
        assert Page(APP, self.server).fetch(f"{API}/x").url == f"{API}/y"

    @pytest.mark.parametrize("location", ["ftp://a/", "https://"])
    def test_a_location_of_no_use_blocks(self, location: str) -> None:
        server = Server({"/x": allowing(("Location", location), status=302)})
        assert Page(APP, server).explain(f"{API}/x").stage == "response"


class TestHTTPCache:
    def test_a_304_renews_the_stored_response_and_its_permission(self) -> None:
        server = Server({"/x": allowing(("ETag", '"1"'), body=b"stored")})
        page = Page(APP, server)
        page.fetch(f"{API}/x")
        server.answers["/x"] = Answer(304, [EXACT])
        answer = page.fetch(f"{API}/x")
        assert (answer.status, answer.body) == (200, b"stored")
        assert server.arrived[1]["HTTP_IF_NONE_MATCH"] == '"1"'

    def test_a_fresh_response_needs_no_server(self) -> None:
        clock = Clock()
        server = Server({"/x": allowing(("Cache-Control", "max-age=60"))})
        page = Page(APP, server, clock=clock)
        page.fetch(f"{API}/x")
        assert page.explain(f"{API}/x").requests == ()
        clock.now += 60
        assert len(page.explain(f"{API}/x").requests) == 1


class TestErrors:
    def test_the_text_is_the_console_s_words_the_reason_and_the_fix(self) -> None:
        with pytest.raises(CORSError) as error:
            Page(APP, Server({"/x": Answer()}), engine="chromium").fetch(f"{API}/x")
        assert str(error.value) == (
            f"Access to fetch at '{API}/x' from origin '{APP}' has been blocked by CORS policy: "
            "No 'Access-Control-Allow-Origin' header is present on the requested resource.\n"
            "Reason: there is no Access-Control-Allow-Origin\n"
            f"Fix: the answer to GET {API}/x must say, once: Access-Control-Allow-Origin: {APP}"
        )
        assert error.value.handshake.code == "allow-origin-missing"

    def test_an_application_that_raises_is_the_cause(self, caplog: pytest.LogCaptureFixture) -> None:
        def app(_environ: "WSGIEnvironment", _start_response: "StartResponse") -> Iterable[bytes]:
            raise LookupError("broken")

        with caplog.at_level(logging.CRITICAL, "corswsgi"), pytest.raises(CORSError) as error:
            Page(APP, app).fetch(f"{API}/x")
        assert isinstance(error.value.__cause__, LookupError)
        texts = [step.text for step in error.value.handshake.steps]
        assert "the application raised LookupError('broken'): its server answers a plain 500" in texts

    def test_a_call_that_throws_sends_nothing(self) -> None:
        server = Server()
        with pytest.raises(CORSError) as error:
            Page(APP, server).fetch("/x", method="TRACE")
        assert (error.value.handshake.stage, server.arrived) == ("request", [])

    def test_a_server_that_is_not_there_is_no_answer(self) -> None:
        handshake = Page(APP, "http://127.0.0.1:2").explain("/x", method="PUT")
        assert (handshake.stage, handshake.code, handshake.responses) == ("preflight", "connection", ())
        assert len(handshake.requests) == 1


TRANSCRIPT = f"""\
{APP} asks PUT {API}/x
(fetch, mode cors, credentials same-origin, engine standard)
  ✓ {API} is another origin, and a preflight comes first: PUT is no CORS-safelisted method [#concept-main-fetch]

> OPTIONS {API}/x
    Accept: */*
  * Access-Control-Request-Method: PUT
  * Origin: {APP}
< 200
  * Access-Control-Allow-Origin: *
    X-Escape: \\x1b
  ✓ Access-Control-Allow-Origin allows {APP}, without credentials [#concept-cors-check]
  ✗ the method is PUT, and Access-Control-Allow-Methods lists no method [#cors-preflight-fetch-0]

Blocked at the preflight.
Console: {APP} may not read {API}/x: blocked at the preflight, because the method is PUT, and \
Access-Control-Allow-Methods lists no method.
Fix: the answer to OPTIONS {API}/x must name the method: Access-Control-Allow-Methods: PUT
"""


class TestHandshake:
    def test_its_text_tells_who_asked_whom_and_what_failed(self) -> None:
        server = Server(preflights={"/x": allowing(("X-Escape", "\x1b"))})
        assert Page(APP, server).explain(f"{API}/x", method="PUT").to_text() == TRANSCRIPT

    @pytest.mark.parametrize(
        ("options", "verdict"),
        [
            pytest.param(
                {},
                "Allowed: the page gets a response of type cors.\nIt may read Content-Type.\n"
                "It may not read Access-Control-Allow-Origin, X-A.\n",
                id="cors",
            ),
            pytest.param(
                {"mode": "no-cors"},
                "Allowed: the page gets a response of type opaque.\n"
                "It may not read Access-Control-Allow-Origin, Content-Type, X-A.\n",
                id="opaque",
            ),
        ],
    )
    def test_its_text_ends_with_what_the_page_may_read(self, options: dict[str, Any], verdict: str) -> None:
        server = Server({"/x": allowing(("Content-Type", "text/plain"), ("X-A", "1"))})
        assert Page(APP, server).explain(f"{API}/x", **options).to_text().endswith(f"\n\n{verdict}")

    def test_its_text_says_when_no_header_is_readable_and_none_is_hidden(self) -> None:
        text = Page(APP, Server({"/x": Answer()})).explain(f"{APP}/x").to_text()
        assert text.endswith("of type basic.\nIt may read no header.\n")

    def test_its_dict_is_what_json_has(self) -> None:
        handshake = Page(APP, Server({"/x": allowing()})).explain(f"{API}/x")
        found = handshake.to_dict()
        assert json.loads(json.dumps(found)) == found
        assert found["requests"] == [
            {
                "method": "GET",
                "url": f"{API}/x",
                "headers": [
                    ["Accept", "*/*"],
                    ["Referer", f"{APP}/"],
                    ["Origin", APP],
                    ["Sec-Fetch-Site", "same-site"],
                    ["Sec-Fetch-Mode", "cors"],
                    ["Sec-Fetch-Dest", "empty"],
                ],
                "preflight": False,
            }
        ]

    def test_a_failed_connection_has_a_request_and_no_response(self) -> None:
        text = Page(APP, "http://127.0.0.1:2").explain("/x").to_text()
        assert "\n> GET http://127.0.0.1:2/x\n" in text
        assert "\n<" not in text


@pytest.mark.parametrize("engine", ["standard", "chromium", "firefox", "webkit"])
def test_every_engine_reads_what_is_allowed(engine: "EngineName") -> None:
    server = Server({"/x": allowing(body=b'{"a": 1}')})
    assert Page(APP, server, engine=engine).fetch(f"{API}/x").json() == {"a": 1}


def test_pages_of_one_browser_share_its_cookies_and_caches() -> None:
    server = Server({
        "/login": allowing(("Set-Cookie", "session=1; SameSite=None; Secure"), CREDENTIALS),
        "/me": allowing(CREDENTIALS),
    })  # fmt: skip
    page = Page(APP, server)
    other = page.open_page("https://other.example")
    page.explain("/login", credentials="include")
    sent = other.explain("/me", credentials="include").requests[0].headers
    assert (page.origin, other.origin) == (APP, "https://other.example")
    assert ("Cookie", "session=1") in sent
    assert ("Origin", "https://other.example") in sent
    with pytest.raises(ValueError, match="is not an origin"):
        page.open_page("other.example")
