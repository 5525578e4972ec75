"""Forms and WebSocket handshakes: their requests, and what a stranger's page can do with a session."""

from typing import TYPE_CHECKING, Any

import pytest

from corswsgi.browser import CORSError, Page
from tests.browser.serving import API, APP, Answer, Server

if TYPE_CHECKING:
    from corswsgi.browser.engines import EngineName

STRANGER = "https://stranger.example"
ENGINES: tuple["EngineName", ...] = ("standard", "chromium", "firefox", "webkit")


def asked(server: Server, *names: str) -> dict[str, Any]:
    """Return some headers of the last request."""
    environ = server.arrived[-1]
    keys = {name: name.upper().replace("-", "_") for name in names}
    return {name: environ.get(key if key.startswith("CONTENT") else f"HTTP_{key}") for name, key in keys.items()}


def logged_in(engine: "EngineName", cookie: str) -> tuple[Page, Server]:
    """Return a stranger's page in the browser of someone who is logged in, and the server."""
    server = Server({"/login": Answer(headers=[("Set-Cookie", f"session=1; Path=/; Secure{cookie}")]), "/x": Answer()})
    page = Page(API, server, base_url=API, engine=engine)
    page.fetch("/login")
    return page.open_page(STRANGER), server


class TestForms:
    def test_a_form_is_sent_as_a_navigation_and_its_answer_is_seen_by_the_user(self) -> None:
        server = Server({"/x": Answer(403, [("Content-Type", "text/html")], b"no")})
        reply = Page(APP, server).submit(f"{API}/x", {"a": "1 2"})
        (environ,) = server.arrived
        assert environ["wsgi.input"].getvalue() == b"a=1+2"
        assert (reply.status, reply.text(), reply.headers["content-type"]) == (403, "no", "text/html")
        assert reply.handshake.requests[0].headers == (
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
            ("Content-Length", "5"),
            ("Referer", f"{APP}/"),
            ("Origin", APP),
            ("Sec-Fetch-Site", "same-site"),
            ("Sec-Fetch-Mode", "navigate"),
            ("Sec-Fetch-Dest", "document"),
        )
        assert (reply.handshake.api, reply.handshake.mode) == ("form", "navigate")
        assert "    Sec-Fetch-Site: same-site\n" in reply.handshake.to_text()

    def test_a_form_of_get_puts_its_data_into_the_query(self) -> None:
        server = Server({"/x": Answer()})
        Page(APP, server).submit(f"{API}/x?old=1", [("a", "1"), ("a", "2")], method="get")
        assert server.arrived[0]["QUERY_STRING"] == "a=1&a=2"
        assert asked(server, "Origin", "Content-Type") == {"Origin": None, "Content-Type": None}

    def test_a_form_may_send_files_or_text(self) -> None:
        server = Server({"/x": Answer()})
        page = Page(APP, server)
        page.submit(f"{API}/x", {"a": "1"}, files={"f": b"content"})
        assert asked(server, "Content-Type") == {"Content-Type": "multipart/form-data; boundary=----corswsgi-0"}
        page.submit(f"{API}/x", {'{"a": "': '"}'}, enctype="text/plain")
        assert asked(server, "Content-Type") == {"Content-Type": "text/plain"}
        assert server.arrived[-1]["wsgi.input"].getvalue() == b'{"a": "="}\r\n'

    def test_redirects_are_followed(self) -> None:
        server = Server({"/x": Answer(303, [("Location", f"{STRANGER}/y")]), "/y": Answer(body=b"there")})
        reply = Page(APP, server).submit(f"{API}/x")
        assert (reply.url, reply.redirected, reply.text()) == (f"{STRANGER}/y", True, "there")
        assert [sent.method for sent in reply.handshake.requests] == ["POST", "GET"]

    @pytest.mark.parametrize("engine", ENGINES)
    def test_under_no_referrer_a_form_has_no_origin_in_any_engine(self, engine: "EngineName") -> None:
        server = Server({"/x": Answer()})
        Page(APP, server, engine=engine, referrer_policy="no-referrer").submit(f"{APP}/x")
        expected = {"Origin": "null", "Referer": None, "Sec-Fetch-Site": "same-origin"}
        assert asked(server, *expected) == expected

    @pytest.mark.parametrize(
        ("cookie", "method", "senders"),
        [
            pytest.param("; SameSite=None", "POST", ENGINES, id="None"),
            pytest.param("; SameSite=Lax", "GET", ENGINES, id="Lax, by GET"),
            pytest.param("; SameSite=Lax", "POST", (), id="Lax, by POST"),
            pytest.param("; SameSite=Strict", "GET", (), id="Strict"),
            pytest.param("", "GET", ENGINES, id="none, by GET"),
            pytest.param("", "POST", ("chromium", "firefox", "webkit"), id="none, by POST"),
        ],
    )
    def test_a_stranger_s_form_takes_a_session_along_where_same_site_lets_it(
        self, cookie: str, method: str, senders: tuple[str, ...]
    ) -> None:
        for engine in ENGINES:
            page, server = logged_in(engine, cookie)
            reply = page.submit("/x", method=method)
            assert (engine, asked(server, "Cookie")["Cookie"]) == (engine, "session=1" if engine in senders else None)
            assert [dropped.name for dropped in reply.cookies_unsent] == ([] if engine in senders else ["session"])

    def test_chromium_sends_a_cookie_without_same_site_for_two_minutes_alone(self) -> None:
        now = [0.0]
        server = Server({"/login": Answer(headers=[("Set-Cookie", "session=1; Path=/")]), "/x": Answer()})
        page = Page(API, server, base_url=API, engine="chromium", clock=lambda: now[0])
        page.fetch("/login")
        now[0] = 120
        (dropped,) = page.open_page(STRANGER).submit("/x").cookies_unsent
        assert dropped.code == "cross-site"
        assert dropped.reason == (
            f"the cookie session is not sent: the page of {STRANGER} goes to another site by POST, "
            "and the cookie has no SameSite"
        )

    def test_a_method_or_an_encoding_that_forms_do_not_have_is_refused(self) -> None:
        page = Page(APP, Server())
        encoding: Any = "application/json"
        with pytest.raises(ValueError, match="is not a method of forms"):
            page.submit("/x", method="PUT")
        with pytest.raises(ValueError, match="is not an encoding of forms"):
            page.submit("/x", enctype=encoding)

    @pytest.mark.parametrize(("target", "code"), [("https://", "url-invalid"), ("ftp://a/", "url-scheme")])
    def test_what_cannot_be_sent_is_an_error(self, target: str, code: str) -> None:
        with pytest.raises(CORSError) as error:
            Page(APP, Server()).submit(target)
        assert (error.value.handshake.code, error.value.handshake.api) == (code, "form")


