"""Console errors: every message of the simulator is recognised, and lines that are not about CORS are named."""

import json
from itertools import product
from typing import Any, get_args

import pytest
from click.testing import CliRunner

from corswsgi.browser.engines import EngineName
from corswsgi.browser.failure import Failure, FailureCode, Stage
from corswsgi.browser.messages import Blocked, console_message
from corswsgi.cli.commands import commands
from corswsgi.cli.console import read_console
from corswsgi.cli.not_cors import read_not_cors
from tests.cli.test_explain_causes import answer, answering
from tests.support.commands import Serve, Write, run

PAGE = "http://localhost:5173"
URL = "http://127.0.0.1:5000/a?b=(c)&d=e.f"
FIRST = "http://127.0.0.1:5000/first"
DETAILS: dict[str, str] = {
    "method-not-allowed": "DELETE",
    "header-not-allowed": "x-csrf-token",
    "allow-origin-mismatch": "http://localhost:3000",
    "allow-origin-invalid": "true",
    "allow-origin-multiple": "http://localhost:3000, *",
}
CODES = [code for code in get_args(FailureCode) if code != "redirect-elsewhere"]  # of which no browser writes
ENGINES: tuple[EngineName, ...] = ("chromium", "firefox", "webkit")


def blocked(code: FailureCode, stage: Any, api: Any, first_url: str) -> Blocked:
    detail = DETAILS.get(code, "a detail")
    failure = Failure(code=code, section="", reason="", detail=detail, element=detail)
    # of a preflight that is not answered well WebKit says nothing else
    status = 403 if stage == "response" or code.startswith("preflight") else 200
    return Blocked(failure=failure, stage=stage, origin=PAGE, url=URL, first_url=first_url, status=status, api=api)


MESSAGES = [
    pytest.param(
        engine, code, stage, api, first, id=f"{engine} {code} {stage} {api} {'moved' if first == FIRST else ''}"
    )
    for engine, code, stage, api, first in product(
        ENGINES, CODES, ("preflight", "response"), ("fetch", "xhr"), (URL, FIRST)
    )
    if "http://" in console_message(engine, blocked(code, stage, api, first))
    and (URL in console_message(engine, blocked(code, stage, api, first)))
]


@pytest.mark.parametrize(("engine", "code", "stage", "api", "first"), MESSAGES)
def test_every_message_is_read_back(engine: EngineName, code: FailureCode, stage: Stage, api: Any, first: str) -> None:
    message = console_message(engine, blocked(code, stage, api, first))
    line = read_console(f"main.js:9 {message}\n    at users.js:3")
    assert line is not None
    assert (line.engine, line.url) == (engine, URL)
    assert code in line.codes or line.codes == ()
    assert line.origin == (PAGE if PAGE in message else None)
    assert line.stage in {stage, None} or code != "allow-origin-missing"
    if f"'{FIRST}'" in message:
        assert line.first_url == FIRST
    detail = DETAILS.get(code)
    if detail is not None and detail in message:
        assert line.detail == detail
    if "403" in message:
        assert line.status == 403


def explain(text: str, *arguments: str) -> tuple[int, str]:
    result = run("explain", "--console", text, *arguments)
    assert "Traceback" not in result.output
    return result.exit_code, result.output


