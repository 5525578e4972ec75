"""Writes of other origins under Flask's front end: the view's row decides, and applications beside Flask have none."""

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pytest
from flask import Blueprint, Flask, request
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from corswsgi import Decision, Policy, PolicyError
from corswsgi.answers import WHY_WRITE_REFUSED
from corswsgi.flask import CORS, cross_origin
from tests.support.asking import APP, EVIL, Response, ask, hello, preflight
from tests.support.writes import CALLBACK, OTHER, PARTNER, ROW, STATUSES, of_a_page

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment


def make_app(**options: Any) -> Flask:
    app = Flask(__name__)
    ran: list[str] = []
    app.extensions["ran"] = ran

    @app.before_request
    def hook() -> None:
        ran.append(f"hook {request.path}")

    @app.route("/orders", methods=["GET", "POST", "PUT"])
    def orders() -> str:
        ran.append("orders")
        return "done"

    @app.post("/staff")
    @cross_origin(None)
    def staff() -> str:
        ran.append("staff")
        return "done"

    @app.post("/partner")
    @cross_origin(PARTNER)
    def partner() -> str:
        ran.append("partner")
        return "done"

    @app.post("/callback")
    @cross_origin(CALLBACK)
    def callback() -> str:
        ran.append("callback")
        return "done"

    CORS(app, {"/**": ROW}, **{"cross_origin_writes": "refuse", **options})
    return app


def send(app: Flask, path: str, origin: str, method: str = "POST", **headers: str) -> Response:
    return ask(app.wsgi_app, path, method, **of_a_page(origin), **headers)


@pytest.mark.parametrize(("path", "origin", "status"), STATUSES)
def test_the_row_of_the_view_is_the_row(path: str, origin: str, status: str) -> None:
    app = make_app()
    answer = send(app, path, origin)
    assert answer.status.upper() == status
    if status.startswith("403"):
        assert answer.body == WHY_WRITE_REFUSED
        assert app.extensions["ran"] == []  # no view and no hook


def test_allowed_page_reads_the_403_of_its_view() -> None:
    answer = send(make_app(), "/partner", OTHER, "PUT")
    assert answer.status == "403 Forbidden"
    assert answer.cors == [
        ("Access-Control-Allow-Origin", OTHER),
        ("Access-Control-Allow-Credentials", "true"),
        ("Vary", "Origin"),
    ]


def test_own_pages_programs_reads_and_preflights_are_as_without_the_switch() -> None:
    for headers in ({"sec_fetch_site": "same-origin", "origin": EVIL}, {}, {"origin": "http://127.0.0.1"}):
        answers = [
            ask(app.wsgi_app, "/staff", "POST", **headers)
            for app in (make_app(), make_app(cross_origin_writes="accept"))
        ]
        assert answers[0] == answers[1]
        assert answers[0].status == "200 OK"
    for app in (make_app(), make_app(cross_origin_writes="accept")):
        assert preflight(app.wsgi_app, "/orders").status == "204 No Content"
        assert send(app, "/orders", EVIL, "GET").status == "200 OK"


def test_report_asks_the_view_all_the_same(caplog: pytest.LogCaptureFixture) -> None:
    told: list[Decision] = []
    app = make_app(cross_origin_writes="report", on_decision=told.append)
    assert send(app, "/staff", APP) == send(make_app(cross_origin_writes="accept"), "/staff", APP)
    assert app.extensions["ran"][-1] == "staff"
    assert [(each.kind, each.reason, each.path_pattern) for each in told][:1] == [
        ("write", "row-without-policy", "/staff")
    ]
    assert (
        "Would refuse POST '/staff' by a page of 'https://app.example.com': view /staff has no policy." in caplog.text
    )


def test_decisions_name_the_route_or_the_row() -> None:
    told: list[Decision] = []
    app = make_app(on_decision=told.append)
    for path in ("/orders", "/partner"):
        send(app, path, EVIL)
    assert [(each.kind, each.allowed, each.path_pattern) for each in told] == [
        ("write", False, "/**"),
        ("write", False, "/partner"),
    ]


def test_blueprints_have_their_own_row() -> None:
    app = Flask(__name__)
    blueprint = Blueprint("b", __name__)
    blueprint.post("/b")(lambda: "done")
    CORS(blueprint, {"/b": Policy(allow_origins=OTHER, allow_credentials=True)})
    app.register_blueprint(blueprint)
    CORS(app, {"/**": ROW}, cross_origin_writes="refuse")
    assert send(app, "/b", OTHER).status == "200 OK"
    assert send(app, "/b", APP).status == "403 Forbidden"


def test_the_options_of_flask_cors_have_the_switch_too() -> None:
    app = Flask(__name__)
    app.post("/orders")(lambda: "done")
    CORS(app, origins=APP, supports_credentials=True, cross_origin_writes="refuse")
    assert send(app, "/orders", APP).status == "200 OK"
    assert send(app, "/orders", EVIL).status == "403 Forbidden"
    by_config = Flask(__name__)
    by_config.config["CORS_CROSS_ORIGIN_WRITES"] = "refuse"
    CORS(by_config, origins=APP)
    assert send(by_config, "/orders", EVIL).status == "403 Forbidden"


