"""Fields of a policy under other names or without names, and fields where a table is expected."""

import inspect
import re
from typing import Any
from unittest.mock import create_autospec

import pytest

from corswsgi import CORSMiddleware, Policy, PolicyError, PolicyTable
from tests.support.asking import APP, hello

BY_NAME = "a policy takes its fields by name, "
EXAMPLE = "write Policy(allow_origins='https://app.example.com')"


@pytest.mark.parametrize(
    ("values", "field", "message", "hint"),
    [
        pytest.param([APP], "allow_origins", f"{BY_NAME}and {APP!r} has none", EXAMPLE, id="an origin"),
        pytest.param(
            ["http://a.example", "https://b.example:8443"],
            "allow_origins",
            f"{BY_NAME}and ('http://a.example', 'https://b.example:8443') has none",
            "write Policy(allow_origins=['http://a.example', 'https://b.example:8443'])",
            id="two origins",
        ),
        pytest.param(
            [[re.compile(r"https://a\.example")]],
            "allow_origins",
            rf"{BY_NAME}and [re.compile(r'https://a\.example')] has none",
            r"write Policy(allow_origins=[re.compile(r'https://a\.example')])",
            id="a list of regexes",
        ),
        pytest.param(
            [{"allow_origins": "*", "max_age": 5}],
            "policy",
            f"{BY_NAME}not as a dict",
            "write Policy(allow_origins='*', max_age=5)",
            id="a dict",
        ),
        pytest.param(
            [{"allow_origins": ["https://x.example"] * 9, "max_age": 5}],
            "policy",
            f"{BY_NAME}not as a dict",
            "write Policy(allow_origins=..., max_age=...)",
            id="a long dict",
        ),
        pytest.param(
            [{"/api/**": {"allow_origins": "*"}}],
            "policy",
            "a policy has no paths",
            "pass the paths to CORSMiddleware(app, policies)",
            id="a table",
        ),
        pytest.param([{}], "policy", f"{BY_NAME}not as a dict", EXAMPLE, id="an empty dict"),
        pytest.param([{1: 2}], "policy", f"{BY_NAME}not as a dict", EXAMPLE, id="a dict of something else"),
        pytest.param([None], "policy", f"{BY_NAME}and None has none", EXAMPLE, id="None"),
        pytest.param([APP, 600], "policy", f"{BY_NAME}and ({APP!r}, 600) has none", EXAMPLE, id="two fields"),
        pytest.param([[]], "policy", f"{BY_NAME}and [] has none", EXAMPLE, id="an empty list"),
        pytest.param(["/api"], "policy", f"{BY_NAME}and '/api' has none", EXAMPLE, id="a path"),
    ],
)
def test_value_without_a_name_is_told_how_to_write_it(values: list[Any], field: str, message: str, hint: str) -> None:
    with pytest.raises(PolicyError) as caught:
        Policy(*values)
    (found,) = caught.value.problems
    assert (found.field, found.code, found.message, found.hint) == (field, "unnamed-field", message, hint)
    assert len(message) <= 120
    assert len(hint) <= 120


def test_function_without_a_name_is_one_for_origins() -> None:
    with pytest.raises(PolicyError) as caught:
        Policy(hello)  # type: ignore[call-arg, arg-type]  # what is tested
    assert [(each.field, each.hint) for each in caught.value.problems] == [
        ("allow_origins", "write Policy(allow_origins=...)")
    ]


@pytest.mark.parametrize(
    ("values", "problems"),
    [
        pytest.param(["https://a.example/"], [("allow_origins", "origin-with-trailing-slash")], id="in the value"),
        pytest.param([{"allow_origin": "*"}], [("allow_origin", "unknown-field")], id="in a dict"),
        pytest.param([7], [], id="in nothing that is known"),
    ],
)
def test_value_without_a_name_hides_no_other_mistake(values: list[Any], problems: list[tuple[str, str]]) -> None:
    with pytest.raises(PolicyError) as caught:
        Policy(*values, max_age=-1)
    assert [(each.field, each.code) for each in caught.value.problems][1:] == [
        *problems,
        ("max_age", "negative-max-age"),
    ]


