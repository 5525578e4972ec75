"""The record of marked functions that ran: for which requests it is made, and that applications do not see it.

Each application is asked twice: the first request of a view learns its mark.
"""

import gc
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from functools import update_wrapper
from threading import Thread
from typing import TYPE_CHECKING, Any

import flask
import pytest
from flask import Flask, Response, abort, current_app, request
from flask.views import MethodView

from corswsgi import Policy
from corswsgi.flask import CORS, cross_origin
from corswsgi.per_view import KEY
from tests.support.asking import APP, EVIL, Headers, ask, make_environ, preflight, run
from tests.support.flask_apps import GRANTED, MINE, MINE_ANSWER, OTHER, THEIRS, VARY, made, view, view_of

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

ANY = [("Access-Control-Allow-Origin", "*")]
TIMES = range(2)


def opened(**options: Any) -> Flask:
    app = made()
    CORS(app, {"/**": Policy(allow_origins="*")}, **options)
    return app


def cors_of(app: Flask, path: str, **headers: str) -> Headers:
    return ask(app, path, **headers).cors


def test_views_stay_those_of_the_application_which_may_compare_them() -> None:
    app = made()
    marked = cross_origin(MINE)(view)
    app.add_url_rule("/me", "me", marked)
    protected = {marked}

    @app.before_request
    def login() -> None:
        if app.view_functions[request.endpoint or ""] in protected and "Authorization" not in request.headers:
            abort(401)

    for _ in TIMES:
        assert ask(app, "/me", origin=APP).status == "401 UNAUTHORIZED"
        assert cors_of(app, "/me", origin=APP, authorization="x") == GRANTED
    assert app.view_functions["me"] is marked


def called() -> Any:
    return current_app.view_functions["secret"]()


def called_synchronously() -> Any:
    return current_app.ensure_sync(current_app.view_functions["secret"])()


def dispatched() -> Any:
    with flask.current_app.test_request_context("/secret"):
        return current_app.dispatch_request()


def fully_dispatched() -> Any:
    with flask.current_app.test_request_context("/secret"):
        return current_app.full_dispatch_request()


@pytest.mark.parametrize("batch", [called, called_synchronously, dispatched, fully_dispatched])
@pytest.mark.parametrize(("policy", "granted"), [(None, []), (MINE, GRANTED)])
def test_view_that_another_calls_by_its_endpoint_decides_at_every_request(
    batch: Callable[[], Any], policy: Policy | None, granted: Headers
) -> None:
    app = opened()
    app.add_url_rule("/secret", "secret", cross_origin(policy)(view_of("secret")))
    app.add_url_rule("/batch", "batch", batch)
    for _ in TIMES:
        assert ask(app, "/batch", origin=APP).body == b"secret"
        assert cors_of(app, "/batch", origin=APP) == granted
        assert cors_of(app, "/secret", origin=APP) == granted


def test_view_that_another_view_of_its_endpoint_calls_is_recorded() -> None:
    app = opened()
    secret = cross_origin(None)(view_of("secret"))
    app.add_url_rule("/secret", "secret", secret)
    assert cors_of(app, "/secret", origin=APP) == []

    def another() -> Any:
        return app.ensure_sync(secret)()

    app.view_functions["secret"] = another
    for _ in TIMES:
        assert ask(app, "/secret", origin=APP).body == b"secret"
        assert cors_of(app, "/secret", origin=APP) == []


class Copied(flask.Request):
    """A request that keeps its environ for itself."""

    def __init__(self, environ: "WSGIEnvironment", *arguments: Any, **options: Any) -> None:
        super().__init__({**environ}, *arguments, **options)


def test_request_class_may_copy_the_environ() -> None:
    app = opened()
    app.request_class = Copied
    secret = cross_origin(None)(view_of("secret"))
    app.add_url_rule("/helped", "helped", lambda: str(secret()))

    @app.get("/moved")
    @cross_origin(MINE)
    def moved() -> str:
        request.environ["PATH_INFO"] = "/helped"
        return "moved"

    for _ in TIMES:
        assert cors_of(app, "/helped", origin=APP) == []
        assert cors_of(app, "/moved", origin=APP) == GRANTED


