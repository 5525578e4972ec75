"""The rule that serves a request: found as in Flask, with and without the last slash."""

from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import BaseConverter

from corswsgi.flask import CORS, cross_origin
from corswsgi.marks import NOT_FOUND
from tests.support.asking import APP, alone, ask, make_environ, preflight, run
from tests.support.flask_apps import GRANTED, MINE, MINE_ANSWER, OTHER, THEIRS, THEIRS_ANSWER, VARY, made, view, view_of


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
    assert [each for each in caplog.messages if NOT_FOUND not in each] == []  # those are of other tests


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


class Failing(BaseConverter):
    def to_python(self, _value: str) -> str:
        raise RuntimeError


def test_method_that_leads_elsewhere_or_fails_hides_no_other_method_of_the_url() -> None:
    app = made()
    app.url_map.converters["failing"] = Failing
    CORS(app, {})
    app.put("/a/item")(cross_origin(MINE)(view))
    for method, there in (("LINK", "/b"), ("LOCK", "/nowhere"), ("MOVE", "https://elsewhere.example/")):
        app.route("/a/item", methods=[method], redirect_to=there, endpoint=method)(view)
    app.route("/b", methods=["LINK"], redirect_to="/a/item", endpoint="back")(view)
    app.route("/<failing:name>/item", methods=["MERGE"], endpoint="fails")(view)
    assert preflight(app, "/a/item").cors == MINE_ANSWER
    app.route("/a/item", methods=["REPORT"], endpoint="theirs")(cross_origin(THEIRS)(view_of("theirs")))
    assert preflight(app, "/a/item").cors == alone(MINE_ANSWER, "PUT")


class Unroutable(Flask):
    def create_url_adapter(self, request: object) -> Any:
        raise RuntimeError(f"no routes for {request}")


def test_application_that_cannot_route_a_request_has_the_table_s_row(caplog: pytest.LogCaptureFixture) -> None:
    app = Unroutable(__name__)
    CORS(app, MINE)
    app.put("/item")(cross_origin(THEIRS)(view))
    assert preflight(app, "/item").cors == MINE_ANSWER
    assert "no view was found for 'PUT' '/item'" in caplog.messages
