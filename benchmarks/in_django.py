"""Django, with and without django-cors-headers. Both read Django's settings, of which a process has one set."""

import re
from typing import TYPE_CHECKING

from benchmarks.scenarios import (
    ALLOWED_HEADERS,
    ALLOWED_METHODS,
    APP_BODY,
    EXPOSED_HEADERS,
    MAX_AGE,
    CannotServeError,
    Scenario,
)

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

    from django.http import HttpRequest, HttpResponse


def without(scenario: Scenario) -> "WSGIApplication":
    """Return the application with no CORS."""
    return _handler(scenario, [])


def serve(scenario: Scenario) -> "WSGIApplication":
    """Return the application behind django-cors-headers."""
    if len(scenario.rows) > 1:
        raise CannotServeError("one policy for all paths")
    if not scenario.covered and scenario.paths[0].startswith("/api"):
        raise CannotServeError("serves `/api//` as well")
    return _handler(scenario, ["corsheaders.middleware.CorsMiddleware"])


def _handler(scenario: Scenario, middleware: list[str]) -> "WSGIApplication":
    import django
    from django.conf import settings
    from django.core.handlers.wsgi import WSGIHandler
    from django.http import HttpResponse
    from django.urls import re_path

    if not settings.configured:
        settings.configure(ALLOWED_HOSTS=["*"], LOGGING_CONFIG=None)
        django.setup(set_prefix=False)
    headers = dict(scenario.app_headers)

    def answer(_request: "HttpRequest") -> "HttpResponse":
        return HttpResponse(APP_BODY, headers=headers)

    values = {"ROOT_URLCONF": (re_path("", answer),), **_settings(scenario)}

    class Handler(WSGIHandler):  # type: ignore[misc]  # Django has no types
        def enter(self) -> None:
            """Make the settings those of this application, before its requests come."""
            for name, value in values.items():
                setattr(settings, name, value)

    settings.MIDDLEWARE = middleware  # read once, by what comes next
    return Handler()


def _settings(scenario: Scenario) -> dict[str, object]:
    wildcards = [origin for origin in scenario.listed if "//*" in origin]
    return {
        "CORS_URLS_REGEX": "^" + re.escape(next(iter(scenario.rows)).removesuffix("/**")) + "(/.*)?$",
        "CORS_ALLOW_ALL_ORIGINS": scenario.kind == "public",
        "CORS_ALLOWED_ORIGINS": [] if wildcards else scenario.listed,
        "CORS_ALLOWED_ORIGIN_REGEXES": [
            re.compile("^" + re.escape(origin).replace(r"\*", r"[a-z0-9_\-.]+") + "$") for origin in wildcards
        ],
        "CORS_ALLOW_CREDENTIALS": bool(scenario.policy.get("allow_credentials")),
        "CORS_ALLOW_METHODS": ALLOWED_METHODS,
        "CORS_ALLOW_HEADERS": [name.lower() for name in ALLOWED_HEADERS],
        "CORS_EXPOSE_HEADERS": EXPOSED_HEADERS,
        "CORS_PREFLIGHT_MAX_AGE": MAX_AGE,
    }