def test_function_that_runs_in_a_thread_of_the_request_decides() -> None:
    app = opened()
    helper = cross_origin(THEIRS)(view)

    @app.get("/threaded")
    def threaded() -> str:
        thread = Thread(target=flask.copy_current_request_context(helper))
        thread.start()
        thread.join()
        return "done"

    for _ in TIMES:
        assert cors_of(app, "/threaded", origin=OTHER) == [("Access-Control-Allow-Origin", OTHER), VARY]


def test_function_that_runs_outside_of_a_request_is_not_recorded() -> None:
    app = made()
    app.add_url_rule("/me", "me", cross_origin(MINE)(view))
    assert cors_of(app, "/me", origin=APP) == GRANTED
    with app.app_context():
        assert current_app.ensure_sync(app.view_functions["me"])() == "hello"


def test_coroutine_function_decides_at_every_request() -> None:
    app = made()

    @app.get("/me")
    @cross_origin(MINE)
    async def me() -> str:
        return "hello"

    for _ in TIMES:
        assert ask(app, "/me", origin=APP).body == b"hello"
        assert cors_of(app, "/me", origin=APP) == GRANTED


@dataclass
class Limited:
    """A decorator of a class that has no hash."""

    view: Callable[..., Any]

    def __post_init__(self) -> None:
        update_wrapper(self, self.view)

    def __call__(self, **arguments: Any) -> Any:
        return self.view(**arguments)


def test_view_may_have_no_hash() -> None:
    app = made()
    app.add_url_rule("/above", "above", Limited(cross_origin(MINE)(view)))
    app.add_url_rule("/below", "below", cross_origin(MINE)(Limited(view)))
    for _ in TIMES:
        assert cors_of(app, "/above", origin=APP) == GRANTED
        assert cors_of(app, "/below", origin=APP) == GRANTED


def test_ensure_sync_of_the_application_stays() -> None:
    class Counting(Flask):
        seen = 0

        def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
            Counting.seen += 1
            return super().ensure_sync(func)

    app = Counting(__name__)
    app.add_url_rule("/me", "me", cross_origin(MINE)(view))
    for _ in TIMES:
        assert cors_of(app, "/me", origin=APP) == GRANTED
    assert Counting.seen == len(TIMES)


def test_ensure_sync_that_is_patched_later_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    app = made()
    app.add_url_rule("/me", "me", cross_origin(MINE)(view))
    assert ask(app, "/me", origin=APP).body == b"hello"
    monkeypatch.setattr(Flask, "ensure_sync", lambda _app, _function: view_of("patched"))
    for _ in TIMES:
        assert ask(app, "/me", origin=APP).body == b"patched"
        assert cors_of(app, "/me", origin=APP) == GRANTED


def test_views_that_are_replaced_at_every_request_are_not_all_remembered() -> None:
    app = made()
    app.add_url_rule("/me", "me", view)
    front = None
    for _ in range(9):
        app.view_functions["me"] = cross_origin(MINE)(view)
        assert cors_of(app, "/me", origin=APP) == GRANTED
        front = app.extensions[KEY]
    assert front is not None
    assert len(front.framework._originals) <= len(app.view_functions) + 1  # noqa: SLF001


class Note(MethodView):
    """A class whose methods have different policies."""

    @cross_origin(MINE)
    def get(self) -> str:
        return "note"

    @cross_origin(None)
    def delete(self) -> str:
        return "gone"


def test_method_that_a_hook_writes_into_the_environ_is_not_the_one_that_was_routed() -> None:
    app = opened()
    app.add_url_rule("/note", view_func=Note.as_view("note"))
    app.before_request(lambda: request.environ.update(REQUEST_METHOD="GET"))
    for _ in TIMES:
        answer = run(app, make_environ("/note", "DELETE", origin=APP))
        assert (answer.body, answer.cors) == (b"gone", [])


