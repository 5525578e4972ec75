"""Run the middleware tests of django-cors-headers against ours: with its settings, through `wrap`, by a client of ours.

A program of its own, as Django has one configuration for a process: it takes the unpacked sdist, and prints as JSON
which tests ran and which failed. The sdist has the tests alone: the views and the setting-up that they need stand here.
"""

import importlib.util
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import TestResult

import django
from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import modify_settings
from django.test.runner import DiscoverRunner
from django.urls import path

from corswsgi.django import check_request_enabled
from corswsgi.django.test import Client


def index(request: HttpRequest, **_: str) -> HttpResponse:
    return HttpResponse(status=405 if request.method == "OPTIONS" else 200)


def unauthorized(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=401)


def delete_enabled(request: HttpRequest) -> HttpResponse:
    vars(request).pop("_cors_enabled", None)
    return HttpResponse()


async def index_async(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


urlpatterns = [
    path("", index),
    path("foo/", index),
    path("api/something/", index),
    path("async/", index_async),
    path("unauthorized/", unauthorized),
    path("test-401/", unauthorized),
    path("delete-enabled/", delete_enabled),
]


class AsyncClient:
    """What their asynchronous tests ask, asked through WSGI."""

    def __init__(self) -> None:
        self._client = Client()

    async def get(self, path: str, **headers: str) -> Any:
        return await sync_to_async(self._client.get)(path, **in_wsgi(headers))

    async def options(self, path: str, **headers: str) -> Any:
        return await sync_to_async(self._client.options)(path, **in_wsgi(headers))


def in_wsgi(headers: dict[str, str]) -> dict[str, Any]:
    return {f"HTTP_{name.upper()}": value for name, value in headers.items()}


def prepend_middleware(name: str) -> Any:
    return modify_settings(MIDDLEWARE={"prepend": name})


@contextmanager
def temporary_check_request_hander(handler: Callable[..., bool]) -> Iterator[None]:  # as they spell it
    check_request_enabled.connect(handler)
    try:
        yield
    finally:
        check_request_enabled.disconnect(handler)


def load_tests_of(sdist: Path) -> ModuleType:
    """Import their tests, under the names that they have at home; of their own code they read names of headers."""
    sys.path.insert(0, str(sdist / "src"))
    sys.modules["tests.utils"] = sys.modules[__name__]
    spec = importlib.util.spec_from_file_location("tests.test_middleware", sdist / "tests" / "test_middleware.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["tests.test_middleware"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main(sdist: Path) -> None:
    settings.configure(
        ROOT_URLCONF=__name__,
        SECRET_KEY="of tests",  # noqa: S106  (nothing is signed)
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        CORS_ALLOWED_ORIGINS=[],
    )
    django.setup()
    tests = load_tests_of(sdist).CorsMiddlewareTests
    tests.client_class, tests.async_client_class = Client, AsyncClient
    runner = DiscoverRunner(verbosity=0)
    runner.setup_test_environment()
    databases = runner.setup_databases()
    result = TestResult()
    runner.test_loader.loadTestsFromTestCase(tests).run(result)
    runner.teardown_databases(databases)
    failed = {str(test.id()).rpartition(".")[2]: trace for test, trace in [*result.failures, *result.errors]}
    print(json.dumps({"ran": result.testsRun, "failed": failed}))  # noqa: T201  (for the test that runs this)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
