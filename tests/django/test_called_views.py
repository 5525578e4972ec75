"""What Django calls in place of a decorated view, and records nothing, is that view for all who look at it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import ResolverMatch, path, reverse

from corswsgi import Policy
from corswsgi.django import cors, wrap
from tests.support.asking import APP, ask
from tests.support.django_settings import configured

GRANTED = [("Access-Control-Allow-Origin", APP), ("Vary", "Origin")]
OWN = Policy(allow_origins=APP)

seen: list[object] = []


@cors(OWN)
def news(request: HttpRequest, item: int = 1) -> HttpResponse:
    """Show the news."""
    return HttpResponse(f"news {item}")


@cors(None)
def closed(request: HttpRequest) -> HttpResponse:
    return HttpResponse("closed")


vars(news)["is_public"] = True


def through(request: HttpRequest) -> HttpResponse:
    return news(request)


def around(request: HttpRequest) -> HttpResponse:
    return closed(request)


def tenant(request: HttpRequest) -> HttpResponse:
    raise AssertionError("a middleware has answered")


class Tenant:
    urlpatterns = (path("news/", cors(None)(tenant)),)


class Middleware:
    """Looks at what it is given, and answers by itself if it is asked to."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Choose the urlconf by the host."""
        if request.get_host() == "tenant.example":
            request.urlconf = Tenant
            return HttpResponse("log in", status=401)
        return self._get_response(request)

    def process_view(self, request: HttpRequest, view: Any, *_: Any) -> None:
        """Remember the names and attributes of the view."""
        match = request.resolver_match
        assert match is not None
        seen[:] = [
            view.__name__,
            view.__qualname__,
            view.__module__,
            view.__doc__,
            vars(view).get("is_public"),
            match.func,
        ]


@cors(None)
def hidden(request: HttpRequest) -> HttpResponse:
    return HttpResponse("hidden")


called: list[Any] = []


class Inner:
    """An application without a front: its view calls a function that no router finds."""

    urlpatterns = (path("inner/", lambda request: called[0](request)),)  # noqa: PLW0108  (it is filled later)


def outer(request: HttpRequest) -> HttpResponse:
    with override_settings(ROOT_URLCONF=Inner):
        return HttpResponse(ask(WSGIHandler(), "/inner/").body)


urlpatterns = [
    path("outer/", outer), path("news/", news), path("news/<int:item>/", news, name="item"), path("closed/", closed),
    path("through/", through), path("around/", around),
]  # fmt: skip


@pytest.fixture(autouse=True)
def _settings() -> Iterator[None]:
    with configured(ROOT_URLCONF=__name__, MIDDLEWARE=[f"{__name__}.Middleware"]):
        yield


def test_middleware_sees_names_and_attributes_of_the_view() -> None:
    app = wrap(WSGIHandler())
    for _ in range(2):
        assert ask(app, "/news/2/", origin=APP).body == b"news 2"
        assert seen == ["news", "news", __name__, "Show the news.", True, news]


def test_view_is_still_found_by_itself() -> None:
    app = wrap(WSGIHandler())
    for _ in range(2):
        assert ask(app, "/news/", origin=APP).cors == GRANTED
        assert reverse(news) == "/news/"
        assert reverse(news, kwargs={"item": 3}) == reverse("item", kwargs={"item": 3}) == "/news/3/"


@pytest.mark.parametrize("first", ["/news/", "/through/"])
def test_view_that_another_view_calls_is_recorded_whichever_is_first(first: str) -> None:
    with override_settings(CORS_POLICIES={"/**": Policy(allow_origins="*")}):
        app = wrap(WSGIHandler())
        for url in (first, "/news/", "/through/", "/news/", "/through/"):
            assert ask(app, url, origin=APP).cors == GRANTED
        for url in ("/around/", "/closed/", "/around/"):
            assert ask(app, url, origin=APP).cors == []


def test_function_that_runs_in_an_application_without_a_front_is_recorded_nowhere_else() -> None:
    called[:] = [hidden]
    with override_settings(CORS_POLICIES={"/**": OWN}):
        app = wrap(WSGIHandler())
        for _ in range(2):
            response = ask(app, "/outer/", origin=APP)
            assert (response.cors, response.body) == (GRANTED, b"hidden")


def test_handler_that_overrides_resolving_gets_what_django_resolves() -> None:
    resolved: list[object] = []

    class Handler(WSGIHandler):
        def resolve_request(self, request: HttpRequest) -> object:
            resolved.append(super().resolve_request(request))
            return resolved[-1]

    app = wrap(Handler())
    for _ in range(2):
        assert ask(app, "/news/", origin=APP).cors == GRANTED
    assert [type(each) for each in resolved] == [ResolverMatch] * 2


def test_answer_of_a_middleware_has_the_policy_of_the_urlconf_that_it_has_chosen() -> None:
    with override_settings(CORS_POLICIES={"/**": OWN}):
        app = wrap(WSGIHandler())
        for _ in range(2):
            response = ask(app, "/news/", origin=APP, host="tenant.example")
            assert (response.status, response.cors) == ("401 Unauthorized", [])
        assert ask(app, "/news/", origin=APP).cors == GRANTED
