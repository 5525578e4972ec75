"""Which policy decides about a request: found through the application's own `url_map`, and no view or hook runs."""

import functools
import inspect
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

import flask.views
import pytest
from flask import Blueprint, Flask
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import BaseConverter

from corswsgi import Policy
from corswsgi.flask import CORS, cross_origin
from corswsgi.flask.front import FlaskFront
from corswsgi.per_view import KEY
from tests.support.asking import APP, EVIL, Headers, Response, Start, alone, ask, make_environ, preflight, run

OTHER = "https://other.example.com"
MINE = Policy(allow_origins=APP, allow_methods=["PUT", "DELETE"])
THEIRS = Policy(allow_origins=OTHER, allow_methods=["PUT", "DELETE"])
VARY = ("Vary", "Origin")
ORIGIN = ("Access-Control-Allow-Origin", APP)
MINE_ANSWER = [
    ("Access-Control-Allow-Origin", APP),
    ("Access-Control-Allow-Methods", "PUT, DELETE"),
    VARY,
]
THEIRS_ANSWER = [("Access-Control-Allow-Origin", OTHER), *MINE_ANSWER[1:]]
GRANTED = [("Access-Control-Allow-Origin", APP), VARY]


def view(**_: Any) -> str:
    return "hello"


def made(**options: Any) -> Flask:
    app = Flask(__name__, **options)
    app.config["PROPAGATE_EXCEPTIONS"] = True
    return app


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
    assert ran == ["of the application"] * 2
    ask(app, "/me", "PUT", origin=APP)
    assert ran[2:] == ["before", "after", "teardown", "of the application"]


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


def test_two_views_on_one_rule_have_each_their_policy() -> None:
    app = made()
    CORS(app, {})
    app.get("/item/<int:key>", endpoint="read")(cross_origin(MINE)(view))
    app.put("/item/<int:key>", endpoint="write")(cross_origin(THEIRS)(view))
    assert preflight(app, "/item/7", APP, "GET").cors == alone(MINE_ANSWER)
    assert preflight(app, "/item/7", OTHER, "GET").cors == [VARY]
    assert preflight(app, "/item/7", OTHER, "PUT").cors == alone(THEIRS_ANSWER, "PUT")
    assert preflight(app, "/item/7", APP, "PUT").cors == [VARY]
    assert ask(app, "/item/7", "PUT", origin=APP).cors == [VARY]
    assert ask(app, "/item/7", origin=APP).cors == GRANTED
    assert ask(app, "/item/seven", origin=APP).cors == []
    # no view serves it: that of one of the others, always the same one
    assert preflight(app, "/item/7", APP, "DELETE").cors == alone(MINE_ANSWER, "DELETE")
    assert ask(app, "/item/7", "DELETE", origin=APP).cors == GRANTED


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


class Item(flask.views.MethodView):
    decorators: ClassVar[list[Callable[..., Any]]] = [cross_origin(THEIRS)]

    def get(self) -> str:
        return "get"

    @cross_origin(MINE)
    def put(self) -> str:
        return "put"


class Read(flask.views.MethodView):
    @cross_origin(MINE)
    def get(self) -> str:
        return "get"


class Old(flask.views.View):
    methods = ("GET", "PUT")

    @cross_origin(MINE)
    def dispatch_request(self) -> str:
        return "old"


def test_class_based_view_is_decorated_as_a_whole_or_by_its_methods() -> None:
    app = made()
    app.add_url_rule("/item", view_func=Item.as_view("item"))
    app.add_url_rule("/read", view_func=Read.as_view("read"))
    app.add_url_rule("/old", view_func=Old.as_view("old"), methods=["GET", "PUT", "DELETE"])
    assert preflight(app, "/item", APP, "PUT").cors == alone(MINE_ANSWER, "PUT")
    assert preflight(app, "/item", OTHER, "PUT").cors == [VARY]
    assert preflight(app, "/item", OTHER, "GET").cors == alone(THEIRS_ANSWER)
    assert ask(app, "/item", "HEAD", origin=OTHER).cors == [("Access-Control-Allow-Origin", OTHER), VARY]
    assert preflight(app, "/old", APP, "PUT").cors == MINE_ANSWER
    assert ask(app, "/old", "DELETE", origin=APP).cors == GRANTED
    assert ask(app, "/read", "HEAD", origin=APP).cors == GRANTED


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
    method_decorators: ClassVar[Any] = {"put": [cross_origin(origins=APP)]}


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


