"""Notes beside the verdict."""

from typing import TYPE_CHECKING

import pytest

from corswsgi.browser import Note, Page
from tests.browser.serving import API, APP, OTHER, Answer, Server, allowing

if TYPE_CHECKING:
    from corswsgi.browser.engines import EngineName

CREDENTIALS = ("Access-Control-Allow-Credentials", "true")
LOCAL = "http://localhost:5173"


def codes(page: Page, url: str, **options: str) -> list[str]:
    return [note.code for note in page.explain(url, **options).notes]  # type: ignore[arg-type]


class TestUnauthenticated:
    def server(self, status: int) -> Server:
        login = allowing(CREDENTIALS, ("Set-Cookie", "session=1; Path=/"), origin=LOCAL)
        return Server({"/login": login, "/me": allowing(CREDENTIALS, status=status, origin=LOCAL)})

    @pytest.mark.parametrize("status", [401, 403])
    def test_a_401_without_a_cookie_names_the_one_that_was_not_kept(self, status: int) -> None:
        page = Page(LOCAL, self.server(status), base_url="http://127.0.0.1:8000")
        page.fetch("/login", credentials="include")
        handshake = page.explain("/me", credentials="include")
        because = (
            "Set-Cookie of session is not kept: http://127.0.0.1:8000 is another site than the page, "
            "http://localhost:5173, and the cookie has no SameSite, which means Lax"
        )
        fix = (
            "use one host name for the page and the API, for example localhost, "
            "or set SameSite=None; Secure on the cookie"
        )
        text = f"the answer is {status}, and no cookie was sent: the browser has none for 127.0.0.1. {because}"
        assert handshake.notes == (Note(code="unauthenticated", text=text, fix=fix),)
        assert f"\nNote: {text}\nFix: {fix}\n" in handshake.to_text()

    @pytest.mark.parametrize("status", [401, 403])
    def test_a_preflight_has_no_cookie_anyway(self, status: int) -> None:
        server = Server({}, {"/me": Answer(status=status)})
        assert Page(LOCAL, server).explain("/me", method="PUT", credentials="include").notes == ()

    def test_a_401_before_any_login_says_to_log_in(self) -> None:
        (note,) = Page(LOCAL, self.server(401)).explain("/me", credentials="include").notes
        assert note.fix == "log in from this page first, and look whether the cookie of that answer is kept"

    def test_it_needs_credentials_asked_for_no_cookie_and_no_authorization(self) -> None:
        page = Page(LOCAL, self.server(401))
        assert codes(page, "/me") == []
        page.fetch("/login", credentials="include")
        assert codes(page, "/me", credentials="include") == []
        server = Server({"/me": allowing(CREDENTIALS, status=401, origin=LOCAL)})
        server.preflights["/me"] = allowing(
            CREDENTIALS, ("Access-Control-Allow-Headers", "authorization"), origin=LOCAL
        )
        handshake = Page(LOCAL, server).explain("/me", credentials="include", headers={"Authorization": "Bearer x"})
        assert handshake.notes == ()
        assert codes(Page(LOCAL, self.server(200)), "/me", credentials="include") == []


@pytest.mark.parametrize("body", [b"<title>DisallowedHost at /</title>", b"<h1>Bad Request (400)</h1>"])
def test_an_answer_of_django_s_about_its_hosts_is_called_so(body: bytes) -> None:
    page = Page(APP, Server({"/x": Answer(400, body=body), "/y": Answer(400, body=b"other")}))
    (note,) = page.explain("/x").notes
    assert (note.code, "'server.example' to ALLOWED_HOSTS" in note.fix) == ("django-disallowed-host", True)
    assert codes(page, "/y") == []


class TestMixedContent:
    def test_a_page_of_https_does_not_get_http(self) -> None:
        (note,) = Page(APP, Server({"/x": allowing()})).explain("http://api.example.com/x").notes
        assert note.code == "mixed-content"
        assert note.text == (
            "browsers block http://api.example.com as mixed content: the page is of https, and this is http"
        )

    def test_it_is_noted_of_a_redirect_as_well(self) -> None:
        server = Server({"/x": allowing(("Location", "http://api.example.com/y"), status=302), "/y": allowing()})
        assert codes(Page(APP, server), f"{API}/x") == ["mixed-content"]

    def test_it_is_not_of_pages_of_http_of_loopback_or_of_forms(self) -> None:
        server = Server({"/x": allowing()})
        assert codes(Page("http://app.example.com", server), "http://api.example.com/x") == []
        assert codes(Page(APP, server), "http://localhost:8000/x") == []
        assert Page(APP, server).submit("http://api.example.com/x").handshake.notes == ()

    def test_webkit_blocks_loopback_as_well(self) -> None:
        assert codes(Page(APP, Server({"/x": allowing()}), engine="webkit"), "http://localhost:8000/x") == [
            "mixed-content"
        ]


