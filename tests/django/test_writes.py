"""Writes of other origins under the front end of Django: `CORS_CROSS_ORIGIN_WRITES`, and decorated views."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.test import override_settings
from django.urls import path

from corswsgi import Decision, PolicyError
from corswsgi.answers import WHY_WRITE_REFUSED
from corswsgi.django import cors, get_wsgi_application, wrap
from corswsgi.django.settings import read_settings
from tests.support.asking import APP, EVIL, Response, ask, hello
from tests.support.django_settings import configured
from tests.support.writes import CALLBACK, OTHER, PARTNER, ROW, STATUSES, of_a_page

ran: list[str] = []


def done(request: HttpRequest) -> HttpResponse:
    ran.append(request.path)
    return HttpResponse("done")


def middleware(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    def respond(request: HttpRequest) -> HttpResponseBase:
        ran.append(f"middleware {request.path}")
        return get_response(request)

    return respond


urlpatterns = [
    path("orders", done),
    path("staff", cors(None)(done)),
    path("partner", cors(PARTNER)(done)),
    path("callback", cors(CALLBACK)(done)),
]


@pytest.fixture(autouse=True)
def project() -> Iterator[None]:
    ran.clear()
    with configured(
        ROOT_URLCONF=__name__,
        CORS_POLICIES={"/**": ROW},
        CORS_CROSS_ORIGIN_WRITES="refuse",
        MIDDLEWARE=[f"{__name__}.middleware"],
    ):
        yield


def send(path: str, origin: str, app: Any = None) -> Response:
    return ask(app or get_wsgi_application(), path, "POST", **of_a_page(origin))


@pytest.mark.parametrize(("path", "origin", "status"), STATUSES)
def test_the_row_of_the_view_is_the_row(path: str, origin: str, status: str) -> None:
    answer = send(path, origin)
    assert answer.status.upper() == status
    if status.startswith("403"):
        assert answer.body == WHY_WRITE_REFUSED
    assert bool(ran) is not status.startswith("403")  # neither view nor middleware runs


def test_own_pages_are_served_as_without_the_switch() -> None:
    answer = ask(get_wsgi_application(), "/staff", "POST", origin="null", sec_fetch_site="same-origin")
    assert (answer.status, answer.body) == ("200 OK", b"done")


def test_report_hands_decisions_over_and_runs_the_view() -> None:
    told: list[Decision] = []
    with override_settings(CORS_CROSS_ORIGIN_WRITES="report"):
        app = wrap(get_wsgi_application(), on_decision=told.append)
        assert send("/partner", APP, app).status == "200 OK"
    assert next((each.kind, each.path_pattern) for each in told) == ("write", "/partner")


def test_it_accepts_where_the_setting_is_missing_and_follows_override_settings() -> None:
    app = get_wsgi_application()
    with override_settings():
        del settings.CORS_CROSS_ORIGIN_WRITES
        assert send("/staff", EVIL).status == "200 OK"
    with override_settings(CORS_CROSS_ORIGIN_WRITES="accept"):
        assert send("/staff", EVIL, app).status == "200 OK"
    assert send("/staff", EVIL, app).status == "403 Forbidden"


@pytest.mark.parametrize("words", [{}, {"CORS_ALLOWED_ORIGINS": ["https://a.example/"]}], ids=["alone", "and others"])
def test_a_wrong_value_is_refused_with_all_other_mistakes(words: dict[str, Any]) -> None:
    with configured(ROOT_URLCONF=__name__, CORS_CROSS_ORIGIN_WRITES="on", **words):
        with pytest.raises(PolicyError) as refused:
            wrap(hello)
        codes = [(problem.code, problem.field) for problem in refused.value.problems]
    assert ("cross-origin-writes", "CORS_CROSS_ORIGIN_WRITES") in codes
    assert len(codes) == 1 + len(words)


def test_a_wrong_value_while_it_serves_refuses_what_it_can_judge() -> None:
    app = get_wsgi_application()
    with override_settings(CORS_CROSS_ORIGIN_WRITES="on"), pytest.raises(PolicyError):
        send("/orders", EVIL, app)


def test_accept_writes_from_is_a_setting() -> None:
    with configured(ROOT_URLCONF=__name__, CORS_ACCEPT_WRITES_FROM=[OTHER], CORS_CROSS_ORIGIN_WRITES="refuse"):
        app = get_wsgi_application()
        assert send("/orders", OTHER, app).status == "200 OK"
        assert send("/orders", EVIL, app).status == "403 Forbidden"
        assert read_settings().cross_origin_writes == "refuse"
