"""Bottle's front end: its router finds the route of a request, and the route's policy decides."""

import warnings
from typing import TYPE_CHECKING, Any

import bottle
import pytest
from bottle import Bottle

from corswsgi import Decision, Policy, PolicyError
from corswsgi.bottle import install
from tests.support.asking import APP, EVIL, alone, ask, hello, make_environ, preflight, run

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

TABLE = {"/**": Policy(allow_origins=APP, allow_methods="PUT")}
PUBLIC = Policy(allow_origins="*")
PARTNER = "https://partner.example.org"
PARTNERS = Policy(allow_origins=PARTNER, allow_methods=["PUT", "DELETE"])

GRANTED = [("Access-Control-Allow-Origin", APP), ("Vary", "Origin")]
GRANTED_TO_PARTNER = [("Access-Control-Allow-Origin", PARTNER), ("Vary", "Origin")]
ANY = [("Access-Control-Allow-Origin", "*")]
VARIES = [("Vary", "Origin")]
PREFLIGHT_OF_TABLE = [
    ("Access-Control-Allow-Origin", APP),
    ("Access-Control-Allow-Methods", "PUT"),
    ("Vary", "Origin"),
]
PREFLIGHT_OF_PARTNERS = [
    ("Access-Control-Allow-Origin", PARTNER),
    ("Access-Control-Allow-Methods", "PUT, DELETE"),
    ("Vary", "Origin"),
]

UNLIKE_0_12 = pytest.mark.skipif(bottle.__version__ < "0.13", reason="Bottle 0.12 answers 400 to such a path by itself")


@pytest.fixture
def app() -> Bottle:
    """Make an application with routes of all kinds, before and after the table."""
    app = Bottle()
    app.route("/table", callback=view)
    app.route("/public", cors=PUBLIC, callback=view)
    install(app, TABLE)
    app.route("/partners/<name>", method=["GET", "PUT"], cors=PARTNERS, callback=view)
    app.route("/secret", cors=None, callback=view)
    app.route("/any", method="ANY", cors=PARTNERS, callback=view)
    app.route("/shared", method="GET", cors=PUBLIC, callback=view)
    app.route("/shared", method="PUT", cors=PARTNERS, callback=view)
    app.route("/shared", method="DELETE", callback=view)
    app.route("/café/<name:re:é+>", cors=PUBLIC, callback=view)
    app.router.add_filter("broken", lambda _: (r"\w+", {}.__getitem__, None))
    app.route("/broken/<name:broken>", cors=PUBLIC, callback=view)
    return app


def view(**_: Any) -> str:
    return "hello"


@pytest.mark.parametrize(
    ("path", "origin", "cors"),
    [
        pytest.param("/table", APP, GRANTED, id="route without a policy has the table's"),
        pytest.param("/table", EVIL, VARIES, id="unlisted origin gets nothing"),
        pytest.param("/public", EVIL, ANY, id="route that was written before the table"),
        pytest.param("/partners/a", PARTNER, GRANTED_TO_PARTNER, id="wildcard"),
        pytest.param("/partners/a", APP, VARIES, id="the table's origin is not the route's"),
        pytest.param("/secret", APP, [], id="None forbids"),
        pytest.param("/any", PARTNER, GRANTED_TO_PARTNER, id="route for any method"),
        pytest.param("/shared", EVIL, ANY, id="one rule, the route of this method"),
        pytest.param("/caf\xc3\xa9/\xc3\xa9", EVIL, ANY, id="path beyond ASCII"),
        pytest.param("/caf\xe9/\xe9", EVIL, VARIES, id="path that is not in UTF-8", marks=UNLIKE_0_12),
        pytest.param("/nothing", APP, GRANTED, id="404 has the table's"),
        pytest.param("/broken/x", APP, GRANTED, id="filter that raises"),
        pytest.param("//public", APP, GRANTED, id="path of no route, all of whose readings have the table's one row"),
    ],
)
def test_route_that_serves_a_request_decides(app: Bottle, path: str, origin: str, cors: list[tuple[str, str]]) -> None:
    assert ask(app, path, origin=origin).cors == cors


def test_request_without_an_origin_varies_as_the_route_does(app: Bottle) -> None:
    assert ask(app, "/partners/a").cors == VARIES
    assert ask(app, "/public").cors == ANY
    assert ask(app, "/secret").cors == []


