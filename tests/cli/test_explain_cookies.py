"""Cookies that were not kept or not sent: `explain` says which and why, and `--cookie` logs in."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

import pytest

from corswsgi import CORSMiddleware, Policy
from tests.cli.test_explain_causes import answer, answering
from tests.support.commands import Serve, run

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PAGE = "http://localhost:5173"


def api(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Set a cookie at /login, and ask for it elsewhere."""
    if environ["PATH_INFO"] == "/login":
        start_response("200 OK", [("Set-Cookie", "sid=1; Path=/; HttpOnly; SameSite=Lax")])
    elif "sid=1" in environ.get("HTTP_COOKIE", ""):
        start_response("200 OK", [])
    else:
        start_response("401 Unauthorized", [])
    return []


@pytest.fixture
def server(serve: Serve) -> str:
    return serve(CORSMiddleware(api, Policy(allow_origins=PAGE, allow_credentials=True)))


def lines(*arguments: str) -> tuple[int, list[str]]:
    result = run("explain", *arguments, "--origin", PAGE)
    told = result.stdout.splitlines()
    start = next(index for index, line in enumerate(told) if line.startswith(("Allowed: ", "Blocked at ")))
    return result.exit_code, told[start:]


def test_cookie_of_a_login_that_is_not_kept_is_told_first(server: str) -> None:
    status, told = lines(server, "/login", "--credentials", "include")
    assert status == 0
    assert told[1].startswith("Cookie: Set-Cookie of sid is not kept: ")
    assert told[2].startswith("Fix: ")


def test_login_without_credentials_is_told(server: str) -> None:
    _, told = lines(server.replace("127.0.0.1", "localhost"), "/login")
    assert told[1].startswith("Cookie: Set-Cookie of sid is not kept: ")
    assert "include" in told[2]


def test_call_that_answers_401_without_a_cookie_is_told_so_first(server: str) -> None:
    status, told = lines(server, "/me", "--credentials", "include")
    assert status == 0
    assert told[0].startswith("Allowed: the page can read this 401, ")
    assert told[1].startswith("Note: the answer is 401")


def test_cookie_logs_in_on_the_same_site(server: str) -> None:
    local = server.replace("127.0.0.1", "localhost")
    status, told = lines(local, "/me", "--credentials", "include", "--cookie", "sid=1; SameSite=Lax")
    assert (status, told[0]) == (0, "Allowed: the page gets a response of type cors.")
    assert "Set-Cookie" not in "".join(told)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(["--credentials", "include", "--cookie", "sid=1"], "SameSite", id="another site"),
        pytest.param(["--cookie", "sid=1; SameSite=None; Secure"], "credentials", id="without credentials"),
    ],
)
def test_cookie_that_is_not_sent_says_why(server: str, arguments: list[str], says: str) -> None:
    status, told = lines(server, "/me", *arguments)
    assert status == 0
    assert told[0].startswith("Allowed: the page can read this 401, ")
    assert told[1].startswith("Cookie: the cookie sid is not sent: ")
    assert says in told[1] + told[2]


def test_json_has_the_cookies(server: str) -> None:
    told = json.loads(run("explain", server, "/login", "--origin", PAGE, "--credentials", "include", "--json").stdout)
    assert [each["name"] for each in told["cookies_refused"]] == ["sid"]


def test_blocked_call_tells_its_cookies_after_the_fix(serve: Serve) -> None:
    url = serve(CORSMiddleware(api, Policy(allow_origins=PAGE)))
    status, told = lines(url, "/login", "--credentials", "include")
    assert status == 1
    fix = next(index for index, line in enumerate(told) if line.startswith("Fix: "))
    assert told[fix + 1].startswith("Cookie: ")


def test_arguments_that_do_not_go_together_are_told(server: str) -> None:
    result = run("explain", server, "/me", "--origin", PAGE, "--api", "eventsource", "-X", "PUT")
    assert result.exit_code in {0, 1, 2}
    assert "Traceback" not in result.output


def test_cookie_of_the_call_that_no_browser_keeps_is_told(serve: Serve) -> None:
    headers = [("Access-Control-Allow-Origin", PAGE), ("Access-Control-Allow-Credentials", "true")]
    for status in (200, 401):
        url = serve(answering(GET=answer(status, headers)))
        result = run(
            "explain", url, "/me", "--origin", PAGE, "--credentials", "include", "--cookie", "sid=1; SameSite=None"
        )
        assert "Cookie: Set-Cookie of sid is not kept: it has SameSite=None and is not Secure\nFix: " in result.stdout
        assert "no cookie was sent" not in result.stdout


def test_cookie_for_a_port_that_browsers_block_changes_nothing() -> None:
    result = run("explain", "http://127.0.0.1:6000/x", "--origin", PAGE, "--cookie", "sid=1")
    assert (result.exit_code, "port 6000 belongs to another protocol" in result.stdout) == (1, True)