CHROMIUM = f"Access to fetch at 'http://127.0.0.1:5000/a' from origin '{PAGE}' has been blocked by CORS policy: "
FIREFOX = (
    "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at "
    "http://127.0.0.1:5000/a. (Reason: "
)
OPAQUE = " If an opaque response serves your needs, set the request's mode to 'no-cors' to fetch the resource."
LINES = [
    pytest.param(
        f"index.html:1 {CHROMIUM.replace('fetch', 'XMLHttpRequest')}No 'Access-Control-Allow-Origin' header is present "
        "on the requested resource.",
        ["Blocked: the answer has no Access-Control-Allow-Origin header"],
        id="missing header",
    ),
    pytest.param(
        f"main.js:9 {CHROMIUM}Response to preflight request doesn't pass access control check: No "
        f"'Access-Control-Allow-Origin' header is present on the requested resource.{OPAQUE}",
        ["Blocked: the answer to the preflight (OPTIONS) has no Access-Control-Allow-Origin header"],
        id="missing header of the preflight",
    ),
    pytest.param(
        f"{CHROMIUM}Request header field authorization is not allowed by Access-Control-Allow-Headers in preflight "
        "response.",
        ["does not list the request header (authorization) in Access-Control-Allow-Headers", "allow_headers"],
        id="header",
    ),
    pytest.param(
        f"{CHROMIUM}Method DELETE is not allowed by Access-Control-Allow-Methods in preflight response.",
        ["does not list the method (DELETE) in Access-Control-Allow-Methods", "allow_methods"],
        id="method",
    ),
    pytest.param(
        f"{CHROMIUM}The value of the 'Access-Control-Allow-Origin' header in the response must not be the wildcard '*' "
        "when the request's credentials mode is 'include'.",
        ["*, which does not count for a request with credentials", f"list {PAGE} in place of *"],
        id="wildcard",
    ),
    pytest.param(
        f"{CHROMIUM}Something that a version of tomorrow says.",
        ["the browser reports this reason (Something that a version of tomorrow says.)"],
        id="unknown reason",
    ),
    pytest.param(
        f"Access to font at 'http://127.0.0.1:5000/a' from origin '{PAGE}' has been blocked by CORS policy: No "
        "'Access-Control-Allow-Origin' header is present on the requested resource.",
        ["has no Access-Control-Allow-Origin header"],
        id="font",
    ),
    pytest.param(
        f"{FIREFOX}CORS header \u2018Access-Control-Allow-Origin\u2019 missing). Status code: 500.",
        ["Cause: the answer has status 500: the server failed", "log"],
        id="Firefox, 500",
    ),
    pytest.param(
        f"{FIREFOX}CORS header 'Access-Control-Allow-Origin' missing). Status code: 200.",
        ["has no Access-Control-Allow-Origin header"],
        id="Firefox, 200",
    ),
    pytest.param(
        f"{FIREFOX}CORS header 'Access-Control-Allow-Origin' missing).",
        ["has no Access-Control-Allow-Origin header"],
        id="Firefox, without a status",
    ),
    pytest.param(
        f"{FIREFOX}CORS header 'Access-Control-Allow-Origin' does not match 'http://localhost:3000').",
        [f"allows another origin (http://localhost:3000), and the page is of {PAGE}"],
        id="Firefox, another origin",
    ),
    pytest.param(
        f"{FIREFOX}CORS header 'Access-Control-Allow-Origin' does not match '{PAGE}/').",
        ["Cause: ", "a slash at the end", f"write it as browsers do: {PAGE}"],
        id="Firefox, a slash",
    ),
    pytest.param(
        f"{FIREFOX}header \u2018authorization\u2019 is not allowed according to header "
        "\u2018Access-Control-Allow-Headers\u2019 from CORS preflight response).",
        ["(authorization)"],
        id="Firefox, header",
    ),
    pytest.param(
        f"{FIREFOX}CORS preflight response did not succeed). Status code: 401.",
        ["401", "a preflight never carries credentials"],
        id="Firefox, 401",
    ),
    pytest.param(
        f"[Error] Origin {PAGE} is not allowed by Access-Control-Allow-Origin. Status code: 404 (users, line 0)\n"
        "[Error] XMLHttpRequest cannot load http://127.0.0.1:5000/a due to access control checks. (users, line 0)",
        ["Cause: the answer has status 404: no such path"],
        id="Safari, 404",
    ),
    pytest.param(
        "Preflight response is not successful. Status code: 403\n"
        "Fetch API cannot load http://127.0.0.1:5000/a due to access control checks.",
        ["OPTIONS is answered with status 403", "preflight"],
        id="Safari, 403",
    ),
]


