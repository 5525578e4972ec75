"""`Policy.from_env`: a policy from environment variables, which never allows more than they say."""

import pytest

from corswsgi import CORSMiddleware, Policy, PolicyError
from corswsgi.variables import expanded, has_variable
from tests.support.asking import APP, EVIL, ask, hello, preflight

ALL = {
    "CORS_ALLOWED_ORIGINS": " https://app.example.com , https://*.preview.example.com,, ",
    "CORS_ALLOW_CREDENTIALS": "true",
    "CORS_ALLOW_METHODS": "PUT, DELETE",
    "CORS_ALLOW_HEADERS": "Authorization,Content-Type",
    "CORS_EXPOSE_HEADERS": "X-Request-Id",
    "CORS_MAX_AGE": "600",
    "CORS_COLOUR": "of another program",
}
POLICY = Policy(
    allow_origins=["https://app.example.com", "https://*.preview.example.com"],
    allow_credentials=True,
    allow_methods=["PUT", "DELETE"],
    allow_headers=["Authorization", "Content-Type"],
    expose_headers=["X-Request-Id"],
    max_age=600,
)


def refused(environ: dict[str, str]) -> list[tuple[str, str, str]]:
    with pytest.raises(PolicyError) as caught:
        Policy.from_env(environ)
    return [(each.field, each.code, each.hint) for each in caught.value.problems]


def test_each_field_has_its_variable() -> None:
    assert Policy.from_env(ALL) == POLICY


def test_process_environment_is_read_when_no_other_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ALL.items():
        monkeypatch.setenv(name, value)
    assert Policy.from_env() == POLICY


def test_prefix_is_changeable() -> None:
    environ = {name.replace("CORS_", "SHOP_"): value for name, value in ALL.items()}
    assert Policy.from_env(environ, prefix="SHOP_") == POLICY


def test_empty_and_absent_variables_give_the_defaults() -> None:
    environ = dict.fromkeys(ALL, " ") | {"CORS_ALLOWED_ORIGINS": "*"}
    assert Policy.from_env(environ) == Policy(allow_origins="*") == Policy.from_env({"CORS_ALLOWED_ORIGINS": "*"})


@pytest.mark.parametrize("environ", [{}, *({"CORS_ALLOWED_ORIGINS": value} for value in ("", " ", ",", " , "))])
def test_no_origins_are_an_error(environ: dict[str, str]) -> None:
    assert refused(environ) == [
        (
            "CORS_ALLOWED_ORIGINS",
            "no-origins",
            "set CORS_ALLOWED_ORIGINS to the origins of your pages, or pass may_be_empty=True to allow nobody",
        )
    ]


def test_variable_that_was_probably_meant_is_named() -> None:
    with pytest.raises(PolicyError) as caught:
        Policy.from_env({"CORS_ALLOW_ORIGINS": "https://app.example.com", "ORIGINS": "*"})
    [problem] = caught.value.problems
    assert problem.message == (
        "CORS_ALLOWED_ORIGINS is empty or not set; CORS_ALLOW_ORIGINS is set, but nothing reads it"
    )


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        pytest.param("CORS_ALLOWED_METHODS", "CORS_ALLOW_METHODS", id="a letter or two"),
        pytest.param("CORS_ALLOW_CREDENTIAL", "CORS_ALLOW_CREDENTIALS", id="singular"),
        pytest.param("CORS_allow_methods", "CORS_ALLOW_METHODS", id="small letters"),
        pytest.param("CORS_MAXAGE", "CORS_MAX_AGE", id="an underscore"),
        pytest.param("CORS_SUPPORTS_CREDENTIALS", "CORS_ALLOW_CREDENTIALS", id="Flask-CORS"),
        pytest.param("CORS_PREFLIGHT_MAX_AGE", "CORS_MAX_AGE", id="django-cors-headers"),
        pytest.param("CORS_METHODS", "CORS_ALLOW_METHODS", id="Flask-CORS's methods"),
    ],
)
def test_misspelt_variable_is_refused_and_the_right_one_is_named(name: str, meant: str) -> None:
    with pytest.raises(PolicyError) as caught:
        Policy.from_env({"CORS_ALLOWED_ORIGINS": APP, name: "true"})
    assert str(caught.value) == f"{name}: {name} is set, but nothing reads it (unknown-field); write {meant}"