@pytest.mark.parametrize(
    ("origin", "target", "noted"),
    [
        pytest.param(APP, "https://localhost:8443/x", True, id="loopback"),
        pytest.param(APP, "https://192.168.0.2/x", True, id="a private address"),
        pytest.param(APP, "https://printer.local/x", True, id="a name of the local network"),
        pytest.param("https://192.168.0.2", "https://[::1]/x", True, id="from private to loopback"),
        pytest.param("https://192.168.0.2", "https://10.0.0.1/x", False, id="from private to private"),
        pytest.param("https://localhost", "https://127.0.0.1/x", False, id="from loopback to loopback"),
        pytest.param(APP, "https://8.8.8.8/x", False, id="a public address"),
        pytest.param("null", "https://localhost/x", False, id="a page of nowhere"),
    ],
)
def test_chromium_asks_before_a_page_reaches_a_nearer_network(origin: str, target: str, *, noted: bool) -> None:
    server = Server({"/x": allowing()})
    assert codes(Page(origin, server, engine="chromium"), target) == (["local-network-access"] if noted else [])
    assert codes(Page(origin, server, engine="firefox"), target) == []


@pytest.mark.parametrize(
    ("engine", "listed", "noted"),
    [("chromium", "*", True), ("firefox", "*", True), ("firefox", "*, Authorization", False), ("standard", "*", False)],
)
def test_an_authorization_that_only_the_wildcard_allowed_is_noted(
    engine: "EngineName", listed: str, *, noted: bool
) -> None:
    preflight = allowing(("Access-Control-Allow-Headers", listed))
    page = Page(APP, Server({"/x": allowing()}, {"/x": preflight}), engine=engine)
    found = [note.code for note in page.explain(f"{API}/x", headers={"Authorization": "x"}).notes]
    assert found == (["wildcard-authorization"] if noted else [])


class TestCookiesOfOtherPaths:
    def test_a_401_for_want_of_a_path_says_so(self) -> None:
        cookie = ("Set-Cookie", "sid=1; Path=/admin; SameSite=None; Secure")
        server = Server({"/login": allowing(cookie, CREDENTIALS, origin=APP)})
        server.answers["/me"] = allowing(CREDENTIALS, status=401, origin=APP)
        page = Page(APP, server)
        page.fetch(f"{API}/login", credentials="include")
        (note,) = page.explain(f"{API}/me", credentials="include").notes
        assert note.text == "the answer is 401, and no cookie was sent: sid is only sent below its Path, /admin"
        assert note.fix == "set Path=/ on the cookie"

    def test_a_cookie_that_is_not_sent_needs_no_note_besides_its_step(self) -> None:
        server = Server({"/login": allowing(CREDENTIALS, ("Set-Cookie", "sid=1; SameSite=Lax"), origin=APP)})
        server.answers["/me"] = allowing(CREDENTIALS, status=401, origin=APP)
        page = Page(APP, server)
        page.submit(f"{OTHER}/login")  # a page of the API itself: the cookie is kept
        handshake = page.explain(f"{OTHER}/me", credentials="include")
        assert (len(handshake.cookies_unsent), handshake.notes) == (1, ())


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (403, b"<p>CSRF verification failed. Request aborted.</p>", ["csrf-refused"]),
        (400, b"The CSRF token is missing.", ["csrf-refused"]),
        (403, b'{"detail":"CSRF Failed: CSRF token missing."}', ["csrf-refused"]),
        (403, b"no", []),
        (200, b"CSRF token", []),
    ],
)
def test_a_refusal_of_a_csrf_check_is_called_so(status: int, body: bytes, expected: list[str]) -> None:
    page = Page(APP, Server({"/x": allowing(status=status, body=body)}))
    handshake = page.explain(f"{API}/x")
    assert [note.code for note in handshake.notes] == expected
    assert all(f"if pages of {APP} are yours" in note.fix for note in handshake.notes)


@pytest.mark.parametrize(
    ("cookie", "expected"),
    [
        ("sid=; Max-Age=0; SameSite=None; Secure", ["cookie-deleted"]),
        ("sid=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; SameSite=None; Secure", ["cookie-deleted"]),
        ("sid=1; Max-Age=60; SameSite=None; Secure", []),
        ("sid=1; SameSite=None; Secure", []),
        ("__Host-sid=1; Max-Age=0; SameSite=None; Secure; Path=/x", []),
    ],
)
def test_a_cookie_that_comes_expired_is_noted(cookie: str, expected: list[str]) -> None:
    page = Page(APP, Server({"/x": allowing(CREDENTIALS, ("Set-Cookie", cookie), origin=APP)}))
    assert codes(page, f"{API}/x", credentials="include") == expected
    assert codes(page, f"{API}/x") == []
