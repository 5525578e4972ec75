"""Flask-CORS's options: their meaning, their precedence, and refusals."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Blueprint, Flask

from corswsgi import PolicyError
from corswsgi.flask import CORS
from tests.support import flask_options
from tests.support.asking import APP, EVIL, Headers, ask, make_environ, preflight, run
from tests.support.flask_options import ANY, CREDENTIALS, HEADERS, METHODS, ORIGIN, VARY, both, decorated, made

VARY_ON_ALL = ("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers")


@both
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param({}, [ANY, METHODS, HEADERS], id="defaults"),
        pytest.param({"origins": APP}, [ORIGIN, METHODS, HEADERS, VARY], id="origins"),
        pytest.param({"origins": {APP}}, [ORIGIN, METHODS, HEADERS, VARY], id="a set of origins"),
        pytest.param(
            {"origins": APP, "supports_credentials": True},
            [
                ORIGIN,
                CREDENTIALS,
                METHODS,
                ("Access-Control-Allow-Headers", "authorization, X-A"),
                VARY_ON_ALL,
            ],
            id="credentials",
        ),
        pytest.param(
            {"max_age": "600"}, [ANY, METHODS, HEADERS, ("Access-Control-Max-Age", "600")], id="string of seconds"
        ),
        pytest.param(
            {"max_age": timedelta(minutes=1, milliseconds=1)},
            [ANY, METHODS, HEADERS, ("Access-Control-Max-Age", "60")],
            id="timedelta",
        ),
        pytest.param(
            {"methods": "put, GET"},
            [ANY, ("Access-Control-Allow-Methods", "GET, PUT"), HEADERS, VARY_ON_ALL],
            id="methods in one string",
        ),
        pytest.param(
            {"methods": ["GET"], "max_age": 60},
            [ANY, ("Access-Control-Allow-Methods", "GET"), HEADERS, VARY_ON_ALL],
            id="method that is not allowed: the list is whole",
        ),
        pytest.param({"methods": None}, [ANY, HEADERS, VARY_ON_ALL], id="no methods"),
        pytest.param(
            {"allow_headers": ["X-B", "x-a", "Authorization"]},
            [ANY, METHODS, ("Access-Control-Allow-Headers", "X-A, authorization"), VARY_ON_ALL],
            id="only the headers that were asked for",
        ),
        pytest.param(
            {"allow_headers": ["X-B", "x-a"]},
            [ANY, METHODS, ("Access-Control-Allow-Headers", "X-B, x-a"), VARY_ON_ALL],
            id="one header that is not allowed: the list is whole",
        ),
        pytest.param(
            {"allow_headers": ["X-.*", "X-C"]},
            [ANY, METHODS, ("Access-Control-Allow-Headers", "X-C, X-A"), VARY_ON_ALL],
            id="one header that is not allowed, beside a regex",
        ),
        pytest.param(
            {"allow_headers": "X-.*"},
            [ANY, METHODS, ("Access-Control-Allow-Headers", "X-A"), VARY_ON_ALL],
            id="a regex",
        ),
        pytest.param(
            {"allow_headers": "X-B"},
            [ANY, METHODS, ("Access-Control-Allow-Headers", "X-B"), VARY_ON_ALL],
            id="no header that was asked for",
        ),
        pytest.param({"allow_headers": None}, [ANY, METHODS, VARY_ON_ALL], id="no headers"),
        pytest.param(
            {"send_wildcard": True, "intercept_exceptions": False}, [ANY, METHODS, HEADERS], id="without effect"
        ),
    ],
)
def test_preflight(make: Callable[..., Flask], options: dict[str, Any], expected: Headers) -> None:
    app = make(**options)
    for _ in range(2):
        response = preflight(app, "/me", APP, "PUT", "authorization, X-A")
        assert (response.status, response.cors) == ("204 No Content", expected)


@pytest.mark.parametrize(
    ("method", "names", "expected"),
    [
        ("DELETE", "X-A", [ANY, VARY_ON_ALL]),
        ("PUT", "X-B", [ANY, ("Access-Control-Allow-Methods", "PUT"), VARY_ON_ALL]),
        (
            "PUT",
            "X-A, X-B",
            [ANY, ("Access-Control-Allow-Methods", "PUT"), ("Access-Control-Allow-Headers", "X-A"), VARY_ON_ALL],
        ),
    ],
)
def test_origin_that_no_browser_sends_gets_what_flask_cors_answers(method: str, names: str, expected: Headers) -> None:
    app = made(methods=["PUT"], allow_headers=["X-A"])
    assert preflight(app, "/me", "www.example.com", method, names).cors == expected


@both
@pytest.mark.parametrize(
    ("options", "with_origin", "without"),
    [
        pytest.param({}, [ANY], [ANY], id="any origin"),
        pytest.param({"always_send": False}, [ANY], [VARY], id="any origin, but only to one"),
        pytest.param({"origins": APP, "always_send": False}, [ORIGIN, VARY], [VARY], id="one origin"),
        pytest.param({"origins": EVIL}, [VARY], [VARY], id="another origin"),
        pytest.param(
            {"expose_headers": "X-B, X-A"},
            [ANY, ("Access-Control-Expose-Headers", "X-A, X-B")],
            [ANY, ("Access-Control-Expose-Headers", "X-A, X-B")],
            id="exposed headers",
        ),
        pytest.param({"origins": APP, "allow_headers": "X-A"}, [ORIGIN, VARY], [VARY], id="one that answers as asked"),
    ],
)
def test_actual_request(
    make: Callable[..., Flask], options: dict[str, Any], with_origin: Headers, without: Headers
) -> None:
    app = make(**options)
    for _ in range(2):
        assert ask(app, "/me", origin=APP).cors == with_origin
        assert ask(app, "/me").cors == without


@both
def test_null_origin_needs_its_opt_out(make: Callable[..., Flask]) -> None:
    app = make(origins="null", dangerously_allow_null_origin=True, allow_headers="X-A")
    assert preflight(app, "/me", "null", "PUT", "X-A").cors == [
        ("Access-Control-Allow-Origin", "null"), METHODS, ("Access-Control-Allow-Headers", "X-A"), VARY_ON_ALL,
    ]  # fmt: skip


@both
@pytest.mark.parametrize(
    ("names", "granted"),
    [
        pytest.param("X-" + "a" * 5000, [], id="too long"),
        pytest.param(",".join(f"X-{number}" for number in range(200)), [], id="too many"),
        pytest.param("X-A, Cookie", ["X-A"], id="a name that no page can set"),
        pytest.param("X-\x00A", [], id="no name"),
    ],
)
def test_names_that_no_browser_asks_for_are_not_granted(
    make: Callable[..., Flask], names: str, granted: list[str]
) -> None:
    app = make(allow_headers=r"[\s\S]*$")
    environ = make_environ("/me", "OPTIONS", origin=APP, access_control_request_method="PUT")
    environ["HTTP_ACCESS_CONTROL_REQUEST_HEADERS"] = names
    allowed = [("Access-Control-Allow-Headers", name) for name in granted]
    assert run(app, environ).cors == [ANY, METHODS, *allowed, VARY_ON_ALL]


@both
@pytest.mark.parametrize(
    ("options", "field", "code"),
    [
        pytest.param(
            {"origins": "*", "supports_credentials": True}, "origins", "any-origin-with-credentials", id="any"
        ),
        pytest.param(
            {"origins": ".*", "supports_credentials": True}, "origins", "any-origin-with-credentials", id="any, a regex"
        ),
        pytest.param({"origins": [APP, APP + "/"]}, "origins[1]", "origin-with-trailing-slash", id="slash"),
        pytest.param({"origins": "https://*example.com"}, "origins[0]", "misplaced-wildcard", id="star"),
        pytest.param({"origins": "https://("}, "origins", "malformed-regex", id="no regex"),
        pytest.param({"origins": [APP, "https://("]}, "origins[1]", "malformed-regex", id="no regex, in a list"),
        pytest.param({"allow_headers": "X-("}, "allow_headers[0]", "malformed-regex", id="no regex of headers"),
        pytest.param({"allow_headers": b"X-A"}, "allow_headers[0]", "wrong-type", id="bytes"),
        pytest.param({"allow_headers": re.compile(b"X")}, "allow_headers[0]", "wrong-type", id="regex of bytes"),
        pytest.param({"methods": 5}, "methods[0]", "wrong-type", id="number of methods"),
        pytest.param({"methods": ["GET", 5]}, "methods[0]", "wrong-type", id="number in methods"),
        pytest.param({"methods": "TRACE"}, "methods[0]", "forbidden-method", id="TRACE"),
        pytest.param({"max_age": "60 s"}, "max_age", "wrong-type", id="max_age"),
        pytest.param(
            {"supports_credentials": "no"}, "supports_credentials", "wrong-type", id="credentials in a string"
        ),
        pytest.param({"origin": APP}, "origin", "unknown-option", id="nearly an option"),
        pytest.param({"xyzzy": APP}, "xyzzy", "unknown-option", id="nothing like an option"),
    ],
)
def test_refused(make: Callable[..., Flask], options: dict[str, Any], field: str, code: str) -> None:
    with pytest.raises(PolicyError) as caught:
        make(**options)
    assert [(problem.field.removeprefix('"/*".'), problem.code) for problem in caught.value.problems] == [(field, code)]


def test_problem_speaks_their_words() -> None:
    with pytest.raises(PolicyError) as caught:
        made(origins=["http://app.example.com"], supports_credentials=True, origin=APP)
    unknown, insecure = str(caught.value).splitlines()
    assert unknown == "origin: 'origin' is not an option of CORS (unknown-option); write origins"
    assert insecure.startswith(
        "origins[0]: 'http://app.example.com' is not encrypted: anyone on the network path can act "
    )
    assert insecure.endswith("; write 'https://app.example.com', or set dangerously_allow_insecure_origins=True")
    with pytest.raises(PolicyError) as caught:
        made(origins="*", supports_credentials=True)
    assert caught.value.problems[0].hint == "list the origins of your pages, or remove supports_credentials"


def test_cookies_over_plain_http_with_the_opt_out_that_the_hint_names() -> None:
    app = made(origins="http://a.example", supports_credentials=True, dangerously_allow_insecure_origins=True)
    assert ask(app, "/me", origin="http://a.example").cors == [
        ("Access-Control-Allow-Origin", "http://a.example"), CREDENTIALS, VARY,
    ]  # fmt: skip


@both
@pytest.mark.parametrize(
    ("options", "note"),
    [
        pytest.param({"vary_header": False}, "vary_header=False is ignored", id="vary_header"),
        pytest.param({"methods": ["*"]}, r"methods='\*'", id="methods"),
        pytest.param(
            {"origins": "https://*.example.com"},
            r"Flask-CORS reads 'https://\*\.example\.com' as a regex",
            id="origins",
        ),
        pytest.param({"allow_headers": "X-[A-Z]"}, r"Flask-CORS reads 'X-\[A-Z\]' as", id="allow_headers"),
    ],
)
def test_changed_meaning_is_told_where_it_is_said(
    make: Callable[..., Flask], options: dict[str, Any], note: str
) -> None:
    with pytest.warns(UserWarning, match=note) as told:
        app = make(**options)
    assert {warning.filename for warning in told} == {flask_options.__file__}  # where it is said
    assert len(told) == 1
    assert ask(app, "/me", origin=EVIL).status == "200 OK"  # and no second time


def test_note_of_the_configuration_is_told_at_the_first_request() -> None:
    app = decorated({"CORS_VARY_HEADER": False})
    with pytest.warns(UserWarning, match="vary_header=False is ignored"):
        ask(app, "/me", origin=APP)


@both
def test_option_wins_over_the_configuration_and_this_over_the_default(make: Callable[..., Flask]) -> None:
    config = {"CORS_ORIGINS": [EVIL], "CORS_ALLOW_HEADERS": "X-A", "CORS_MAX_AGE": 60, "CORS_METHODS": None}
    app = make(config, max_age=5)
    age = ("Access-Control-Max-Age", "5")
    assert preflight(app, "/me", EVIL, "PUT", "X-A").cors == [
        ("Access-Control-Allow-Origin", EVIL), METHODS, ("Access-Control-Allow-Headers", "X-A"), age, VARY_ON_ALL,
    ]  # fmt: skip
    app = make(config, origins=APP, allow_headers="*")
    assert ask(app, "/me", origin=APP).cors == [ORIGIN, VARY]
    assert ask(app, "/me", origin=EVIL).cors == [VARY]


def test_resource_wins_over_the_constructor_and_init_app_lies_between() -> None:
    app = Flask(__name__)
    cors = CORS(origins="https://one.example", resources={"/a": {}, "/b": {"origins": "https://three.example"}})
    cors.init_app(app, origins="https://two.example")
    assert ask(app, "/a", origin="https://two.example").cors == [
        ("Access-Control-Allow-Origin", "https://two.example"),
        VARY,
    ]
    assert ask(app, "/b", origin="https://three.example").cors[0][1] == "https://three.example"
    assert ask(app, "/c", origin="https://one.example").cors == []


def test_resources_of_the_configuration() -> None:
    app = made({"CORS_RESOURCES": {"/me": {"origins": APP}}})
    assert ask(app, "/me", origin=APP).cors == [ORIGIN, VARY]
    assert ask(app, "/else", origin=APP).cors == []


def test_resources_of_the_configuration_are_none_of_a_view_or_a_blueprint() -> None:
    app = decorated({"CORS_RESOURCES": "/else", "CORS_ORIGINS": APP})
    blueprint = Blueprint("blueprint", __name__)
    blueprint.route("/you", endpoint="you")(lambda: "you")
    CORS(blueprint)
    app.register_blueprint(blueprint)
    assert ask(app, "/me", origin=APP).cors == [ORIGIN, VARY]
    assert ask(app, "/you", origin=APP).cors == [ORIGIN, VARY]


class TestConfiguration:
    """Keys of `app.config` that nobody reads."""

    @pytest.mark.parametrize(
        ("key", "right"),
        [
            ("CORS_ALLOWED_ORIGINS", "CORS_ORIGINS"),
            ("CORS_ORIGIN", "CORS_ORIGINS"),
            ("CORS_ALLOW_CREDENTIALS", "CORS_SUPPORTS_CREDENTIALS"),
            ("CORS_ALLOWED_METHODS", "CORS_METHODS"),
            ("CORS_RESOURCE", "CORS_RESOURCES"),
            ("CORS_EXPOSED_HEADERS", "CORS_EXPOSE_HEADERS"),
            ("CORS_ALLOW_ORIGIN", "CORS_ORIGINS"),
            ("CORS_ORIGIN_WHITELIST", "CORS_ORIGINS"),
            ("CORS_ALLOW_ALL_ORIGINS", "CORS_ORIGINS"),
            ("CORS_ALLOW_ALL", "CORS_ORIGINS"),
            ("CORS_CREDENTIALS", "CORS_SUPPORTS_CREDENTIALS"),
            ("CORS_PREFLIGHT_MAX_AGE", "CORS_MAX_AGE"),
        ],
    )
    def test_near_key_is_refused_and_the_right_one_named(self, key: str, right: str) -> None:
        with pytest.raises(PolicyError) as caught:
            made({key: "x"}, always_send=False)
        assert [(each.field, each.code) for each in caught.value.problems] == [(key, "unknown-option")]
        assert right in caught.value.problems[0].hint

    @pytest.mark.parametrize(
        ("config", "options"),
        [
            pytest.param({"CORS_ALLOWED_ORIGINS": [APP]}, {"origins": [APP]}, id="handed on"),
            pytest.param({"CORS_ALLOWED_ORIGINS": APP}, {"resources": {"/*": {"origins": APP}}}, id="... in resources"),
            pytest.param({"CORS_ALLOWED_ORIGINS": EVIL, "CORS_ORIGINS": APP}, {}, id="beside the right key"),
            pytest.param({"CORS_ALLOWED_ORIGINS": EVIL}, {"origins": APP}, id="beside the option"),
            pytest.param({"CORS_BANNER": "x"}, {"origins": APP}, id="near to none"),
            pytest.param({"CORS_ALLOW_ALL_ORIGINS": True}, {"origins": APP}, id="any origin, and some are listed"),
            pytest.param(
                {"CORS_ALLOWED_ORIGINS": f"{APP}, {EVIL}"},
                {"resources": {"/me": {"origins": [APP]}, "/x": {"origins": APP}}},
                id="each key of resources says it",
            ),
        ],
    )
    def test_key_that_is_nobodys_business_is_left_alone(
        self, config: dict[str, object], options: dict[str, Any]
    ) -> None:
        assert ask(made(config, **options), "/me", origin=APP).cors == [ORIGIN, VARY]


def test_preflight_of_an_origin_that_is_not_listed_lists_nothing() -> None:
    app = Flask(__name__)
    CORS(app, origins=APP, methods=["PUT"], allow_headers=["X-Name"])
    answer = preflight(app, "/", EVIL, names="X-Name")
    assert answer.status == "403 Forbidden"
    assert answer.cors == [("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers")]