def test_preflight_has_the_policy_of_the_route_that_its_method_reaches(app: Bottle) -> None:
    assert preflight(app, "/shared", PARTNER, "PUT").cors == alone(PREFLIGHT_OF_PARTNERS, "PUT")
    assert preflight(app, "/shared", EVIL, "GET").cors == alone(ANY, "GET")
    assert preflight(app, "/shared", APP, "DELETE").cors == alone(PREFLIGHT_OF_TABLE)
    assert preflight(app, "/shared", APP, "PATCH").cors == alone(PREFLIGHT_OF_TABLE)  # as of another method
    assert preflight(app, "/any", PARTNER, "PATCH").cors == PREFLIGHT_OF_PARTNERS
    assert preflight(app, "/secret", APP, "GET").status == "405 Method Not Allowed"


def test_preflight_runs_no_route_and_no_hook(app: Bottle) -> None:
    ran = []
    app.add_hook("before_request", lambda: ran.append("hook"))
    app.route("/spied", method="ANY", cors=PARTNERS, callback=lambda: ran.append("route"))
    assert preflight(app, "/spied", PARTNER).status == "204 No Content"
    assert ran == []


def test_head_is_served_by_the_route_of_get(app: Bottle) -> None:
    assert ask(app, "/shared", "HEAD", origin=EVIL).cors == ANY


def test_decision_names_the_rule_of_the_route() -> None:
    decisions: list[Decision] = []
    app = Bottle()
    install(app, TABLE, on_decision=decisions.append)
    app.route("/partners/<name>", cors=PARTNERS, callback=view)
    for path in ("/partners/a", "/partners/b", "/partners/..", "/table"):
        ask(app, path, origin=PARTNER)
    assert [(decision.path_pattern, decision.reason) for decision in decisions] == [
        ("/partners/<name>", "origin-allowed"),
        ("/partners/<name>", "origin-allowed"),
        ("/partners/<name>", "origin-allowed"),
        ("/**", "origin-not-allowed"),
    ]


def test_options_of_the_middleware_hold_for_routes_too() -> None:
    app = Bottle()
    app.config["catchall"] = False
    install(app, preflight_status=200, intercept_exceptions=True)
    app.route("/crash", cors=PARTNERS, callback=lambda: 1 / 0)
    assert preflight(app, "/crash", PARTNER, "GET").status == "200 OK"
    response = ask(app, "/crash", origin=PARTNER)
    assert (response.status, response.cors) == ("500 Internal Server Error", GRANTED_TO_PARTNER)


def test_without_a_table_only_routes_with_a_policy_are_touched() -> None:
    app = Bottle()
    install(app)
    app.route("/public", cors=PUBLIC, callback=view)
    assert ask(app, "/public", origin=EVIL).cors == ANY
    assert ask(app, "/nothing", origin=EVIL).cors == []


def test_router_is_not_asked_again_for_a_request_that_it_has_routed() -> None:
    asked = []

    def spy(name: str) -> str:
        asked.append(name)
        return name

    app = Bottle()
    app.router.add_filter("spied", lambda _: (r"\w+", spy, None))
    app.route("/<name:spied>", callback=view)
    install(app, TABLE)
    assert ask(app, "/table", origin=APP).cors == GRANTED
    assert asked == ["table"]
    app.route("/partners/<name>", cors=PARTNERS, callback=view)
    assert ask(app, "/table", origin=APP).cors == GRANTED
    assert asked == ["table"] * 2


def mounted(child: Any, prefix: str = "/below/") -> Bottle:
    app = Bottle()
    install(app, TABLE)
    app.mount(prefix, child)
    return app


def test_routes_of_a_mounted_application_are_found() -> None:
    child = Bottle()
    child.route("/public", cors=PUBLIC, callback=view)
    child.route("/secret", cors=None, callback=view)
    child.route("/table", callback=view)
    grandchild = Bottle()
    grandchild.route("/public", cors=PUBLIC, callback=view)
    child.mount("/further/", grandchild)
    app = mounted(child)
    assert ask(app, "/below/public", origin=EVIL).cors == ANY
    assert ask(app, "/below/further/public", origin=EVIL).cors == ANY
    assert ask(app, "/below/secret", origin=APP).cors == []
    assert ask(app, "/below/table", origin=APP).cors == GRANTED
    assert ask(app, "/below/nothing", origin=APP).cors == GRANTED


def test_routes_are_found_in_an_application_that_is_mounted_by_a_route_of_its_own() -> None:
    child = Bottle()
    child.route("/public", cors=PUBLIC, callback=view)
    app = Bottle()
    install(app, TABLE)
    with warnings.catch_warnings(action="ignore"):
        app.mount("/below/", child, name="below")  # as all are in Bottle 0.12; in 0.13 the routes of others are copied
    assert ask(app, "/below/public", origin=EVIL).cors == ANY
    assert ask(app, "/below/nothing", origin=APP).cors == GRANTED
    assert ask(app, "/below/", origin=APP).cors == GRANTED


