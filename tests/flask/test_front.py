"""The policy that decides on a request, found by the application's own `url_map`. No view or hook runs."""

import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar
from wsgiref.types import StartResponse, WSGIEnvironment

import flask
import flask.views
import pytest
from flask import Blueprint, Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from corswsgi import Policy
from corswsgi.flask import CORS, cross_origin
from corswsgi.flask.front import FlaskFront
from corswsgi.per_view import KEY
from tests.support.asking import APP, EVIL, Headers, Response, Start, ask, make_environ, preflight, run
from tests.support.flask_apps import GRANTED, MINE, MINE_ANSWER, OTHER, THEIRS, VARY, made, view, view_of

ORIGIN = ("Access-Control-Allow-Origin", APP)


def nothing(app: Flask) -> None:
    """Install nothing: `cross_origin` works alone."""


def without_rows(app: Flask) -> None:
    CORS(app, {})


Install = Callable[[Flask], None]
installed = pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(nothing, nothing, id="alone"),
        pytest.param(without_rows, nothing, id="CORS before the views"),
        pytest.param(nothing, without_rows, id="CORS after the views"),
    ],
)


@installed
def test_view_answers_by_its_own_policy(before: Install, after: Install) -> None:
    app = made()
    before(app)
    app.route("/me", methods=["GET", "PUT"])(cross_origin(MINE)(view))
    app.route("/open")(lambda: "open")
    after(app)
    for _ in range(2):  # what the first request installs serves the second
        assert preflight(app, "/me").cors == MINE_ANSWER
        assert preflight(app, "/me").status == "204 No Content"
        assert preflight(app, "/me", EVIL).status == "403 Forbidden"
        assert preflight(app, "/me", EVIL).cors == [VARY]
        assert ask(app, "/me", origin=APP).cors == GRANTED
        assert ask(app, "/me", origin=EVIL).cors == [VARY]
        assert ask(app, "/me").cors == [VARY]
        assert ask(app, "/open", origin=APP).cors == []
        assert ask(app, "/nowhere", origin=APP).cors == []


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        pytest.param(lambda app: preflight(app, "/me"), ("204 No Content", MINE_ANSWER, b""), id="preflight"),
        pytest.param(
            lambda app: preflight(app, "/me", EVIL),
            ("403 Forbidden", [VARY], b"CORS preflight refused: pages of this origin are not allowed here.\n"),
            id="refused preflight",
        ),
        pytest.param(lambda app: ask(app, "/me", origin=APP), ("200 OK", GRANTED, b"hello"), id="actual"),
        pytest.param(lambda app: ask(app, "/me"), ("200 OK", [VARY], b"hello"), id="no origin"),
        pytest.param(lambda app: ask(app, "/else", origin=APP), ("404 NOT FOUND", [], None), id="no view"),
        pytest.param(
            lambda app: ask(app, "/me", "POST", origin=APP), ("405 METHOD NOT ALLOWED", GRANTED, None), id="405"
        ),
    ],
)
def test_first_request_of_an_application_without_cors_is_answered_as_all_others(
    asked: Callable[[Flask], Response], expected: tuple[str, Headers, bytes | None]
) -> None:
    app = made()
    app.route("/me", methods=["GET", "PUT"])(cross_origin(MINE)(view))
    first, second = asked(app), asked(app)
    status, cors, body = expected
    assert (first.status, first.cors) == (second.status, second.cors) == (status, cors)
    assert first.headers == second.headers
    assert first.body == second.body
    assert body is None or body == first.body


@installed
def test_no_view_and_no_hook_runs_for_a_preflight(before: Install, after: Install) -> None:
    app = made()
    before(app)
    ran: list[str] = []

    @app.before_request
    def log_in() -> tuple[str, int]:
        ran.append("login")
        return "who are you?", 401

    @app.put("/me")
    @cross_origin(MINE)
    def me() -> str:
        ran.append("view")
        return "me"

    after(app)
    assert preflight(app, "/me").cors == MINE_ANSWER
    assert preflight(app, "/me").cors == MINE_ANSWER
    assert ran == []
    response = ask(app, "/me", "PUT", origin=APP)
    assert (response.status, response.cors) == ("401 UNAUTHORIZED", GRANTED)
    assert ran == ["login"]


