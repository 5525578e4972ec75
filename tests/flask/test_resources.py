"""Flask-CORS's `resources`: paths and their options."""

import re
from typing import Any

import pytest
from flask import Blueprint, Flask

from corswsgi import CORSMiddleware, Policy, PolicyError
from corswsgi.flask import CORS
from tests.support.asking import APP, EVIL, ask, make_environ, run

A, B, C = "https://a.example", "https://b.example", "https://c.example"


def allowed_at(app: Flask, path: str) -> list[str]:
    """Name the origins that are allowed at a path, as Unicode."""
    raw = path.encode().decode("latin-1")
    answers = [(origin, run(app, make_environ(raw, origin=origin)).cors) for origin in (A, B, C)]
    return [origin for origin, cors in answers if ("Access-Control-Allow-Origin", origin) in cors]


def of(origin: str) -> dict[str, str]:
    return {"origins": origin}


@pytest.mark.filterwarnings("ignore:.*Flask-CORS reads")
@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        pytest.param({"/api/*": of(A)}, {"/api": [A], "/api/x": [A], "/apis": [], "/": []}, id="below"),
        pytest.param({"/api*": of(A)}, {"/api": [A], "/apis/x": [A], "/ap": []}, id="part of a segment"),
        pytest.param(
            {"/*": of(A), "/api/*": of(B), "/api/me": of(C)},
            {"/": [A], "/api/x": [B], "/api/me": [C]},
            id="the more specific pattern",
        ),
        pytest.param(
            {re.compile("/.*"): of(A), "/api/me": of(B), "/api/*": of(C)},
            {"/x": [A], "/api/me": [B], "/api/x": [A]},
            id="a literal path, then a compiled regex",
        ),
        pytest.param({re.compile("/.*"): of(A), "/api/**": of(B)}, {"/api/x": [A]}, id="a compiled regex, then a star"),
        pytest.param(
            {re.compile(r"/\w+"): of(A), re.compile(r"/a\w+"): of(B)},
            {"/abc": [B], "/b": [A]},
            id="longer regexes first",
        ),
        pytest.param(
            {r"/\w+/x": of(A), r"/\w+": of(B), "/api/v1/*": of(C)},
            {"/api/x": [A], "/api": [B], "/api/v1/x": [C], "/api/y": [B]},
            id="more slashes first",
        ),
        pytest.param({r"/a\w+": of(A), r"/ab\w+": of(B)}, {"/abc": [B], "/acc": [A]}, id="longer strings first"),
        pytest.param(
            {r"/api/\w+": of(A)}, {"/api/é": [A], "/api/x/y": [A], "/api/x-y": []}, id="up to a segment, on Unicode"
        ),
        pytest.param(
            {r"/.*": of(A), r"/x/\d+": of(B)},
            {"/a//b": [A], "/x//1": [], "/a/../b": [], "/a": [A]},
            id="several readings",
        ),
        pytest.param({r"/%61\w*": of(A)}, {"/a": [], "/%61": [A]}, id="decoded once"),
        pytest.param(
            {r"/service\+path": of(A), "/service path": of(B)}, {"/service+path": [A], "/service path": [B]}, id="+"
        ),
        pytest.param({"api/*": of(A), "/me": of(B)}, {"/api/x": [], "/me": [B]}, id="no path at all"),
        pytest.param({"/*/": of(A)}, {"/": [A], "/a": [A], "/a/b": [A]}, id="all paths, as a run of slashes"),
        pytest.param({"/a*": of(A), "/*": of(B)}, {"/a/x": [A], "/ab": [A], "/x": []}, id="one letter and a star"),
    ],
)
def test_resources(resources: Any, expected: dict[str, list[str]]) -> None:
    app = Flask(__name__)
    CORS(app, resources=resources)
    for _ in range(2):
        assert {path: allowed_at(app, path) for path in expected} == expected


def test_path_that_is_not_utf_8_has_options_only_if_all_its_readings_have_them() -> None:
    app = Flask(__name__)
    CORS(app, resources={re.compile(r"/\w+$"): of(A)})
    assert ask(app, "/\xff", origin=A).cors == []
    assert ask(app, "/x\xc3\xa9\n", origin=A).cors == []
    assert ask(app, "/x", origin=A).cors == [("Access-Control-Allow-Origin", A), ("Vary", "Origin")]


