"""Applications that hold what raises when it is looked at, call each other, or are changed between requests."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any
from unittest.mock import Mock, patch

import flask
import pytest
from flask import Flask
from flask.views import MethodView
from werkzeug.routing import Rule

from corswsgi import Policy
from corswsgi.flask import CORS, cross_origin
from corswsgi.flask import front as flask_front
from corswsgi.flask.front import FlaskFront
from corswsgi.per_view import KEY
from tests.support.asking import APP, EVIL, ask, make_environ, preflight, run
from tests.support.flask_apps import GRANTED, MINE, THEIRS, VARY, made, view, view_of

ANYBODY = Policy(allow_origins="*")
ANY = [("Access-Control-Allow-Origin", "*")]


class Raising:
    """A descriptor whose attribute cannot be read from the class."""

    def __get__(self, _: object, owner: type) -> object:
        raise RuntimeError(owner.__name__)


class Shop(MethodView):
    """Proxies that need a request are attributes of the class."""

    request = flask.request
    database = Raising()

    def get(self) -> str:
        return self.request.path


def test_class_with_attributes_that_raise_serves_and_so_do_other_views() -> None:
    app = made()
    app.add_url_rule("/shop", view_func=Shop.as_view("shop"))
    app.route("/me")(cross_origin(MINE)(view))
    assert ask(app, "/shop", origin=APP).body == b"/shop"
    assert ask(app, "/shop", origin=APP).cors == []
    assert ask(app, "/me", origin=APP).cors == GRANTED


def test_mock_in_place_of_a_view_serves() -> None:
    app = made()
    app.add_url_rule("/mock", "mock", view)
    app.route("/me")(cross_origin(MINE)(view))
    with patch.dict(app.view_functions, {"mock": Mock(return_value="mocked")}):
        assert ask(app, "/mock", origin=APP).body == b"mocked"
        assert ask(app, "/mock", origin=APP).cors == []
    assert ask(app, "/me", origin=APP).cors == GRANTED


def test_cors_that_comes_after_requests_holds_for_the_views_that_they_reached() -> None:
    app = made()
    app.route("/me")(cross_origin(MINE)(view))
    app.route("/open")(lambda: "open")
    assert ask(app, "/open", origin=EVIL).cors == []
    assert ask(app, "/me", origin=APP).cors == GRANTED
    told: list[str] = []
    CORS(app, {"/**": ANYBODY}, on_decision=lambda decision: told.append(decision.path_pattern or ""))
    assert ask(app, "/open", origin=EVIL).cors == ANY
    assert ask(app, "/me", origin=APP).cors == GRANTED
    assert told == ["/**", "/me"]


@pytest.mark.parametrize("policy", [THEIRS, None])
def test_function_that_ran_in_an_application_without_a_front_does_not_decide_around_it(policy: Policy | None) -> None:
    inner, app = made(), made()
    unseen: list[Callable[..., Any]] = []

    @inner.get("/inner")
    def call() -> Any:
        return unseen[0]()

    unseen.append(cross_origin(policy)(lambda: "inner"))
    CORS(app, {"/**": MINE})
    app.add_url_rule("/outer", "outer", lambda: inner.test_client().get("/inner").text)
    assert ask(app, "/outer", origin=APP).cors == GRANTED
    assert ask(app, "/outer", origin=APP).body == b"inner"
    assert inner.extensions[KEY] is None


def test_rule_that_serves_any_method_is_not_remembered_for_each() -> None:
    app = made()
    app.route("/me", endpoint="me")(cross_origin(MINE)(view))
    app.url_map.add(Rule("/any", endpoint="me"))
    for n in range(5):
        environ = make_environ("/any", f"M{n}", origin=APP)
        assert run(app, environ).cors == GRANTED  # wsgiref's validator knows few methods
    assert front_of(app).framework._views == {}  # noqa: SLF001


def test_marks_that_a_view_makes_are_not_all_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("corswsgi.flask.front._MOST_ROWS", 3)
    monkeypatch.setattr("corswsgi.per_view._MOST_KNOWN", 2)
    app = made()
    app.route("/me")(cross_origin(MINE)(view))

    @app.get("/new")
    def new() -> str:
        return str(cross_origin(MINE)(view_of("new"))())

    for _ in range(9):
        assert ask(app, "/new", origin=APP).cors == GRANTED
        assert ask(app, "/new", origin=EVIL).cors == [VARY]
    front = front_of(app)
    assert (len(front.framework._rows), len(front._known)) == (3, 2)  # noqa: SLF001


def test_hook_that_is_made_anew_serves_old_and_new_applications() -> None:
    old = made()
    old.route("/me", methods=["GET", "PUT"])(cross_origin(MINE)(view))
    assert ask(old, "/me", origin=APP).cors == GRANTED
    original = flask_front.hook()
    handle = Flask.handle_exception
    flask_front.hook.cache_clear()
    try:
        assert flask_front.hook() is original
        new = made()
        new.route("/me")(cross_origin(MINE)(view))
        for app in (old, new):
            assert ask(app, "/me", origin=APP).cors == GRANTED
        assert preflight(old, "/me").status == "204 No Content"
    finally:
        Flask.handle_exception = handle  # type: ignore[method-assign]


def front_of(app: Flask) -> FlaskFront:
    front: FlaskFront = app.extensions[KEY]
    return front


MONITORED = """
import flask

class Monitored(flask.Flask):
    pass

app, flask.Flask = flask.Flask("made before"), Monitored
from corswsgi import Policy
from corswsgi.flask import CORS

for each in (app, Monitored("made later")):
    CORS(each, {"/**": Policy(allow_origins="*")})
    print(each.test_client().get("/").headers["Access-Control-Allow-Origin"])
"""


def test_monitoring_may_replace_the_class_before_the_front_end_is_imported() -> None:
    done = subprocess.run(  # noqa: S603  (our own interpreter)
        [sys.executable, "-c", MONITORED], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("*\n*\n", "")


class Deaf(Flask):
    """Answers without Flask's `wsgi_app`."""

    def wsgi_app(self, environ: Any, start_response: Any) -> Any:
        """Answer."""
        with self.request_context(environ):
            return self.full_dispatch_request()(environ, start_response)


class Counting(Flask):
    """Calls it in a function inside."""

    def wsgi_app(self, environ: Any, start_response: Any) -> Any:
        """Count requests and answer."""

        def answer() -> Any:
            return super(Counting, self).wsgi_app(environ, start_response)

        return answer()


class Deafer(Deaf):
    """Inherits it."""


@pytest.mark.parametrize(("app_class", "told"), [(Flask, 0), (Counting, 0), (Deaf, 1), (Deafer, 1)])
def test_class_that_never_calls_flasks_own_method_is_told_of(
    app_class: type[Flask], told: int, caplog: pytest.LogCaptureFixture
) -> None:
    app = app_class("a")
    CORS(app, {"/**": MINE})
    app.add_url_rule("/me", "me", lambda: "hello")
    assert ask(app, "/me", origin=APP).cors == ([] if told else GRANTED)
    words = (
        "Deaf.wsgi_app does not call Flask's own, so no response has CORS headers; write `return"
        " super().wsgi_app(environ, start_response)` in it"
    )
    assert caplog.messages == [words] * told
