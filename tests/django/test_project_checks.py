"""`manage.py check` on the rest of a project: `wsgi.py`, ASGI, Django's protection from CSRF."""

import logging
import sys
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import TYPE_CHECKING

import pytest
from corsheaders.middleware import CorsMiddleware
from django.core.checks import run_checks
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.test import override_settings
from django.urls import path

from corswsgi import CORSMiddleware, Policy
from corswsgi.django import cors, wrap
from corswsgi.django.project import check_policies
from tests.support.django_settings import configured

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

CSRF = "django.middleware.csrf.CsrfViewMiddleware"
APP = "https://app.example.com"
INSTALLED: dict[str, object] = {"INSTALLED_APPS": ["corswsgi.django"], "CORS_CROSS_ORIGIN_WRITES": "accept"}
WITHOUT_SETTINGS: dict[str, object] = {"INSTALLED_APPS": ["corswsgi.django"]}


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
    served = {**INSTALLED, "WSGI_APPLICATION": "project_of_tests.application"}
    assert ids(**served) == ["corswsgi.not-in-wsgi"]
    assert ids(**{**served, "INSTALLED_APPS": []}) == []


@pytest.mark.parametrize("in_front", [lambda app: app, lambda app: Around(app).serve, around, Around])
def test_wsgi_py_that_is_ours_is_not_warned_of_whatever_is_around_it(module: ModuleType, in_front: object) -> None:
    assert callable(in_front)
    module.__dict__["application"] = in_front(wrap(WSGIHandler()))
    assert ids(**INSTALLED, WSGI_APPLICATION="project_of_tests.application") == []


def test_wsgi_py_that_cannot_be_imported_is_left_to_the_server() -> None:
    assert ids(**INSTALLED, WSGI_APPLICATION="nowhere.to_be.found") == []


def test_application_of_asgi_alone_is_warned_of(module: ModuleType) -> None:
    alone = {"ASGI_APPLICATION": "project.asgi.application"}
    assert ids(**INSTALLED, **alone) == ids(**WITHOUT_SETTINGS, **alone) == ["corswsgi.asgi"]
    module.__dict__["application"] = wrap(WSGIHandler())
    both = {"WSGI_APPLICATION": "project_of_tests.application", "ASGI_APPLICATION": "project.asgi.application"}
    assert ids(**INSTALLED, **both) == []


def test_project_without_any_setting_is_warned_of() -> None:
    with override_settings(**WITHOUT_SETTINGS, MIDDLEWARE=["nowhere.Middleware"]):
        [found] = [each for each in run_checks() if str(each.id).startswith("corswsgi.")]
    assert (found.id, found.level) == ("corswsgi.no-settings", logging.WARNING)
    assert found.msg == (
        "INSTALLED_APPS: it has 'corswsgi.django', but there are no CORS settings: no other origin may read anything"
    )
    assert found.hint == "set CORS_ALLOWED_ORIGINS = ['https://app.example.com'], with the origins of your pages"
    assert ids(**WITHOUT_SETTINGS, CORS_ALLOWED_ORIGINS=[APP]) == ids(INSTALLED_APPS=[]) == []


def test_misspelt_setting_alone_is_named_beside_the_missing_ones() -> None:
    assert sorted(ids(**WITHOUT_SETTINGS, CORS_ORIGINS=[APP])) == ["corswsgi.no-settings", "corswsgi.unknown-setting"]


class Marked:
    urlpatterns = (path("a", cors(Policy(allow_origins=APP))(lambda _: HttpResponse(""))),)


class Broken:
    urlpatterns = (7,)


@pytest.mark.parametrize("urls", [Marked, Broken])
def test_policy_of_a_view_is_enough_and_urls_that_cannot_be_read_are_left_to_django(urls: type) -> None:
    with override_settings(**WITHOUT_SETTINGS, ROOT_URLCONF=urls):
        assert check_policies() == []


def test_table_around_the_application_is_enough(module: ModuleType) -> None:
    served = {**WITHOUT_SETTINGS, "WSGI_APPLICATION": "project_of_tests.application"}
    module.__dict__["application"] = Around(CORSMiddleware(WSGIHandler(), {"/**": Policy(allow_origins=APP)}))
    assert ids(**served) == []
    module.__dict__["application"] = CORSMiddleware(WSGIHandler(), {})
    assert ids(**served) == ["corswsgi.no-settings"]


class Corsheaders(CorsMiddleware):
    """The middleware of django-cors-headers with something of a project."""


@pytest.mark.parametrize("name", ["corsheaders.middleware.CorsMiddleware", f"{__name__}.Corsheaders"])
def test_middleware_of_django_cors_headers_is_warned_of(name: str) -> None:
    words = {"CORS_ALLOWED_ORIGINS": [APP], "MIDDLEWARE": ["nowhere.Middleware", name]}
    with override_settings(**words):
        [found] = [each for each in run_checks() if str(each.id).startswith("corswsgi.")]
    assert (found.id, found.level) == ("corswsgi.other-middleware", logging.WARNING)
    assert found.msg == f"MIDDLEWARE: {name!r} adds CORS headers as well, by rules of its own"
    assert found.hint == "remove it, and 'corsheaders' from INSTALLED_APPS: corswsgi reads the same settings"
    assert ids(**words, ASGI_APPLICATION="project.asgi.application") == []


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