@pytest.mark.parametrize(
    "resources",
    [
        pytest.param("/api/**", id="string"),
        pytest.param(["/api/**", "/other"], id="list"),
        pytest.param(iter(["/api/**"]), id="iterator"),
        pytest.param(re.compile("/api/.*"), id="compiled"),
    ],
)
def test_one_set_of_options_for_all_keys(resources: Any) -> None:
    app = Flask(__name__)
    CORS(app, resources=resources, origins=A)
    assert allowed_at(app, "/api/x") == [A]
    assert allowed_at(app, "/x") == []


def test_patterns_are_served_by_the_cores_middleware_alone() -> None:
    app = Flask(__name__)
    CORS(app, resources={"/api/**": of(A), "/public/**": {}})
    assert allowed_at(app, "/api/x") == [A]
    assert isinstance(app.extensions["corswsgi"].framework.table, CORSMiddleware)


def test_constructor_may_say_credentials_where_each_resource_says_origins() -> None:
    app = Flask(__name__)
    CORS(app, supports_credentials=True, resources={"/api/**": of(A)})
    assert allowed_at(app, "/api/x") == [A]


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        pytest.param(5, [("resources", "wrong-type")], id="number"),
        pytest.param([5, "/a"], [("resources", "wrong-type")], id="number in a list"),
        pytest.param({5: {}}, [("resources", "wrong-type")], id="number as a key"),
        pytest.param(re.compile(b"/"), [("resources", "wrong-type")], id="regex of bytes"),
        pytest.param({"/a": "*"}, [('"/a".options', "wrong-type")], id="no options"),
        pytest.param({"/(": {}}, [('"/("', "malformed-regex")], id="no regex"),
        pytest.param({"/**": {}, "/*": {}}, [('"/*"', "resource-twice")], id="twice"),
        pytest.param(
            {"/a?": {}, "/b?c": {}, "/../x": {}}, [('"/../x"', "ambiguous-path")], id="what the table refuses"
        ),
        pytest.param(
            {"/a": {"origins": "*", "supports_credentials": True}, "/b": {"max_age": -1}},
            [('"/a".origins', "any-origin-with-credentials"), ('"/b".max_age', "negative-max-age")],
            id="options of two",
        ),
        pytest.param({"/a": {"resources": "/b"}}, [('"/a".resources', "unknown-option")], id="resources inside"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*Flask-CORS reads")
def test_refused(resources: Any, expected: list[tuple[str, str]]) -> None:
    with pytest.raises(PolicyError) as caught:
        CORS(Flask(__name__), resources=resources)
    assert [(problem.field, problem.code) for problem in caught.value.problems] == expected


@pytest.mark.parametrize(
    ("resources", "hint"),
    [
        pytest.param({"/api/**": "*"}, "write {'origins': '*'}", id="any origin"),
        pytest.param({"/api/**": [A]}, f"write {{'origins': ['{A}']}}", id="a list of origins"),
        pytest.param({"/api/**": None}, "remove the key: what no key covers has no CORS", id="None"),
        pytest.param({"/api/**": 5}, "write a dict such as {'origins': ['https://app.example.com']}", id="number"),
        pytest.param(
            {"/api/**": Policy(allow_origins=A)}, "pass policies as CORS(app, {'/api/**': Policy(...)})", id="a policy"
        ),
        pytest.param([{"/api/**": {}}], "write one dict, of all paths", id="a list of dicts"),
    ],
)
def test_hint_says_what_is_meant_in_place_of_options(resources: Any, hint: str) -> None:
    with pytest.raises(PolicyError) as caught:
        CORS(Flask(__name__), resources=resources)
    assert [problem.hint for problem in caught.value.problems] == [hint]


def test_blueprint_tells_what_is_wrong_before_it_is_registered() -> None:
    blueprint = Blueprint("blueprint", __name__)
    with pytest.raises(PolicyError):
        CORS(blueprint, resources={"/a": {"origins": "*", "supports_credentials": True}})
    with pytest.warns(UserWarning, match="'/apis'"):
        CORS(blueprint, resources={"/api/*": of(A)})
    app = Flask(__name__)
    blueprint.route("/api/me", endpoint="me")(lambda: "me")
    app.register_blueprint(blueprint)  # and not again
    assert allowed_at(app, "/api/me") == [A]
    assert ask(app, "/api/me", origin=EVIL).cors == [("Vary", "Origin")]
    assert ask(app, "/api/you", origin=APP).cors == []


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"resources": {r"/(?:[a-z]+)+!": {}}}, '"/(?:[a-z]+)+!"'),
        ({"allow_headers": [r"X-(?:\w+)+!"]}, "allow_headers[0]"),
    ],
    ids=["paths", "headers"],
)
def test_regex_that_can_take_long_is_refused(options: dict[str, Any], field: str) -> None:
    with pytest.raises(PolicyError) as caught:
        CORS(Flask(__name__), **options)
    assert [(problem.code, problem.field) for problem in caught.value.problems] == [("slow-regex", field)]


