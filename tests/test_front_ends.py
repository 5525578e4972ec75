"""Every front end puts a `Layer` in front of the application, so that the commands can ask what decides there."""

import ast
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import bottle
import pytest
from flask import Flask

import corswsgi
from corswsgi import CORSMiddleware, Policy
from corswsgi.bottle import install
from corswsgi.cli.routes import find_routes
from corswsgi.cli.target import layers
from corswsgi.django import get_wsgi_application
from corswsgi.flask import CORS
from corswsgi.gunicorn import post_worker_init
from corswsgi.paste import filter_factory
from corswsgi.per_view import Layer
from tests.support.asking import hello
from tests.support.django_settings import configured

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

PACKAGE = Path(corswsgi.__file__).parent
TABLE = {"/**": Policy(allow_origins="*")}
FILE = PACKAGE.parent / "examples" / "cors.toml"


def of_bottle() -> object:
    app = bottle.Bottle()
    install(app, TABLE)
    return app


def of_django() -> object:
    with configured(ROOT_URLCONF=__name__, CORS_POLICIES=TABLE):
        return get_wsgi_application()


def of_flask() -> object:
    app = Flask(__name__)
    CORS(app, TABLE)
    return app


class Worker:
    wsgi: "WSGIApplication" = staticmethod(hello)


def of_gunicorn() -> object:
    worker = Worker()
    post_worker_init(worker, policies=FILE)
    return worker.wsgi


# An application behind each
LAYERS: dict[str, Callable[[], object]] = {
    "bottle": of_bottle,
    "django": of_django,
    "flask": of_flask,
    "gunicorn": of_gunicorn,
    "middleware": lambda: CORSMiddleware(hello, TABLE),
    "paste": lambda: filter_factory({}, str(FILE))(hello),
}
OTHERS = {"__init__", "cli", "per_view", "per_view_writes", "playground"}  # which are in front of nothing
urlpatterns: list[object] = []


def rooms_with_a_middleware() -> set[str]:
    """Find the rooms that import the middleware, or what front ends of frameworks share."""
    found = set[str]()
    for path in PACKAGE.rglob("*.py"):
        modules = {
            node.module for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.ImportFrom)
        }
        if modules & {"corswsgi", "corswsgi.middleware", "corswsgi.per_view"}:
            found.add(path.relative_to(PACKAGE).parts[0].removesuffix(".py"))
    return found


def test_every_front_end_is_asked_here() -> None:
    missing = rooms_with_a_middleware() - LAYERS.keys() - OTHERS
    assert not missing, (
        f"add to LAYERS what {sorted(missing)} put in front of an application, and implement Layer there"
    )


@pytest.mark.parametrize("front_end", LAYERS)
def test_front_end_is_a_layer_that_names_what_it_wraps(front_end: str) -> None:
    with configured(ROOT_URLCONF=__name__):
        found = [each for each in layers(LAYERS[front_end]()) if isinstance(each, Layer)]
    assert found, f"corswsgi.{front_end} puts something in front that does not implement Layer, or cannot be seen"
    assert all(callable(inner) for layer in found for inner in layer.inside())


WITHOUT_ROUTES = {"gunicorn", "middleware", "paste"}  # which know applications, and no framework
REQUIREMENTS = [
    requirement.lower()
    for requirements in tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text("utf-8"))["project"][
        "optional-dependencies"
    ].values()
    for requirement in requirements
]
DOCUMENTS = "".join(path.read_text("utf-8") for path in (PACKAGE.parent / "docs").glob("*.md"))


@pytest.mark.parametrize("front_end", sorted(LAYERS.keys() - WITHOUT_ROUTES))
def test_routes_behind_the_front_end_of_a_framework_are_found(front_end: str) -> None:
    with configured(ROOT_URLCONF=__name__):
        routes = find_routes(layers(LAYERS[front_end]()))
    assert routes is not None, f"corswsgi/cli/routes.py does not list the routes of {front_end}: audit is blind there"


@pytest.mark.parametrize("front_end", sorted(LAYERS.keys() - {"middleware"}))
def test_front_end_has_what_it_is_for_in_the_tests_and_is_documented(front_end: str) -> None:
    there = any(requirement.startswith(front_end) for requirement in REQUIREMENTS)
    assert there, f"add {front_end} to the extra dev in pyproject.toml"
    assert re.search(rf"\b{front_end}", DOCUMENTS, re.IGNORECASE), f"write about corswsgi.{front_end} in docs/"
