"""Projects whose middlewares, handlers and views do what few projects do. Each starts with its first request."""

import gc
import sys
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from types import ModuleType
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import Resolver404, get_resolver, include, path
from django.views import View

from corswsgi import Decision
from corswsgi.django import cors, wrap
from tests.support.asking import APP, EVIL, ask, make_environ, preflight, run
from tests.support.django_settings import configured
from tests.support.django_views import ANY, GRANTED, PARTNER, PARTNERS, PUBLIC, TABLE, VARIES

TENANT, SHOP = "tenant.example", "shop.example"
_GetResponse = Callable[[HttpRequest], HttpResponse]


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse("plain")


@cors(PUBLIC)
def news(request: HttpRequest) -> HttpResponse:
    return HttpResponse("news")


class Desk(View):
    @cors(PUBLIC)
    def post(self, _request: HttpRequest) -> HttpResponse:
        return HttpResponse("posted")

    @cors(None)
    def delete(self, _request: HttpRequest) -> HttpResponse:
        return HttpResponse("deleted")


@dataclass
class Page:
    """A view without a hash."""

    text: str

    def __call__(self, _request: HttpRequest) -> HttpResponse:
        return HttpResponse(self.text)


urlpatterns = [
    path("plain", plain),
    path("news", news),
    path("desk", Desk.as_view()),
    path("tea/", cors(PUBLIC)(plain)),
    path("page", Page("page")),
    path("v1/", include([path("news", news)])),
]
tenants_urls = ModuleType("odd_tenant")
vars(tenants_urls)["urlpatterns"] = [path("news", cors(None)(plain)), path("tea/", cors(PARTNERS)(plain))]