@pytest.mark.parametrize(
    ("narrow", "covered", "closed"),
    [
        pytest.param("/admin/*", ["/admin", "/admin/users"], ["/admins", "/admins/x"], id="stars"),
        pytest.param("^/admin", ["/admin", "/admin/users"], ["/admins"], id="open regex"),
        pytest.param(re.compile("/admin/*"), ["/admin", "/admin/users"], ["/admins"], id="compiled"),
        pytest.param(r"(?i)/admin(?:/|$)", ["/ADMIN", "/admin/users"], [], id="flags"),
        pytest.param(r"/(admin|staff)/*", ["/staff/users"], ["/staffing"], id="alternatives"),
        pytest.param("/admin*", ["/admin/users", "/admins"], ["/admi", "/admix/y"], id="part of a segment"),
        pytest.param("/v1/*/users", ["/v1/5/users"], ["/v1/users", "/v1/users/x"], id="star inside"),
        pytest.param("/admin/*/*", ["/admin", "/admin/5/users"], ["/admins"], id="stars in a row"),
        pytest.param("/admin/*|/staff/*", ["/admin/users", "/staff"], ["/admins", "/staffing"], id="either of two"),
        pytest.param("/ad.in/*", ["/ad.in/users"], ["/admin", "/admin/users"], id="a dot"),
        pytest.param("/admin/(?!me).*", ["/admin/users"], ["/admin/"], id="slash at the end, and a negation"),
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_wide_key_does_not_open_what_a_narrow_one_covers_for_flask_cors(
    narrow: Any, covered: list[str], closed: list[str]
) -> None:
    paths = [*covered, *closed, "/other"]
    expected = {"/other": [A]} | {path: [B] for path in covered} | {path: [] for path in closed}
    for wide in ("/*", "*", "/.*"):
        app = Flask(__name__)
        CORS(app, resources={wide: of(A), narrow: of(B)})
        assert {path: allowed_at(app, path) for path in paths} == expected


@pytest.mark.parametrize(
    ("key", "name"),
    [
        pytest.param("/told/by/*", "/told/by/**", id="pattern"),
        pytest.param(re.compile("/told/b[y]/.*"), "/told/b[y]/.*", id="regex"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*Flask-CORS reads")
def test_header_of_the_application_is_told_with_the_pattern_or_regex_of_its_row(
    key: str | re.Pattern[str], name: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = Flask(__name__)
    app.add_url_rule("/told/by/x", "x", lambda: ("x", {"Access-Control-Allow-Origin": "*"}))
    CORS(app, resources={key: {"origins": APP, "allow_headers": ["X-A"]}})
    for _ in range(2):
        assert ask(app, "/told/by/x", origin=APP).cors == [("Access-Control-Allow-Origin", APP), ("Vary", "Origin")]
    told = [message for message in caplog.messages if "sets Access-Control-Allow-Origin" in message]
    assert [message.partition("under row ")[2].partition(":")[0] for message in told] == [repr(name)]