def test_signature_has_no_values_without_names() -> None:
    kinds = {each.kind for each in inspect.signature(Policy).parameters.values()}
    assert kinds == {inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD}
    with pytest.raises(TypeError):
        create_autospec(Policy)(APP)


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        pytest.param("origins", APP, "write allow_origins", id="of Flask-CORS"),
        pytest.param("CORS_ALLOWED_ORIGINS", APP, "write allow_origins", id="of Django"),
        pytest.param("allowed_origins", APP, "write allow_origins", id="of the environment"),
        pytest.param("whitelist", APP, "write allow_origins", id="of another library"),
        pytest.param("allowOrigins", APP, "write allow_origins", id="of another language"),
        pytest.param("allow_all_origins", True, "set allow_origins='*'", id="a flag for any origin"),
    ],
)
def test_other_name_of_the_origins_is_one_problem(name: str, value: object, hint: str) -> None:
    with pytest.raises(PolicyError) as caught:
        Policy(**{name: value})  # type: ignore[arg-type]  # what is tested
    assert [(each.code, each.hint) for each in caught.value.problems] == [("unknown-field", hint)]


TABLE = "write {'/api/**': Policy(allow_origins='https://app.example.com')}, or one Policy"


@pytest.mark.parametrize(
    ("policies", "hint"),
    [
        pytest.param(APP, TABLE, id="an origin"),
        pytest.param({"allow_origins": APP}, TABLE, id="fields"),
        pytest.param({"origins": APP}, TABLE, id="fields in other words"),
        pytest.param([APP], TABLE.replace("'https://app.example.com'", "['https://app.example.com']"), id="a list"),
        pytest.param({APP}, TABLE.replace("'https://app.example.com'", "{'https://app.example.com'}"), id="a set"),
        pytest.param(7, "write a dict such as {'/api/**': Policy(...)}, or one Policy", id="a number"),
        pytest.param([], "write a dict such as {'/api/**': Policy(...)}, or one Policy", id="an empty list"),
    ],
)
def test_table_that_is_something_else_is_told_how_to_write_one(policies: Any, hint: str) -> None:
    with pytest.raises(PolicyError) as caught:
        CORSMiddleware(hello, policies)
    assert [(each.field, each.code, each.hint) for each in caught.value.problems] == [("policies", "wrong-type", hint)]
    assert len(hint) <= 120


@pytest.mark.parametrize(
    ("row", "written"),
    [
        pytest.param(APP, "Policy(allow_origins='https://app.example.com')", id="an origin"),
        pytest.param([APP, "*"], "Policy(allow_origins=['https://app.example.com', '*'])", id="a list"),
        pytest.param(7, "Policy(allow_origins='https://app.example.com')", id="a number"),
        pytest.param([APP] * 9, "Policy(allow_origins=...)", id="a long list"),
    ],
)
def test_row_that_is_something_else_is_told_how_to_write_a_policy(row: Any, written: str) -> None:
    with pytest.raises(PolicyError) as caught:
        PolicyTable({"/api/**": row})
    (found,) = caught.value.problems
    assert found.hint == f"write {written}, or use None instead of a Policy to turn CORS off here"
    assert len(found.hint) <= 120


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param({"allow_origins": {"allow_origins": "*"}}, id="a row"),
        pytest.param({"origins": None}, id="no CORS"),
        pytest.param({"origins": Policy(allow_origins="*")}, id="a policy"),
    ],
)
def test_path_that_is_called_like_a_field_lacks_a_slash(rows: Any) -> None:
    with pytest.raises(PolicyError) as caught:
        PolicyTable(rows)
    assert [each.code for each in caught.value.problems] == ["path-without-slash"]
