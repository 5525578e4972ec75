"""Django: each response has the policy of the view to which Django routed it, below DRF and django-ninja, too."""

import logging
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.checks import Error, run_checks
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views import View

from corswsgi import Policy
from corswsgi.django import cors, get_wsgi_application
from corswsgi.django.checks import check_marks
from tests.support.django_settings import configured
from tests.support.scenarios import ALLY, EVIL, WEB, Row, Want, problems

Q = Policy(allow_origins=ALLY, allow_methods=["PATCH"], max_age=60)
OPEN = Policy(allow_origins="*")
TENANT = {"HTTP_HOST": "tenant.shop.example"}


def by_host(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    def serve(request: HttpRequest) -> HttpResponse:
        if request.get_host() == TENANT["HTTP_HOST"]:
            request.urlconf = "case_tenant"
        return get_response(request)

    return serve


def bare(view: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate without `functools.wraps`."""

    def inner(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs)

    return inner


def says(text: str) -> Callable[..., HttpResponse]:
    return lambda _request: HttpResponse(text)


class Page(View):
    @cors(Q)
    def get(self, _request: HttpRequest) -> HttpResponse:
        return HttpResponse("page")

    def patch(self, _request: HttpRequest) -> HttpResponse:
        return HttpResponse("patched")


def hidden_view(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("hidden")


def lost_operation(request: HttpRequest) -> dict[str, int]:
    return {"lost": 1}


@pytest.fixture
def urls() -> Iterator[None]:
    """Configure a project with two urlconfs, and views of every kind."""
    with configured(
        ROOT_URLCONF="case_main",
        MIDDLEWARE=[f"{__name__}.by_host"],
        REST_FRAMEWORK={
            "DEFAULT_AUTHENTICATION_CLASSES": [], "DEFAULT_PERMISSION_CLASSES": [], "UNAUTHENTICATED_USER": None,
        },
        CORS_ALLOWED_ORIGINS=[WEB],
        CORS_PREFLIGHT_MAX_AGE=900,
    ):  # fmt: skip
        main, tenant = types.ModuleType("case_main"), types.ModuleType("case_tenant")
        sys.modules.update(case_main=main, case_tenant=tenant)
        vars(main)["urlpatterns"] = [*plain_urls(), *urls_of_rest_framework(), path("api/", operations())]
        vars(tenant)["urlpatterns"] = [path("fn", cors(None)(says("tenant")))]
        yield
        del sys.modules["case_main"], sys.modules["case_tenant"]


def plain_urls() -> list[Any]:
    return [
        path("page", Page.as_view()),
        path("fn", cors(Q)(says("fn"))),
        path("hidden", bare(cors(None)(hidden_view))),
        path("plain", says("plain")),
    ]


def urls_of_rest_framework() -> list[Any]:
    from rest_framework.decorators import action, api_view  # noqa: PLC0415  (it reads the settings)
    from rest_framework.response import Response  # noqa: PLC0415
    from rest_framework.viewsets import ViewSet  # noqa: PLC0415

    class Orders(ViewSet):
        @cors(Q)
        def list(self, _request: Any) -> Any:
            return Response("orders")

        @action(detail=False, methods=["patch"])  # type: ignore[untyped-decorator]
        @cors(OPEN)
        def move(self, _request: Any) -> Any:
            return Response("moved")

    def marked(policy: Policy | None, text: str) -> Any:
        return api_view(["GET", "PATCH"])(cors(policy)(lambda _request: Response(text)))

    return [
        path("below", marked(Q, "below")),
        path("shut", marked(None, "shut")),
        path("orders", Orders.as_view({"get": "list", "patch": "move"})),
    ]


def operations() -> Any:
    from ninja import NinjaAPI  # noqa: PLC0415  (likewise)

    def rates(request: Any) -> dict[str, int]:
        return {"rate": 1}

    api = NinjaAPI(urls_namespace=f"case-{id(object())}")
    api.get("/rates")(cors(OPEN)(rates))
    api.get("/both")(cors(Q)(rates))
    api.patch("/both")(rates)
    api.get("/lost")(bare(cors(Q)(lost_operation)))
    return api.urls


ROWS: list[Row] = [
    ("GET", "/fn", ALLY, ALLY),
    ("GET", "/fn", WEB, None),
    ("pre PATCH", "/fn", ALLY, ALLY, Want(max_age="60")),
    ("GET", "/fn", ALLY, None, Want(env=TENANT, body="tenant")),
    ("pre PATCH", "/fn", ALLY, ALLY, Want(max_age="60")),  # this host has ROOT_URLCONF
    ("pre PATCH", "/fn", ALLY, None, Want(env=TENANT)),
    ("pre PATCH", "/fn", ALLY, None, Want(env={"HTTP_HOST": "new.example"})),  # the two do not agree
    ("pre PATCH", "/plain", WEB, WEB, Want(env={"HTTP_HOST": "new.example"})),  # the two have the table
    ("GET", "/page", ALLY, ALLY),
    ("PATCH", "/page", WEB, WEB),
    ("pre GET", "/page", ALLY, ALLY, Want(only="GET", max_age="0")),
    ("pre PATCH", "/page", WEB, WEB, Want(only="PATCH", max_age="0")),
    ("GET", "/below", ALLY, ALLY),
    ("pre PATCH", "/below", ALLY, ALLY, Want(max_age="60")),
    ("GET", "/below", WEB, None),
    ("GET", "/shut", WEB, None),
    ("pre PATCH", "/shut", WEB, None),
    ("DELETE", "/below", ALLY, ALLY, Want(status=405)),
    ("DELETE", "/shut", WEB, None, Want(status=405)),
    ("OPTIONS", "/below", ALLY, ALLY, Want(status=200)),
    ("GET", "/orders", ALLY, ALLY),
    ("pre PATCH", "/orders", EVIL, "*", Want(max_age="0")),
    ("pre GET x-a", "/orders", ALLY, ALLY, Want(only="GET", max_age="0")),
    ("GET", "/hidden", WEB, None),
    ("GET", "/plain", WEB, WEB),
    ("pre PATCH", "/plain", WEB, WEB, Want(max_age="900")),
    ("GET", "/api/rates", EVIL, "*"),
    ("pre GET", "/api/rates", EVIL, "*"),
    ("pre GET", "/api/both", ALLY, ALLY, Want(only="GET", max_age="0")),
    ("pre PATCH", "/api/both", WEB, WEB, Want(only="PATCH", max_age="0")),
    ("GET", "/api/lost", ALLY, ALLY),
]


@pytest.mark.usefixtures("urls")
def test_views_of_every_kind_have_their_policies(caplog: pytest.LogCaptureFixture) -> None:
    app = get_wsgi_application()
    with caplog.at_level(logging.WARNING, "corswsgi"):
        for row in ROWS:
            assert problems(app, row) == [], row
    records = [record for record in caplog.records if record.name == "corswsgi"]
    told = {(record.levelname, record.getMessage().partition(" ")[0]) for record in records}
    assert told == {("ERROR", "hidden_view"), ("WARNING", "lost_operation")}
    assert len(records) == 2


@pytest.mark.usefixtures("urls")
def test_system_check_names_the_function_its_file_and_its_line() -> None:
    found = {message.msg: message for message in run_checks() if message.id == "corswsgi.mark-not-found"}
    lines = {
        each: f"{each.__name__} ({__file__}:{each.__code__.co_firstlineno})" for each in (hidden_view, lost_operation)
    }
    assert {text.partition(": ")[0] for text in found} == set(lines.values())
    assert {type(message) is Error for text, message in found.items() if text.startswith("hidden_view")} == {True}


def test_system_check_of_urls_that_do_not_import_is_djangos_own() -> None:
    with configured(ROOT_URLCONF="tests.no_such_module", CORS_ALLOWED_ORIGINS=[WEB]):
        assert check_marks() == []