class Bound:
    def view(self) -> str:
        return "bound"


def test_bound_method_is_a_view() -> None:
    app = made()
    app.add_url_rule("/me", view_func=cross_origin(MINE)(Bound().view))
    assert ask(app, "/me", origin=APP).cors == GRANTED


def test_view_itself_stays_without_the_mark_of_its_copies() -> None:
    app = made()
    app.route("/mine", endpoint="mine")(cross_origin(MINE)(view))
    app.route("/theirs", endpoint="theirs")(cross_origin(THEIRS)(view))
    app.route("/plain", endpoint="plain")(view)
    assert ask(app, "/mine", origin=APP).cors == GRANTED
    assert ask(app, "/theirs", origin=APP).cors == [VARY]
    assert ask(app, "/plain", origin=APP).cors == []


def test_upper_of_two_decorators_wins() -> None:
    app = made()
    app.route("/me")(cross_origin(MINE)(cross_origin(THEIRS)(view)))
    assert ask(app, "/me", origin=APP).cors == GRANTED


def test_copy_of_a_view_is_called_as_the_view_is() -> None:
    start = 40

    @cross_origin(MINE)
    def add(one: int = 1, *, other: int = 1) -> int:
        """Add."""
        return start + one + other

    assert (add(), add(2), add(other=3), add.__name__, add.__doc__) == (42, 43, 44, "add", "Add.")


def test_redirect_of_strict_slashes_has_the_policy_of_the_view_behind_it() -> None:
    app = made()
    CORS(app, {})
    app.route("/list/", methods=["GET", "PUT"])(cross_origin(MINE)(view))
    app.add_url_rule("/moved", "moved", redirect_to="/list/")
    app.add_url_rule("/away", "away", redirect_to="https://elsewhere.example/list/")
    response = ask(app, "/list", origin=APP)
    assert (response.status, response.cors) == ("308 PERMANENT REDIRECT", GRANTED)
    assert preflight(app, "/list").cors == MINE_ANSWER
    assert ask(app, "/moved", origin=APP).cors == GRANTED
    assert ask(app, "/away", origin=APP).cors == []


def test_redirect_is_followed_where_flask_is_mounted_and_where_names_are_escaped() -> None:
    app = made()
    CORS(app, {})
    app.route("/a b/é/")(cross_origin(MINE)(view))
    environ = make_environ("/a b/é".encode().decode("latin-1"), origin=APP)
    environ["SCRIPT_NAME"] = "/mounted"
    response = run(app, environ)
    assert (response.status, response.cors) == ("308 PERMANENT REDIRECT", GRANTED)


def test_redirect_to_a_redirect_is_not_followed(caplog: pytest.LogCaptureFixture) -> None:
    app = made()
    CORS(app, {})
    app.route("/a", redirect_to="/b", endpoint="a")(cross_origin(MINE)(view))
    app.route("/b", redirect_to="/a", endpoint="b")(view)
    assert preflight(app, "/a").cors == []
    assert caplog.messages == []


def test_hosts_and_subdomains_are_matched() -> None:
    app = made(host_matching=True, static_host="static.example.com")
    CORS(app, {})
    app.route("/me", host="one.example.com", endpoint="one")(cross_origin(MINE)(view))
    app.route("/me", host="two.example.com", endpoint="two")(cross_origin(THEIRS)(lambda: "two"))
    assert ask(app, "/me", origin=APP, host="one.example.com").cors == GRANTED
    assert ask(app, "/me", origin=APP, host="two.example.com").cors == [VARY]

    app = made(subdomain_matching=True)
    app.config["SERVER_NAME"] = "example.com"
    app.route("/me", subdomain="api")(cross_origin(MINE)(lambda: "api"))
    app.route("/me", endpoint="top")(view)
    assert ask(app, "/me", origin=APP, host="api.example.com").cors == GRANTED
    assert ask(app, "/me", origin=APP, host="example.com").cors == []


