"""Flask, with and without Flask-CORS."""

import re
from typing import TYPE_CHECKING, Any

from benchmarks.scenarios import (
    ALLOWED_HEADERS,
    ALLOWED_METHODS,
    APP_BODY,
    EXPOSED_HEADERS,
    MAX_AGE,
    CannotServeError,
    Fields,
    Scenario,
)

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

    from flask import Flask


def without(scenario: Scenario) -> "WSGIApplication":
    """Return the application with no CORS."""
    return _flask(scenario).wsgi_app


def _flask(scenario: Scenario) -> "Flask":
    from flask import Flask, Response

    app = Flask("benchmarks")
    headers = scenario.app_headers

    @app.route("/<path:_path>", methods=["GET", "PUT", "PATCH"])
    def answer(_path: str) -> Response:
        return Response(APP_BODY, headers=headers)

    return app


def serve(scenario: Scenario) -> "WSGIApplication":
    """Return the application behind Flask-CORS."""
    from flask_cors import CORS

    if any(name.lower().startswith("access-control-") for name, _ in scenario.app_headers):
        raise CannotServeError("leaves the app's headers")
    if not scenario.covered and scenario.paths[0].startswith("/api"):
        raise CannotServeError("serves `/api//` as well")
    if None in scenario.rows.values():
        raise CannotServeError("no exceptions in a row")
    app = _flask(scenario)
    resources: dict[str | re.Pattern[str], dict[str, Any]] = {
        re.escape(pattern.removesuffix("/**")) + "(/.*)?$": _options(row)
        for pattern, row in scenario.rows.items()
        if row is not None
    }
    CORS(
        app,
        resources=resources,
        methods=[*ALLOWED_METHODS],
        allow_headers=[*ALLOWED_HEADERS],
        expose_headers=[*EXPOSED_HEADERS],
        max_age=MAX_AGE,
        always_send=False,  # else a request without Origin is answered by all listed origins
        send_wildcard=scenario.kind == "public",
    )
    return app.wsgi_app


def _options(row: Fields) -> dict[str, Any]:
    origins = row["allow_origins"]
    assert isinstance(origins, list)
    return {
        "origins": [_regex(origin) if "//*" in origin else origin for origin in origins],
        "supports_credentials": bool(row.get("allow_credentials")),
    }


def _regex(wildcard: str) -> str:
    return "^" + re.escape(wildcard).replace(r"\*", r"[a-z0-9_\-.]+") + "$"
