"""A process without marks: the front end takes a shorter way to the same responses."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Blueprint, Flask
from flask.views import MethodView

import corswsgi.flask.front
from corswsgi import Policy
from corswsgi.flask import CORS, cross_origin
from corswsgi.flask.front import front_of
from corswsgi.per_view import KEY
from tests.support.asking import APP, EVIL, ask, preflight

pytestmark = pytest.mark.usefixtures("without_marks")

TABLE = {"/api/**": Policy(allow_origins=APP, allow_methods="PUT")}
GRANTED = [("Access-Control-Allow-Origin", APP), ("Vary", "Origin")]
VARIES = [("Vary", "Origin")]


def application(**options: Any) -> Flask:
    app = Flask(__name__)
    app.add_url_rule("/api/me", "me", lambda: "hello", methods=["GET", "PUT"])
    app.add_url_rule("/api/fails", "fails", [].pop)
    CORS(app, TABLE, **options)
    assert ask(app, "/api/me", origin=APP).cors == GRANTED  # the first request makes it ready
    return app


def test_rows_of_the_table_decide() -> None:
    app = application()
    for _ in range(2):
        assert ask(app, "/api/me", origin=APP).cors == GRANTED
        assert ask(app, "/api/me", origin=EVIL).cors == VARIES
        assert ask(app, "/api/none", origin=APP).cors == GRANTED
        assert ask(app, "/elsewhere", origin=APP).cors == []
        assert preflight(app, "/api/me").cors == [GRANTED[0], ("Access-Control-Allow-Methods", "PUT"), *VARIES]


def test_answer_to_an_exception_has_the_headers() -> None:
    response = ask(application(), "/api/fails", origin=APP)
    assert (response.status, response.cors) == ("500 INTERNAL SERVER ERROR", GRANTED)


class Resource(MethodView):
    """A class whose methods are decorated for each request, as Flask-RESTful does it."""

    method_decorators: tuple[Callable[[Any], Any], ...] = ()

    def dispatch_request(self, **arguments: Any) -> Any:
        method: Any = self.get
        for decorate in self.method_decorators:
            method = decorate(method)
        return method(**arguments)

    def get(self) -> str:
        return "hello"


def test_decorator_that_marks_nothing_before_the_first_request_decides() -> None:
    app = Flask(__name__)

    class Closed(Resource):
        method_decorators = (cross_origin(None),)

    app.add_url_rule("/api/closed", view_func=Closed.as_view("closed"))
    CORS(app, TABLE)
    for _ in range(2):
        response = ask(app, "/api/closed", origin=APP)
        assert (response.body, response.cors) == (b"hello", [])


def test_writes_of_other_origins_are_refused() -> None:
    app = application(cross_origin_writes="refuse")
    assert ask(app, "/api/me", "PUT", origin=APP, sec_fetch_site="cross-site").body == b"hello"
    assert ask(app, "/api/me", "PUT", origin=EVIL, sec_fetch_site="cross-site").status == "403 Forbidden"


def test_front_that_another_request_has_put_there_meanwhile_is_not_put_again(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Flask(__name__)

    class OtherRequest:
        def __enter__(self) -> None:
            app.extensions[KEY] = None

        def __exit__(self, *_: object) -> None:
            pass

    monkeypatch.setattr(corswsgi.flask.front, "_installing", OtherRequest())
    assert front_of(app) is None


def test_blueprint_decides_before_the_table() -> None:
    app, blueprint = Flask(__name__), Blueprint("shop", __name__, url_prefix="/api/shop")
    blueprint.add_url_rule("/tea", "tea", lambda: "tea")
    CORS(blueprint, Policy(allow_origins="*"))
    CORS(app, TABLE)
    app.add_url_rule("/api/me", "me", lambda: "hello")
    app.register_blueprint(blueprint)
    for _ in range(2):
        assert ask(app, "/api/shop/tea", origin=EVIL).cors == [("Access-Control-Allow-Origin", "*")]
        assert ask(app, "/api/me", origin=APP).cors == GRANTED


@pytest.mark.parametrize("policy", [None, Policy(allow_origins="*")])
def test_function_that_is_marked_while_its_request_is_served_decides(policy: Policy | None) -> None:
    app = Flask(__name__)
    CORS(app, TABLE)
    helpers: list[Callable[[], str]] = []

    @app.get("/api/late")
    def late() -> str:
        """Import what has a mark, as modules do that would otherwise import each other."""
        if not helpers:
            helpers.append(cross_origin(policy)(lambda: "late"))
        return helpers[0]()

    app.add_url_rule("/api/me", "me", lambda: "hello")
    for _ in range(2):
        assert ask(app, "/api/late", origin=APP).cors == (
            [] if policy is None else [("Access-Control-Allow-Origin", "*")]
        )
        assert ask(app, "/api/me", origin=APP).cors == GRANTED
