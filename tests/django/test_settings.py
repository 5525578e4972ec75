"""The table of the settings, in django-cors-headers' names and in ours."""

import logging
import pickle
import re
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest
from django.test import override_settings

from corswsgi import CORSMiddleware, PolicyError
from corswsgi.browser import Page
from corswsgi.cli.explain_advice import advise
from corswsgi.cli.words import in_words
from corswsgi.django import check_request_enabled, default_headers, default_methods, wrap
from corswsgi.django.settings import read_settings
from tests.support.asking import APP, EVIL, Headers, ask, hello, make_environ, preflight, run
from tests.support.django_mistakes import NOTED, REFUSED
from tests.support.django_views import ANY, GRANTED, TABLE, VARIES, Plain

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

pytestmark = pytest.mark.usefixtures("project")


GRANTED_TO_EVIL = [("Access-Control-Allow-Origin", EVIL), ("Vary", "Origin")]


@pytest.fixture
def app() -> Iterator["WSGIApplication"]:
    with override_settings(CORS_POLICIES=TABLE):
        yield wrap(WSGIHandler(), intercept_exceptions=True)


@pytest.mark.parametrize(
    ("words", "path_info", "origin", "headers"),
    [
        pytest.param({"CORS_ALLOWED_ORIGINS": [APP]}, "/", APP, GRANTED, id="list of origins"),
        pytest.param({"CORS_ALLOWED_ORIGINS": APP}, "/", APP, GRANTED, id="one origin"),
        pytest.param({"CORS_ALLOWED_ORIGINS": []}, "/", APP, VARIES, id="no origins"),
        pytest.param({"CORS_ORIGIN_WHITELIST": (APP,)}, "/", APP, GRANTED, id="old name of origins"),
        pytest.param({"CORS_ORIGIN_WHITELIST": [EVIL], "CORS_ALLOWED_ORIGINS": [APP]}, "/", EVIL, VARIES, id="both"),
        pytest.param({"CORS_ALLOW_ALL_ORIGINS": True}, "/", EVIL, ANY, id="all origins"),
        pytest.param({"CORS_ALLOW_ALL_ORIGINS": True, "CORS_ALLOWED_ORIGINS": [APP]}, "/", EVIL, ANY, id="all wins"),
        pytest.param({"CORS_ALLOW_ALL_ORIGINS": False}, "/", EVIL, VARIES, id="not all origins"),
        pytest.param({"CORS_ORIGIN_ALLOW_ALL": True}, "/", EVIL, ANY, id="old name of all origins"),
        pytest.param({"CORS_ALLOWED_ORIGIN_REGEXES": [r"^https://\w+\.example\.com$"]}, "/", APP, GRANTED, id="regex"),
        pytest.param({"CORS_ORIGIN_REGEX_WHITELIST": [re.compile(r"https://app\.example\.com")]}, "/", APP, GRANTED,
                     id="old name of regexes, a compiled one"),
        pytest.param({"CORS_ALLOWED_ORIGIN_REGEXES": [r"^https://evil\.ex"]}, "/", EVIL, VARIES, id="whole origin"),
        pytest.param({"CORS_ALLOW_CREDENTIALS": True, "CORS_EXPOSE_HEADERS": ["X-A", "X-B"],
                      "CORS_ALLOWED_ORIGINS": [APP]}, "/", APP,
                     [GRANTED[0], ("Access-Control-Allow-Credentials", "true"),
                      ("Access-Control-Expose-Headers", "X-A, X-B"), GRANTED[1]], id="credentials, exposed headers"),
        pytest.param({"CORS_URLS_REGEX": "^/foo/$"}, "/foo/", APP, GRANTED, id="one path"),
        pytest.param({"CORS_URLS_REGEX": "^/foo/$"}, "/foo/x", APP, [], id="a path below it"),
        pytest.param({"CORS_URLS_REGEX": "^/api/"}, "/api/x", APP, GRANTED, id="beginning of a path"),
        pytest.param({"CORS_URLS_REGEX": "^/api/.*$"}, "/api/x", APP, GRANTED, id="beginning and anything"),
        pytest.param({"CORS_URLS_REGEX": "^/api/.*$"}, "/api/", APP, GRANTED, id="beginning alone"),
        pytest.param({"CORS_URLS_REGEX": "^/api/.*$"}, "/api", APP, GRANTED, id="beginning without its slash"),
        pytest.param({"CORS_URLS_REGEX": "^/.*"}, "/x", APP, GRANTED, id="any path after its slash"),
        pytest.param({"CORS_URLS_REGEX": "^.*$"}, "/x", APP, GRANTED, id="any path"),
        pytest.param({"CORS_URLS_REGEX": "/api"}, "/apix", APP, GRANTED, id="beginning of a segment"),
        pytest.param({"CORS_URLS_REGEX": "/api"}, "/x/api", APP, [], id="beginning of a segment, elsewhere"),
        pytest.param({"CORS_URLS_REGEX": r"^/v\d+/"}, "/v12/x", APP, GRANTED, id="regex that no pattern says"),
        pytest.param({"CORS_URLS_REGEX": r"^/v\d+/"}, "/v/x", APP, [], id="path that it does not match"),
        pytest.param({"CORS_URLS_REGEX": r"^/v\d+/"}, "/v1/../x", APP, [], id="ambiguous path that it matches"),
        pytest.param({"CORS_URLS_REGEX": re.compile("^/FOO/$", re.IGNORECASE)}, "/foo/", APP, GRANTED, id="its flags"),
        pytest.param({"CORS_URLS_REGEX": "^/é/$"}, "/\xc3\xa9/", APP, GRANTED, id="path beyond ASCII"),
        pytest.param({"CORS_URLS_REGEX": "$"}, "/", APP, [], id="no path"),
        pytest.param({"CORS_ALLOW_PRIVATE_NETWORK": False}, "/", APP, VARIES, id="no private network"),
    ],
)  # fmt: skip
def test_their_words_mean_what_they_say(
    words: dict[str, object], path_info: str, origin: str, headers: Headers
) -> None:
    if "CORS_URLS_REGEX" in words:
        words = {"CORS_ALLOWED_ORIGINS": [APP], **words}
    with override_settings(ROOT_URLCONF=Plain, **words):
        assert ask(wrap(WSGIHandler()), path_info, origin=origin).cors == headers