def test_mounted_wsgi_application_has_the_table() -> None:
    app = mounted(hello)
    app.route("/public", cors=PUBLIC, callback=view)
    assert ask(app, "/below/anything", origin=APP).cors == GRANTED


def test_routes_that_are_merged_are_found() -> None:
    other = Bottle()
    other.route("/public", cors=PUBLIC, callback=view)
    app = Bottle()
    install(app, TABLE)
    app.merge(other)
    assert ask(app, "/public", origin=EVIL).cors == ANY


def test_webtest_goes_through_the_policies(app: Bottle) -> None:
    webtest = pytest.importorskip("webtest")
    response = webtest.TestApp(app).get("/public", headers={"Origin": EVIL})
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_server_that_bottle_runs_goes_through_the_policies(app: Bottle) -> None:
    answered = []

    class Server(bottle.ServerAdapter):
        def run(self, handler: "WSGIApplication") -> None:
            answered.append(ask(handler, "/public", origin=EVIL).cors)

    bottle.run(app, server=Server, quiet=True)
    assert answered == [ANY]


@pytest.mark.parametrize(
    "policy",
    [
        pytest.param("*", id="string"),
        pytest.param(False, id="False"),
        pytest.param({"allow_origins": "*"}, id="mapping, which Bottle takes apart"),
    ],
)
def test_route_whose_policy_is_none_is_refused_where_it_is_written(app: Bottle, policy: object) -> None:
    with pytest.raises(PolicyError) as caught:
        app.route("/wrong", cors=policy, callback=view)
    assert [(problem.code, problem.field) for problem in caught.value.problems] == [("wrong-type", "GET /wrong: cors")]
    assert ask(app, "/wrong").status == "404 Not Found"


def test_route_from_before_the_table_is_refused_with_the_table() -> None:
    app = Bottle()
    app.route("/wrong", cors="*", callback=view)
    with pytest.raises(PolicyError, match="GET /wrong: cors"):
        install(app, TABLE)
    assert ask(app, "/table").cors == []


def test_table_that_is_refused_leaves_the_application_as_it_was() -> None:
    app = Bottle()
    with pytest.raises(PolicyError, match="path-without-slash"):
        install(app, {"api": None})
    install(app, TABLE)
    assert ask(app, "/table", origin=APP).cors == GRANTED


def test_second_table_is_refused(app: Bottle) -> None:
    with pytest.raises(RuntimeError, match="called twice"):
        install(app, TABLE)


@UNLIKE_0_12
def test_path_that_no_server_sends_is_left_to_bottle(app: Bottle) -> None:
    assert run(app, make_environ("/€", origin=APP)).status == "500 INTERNAL SERVER ERROR"


def test_exception_of_a_route_reaches_the_server_unless_it_is_to_be_intercepted() -> None:
    def crash() -> None:
        raise RuntimeError("the database is gone")

    app = Bottle()
    app.config["catchall"] = False
    install(app, {"/**": Policy(allow_origins=APP)})
    app.route("/", callback=crash)
    with pytest.raises(RuntimeError, match="the database is gone"):
        ask(app, "/", origin=APP)


