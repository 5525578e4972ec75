"""Every front end puts a `Layer` in front of the application, so that the commands can ask what decides there."""

import ast
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import bottle
import pytest
from flask import Flask

import corswsgi
from corswsgi import CORSMiddleware, Policy
from corswsgi.bottle import install
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
    return app.wsgi


def of_django() -> object:
    with configured(ROOT_URLCONF=__name__, CORS_POLICIES=TABLE):
        return get_wsgi_application()


def of_flask() -> object:
    app = Flask(__name__)
    CORS(app, TABLE)
    return app.wsgi_app


class Worker:
    wsgi: "WSGIApplication" = staticmethod(hello)


def of_gunicorn() -> object:
    worker = Worker()
    post_worker_init(worker, policies=FILE)
    return worker.wsgi


LAYERS: dict[str, Callable[[], object]] = {
    "bottle": of_bottle,
    "django": of_django,
    "flask": of_flask,
    "gunicorn": of_gunicorn,
    "middleware": lambda: CORSMiddleware(hello, TABLE),
    "paste": lambda: filter_factory({}, str(FILE))(hello),
}
OTHERS = {"__init__", "cli", "per_view", "playground"}  # which are in front of nothing
urlpatterns: list[object] = []


def rooms_with_a_middleware() -> set[str]:
    """Find the rooms that import `corswsgi.middleware` or `corswsgi.per_view`."""
    found = set[str]()
    for path in PACKAGE.rglob("*.py"):
        modules = {
            node.module for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.ImportFrom)
        }
        if modules & {"corswsgi.middleware", "corswsgi.per_view"}:
            found.add(path.relative_to(PACKAGE).parts[0].removesuffix(".py"))
    return found


def test_every_front_end_is_asked_here() -> None:
    missing = rooms_with_a_middleware() - LAYERS.keys() - OTHERS
    assert not missing, (
        f"add to LAYERS what {sorted(missing)} put in front of an application, and implement Layer there"
    )


@pytest.mark.parametrize("front_end", LAYERS)
def test_front_end_is_a_layer_that_names_what_it_wraps(front_end: str) -> None:
    layer = LAYERS[front_end]()
    assert isinstance(layer, Layer), f"corswsgi.{front_end} puts something in front that does not implement Layer"
    assert all(map(callable, layer.inside()))