def test_path_that_can_be_read_in_several_ways_has_the_policy_of_the_view_that_flask_reads() -> None:
    app = made()
    CORS(app, {"/**": THEIRS, "/a/**": None})
    app.route("/<path:path>")(cross_origin(MINE)(view))
    for path in ("/a/b", "/a/../b", "/a/.", "/a\\b"):
        assert ask(app, path, origin=APP).cors == GRANTED
        assert preflight(app, path).cors == MINE_ANSWER


def test_path_that_can_be_read_in_several_ways_is_untouched_where_a_regex_decides() -> None:
    app = made()
    CORS(app, resources={r"/\w+/.*": {}}, allow_headers="X-A")
    assert preflight(app, "/regex/a", names="X-A").status == "204 No Content"
    app.after_request(lambda response: response.headers.add("Vary", "Cookie") or response)
    assert preflight(app, "/regex/../a", names="X-A").cors == [("Vary", "Cookie")]


class Broken(BaseConverter):
    def to_python(self, value: str) -> str:
        raise RuntimeError(value)


def test_converter_that_raises_is_logged_and_finds_no_view(caplog: pytest.LogCaptureFixture) -> None:
    app = Flask(__name__)
    app.url_map.converters["broken"] = Broken
    CORS(app, {})
    app.route("/x/<broken:value>")(cross_origin(MINE)(view))
    response = preflight(app, "/x/1")
    assert (response.status, response.cors) == ("500 INTERNAL SERVER ERROR", [])
    assert "no view was found for 'PUT' '/x/1'" in caplog.messages


def test_mark_goes_with_a_decorator_that_uses_wraps() -> None:
    app = made()

    @app.route("/me")
    @functools.wraps(cross_origin(MINE)(view))
    def me() -> str:
        return "me"

    assert ask(app, "/me", origin=APP).cors == GRANTED


def test_async_view_stays_one() -> None:
    async def me() -> str:
        return "me"

    assert inspect.iscoroutinefunction(cross_origin(MINE)(me))


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


def test_mistakes_that_depend_on_the_configuration_close_their_views(caplog: pytest.LogCaptureFixture) -> None:
    app = made()
    app.config["CORS_SUPPORTS_CREDENTIALS"] = True
    app.route("/me", methods=["GET", "PUT"])(cross_origin()(view_of("me")))
    app.route("/you")(cross_origin(max_age="60")(view_of("you")))
    app.route("/plain")(view_of("plain"))
    app.route("/good")(cross_origin(MINE)(view_of("good")))
    for _ in range(2):
        assert preflight(app, "/me").cors == []
        assert ask(app, "/you", origin=APP).cors == []
        assert ask(app, "/plain", origin=APP).body == b"plain"
        assert ask(app, "/good", origin=APP).cors == GRANTED
    (logged,) = caplog.messages
    assert re.findall(r'"\w+"\.origins|any-origin-with-credentials', logged) == [
        '"me".origins', "any-origin-with-credentials", '"you".origins', "any-origin-with-credentials",
    ]  # fmt: skip


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


def view_of(name: str) -> Callable[[], str]:
    def view() -> str:
        return name

    view.__name__ = name
    return view


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
    assert isinstance(app.wsgi_app, FlaskFront)
    assert [*app.wsgi_app.inside()] == [Flask.wsgi_app.__get__(app)]


def test_view_that_is_put_in_the_place_of_another_has_its_own_policy() -> None:
    app = made()
    app.route("/me", endpoint="me")(cross_origin(MINE)(view))
    assert ask(app, "/me", origin=APP).cors == GRANTED
    app.view_functions["me"] = cross_origin(THEIRS)(view)
    assert ask(app, "/me", origin=APP).cors == [VARY]
