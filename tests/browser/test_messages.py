"""The messages of consoles. Chromium's words for blocked CORS requests are in the corpus, the others are here."""

from typing import Any, get_args

import pytest

from corswsgi.browser.blocked import Blocked
from corswsgi.browser.engines import ENGINES, EngineName
from corswsgi.browser.failure import Failure, FailureCode, Stage
from corswsgi.browser.fixes import fix_for
from corswsgi.browser.messages import console_message
from corswsgi.browser.request import Request
from tests.browser.serving import API, APP
from tests.browser.test_request import url

CODES: tuple[FailureCode, ...] = get_args(FailureCode)


def message(engine: EngineName, code: FailureCode, *, stage: Stage = "response", **options: Any) -> str:
    blocked: dict[str, Any] = {
        "failure": Failure(code=code, section="", reason="of a reason", detail=options.pop("detail", "DETAIL")),
        "stage": stage,
        "origin": APP,
        "url": f"{API}/x",
        "first_url": f"{API}/x",
        "status": 200,
        "api": "fetch",
        **options,
    }
    return console_message(engine, Blocked(**blocked))


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("engine", ENGINES)
def test_every_failure_has_words_in_every_engine(engine: EngineName, code: FailureCode) -> None:
    for api in ("fetch", "xhr"):
        for stage in get_args(Stage):
            text = message(engine, code, stage=stage, api=api, status=None)
            assert text
            assert "{" not in text


@pytest.mark.parametrize("code", CODES)
def test_every_failure_has_a_fix_of_one_line(code: FailureCode) -> None:
    failure = Failure(code=code, section="", reason="", detail="DETAIL")
    request = Request(method="PUT", url_list=[url(f"{API}/x")], origin=APP, credentials="include")
    fix = fix_for(failure, "preflight", request)
    assert fix
    assert "\n" not in fix


def test_a_fix_names_the_answer_and_what_it_must_say() -> None:
    request = Request(method="PUT", url_list=[url(f"{API}/x")], origin=APP)
    missing = Failure(code="allow-origin-missing", section="", reason="")
    assert fix_for(missing, "preflight", request) == (
        f"the answer to OPTIONS {API}/x must have exactly one Access-Control-Allow-Origin: {APP}"
    )
    request.credentials = "include"
    assert fix_for(missing, "response", request) == (
        f"the answer to PUT {API}/x must have exactly one Access-Control-Allow-Origin: {APP} "
        "and Access-Control-Allow-Credentials: true"
    )
    method = Failure(code="method-not-allowed", section="", reason="", detail="PUT")
    assert fix_for(method, "preflight", request) == (
        f"the answer to OPTIONS {API}/x must name the method: Access-Control-Allow-Methods: PUT"
    )


@pytest.mark.parametrize(
    ("engine", "code", "options", "expected"),
    [
        pytest.param(
            "standard",
            "connection",
            {},
            f"{APP} may not read {API}/x: blocked at the response, because of a reason.",
            id="standard",
        ),
        pytest.param(
            "chromium",
            "allow-origin-wildcard",
            {"api": "xhr", "stage": "preflight"},
            f"Access to XMLHttpRequest at '{API}/x' from origin '{APP}' has been blocked by CORS policy: Response to "
            "preflight request doesn't pass access control check: The value of the 'Access-Control-Allow-Origin' "
            "header in the response must not be the wildcard '*' when the request's credentials mode is 'include'. "
            "The credentials mode of requests initiated by the XMLHttpRequest is controlled by the withCredentials "
            "attribute.",
            id="Chromium, XMLHttpRequest",
        ),
        pytest.param(
            "chromium",
            "allow-origin-mismatch",
            {"api": "xhr", "detail": "é\x1b[2J"},
            f"Access to XMLHttpRequest at '{API}/x' from origin '{APP}' has been blocked by CORS policy: The "
            r"'Access-Control-Allow-Origin' header has a value '\u00E9\u001B[2J' that is not equal to the supplied "
            "origin.",
            id="Chromium, nothing that a terminal obeys",
        ),
        pytest.param(
            "chromium",
            "connection",
            {"detail": "nothing listens there (connection refused)"},
            "Failed to load resource: net::ERR_CONNECTION_REFUSED",
            id="Chromium, nothing listens",
        ),
        pytest.param(
            "chromium",
            "connection",
            {"detail": "the host is not known (Name or service not known)"},
            "Failed to load resource: net::ERR_NAME_NOT_RESOLVED",
            id="Chromium, unknown host",
        ),
        pytest.param(
            "chromium",
            "connection",
            {"detail": "it took too long"},
            "Failed to load resource: net::ERR_FAILED",
            id="Chromium, too late",
        ),
        pytest.param(
            "chromium",
            "method-invalid",
            {"detail": "A B"},
            "Uncaught (in promise) TypeError: Failed to execute 'fetch' on 'Window': 'A B' is not a valid HTTP method.",
            id="Chromium, thrown",
        ),
        pytest.param(
            "chromium",
            "same-origin-mode",
            {},
            f'Fetch API cannot load {API}/x. Request mode is "same-origin" but the URL\'s origin is not same as the '
            f"request origin {APP}.",
            id="Chromium, mode",
        ),
        pytest.param(
            "firefox",
            "allow-origin-missing",
            {"status": 404},
            "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at "
            f"{API}/x. (Reason: CORS header \u2018Access-Control-Allow-Origin\u2019 missing). Status code: 404.",
            id="Firefox",
        ),
        pytest.param(
            "webkit",
            "method-not-allowed",
            {"detail": "PUT"},
            f"Method PUT is not allowed by Access-Control-Allow-Methods.\nFetch API cannot load {API}/x due to access "
            "control checks.",
            id="WebKit",
        ),
        pytest.param(
            "webkit",
            "redirect-limit",
            {"api": "xhr"},
            "Load cannot follow more than 20 redirections\n"
            f"XMLHttpRequest cannot load {API}/x due to access control checks.",
            id="WebKit, XMLHttpRequest",
        ),
    ],
)
def test_the_words_are_the_engine_s_own(
    engine: EngineName, code: FailureCode, options: dict[str, Any], expected: str
) -> None:
    assert message(engine, code, **options) == expected


@pytest.mark.parametrize(
    ("engine", "next_url", "expected"),
    [
        ("chromium", "data:text/plain,x", "Failed to load resource: net::ERR_UNSAFE_REDIRECT"),
        ("chromium", "view-source:https://x.example/", "Not allowed to load local resource: view-source:https://x"),
        (
            "firefox",
            "view-source:https://x.example/",
            f"Security Error: Content at {API}/x may not load or link to view-source:https://x.example/.\nCross-Origin",
        ),
        ("webkit", "ftp://x.example/", "FTP URLs are disabled\nFetch API cannot load"),
    ],
)
def test_redirects_out_of_http_have_words_of_their_own(engine: EngineName, next_url: str, expected: str) -> None:
    assert message(engine, "redirect-scheme", next_url=next_url).startswith(expected)


def test_chromium_names_a_second_location_and_a_policy_of_one_site() -> None:
    failure = Failure(code="redirect-location", section="", reason="", is_repeated=True)
    assert message("chromium", "redirect-location", failure=failure) == (
        "Failed to load resource: net::ERR_RESPONSE_HEADERS_MULTIPLE_LOCATION"
    )
    assert message("chromium", "resource-policy", detail="same-site") == (
        "Failed to load resource: net::ERR_BLOCKED_BY_RESPONSE.NotSameSite"
    )
