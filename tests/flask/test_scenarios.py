"""Flask: each response has the policy of the view to which Flask routed it, whatever wraps the application."""

import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from flask import Blueprint, Flask, Response, abort, jsonify, request
from flask.views import MethodView
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix

from corswsgi import Policy
from corswsgi.flask import CORS, cross_origin
from tests.support.scenarios import ALLY, EVIL, WEB, Want, hold, problems, ran

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

P = Policy(
    allow_origins=WEB,
    allow_credentials=True,
    allow_methods=["PATCH", "DELETE"],
    allow_headers=["Content-Type", "X-Version"],
    max_age=1200,
)
Q = Policy(allow_origins=ALLY, allow_methods=["PATCH"], max_age=60)
OPEN = Policy(allow_origins="*")


def other(environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
    """Be an application that is not Flask's."""
    ran.append("other")
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"other"]


class Prefix:
    """Takes /shop from the path, in a copy of the environ."""

    def __init__(self, app: "WSGIApplication") -> None:
        self.app = app

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith("/shop/"):
            environ = {**environ, "SCRIPT_NAME": "/shop", "PATH_INFO": environ["PATH_INFO"][5:]}
        return self.app(environ, start_response)


def bare(view: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate without `functools.wraps`."""

    def inner(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs)

    inner.__name__ = view.__name__
    return inner


def says(text: str, status: int = 200) -> Callable[..., Any]:
    """Make a view."""

    def view(*_: object, **__: object) -> tuple[str, int]:
        ran.append("view")
        return text, status

    return view


def crashes() -> str:
    raise ZeroDivisionError


def orders(app: Flask, mark: Callable[[Any], Any] = lambda view: view) -> Flask:
    @app.before_request
    def hook() -> None:
        ran.append("hook")

    def order(n: int) -> str:
        ran.append("view")
        return f"order {n}"

    app.add_url_rule("/orders/<int:n>", "orders", mark(order), methods=["GET", "PATCH"])
    return app


def wrapped(app: Flask, *around: Callable[[Any], Any]) -> Flask:
    """Put middlewares at ``app.wsgi_app``."""
    for put in around:
        app.wsgi_app = put(app.wsgi_app)  # type: ignore[method-assign]  # Flask's own way
    return app


def mounting(path: str, app: "WSGIApplication") -> Callable[[Any], Any]:
    return lambda outer: DispatcherMiddleware(outer, {path: app})


class TestAround:
    """Middlewares around Flask, in any order of installation."""

    def test_application_that_was_mounted_before_has_no_cors_of_flasks(self) -> None:
        def make() -> Flask:
            app = wrapped(orders(Flask("a")), mounting("/orders/old", other))
            CORS(app, resources={"/orders/**": {"origins": [WEB]}}, supports_credentials=True)
            return app

        hold(make, [
            ("GET", "/orders/1", WEB, WEB, Want(credentials=True)),
            ("pre PATCH", "/orders/1", WEB, WEB),
            ("GET", "/orders/old/1", WEB, None, Want(body="other")),
            ("pre DELETE", "/orders/old/1", WEB, None, Want(reaches=True, body="other")),
            ("GET", "/orders/x", WEB, WEB, Want(status=404)),
        ])  # fmt: skip

    def test_application_that_is_mounted_afterwards_neither(self) -> None:
        def make() -> Flask:
            app = orders(Flask("a"))
            CORS(app, {"/**": OPEN})
            return wrapped(app, mounting("/old", other))

        hold(make, [
            ("GET", "/orders/1", EVIL, "*"),
            ("GET", "/old", EVIL, None),
            ("pre PATCH", "/old", EVIL, None, Want(reaches=True, body="other")),
        ])  # fmt: skip

    def test_application_that_is_mounted_beside_decorated_views_neither(self) -> None:
        def make() -> Flask:
            app = Flask("a")
            app.add_url_rule("/<path:p>", "all", cross_origin(OPEN)(says("page")))
            return wrapped(app, mounting("/staff", other))

        hold(make, [
            ("GET", "/home", EVIL, "*"),
            ("GET", "/staff/list", EVIL, None, Want(body="other")),
            ("pre GET", "/staff/list", EVIL, None, Want(reaches=True, body="other")),
        ])  # fmt: skip

    def test_flask_is_mounted_itself_before_it_gets_cors(self) -> None:
        def make() -> Flask:
            app = orders(Flask("a"), cross_origin(P))
            inner = app.wsgi_app
            wrapped(app, lambda _: DispatcherMiddleware(other, {"/shop": inner}))
            CORS(app, {})
            return app

        hold(make, [
            ("GET", "/shop/orders/5", WEB, WEB, Want(body="order 5")),
            ("pre PATCH", "/shop/orders/5", WEB, WEB, Want(max_age="1200", methods=("PATCH", "DELETE"))),
            ("GET", "/orders/5", WEB, None, Want(body="other")),
        ])  # fmt: skip

    def test_middleware_takes_a_prefix_away_in_a_copy_of_the_environ(self) -> None:
        def make() -> Flask:
            app = wrapped(orders(Flask("a")), Prefix)
            CORS(app, resources={r"/orders/**": {"origins": [WEB]}})
            return app

        hold(make, [
            ("GET", "/shop/orders/5", WEB, WEB),
            ("pre PATCH", "/shop/orders/5", WEB, WEB),
            ("GET", "/shop/orders/5", EVIL, None),
            ("pre PATCH", "/shop/orders/5", EVIL, None, Want(status=403)),
        ])  # fmt: skip

    def test_middleware_takes_a_prefix_away_from_decorated_views(self) -> None:
        hold(lambda: wrapped(orders(Flask("a"), cross_origin(origins=[WEB], max_age=1200)), Prefix), [
            ("GET", "/shop/orders/5", WEB, WEB),
            ("pre PATCH", "/shop/orders/5", WEB, WEB, Want(max_age="1200")),
            ("PATCH", "/shop/orders/5", WEB, WEB),
        ])  # fmt: skip

    def test_proxy_fix_chooses_the_subdomain_of_a_blueprint(self) -> None:
        def make() -> Flask:
            app = Flask("a", subdomain_matching=True)
            app.config["SERVER_NAME"] = "shop.example"
            blueprint = Blueprint("b", "a", subdomain="hub")
            blueprint.add_url_rule("/stock", "stock", cross_origin(P)(says("hub")), methods=["GET", "PATCH"])
            app.add_url_rule("/stock", "main", says("main"))
            app.register_blueprint(blueprint)
            return wrapped(app, lambda inner: ProxyFix(inner, x_host=1))

        def at(host: str, body: str | None = None) -> Want:
            return Want(env={"HTTP_HOST": "10.1.1.1", "HTTP_X_FORWARDED_HOST": host}, body=body)

        hold(make, [
            ("GET", "/stock", WEB, WEB, at("hub.shop.example", "hub")),
            ("pre PATCH", "/stock", WEB, WEB, at("hub.shop.example")),
            ("GET", "/stock", WEB, None, at("shop.example", "main")),
        ])  # fmt: skip

    def test_other_application_of_flask_that_is_mounted_has_its_own_policies(self) -> None:
        def make() -> Flask:
            app = wrapped(orders(Flask("a")), mounting("/second", orders(Flask("b"), cross_origin(Q))))
            CORS(app, {"/**": P})
            return app

        hold(make, [
            ("GET", "/orders/1", WEB, WEB),
            ("GET", "/second/orders/1", ALLY, ALLY, Want(credentials=False)),
            ("GET", "/second/orders/1", WEB, None),
            ("pre PATCH", "/second/orders/1", ALLY, ALLY),
            ("GET", "/second/nothing", WEB, None, Want(status=404)),
        ])  # fmt: skip

    def test_middleware_that_answers_by_itself_gets_nothing(self) -> None:
        def maintenance(_: "WSGIApplication") -> "WSGIApplication":
            return other

        def make() -> Flask:
            app = wrapped(orders(Flask("a"), cross_origin(P)), maintenance)
            CORS(app, {"/**": P})
            return app

        hold(make, [
            ("GET", "/orders/1", WEB, None, Want(body="other")),
            ("pre PATCH", "/orders/1", WEB, None, Want(reaches=True, body="other")),
        ])  # fmt: skip


class TestViews:
    def test_login_in_a_hook_is_not_asked_for_a_preflight_and_its_401_has_the_views_policy(self) -> None:
        def make() -> Flask:
            app = orders(Flask("a"), cross_origin(P))

            @app.before_request
            def login() -> None:
                ran.append("login")
                if "Authorization" not in request.headers:
                    abort(401)

            return app

        hold(make, [
            ("pre PATCH content-type", "/orders/3", WEB, WEB),
            ("GET", "/orders/3", WEB, WEB, Want(status=401)),
            ("GET", "/orders/3", EVIL, None, Want(status=401)),
        ])  # fmt: skip

    def test_innermost_blueprint_decides_and_a_views_mark_before_it(self) -> None:
        def make() -> Flask:
            app = Flask("a")
            shop, team = Blueprint("shop", "a", url_prefix="/shop"), Blueprint("team", "a", url_prefix="/team")
            shop.add_url_rule("/x", "x", says("x"))
            team.add_url_rule("/x", "x", says("x"))
            team.add_url_rule("/y", "y", cross_origin(None)(says("y")))
            team.add_url_rule("/z", "z", cross_origin(OPEN)(says("z")))
            CORS(shop, P)
            CORS(team, Q)
            shop.register_blueprint(team)
            app.register_blueprint(shop)
            CORS(app, {"/**": OPEN})
            app.add_url_rule("/x", "x", says("x"))
            return app

        hold(make, [
            ("GET", "/shop/x", WEB, WEB),
            ("GET", "/shop/team/x", ALLY, ALLY),
            ("GET", "/shop/team/x", WEB, None),
            ("GET", "/shop/team/y", ALLY, None),
            ("GET", "/shop/team/z", EVIL, "*"),
            ("GET", "/x", EVIL, "*"),
            ("GET", "/nothing", EVIL, "*", Want(status=404)),
        ])  # fmt: skip

    def test_redirects_of_slashes_and_crashes_and_head_have_the_policy_of_the_view(self) -> None:
        def make() -> Flask:
            app = Flask("a")
            app.logger.disabled = True
            app.add_url_rule("/list/", "list", cross_origin(P)(says("list")))
            app.add_url_rule("/crash", "crash", cross_origin(P)(crashes))
            return app

        hold(make, [
            ("GET", "/list", WEB, WEB, Want(status=308)),
            ("pre GET x-version", "/list", WEB, WEB),
            ("GET", "/crash", WEB, WEB, Want(status=500)),
            ("HEAD", "/list/", WEB, WEB),
        ])  # fmt: skip


class TestOneURL:
    """One URL whose views have several policies: browsers keep what a preflight allowed for the URL."""

    def test_get_has_a_policy_and_delete_has_none(self) -> None:
        def make() -> Flask:
            app = Flask("a")
            mark = cross_origin(origins=[WEB], supports_credentials=True, max_age=1200)
            app.add_url_rule("/note", "read", mark(says("note")))
            app.add_url_rule("/note", "erase", says("gone"), methods=["DELETE"])
            CORS(app, {})
            return app

        hold(make, [
            ("pre GET x-a", "/note", WEB, WEB, Want(only="GET", max_age="0")),
            ("GET", "/note", WEB, WEB),
            ("DELETE", "/note", WEB, None),
        ])  # fmt: skip

    def test_two_policies(self) -> None:
        def make() -> Flask:
            app = Flask("a")
            app.add_url_rule("/note", "read", cross_origin(P)(says("note")))
            app.add_url_rule("/note", "write", cross_origin(Q)(says("written")), methods=["PATCH"])
            return app

        hold(make, [
            ("pre GET", "/note", WEB, WEB, Want(only="GET", max_age="0")),
            ("pre PATCH", "/note", ALLY, ALLY, Want(only="PATCH", max_age="0")),
            ("pre PATCH", "/note", WEB, None),
            ("pre GET", "/note", ALLY, None),
        ])  # fmt: skip

    def test_any_method_becomes_the_asked_one_if_it_is_a_method(self) -> None:
        def make() -> Flask:
            app = Flask("a")
            mark = cross_origin(Policy(allow_origins="*", allow_methods="*"))
            app.add_url_rule("/note", "write", mark(says("written")), methods=["PUT"])
            app.add_url_rule("/note", "erase", says("gone"), methods=["DELETE"])
            return app

        hold(make, [
            ("pre PUT", "/note", WEB, "*", Want(only="PUT", max_age="0")),
            ("pre DELETE", "/note", WEB, None),
        ])  # fmt: skip

    def test_headers_that_get_allows_do_not_open_a_closed_post(self) -> None:
        def make() -> Flask:
            app = Flask("a")
            app.add_url_rule("/note", "read", cross_origin(P)(says("note")))
            app.add_url_rule("/note", "add", cross_origin(None)(says("added")), methods=["POST"])
            CORS(app, {"/**": Q})
            return app

        hold(make, [
            ("pre GET content-type", "/note", WEB, WEB, Want(only="GET", max_age="0")),
            ("POST", "/note", ALLY, None),
        ])  # fmt: skip

    def test_another_rule_serves_the_other_method(self) -> None:
        def make() -> Flask:
            app = Flask("a")
            app.add_url_rule("/files/readme", "readme", cross_origin(P)(says("read me")))
            app.add_url_rule("/files/<path:p>", "erase", says("gone"), methods=["DELETE"])
            return app

        hold(make, [
            ("pre GET", "/files/readme", WEB, WEB, Want(only="GET", max_age="0")),
            ("DELETE", "/files/readme", WEB, None),
            ("DELETE", "/files/else", WEB, None),
        ])  # fmt: skip

    def test_catch_all_that_only_reads_and_has_no_policy_does_not_count(self) -> None:
        def make() -> Flask:
            app = Flask("a")
            app.add_url_rule("/api/<int:n>", "write", cross_origin(P)(says("written")), methods=["PATCH"])
            app.add_url_rule("/<path:p>", "page", says("page"))
            return app

        hold(make, [("pre PATCH", "/api/1", WEB, WEB, Want(max_age="1200", methods=("PATCH", "DELETE")))])

    def test_one_policy_for_all_is_kept_as_long_as_it_says(self) -> None:
        class Note(MethodView):
            decorators: ClassVar = [cross_origin(P)]

            def get(self) -> str:
                return "note"

            def patch(self) -> str:
                return "written"

        def make() -> Flask:
            app = Flask("a")
            app.add_url_rule("/note", view_func=Note.as_view("note"))
            CORS(app, {"/**": OPEN})
            return app

        hold(make, [
            ("pre GET", "/note", WEB, WEB, Want(max_age="1200", methods=("PATCH", "DELETE"))),
            ("pre PATCH", "/note", WEB, WEB, Want(max_age="1200")),
        ])  # fmt: skip


class TestMarks:
    """Marks where no router finds them."""

    def test_error_handlers_decide_for_what_no_marked_view_was_routed_to(self) -> None:
        def make() -> Flask:
            app = Flask("a")
            app.logger.disabled = True
            blueprint = Blueprint("b", "a")
            blueprint.app_errorhandler(404)(cross_origin(P)(says("nothing", 404)))
            blueprint.add_url_rule("/x", "x", says("x"))
            app.register_error_handler(ZeroDivisionError, cross_origin(Q)(says("broken", 500)))
            app.add_url_rule("/crash", "crash", crashes)
            app.register_blueprint(blueprint)
            return app

        hold(make, [
            ("GET", "/nothing", WEB, WEB, Want(status=404, credentials=True)),
            ("GET", "/nothing", EVIL, None),
            ("GET", "/crash", ALLY, ALLY, Want(status=500)),
            ("GET", "/x", WEB, None),
        ])  # fmt: skip

    def test_functions_that_ran_decide(self) -> None:
        @cross_origin(Q)
        def reply() -> Response:
            return jsonify(1)

        def helped() -> Response:
            return reply()

        def make() -> Flask:
            app = Flask("a")

            @app.before_request
            @cross_origin(P)
            def close() -> tuple[str, int] | None:
                return ("closed", 503) if request.path == "/closed" else None

            app.add_url_rule("/closed", "closed", says("never"))
            app.add_url_rule("/open", "open", says("open"))
            app.add_url_rule("/helped", "helped", helped)
            app.add_url_rule("/plain", "plain", bare(cross_origin(Q)(says("plain"))))
            return app

        hold(make, [
            ("GET", "/closed", WEB, WEB, Want(status=503)),
            ("GET", "/open", WEB, None, Want(body="open")),  # the function that ran has answered nothing
            ("GET", "/helped", ALLY, ALLY),
            ("GET", "/helped", EVIL, None),
            ("GET", "/plain", ALLY, ALLY),
        ])  # fmt: skip

    def test_routed_view_that_another_view_calls_decides_there_too(self) -> None:
        def make() -> Flask:
            app = Flask("a")
            CORS(app, {"/**": P})
            secret = cross_origin(None)(says("secret"))
            app.add_url_rule("/secret", "secret", secret)
            app.add_url_rule("/shown", "shown", lambda: secret())  # noqa: PLW0108  (another view)
            return app

        hold(make, [("GET", "/shown", WEB, None, Want(body="secret")), ("GET", "/secret", WEB, None)])

    def test_none_that_runs_closes_whatever_wider_policy_there_is(self) -> None:
        def make() -> Flask:
            app = Flask("a")
            CORS(app, origins=[WEB])
            app.add_url_rule("/secret", "secret", bare(cross_origin(None)(says("secret"))))
            return app

        hold(make, [("GET", "/secret", WEB, None, Want(body="secret"))])

    def test_what_no_router_finds_is_told_once_at_the_first_request(self, caplog: pytest.LogCaptureFixture) -> None:
        app = Flask("a")

        def late_view() -> str:
            return "late"

        def early_view() -> str:
            return "early"

        def found_view() -> str:
            return "found"

        elsewhere = Flask("b")
        elsewhere.get("/found")(cross_origin(P)(found_view))
        app.get("/found")(found_view)
        cross_origin(P)(app.get("/late")(late_view))  # above the route
        cross_origin(None)(app.get("/early")(early_view))
        for _ in range(2):
            assert problems(app, ("GET", "/late", WEB, None)) == []
        told = {(record.levelname, record.getMessage().partition(": ")[0]) for record in caplog.records}
        lines = {function: function.__code__.co_firstlineno for function in (late_view, early_view)}
        assert told == {
            ("WARNING", f"late_view ({__file__}:{lines[late_view]})"),
            ("ERROR", f"early_view ({__file__}:{lines[early_view]})"),
        }
        assert len(caplog.records) == 2

    def test_marks_that_other_applications_have_are_not_told(self, caplog: pytest.LogCaptureFixture) -> None:
        apps = [Flask("a"), Flask("b")]
        blueprint = Blueprint("c", "c")
        blueprint.get("/c")(cross_origin(P)(says("c")))
        for app in apps:
            app.get("/")(cross_origin(P)(says("view")))
        for app in apps:
            assert problems(app, ("GET", "/", WEB, WEB)) == []
        assert caplog.records == []

    def test_marked_function_is_called_outside_of_a_request_as_it_is(self) -> None:
        assert cross_origin(P)(len)("abc") == 3


def test_wrong_policy_closes_its_view_and_the_rest_serves(caplog: pytest.LogCaptureFixture) -> None:
    def make() -> Flask:
        caplog.clear()
        app = Flask("a")
        mark = cross_origin(supports_credentials=True)
        app.add_url_rule("/bad", "bad", mark(says("bad")), methods=["GET", "PATCH"])
        app.add_url_rule("/worse", "worse", mark(says("worse")))
        app.add_url_rule("/good", "good", cross_origin(P)(says("good")))
        app.add_url_rule("/ping", "ping", says("pong"))
        return app

    hold(make, [
        ("GET", "/bad", WEB, None, Want(status=200)),
        ("pre PATCH", "/bad", WEB, None, Want(status=200)),
        ("GET", "/good", WEB, WEB),
        ("GET", "/ping", WEB, None, Want(body="pong")),
    ])  # fmt: skip
    # others may come from threads and applications of other tests
    (record,) = [each for each in caplog.records if '"bad".origins' in each.getMessage()]
    assert (record.name, record.levelno) == ("corswsgi", logging.ERROR)
    assert '"worse".origins' in record.getMessage()
