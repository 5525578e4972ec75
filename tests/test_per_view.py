"""`Layer`: the questions of the commands to everything that decides on requests."""

import re
from collections.abc import Callable
from typing import Any

import bottle
import pytest
from flask import Blueprint, Flask, Response, request
from werkzeug.wrappers import Request as WerkzeugRequest

from corswsgi import CORSMiddleware, Policy
from corswsgi.answers import SET_BY_POLICIES
from corswsgi.bottle import install
from corswsgi.flask import CORS, cross_origin
from corswsgi.paths.trie import to_wsgi
from corswsgi.per_view import Layer
from tests.support import asking
from tests.support.asking import ask

POLICY = Policy(allow_origins="https://app.example.com")

FIELDS: list[dict[str, Any]] = [
    {"allow_origins": "*"},
    {"allow_origins": "*", "allow_timing": True, "expose_headers": "X-Total"},
    {"allow_origins": "https://a.example.com", "allow_credentials": True},
    {"allow_origins": ["https://a.example.com"], "allow_timing": True, "expose_headers": "X-Total"},
    {"allow_origins": ["https://*.example.com"]},
    {"allow_origins": [re.compile(r"https://[ab]\.example\.com")], "allow_credentials": True},
    {"allow_origins": [lambda origin, environ: origin.endswith("a.example.com") and environ["PATH_INFO"] == "/x"]},
    {"accept_writes_from": "https://a.example.com"},
]
OWN_HEADERS = [[], [("Vary", "Cookie")], [("Access-Control-Allow-Origin", "https://b.example.com"), ("X-A", "a")]]


def application(environ: object, start_response: object) -> list[bytes]:
    raise AssertionError("a layer that is asked runs nothing")


def in_front_of_flask(policies: dict[str, Policy | None]) -> object:
    app = Flask("layers")
    CORS(app, policies)
    front: object = app.extensions["corswsgi"]
    return front


