"""The parts of a response that a script sees."""

import pytest

from corswsgi.browser import Page
from tests.browser.serving import API, APP, Server, allowing


class TestReplies:
    def test_a_reply_tells_whether_it_was_redirected(self) -> None:
        server = Server({"/x": allowing(("Location", "/y"), status=302), "/y": allowing()})
        page = Page(APP, server)
        assert [page.fetch(f"{API}{path}").redirected for path in ("/x", "/y")] == [True, False]

    @pytest.mark.parametrize("status", [204, 205, 304])
    def test_a_status_without_a_body_has_none(self, status: int) -> None:
        server = Server({"/x": allowing(body=b"ignored", status=status)})
        assert Page(APP, server).fetch(f"{API}/x").body == b""

    def test_a_reply_has_the_cookies_that_were_dropped_and_the_whole_story(self) -> None:
        server = Server({"/x": allowing(("Set-Cookie", "a=1"), ("Set-Cookie", "b=1; SameSite=None; Secure"))})
        reply = Page("http://localhost:5173", server, base_url="http://127.0.0.1:8000").fetch("/x")
        assert [(each.name, each.code) for each in reply.cookies_refused] == [
            ("a", "no-credentials"), ("b", "no-credentials"),
        ]  # fmt: skip
        assert (reply.cookies_unsent, reply.handshake.cookies_refused) == ((), reply.cookies_refused)
        steps = [(step.passed, step.cookie and step.cookie.name) for step in reply.handshake.steps]
        assert steps == [(True, None), (False, "a"), (False, "b"), (True, None)]
        text = reply.handshake.to_text()
        assert "  ✗ Set-Cookie of a is not kept: the script asked without credentials" in text
        assert "\nFix: pass credentials: 'include' to fetch()\n" in text


class TestRepr:
    def test_it_has_the_values_and_no_reason_where_nothing_is_wrong(self) -> None:
        reply = Page(APP, Server({"/x": allowing(body=b"1")})).fetch(f"{API}/x")
        assert repr(reply) == (
            f"Reply(status=200, type='cors', url='{API}/x', redirected=False, headers=ReadableHeaders({{}}), body=b'1')"
        )

    def test_a_dropped_cookie_and_its_fix_are_at_the_two_ends_that_test_runners_show(self) -> None:
        server = Server({"/x": allowing(("Set-Cookie", "a=1"))})
        shown = repr(Page(APP, server).fetch(f"{API}/x"))
        assert shown.startswith("Reply(status=200, reason='Set-Cookie of a is not kept: the script asked without cred")
        assert shown.endswith(""", fix="pass credentials: 'include' to fetch()")""")

    def test_a_401_for_want_of_a_cookie_says_so(self) -> None:
        server = Server({"/x": allowing(("Access-Control-Allow-Credentials", "true"), status=401, origin=APP)})
        shown = repr(Page(APP, server).fetch(f"{API}/x", credentials="include"))
        assert shown.startswith("Reply(status=401, reason='the answer is 401, and no cookie was sent: ")
        assert shown.endswith("fix='log in from this page first, and look whether the cookie of that answer is kept')")

    @pytest.mark.parametrize("status", [401, 403])
    def test_a_request_without_credentials_that_is_not_let_in_says_so(self, status: int) -> None:
        server = Server({"/x": allowing(status=status)})
        shown = repr(Page(APP, server).fetch(f"{API}/x"))
        assert shown.startswith(f"Reply(status={status}, reason='the script asked without credentials: no cookie is s")
        assert shown.endswith("""fix="pass credentials='include', also to the login")""")

    def test_a_request_with_a_token_that_is_not_let_in_is_not_about_cookies(self) -> None:
        allowed = allowing(("Access-Control-Allow-Headers", "Authorization"))
        server = Server({"/x": allowing(status=401)}, preflights={"/x": allowed})
        assert "reason" not in repr(Page(APP, server).fetch(f"{API}/x", headers={"Authorization": "Bearer x"}))


def test_body_that_is_not_json_is_an_error_that_names_the_status_and_the_cause() -> None:
    body = b"<h1>Bad Request (400)</h1>"
    page = Page(APP, Server({"/x": allowing(status=400, body=body), "/y": allowing(body=b'{"a": 1}')}))
    with pytest.raises(ValueError, match="Expecting value") as caught:
        page.fetch("/x").json()
    status, cause = caught.value.__notes__
    assert status == "The response to https://server.example/x has the status 400."
    assert "ALLOWED_HOSTS" in cause
    assert page.fetch("/y").json() == {"a": 1}