@pytest.mark.parametrize(("text", "says"), LINES)
def test_line_is_explained_without_asking_anybody(text: str, says: list[str]) -> None:
    status, told = explain(text, "--origin", PAGE)
    assert status == 1
    assert f"Page: {PAGE}\nAsked: http://127.0.0.1:5000/a\n" in told
    assert f"corswsgi explain http://127.0.0.1:5000/a --origin {PAGE}" in told
    for each in says:
        assert each in told


def test_line_comes_from_standard_input_too(monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"{CHROMIUM}Method DELETE is not allowed by Access-Control-Allow-Methods in preflight response.\n"
    result = CliRunner().invoke(commands, ["explain", "--console", "-"], input=text, catch_exceptions=False)
    assert result.exit_code == 1
    assert "DELETE" in result.stdout


def test_standard_input_may_be_any_bytes_and_of_any_length() -> None:
    for text in (b"Access to fetch \xff\xfe", b"a" * 200_000, b"Access to fetch at '" * 10_000, b"\x00" * 9, b"\n"):
        result = CliRunner().invoke(commands, ["explain", "--console", "-"], input=text, catch_exceptions=False)
        assert result.exit_code == 2


def test_json_has_the_line_and_its_meaning() -> None:
    status, told = explain(LINES[3].values[0], "--json")  # type: ignore[arg-type]
    assert status == 1
    parsed = json.loads(told)
    assert (parsed["console"]["detail"], parsed["code"], parsed["browser"]) == (
        "DELETE",
        "method-not-allowed",
        "Chromium",
    )
    status, told = explain("net::ERR_CONNECTION_REFUSED", "--json")
    parsed = json.loads(told)
    assert (status, parsed["console"], parsed["code"]) == (1, None, "connection-refused")


def test_missing_origin_and_missing_lines_are_told() -> None:
    status, told = explain(f"{FIREFOX}CORS header 'Access-Control-Allow-Origin' missing).")
    assert (status, "Firefox does not name the page's origin: pass it as --origin" in told) == (1, True)
    status, told = explain(f"Origin {PAGE} is not allowed by Access-Control-Allow-Origin.")
    assert (status, "the URL is in the next line of the console" in told) == (1, True)
    status, told = explain("XMLHttpRequest cannot load http://127.0.0.1:5000/a due to access control checks.")
    assert (status, "the reason is in the line above: paste both lines" in told) == (1, True)


def test_redirect_and_null_are_told() -> None:
    text = CHROMIUM.replace("/a'", "/a' (redirected from 'http://127.0.0.1:5000/b')").replace(PAGE, "null")
    status, told = explain(f"{text}No 'Access-Control-Allow-Origin' header is present on the requested resource.")
    assert status == 1
    assert "Asked: http://127.0.0.1:5000/a, redirected from http://127.0.0.1:5000/b\n" in told
    assert "never allow null" in told


OTHERS = {
    "content-security-policy": [
        "Refused to connect to 'http://api.example/x' because it violates the Content Security Policy directive: ",
        "Content-Security-Policy: The page\u2019s settings blocked loading a resource (\u201cconnect-src\u201d).",
        (
            "Connecting to 'https://api.example/' violates the following Content Security Policy directive: "
            '"default-src"'
        ),
    ],
    "mixed-content": [
        "Mixed Content: The page at 'https://a.example/' was loaded over HTTPS, but requested an insecure resource.",
        "Blocked loading mixed active content \u201chttp://api.example/\u201d",
        "[blocked] The page at https://a.example/ requested insecure content from http://b.example/v1.",
    ],
    "connection-refused": [
        "GET http://localhost:5000/a net::ERR_CONNECTION_REFUSED",
        "Could not connect to the server.\nFetch API cannot load http://localhost:5000/a due to access control checks.",
    ],
    "certificate": ["GET https://localhost:5000/a net::ERR_CERT_AUTHORITY_INVALID"],
    "certificate-expired": ["GET https://localhost:5000/a net::ERR_CERT_DATE_INVALID"],
    "certificate-of-another-host": ["GET https://localhost:5000/a net::ERR_CERT_COMMON_NAME_INVALID"],
    "no-tls": ["GET https://localhost:5000/a net::ERR_SSL_PROTOCOL_ERROR", "SSL_ERROR_RX_RECORD_TOO_LONG"],
    "blocked-by-client": ["POST https://stats.example/collect net::ERR_BLOCKED_BY_CLIENT"],
    "unknown-host": ["GET http://nowhere.example/ net::ERR_NAME_NOT_RESOLVED"],
    "redirect-loop": ["GET http://a.example/ net::ERR_TOO_MANY_REDIRECTS"],
    "no-answer": ["GET http://a.example/ net::ERR_EMPTY_RESPONSE"],
    "unsafe-port": ["GET http://localhost:6000/ net::ERR_UNSAFE_PORT"],
    "resource-policy": ["GET http://a.example/ net::ERR_BLOCKED_BY_RESPONSE.NotSameOrigin 200 (OK)"],
    "local-network-access": [
        f"{CHROMIUM}The request client is not secure and the resource is in more-private address space `local`",
        f"{CHROMIUM}Permission was denied for this request to access the `loopback` address space.",
    ],
    "forbidden-header": ['Refused to set unsafe header "Cookie"'],
    "header-not-exposed": ['Refused to get unsafe header "X-Request-Id"'],
    "cookie-rejected": ["Cookie \u201csid\u201d has been rejected because it is in a cross-site context"],
    "websocket": ["WebSocket connection to 'ws://localhost:8000/ws' failed: Unexpected response code: 403"],
    "page-from-file": [
        "Access to script at 'file:///C:/a.js' from origin 'null' has been blocked by CORS policy: Cross origin",
        f"{FIREFOX.replace('http://127.0.0.1:5000/a', 'file:///home/me/a.json')}CORS request not http).",
    ],
    "url-without-scheme": [
        (
            "Access to fetch at 'localhost:5000/a' from origin 'http://localhost:3000' has been blocked by CORS "
            "policy: Cross origin requests are only supported for protocol schemes: http, data, chrome, https."
        )
    ],
    "event-stream": ['EventSource\'s response has a MIME type ("text/html") that is not "text/event-stream".'],
    "not-json": ["SyntaxError: Unexpected token '<', \"<!DOCTYPE \"... is not valid JSON"],
    "empty-answer": ["Uncaught (in promise) SyntaxError: Unexpected end of input"],
    "tainted-canvas": ["SecurityError: Failed to execute 'toDataURL': Tainted canvases may not be exported."],
    "opaque-in-service-worker": [
        (
            'The FetchEvent resulted in a network error response: an "opaque" response was used for a request whose '
            "type is not no-cors"
        )
    ],
    "framing": ["Refused to display 'https://a.example/' in a frame because it set 'X-Frame-Options' to 'deny'."],
    "wrong-mime-type": [
        "Refused to execute script from 'http://a.example/a.js' because its MIME type ('text/html') is not"
    ],
    "refused-before-sending": [
        "Not allowed to request resource\nXMLHttpRequest cannot load http://a.example/ due to access control checks."
    ],
}


@pytest.mark.parametrize(("code", "text"), [(code, text) for code, texts in OTHERS.items() for text in texts])
def test_line_that_is_not_about_cors_is_called_what_it_is(code: str, text: str) -> None:
    found = read_not_cors(text)
    assert found is not None
    assert found.code == code
    status, told = explain(text)
    assert status == 1
    asked = f"Asked: {found.url}\n" if found.url else ""
    assert told == f"{asked}Cause: {found.cause}\nFix: {found.fix}\n"


def test_line_that_is_not_about_cors_names_the_url_and_what_it_is_about() -> None:
    told = explain(OTHERS["content-security-policy"][2])[1]
    assert "Asked: https://api.example/\n" in told
    assert "Fix: add https://api.example to connect-src in the Content-Security-Policy header of the page\n" in told
    told = explain("Loading the image violates the Content Security Policy directive: \"img-src 'self'\"")[1]
    assert "Fix: add the origin of the API to img-src" in told
    assert "Asked: http://b.example/v1\n" in explain(OTHERS["mixed-content"][2])[1]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param(
            "Failed to load resource: the server responded with a status of 405 ()",
            "Cause: the answer has status 405",
            id="an error",
        ),
        pytest.param(
            "GET http://localhost:5000/a net::ERR_FAILED 503 (Service Unavailable)",
            "Cause: the answer has status 503: the proxy answered",
            id="an error of a URL",
        ),
        pytest.param(
            "GET http://localhost:5000/a net::ERR_FAILED 200 (OK)",
            "Cause: the server answered with status 200, and the browser kept the answer from the page",
            id="well",
        ),
    ],
)
def test_line_of_a_status_alone_names_it(text: str, says: str) -> None:
    status, told = explain(text)
    assert status == 1
    assert says in told
    assert ("corswsgi explain http://localhost:5000/a --origin http://..." in told) is ("localhost" in text)


