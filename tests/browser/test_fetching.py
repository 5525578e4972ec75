"""Modes, redirects and caches of a request."""

import pytest

from corswsgi.browser import Page
from tests.browser.serving import API, APP, CREDENTIALS, Answer, Clock, Server, allowing

EXACT = ("Access-Control-Allow-Origin", APP)


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


def test_firefox_asks_again_after_a_redirect_that_needs_no_preflight_any_more() -> None:
    there = Answer(303, [EXACT, ("Location", "https://files.example.org/y")])
    puts = allowing(("Access-Control-Allow-Methods", "PUT"), origin=APP)
    server = Server({"/x": there, "/y": allowing()}, {"/x": puts, "/y": allowing()})
    asked = {
        engine: Page(APP, server, engine=engine).explain(f"{API}/x", method="PUT") for engine in ("standard", "firefox")
    }
    assert [request.method for request in asked["standard"].requests] == ["OPTIONS", "PUT", "GET"]
    assert [request.method for request in asked["firefox"].requests] == ["OPTIONS", "PUT", "OPTIONS", "GET"]
    assert any("asks again after a redirect" in step.text for step in asked["firefox"].steps)