@pytest.mark.parametrize(
    ("words", "headers"),
    [
        pytest.param(
            {},
            [
                ("Access-Control-Allow-Methods", ", ".join(default_methods)),
                ("Access-Control-Allow-Headers", ", ".join(default_headers)),
                ("Access-Control-Max-Age", "86400"),
            ],
            id="defaults",
        ),
        pytest.param(
            {
                "CORS_ALLOW_METHODS": ["PUT"],
                "CORS_ALLOW_HEADERS": [*default_headers[:1], "dnt", "x-a"],
                "CORS_PREFLIGHT_MAX_AGE": 0,
            },
            [("Access-Control-Allow-Methods", "PUT"), ("Access-Control-Allow-Headers", "accept, x-a")],
            id="header that no page can set, no max age",
        ),
        pytest.param(
            {"CORS_ALLOW_METHODS": (), "CORS_ALLOW_HEADERS": "x-a", "CORS_PREFLIGHT_MAX_AGE": 60},
            [("Access-Control-Allow-Headers", "x-a"), ("Access-Control-Max-Age", "60")],
            id="one header",
        ),
    ],
)
def test_preflight_says_their_words(words: dict[str, object], headers: Headers) -> None:
    with override_settings(ROOT_URLCONF=Plain, CORS_ALLOWED_ORIGINS=[APP], **words):
        assert preflight(wrap(WSGIHandler()), "/", APP).cors == [GRANTED[0], *headers, GRANTED[1]]


@pytest.mark.parametrize(("words", "problems"), REFUSED)
def test_settings_are_refused_with_all_their_mistakes(
    words: dict[str, object], problems: list[tuple[str, str]]
) -> None:
    with override_settings(**words), pytest.raises(PolicyError) as caught:
        wrap(WSGIHandler())
    assert [(problem.code, problem.field) for problem in caught.value.problems] == problems


@pytest.mark.parametrize(("words", "notes"), NOTED)
def test_settings_that_seem_to_mean_something_else_are_noted(
    words: dict[str, object], notes: list[tuple[str, str]], caplog: pytest.LogCaptureFixture
) -> None:
    with override_settings(**words), caplog.at_level(logging.WARNING, "corswsgi"):
        wrap(WSGIHandler())
    logged = [re.search(r"^(\S+): .* \(([a-z-]+)\); ", record.getMessage()) for record in caplog.records]
    assert [(found[2], found[1]) for found in logged if found] == notes


