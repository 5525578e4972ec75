"""Flask-CORS's words: what each option comes to, in what order they win, and which are refused."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Blueprint, Flask

from corswsgi import Decision, Policy, PolicyError, PolicyTable
from corswsgi.flask import CORS, cross_origin
from tests.support.asking import APP, EVIL, Headers, ask, make_environ, preflight, run

ORIGIN = ("Access-Control-Allow-Origin", APP)
ANY = ("Access-Control-Allow-Origin", "*")
CREDENTIALS = ("Access-Control-Allow-Credentials", "true")
METHODS = ("Access-Control-Allow-Methods", "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT")
HEADERS = ("Access-Control-Allow-Headers", "*, Authorization")
VARY = ("Vary", "Origin")
VARY_ON_ALL = ("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers")


def made(config: dict[str, object] | None = None, **options: Any) -> Flask:
    """Make an application with one view and a `CORS` in Flask-CORS's words."""
    app = Flask(__name__)
    app.config.update(config or {})
    app.add_url_rule("/me", view_func=lambda: "me", endpoint="me", methods=["GET", "PUT"])
    CORS(app, **options)
    return app


def decorated(config: dict[str, object] | None = None, **options: Any) -> Flask:
    """Make an application with one view and a `cross_origin` on it."""
    app = Flask(__name__)
    app.config.update(config or {})

    @app.route("/me", methods=["GET", "PUT"])
    @cross_origin(**options)
    def me() -> str:
        return "me"

    return app


both = pytest.mark.parametrize("make", [made, decorated])


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
        pytest.param({"methods": ["GET"], "max_age": 60}, [ANY, VARY_ON_ALL], id="method that is not allowed"),
        pytest.param({"methods": None}, [ANY, VARY_ON_ALL], id="no methods"),
        pytest.param(
            {"allow_headers": ["X-B", "x-a"]},
            [ANY, METHODS, ("Access-Control-Allow-Headers", "X-A"), VARY_ON_ALL],
            id="only the headers that were asked for",
        ),
        pytest.param(
            {"allow_headers": "X-.*"},
            [ANY, METHODS, ("Access-Control-Allow-Headers", "X-A"), VARY_ON_ALL],
            id="a regex",
        ),
        pytest.param({"allow_headers": "X-B"}, [ANY, METHODS, VARY_ON_ALL], id="no header that was asked for"),
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
    assert unknown == "origin: there is no option 'origin' (unknown-option); write origins"
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
            {"origins": "https://*.example.com"}, r"'https://\*\.example\.com': Flask-CORS reads", id="origins"
        ),
        pytest.param({"allow_headers": "X-[A-Z]"}, r"'X-\[A-Z\]': Flask-CORS reads", id="allow_headers"),
    ],
)
def test_changed_meaning_is_told_where_it_is_said(
    make: Callable[..., Flask], options: dict[str, Any], note: str
) -> None:
    with pytest.warns(UserWarning, match=note) as told:
        app = make(**options)
    assert {warning.filename for warning in told} == {__file__}
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


def test_automatic_options_false_leaves_options_to_flask() -> None:
    app = decorated(automatic_options=False)
    CORS(app, Policy(allow_origins=EVIL))
    assert ask(app, "/me", "OPTIONS", origin=APP).cors == []
    assert preflight(app, "/me").status == "200 OK"
    assert preflight(app, "/me").cors == []
    assert ask(app, "/me", origin=APP).cors == [ANY]


def test_automatic_options_false_is_of_no_effect_where_the_view_answers_options() -> None:
    app = Flask(__name__)
    app.route("/me", methods=["GET", "OPTIONS"])(cross_origin(automatic_options=False)(lambda: "me"))
    assert ask(app, "/me", "OPTIONS", origin=APP).cors == [ANY]
    assert preflight(app, "/me", APP, "GET").cors == [ANY, METHODS, HEADERS]


TABLE = PolicyTable({"/me": Policy(allow_origins=APP)})


def text(key: int) -> str:
    return str(key)


def crash() -> str:
    raise RuntimeError("the database is gone")


def source() -> PolicyTable:
    return TABLE


