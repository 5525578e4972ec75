"""Names that are not options of Flask-CORS: the option that is meant is named."""

from typing import Any

import pytest
from flask import Flask

from corswsgi import PolicyError
from corswsgi.flask import CORS, cross_origin
from corswsgi.flask.names import unread_keys


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("origin", "origins"),
        ("allow_origin", "origins"),
        ("allowed_origins", "origins"),
        ("Access-Control-Allow-Origin", "origins"),
        ("accessControlAllowOrigin", "origins"),
        ("cors_allowed_origins", "origins"),
        ("origin_whitelist", "origins"),
        ("allow_all_origins", "origins"),
        ("allow_all", "origins"),
        ("whitelist", "origins"),
        ("resource", "resources"),
        ("credentials", "supports_credentials"),
        ("with_credentials", "supports_credentials"),
        ("support_credentials", "supports_credentials"),
        ("allow_methods", "methods"),
        ("allowed_headers", "allow_headers"),
        ("exposed_headers", "expose_headers"),
        ("CORS_EXPOSE_HEADERS", "expose_headers"),
        ("maxAge", "max_age"),
        ("max_age_seconds", "max_age"),
        ("vary", "vary_header"),
        ("automatic_option", "automatic_options"),
        ("allow_null_origin", "dangerously_allow_null_origin"),
    ],
)
def test_hint_names_the_option_that_is_meant(name: str, meant: str) -> None:
    options: dict[str, Any] = {name: "x"}
    with pytest.raises(PolicyError) as caught:
        CORS(Flask(__name__), **options)
    assert [(problem.code, problem.hint) for problem in caught.value.problems] == [("unknown-option", f"write {meant}")]


@pytest.mark.parametrize(
    ("policies", "name", "hint"),
    [
        pytest.param({}, "cross_origin_write", "write cross_origin_writes", id="beside policies"),
        pytest.param({}, "preflight_statuss", "write preflight_status", id="another beside policies"),
        pytest.param(None, "cross_origin_write", "write cross_origin_writes", id="without policies"),
        pytest.param(
            None, "on_decision", "pass policies in place of Flask-CORS's options", id="an option with policies"
        ),
    ],
)
def test_hint_names_the_option_of_the_middleware_that_is_meant(policies: Any, name: str, hint: str) -> None:
    with pytest.raises(PolicyError) as caught:
        CORS(Flask(__name__), policies, **{name: "refuse"})  # type: ignore[call-overload]  # what is tested
    assert [(problem.code, problem.hint) for problem in caught.value.problems] == [("unknown-option", hint)]


def test_option_of_the_application_has_no_place_in_a_view() -> None:
    with pytest.raises(PolicyError) as caught:
        cross_origin(cross_origin_writes="refuse")  # type: ignore[call-overload]  # what is tested
    assert [(problem.code, problem.hint) for problem in caught.value.problems] == [
        ("unknown-option", "pass it to CORS(app), for the whole application")
    ]


def test_name_that_is_near_to_none_is_told_some() -> None:
    with pytest.raises(PolicyError, match="use an option of Flask-CORS, such as origins or methods"):
        CORS(Flask(__name__), banner="x")  # type: ignore[call-overload]  # what a user may write


def test_key_that_only_some_keys_of_resources_make_up_for_is_told() -> None:
    resources = {"/api/*": {"origins": "https://a.example"}, "/open/*": {}}
    found = unread_keys({"CORS_ALLOWED_ORIGINS": "x"}, {"resources": resources})
    assert [problem.hint for problem in found] == ["write CORS_ORIGINS"]


def test_headers_of_a_view_are_told_that_flask_cors_ignores() -> None:
    with pytest.warns(UserWarning, match="headers is read as allow_headers; Flask-CORS 6 ignores it"):
        cross_origin(headers=["X-A"])


def test_resources_of_a_view_have_no_place() -> None:
    options: dict[str, Any] = {"resources": "/api/*"}
    with pytest.raises(PolicyError, match="remove it: `resources` is an option of CORS"):
        cross_origin(**options)


@pytest.mark.parametrize("origins", ["*", ["https://a.example"]])
def test_origins_without_their_name_are_told_it(origins: Any) -> None:
    with pytest.raises(PolicyError) as caught:
        cross_origin(origins)
    hint = f"write @cross_origin(origins={origins!r}), or write @cross_origin(Policy(...))"
    assert [problem.hint for problem in caught.value.problems] == [hint]


def test_problem_of_a_mended_regex_shows_what_was_written() -> None:
    with pytest.raises(PolicyError) as caught:
        CORS(Flask(__name__), origins=[r"https://.*\.vercel\.app"], supports_credentials=True)
    assert [problem.message for problem in caught.value.problems] == [
        r"r'https://.*\.vercel\.app': anyone can register a name below 'vercel.app', a public suffix"
    ]


def test_whole_seconds_may_be_a_float() -> None:
    options: dict[str, Any] = {"max_age": 600.0}
    assert CORS(Flask(__name__), **options)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        pytest.param({}, True, id="a view with the default"),
        pytest.param({"origins": "https://a.example"}, False, id="a view with origins"),
    ],
)
def test_key_that_no_view_reads_is_told_once(options: Any, caplog: pytest.LogCaptureFixture, *, told: bool) -> None:
    app = Flask(__name__)
    app.config["CORS_ALLOWED_ORIGINS"] = ["https://b.example"]
    app.get("/")(cross_origin(**options)(lambda: "yes"))
    for _ in range(2):
        app.test_client().get("/")
    lines = [record.getMessage() for record in caplog.records]
    assert [("CORS_ALLOWED_ORIGINS" in line, "write CORS_ORIGINS" in line) for line in lines] == [(True, True)] * told