def test_hints_are_in_the_words_of_the_settings() -> None:
    words = {"CORS_ALLOW_CREDENTIALS": True, "CORS_ALLOWED_ORIGINS": ["https://*.github.io"]}
    with override_settings(**words), pytest.raises(PolicyError) as caught:
        wrap(WSGIHandler())
    assert [problem.hint for problem in caught.value.problems] == [
        "write out the hosts that are yours, or use CORS_POLICIES with dangerously_allow_public_suffixes=True"
    ]
    with (
        override_settings(CORS_ALLOW_CREDENTIALS=True, CORS_ALLOW_ALL_ORIGINS=True),
        pytest.raises(PolicyError, match="or remove CORS_ALLOW_CREDENTIALS"),
    ):
        wrap(WSGIHandler())


@pytest.fixture
def received() -> Iterator[list[tuple[str, bytes]]]:
    """Give what a receiver of the signal saw; it allows any origin below /foo/."""
    seen: list[tuple[str, bytes]] = []

    def allow(sender: object, request: HttpRequest, **_: object) -> bool:
        seen.append((request.path_info, request.body))
        return str(request.path_info).startswith("/foo/")

    check_request_enabled.connect(allow)
    yield seen
    check_request_enabled.disconnect(allow)


def test_receiver_of_the_signal_allows_what_no_setting_allows(received: list[tuple[str, bytes]]) -> None:
    with override_settings(ROOT_URLCONF=Plain, CORS_ALLOWED_ORIGINS=[APP]):
        app = wrap(WSGIHandler())
        assert ask(app, "/foo/", origin=EVIL).cors == GRANTED_TO_EVIL
        assert ask(app, "/", origin=EVIL).cors == VARIES
        assert ask(app, "/", origin=APP).cors == GRANTED
    assert [path_info for path_info, _ in received] == ["/foo/", "/"]


def test_receivers_are_described_where_some_are_connected(received: list[tuple[str, bytes]]) -> None:
    with override_settings(CORS_ALLOWED_ORIGINS=[APP]):
        policy = read_settings().table.rows["/**"]
    assert pickle.loads(pickle.dumps(policy)) == policy  # noqa: S301  (our own)
    assert in_words(policy).startswith(f"pages of {APP} and origins that receivers of check_request_enabled allow may")
    assert received == []


def test_receivers_are_not_described_where_none_is_connected() -> None:
    with override_settings(CORS_ALLOWED_ORIGINS=[APP]):
        assert in_words(read_settings().table.rows["/**"]).startswith(f"pages of {APP} may")
    with override_settings(CORS_ALLOWED_ORIGINS=[]):
        assert in_words(read_settings().table.rows["/**"]).startswith("pages of no origin may")


def test_receiver_of_the_signal_leaves_the_body_to_the_application(received: list[tuple[str, bytes]]) -> None:
    environ = make_environ("/foo/", "POST", origin=EVIL)
    environ.update({"CONTENT_LENGTH": "4", "wsgi.input": BytesIO(b"body")})
    with override_settings(ROOT_URLCONF=Plain, CORS_ALLOWED_ORIGINS=[APP]):
        assert run(wrap(WSGIHandler()), environ).body == b"body"
    assert received == [("/foo/", b"")]


def test_advice_of_explain_names_the_settings() -> None:
    with override_settings(CORS_ALLOWED_ORIGINS=["https://app.example.com"], CORS_URLS_REGEX="^/api/"):
        table = read_settings().table
    page = Page("https://app.example.com", CORSMiddleware(hello, table))
    advice = [advise(page.explain(path, method="REPORT"), table) for path in ("/api/x", "/y")]
    assert [each.lines for each in advice if each is not None] == [
        ("the settings: add `REPORT` to `CORS_ALLOW_METHODS`",),
        ("no row matches `/y`; if pages of https://app.example.com are yours, have CORS_URLS_REGEX match '/y'",),
    ]


def test_regex_of_urls_that_can_take_long_is_refused() -> None:
    words = {"CORS_ALLOWED_ORIGINS": [APP], "CORS_URLS_REGEX": r"^/(?:[a-z]+)+!"}
    with override_settings(**words), pytest.raises(PolicyError) as caught:
        wrap(WSGIHandler())
    assert [(problem.code, problem.field) for problem in caught.value.problems] == [("slow-regex", "CORS_URLS_REGEX")]