@pytest.mark.parametrize(
    "name", ["CORS_COLOUR", "CORS_SHOP_ALLOW_METHODS", "CORS_CROSS_ORIGIN_WRITES", "ALLOWED_METHODS"]
)
def test_variables_of_others_are_left_alone(name: str) -> None:
    assert Policy.from_env({"CORS_ALLOWED_ORIGINS": APP, name: "GET"}) == Policy(allow_origins=APP)


def test_misspelt_variable_beside_the_right_one_or_empty_is_left_alone() -> None:
    environ = {"CORS_ALLOWED_ORIGINS": APP, "CORS_MAX_AGE": "600", "CORS_MAXAGE": "5", "CORS_ALLOW_METHOD": " "}
    assert Policy.from_env(environ) == Policy(allow_origins=APP, max_age=600)


def test_misspelt_origins_are_named_once_even_when_they_may_be_empty() -> None:
    environ = {"CORS_ALLOW_ORIGINS": APP, "CORS_ALLOWED_METHODS": "PUT"}
    assert refused(environ)[1:] == [("CORS_ALLOWED_METHODS", "unknown-field", "write CORS_ALLOW_METHODS")]
    with pytest.raises(PolicyError, match="write CORS_ALLOWED_ORIGINS"):
        Policy.from_env({"CORS_ALLOW_ORIGINS": APP}, may_be_empty=True)


def test_fields_are_not_arguments_and_the_error_says_how_to_add_them() -> None:
    with pytest.raises(TypeError) as caught:
        Policy.from_env({"CORS_ALLOWED_ORIGINS": APP}, allow_credentials=True)  # type: ignore[arg-type]
    assert str(caught.value) == (
        "from_env takes no fields: write dataclasses.replace(Policy.from_env(...), allow_credentials=True)"
    )


@pytest.mark.parametrize("environ", [{}, {"CORS_ALLOWED_ORIGINS": " , "}])
def test_origins_that_may_be_empty_allow_nobody(environ: dict[str, str]) -> None:
    policy = Policy.from_env(environ | {"CORS_ALLOW_CREDENTIALS": "true"}, may_be_empty=True)
    app = CORSMiddleware(hello, policy)
    for origin in (APP, EVIL, "null", "http://localhost"):
        assert not policy.allows_origin(origin)
        assert ask(app, origin=origin).cors == [("Vary", "Origin")]
        assert preflight(app, "/", origin).status == "403 Forbidden"


def test_origins_that_may_be_empty_are_served_when_they_are_not() -> None:
    assert Policy.from_env(ALL, may_be_empty=True) == POLICY


def test_mistakes_are_reported_all_at_once_and_by_variable() -> None:
    environ = {
        "CORS_ALLOWED_ORIGINS": "https://app.example.com, http://example.com",
        "CORS_ALLOW_CREDENTIALS": "yes",
        "CORS_ALLOW_METHODS": "put",
        "CORS_MAX_AGE": "ten minutes",
    }
    assert refused(environ) == [
        ("CORS_ALLOW_CREDENTIALS", "wrong-type", "write true (or 1) or false (or 0)"),
        ("CORS_ALLOW_METHODS[0]", "method-in-wrong-case", "write PUT"),
        ("CORS_MAX_AGE", "wrong-type", "write whole seconds"),
    ]


def test_dangerous_opt_outs_are_not_offered_where_no_variable_gives_them() -> None:
    environ = {"CORS_ALLOWED_ORIGINS": "http://example.com", "CORS_ALLOW_CREDENTIALS": "true"}
    environ |= {"CORS_DANGEROUSLY_ALLOW_INSECURE_ORIGINS": "true"}
    assert refused(environ) == [
        ("CORS_ALLOWED_ORIGINS[0]", "insecure-origin-with-credentials", "write https://example.com")
    ]


@pytest.mark.parametrize("text", ["", "$", "$A", "{A}", "$ {A}", "a$b{c}"])
def test_text_without_a_variable_is_left_as_it_is(text: str) -> None:
    assert not has_variable(text)
    assert expanded(text, {}, []) == [text]


@pytest.mark.parametrize(
    ("text", "literal"),
    [("$${A}", "${A}"), ("$$${A}", "$${A}"), ("$${$${", "${${"), ("$${A}${A}", "${A}value"), ("$$A", "$$A")],
)
def test_dollar_dollar_brace_is_a_literal_anywhere(text: str, literal: str) -> None:
    assert expanded(text, {"A": "value"}, []) == [literal]


def test_value_of_a_variable_is_not_looked_into_for_variables() -> None:
    assert expanded("${A}", {"A": "${B}", "B": "secret"}, []) == ["${B}"]