def in_front_of_bottle(policies: dict[str, Policy | None]) -> object:
    app = bottle.Bottle()
    install(app, policies)
    front: object = vars(app)["corswsgi_front"]
    return front


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda policies: CORSMiddleware(application, policies), id="middleware"),
        pytest.param(in_front_of_flask, id="flask"),
        pytest.param(in_front_of_bottle, id="bottle"),
    ],
)
class TestLayer:
    def test_row_decides_and_nothing_runs(self, make: Callable[[dict[str, Policy | None]], object]) -> None:
        layer = make({"/a": POLICY, "/b": None, "/ä": POLICY})
        assert isinstance(layer, Layer)
        layer.prepare()
        decided = {path: layer.decides(environ(to_wsgi(path))) for path in ("/a", "/b", "/c", "/ä")}
        assert {path: decider and str(decider) for path, decider in decided.items()} == {
            "/a": 'row "/a"',
            "/b": 'row "/b"',
            "/c": None,
            "/ä": 'row "/ä"',
        }
        assert decided["/a"] is not None
        assert decided["/a"].policy is POLICY

    def test_path_that_is_no_text_has_the_row_of_all_its_readings(
        self, make: Callable[[dict[str, Policy | None]], object]
    ) -> None:
        layer = make({"/**": POLICY, "/a": None})
        assert isinstance(layer, Layer)
        found = layer.decides(environ("/\xff"))
        assert found is not None
        assert found.place == "/**"
        assert layer.decides(environ("/a\xff")) is None

    def test_preflight_is_decided_by_its_method(self, make: Callable[[dict[str, Policy | None]], object]) -> None:
        layer = make({"/a": POLICY})
        assert isinstance(layer, Layer)
        asked = {"HTTP_ORIGIN": "https://app.example.com", "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "PUT"}
        found = layer.decides({**environ("/a"), "REQUEST_METHOD": "OPTIONS", **asked})
        assert found is not None
        assert found.policy is POLICY

    def test_what_is_wrapped_is_told(self, make: Callable[[dict[str, Policy | None]], object]) -> None:
        layer = make({})
        assert isinstance(layer, Layer)
        (inside,) = layer.inside()
        assert callable(inside)


def environ(path_info: str) -> dict[str, str]:
    return {"REQUEST_METHOD": "GET", "PATH_INFO": path_info}


def test_mark_that_no_router_finds_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    def lost() -> str:
        return "lost"

    app = Flask("layers")
    CORS(app, {})
    marked = cross_origin(POLICY)(lost)
    app.get("/lost")(lambda: marked() + "")
    for _ in range(2):
        app.extensions["corswsgi"].prepare()
    assert len([message for message in caplog.messages if "lost" in message]) == 1


def test_views_are_prepared_once_by_requests_that_come_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    app = bottle.Bottle()
    install(app, {"/**": POLICY})
    front = vars(app)["corswsgi_front"]

    class OtherRequest:
        def __enter__(self) -> None:
            monkeypatch.undo()
            front.prepare()

        def __exit__(self, *_: object) -> None:
            pass

    prepared: list[int] = []
    monkeypatch.setattr(front, "_preparing", OtherRequest())
    vars(front.framework)["prepare"] = lambda: prepared.append(1)
    front.prepare()
    assert prepared == [1]


def test_view_that_hands_its_environ_to_another_application_keeps_its_own_policy() -> None:
    app, other = Flask("a"), Flask("b")
    other.add_url_rule("/x", "y", lambda: "other")

    def hand_over() -> bytes:
        return b"".join(other(request.environ, lambda *_: list[bytes]().append))

    app.add_url_rule("/x", "x", cross_origin(POLICY)(hand_over))
    app.add_url_rule("/y", "y", cross_origin(None)(lambda: "y"))
    CORS(other, {"/**": None})
    for _ in range(2):
        answer = ask(app, "/x", origin="https://app.example.com")
        assert answer.body == b"other"
        assert answer.cors == [("Access-Control-Allow-Origin", "https://app.example.com"), ("Vary", "Origin")]


def test_crash_of_a_blueprints_view_is_intercepted() -> None:
    app, blueprint = Flask("a"), Blueprint("b", "a")
    app.testing = True
    blueprint.add_url_rule("/crash", "crash", [].pop)
    CORS(blueprint, POLICY)
    app.register_blueprint(blueprint)
    CORS(app, {}, intercept_exceptions=True)
    answer = ask(app, "/crash", origin="https://app.example.com")
    assert answer.status == "500 Internal Server Error"
    assert answer.cors == [("Access-Control-Allow-Origin", "https://app.example.com"), ("Vary", "Origin")]


@pytest.mark.parametrize("of_another_application", [True, False])
def test_view_that_makes_another_request_of_its_environ_keeps_its_policy(*, of_another_application: bool) -> None:
    app, other = Flask("a"), Flask("b")
    other.add_url_rule("/x", "y", lambda: "other")

    def view() -> str:
        made = WerkzeugRequest(request.environ)
        if of_another_application:
            vars(made)["url_rule"] = next(rule for rule in other.url_map.iter_rules() if rule.endpoint == "y")
        return "view"

    app.add_url_rule("/x", "x", cross_origin(POLICY)(view))
    app.add_url_rule("/y", "y", cross_origin(None)(lambda: "y"))
    for _ in range(2):
        answer = ask(app, "/x", origin="https://app.example.com")
        assert (answer.body, answer.cors[0]) == (b"view", ("Access-Control-Allow-Origin", "https://app.example.com"))


@pytest.mark.parametrize("fields", FIELDS, ids=str)
@pytest.mark.parametrize("own", OWN_HEADERS, ids=str)
def test_policy_of_a_view_adds_what_it_adds_as_a_row(fields: dict[str, Any], own: list[tuple[str, str]]) -> None:
    policy = Policy(**fields)
    plain, marked, kiosk = Flask("plain"), Flask("marked"), bottle.Bottle()

    def view() -> Response:
        return Response("hello", headers=own)

    plain.add_url_rule("/x", "x", view)
    plain.wsgi_app = CORSMiddleware(plain.wsgi_app, policy)  # type: ignore[method-assign]
    marked.add_url_rule("/x", "x", cross_origin(policy)(view))
    install(kiosk)
    kiosk.route("/x", callback=lambda: bottle.HTTPResponse("hello", headers=own), cors=policy)
    for origin in (
        "https://a.example.com",
        "https://b.example.com",
        "null",
        "https://a.example.com.evil.example",
        None,
    ):
        sent = {} if origin is None else {"origin": origin}
        expected = ask(plain, "/x", **sent)
        for app in (marked, kiosk):
            for _ in range(2):
                answer = ask(app, "/x", **sent)
                assert (set_by_policies(answer), answer.body) == (set_by_policies(expected), b"hello")


def set_by_policies(answer: asking.Response) -> list[tuple[str, str]]:
    return sorted(header for header in answer.headers if header[0] in {*SET_BY_POLICIES, "Vary"})


def test_function_that_is_asked_about_an_origin_reads_the_path_as_servers_send_it() -> None:
    asked: list[str] = []

    def allows(_origin: str, environ: dict[str, Any]) -> bool:
        asked.append(environ["PATH_INFO"])
        return True

    app = bottle.Bottle()
    install(app)
    app.route("/<name>", callback=lambda name: f"hello {name}", cors=Policy(allow_origins=[allows]))
    for _ in range(3):
        answer = ask(app, to_wsgi("/bär"), origin="https://a.example.com")
        assert (answer.cors[0][1], answer.body.decode()) == ("https://a.example.com", "hello bär")
    assert asked == [to_wsgi("/bär")] * 3
