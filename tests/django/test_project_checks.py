"""`manage.py check` on the rest of a project: `wsgi.py`, ASGI, Django's protection from CSRF."""

import sys
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import TYPE_CHECKING

import pytest
from django.core.checks import run_checks
from django.core.handlers.wsgi import WSGIHandler
from django.middleware.csrf import CsrfViewMiddleware
from django.test import override_settings

from corswsgi import Policy
from corswsgi.django import wrap
from tests.support.django_settings import configured

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

CSRF = "django.middleware.csrf.CsrfViewMiddleware"
APP = "https://app.example.com"


class Urls:
    urlpatterns: tuple[object, ...] = ()


class Ours(CsrfViewMiddleware):
    """A middleware of a project."""


@pytest.fixture(autouse=True)
def project() -> Iterator[None]:
    with configured(ROOT_URLCONF=Urls):
        yield


class Around:
    """Some other middleware of WSGI; some are slotted, and some are methods."""

    def __init__(self, application: "WSGIApplication") -> None:
        self.application = application
        self.itself = self

    def serve(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        return self.application(environ, start_response)


def around(application: "WSGIApplication") -> "WSGIApplication":
    unknown: bytes
    if application is None:
        unknown = b""

    def serve(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        return application(environ, start_response) or [unknown]

    return serve


def ids(**words: object) -> list[str]:
    with override_settings(**words):
        return [str(each.id) for each in run_checks() if str(each.id).startswith("corswsgi.")]


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    made = ModuleType("project_of_tests")
    monkeypatch.setitem(sys.modules, made.__name__, made)
    return made


def test_unchanged_wsgi_py_is_warned_of(module: ModuleType) -> None:
    module.__dict__["application"] = WSGIHandler()
    served = {"INSTALLED_APPS": ["corswsgi.django"], "WSGI_APPLICATION": "project_of_tests.application"}
    assert ids(**served) == ["corswsgi.not-in-wsgi"]
    assert ids(**{**served, "INSTALLED_APPS": []}) == []


@pytest.mark.parametrize("in_front", [lambda app: app, lambda app: Around(app).serve, around, Around])
def test_wsgi_py_that_is_ours_is_not_warned_of_whatever_is_around_it(module: ModuleType, in_front: object) -> None:
    assert callable(in_front)
    module.__dict__["application"] = in_front(wrap(WSGIHandler()))
    assert ids(INSTALLED_APPS=["corswsgi.django"], WSGI_APPLICATION="project_of_tests.application") == []


def test_wsgi_py_that_cannot_be_imported_is_left_to_the_server() -> None:
    assert ids(INSTALLED_APPS=["corswsgi.django"], WSGI_APPLICATION="nowhere.to_be.found") == []


def test_application_of_asgi_alone_is_warned_of(module: ModuleType) -> None:
    assert ids(INSTALLED_APPS=["corswsgi.django"], ASGI_APPLICATION="project.asgi.application") == ["corswsgi.asgi"]
    module.__dict__["application"] = wrap(WSGIHandler())
    both = {"WSGI_APPLICATION": "project_of_tests.application", "ASGI_APPLICATION": "project.asgi.application"}
    assert ids(INSTALLED_APPS=["corswsgi.django"], **both) == []


@pytest.mark.parametrize("middleware", [CSRF, f"{__name__}.Ours"])
def test_origin_with_credentials_that_csrf_protection_does_not_trust_is_warned_of(middleware: str) -> None:
    words = {
        "MIDDLEWARE": ["nowhere.Middleware", middleware],
        "CORS_ALLOWED_ORIGINS": [APP, "https://a.example.org", "https://*.example.net", "http://localhost:*"],
        "CORS_ALLOW_CREDENTIALS": True,
        "CSRF_TRUSTED_ORIGINS": ["https://*.example.org", "https://*.example.net"],
    }
    with override_settings(**words):
        [found] = [each for each in run_checks() if str(each.id).startswith("corswsgi.")]
    assert (found.id, found.hint) == ("corswsgi.not-csrf-trusted", f"add {APP!r} to CSRF_TRUSTED_ORIGINS")
    assert found.msg == (
        f"CSRF_TRUSTED_ORIGINS: {APP!r} is not in it: its POST with a cookie of a session is a 403 of Django's"
    )
    assert ids(**{**words, "MIDDLEWARE": []}) == []
    assert ids(**{**words, "CORS_ALLOW_CREDENTIALS": False}) == []
    assert ids(**{**words, "CSRF_TRUSTED_ORIGINS": [APP, "https://*.example.org", "https://*.example.net"]}) == []


def test_origins_of_a_table_and_of_a_regex_of_paths_are_looked_at_too() -> None:
    with_cookies = Policy(allow_origins=APP, allow_credentials=True)
    table = {"/a": with_cookies, "/b": None}
    assert ids(MIDDLEWARE=[CSRF], CORS_POLICIES=table) == ["corswsgi.not-csrf-trusted"]
    theirs = {"CORS_ALLOWED_ORIGINS": [APP], "CORS_ALLOW_CREDENTIALS": True, "CORS_URLS_REGEX": "^/(a|b)/"}
    assert ids(MIDDLEWARE=[CSRF], **theirs) == ["corswsgi.not-csrf-trusted"]
    assert ids(MIDDLEWARE=[CSRF], **{**theirs, "CORS_ALLOWED_ORIGINS": ["null"]}) == ["corswsgi.null-origin"]