class TestWebSockets:
    def test_a_handshake_names_the_page_and_nothing_stops_it(self) -> None:
        server = Server({"/ws": Answer(101)})
        reply = Page(APP, server).open_websocket("wss://api.example.com/ws", protocols=["chat", "json"])
        assert reply.status == 101
        assert server.arrived[0]["wsgi.url_scheme"] == "https"
        assert reply.handshake.requests[0].headers == (
            ("Sec-WebSocket-Protocol", "chat, json"),
            ("Origin", APP),
            ("Sec-Fetch-Site", "same-site"),
            ("Sec-Fetch-Mode", "websocket"),
            ("Sec-Fetch-Dest", "empty"),
            ("Upgrade", "websocket"),
            ("Connection", "Upgrade"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("Sec-WebSocket-Version", "13"),
        )

    @pytest.mark.parametrize(
        ("engine", "destination"), [("chromium", None), ("firefox", "empty"), ("webkit", "websocket")]
    )
    def test_engines_differ_in_sec_fetch(self, engine: "EngineName", destination: str | None) -> None:
        server = Server({"/ws": Answer(403)})
        Page(APP, server, engine=engine).open_websocket("wss://api.example.com/ws")
        assert asked(server, "Sec-Fetch-Dest") == {"Sec-Fetch-Dest": destination}

    def test_a_refusal_is_an_answer(self) -> None:
        reply = Page("http://localhost:5173", Server({"/ws": Answer(403)})).open_websocket("/ws")
        assert (reply.status, reply.url) == (403, "http://localhost:8000/ws")

    def test_a_session_goes_along_where_same_site_lets_it(self) -> None:
        page, server = logged_in("standard", "; SameSite=None")
        page.open_websocket("/x")
        assert asked(server, "Cookie") == {"Cookie": "session=1"}
        page, server = logged_in("standard", "; SameSite=Lax")
        (dropped,) = page.open_websocket("/x").cookies_unsent
        assert (asked(server, "Cookie"), dropped.code) == ({"Cookie": None}, "cross-site")

    def test_a_redirect_is_not_followed(self) -> None:
        server = Server({"/ws": Answer(302, [("Location", "/x")])})
        for engine in ENGINES:
            with pytest.raises(CORSError) as error:
                Page(APP, server, engine=engine).open_websocket("wss://api.example.com/ws")
            assert error.value.handshake.code == "websocket-redirect"
            assert "ws://" in str(error.value) or "/ws" in str(error.value)

    @pytest.mark.parametrize(
        ("target", "protocols", "code"),
        [
            pytest.param("ftp://a/", (), "url-invalid", id="scheme"),
            pytest.param("wss://a/", ("a b",), "option-invalid", id="a protocol that is not a token"),
            pytest.param("wss://a/", ("a", "a"), "option-invalid", id="a protocol twice"),
            pytest.param("wss://a:6000/", (), "bad-port", id="port"),
        ],
    )
    def test_what_cannot_be_sent_is_an_error(self, target: str, protocols: tuple[str, ...], code: str) -> None:
        with pytest.raises(CORSError) as error:
            Page(APP, Server()).open_websocket(target, protocols=protocols)
        assert (error.value.handshake.code, error.value.handshake.requests) == (code, ())