class Late:
    """Change the method and refuse a view, as middlewares do that need the body or the view."""

    def __init__(self, get_response: _GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(self, request: HttpRequest, view: object, *_: object) -> HttpResponse | None:
        request.method = request.headers.get("X-Method", request.method)
        return HttpResponse("refused", status=403) if view is news else None


def crash(get_response: _GetResponse) -> _GetResponse:
    def serve(request: HttpRequest) -> HttpResponse:
        request.method = request.headers.get("X-Method", request.method)
        raise RuntimeError

    return serve


def by_host(get_response: _GetResponse) -> _GetResponse:
    """Let the host or a header choose the tenant, and answer by itself, if it is asked to."""

    def serve(request: HttpRequest) -> HttpResponse:
        if request.get_host() == TENANT or "X-Tenant" in request.headers:
            request.urlconf = "odd_tenant"
        return HttpResponse("closed") if "X-Closed" in request.headers else get_response(request)

    return serve


@pytest.fixture(autouse=True)
def _project(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(sys.modules, "odd_tenant", tenants_urls)
    with configured(ROOT_URLCONF=__name__, CORS_POLICIES=TABLE):
        yield


def test_middleware_sees_the_view_itself() -> None:
    with override_settings(MIDDLEWARE=[f"{__name__}.Late"]):
        app = wrap(WSGIHandler())
        for _ in range(3):
            assert ask(app, "/news").status == "403 Forbidden"


def test_method_that_a_middleware_changes_after_routing_decides() -> None:
    with override_settings(MIDDLEWARE=[f"{__name__}.Late"]):
        app = wrap(WSGIHandler())
        for method, headers in (("DELETE", []), ("POST", ANY), ("DELETE", [])):
            assert ask(app, "/desk", "POST", origin=EVIL, x_method=method).cors == headers


def test_method_that_a_middleware_has_set_before_it_raises_decides() -> None:
    with override_settings(MIDDLEWARE=[f"{__name__}.crash"], DEBUG_PROPAGATE_EXCEPTIONS=True):
        app = wrap(WSGIHandler(), intercept_exceptions=True)
        assert ask(app, "/desk", "POST", origin=EVIL).cors == ANY
        with pytest.raises(RuntimeError):
            ask(app, "/desk", "POST", origin=EVIL, x_method="DELETE")


class OfTenant(WSGIHandler):
    def resolve_request(self, request: HttpRequest) -> Any:
        super().resolve_request(request)
        request.resolver_match = get_resolver("odd_tenant").resolve(request.path_info)
        return request.resolver_match


class WithFallback(WSGIHandler):
    def resolve_request(self, request: HttpRequest) -> Any:
        try:
            return super().resolve_request(request)
        except Resolver404:
            return news, (), {}


def test_handler_that_routes_by_itself_decides() -> None:
    app = wrap(OfTenant())
    for _ in range(2):
        assert ask(app, "/news", origin=APP).cors == []
        assert ask(app, "/tea/", origin=PARTNER).cors == [("Access-Control-Allow-Origin", PARTNER), *VARIES]
    app = wrap(WithFallback())
    for _ in range(2):
        assert ask(app, "/news", origin=EVIL).cors == ANY
        assert ask(app, "/nothing", origin=EVIL).cors == ANY


def test_preflight_of_a_host_with_several_urlconfs_is_refused_in_whatever_order_they_came() -> None:
    with override_settings(MIDDLEWARE=[f"{__name__}.by_host"]):
        for tenant_first in (True, False):
            app = wrap(WSGIHandler())
            ask(app, "/news", host="another.example")
            for is_tenant in (tenant_first, not tenant_first):
                headers = {"x_tenant": "1"} if is_tenant else {}
                assert ask(app, "/news", origin=EVIL, host=SHOP, **headers).cors == ([] if is_tenant else ANY)
            asked = {"access_control_request_method": "PUT"}
            assert ask(app, "/tea/", "OPTIONS", origin=PARTNER, host=SHOP, **asked).cors == []


def test_first_request_of_a_tenant_that_a_middleware_answers_has_the_policy_of_its_view() -> None:
    no_marks = ModuleType("odd_root")
    vars(no_marks)["urlpatterns"] = [path("news", plain)]
    with override_settings(MIDDLEWARE=[f"{__name__}.by_host"], ROOT_URLCONF=no_marks):
        app = wrap(WSGIHandler())
        assert ask(app, "/news", origin=APP, host=SHOP).cors == GRANTED
        assert ask(app, "/news", origin=APP, host=TENANT, x_closed="1").cors == []
        assert ask(app, "/news", origin=APP, host=SHOP, x_tenant="1", x_closed="1").cors == []


def test_redirect_of_a_tenant_has_the_policy_of_its_own_view() -> None:
    with override_settings(MIDDLEWARE=[f"{__name__}.by_host", "django.middleware.common.CommonMiddleware"]):
        app = wrap(WSGIHandler())
        ask(app, "/news", host=SHOP)
        response = ask(app, "/tea", origin=PARTNER, host=SHOP, x_tenant="1")
        assert response.status == "301 Moved Permanently"
        assert response.cors == [("Access-Control-Allow-Origin", PARTNER), *VARIES]


def test_decision_names_each_route_of_a_function() -> None:
    decisions: list[Decision] = []
    app = wrap(WSGIHandler(), on_decision=decisions.append)
    for route in ("/news", "/v1/news", "/news"):
        ask(app, route, origin=EVIL)
        preflight(app, route)
    assert [each.path_pattern for each in decisions] == ["/news"] * 2 + ["/v1/news"] * 2 + ["/news"] * 2


def test_view_without_a_hash_is_served() -> None:
    app = wrap(WSGIHandler())
    assert ask(app, "/page", origin=APP).cors == GRANTED
    assert cors(PUBLIC)(Page("marked"))(HttpRequest()).content == b"marked"


@pytest.mark.parametrize("route", ["/plain", "/news"])
def test_request_is_freed_without_the_garbage_collector(route: str) -> None:
    class Body(BytesIO):
        pass

    for on_decision in (None, list[Decision]().append):
        app = wrap(WSGIHandler(), on_decision=on_decision)
        ask(app, route, origin=APP)
        body = Body()
        alive = weakref.ref(body)
        environ = make_environ(route, origin=APP) | {"wsgi.input": body}
        gc.collect()
        gc.disable()
        try:
            run(app, environ)
            del environ, body
            assert alive() is None
        finally:
            gc.enable()
