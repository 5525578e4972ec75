"""The first requests to an application, and the applications for its rows, which are made once."""

import re
from typing import NoReturn
from unittest.mock import patch

import pytest
from flask import Blueprint, Flask, Request
from flask.sessions import SecureCookieSessionInterface

from corswsgi import CORSMiddleware, Policy
from corswsgi.flask import CORS, cross_origin
from corswsgi.flask.options import tell
from tests.support.asking import APP, EVIL, ask, make_environ, preflight, run

A, B = "https://a.example", "https://b.example"


def made() -> Flask:
    return Flask(__name__)


def test_preflight_of_a_view_without_cors_is_flasks_own_from_the_first_request_on() -> None:
    app = made()
    app.add_url_rule("/", view_func=cross_origin(None)(lambda: "hello"), methods=["GET", "PUT"])
    for _ in range(2):
        response = preflight(app, "/", APP, "PUT")
        assert response.status == "200 OK"
        assert response.cors == []
        assert set(dict(response.headers)["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "PUT"}


def test_empty_path_is_the_root_for_a_blueprint_too() -> None:
    app = made()
    shop = Blueprint("shop", __name__)
    shop.add_url_rule("/", view_func=lambda: "hello")
    CORS(shop, Policy(allow_origins=APP))
    app.register_blueprint(shop)
    for path, status in (("", "308 PERMANENT REDIRECT"), ("/", "200 OK")):
        response = run(app, make_environ(path, origin=APP))
        granted = [("Access-Control-Allow-Origin", APP), ("Vary", "Origin")]
        assert (response.status, response.cors) == (status, granted)


def test_policy_of_a_view_for_any_origin_answers_requests_without_one() -> None:
    app = made()
    app.add_url_rule("/", view_func=cross_origin(Policy(allow_origins="*"))(lambda: "hello"))
    for _ in range(2):
        assert ask(app).cors == [("Access-Control-Allow-Origin", "*")]


def test_each_path_of_resources_answers_preflights_by_its_own_options() -> None:
    app = made()
    CORS(
        app, resources={"/plain/**": {"origins": APP}, "/listed/**": {"origins": APP, "allow_headers": ["X-A", "X-B"]}}
    )
    origin, methods = ("Access-Control-Allow-Origin", APP), "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
    assert preflight(app, "/plain/x", APP, "PUT", "x-c").cors == [
        origin,
        ("Access-Control-Allow-Methods", methods),
        ("Access-Control-Allow-Headers", "*, Authorization"),
        ("Vary", "Origin"),
    ]
    everything = ("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers")
    assert preflight(app, "/listed/x", APP, "PUT", "x-b").cors == [
        origin,
        ("Access-Control-Allow-Methods", methods),
        ("Access-Control-Allow-Headers", "x-b"),
        everything,
    ]


@pytest.mark.filterwarnings("ignore:.*Flask-CORS reads")
def test_longer_pattern_decides_beside_a_regex() -> None:
    app = made()
    CORS(app, resources={"/x*": {"origins": B}, "/xy/*": {"origins": A}, re.compile(r"/r/\d+"): {"origins": A}})
    assert ask(app, "/xy/z", origin=A).cors == [("Access-Control-Allow-Origin", A), ("Vary", "Origin")]
    assert ask(app, "/xy/z", origin=B).cors == [("Vary", "Origin")]
    assert ask(app, "/xz", origin=B).cors == [("Access-Control-Allow-Origin", B), ("Vary", "Origin")]


def test_policy_of_a_view_is_compiled_once() -> None:
    app = made()
    app.add_url_rule("/", view_func=cross_origin(Policy(allow_origins=APP))(lambda: "hello"))
    for origin in (APP, EVIL):
        assert ask(app, origin=origin).status == "200 OK"
    with patch.object(CORSMiddleware, "__init__", side_effect=AssertionError("made for a request")):
        for origin in (APP, EVIL, APP):
            assert ask(app, origin=origin).status == "200 OK"
            assert preflight(app, "/", origin).status in {"200 OK", "204 No Content", "403 Forbidden"}


def test_note_is_told_where_nothing_in_python_called() -> None:
    # under uWSGI the outermost frame is corswsgi's own
    program = "def call(): tell(['a note'])\ncall()"
    with pytest.warns(UserWarning, match="^a note$"), patch("inspect.currentframe", lambda: None):
        exec(program, {"__name__": "corswsgi.flask.front", "tell": tell})  # noqa: S102  (our own program)


class Unreachable(SecureCookieSessionInterface):
    """Sessions in a store that is down."""

    def open_session(self, app: Flask, request: Request) -> NoReturn:  # noqa: ARG002
        """Fail, before Flask dispatches the request."""
        raise OSError("the store is down")


@pytest.mark.parametrize("is_installed", [True, False])
def test_session_that_does_not_open_costs_neither_a_preflight_nor_the_headers_of_the_error(
    is_installed: bool,
) -> None:
    for methods in (["GET", "OPTIONS"], ["OPTIONS", "GET"]):
        app = made()
        app.logger.disabled = True
        app.session_interface = Unreachable()
        app.add_url_rule("/", view_func=cross_origin(Policy(allow_origins=APP, allow_methods=["PUT"]))(lambda: "hello"))
        if is_installed:
            CORS(app, {})
        for method in methods:
            if method == "GET":
                response = ask(app, origin=APP)
                granted = [("Access-Control-Allow-Origin", APP), ("Vary", "Origin")]
                assert (response.status[:3], response.cors) == ("500", granted)
            else:
                response = preflight(app, "/", APP, "PUT")
                assert dict(response.cors).get("Access-Control-Allow-Methods") == "PUT"
                assert (response.status[:1], response.body) == ("2", b"")
            assert dict(ask(app, origin=EVIL).cors).get("Access-Control-Allow-Origin") is None