class TestOurWords:
    """Policies and tables, where Flask-CORS has options."""

    policy = Policy(allow_origins=APP)

    @pytest.mark.parametrize(
        "policies",
        [
            pytest.param({"/me": policy}, id="dict"),
            pytest.param(PolicyTable({"/me": policy}), id="table"),
            pytest.param(policy, id="policy"),
            pytest.param(source, id="source"),
        ],
    )
    def test_application_takes_what_the_middleware_takes(self, policies: Any) -> None:
        for install in (lambda app: CORS(app, policies), lambda app: CORS(policies=policies).init_app(app)):
            app = Flask(__name__)
            install(app)
            assert ask(app, "/me", origin=APP).cors == [ORIGIN, VARY]

    def test_options_are_those_of_the_middleware_for_views_as_well(self) -> None:
        decisions: list[Decision] = []
        app = Flask(__name__)
        CORS(app, {"/you": self.policy}, on_decision=decisions.append, preflight_status=200)
        app.route("/me/<int:key>")(cross_origin(self.policy)(text))
        app.route("/asked", endpoint="asked")(cross_origin(origins=APP, allow_headers="X-A")(lambda: "asked"))
        app.route("/none", endpoint="none")(cross_origin(None)(lambda: "none"))
        for path in ("/you", "/me/7", "/asked"):
            assert preflight(app, path, APP, "GET").status == "200 OK"
        ask(app, "/none", origin=APP)
        assert [(decision.reason, decision.path_pattern) for decision in decisions] == [
            ("origin-allowed", "/you"),
            ("origin-allowed", "/me/<int:key>"),
            ("origin-allowed", "/asked"),
            ("row-without-policy", "/none"),
        ]

    def test_crash_of_a_view_is_intercepted_as_the_middleware_does(self) -> None:
        app = Flask(__name__)
        app.config["PROPAGATE_EXCEPTIONS"] = True
        CORS(app, {}, intercept_exceptions=True)
        app.route("/crash")(cross_origin(self.policy)(crash))
        response = ask(app, "/crash", origin=APP)
        assert (response.status, response.cors) == ("500 Internal Server Error", [ORIGIN, VARY])

    def test_mistakes_install_nothing(self) -> None:
        app = Flask(__name__)
        before = app.wsgi_app
        with pytest.raises(PolicyError):
            CORS(app, {"me": self.policy})
        with pytest.raises(PolicyError):
            CORS(app, self.policy, preflight_status=500)
        with pytest.raises(PolicyError):
            CORS(app, origins="*", supports_credentials=True)
        with pytest.raises(PolicyError):
            CORS(Blueprint("blueprint", __name__), {"me": self.policy})
        assert app.wsgi_app == before

    def test_second_cors_of_an_application_is_refused(self) -> None:
        app = Flask(__name__)
        CORS(app, self.policy)
        with pytest.raises(PolicyError) as caught:
            CORS(app, resources={"/api/**": {}})
        assert [problem.code for problem in caught.value.problems] == ["second-cors"]

    @pytest.mark.parametrize(
        ("arguments", "options"),
        [
            pytest.param((lambda: "me",), {}, id="no parentheses"),
            pytest.param((policy, policy), {}, id="two policies"),
            pytest.param((policy,), {"origins": APP}, id="policy and options"),
            pytest.param((APP,), {}, id="origin"),
        ],
    )
    def test_decorator_takes_one_policy_or_options(self, arguments: Any, options: Any) -> None:
        with pytest.raises(PolicyError) as caught:
            cross_origin(*arguments, **options)
        assert [(problem.field, problem.code) for problem in caught.value.problems] == [("policy", "wrong-type")]

    def test_class_is_no_view(self) -> None:
        with pytest.raises(PolicyError) as caught:
            cross_origin(self.policy)(TestOurWords)
        assert [problem.code for problem in caught.value.problems] == ["decorated-class"]


