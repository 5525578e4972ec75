"""A page, from a script's call to the verdict: the cases that the corpus does not have."""

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pytest

from corswsgi.browser import CORSError, Page
from corswsgi.browser.headers import HeaderList
from corswsgi.browser.response import Response
from corswsgi.browser.url import URL
from tests.browser.serving import API, APP, CREDENTIALS, OTHER, Answer, Server, allowing

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from corswsgi.browser.engines import EngineName


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


class TestBaseURLs:
    @pytest.mark.parametrize(
        ("origin", "base"),
        [
            pytest.param("http://localhost:5173", "http://localhost:8000", id="localhost"),
            pytest.param("http://localhost:8000", "http://localhost:8001", id="the same port"),
            pytest.param("https://localhost:5173", "https://localhost:8000", id="https"),
            pytest.param("http://127.0.0.1:5173", "http://127.0.0.1:8000", id="an address"),
            pytest.param("http://[::1]:5173", "http://[::1]:8000", id="an IPv6 address"),
            pytest.param("http://app.localhost", "http://app.localhost:8000", id="a name below localhost"),
            pytest.param(APP, "https://server.example", id="elsewhere"),
            pytest.param("null", "https://server.example", id="nowhere"),
            pytest.param("app://page", "https://server.example", id="a scheme of its own"),
        ],
    )
    def test_an_application_is_beside_a_page_on_loopback(self, origin: str, base: str) -> None:
        assert Page(origin, Server({"/x": allowing()})).fetch("/x").url == f"{base}/x"

    def test_a_login_keeps_its_lax_cookie_on_localhost(self) -> None:
        server = Server({"/login": allowing(("Set-Cookie", "a=1"), CREDENTIALS, origin="http://localhost:5173")})
        page = Page("http://localhost:5173", server)
        assert page.fetch("/login", credentials="include").cookies_refused == ()
        assert ("Cookie", "a=1") in page.explain("/login", credentials="include").requests[0].headers

    def test_a_base_url_is_taken_for_an_application_and_refused_for_a_server(self) -> None:
        assert Page(APP, Server({"/x": allowing()}), base_url=API).fetch("/x").url == f"{API}/x"
        with pytest.raises(ValueError, match="base_url is for applications"):
            Page(APP, API, base_url=API)
        with pytest.raises(ValueError, match="is not the base URL"):
            Page(APP, Server(), base_url="localhost:8000")

    def test_a_referrer_policy_that_is_not_one_is_refused(self) -> None:
        policy: Any = "never"
        with pytest.raises(ValueError, match="is not a referrer policy: no-referrer, "):
            Page(APP, Server(), referrer_policy=policy)


class TestHostsThatTheCallerNames:
    """Real requests go to hosts that the caller has named, and a redirect names none."""

    @pytest.fixture
    def network(self, monkeypatch: pytest.MonkeyPatch) -> "Wire":
        wire = Wire()
        monkeypatch.setattr("corswsgi.browser.page.Network", lambda: wire)
        return wire

    @pytest.mark.parametrize(
        ("location", "follows"),
        [
            pytest.param("https://api.example.com:8443/y", True, id="the same host"),
            pytest.param("https://other.example.net/y", False, id="another"),
            pytest.param("http://127.0.0.1/y", False, id="this machine"),
        ],
    )
    def test_a_redirect_is_followed_within_them(self, location: str, *, follows: bool, network: "Wire") -> None:
        network.answers["/x"] = allowing(("Location", location), status=302)
        handshake = Page(APP, API).explain("/x")
        assert network.asked == [f"{API}/x", location][: 1 + follows]
        if not follows:
            assert (handshake.code, handshake.detail) == ("redirect-elsewhere", location)
            assert (
                handshake.fix == f"the answer to GET {API}/x must not lead to another host, or ask {location} yourself"
            )

    def test_this_machine_has_many_names(self, network: "Wire") -> None:
        network.answers["/x"] = allowing(("Location", "http://localhost:8001/y"), status=302)
        assert Page(APP, "http://127.0.0.1:8000").explain("/x").allowed
        assert len(network.asked) == 2

    def test_a_host_that_was_asked_by_name_is_named(self, network: "Wire") -> None:
        network.answers["/x"] = allowing(("Location", f"{OTHER}/y"), status=302)
        page = Page(APP, API)
        page.explain(f"{OTHER}/y")
        assert page.explain("/x").allowed

    def test_a_transport_of_the_caller_decides_itself(self) -> None:
        wire = Wire()
        wire.answers["/x"] = allowing(("Location", f"{OTHER}/y"), status=302)
        assert Page(APP, API, transport=wire).explain("/x").allowed

    @pytest.mark.parametrize("engine", ["standard", "chromium", "firefox", "webkit"])
    def test_no_engine_has_words_for_it(self, engine: "EngineName", network: "Wire") -> None:
        network.answers["/x"] = allowing(("Location", f"{OTHER}/y"), status=302)
        assert Page(APP, API, engine=engine).explain("/x").message == (
            f"{APP} may not read {API}/x: blocked at the response, because the redirect leads to {OTHER}, "
            "which the caller did not name: nothing is sent there."
        )


