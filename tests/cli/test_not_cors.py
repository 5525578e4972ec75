"""Lines that look like CORS and are not: the words that browsers, network panels and logs have for them."""

from typing import Any

import pytest

from corswsgi.browser.engines import EngineName
from corswsgi.browser.failure import FailureCode, Stage
from corswsgi.browser.messages import console_message
from corswsgi.cli.console import read_console
from corswsgi.cli.console_meaning import meaning_of
from corswsgi.cli.not_cors import read_not_cors
from tests.cli.test_console import FIREFOX, MESSAGES, PAGE, blocked, explain

API = "http://localhost:8000/a"
# As Chromium 156 and Firefox 153 write them
SEEN = {
    "own-origin-only": [
        f"SecurityError: Failed to construct 'Worker': Script at '{API}' cannot be accessed from origin '{PAGE}'.",
        (
            "SecurityError: Failed to register a ServiceWorker: The origin of the provided scriptURL "
            f"('{API}') does not match the current origin ('{PAGE}')."
        ),
        f"Security Error: Content at {PAGE}/ may not load data from {API}.",
        "SecurityError: ServiceWorkerContainer.register: Non-same-origin scope URL",
    ],
    "file-url": [
        "Not allowed to load local resource: file:///home/me/a.json",
        f"Security Error: Content at {PAGE}/ may not load or link to file:///home/me/a.json.",
    ],
    "integrity-without-cors": [
        (
            f"Subresource Integrity: The resource '{API}' has an integrity attribute, but the resource requires the "
            "request to be CORS enabled to check the integrity, and it is not."
        ),
        f"\u201c{API}\u201d is not eligible for integrity checks since it\u2019s neither CORS-enabled nor same-origin.",
    ],
    "integrity": [
        f"Failed to find a valid digest in the 'integrity' attribute for resource '{API}' with computed SHA-256",
        f"Fetch API cannot load {API}. SRI's integrity checks failed.",
        f"None of the \u201csha256\u201d hashes in the integrity attribute match the content at \u201c{API}\u201d.",
    ],
    "embedder-policy": [f"GET {API} net::ERR_BLOCKED_BY_RESPONSE.NotSameOriginAfterDefaultedToSameOriginByCoep 200"],
    "resource-policy": [
        f"Cross-Origin Read Blocking (CORB) blocked cross-origin response {API} with MIME type text/html"
    ],
    "opaque-stylesheet": [
        "SecurityError: Failed to read the 'cssRules' property from 'CSSStyleSheet': Cannot access rules",
        "SecurityError: CSSStyleSheet.cssRules getter: Not allowed to access cross-origin stylesheet",
    ],
    "tainted-canvas": ["SecurityError: The operation is insecure."],
    "aborted": [
        "AbortError: signal is aborted without reason",
        "TimeoutError: The operation timed out.",
        "AxiosError: timeout of 1000ms exceeded",
    ],
    "url-with-credentials": [
        "TypeError: Request cannot be constructed from a URL that includes credentials: http://u:p@localhost:8000/a",
        "TypeError: Window.fetch: http://u:p@localhost:8000/a is an url with embedded credentials.",
    ],
    "method-refused": [
        "TypeError: Failed to execute 'fetch' on 'Window': 'PUT' is unsupported in no-cors mode.",
        "TypeError: Failed to execute 'fetch' on 'Window': 'TRACE' HTTP method is unsupported.",
        "TypeError: Window.fetch: Invalid request method PUT.",
    ],
    "body-not-allowed": [
        "TypeError: Failed to execute 'fetch' on 'Window': Request with GET/HEAD method cannot have body.",
        "TypeError: Window.fetch: HEAD or GET Request cannot have a body.",
    ],
    "header-refused": [
        "TypeError: Failed to execute 'fetch' on 'Window': Invalid name",
        "TypeError: Window.fetch: x a is an invalid header name.",
    ],
    "url-invalid": ["TypeError: Window.fetch: http:// a b/ is not a valid URL."],
    "not-cacheable": ["TypeError: Failed to execute 'addAll' on 'Cache': Request failed"],
    "csrf-refused": [f"Forbidden (Origin checking failed - {PAGE} does not match any trusted origins.): /api/login"],
    "cookie-rejected": ["Cookie \u201csid\u201d will soon be rejected because it is foreign."],
    "forbidden-header": ["Attempt to set a forbidden header was denied: Origin"],
    "framing": [
        f"Failed to execute 'postMessage' on 'DOMWindow': The target origin provided ('{PAGE}') does not match"
    ],
    "wrong-mime-type": ['Failed to load module script: the server responded with a MIME type of "text/html".'],
    "websocket": [
        "WebSocket connection to 'ws://localhost:8000/ws' failed: Unexpected response code: 403",
        "WebSocket connection to 'ws://localhost:8000/ws' failed: Unexpected response code: 200",
        "WebSocket connection to 'ws://localhost:8000/ws' failed: ",
    ],
    "content-security-policy": ["blocked:csp"],
    "mixed-content": ["(blocked:mixed-content)"],
    "connection-refused": [
        "TypeError: fetch failed\n  [cause]: Error: connect ECONNREFUSED ::1:5000",
        "[vite] http proxy error: /api/me\nError: connect ECONNREFUSED 127.0.0.1:5000",
    ],
    "unknown-host": ["Error: getaddrinfo ENOTFOUND api.local"],
    "no-answer": ["Error: socket hang up", f"GET {API} net::ERR_INSUFFICIENT_RESOURCES"],
    "broken-answer": [f"GET {API} net::ERR_INCOMPLETE_CHUNKED_ENCODING 200 (OK)"],
    "proxy-of-browser": [f"GET {API} net::ERR_TUNNEL_CONNECTION_FAILED"],
    "django-disallowed-host": ["Invalid HTTP_HOST header: 'api.local:8000'. You may need to add 'api.local'"],
    "report-only-policy": [
        "[Report Only] Refused to connect to '/x' because it violates the following Content Security Policy directive",
    ],
    "preflight-refused-by-policy": ["CORS preflight refused: pages of this origin are not allowed here."],
    "write-refused": ["Refused: pages of other origins may not send this request."],
}


