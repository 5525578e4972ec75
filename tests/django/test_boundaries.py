"""Settings of Django's own and of CORS at their boundaries, seen through requests."""

from collections.abc import Callable, Iterator

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path
from django.views import View

from corswsgi import CORSMiddleware, Policy, PolicyError
from corswsgi.django import cors, get_wsgi_application
from corswsgi.django.settings import read_settings
from tests.support.asking import APP, ask, make_environ, run
from tests.support.django_settings import configured


@cors(Policy(allow_origins="*"))
def news(request: HttpRequest) -> HttpResponse:
    return HttpResponse("news")


def crash(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("the database is gone")


class Desk(View):
    """One method is open, another has no CORS."""

    @cors(Policy(allow_origins="*"))
    def post(self, _request: HttpRequest) -> HttpResponse:
        """Answer a form."""
        return HttpResponse("posted")

    @cors(None)
    def delete(self, _request: HttpRequest) -> HttpResponse:
        """Answer a form that asks for DELETE."""
        return HttpResponse("deleted")


def of_forms(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Read the method of a form from a header."""

    def serve(request: HttpRequest) -> HttpResponse:
        request.method = request.headers.get("X-Method", request.method)
        return HttpResponse("closed") if request.headers.get("X-Closed") else get_response(request)

    return serve


urlpatterns = [path("news/", news), path("crash", crash), path("desk", Desk.as_view())]


@pytest.fixture(autouse=True)
def _settings() -> Iterator[None]:
    with configured(
        ROOT_URLCONF=__name__,
        MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
        CORS_POLICIES={"/**": Policy(allow_origins=APP)},
    ):
        yield


def test_other_spelling_of_a_views_last_slash_has_its_policy_whether_django_redirects_or_not() -> None:
    any_origin = [("Access-Control-Allow-Origin", "*")]
    assert ask(get_wsgi_application(), "/news/").cors == any_origin
    for append, status in ((True, "301 Moved Permanently"), (False, "404 Not Found")):
        with override_settings(APPEND_SLASH=append):
            response = ask(get_wsgi_application(), "/news")
            assert (response.status, response.cors) == (status, any_origin)


def test_method_that_a_middleware_has_set_decides_on_the_response() -> None:
    with override_settings(MIDDLEWARE=[f"{__name__}.of_forms"]):
        app = get_wsgi_application()
        for headers, granted, body in (
            ({}, [("Access-Control-Allow-Origin", "*")], b"posted"),
            ({"HTTP_X_METHOD": "DELETE"}, [], b"deleted"),
            ({"HTTP_X_METHOD": "PATCH"}, [("Access-Control-Allow-Origin", APP)], b""),
            ({"HTTP_X_METHOD": "DELETE", "HTTP_X_CLOSED": "1"}, [], b"closed"),
        ):
            response = run(app, make_environ("/desk", "POST", origin=APP) | headers)
            assert ([each for each in response.cors if each[0] != "Vary"], response.body) == (granted, body)


def test_crash_of_a_view_reaches_the_server_unless_it_is_intercepted() -> None:
    with override_settings(DEBUG_PROPAGATE_EXCEPTIONS=True), pytest.raises(RuntimeError, match="database"):
        ask(get_wsgi_application(), "/crash", origin=APP)


def test_header_that_is_not_a_string_is_refused_with_its_place() -> None:
    with (
        configured(CORS_ALLOWED_ORIGINS=[APP], CORS_ALLOW_HEADERS=["x-a", 1]),
        pytest.raises(PolicyError) as caught,
    ):
        read_settings()
    assert [(each.code, each.field) for each in caught.value.problems] == [("wrong-type", "CORS_ALLOW_HEADERS[1]")]


@pytest.mark.parametrize(
    ("regex", "patterns"),
    [
        ("^/api/.*$", ["/api/**"]),
        ("^/api/", ["/api/**"]),
        (r"^/api/v1\Z", ["/api/v1"]),
        ("^/api$", ["/api"]),
        ("^/.*$", ["/**"]),
    ],
)
def test_regex_for_paths_becomes_path_patterns(regex: str, patterns: list[str]) -> None:
    with configured(CORS_ALLOWED_ORIGINS=[APP], CORS_URLS_REGEX=regex):
        rules = read_settings()
    assert rules.paths is None
    assert list(rules.table.rows) == patterns


def test_middleware_of_a_view_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    application = get_wsgi_application()
    assert ask(application, "/news/", origin=APP).status == "200 OK"

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("made for a request")

    monkeypatch.setattr(CORSMiddleware, "__init__", refuse)
    assert ask(application, "/news/", origin=APP).cors == [("Access-Control-Allow-Origin", "*")]
