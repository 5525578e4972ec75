"""A process without marks: the front end takes a shorter way to the same responses."""

from collections.abc import Iterator

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.urls import path

from corswsgi import Policy
from corswsgi.django import wrap
from tests.support.asking import APP, EVIL, ask, preflight
from tests.support.django_settings import configured

GRANTED = [("Access-Control-Allow-Origin", APP), ("Vary", "Origin")]
POLICY = Policy(allow_origins=APP, allow_methods="PUT")

pytestmark = pytest.mark.usefixtures("without_marks")


def page(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("page")


def crash(request: HttpRequest) -> HttpResponse:
    raise RuntimeError(request.path)


urlpatterns = [path("page", page), path("crash", crash)]


@pytest.fixture(
    params=[
        {"CORS_POLICIES": {"/**": POLICY}},
        {"CORS_ALLOWED_ORIGINS": [APP], "CORS_URLS_REGEX": "^/(page|crash|x.*y)"},
    ]
)
def _settings(request: pytest.FixtureRequest) -> Iterator[None]:
    with configured(ROOT_URLCONF=__name__, DEBUG_PROPAGATE_EXCEPTIONS=True, **request.param):
        yield


@pytest.mark.usefixtures("_settings")
def test_settings_decide() -> None:
    app = wrap(WSGIHandler(), intercept_exceptions=True)
    for _ in range(2):
        assert ask(app, "/page", origin=APP).cors == GRANTED
        assert ask(app, "/page", origin=EVIL).cors == [("Vary", "Origin")]
        assert ask(app, "/page").cors == [("Vary", "Origin")]
        assert preflight(app, "/page").status == "200 OK"
        answer = ask(app, "/crash", origin=APP)
        assert (answer.status, answer.cors) == ("500 Internal Server Error", GRANTED)


def test_path_beyond_ascii_has_its_row() -> None:
    with configured(ROOT_URLCONF=__name__, CORS_POLICIES={"/ä/**": POLICY}):
        app = wrap(WSGIHandler())
        for _ in range(2):
            assert ask(app, "/ä/b".encode().decode("latin-1"), origin=APP).cors == GRANTED
            assert ask(app, "/page", origin=APP).cors == []