class TestWritesOfOtherOrigins:
    """`install(..., cross_origin_writes=...)`: the row of a route is the row, and a refused route does not run."""

    def make(self, **options: Any) -> tuple[Bottle, list[str]]:
        app, ran = Bottle(), list[str]()

        def done() -> str:
            ran.append(bottle.request.path)
            return "done"

        trusted = Policy(allow_origins=APP, allow_credentials=True)
        install(app, {"/**": trusted}, **options)
        app.post("/orders", callback=done)
        app.post("/staff", cors=None, callback=done)
        app.post("/partner", cors=Policy(allow_origins=PARTNER, allow_credentials=True), callback=done)
        child = Bottle()
        child.post("/x", cors=Policy(accept_writes_from=PARTNER), callback=done)
        app.mount("/mounted/", child)
        app.add_hook("before_request", lambda: ran.append("hook"))
        return app, ran

    @pytest.mark.parametrize(
        ("path", "origin", "allowed"),
        [
            ("/orders", APP, True),
            ("/orders", PARTNER, False),
            ("/partner", PARTNER, True),
            ("/partner", APP, False),
            ("/staff", APP, False),
            ("/mounted/x", PARTNER, True),
            ("/mounted/x", APP, False),
        ],
    )
    def test_the_row_of_the_route_is_the_row(self, path: str, origin: str, *, allowed: bool) -> None:
        app, ran = self.make(cross_origin_writes="refuse")
        answer = ask(app, path, "POST", origin=origin, cookie="s=1", sec_fetch_site="cross-site")
        assert answer.status == ("200 OK" if allowed else "403 Forbidden")
        assert bool(ran) is allowed

    def test_it_is_off_by_default(self) -> None:
        app, _ = self.make()
        assert ask(app, "/staff", "POST", origin=EVIL, cookie="s=1", sec_fetch_site="cross-site").status == "200 OK"

    def test_report_runs_the_route_and_tells(self) -> None:
        told: list[Decision] = []
        app, _ = self.make(cross_origin_writes="report", on_decision=told.append)
        assert ask(app, "/staff", "POST", origin=EVIL, sec_fetch_site="cross-site").status == "200 OK"
        assert (told[0].kind, told[0].path_pattern) == ("write", "/staff")

    def test_a_wrong_value_is_refused_and_installs_nothing(self) -> None:
        app = Bottle()
        with pytest.raises(PolicyError) as refused:
            install(app, {}, cross_origin_writes="on")  # type: ignore[arg-type]
        assert [problem.code for problem in refused.value.problems] == ["cross-origin-writes"]
        assert ask(app, "/", origin=APP).status.startswith("404")


@pytest.mark.parametrize(("method", "allowed"), [("PUT", "PUT"), ("a b", ""), ("PUT, DELETE", ""), ("é", "")])
def test_any_method_of_a_url_whose_views_differ_is_repeated_only_if_it_is_one(method: str, allowed: str) -> None:
    app = Bottle()
    install(app, {})
    app.route("/note", method="ANY", cors=Policy(allow_origins="*", allow_methods="*"), callback=view)
    app.route("/note", method="DELETE", callback=view)
    named = dict(preflight(app.wsgi, "/note", EVIL, method.encode().decode("latin-1")).headers)
    assert named["Access-Control-Max-Age"] == "0"
    assert named.get("Access-Control-Allow-Methods", "") == allowed


def test_hook_that_rewrites_the_path_to_that_of_no_route_gets_the_row_of_the_path_that_was_asked() -> None:
    app = Bottle()
    app.route("/public", cors=PUBLIC, callback=view)
    install(app, TABLE)

    def rewrite() -> None:
        bottle.request.environ["PATH_INFO"] = "/nothing"

    app.add_hook("before_request", rewrite)

    answer = ask(app, "/public", origin=APP)
    assert (answer.status, answer.cors) == ("404 Not Found", GRANTED)


def test_mounted_application_with_a_table_of_its_own_answers_alone(caplog: pytest.LogCaptureFixture) -> None:
    outer, inner = Bottle(), Bottle()
    inner.route("/b", method=["GET", "PUT"], callback=view)
    install(inner, {"/b": PUBLIC})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        outer.mount("/in", inner)  # by WSGI
    install(outer, TABLE)
    assert ask(outer, "/in/b", origin=EVIL).cors == ANY
    assert preflight(outer, "/in/b", EVIL, "GET").cors == ANY
    assert caplog.messages == []  # no header of it was replaced


def test_route_that_accepts_writes_alone_has_no_cors_and_no_vary() -> None:
    app = Bottle()
    install(app, TABLE)
    app.route("/callback", method="POST", cors=Policy(accept_writes_from=PARTNER), callback=view)
    assert ask(app.wsgi, "/callback", "POST", origin=PARTNER).cors == []
    answer = preflight(app.wsgi, "/callback", PARTNER, "POST")
    assert (answer.status, answer.cors) == ("405 Method Not Allowed", [])


def test_misspelt_option_of_install_says_how_to_write_it() -> None:
    app = Bottle()
    with pytest.raises(TypeError, match="cross_origin_write': write cross_origin_writes"):
        install(app, {}, cross_origin_write="refuse")  # type: ignore[call-arg]
    install(app, {})


def test_decision_on_a_path_that_no_route_of_a_mounted_application_has_names_the_row_of_its_table() -> None:
    told: list[str | None] = []
    child = Bottle()
    child.route("/items", "GET", view)
    install(child, {"/**": Policy(allow_origins=APP)})
    app = Bottle()
    install(app, {}, on_decision=lambda decision: told.append(decision.path_pattern))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        app.mount("/below", child)  # by WSGI
    for path in ("/below/none", f"/below/{'none' * 1_000}"):
        assert preflight(app, path, method="GET").cors == GRANTED
    assert told == ["/**", "/**"]