@pytest.mark.parametrize(("code", "text"), [(code, text) for code, texts in SEEN.items() for text in texts])
def test_line_is_called_what_it_is_and_what_it_asked_is_not_the_page(code: str, text: str) -> None:
    found = read_not_cors(text)
    assert found is not None
    assert (found.code, found.says_why) == (code, True)
    status, told = explain(text)
    assert (status, f"Cause: {found.cause}\nFix: {found.fix}\n" in told) == (1, True)
    if API in text:
        assert f"Asked: {API}\n" in told
    assert "--origin: pass" not in told


def test_policy_that_only_reports_is_not_the_cause() -> None:
    report = (
        "Content-Security-Policy: (Report-Only policy) The page\u2019s settings would block the loading of a resource"
    )
    told = explain(
        f"{report}\n{FIREFOX}CORS header \u2018Access-Control-Allow-Origin\u2019 missing). Status code: 200."
    )[1]
    assert "Blocked: the answer has no Access-Control-Allow-Origin header" in told
    told = explain(f"{report}\nBlocked loading mixed active content \u201chttp://api.example/x\u201d")[1]
    assert "Cause: mixed content" in told


def test_websocket_that_is_refused_is_not_one_that_is_not_served() -> None:
    refused, unserved, unknown = (explain(text)[1] for text in SEEN["websocket"])
    assert "cors_allowed_origins" in refused
    assert "nothing at this URL serves WebSockets" in unserved
    assert "CORS does not apply to WebSockets" in unknown


READ = "if there is a line about CORS as well, paste both; otherwise the page can read this answer"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param(f"GET {API} 404 (NOT FOUND)", ["the answer has status 404: no such path\n", READ], id="Chromium"),
        pytest.param(f"XHR POST {API} [HTTP/1.1 401 Unauthorized 5ms]", ["nobody is logged in\n", READ], id="Firefox"),
        pytest.param(
            "Failed to load resource: the server responded with a status of 500 (Internal Server Error)",
            ["status 500: the server failed\n", READ],
            id="no CORS header is missing",
        ),
        pytest.param("AxiosError: Request failed with status code 403", ["status 403: a permission", READ], id="axios"),
        pytest.param(
            f"Http failure response for {API}: 422 Unprocessable Entity",
            ["status 422: the server refused"],
            id="Angular",
        ),
        pytest.param(
            '127.0.0.1 - - [26/Nov/2026] "OPTIONS /a HTTP/1.1" 405 -',
            ["Cause: OPTIONS is answered with status 405", "OPTIONS must reach it\n"],
            id="log of a server",
        ),
        pytest.param(f"OPTIONS {API} 308", ["OPTIONS is redirected (308)", "Location"], id="preflight, redirected"),
        pytest.param(f"GET {API} 302 (FOUND)", ["the request is redirected (302)", "Location"], id="redirected"),
        pytest.param(
            f"GET {API} net::ERR_FAILED 302 (FOUND)",
            ["stop at a redirect without headers of CORS"],
            id="kept, redirected",
        ),
        pytest.param(
            f"{FIREFOX}CORS header \u2018Access-Control-Allow-Origin\u2019 missing). Status code: 302.",
            ["Cause: the request is redirected (302)", "Location"],
            id="Firefox, redirected",
        ),
    ],
)
def test_status_is_explained_without_a_word_on_headers_that_nobody_misses(text: str, says: list[str]) -> None:
    status, told = explain(text)
    assert status == 1
    for each in says:
        assert each in told
    assert "missing header" not in told


@pytest.mark.parametrize(
    "text",
    [
        "CORS error",
        "Access has been blocked by CORS policy",
        "CORS Missing Allow Origin",
        f"Loading failed for the <script> with source \u201c{API}\u201d.",
        f"Module source URI is not allowed in this document: \u201c{API}\u201d.",
        f"TypeError: error loading dynamically imported module: {API}",
        f"GET {API} net::ERR_FAILED",
    ],
)
def test_line_that_only_repeats_a_failure_asks_for_the_one_above(text: str) -> None:
    status, told = explain(text)
    assert (status, "there is another line above it" in told) == (2, True)


def test_firefox_has_one_line_for_every_failure_of_an_event_source() -> None:
    status, told = explain(f"Firefox can\u2019t establish a connection to the server at {API}.")
    assert status == 1
    assert "Blocked: an EventSource failed: no answer, another status than 200" in told


@pytest.mark.parametrize(("engine", "code", "stage", "api", "first"), MESSAGES)
def test_every_message_of_an_engine_has_a_meaning(
    engine: EngineName, code: FailureCode, stage: Stage, api: Any, first: str
) -> None:
    line = read_console(console_message(engine, blocked(code, stage, api, first)))
    assert line is not None
    what, _ = meaning_of(line, PAGE)
    assert not line.codes or not what.startswith("the browser reports")
