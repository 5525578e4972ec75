"""`CORS` and `cross_origin`: their arguments, and what they install."""

from typing import Any

import pytest
from flask import Blueprint, Flask

from corswsgi import Decision, Policy, PolicyError, PolicyTable
from corswsgi.flask import CORS, cross_origin
from tests.support.asking import APP, EVIL, ask, preflight
from tests.support.flask_options import ANY, HEADERS, METHODS, ORIGIN, VARY, decorated


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
