"""The entries of lists in the settings: each is mended, left out or refused at its place."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings

from corswsgi import PolicyError
from corswsgi.django import wrap
from corswsgi.django.settings import read_settings
from tests.support.asking import APP, EVIL, ask, preflight
from tests.support.django_views import TABLE, Plain

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

pytestmark = pytest.mark.usefixtures("project")


@pytest.fixture
def app() -> Iterator["WSGIApplication"]:
    with override_settings(CORS_POLICIES=TABLE):
        yield wrap(WSGIHandler(), intercept_exceptions=True)


@pytest.mark.parametrize(
    ("words", "origin", "may_read"),
    [
        pytest.param({"CORS_ALLOWED_ORIGIN_REGEXES": ["^http://localhost"]}, "http://localhost:3000", True, id="port"),
        pytest.param(
            {"CORS_ALLOWED_ORIGIN_REGEXES": ["^http://localhost"]}, "http://localhost.evil.example", False, id="host"
        ),
        pytest.param(
            {"CORS_ALLOWED_ORIGIN_REGEXES": [r".*\.app\.example.*"]}, "https://x.app.example:8443", True, id="any end"
        ),
        pytest.param(
            {"CORS_ALLOWED_ORIGIN_REGEXES": [r".*\.app\.example.*"]},
            "https://x.app.example.evil.example",
            False,
            id="a stranger's end",
        ),
        pytest.param(
            {"CORS_ALLOWED_ORIGIN_REGEXES": ["http://localhost:*"]}, "http://localhost:5", True, id="wildcard"
        ),
        pytest.param({"CORS_ALLOWED_ORIGIN_REGEXES": [".*", "^https://a$"]}, EVIL, True, id="anything"),
        pytest.param({"CORS_ALLOWED_ORIGIN_REGEXES": ["^.*$"]}, "null", True, id="anything, null as well"),
    ],
)
def test_end_of_a_regex_is_a_port_and_a_wildcard_stays_one(
    words: dict[str, object], origin: str, may_read: bool
) -> None:
    with override_settings(ROOT_URLCONF=Plain, **words):
        answer = ask(wrap(WSGIHandler()), "/", origin=origin)
        assert (dict(answer.cors).get("Access-Control-Allow-Origin") in {origin, "*"}) is may_read


_LOCAL = (
    "write 'http://localhost:*' for any port of this machine, or list the origins, or remove CORS_ALLOW_CREDENTIALS"
)


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ({"CORS_ALLOWED_ORIGINS": [APP, "*"]}, "remove it, or set CORS_ALLOW_ALL_ORIGINS = True"),
        ({"CORS_ALLOWED_ORIGINS": "*"}, "set CORS_ALLOW_ALL_ORIGINS = True"),
        ({"CORS_ALLOWED_ORIGINS": [r"^https://\w+\.example\.com$"]}, "write it in CORS_ALLOWED_ORIGIN_REGEXES"),
        (
            {"CORS_ALLOWED_ORIGIN_REGEXES": [r"^https://pr-.*-mine\.vercel\.app$"], "CORS_ALLOW_CREDENTIALS": True},
            "write out the hosts that are yours, or use CORS_POLICIES with dangerously_allow_public_suffixes=True",
        ),
        (
            {"CORS_ALLOWED_ORIGIN_REGEXES": ["^http://localhost:*([0-9]+)?$"], "CORS_ALLOW_CREDENTIALS": True},
            _LOCAL,
        ),
    ],
)
def test_hint_leads_to_what_is_meant(words: dict[str, object], hint: str) -> None:
    with override_settings(**words), pytest.raises(PolicyError) as caught:
        wrap(WSGIHandler())
    assert [problem.hint for problem in caught.value.problems] == [hint]


def test_names_of_response_headers_stay_listed_for_pages_that_send_them() -> None:
    words = {"CORS_ALLOWED_ORIGINS": [APP], "CORS_ALLOW_HEADERS": ["x-a", "Access-Control-Allow-Origin"]}
    with override_settings(ROOT_URLCONF=Plain, **words):
        answer = preflight(wrap(WSGIHandler()), "/", APP, names="access-control-allow-origin")
    assert ("Access-Control-Allow-Headers", "x-a, Access-Control-Allow-Origin") in answer.cors
    with override_settings(ROOT_URLCONF=Plain, **{**words, "CORS_ALLOW_HEADERS": ["*", "Access-Control-Max-Age"]}):
        policy = read_settings().table.rows["/**"]
    assert policy is not None
    assert policy.allow_headers == ("*",)


def test_note_of_a_mended_regex_shows_what_was_written() -> None:
    regex = r"^https?://\w+\.example\.com"
    with override_settings(CORS_ALLOWED_ORIGIN_REGEXES=[regex], CORS_ALLOW_CREDENTIALS=True):
        messages = {note.code: note.message for note in read_settings().notes}
    assert messages["insecure-origin-with-credentials"].startswith(f"r'{regex}' also matches http: origins")