class Wire:
    """A network on which nothing travels: it answers by path, and records what would have been sent."""

    def __init__(self) -> None:
        self.answers = {"/y": allowing()}
        self.asked: list[str] = []

    def __call__(self, _method: str, target: URL, _headers: HeaderList, _body: bytes | None) -> Response:
        self.asked.append(target.sent)
        answer = self.answers[target.path]
        return Response(status=answer.status, headers=HeaderList(answer.headers))


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


class TestOtherAPIs:
    def test_a_beacon_is_sent_and_its_answer_is_not_seen(self) -> None:
        server = Server({"/x": Answer(body=b"secret")})
        reply = Page(APP, server).fetch(f"{API}/x", api="beacon", body="hi")
        assert (reply.type, reply.status, reply.body, reply.handshake.mode) == ("opaque", 0, b"", "no-cors")
        assert server.arrived[0]["REQUEST_METHOD"] == "POST"

    def test_a_beacon_of_json_needs_a_preflight(self) -> None:
        handshake = Page(APP, Server(preflights={"/x": Answer()})).explain(f"{API}/x", api="beacon", json={})
        assert (handshake.stage, handshake.credentials, handshake.mode) == ("preflight", "include", "cors")

    def test_an_upload_of_files_is_a_form_of_parts(self) -> None:
        server = Server({"/x": allowing()})
        Page(APP, server).fetch(f"{API}/x", method="POST", body={"a": "1"}, files={"f": b"content"})
        assert server.arrived[0]["CONTENT_TYPE"] == "multipart/form-data; boundary=----corswsgi-0"

    @pytest.mark.parametrize(
        ("options", "why"),
        [
            ({"body": "a", "json": 1}, "pass body or json"),
            ({"files": {}, "json": 1}, "pass files or json"),
            ({"files": {}, "body": "a"}, "body must be the other fields"),
            ({"api": "eventsource", "method": "POST"}, "an EventSource sends a GET"),
            ({"api": "eventsource", "headers": {"X-A": "1"}}, "an EventSource sends a GET"),
            ({"api": "beacon", "headers": {"X-A": "1"}}, "a beacon has no headers"),
            ({"api": "ajax"}, "is none of fetch, xhr"),
        ],
    )
    def test_arguments_that_do_not_go_together_are_refused(self, options: dict[str, Any], why: str) -> None:
        with pytest.raises(ValueError, match=why):
            Page(APP, Server()).explain("/x", **options)