@pytest.mark.parametrize("words", [{"policies": {}}, {"origins": APP}], ids=["ours", "theirs"])
def test_a_wrong_value_is_refused_and_installs_nothing(words: dict[str, Any]) -> None:
    app = Flask(__name__)
    before = app.wsgi_app
    anything: Any = CORS
    with pytest.raises(PolicyError) as refused:
        anything(app, **words, cross_origin_writes="on")
    assert [problem.code for problem in refused.value.problems] == ["cross-origin-writes"]
    assert app.wsgi_app == before


def test_what_is_mounted_beside_flask_has_no_row(caplog: pytest.LogCaptureFixture) -> None:
    app = Flask(__name__)
    app.post("/orders")(lambda: "done")
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {"/mounted": hello})  # type: ignore[method-assign]
    CORS(app, {"/**": ROW}, cross_origin_writes="refuse")
    assert send(app, "/orders", APP).status == "200 OK"
    assert send(app, "/mounted/x", APP).status == "403 Forbidden"
    assert ask(app.wsgi_app, "/mounted/x", "POST", sec_fetch_site="same-origin").status == "200 OK"
    assert "no row of the table covers this path" in caplog.text


def test_one_error_says_that_something_else_was_routed(caplog: pytest.LogCaptureFixture) -> None:
    app = Flask(__name__)
    app.post("/<path:rest>")(lambda rest: rest)
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {"/mounted": hello})  # type: ignore[method-assign]
    CORS(app, {"/**": ROW}, cross_origin_writes="refuse")
    for _ in range(2):
        assert send(app, "/mounted/x", APP).status == "200 OK"
    [record] = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert "allowed by row '/**', and then served by an application beside the framework" in record.getMessage()


def rewriting(app: Any) -> Any:
    def rewrite(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        answer: Iterable[bytes] = app({**environ, "PATH_INFO": "/staff"}, start_response)
        return answer

    return rewrite


def test_a_path_that_is_rewritten_behind_the_front_is_an_error_once(caplog: pytest.LogCaptureFixture) -> None:
    app = Flask(__name__)
    app.post("/orders")(lambda: "done")
    app.post("/staff", endpoint="staff")(cross_origin(None)(lambda: "done"))
    app.wsgi_app = rewriting(app.wsgi_app)  # type: ignore[method-assign]
    CORS(app, {"/**": ROW}, cross_origin_writes="refuse")
    for _ in range(2):
        assert send(app, "/orders", APP).status == "200 OK"
    [record] = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert "allowed by row '/**', and then served by view /staff: something" in record.getMessage()


def test_what_refuses_by_itself_in_front_of_flask_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    def login(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        start_response("401 Unauthorized", [("Content-Type", "text/plain")])
        return [b"who are you?"]

    app = Flask(__name__)
    app.post("/orders")(lambda: "done")
    app.wsgi_app = login  # type: ignore[method-assign]
    CORS(app, {"/**": ROW}, cross_origin_writes="refuse")
    assert send(app, "/orders", APP).status == "401 Unauthorized"
    assert caplog.records == []


def test_many_views_are_judged_and_none_is_kept_for_ever() -> None:
    app = Flask(__name__)
    for number in range(1_100):
        view = cross_origin(Policy(allow_origins=APP, allow_credentials=True))(lambda: "done")
        app.post(f"/{number}", endpoint=str(number))(view)
    CORS(app, {}, cross_origin_writes="refuse")
    assert {send(app, f"/{number}", APP).status for number in range(1_100)} == {"200 OK"}


def test_what_stands_between_a_front_and_the_table_that_came_later_has_no_row() -> None:
    app = Flask(__name__)
    app.post("/orders")(lambda: "done")
    blueprint = Blueprint("b", __name__)
    CORS(blueprint, {})
    app.register_blueprint(blueprint)  # the front comes here
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {"/mounted": hello})  # type: ignore[method-assign]
    CORS(app, {"/**": ROW}, cross_origin_writes="refuse")
    assert send(app, "/orders", APP).status == "200 OK"
    assert send(app, "/mounted/x", APP).status == "403 Forbidden"


def test_an_environ_that_was_copied_on_the_way_raises_no_alarm(caplog: pytest.LogCaptureFixture) -> None:
    def copying(app: Any) -> Any:
        return lambda environ, start_response: app({**environ}, start_response)

    app = Flask(__name__)
    app.post("/orders")(lambda: "done")
    blueprint = Blueprint("b", __name__)
    CORS(blueprint, {})
    app.register_blueprint(blueprint)
    app.wsgi_app = copying(app.wsgi_app)  # type: ignore[method-assign]
    CORS(app, {"/**": ROW}, cross_origin_writes="refuse")
    assert send(app, "/orders", APP).status == "200 OK"
    assert caplog.records == []


def test_a_write_to_a_front_inside_is_seen_as_served_by_another(caplog: pytest.LogCaptureFixture) -> None:
    inner = Flask("inner")
    inner.post("/x")(lambda: "done")
    CORS(inner, {})
    app = Flask(__name__)
    app.post("/<path:rest>")(lambda rest: rest)
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {"/mounted": inner})  # type: ignore[method-assign]
    CORS(app, {"/**": ROW}, cross_origin_writes="refuse")
    assert send(app, "/mounted/x", APP).status == "200 OK"
    assert "served by an application beside the framework" in caplog.text
