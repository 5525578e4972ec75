"""What `explain` says beside its verdict."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

import pytest

from corswsgi.cli.explain_notes import unanswered
from tests.cli.test_explain_causes import ALLOWED, A, advice, answer, answering
from tests.support.commands import Serve, Write, run

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def test_post_that_a_redirect_turned_into_a_get_is_told(serve: Serve) -> None:
    url = serve(answering(POST=answer(301, [*ALLOWED, ("Location", "/items/")])))
    status, told = advice(url, "/items", "-d", "a=1")
    assert status == 0
    lost = "Note: the redirect (301) turned POST into GET and dropped its body: have the script ask"
    assert f"{lost} {url}/items/" in told
    assert "dropped its body" not in advice(serve(answering(POST=answer(307, [*ALLOWED, ("Location", "/y")]))), "/x")[1]


class TestMixedContent:
    """A page of https that asks an http URL: CORS may allow it, and browsers do not send it."""

    def test_it_is_blocked_whatever_the_table_allows(self, write: Write) -> None:
        write("cors.toml", f'["/x"]\nallow_origins = "{A}"\n')
        status, told = advice("cors.toml", "http://api.example/x")
        assert status == 1
        assert told.strip() == (
            "Blocked at the request, as mixed content: CORS would allow it.\n"
            "Cause: browsers block http://api.example as mixed content: the page is of https, and this is http\n"
            "Fix: serve the API over https"
        )
        found = json.loads(run("explain", "cors.toml", "http://api.example/x", "--origin", A, "--json").stdout)
        assert (found["allowed"], found["cause"]["code"]) == (False, "mixed-content")

    def test_https_is_allowed(self, write: Write) -> None:
        write("cors.toml", f'["/x"]\nallow_origins = "{A}"\n')
        assert advice("cors.toml", "https://api.example/x")[0] == 0

    @pytest.mark.parametrize(("engine", "status"), [("webkit", 1), ("chromium", 0), ("standard", 0)])
    def test_this_machine_is_blocked_by_safari_alone(self, serve: Serve, engine: str, status: int) -> None:
        url = serve(answering())
        assert advice(url, "/x", "--engine", engine)[0] == status

    def test_what_cors_blocks_has_its_own_cause(self, write: Write) -> None:
        write("cors.toml", '["/x"]\nallow_origins = "https://other.example"\n')
        told = advice("cors.toml", "http://api.example/x")[1]
        assert "Cause: `allow_origins` of row" in told
        assert "Note: browsers block http://api.example as mixed content" in told


def test_listener_of_an_upload_is_told_of_its_preflight(serve: Serve) -> None:
    url = serve(answering(OPTIONS=answer(405)))
    assert "a listener on `upload`" in advice(url, "/x", "-d", "a", "--api", "xhr-upload")[1]


@pytest.mark.parametrize("scheme", ["chrome-extension", "moz-extension", "safari-web-extension"])
def test_page_of_an_extension_is_told_of_its_manifest(serve: Serve, scheme: str) -> None:
    url = serve(answering())
    _, told = advice(url, "/x", origin=f"{scheme}://abcdefghijklmnopabcdefghijklmnop")
    assert f'add "{url}/*" there' in told


def test_headers_that_a_script_may_want_are_told_for_a_server(serve: Serve) -> None:
    of_frameworks = [
        ("X-Frame-Options", "DENY"), ("Referrer-Policy", "same-origin"), ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Content-Security-Policy", "default-src 'self'"), ("Permissions-Policy", "geolocation=()"),
        ("X-XSS-Protection", "0"), ("X-Powered-By", "Flask"),
    ]  # fmt: skip
    url = serve(answering(GET=answer(200, [*ALLOWED, ("X-Total-Count", "5"), *of_frameworks])))
    status, told = advice(url, "/x")
    assert status == 0
    more = "Note: for the page to read more, have the server send Access-Control-Expose-Headers: X-Total-Count"
    assert more in told.splitlines()


def test_cookie_in_a_header_is_told_alone(serve: Serve) -> None:
    url = serve(answering(GET=answer(401, [*ALLOWED, ("Access-Control-Allow-Credentials", "true")])))
    _, told = advice(url, "/x", "--credentials", "include")
    assert "log in from this page first" in told
    _, told = advice(url, "/x", "--credentials", "include", "-H", "Cookie: a=1")
    assert "pass --cookie" in told
    assert "log in from this page first" not in told


def test_application_without_policies_is_told(write: Write) -> None:
    write("plain.py", "def app(environ, start_response):\n    start_response('200 OK', [])\n    return []\n")
    _, told = advice("plain:app", "/x")
    assert "Note: this application has no policies of corswsgi" in told


def test_url_that_does_not_answer_is_told_what_to_do() -> None:
    assert unanswered("https://127.0.0.1:1/x", "TLS failed (WRONG_VERSION_NUMBER)").endswith(
        "the port probably speaks http: ask http://127.0.0.1:1/x"
    )
    assert unanswered("http://x.invalid/", "the host is not known (no)").endswith("check the spelling of the host")
    assert unanswered("http://x.example/", "anything").endswith("ask the URL with curl")


def test_server_of_http_that_is_asked_by_https_is_told(serve: Serve) -> None:
    url = serve(answering()).replace("http:", "https:")
    result = run("explain", url, "/x", "--origin", A)
    assert (result.exit_code, "ask http://127.0.0.1" in result.stderr) == (2, True)


def test_many_exchanges_are_cut_in_the_middle(serve: Serve) -> None:
    result = run("explain", serve(answering(GET=answer(302, [*ALLOWED, ("Location", "/x")]))), "/x", "--origin", A)
    assert result.stdout.count("\n> GET ") == 7
    assert "  ... 14 exchanges more: --json has them\n" in result.stdout


def test_path_that_does_not_exist_needs_no_row(write: Write) -> None:
    write(
        "shop.py",
        "from flask import Flask\nfrom corswsgi import CORSMiddleware\napp = CORSMiddleware(Flask('x'), {})\n",
    )
    status, told = advice("shop:app", "/nope")
    assert status == 1
    assert "Table: no row matches `/nope`: a page could not read this 404" in told
    assert "Policy(" not in told


def test_method_in_lower_case_is_for_the_script_to_change(write: Write) -> None:
    write("cors.toml", f'["/**"]\nallow_origins = "{A}"\n')
    _, told = advice("cors.toml", "/x", "-X", "patch")
    assert "Fix: have the script write 'PATCH': methods are compared byte for byte, and it writes 'patch'\n" in told


def test_redirect_out_of_http_has_the_standard_s_reason(serve: Serve) -> None:
    _, told = advice(serve(answering(GET=answer(302, [*ALLOWED, ("Location", "data:text/plain,x")]))), "/x")
    assert "Cause: Location is 'data:text/plain,x', and data: is not a scheme of HTTP\n" in told


def test_exception_of_an_application_is_told(write: Write) -> None:
    write("raises.py", "def app(environ, start_response):\n    raise LookupError('no tenant')\n")
    assert "Note: the application raised LookupError: no tenant" in advice("raises:app", "/x")[1]


def test_path_that_browsers_read_as_a_host_is_told(write: Write) -> None:
    write("cors.toml", f'["/**"]\nallow_origins = "{A}"\n')
    told = advice("cors.toml", "//api/me")[1]
    assert "Note: '//api/me' names the host 'api', in a script as here: for the path write '/api/me'" in told


def test_origin_without_a_scheme_is_shown_with_one(write: Write) -> None:
    write("cors.toml", f'["/**"]\nallow_origins = "{A}"\n')
    for origin, shown in [
        ("localhost:3000", "http://localhost:3000"),
        ("app.example.org", "https://app.example.org"),
        ("app", "https://app.example.com"),
    ]:
        result = run("explain", "cors.toml", "/x", "--origin", origin)
        assert (result.exit_code, f"is not an origin: write '{shown}'" in result.stderr) == (2, True)


def test_login_in_place_of_the_answer_is_told(serve: Serve) -> None:
    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        is_login = environ["PATH_INFO"] == "/login"
        start_response("200 OK" if is_login else "302 Found", [*ALLOWED, ("Location", "/login")])
        return [b"<form>"]

    url = serve(app)
    status, told = advice(url, "/me")
    assert (status, f"the page gets the answer of {url}/login, a login, in place of" in told) == (0, True)
    assert "a login" not in advice(url, "/login")[1]


def test_401_to_a_request_that_carried_no_login_is_told(serve: Serve) -> None:
    allowed = [
        *ALLOWED,
        ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Allow-Headers", "authorization"),
    ]
    url = serve(answering(GET=answer(401, allowed), OPTIONS=answer(204, allowed)))
    forgotten = "pass credentials: 'include' to fetch(), or send a token"
    assert forgotten in advice(url, "/x")[1]
    assert forgotten not in advice(url, "/x", "-H", "Authorization: Bearer x")[1]
    assert forgotten not in advice(url, "/x", "--credentials", "include")[1]
    assert forgotten not in advice(url, "/x", "--cookie", "sid=1; SameSite=None; Secure")[1]