def test_view_that_makes_another_request_of_its_environ_decides_on_its_own() -> None:
    app, inner = opened(), opened()
    inner.add_url_rule("/inner", "inner", cross_origin(None)(view_of("inner")))

    @app.get("/outer")
    @cross_origin(MINE)
    def outer() -> Any:
        request.environ["PATH_INFO"] = "/inner"
        return run(inner, request.environ).body

    for _ in TIMES:
        assert ask(app, "/outer", origin=APP).body == b"inner"
        assert cors_of(app, "/outer", origin=APP) == GRANTED


class TestInterceptedExceptions:
    """Responses start after the end of their contexts."""

    def test_mark_of_the_routed_view_decides_whatever_ran(self) -> None:
        app = opened(intercept_exceptions=True)
        app.register_error_handler(404, cross_origin(THEIRS)(lambda _: ("nothing", 404)))
        app.add_url_rule("/me", "me", cross_origin(MINE)(lambda: abort(404)))
        for _ in TIMES:
            assert cors_of(app, "/me", origin=APP) == GRANTED
            assert cors_of(app, "/me", origin=OTHER) == [VARY]
            assert cors_of(app, "/nothing", origin=OTHER) == [("Access-Control-Allow-Origin", OTHER), VARY]

    def test_crash_has_the_headers_of_the_routed_view_whatever_ran(self) -> None:
        app = opened(intercept_exceptions=True)
        app.testing = True
        helper = cross_origin(THEIRS)(view)

        def crash() -> str:
            helper()
            request.environ["PATH_INFO"] = "/elsewhere"
            raise ValueError("crashed")

        app.add_url_rule("/me", "me", cross_origin(MINE)(crash))
        for _ in TIMES:
            answer = ask(app, "/me", origin=APP)
            assert (answer.status, answer.cors) == ("500 Internal Server Error", GRANTED)

    def test_requests_inside_have_their_own_views(self) -> None:
        app = opened(intercept_exceptions=True)
        app.add_url_rule("/inner", "inner", cross_origin(THEIRS)(view_of("inner")))
        app.add_url_rule("/outer", "outer", cross_origin(MINE)(lambda: app.test_client().get("/inner").text))
        app.add_url_rule("/open", "open", lambda: app.test_client().get("/inner").text)
        for _ in TIMES:
            assert cors_of(app, "/outer", origin=APP) == GRANTED
            assert cors_of(app, "/open", origin=EVIL) == ANY
            assert cors_of(app, "/inner", origin=APP) == [VARY]
            assert preflight(app, "/outer").cors == MINE_ANSWER


@pytest.mark.parametrize("path", ["/marked", "/helped", "/open"])
def test_request_is_freed_at_its_end(path: str) -> None:
    app, helper = opened(), cross_origin(THEIRS)(view)
    app.add_url_rule("/marked", "marked", cross_origin(MINE)(view))
    app.add_url_rule("/helped", "helped", lambda: str(helper()))
    app.add_url_rule("/open", "open", view)
    gc.disable()
    try:
        for _ in TIMES:
            environ = make_environ(path, origin=APP)
            body = weakref.ref(environ["wsgi.input"])
            assert run(app, environ).body == b"hello"
            del environ
            assert body() is None
    finally:
        gc.enable()


def test_header_of_the_application_is_told_once_with_the_route(caplog: pytest.LogCaptureFixture) -> None:
    app = made()
    own = {"Access-Control-Allow-Origin": "*"}
    app.add_url_rule("/told/once", "me", cross_origin(MINE)(lambda: Response("hello", headers=own)))
    for _ in range(3):
        assert cors_of(app, "/told/once", origin=APP) == GRANTED
    assert [message.partition(" itself")[2][:42] for message in caplog.messages] == [
        " at '/told/once', under row '/told/once': "
    ]
