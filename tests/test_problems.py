"""Problems: each uses the words of its reader, and following its hint leads to an accepted configuration."""

import ast
import pickle
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import corswsgi
from corswsgi import Policy, PolicyTable, Problem
from corswsgi.policy import FIELDS
from corswsgi.problems import CODES, Mistake, Step, check_id, do, mistake, problem, reworded, set_to, write
from corswsgi.vocabularies import DJANGO, ENVIRONMENT, FLASK, PYTHON, TOML, Vocabulary
from tests.support.faults import ARGUMENTS, POLICIES, TABLES, followed, problems_of, table_of
from tests.support.foreign import FOREIGN, OURS

PACKAGE = Path(corswsgi.__file__).parent
VOCABULARIES = [
    PYTHON,
    TOML,
    ENVIRONMENT.naming({name: known.variable for name, known in FIELDS.items()}, "CORS_"),
    FLASK.naming({name: known.flask for name, known in FIELDS.items()}),
    DJANGO.naming({name: known.django for name, known in FIELDS.items()}),
]


def made_policy(fields: Mapping[str, Any]) -> Callable[[], object]:
    return lambda: Policy(**fields)


def called(function: Callable[..., object], arguments: Mapping[str, Any]) -> Callable[[], object]:
    return lambda: function(**arguments)


def name_of(vocabulary: Vocabulary) -> str:
    return vocabulary.name


@pytest.mark.parametrize(("code", "fields"), POLICIES)
@pytest.mark.parametrize("vocabulary", VOCABULARIES, ids=name_of)
def test_problem_of_a_policy_has_no_word_of_another_surface(
    code: str, fields: Mapping[str, Any], vocabulary: Vocabulary
) -> None:
    [found] = problems_of(made_policy(fields))
    said = reworded(found, vocabulary)
    assert (said.code, said.value) == (code, found.value)
    for text in (said.message, said.hint):
        assert re.search(FOREIGN[vocabulary.name], text) is None, text
        assert text
        assert len(text) <= 120
        assert re.search(r"\{[a-z_]+(?:!s)?\}|\bis no\b|\bsay\b", text) is None, text
    assert re.search(OURS, said.field) is None or vocabulary.name in {"python", "toml", "flask"}


# Steps that no test can follow, by the code of their problem
FOR_A_PERSON = {"unknown-field": "without a name that is near, only a person knows which field was meant"}


def steps_of(found: Problem) -> tuple[Step, ...]:
    assert isinstance(found.mistake, Mistake)
    steps = found.mistake.fix
    assert steps
    assert found.code in FOR_A_PERSON or all(step.kind != "do" for step in steps), found
    return steps


@pytest.mark.parametrize(("code", "fields"), POLICIES)
def test_every_way_to_fix_a_policy_is_accepted(code: str, fields: Mapping[str, Any]) -> None:
    [found] = problems_of(made_policy(fields))
    assert found.code == code
    for step in steps_of(found):
        if step.entries or step.kind != "write":
            assert problems_of(table_with(followed(step, found, fields))) == (), step


def table_with(row: Mapping[str, Any] | None) -> Callable[[], object]:
    return lambda: PolicyTable({"/": row})


@pytest.mark.parametrize(("code", "patterns"), TABLES)
def test_every_way_to_fix_a_path_pattern_is_accepted(code: str, patterns: list[object]) -> None:
    [found] = problems_of(table_of(patterns))
    assert found.code == code
    assert len(found.message) <= 120
    assert len(found.hint) <= 120
    for step in steps_of(found):
        assert step.kind == "write"
        assert problems_of(table_of([*patterns[:-1], *step.entries])) == (), step


@pytest.mark.parametrize(("code", "function", "arguments"), ARGUMENTS)
def test_every_way_to_fix_an_argument_is_accepted(
    code: str, function: Callable[..., object], arguments: Mapping[str, Any]
) -> None:
    [found] = problems_of(called(function, arguments))
    assert found.code == code
    for step in steps_of(found):
        changed = followed(step, found, arguments)
        assert changed is not None
        assert problems_of(called(function, changed)) == (), step


