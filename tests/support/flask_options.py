"""Applications of Flask that have options in Flask-CORS's words."""

from typing import Any

import pytest
from flask import Flask

from corswsgi.flask import CORS, cross_origin
from tests.support.asking import APP

ORIGIN = ("Access-Control-Allow-Origin", APP)
ANY = ("Access-Control-Allow-Origin", "*")
CREDENTIALS = ("Access-Control-Allow-Credentials", "true")
METHODS = ("Access-Control-Allow-Methods", "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT")
HEADERS = ("Access-Control-Allow-Headers", "*, Authorization")
VARY = ("Vary", "Origin")


def made(config: dict[str, object] | None = None, **options: Any) -> Flask:
    """Make an application with one view and a `CORS` in Flask-CORS's words."""
    app = Flask(__name__)
    app.config.update(config or {})
    app.add_url_rule("/me", view_func=lambda: "me", endpoint="me", methods=["GET", "PUT"])
    CORS(app, **options)
    return app


def decorated(config: dict[str, object] | None = None, **options: Any) -> Flask:
    """Make an application with one view and a `cross_origin` on it."""
    app = Flask(__name__)
    app.config.update(config or {})

    @app.route("/me", methods=["GET", "PUT"])
    @cross_origin(**options)
    def me() -> str:
        return "me"

    return app


both = pytest.mark.parametrize("make", [made, decorated])
