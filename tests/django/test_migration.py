"""Projects that migrate from django-cors-headers: safe settings work, and unsafe ones are refused with a hint."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.core.checks import run_checks
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path, re_path
from django.views.decorators.csrf import csrf_exempt

from corswsgi.django import wrap
from tests.support.django_settings import configured
from tests.support.migration import Case, Outcome, attempt, cases, mistakes, written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from wsgiref.types import WSGIApplication


@csrf_exempt  # type: ignore[untyped-decorator]
def answer(request: HttpRequest, **_: object) -> HttpResponse:
    return HttpResponse("yes")


class Urls:
    urlpatterns = [path("api/me/", answer), path("health", answer), re_path("^(?P<rest>.*)$", answer)]  # noqa: RUF012


def checks() -> list[str]:
    return [f"{each.msg} {each.hint}" for each in run_checks() if str(each.id).startswith("corswsgi")]


@pytest.fixture(scope="module", autouse=True)
def project() -> "Iterator[None]":
    with configured():
        yield


CASES = [pytest.param(case, id=case["id"]) for case in cases(Path(__file__).with_name("migration.jsonl"))]


@pytest.mark.parametrize("case", CASES)
def test_configuration_of_django_cors_headers(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "corswsgi")

    def configure() -> "WSGIApplication":
        return wrap(WSGIHandler())

    with override_settings(ROOT_URLCONF=Urls, **written(case["settings"])):
        outcome: Outcome = attempt(configure)
        outcome.notes = checks() if outcome.app else []
        outcome.logged = lambda: [(record.levelname, record.getMessage()) for record in caplog.records]
        assert list(mistakes(case, outcome)) == []
