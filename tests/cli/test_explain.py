"""``corswsgi explain``: its transcript, its exit status, and its options."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

import pytest

from corswsgi import CORSMiddleware, Policy
from corswsgi.browser import Page
from tests.cli.test_explain_causes import answer, answering
from tests.support.commands import Serve, Write, on_a_terminal, run

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

APP = "https://app.example.com"
ROW = f'["/api/**"]\nallow_origins = ["{APP}"]\nallow_credentials = true\n'
SHOP = """
from corswsgi import CORSMiddleware, Policy

def hello(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-Request-Id", "7")])
    return [b"hello"]

app = CORSMiddleware(hello, {"/api/**": Policy(allow_origins="https://app.example.com")})
"""


def hello(_environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-Request-Id", "7")])
    return [b"hello"]


def test_exchanges_are_those_of_the_record_of_a_page(write: Write) -> None:
    write("shop.py", SHOP)
    printed = run("explain", "shop:app", "/api/me", "--origin", APP, "-X", "PUT").stdout
    application = CORSMiddleware(hello, {"/api/**": Policy(allow_origins=APP)})
    recorded = Page(APP, application, base_url="https://server.example").explain("/api/me", method="PUT").to_text()
    exchanges, _ = recorded.split("\n\nBlocked at the preflight.")
    assert printed.startswith(f"{exchanges}\n\nBlocked at the preflight.\n")


def test_blocked_request_is_told_step_by_step_with_the_row_to_change(write: Write) -> None:
    write("cors.toml", ROW)
    result = run("explain", "cors.toml", "/api/me", "--origin", APP, "-X", "PUT", "--engine", "chromium")
    assert result.exit_code == 1
    assert result.stdout == (
        "https://app.example.com asks PUT https://server.example/api/me\n"
        "(fetch, mode cors, credentials same-origin, engine chromium)\n"
        "  ✓ https://server.example is another origin, and a preflight comes first: PUT is not a CORS-safelisted "
        "method [#concept-main-fetch]\n"
        "\n"
        "> OPTIONS https://server.example/api/me\n"
        "    Accept: */*\n"
        "  * Access-Control-Request-Method: PUT\n"
        "  * Origin: https://app.example.com\n"
        "< 204\n"
        "  * Access-Control-Allow-Origin: https://app.example.com\n"
        "  * Access-Control-Allow-Credentials: true\n"
        "  * Vary: Origin\n"
        "  ✓ Access-Control-Allow-Origin allows https://app.example.com, without credentials [#concept-cors-check]\n"
        "  ✗ the method is PUT, and Access-Control-Allow-Methods lists no method [#cors-preflight-fetch-0]\n"
        "\n"
        "Blocked at the preflight.\n"
        "Cause: the method is PUT, and Access-Control-Allow-Methods lists no method\n"
        "Fix: change the policy as below, so that the answer to OPTIONS https://server.example/api/me carries: "
        "Access-Control-Allow-Methods: PUT\n"
        'Table: row `["/api/**"]`: add `PUT` to `allow_methods`\n'
        "Console: Access to fetch at 'https://server.example/api/me' from origin 'https://app.example.com' has been "
        "blocked by CORS policy: Method PUT is not allowed by Access-Control-Allow-Methods in preflight response.\n"
    )


def test_allowed_request_is_told_what_the_page_may_read(write: Write) -> None:
    write("shop.py", SHOP)
    result = run("explain", "shop:app", "/api/me", "--origin", APP)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-4:] == [
        "Allowed: the page gets a response of type cors.",
        "It may read Content-Type.",
        "It may not read X-Request-Id, Access-Control-Allow-Origin, Vary.",
        "Table: row `/api/**`: add `X-Request-Id` to `expose_headers`, if the page needs to read it",
    ]


def test_request_is_the_one_that_the_options_say(write: Write) -> None:
    write("cors.toml", ROW + 'allow_headers = ["X-A", "X-B"]\n')
    arguments = ["explain", "cors.toml", "https://api.example.net/api/me", "--origin", APP, "--json"]
    result = run(*arguments, "-H", "X-A: 1", "-H", "x-b:2:3", "-d", "body", "--credentials", "include")
    assert result.exit_code == 0
    told = json.loads(result.stdout)
    assert told["advice"] == []
    assert told["credentials"] == "include"
    assert [(each["method"], each["url"]) for each in told["requests"]] == [
        ("OPTIONS", "https://api.example.net/api/me"),
        ("POST", "https://api.example.net/api/me"),
    ]
    headers = dict(map(tuple, told["requests"][1]["headers"]))
    assert (headers["X-A"], headers["x-b"], headers["Content-Length"]) == ("1", "2:3", "4")


def test_json_has_the_handshake_and_the_advice(write: Write) -> None:
    write("cors.toml", ROW)
    result = run("explain", "cors.toml", "/api/me", "--origin", "https://example.org", "--json")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert (told["allowed"], told["code"]) == (False, "allow-origin-missing")
    yours = "if pages of https://example.org are yours, "
    assert told["advice"] == [f'row `["/api/**"]`: {yours}add `https://example.org` to `allow_origins`']
    assert told["reason"] == '`allow_origins` of row `["/api/**"]` does not allow https://example.org'


def test_running_server_is_asked(serve: Serve) -> None:
    url = serve(CORSMiddleware(hello, Policy(allow_origins=APP)))
    assert run("explain", url, "/", "--origin", APP).exit_code == 0
    result = run("explain", url, "/", "--origin", "https://example.org")
    assert result.exit_code == 1
    assert "Table:" not in result.stdout


def test_fetch_that_fails_before_anything_is_sent_is_blocked(write: Write) -> None:
    write("cors.toml", ROW)
    result = run("explain", "cors.toml", "/api/me", "--origin", APP, "-X", "TRACE")
    assert result.exit_code == 1
    assert "Fix: use another method: browsers never send TRACE\n" in result.stdout


def test_nothing_that_a_server_says_moves_the_cursor(write: Write) -> None:
    write("odd.py", "def app(e, s):\n    s('302 Found', [('Location', '/%1b%5b31m'), ('X-A', 'y')]); return []\n")
    result = run("explain", "odd:app", "/", "--origin", APP)
    assert "\x1b" not in result.stdout
    write("cors.toml", "['/x']\ncors = false\n")
    result = run("explain", "cors.toml", "/%1b[31m", "--origin", APP)
    assert r"no row matches `/\x1b[31m`, which can be read" in result.stdout


class TestTarget:
    @pytest.mark.parametrize(
        "wrapped",
        [
            pytest.param("ProxyFix(app)", id="a middleware around it"),
            pytest.param("flask_app", id="Flask"),
            pytest.param("around_itself", id="what wraps itself"),
            pytest.param("make()", id="factory"),
            pytest.param("holder.app", id="attribute of an attribute"),
        ],
    )
    def test_table_is_found_inside_of_what_wraps_it(self, write: Write, wrapped: str) -> None:
        name = wrapped if wrapped != "ProxyFix(app)" else "proxied"
        write(
            "wrapped.py",
            SHOP
            + """
import types
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

class Around:
    def __init__(self):
        self.app, self.application = self, app
    def __call__(self, environ, start_response):
        return app(environ, start_response)

proxied = ProxyFix(app)
flask_app = Flask("shop")
flask_app.wsgi_app = app
around_itself = Around()
make = lambda: app
holder = types.SimpleNamespace(app=app)
""",
        )
        result = run("explain", f"wrapped:{name}", "/api/me", "--origin", "https://example.org")
        assert result.exit_code == 1
        yours = "if pages of https://example.org are yours, "
        assert f"Table: row `/api/**`: {yours}add `https://example.org` to `allow_origins`\n" in result.stdout

    def test_application_without_a_table_has_no_advice(self, write: Write) -> None:
        write("bare.py", "def app(e, s):\n    s('200 OK', [])\n    return []\n")
        result = run("explain", "bare:app", "/", "--origin", APP)
        assert result.exit_code == 1
        assert "Fix: " in result.stdout
        assert "Table:" not in result.stdout

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            pytest.param(["shop"], "'shop' is not a target: write module:app, cors.toml or http://", id="no target"),
            pytest.param(["nowhere:app"], "there is no module 'nowhere' in ", id="no module"),
            pytest.param(["wrong:ap"], "wrong has no 'ap'; it has app, broken", id="no name"),
            pytest.param(
                ["wrong:broken()"], "wrong:broken() cannot be called: ZeroDivisionError: division by zero", id="factory"
            ),
            pytest.param(
                ["wrong:number"], "wrong:number is not a WSGI application, but of type int", id="no application"
            ),
            pytest.param(["wrong.toml"], "wrong.toml:1: ", id="refused file"),
            pytest.param(["nowhere.toml"], "nowhere.toml cannot be served:\nnowhere.toml: ", id="no file"),
            pytest.param(["http://127.0.0.1:2"], "http://127.0.0.1:2/ does not answer", id="no server"),
            pytest.param(["wrong:app", "--origin", "x"], "'x' is not an origin", id="no origin"),
            pytest.param(["wrong:app", "-H", "X-A"], "'X-A' is not a header: write 'Name: value'", id="no header"),
            pytest.param(["wrong:app", "--engine", "netscape"], "'netscape' is not one of", id="no engine"),
        ],
    )
    def test_what_cannot_be_asked_exits_with_2_and_says_why(
        self, write: Write, arguments: list[str], says: str
    ) -> None:
        write("wrong.py", "number = 7\n\ndef broken():\n    return 1 / 0\n\ndef app(e, s):\n    return []\n")
        write("wrong.toml", '["api"]\ncors = false\n')
        target, *options = arguments
        result = run("explain", target, "/", "--origin", APP, *options)
        assert (result.exit_code, result.stdout) == (2, "")
        assert says in result.stderr


class TestViews:
    STORE = """
from bottle import Bottle
from corswsgi import Policy
from corswsgi.bottle import install

app = Bottle()
install(app, {"/**": Policy(allow_origins="https://example.org")})
app.route("/me", "PUT", lambda: "", cors=Policy(allow_origins="https://app.example.com", allow_methods="PUT"))
app.route("/none", "GET", lambda: "", cors=None)
app.route("/row", "GET", lambda: "")
"""

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            pytest.param(
                ["/me", "-X", "PUT", "-H", "X-A: 1"],
                "Table: the policy of the view `/me`: add `X-A` to `allow_headers`",
                id="preflight",
            ),
            pytest.param(
                ["/none"],
                f"Table: the policy of the view `/none` is None, no CORS; if pages of {APP} are yours, write a policy "
                f"that "
                "allows them",
                id="None",
            ),
            pytest.param(
                ["/row"], f"Table: row `/**`: if pages of {APP} are yours, add `{APP}` to `allow_origins`", id="row"
            ),
            pytest.param(["/me", "-X", "PUT"], "It may not read Access-Control-Allow-Origin, Vary.", id="allowed"),
        ],
    )
    def test_policy_of_the_view_that_decided_is_the_one_to_change(
        self, write: Write, arguments: list[str], says: str
    ) -> None:
        write("store.py", self.STORE)
        assert says in run("explain", "store:app", *arguments, "--origin", APP).stdout.splitlines()

    def test_view_without_a_policy_serves_its_own_origin(self, write: Write) -> None:
        write("store.py", self.STORE)
        result = run("explain", "store:app", "/none", "--origin", "https://server.example", "--json")
        assert (result.exit_code, json.loads(result.stdout)["advice"]) == (0, [])


@pytest.mark.parametrize("environ", [{}, {"NO_COLOR": "1"}], ids=["terminal", "NO_COLOR"])
def test_terminal_has_the_same_lines_and_colours_without_no_color(write: Write, environ: dict[str, str]) -> None:
    write("cors.toml", ROW)
    arguments = ["explain", "cors.toml", "/api/me", "--origin", APP, "-X", "PUT"]
    text = on_a_terminal(*arguments, **environ).replace("\r\n", "\n")
    assert ("\x1b[" in text) is (not environ)
    if environ:
        assert text == run(*arguments).stdout


@pytest.mark.parametrize("command", ["audit", "check", "explain", "probe"])
def test_help_shows_examples(command: str) -> None:
    examples = run(command, "--help").stdout.partition("Examples:\n")[2].splitlines()
    assert len(examples) >= 2
    assert all(f"corswsgi {command} " in example for example in examples)


JSON_IS_SENT_BY = "to send JSON: -d '...' -H 'Content-Type: application/json'"


@pytest.mark.parametrize("after", ['{"a": 1}', "[1]", '"a"', "{'a': 1}", "@body.json"])
def test_json_of_curl_is_told_how_to_be_sent(write: Write, after: str) -> None:
    write("cors.toml", ROW)
    for arguments in (["--json", after], ["--origin", APP, "--json", after, "-X", "PUT"], [f"--json={after}"]):
        result = run("explain", "cors.toml", "/api/me", *arguments)
        assert result.exit_code == 2
        assert f"Error: --json is for the output, and takes no value; {JSON_IS_SENT_BY}\n" in result.stderr
    assert run("explain", "--origin", APP, "--json", "cors.toml", "/api/me").exit_code == 0


@pytest.mark.parametrize(
    ("option", "hint"),
    [
        ("--method", "Error: there is no option --method: use -X\n"),
        ("--data-raw", "Error: there is no option --data-raw: use -d\n"),
        ("-b", "Error: there is no option -b: use --cookie\n"),
        ("-L", "Error: there is no option -L: use --follow\n"),
        ("--headers", "Error: there is no option --headers: use -H\n"),
        ("--orign", "'--origin'"),
        ("--nonsense", "No such option '--nonsense'"),
    ],
)
def test_option_of_another_tool_is_told_its_name_here(option: str, hint: str) -> None:
    result = run("explain", "cors.toml", "/api/me", option, "PUT")
    assert result.exit_code == 2
    assert hint in result.stderr
    result = run("explain", "cors.toml", "/api/me", "--follow=yes")
    assert "Option '--follow' does not take a value" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "is_told"),
    [
        pytest.param(["-d", '{"user": "ada"}'], True, id="an object"),
        pytest.param(["-d", "{user: 'ada'}"], True, id="nearly JSON"),
        pytest.param(["-d", "user=ada"], False, id="a form"),
        pytest.param(["-d", "{}", "-H", "Content-Type: application/json"], False, id="with its type"),
        pytest.param(["-X", "POST"], False, id="without a body"),
    ],
)
@pytest.mark.parametrize("status", [400, 415, 422, 404, 200])
def test_json_that_was_sent_as_a_form_is_told(serve: Serve, arguments: list[str], is_told: bool, status: int) -> None:
    grants = [("Access-Control-Allow-Origin", APP), ("Access-Control-Allow-Headers", "content-type")]
    url = serve(answering(POST=answer(status, grants), OPTIONS=answer(204, grants)))
    told = run("explain", url, "/", "--origin", APP, *arguments).stdout
    assert (f"which may be the reason for the {status}; {JSON_IS_SENT_BY}\n" in told) is (
        is_told and status not in {404, 200}
    )