def test_status_of_another_line_is_the_answer_s() -> None:
    text = f"{CHROMIUM}No 'Access-Control-Allow-Origin' header is present on the requested resource.\n"
    assert "Cause: the answer has status 500" in explain(f"{text}GET http://127.0.0.1:5000/a net::ERR_FAILED 500 ()")[1]
    told = explain(f"{text}GET http://127.0.0.1:5000/other net::ERR_FAILED 500 (Internal Server Error)")[1]
    assert "500 (" not in told.replace("5000", "")
    assert "Cause:" not in told


@pytest.mark.parametrize(
    "text",
    [
        "TypeError: Failed to fetch",
        "Uncaught (in promise) TypeError: Failed to fetch at main.js:3",
        "TypeError: NetworkError when attempting to fetch resource.",
        "TypeError: Load failed",
        "AxiosError: Network Error",
        "GET http://localhost:5000/ net::ERR_FAILED",
        "Http failure response for http://localhost:5000/: 0 Unknown Error",
        "XMLHttpRequest error.",
    ],
)
def test_line_that_says_nothing_asks_for_the_one_above(text: str) -> None:
    status, told = explain(text)
    assert status == 2
    assert "there is another line above it; copy the red line above it, which names the URL and the reason" in told


@pytest.mark.parametrize("text", ["", "hello", "\x1b[31mred\x1b[0m", "http://\ud800 [Error]", "\udcff"])
def test_line_that_nobody_knows_is_refused_with_an_example(text: str) -> None:
    status, told = explain(text)
    assert status == 2
    assert "copy the red line of the console that names the URL and the reason" in told
    assert "\x1b" not in told