def test_every_code_is_used() -> None:
    used = {
        node.value
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(_without_the_list(path.read_text("utf-8"))))
        if isinstance(node, ast.Constant)
    }
    assert CODES.keys() <= used, "remove these from CODES"


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_code_that_is_used_is_in_the_list(path: Path) -> None:
    """`mistake` raises if not, and somebody's configuration would find that out."""
    calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    makers = {"mistake", "problem"} | ({"Note"} if "browser" not in path.parts else set())
    used = {
        node.args[0].value
        for node in calls
        if ast.unparse(node.func) in makers and node.args and isinstance(node.args[0], ast.Constant)
    }
    missing = used - CODES.keys()
    assert not missing, f"add to CODES in corswsgi/problems.py, with a meaning: {missing}"


def _without_the_list(source: str) -> str:
    return re.sub(r"^CODES: .*?^}$", "", source, flags=re.MULTILINE | re.DOTALL)


def test_every_problem_is_data() -> None:
    """So that it can be said in the words of whoever reads it."""
    by_hand = [
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if path.name != "problems.py"
        and re.search(r"(?<!\w)Problem\(", path.read_text("utf-8"))
        and "class Problem(" not in path.read_text("utf-8")
    ]
    assert by_hand == []


def test_code_that_is_not_in_the_list_is_an_error() -> None:
    with pytest.raises(LookupError, match="no-such-code is not in CODES: add it there"):
        mistake("no-such-code", "never")


def test_id_of_a_check_of_django_is_made_of_a_code_that_is_in_a_list() -> None:
    assert [check_id(code) for code in ("null-origin", "asgi")] == ["corswsgi.null-origin", "corswsgi.asgi"]
    with pytest.raises(LookupError, match="no-such-code is not in CODES_OF_PROJECTS: add it there"):
        check_id("no-such-code")


@pytest.mark.parametrize("path", sorted((PACKAGE / "django").glob("*.py")), ids=lambda path: path.name)
def test_check_of_django_has_no_id_that_is_in_no_list(path: Path) -> None:
    written = [
        ast.unparse(keyword.value)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "id" and not ast.unparse(keyword.value).startswith("check_id(")
    ]
    assert written == [], "write id=check_id(code)"


def test_step_that_a_surface_cannot_do_is_left_out_there() -> None:
    found = problem(
        "null-origin", "allow_origins[0]", "null", "x", write("a"), set_to("dangerously_allow_null_origin", True)
    )
    hints = [reworded(found, vocabulary).hint for vocabulary in VOCABULARIES]
    assert hints == [
        "write 'a', or set dangerously_allow_null_origin=True",
        'write "a", or set dangerously_allow_null_origin = true',
        "write a",
        "write 'a', or set dangerously_allow_null_origin=True",
        "write 'a', or use CORS_POLICIES with dangerously_allow_null_origin=True",
    ]


def test_argument_is_written_as_a_value_or_as_it_is() -> None:
    found = problem("wrong-type", '"/a".max_age', "x", "{here} {value} {part} {part!s}", do("do {part!s}"), part="p")
    assert (found.message, found.hint) == ("max_age 'x' 'p' p", "do p")
    django = reworded(found, VOCABULARIES[4])
    assert (django.field, django.message) == ('"/a".CORS_PREFLIGHT_MAX_AGE', "CORS_PREFLIGHT_MAX_AGE 'x' 'p' p")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        pytest.param(True, "true", id="flag"),
        pytest.param('a"b', r'"a\"b"', id="quote"),
        pytest.param("\x1b[2J", r'"\u001b[2J"', id="escape sequence"),
        pytest.param(["a", 1], '["a", 1]', id="list"),
        pytest.param({"a": 1}, "a table", id="table"),
        pytest.param("x" * 100, '"' + "x" * 56 + "...", id="long"),
    ],
)
def test_value_is_written_as_toml(value: object, written: str) -> None:
    assert TOML.quote(value) == written


def test_value_of_a_variable_has_quotes_only_where_it_is_not_plain() -> None:
    assert ENVIRONMENT.write_list(["https://*.a.example:*", True, "a b"]) == "https://*.a.example:*,true,'a b'"


def test_problem_of_another_maker_keeps_its_words() -> None:
    found = Problem(code="x", field="allow_origins[1]", value=1, message="is wrong", hint="mend it")
    assert reworded(found, VOCABULARIES[3]) == replace(found, field="origins[1]")


def test_problem_can_be_pickled_and_said_in_other_words_afterwards() -> None:
    [found] = problems_of(made_policy({"allow_origins": "*", "allow_credentials": True}))
    again = pickle.loads(pickle.dumps(found))  # noqa: S301  (our own bytes)
    assert reworded(again, VOCABULARIES[3]).hint == "list the origins of your pages, or remove supports_credentials"