def test_no_hook_runs_for_a_preflight_that_is_the_first_request() -> None:
    app = made()
    app.put("/me")(cross_origin(MINE)(view))
    ran: list[str] = []

    @app.before_request
    def before() -> None:
        ran.append("before")

    @app.after_request
    def after(response: flask.Response) -> flask.Response:
        ran.append("after")
        return response

    app.teardown_request(lambda _: ran.append("teardown"))
    app.teardown_appcontext(lambda _: ran.append("of the application"))
    for _ in range(2):
        assert preflight(app, "/me").cors == MINE_ANSWER
    assert ran == []
    ask(app, "/me", "PUT", origin=APP)
    assert ran == ["before", "after", "teardown", "of the application"]


def test_application_that_is_wrapped_keeps_its_wrapping() -> None:
    app = made()
    CORS(app, MINE)
    app.wsgi_app = ProxyFix(app.wsgi_app)  # type: ignore[method-assign]  # Flask's own way to put a middleware in front
    app.route("/me")(view)
    for _ in range(2):
        assert ask(app, "/me", origin=APP).cors == GRANTED
    assert isinstance(app.wsgi_app, ProxyFix)


def test_application_without_cors_is_left_alone_beside_one_that_has_it() -> None:
    plain, marked = made(), made()
    plain.route("/me")(view)
    marked.route("/me")(cross_origin(MINE)(lambda: "marked"))
    for _ in range(2):
        assert ask(marked, "/me", origin=APP).cors == GRANTED
        assert ask(plain, "/me", origin=APP).cors == []
    assert plain.wsgi_app == Flask.wsgi_app.__get__(plain)


def test_request_on_its_way_while_another_installs_is_served_from_inside() -> None:
    app = made()

    @app.route("/me")
    @cross_origin(MINE)
    def me() -> str:
        return "me"

    before = app.wsgi_app
    assert ask(app, "/me", origin=APP).cors == GRANTED
    assert ask(before, "/me", origin=APP).cors == GRANTED
    assert preflight(before, "/me").cors[0] == MINE_ANSWER[0]


def test_view_wins_over_its_blueprint_and_this_over_the_application() -> None:
    app = made()
    CORS(app, Policy(allow_origins="*"))
    outer, inner = Blueprint("outer", __name__), Blueprint("inner", __name__)
    CORS(outer, {"/outer/**": THEIRS})
    CORS(inner, {"/outer/inner/**": MINE, "/outer/inner/closed": None})
    outer.route("/page")(view)
    inner.route("/page")(view)
    inner.route("/closed")(view)
    inner.route("/own")(cross_origin(None)(lambda: "own"))
    outer.register_blueprint(inner, url_prefix="/inner")
    app.register_blueprint(outer, url_prefix="/outer")
    app.register_blueprint(outer, url_prefix="/elsewhere", name="again")
    app.route("/page")(view)
    assert ask(app, "/page", origin=APP).cors == [("Access-Control-Allow-Origin", "*")]
    assert ask(app, "/outer/page", origin=OTHER).cors == [("Access-Control-Allow-Origin", OTHER), VARY]
    assert ask(app, "/outer/page", origin=APP).cors == [VARY]
    assert ask(app, "/outer/inner/page", origin=APP).cors == GRANTED
    assert preflight(app, "/outer/inner/page").cors == MINE_ANSWER
    assert ask(app, "/outer/inner/closed", origin=APP).cors == []
    assert ask(app, "/outer/inner/own", origin=APP).cors == []
    # its table has no row there: the application's decides
    assert ask(app, "/elsewhere/page", origin=OTHER).cors == [("Access-Control-Allow-Origin", "*")]


def test_last_cors_of_a_blueprint_is_asked_first() -> None:
    app, blueprint = made(), Blueprint("blueprint", __name__)
    CORS(blueprint, THEIRS)
    CORS(blueprint, {"/me": MINE})
    blueprint.route("/me", endpoint="me")(view)
    blueprint.route("/you", endpoint="you")(view)
    app.register_blueprint(blueprint)
    assert ask(app, "/me", origin=APP).cors == GRANTED
    assert ask(app, "/you", origin=OTHER).cors == [("Access-Control-Allow-Origin", OTHER), VARY]


def test_view_of_a_blueprint_with_url_prefix() -> None:
    app, blueprint = made(), Blueprint("blueprint", __name__)
    blueprint.put("/me")(cross_origin(MINE)(view))
    app.register_blueprint(blueprint, url_prefix="/v1")
    assert preflight(app, "/v1/me").cors == MINE_ANSWER
    assert preflight(app, "/me").cors == []


