"""A process without marks: the front end takes a shorter way to the same responses."""

from collections.abc import Callable, Iterator

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.urls import path

from corswsgi import Policy
from corswsgi.django import cors, wrap
from tests.support.asking import APP, EVIL, ask, preflight
from tests.support.django_settings import configured

GRANTED = [("Access-Control-Allow-Origin", APP), ("Vary", "Origin")]
POLICY = Policy(allow_origins=APP, allow_methods="PUT")

pytestmark = pytest.mark.usefixtures("without_marks")


def page(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("page")


def crash(request: HttpRequest) -> HttpResponse:
    raise RuntimeError(request.path)


urlpatterns = [path("page", page), path("crash", crash), path("late", lambda request: late(request))]  # noqa: PLW0108


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


helpers: list[Callable[[HttpRequest], HttpResponse]] = []


def late(request: HttpRequest) -> HttpResponse:
    if not helpers:
        helpers.append(cors(None)(page))
    return helpers[0](request)


class LateUrls:
    """An urlconf whose views are imported when the first request for it comes."""

    def __init__(self) -> None:
        self._patterns: list[object] = []

    @property
    def urlpatterns(self) -> list[object]:
        """Import the views."""
        if not self._patterns:
            self._patterns = [path("page", cors(None)(page)), path("me", page)]
        return self._patterns


class Tenants:
    """Some requests have the other urlconf."""

    late = LateUrls()

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Choose it by the host."""
        if request.get_host() == "tenant.example":
            request.urlconf = self.late
        return self._get_response(request)


def test_function_that_is_marked_while_its_request_is_served_decides() -> None:
    helpers.clear()
    with configured(ROOT_URLCONF=__name__, CORS_POLICIES={"/**": POLICY}):
        app = wrap(WSGIHandler())
        for _ in range(2):
            assert ask(app, "/late", origin=APP).cors == []
            assert ask(app, "/page", origin=APP).cors == GRANTED


def test_view_that_is_imported_while_its_request_is_served_decides() -> None:
    Tenants.late = LateUrls()
    with configured(ROOT_URLCONF=__name__, CORS_POLICIES={"/**": POLICY}, MIDDLEWARE=[f"{__name__}.Tenants"]):
        app = wrap(WSGIHandler())
        for _ in range(2):
            assert ask(app, "/page", origin=APP, host="tenant.example").cors == []
            assert ask(app, "/me", origin=APP, host="tenant.example").cors == GRANTED
            assert ask(app, "/page", origin=APP).cors == GRANTED
