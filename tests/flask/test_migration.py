"""Applications that migrate from Flask-CORS: safe options work, and unsafe ones are refused with a hint."""

import logging
import warnings
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from flask import Blueprint, Flask, Response, request

from corswsgi.flask import CORS, cross_origin
from tests.support.migration import Case, Outcome, attempt, cases, mistakes, written

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH"]


def answer(**_: Any) -> dict[str, str]:
    return {"answer": "yes"}


def logging_calls(view: Any) -> Any:
    """Be one more decorator around a view, as applications have."""

    def logged(**arguments: Any) -> Any:
        return view(**arguments)

    logged.__dict__.update(view.__dict__)
    logged.__name__ = view.__name__
    logged.__wrapped__ = view  # type: ignore[attr-defined]
    return logged


def configure(case: Case) -> "WSGIApplication":
    """Do the steps of a case in turn, on a new application with its views."""
    app, blueprint = Flask("moved"), Blueprint("pages", "moved")
    decorate: list[Any] = []
    doing: dict[str, Any] = {
        "config": app.config.update,
        "CORS": lambda options: CORS(app, **options),
        "CORS_bp": lambda options: CORS(blueprint, **options),
        "cross_origin": lambda options: decorate.append(cross_origin(**options)),
        "after_request": lambda options: app.after_request(partial(with_headers, options)),
        "options_hook": lambda options: app.before_request(partial(answer_options, options)),
        "CORS_resources_regex": lambda options: CORS(app, **options),
    }
    for kind, options in case["steps"]:
        doing[kind](written(options))

    def marked(name: str) -> Any:
        def view(**arguments: Any) -> dict[str, str]:
            return answer(**arguments)

        view.__name__ = name
        decorated: Any = view
        for decorator in decorate:
            decorated = decorator(decorated)
        return decorated

    for name, rule in {"me": "/api/me", "foo": "/foo", "v1_me": "/api/v1/me"}.items():
        blueprint.add_url_rule(rule, name, marked(name), methods=METHODS)
    app.add_url_rule("/api/secure", "secure", logging_calls(marked("secure")), methods=METHODS)
    app.register_blueprint(blueprint)
    app.add_url_rule("/health", "health", answer, methods=METHODS)
    app.add_url_rule("/<path:rest>", "rest", answer, methods=METHODS)
    return app


def answer_options(headers: dict[str, str]) -> Response | None:
    return Response(headers=headers) if request.method == "OPTIONS" else None


def with_headers(headers: dict[str, str], response: Response) -> Response:
    for name, value in headers.items():
        response.headers.add(name, value)
    return response


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=case["id"]) for case in cases(Path(__file__).with_name("migration.jsonl"))]
)
def test_configuration_of_flask_cors(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "corswsgi")
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        outcome: Outcome = attempt(lambda: configure(case))
        outcome.notes = [str(each.message) for each in warned if each.category is UserWarning]
        outcome.logged = lambda: [(record.levelname, record.getMessage()) for record in caplog.records]
        assert list(mistakes(case, outcome)) == []
