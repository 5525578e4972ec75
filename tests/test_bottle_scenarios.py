"""Bottle: each response has the policy of the route that Bottle matched, after its hooks."""

import sys
from collections.abc import Iterable
from types import MethodType
from typing import TYPE_CHECKING, Any

import bottle
import pytest
from bottle import Bottle

from corswsgi import Decision, Policy
from corswsgi.bottle import install
from corswsgi.paths.trie import to_wsgi
from tests.support.asking import ask
from tests.support.scenarios import ALLY, EVIL, WEB, Row, Want, hold, problems, ran

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

P = Policy(allow_origins=WEB, allow_credentials=True, allow_methods=["PATCH", "DELETE"], max_age=1200)
Q = Policy(allow_origins=ALLY, allow_methods=["PATCH"], max_age=60)
OPEN = Policy(allow_origins="*")


def says(text: str) -> Any:
    def view() -> str:
        ran.append("view")
        return text

    return view


def strip_slash() -> None:
    ran.append("hook")
    path = bottle.request.environ["PATH_INFO"]
    bottle.request.environ["PATH_INFO"] = path.rstrip("/") or "/"


def test_what_bottle_routed_decides_after_a_hook_that_strips_slashes_and_in_mounted_applications() -> None:
    def make() -> Bottle:
        app, inner = Bottle(), Bottle()
        install(app, {"/**": P})
        app.add_hook("before_request", strip_slash)
        app.route("/faq", "GET", says("faq"), cors=OPEN)
        app.route("/desk", "GET", says("desk"), cors=None)
        app.route("/rest", "GET", says("rest"))
        inner.route("/tips", "GET", says("tips"), cors=Q)
        app.mount("/inner/", inner)
        return app

    hold(make, [
        ("GET", "/faq", EVIL, "*"),
        ("GET", "/faq/", EVIL, "*"),
        ("pre GET", "/faq/", EVIL, "*"),
        ("GET", "/desk/", WEB, None),
        ("pre PATCH", "/desk/", WEB, None, Want(reaches=True)),
        ("GET", "/rest", WEB, WEB),
        ("GET", "/inner/tips", ALLY, ALLY),
        ("GET", "/inner/tips", WEB, None),
    ])  # fmt: skip


def test_views_of_one_url_have_their_own_policies_and_nothing_of_one_opens_another() -> None:
    def make() -> Bottle:
        app = Bottle()
        install(app)
        app.route("/tip", "GET", says("tip"), cors=P)
        app.route("/tip", "DELETE", says("gone"), cors=None)
        app.route("/tip", "PATCH", says("new"), cors=Q)
        return app

    hold(make, [
        ("pre GET", "/tip", WEB, WEB, Want(only="GET", max_age="0")),
        ("pre PATCH", "/tip", ALLY, ALLY, Want(only="PATCH", max_age="0")),
        ("pre PATCH", "/tip", WEB, None),
        ("DELETE", "/tip", WEB, None),
    ])  # fmt: skip