NOT_OK = "It does not have HTTP ok status."


class TestWithTarget:
    def test_it_is_asked_as_the_page_asked(self, serve: Serve) -> None:
        url = serve(answering(OPTIONS=answer(204, [("Access-Control-Allow-Origin", PAGE)])))
        line = CHROMIUM.replace("http://127.0.0.1:5000", url)
        text = f"{line}Method DELETE is not allowed by Access-Control-Allow-Methods in preflight response."
        status, told = explain(text, url)
        assert status == 1
        assert told.startswith(f"{PAGE} asks DELETE {url}/a\n")

    @pytest.mark.parametrize(
        ("reason", "asked"),
        [
            pytest.param(
                "Request header field x-a is not allowed by Access-Control-Allow-Headers in preflight response.",
                {"method": "GET", "credentials": "same-origin"},
                id="header",
            ),
            pytest.param(
                "The value of the 'Access-Control-Allow-Credentials' header in the response is '' which must be 'true' "
                "when the request's credentials mode is 'include'.",
                {"method": "GET", "credentials": "include"},
                id="credentials",
            ),
            pytest.param(
                "Response to preflight request doesn't pass access control check: It does not have HTTP ok status.",
                {"method": "PUT", "credentials": "same-origin"},
                id="preflight",
            ),
        ],
    )
    def test_application_is_asked_for_the_path_of_the_line(
        self, write: Write, reason: str, asked: dict[str, str]
    ) -> None:
        write("cors.toml", f'["/**"]\nallow_origins = "{PAGE}"\n')
        status, told = explain(CHROMIUM + reason, "cors.toml", "--json")
        parsed = json.loads(told)
        assert status == (0 if asked == {} else 1)
        assert {name: parsed[name] for name in asked} == asked
        assert parsed["url"].endswith("/a")
        guessed = "the line does not name the method: PUT was asked; pass -X for another"
        assert (guessed in parsed["remarks"]) is (asked["method"] == "PUT")

    def test_exits_with_0_where_the_answer_now_allows_it(self, write: Write) -> None:
        write("cors.toml", f'["/**"]\nallow_origins = "{PAGE}"\n')
        text = f"{CHROMIUM}No 'Access-Control-Allow-Origin' header is present on the requested resource."
        assert explain(text, "cors.toml")[0] == 0

    def test_target_that_allows_it_is_told_apart_from_the_server_of_the_line(self, write: Write, serve: Serve) -> None:
        write("cors.toml", f'["/**"]\nallow_origins = "{PAGE}"\n')
        missing = "No 'Access-Control-Allow-Origin' header is present on the requested resource."
        told = explain(CHROMIUM + missing, "cors.toml")[1]
        assert "this application allows what the line says is blocked: the server at 127.0.0.1:5000 is another" in told
        two = f"[Error] Origin {PAGE} is not allowed by Access-Control-Allow-Origin."
        assert "is blocked: the server of the line is another one" in explain(two, "cors.toml", "/a")[1]
        url = serve(answering(GET=answer(200, [("Access-Control-Allow-Origin", PAGE)])))
        told = explain(CHROMIUM.replace("http://127.0.0.1:5000", url) + missing, url)[1]
        assert "Note: this server allows what the line says is blocked: it changed since, or the page asked" in told
        assert "allows what the line" not in explain(CHROMIUM + missing, "cors.toml", "-X", "PUT")[1]

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            ((), "PUT was asked, without a body, which may be the reason for the 415; pass -X and -d for another\n"),
            (("-d", "a=1"), "PUT was asked; pass -X for another\n"),
            (("-X", "PUT"), ""),
        ],
    )
    def test_status_that_a_guess_may_cause_is_told(self, serve: Serve, arguments: tuple[str, ...], says: str) -> None:
        grants = [("Access-Control-Allow-Origin", PAGE), ("Access-Control-Allow-Methods", "PUT")]
        url = serve(answering(OPTIONS=answer(204, grants), PUT=answer(415, grants)))
        line = CHROMIUM.replace("http://127.0.0.1:5000", url)
        text = f"{line}Response to preflight request doesn't pass access control check: {NOT_OK}"
        status, told = explain(text, url, *arguments)
        assert (status, "the page can read this 415" in told) == (0, True)
        assert (f"the line does not name the method: {says}" in told) is bool(says)

    def test_without_an_origin_only_the_line_is_explained(self, write: Write) -> None:
        write("cors.toml", f'["/**"]\nallow_origins = "{PAGE}"\n')
        status, told = explain(f"{FIREFOX}CORS header 'Access-Control-Allow-Origin' missing).", "cors.toml")
        assert (status, "pass it as --origin" in told) == (1, True)