class TestErrors:
    def test_all_headers_that_are_missing_are_named_at_once(self) -> None:
        server = Server(preflights={"/x": allowing(("Access-Control-Allow-Headers", "x-b"))})
        page = Page(APP, server)
        handshake = page.explain(f"{API}/x", headers={"X-C": "1", "X-B": "1", "X-A": "1"})
        assert handshake.fix == (
            f"the answer to OPTIONS {API}/x must name the headers x-a, x-c, too: "
            "Access-Control-Allow-Headers: x-b, x-a, x-c"
        )
        assert handshake.steps[-1].text == (
            "the request has the headers x-a, x-c, and Access-Control-Allow-Headers lists x-b"
        )

    @pytest.mark.parametrize(
        ("listed", "options", "fix"),
        [
            pytest.param(
                ("Access-Control-Allow-Methods", "PATCH, DELETE"),
                {"method": "PUT"},
                "name the method PUT, too: Access-Control-Allow-Methods: PATCH, DELETE, PUT",
                id="method",
            ),
            pytest.param(
                ("Access-Control-Allow-Headers", "Content-Type"),
                {"headers": {"X-CSRFToken": "1"}},
                "name the header x-csrftoken, too: Access-Control-Allow-Headers: Content-Type, x-csrftoken",
                id="header",
            ),
            pytest.param(
                ("Access-Control-Allow-Headers", "*"),
                {"headers": {"Authorization": "1"}},
                "name the header authorization, too: Access-Control-Allow-Headers: *, authorization",
                id="the header that a wildcard does not cover",
            ),
            pytest.param(
                ("Access-Control-Allow-Headers", "*"),
                {"headers": {"X-A": "1"}, "credentials": "include"},
                "name the header: Access-Control-Allow-Headers: x-a",
                id="with credentials a wildcard is a name",
            ),
        ],
    )
    def test_the_whole_line_to_write_is_in_the_fix(
        self, listed: tuple[str, str], options: dict[str, Any], fix: str
    ) -> None:
        allowed = allowing(listed, ("Access-Control-Allow-Credentials", "true"), origin=APP)
        server = Server(preflights={"/x": allowed})
        handshake = Page(APP, server).explain(f"{API}/x", **options)
        assert handshake.fix == f"the answer to OPTIONS {API}/x must {fix}"

    def test_an_application_that_fails_in_its_body_is_read_up_to_there(self) -> None:
        def app(_environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            start_response("200 OK", [("Access-Control-Allow-Origin", "*")])
            yield b"begun"
            raise LookupError("broken")

        handshake = Page(APP, app).fetch("/x").handshake
        texts = [step.text for step in handshake.steps]
        assert "the application raised LookupError('broken'): the body ends there" in texts

    def test_a_nul_in_a_header_is_no_answer(self) -> None:
        handshake = Page(APP, Server({"/x": allowing(("X-A", "\0"))})).explain("/x")
        assert (handshake.stage, handshake.code, handshake.detail) == ("response", "response-malformed", "X-A")

    @pytest.mark.parametrize("port", [1, 22, 6000, 10080])
    def test_bad_ports_are_asked_by_nobody(self, port: int) -> None:
        server = Server()
        handshake = Page(APP, server).explain(f"https://api.example.com:{port}/x", method="PUT")
        assert (handshake.stage, handshake.code, handshake.detail) == ("request", "bad-port", str(port))
        assert server.arrived == []

    def test_a_redirect_to_a_bad_port_is_not_followed(self) -> None:
        server = Server({"/x": allowing(("Location", "https://api.example.com:6000/y"), status=302)})
        handshake = Page(APP, server).explain(f"{API}/x")
        assert (handshake.stage, handshake.code, len(server.arrived)) == ("response", "bad-port", 1)

    def test_the_text_is_the_console_s_words_the_reason_and_the_fix(self) -> None:
        with pytest.raises(CORSError) as error:
            Page(APP, Server({"/x": Answer()}), engine="chromium").fetch(f"{API}/x")
        assert str(error.value) == (
            f"Access to fetch at '{API}/x' from origin '{APP}' has been blocked by CORS policy: "
            "No 'Access-Control-Allow-Origin' header is present on the requested resource.\n"
            "Reason: there is no Access-Control-Allow-Origin\n"
            f"Fix: the answer to GET {API}/x must have exactly one Access-Control-Allow-Origin: {APP}"
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