def test_middleware_that_takes_a_prefix_away_stands_between() -> None:
    def make() -> Bottle:
        app = Bottle()
        inner = app.wsgi

        def shop(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            below = environ["PATH_INFO"].removeprefix("/shop")
            if below == "/own":
                ran.append("own")
                start_response("200 OK", [("Content-Type", "text/plain")])
                return [b"own"]
            body: Iterable[bytes] = inner({**environ, "PATH_INFO": below}, start_response)
            return body

        app.wsgi = shop
        install(app, {"/rest": P})
        app.add_hook("after_request", lambda: ran.append("hook"))
        app.route("/tip", ["GET", "PATCH"], says("tip"), cors=Q)
        app.route("/rest", "GET", says("rest"))
        return app

    hold(make, [
        ("GET", "/shop/tip", ALLY, ALLY, Want(body="tip")),
        ("pre PATCH", "/shop/tip", ALLY, ALLY),
        ("pre PATCH", "/shop/tip", WEB, None, Want(status=403)),
        ("GET", "/shop/rest", WEB, WEB),
        ("GET", "/shop/own", WEB, None, Want(body="own")),
        ("pre PATCH", "/shop/own", WEB, None, Want(body="own", reaches=True)),
    ])  # fmt: skip


@pytest.mark.parametrize("path", ["/crash", "/closed"])
def test_crash_is_intercepted_where_a_policy_decides(path: str) -> None:
    app = Bottle()
    app.catchall = False
    install(app, {"/**": P}, intercept_exceptions=True)

    def crash() -> None:
        raise RuntimeError("the database is gone")

    app.route("/crash", "GET", crash)
    app.route("/closed", "GET", crash, cors=None)
    if path == "/closed":
        with pytest.raises(RuntimeError):
            problems(app, ("GET", path, WEB, None))
    else:
        assert problems(app, ("GET", path, WEB, WEB, Want(status=500))) == []


def test_path_beyond_ascii_has_its_row() -> None:
    def make() -> Bottle:
        app = Bottle()
        install(app, {"/café": P})
        app.route("/café", ["GET", "PATCH"], says("café"))
        return app

    path = "/café".encode().decode("latin-1")
    hold(make, [("GET", path, WEB, WEB), ("pre PATCH", path, WEB, WEB)])


@pytest.mark.parametrize("answers", [True, False])
def test_hook_that_answers_before_bottle_routes_has_the_tables_row(answers: bool) -> None:
    def make() -> Bottle:
        app = Bottle()
        install(app, {"/**": P})
        app.route("/tip", "GET", says("tip"), cors=OPEN)

        def close() -> None:
            if answers:
                raise bottle.HTTPResponse("closed", 503)

        app.add_hook("before_request", close)
        return app

    hold(make, [("GET", "/nothing", WEB, WEB, Want(status=503 if answers else 404))])


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Bottle 0.13
@pytest.mark.parametrize("prefix", [pytest.param("/in/", id="mounted"), pytest.param("/in", id="called by WSGI")])
def test_innermost_table_that_has_a_row_decides(prefix: str, caplog: pytest.LogCaptureFixture) -> None:
    def make() -> Bottle:
        app, child = Bottle(), Bottle()
        install(app, {"/**": P})
        install(child, {"/own/**": Q})
        child.route("/own/x", ["GET", "PATCH"], lambda: "x")
        child.route("/own/<name>/€", "GET", lambda name: name)
        child.route("/own/open", "GET", lambda: "open", cors=OPEN)
        child.route("/else", ["GET", "PATCH"], lambda: "else")
        app.mount(prefix, child)
        app.route("/out", "GET", lambda: "out")
        return app

    rows: list[Row] = [
        ("GET", "/in/own/x", ALLY, ALLY, Want(body="x")),
        ("GET", "/in/own/x", WEB, None),
        ("pre PATCH", "/in/own/x", ALLY, ALLY, Want(max_age="60")),
        ("GET", "/in/own/open", EVIL, "*"),
        ("GET", "/in/else", WEB, WEB, Want(body="else")),
        ("pre PATCH", "/in/else", WEB, WEB),
        ("GET", "/out", WEB, WEB),
    ]
    if prefix == "/in/" and bottle.__version__ >= "0.13":  # otherwise Bottle decodes the path twice
        rows += [("GET", to_wsgi("/in/own/ä/€"), ALLY, ALLY), ("pre GET", to_wsgi("/in/own/ä/€"), ALLY, ALLY)]
    hold(make, rows)
    assert caplog.messages == []


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Bottle 0.13
def test_policy_of_a_mount_is_for_all_below_without_their_own() -> None:
    def make() -> Bottle:
        app, child, other = Bottle(), Bottle(), Bottle()
        install(app, {"/**": OPEN})
        child.route("/x", ["GET", "PATCH"], lambda: "x")
        child.route("/own", "GET", lambda: "own", cors=Q)
        other.route("/x", "GET", lambda: "x")
        app.mount("/in/", child, cors=P)
        app.mount("/shut/", other, cors=None)
        return app

    rows: list[Row] = [
        ("GET", "/in/x", WEB, WEB),
        ("GET", "/in/x", EVIL, None),
        ("pre PATCH", "/in/x", WEB, WEB),
        ("GET", "/in/own", ALLY, ALLY),
        ("GET", "/in/nothing", WEB, WEB, Want(status=404)),
        ("GET", "/shut/x", EVIL, None, Want(body="x")),
    ]
    hold(make, rows)


def test_table_of_an_application_whose_routes_are_taken_over_twice_decides() -> None:
    def make() -> Bottle:
        app, child, inner, merged = Bottle(), Bottle(), Bottle(), Bottle()
        install(app, {"/**": OPEN})
        install(child, {"/deep/x": P})
        install(merged, {"/merged": Q})
        inner.route("/x", "GET", lambda: "x")
        inner.route("/y", "GET", lambda: "y")
        merged.route("/merged", "GET", lambda: "merged")
        child.mount("/deep/", inner)
        app.mount("/in/", child)
        app.merge(merged)
        return app

    hold(
        make,
        [
            ("GET", "/in/deep/x", WEB, WEB),
            ("GET", "/in/deep/x", EVIL, None),
            ("GET", "/in/deep/y", EVIL, "*"),
            ("GET", "/merged", ALLY, ALLY),
        ],
    )


def test_response_that_the_application_replaces_is_told_once() -> None:
    told: list[Decision] = []

    def replaces(_environ: object, start_response: "StartResponse") -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        try:
            raise RuntimeError
        except RuntimeError:
            start_response("500 Internal Server Error", [("Content-Type", "text/plain")], sys.exc_info())
        return []

    app = Bottle()
    vars(app)["wsgi"] = MethodType(lambda _, *request: replaces(*request), app)
    install(app, {"/**": P}, on_decision=told.append)
    answer = ask(app, "/x", origin=WEB)
    assert answer.status == "500 Internal Server Error"
    assert answer.cors[0] == ("Access-Control-Allow-Origin", WEB)
    assert len(told) == 1