class Resourceful(flask.views.MethodView):
    """Decorates its methods anew for each request, as the classes of Flask-RESTful and Flask-RESTX do."""

    method_decorators: ClassVar[Any] = [cross_origin(origins=APP)]

    def dispatch_request(self, **arguments: Any) -> Any:
        method = getattr(self, flask.request.method.lower())
        decorators = self.method_decorators
        for decorator in (
            decorators.get(flask.request.method.lower(), ()) if isinstance(decorators, dict) else decorators
        ):
            method = decorator(method)
        return method(**arguments)

    def get(self) -> str:
        return "got"

    def put(self) -> str:
        return "put"


class OneMethod(Resourceful):
    method_decorators: ClassVar[Any] = {"put": [staticmethod, cross_origin(origins=APP)]}


@pytest.mark.parametrize(("view_class", "reads"), [(Resourceful, True), (OneMethod, False)])
def test_methods_that_are_decorated_anew_for_each_request(view_class: type[Resourceful], *, reads: bool) -> None:
    app = Flask(__name__)
    CORS(app, {})
    app.add_url_rule("/item", view_func=view_class.as_view("item"))
    for _ in range(3):
        assert ask(app, "/item", origin=APP).cors == ([ORIGIN, VARY] if reads else [])
        assert ORIGIN in preflight(app, "/item", APP, "PUT").cors
        assert run(app, make_environ("/item", method="PUT", origin=APP)).cors == [ORIGIN, VARY]
    front = app.extensions[KEY]
    assert len(front.framework._rows) == 1  # noqa: SLF001  (no request adds one)


def test_streamed_response_is_not_read_ahead() -> None:
    app = made()
    sent: list[int] = []

    @app.route("/lines")
    @cross_origin(MINE)
    def lines() -> Iterator[bytes]:
        for number in range(3):
            sent.append(number)
            yield b"line\n"

    for _ in range(2):
        sent.clear()
        start = Start()
        body = app(make_environ("/lines", origin=APP), start)
        assert GRANTED[0] in start.headers
        assert sent == []
        assert b"".join(body) == b"line\n" * 3
        body.close()  # type: ignore[attr-defined]  # Werkzeug's have it


def test_configuration_that_comes_after_cors_is_read_at_the_first_request(caplog: pytest.LogCaptureFixture) -> None:
    app = made()
    CORS(app, origins=[APP], resources="/api/**")
    app.config["CORS_EXPOSE_HEADERS"] = "X-Total"
    app.route("/api/me")(view_of("me"))
    exposed = ("Access-Control-Expose-Headers", "X-Total")
    assert ask(app, "/api/me", origin=APP).cors == [GRANTED[0], exposed, VARY]
    assert caplog.messages == []


def test_configuration_that_is_wrong_after_cors_leaves_the_application_without(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = made()
    CORS(app)
    app.config["CORS_SUPPORTS_CREDENTIALS"] = True
    app.route("/api/me")(view_of("me"))
    app.route("/api/you")(cross_origin()(view_of("you")))
    for path in ("/api/me", "/api/you"):
        response = ask(app, path, origin=APP)
        assert (response.status, response.cors) == ("200 OK", [])
    (record,) = caplog.records
    assert record.levelname == "ERROR"


def test_first_requests_that_come_at_once_install_one_thing() -> None:
    app = made()
    together = threading.Barrier(4)

    @app.before_request
    def wait() -> None:
        together.wait(10)

    app.route("/me")(cross_origin(MINE)(view))
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: ask(app, "/me", origin=APP).cors, range(4)))
    assert answers == [GRANTED] * 4
    assert isinstance(app.extensions["corswsgi"], FlaskFront)


class Replaced(flask.Response):
    """A response that fails once it has started, and takes its place itself, as PEP 3333 lets it."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        super().__call__(environ, start_response)
        try:
            raise RuntimeError
        except RuntimeError:
            start_response("503 Service Unavailable", [("Content-Type", "text/plain")], sys.exc_info())
        return [b"later"]


def test_response_that_replaces_one_that_has_started_has_the_policy_of_the_view() -> None:
    app = made()
    CORS(app, {})
    app.get("/item")(cross_origin(MINE)(lambda: Replaced("now")))
    answer = ask(app, "/item", origin=APP)
    assert (answer.status, answer.body, answer.cors) == ("503 Service Unavailable", b"later", GRANTED)