class TestLeftOut:
    """What is harmless, and what Flask-CORS lets pass, is left out with a warning that names it."""

    @pytest.mark.parametrize(
        ("options", "note", "expected"),
        [
            pytest.param({"origins": []}, "is empty: no page", [VARY], id="no origins"),
            pytest.param({"origins": [""]}, "environment variable that is not set", [VARY], id="an empty variable"),
            pytest.param({"origins": [APP, ""]}, "environment variable that is not set", [ORIGIN, VARY], id="a comma"),
            pytest.param({"origins": [APP, "^a$"]}, "'^a$' is left out", [ORIGIN, VARY], id="no origin matches"),
            pytest.param({"origins": "^a$"}, "'^a$' is left out", [VARY], id="no origin matches, alone"),
            pytest.param({"origins": [APP, "*"]}, "'*' already allows every origin", [ANY], id="a star beside others"),
            pytest.param(
                {"origins": APP, "expose_headers": "Set-Cookie, X-A"},
                "'Set-Cookie' is left out",
                [ORIGIN, ("Access-Control-Expose-Headers", "X-A"), VARY],
                id="a cookie exposed",
            ),
            pytest.param(
                {"origins": APP, "expose_headers": "*", "supports_credentials": True},
                "'*' is left out",
                [ORIGIN, CREDENTIALS, VARY],
                id="everything exposed with credentials",
            ),
            pytest.param({"max_age": 604800}, "86400 is used", [ANY], id="a week"),
            pytest.param({"allow_private_network": True}, "allow_private_network is ignored", [ANY], id="network"),
            pytest.param({"send_wildcard": False}, "send_wildcard=False is ignored", [ANY], id="no wildcard"),
            pytest.param(
                {"origins": APP, "always_send": True}, "always_send=True is ignored", [ORIGIN, VARY], id="always"
            ),
            pytest.param({"headers": "X-A"}, "headers is ignored", [ANY], id="headers of an application"),
            pytest.param({"methods": ["GET", ""]}, "methods: '' is empty, and left out", [ANY], id="an empty method"),
            pytest.param({"methods": ["GET, PUT"]}, "is read as 2 names: 'GET', 'PUT'", [ANY], id="two methods"),
            pytest.param(
                {"origins": APP, "expose_headers": ["If-Match", "ETag"]},
                "'If-Match' is left out: it is a request header",
                [ORIGIN, ("Access-Control-Expose-Headers", "ETag"), VARY],
                id="a request header exposed",
            ),
            pytest.param(
                {"resources": {"/*": {"headers": "X-A"}}}, "headers is ignored", [ANY], id="... of a resource"
            ),
            pytest.param(
                {"origins": [APP, r"https?://(.+\.)?a\.example$"], "supports_credentials": True},
                "also matches http: origins, which supports_credentials refuses",
                [ORIGIN, CREDENTIALS, VARY],
                id="a regex of http as well, with credentials",
            ),
            pytest.param({"origins": re.compile("^.*$"), "max_age": 90_000}, "86400 is used", [ANY], id="any origin"),
        ],
    )
    def test_application_starts_and_tells(self, options: dict[str, Any], note: str, expected: Headers) -> None:
        with pytest.warns(UserWarning, match=r"\w") as told:
            app = made(**options)
        assert any(note in str(each.message) for each in told)
        assert ask(app, "/me", origin=APP).cors == expected
        if "*" not in dict(expected).values():
            assert ask(app, "/me", origin=EVIL).cors == [VARY]

    def test_headers_that_the_browser_sets_are_left_out_and_those_of_responses_stay_granted(self) -> None:
        with pytest.warns(UserWarning, match="is") as told:
            app = made(origins=APP, allow_headers=["X-A,X-B", "Cookie", "Access-Control-Allow-Origin"])
        assert [str(each.message).partition(" is ")[0] for each in told] == [
            "allow_headers: 'X-A,X-B'", "allow_headers: 'Cookie'", "allow_headers: 'Access-Control-Allow-Origin'",
        ]  # fmt: skip
        asked = preflight(app, "/me", APP, "PUT", "access-control-allow-origin, cookie, x-b")
        assert ("Access-Control-Allow-Headers", "access-control-allow-origin, x-b") in asked.cors

    def test_key_of_the_configuration_that_flask_cors_ignores_is_told(self) -> None:
        with pytest.warns(UserWarning, match="CORS_HEADERS is ignored"):
            app = made({"CORS_HEADERS": "X-A"})
        assert preflight(app, "/me", APP, "PUT", "authorization").cors == [ANY, METHODS, HEADERS]

    @pytest.mark.parametrize("value", [None, [None]])
    def test_none_is_refused_and_asks_for_the_variable(self, value: object) -> None:
        with pytest.raises(PolicyError, match="an environment variable that is not set"):
            made(origins=value)


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


@pytest.mark.parametrize(
    ("arguments", "options", "fields"),
    [
        pytest.param(
            (Policy(allow_origins="*"),), {"origins": "*", "max_age": 5}, ["origins", "max_age"], id="both words"
        ),
    ],
)
def test_words_of_both_are_refused(arguments: tuple[Any, ...], options: dict[str, Any], fields: list[str]) -> None:
    with pytest.raises(PolicyError) as caught:
        CORS(Flask(__name__), *arguments, **options)
    assert [each.field for each in caught.value.problems] == fields


def test_what_is_not_an_application_is_refused() -> None:
    with pytest.raises(PolicyError, match="'x' is not a Flask application or a blueprint"):
        CORS("x")  # type: ignore[call-overload]  # what a user may write
