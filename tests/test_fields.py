"""The law over the fields of `Policy`: each surface offers each field, or there is a reason beside the field.

A field that is added in one place only fails here, with a sentence that says what to do.
"""

import ast
import dataclasses
import inspect
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import corswsgi
from corswsgi import CORSMiddleware, Policy, PolicyError, load_policies
from corswsgi.answers import SET_BY_POLICIES
from corswsgi.cli.words import in_words
from corswsgi.django.settings import read_settings
from corswsgi.flask.options import config_options, merged, read_options
from corswsgi.policy import FIELDS
from corswsgi.surfaces import Kind, NotThere, Surfaces, described, surfaces_of
from tests.support.asking import APP, Headers, ask, preflight
from tests.support.commands import run as run_command
from tests.support.django_settings import configured
from tests.support.documents import ROOT

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

NAMES = [each.name for each in dataclasses.fields(Policy)]
SURFACES = ("variable", "flask", "django", "clause")

# A value of each kind that is nobody's default, as Python and as a variable writes it
SAMPLES: dict[Kind, tuple[Any, str]] = {
    "origins": ([APP], APP),
    "names": (["X-A"], "X-A"),
    "flag": (True, "true"),
    "seconds": (5, "5"),
}


def known(name: str) -> Surfaces:
    if name not in FIELDS:
        pytest.fail(f"Policy.{name} is not described: write `= described(...)` behind its annotation in policy.py")
    return FIELDS[name]


def sample(name: str) -> dict[str, Any]:
    """Return the fields of a policy in which `name` has not its default."""
    return {"allow_origins": [APP]} | {name: SAMPLES[known(name).kind][0]}


def expected(name: str) -> object:
    value = sample(name)[name]
    return tuple(value) if isinstance(value, list) else value


@pytest.mark.parametrize("name", NAMES)
def test_field_is_described_for_every_surface_or_has_a_reason(name: str) -> None:
    for surface in SURFACES:
        value = getattr(known(name), surface)
        assert not isinstance(value, NotThere) or len(value.reason.split()) > 3, f"say why {surface} has no {name}"
        assert value, f"{surface} of {name} in policy.py is empty: write a name, or NotThere(reason)"


@pytest.mark.parametrize("name", NAMES)
def test_field_is_an_argument_of_the_same_name_and_default_and_is_kept(name: str) -> None:
    parameter = inspect.signature(Policy).parameters.get(name)
    assert parameter is not None, f"Policy.__init__ does not take {name}"
    [field] = (each for each in dataclasses.fields(Policy) if each.name == name)
    assert parameter.default == field.default, f"the default of {name} in Policy.__init__ is not that of the field"
    kept = getattr(Policy(**sample(name)), name, "nothing")
    assert kept == expected(name), f"Policy.__init__ does not keep {name}: add it to its `values`, with its check"


@pytest.mark.parametrize("name", NAMES)
def test_field_has_an_effect(name: str) -> None:
    """It is read somewhere; a dangerous flag is read by the checks, and a hint offers it."""
    names = {"attr", "value"} if name.startswith("dangerously_") else {"attr"}
    read = (
        getattr(node, each, None)
        for path in Path(corswsgi.__file__).parent.rglob("*.py")
        if path.name != "policy.py"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        for each in names
    )
    assert name in read, f"nothing obeys {name}: read it where it takes effect (answers.py, origins/, writes.py)"


@pytest.mark.parametrize("name", NAMES)
def test_field_is_refused_where_it_has_no_effect_without_origins(name: str) -> None:
    fields = {"accept_writes_from": [APP]} | {name: SAMPLES[known(name).kind][0]}
    if name in {"allow_origins", "accept_writes_from"} or name.startswith("dangerously_"):
        assert getattr(Policy(**fields), name) == expected(name)
    else:
        with pytest.raises(PolicyError) as refused:
            Policy(**fields)
        assert [(each.code, each.field) for each in refused.value.problems] == [("field-without-origins", name)]


@pytest.mark.parametrize("name", NAMES)
def test_field_has_a_variable_that_from_env_reads_and_names(name: str) -> None:
    variable = known(name).variable
    if isinstance(variable, str):
        environ = {"CORS_ALLOWED_ORIGINS": APP} | {f"CORS_{variable}": SAMPLES[known(name).kind][1]}
        assert getattr(Policy.from_env(environ), name) == expected(name), f"from_env does not read CORS_{variable}"
        assert f"CORS_{variable}``" in str(Policy.from_env.__doc__), (
            f"from_env's docstring does not name CORS_{variable}"
        )


@pytest.mark.parametrize("name", NAMES)
def test_field_is_a_key_of_a_file_with_a_value_or_a_variable(name: str, tmp_path: Path) -> None:
    value, text = SAMPLES[known(name).kind]
    for written, environ in ((json.dumps(value), {}), ('"${VALUE}"', {"VALUE": text})):
        others = "" if name == "allow_origins" else f'allow_origins = "{APP}"\n'
        (tmp_path / "cors.toml").write_text(f'["/**"]\n{others}{name} = {written}\n', "utf-8")
        policy = load_policies(tmp_path / "cors.toml", environ=environ).rows["/**"]
        assert getattr(policy, name) == expected(name), f"a file does not set {name}"


@pytest.mark.parametrize("name", NAMES)
def test_field_is_an_option_of_the_front_end_of_flask(name: str) -> None:
    option = known(name).flask
    if isinstance(option, str):
        said = {"origins": APP} | {option: SAMPLES[known(name).kind][0]}
        for options in (said, config_options({f"CORS_{each.upper()}": value for each, value in said.items()})):
            row = read_options(merged(options), [])
            assert getattr(row.policy, name) == expected(name), f"corswsgi.flask does not read the option {option}"


@pytest.mark.parametrize("name", NAMES)
def test_field_is_a_setting_of_the_front_end_of_django(name: str) -> None:
    setting = known(name).django
    if isinstance(setting, str):
        said = {"CORS_ALLOWED_ORIGINS": [APP]} | {setting: SAMPLES[known(name).kind][0]}
        with configured(**said):
            rules = read_settings()
        value = getattr(rules.table.rows["/**"], name)
        assert rules.notes == (), f"Django's settings do not know {setting}"
        is_set = set(expected_entries(name)) <= set(value) if isinstance(value, tuple) else value == expected(name)
        assert is_set, f"corswsgi.django does not read the setting {setting}"


def expected_entries(name: str) -> Iterable[object]:
    value = expected(name)
    assert isinstance(value, tuple)
    return value


@pytest.mark.parametrize("name", NAMES)
def test_field_is_said_by_check_and_audit(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clause = known(name).clause
    said = in_words(Policy(**sample(name)))
    if not isinstance(clause, NotThere):
        other = Policy(allow_origins="*" if name == "allow_origins" else APP)
        assert said != in_words(other), f"cli/words.py says nothing of {name}"
    monkeypatch.chdir(tmp_path)
    lines = [f"{each} = {json.dumps(value)}" for each, value in sample(name).items()]
    Path("cors.toml").write_text("\n".join(['["/**"]', *lines]), "utf-8")
    result = run_command("check", "--json", "cors.toml")
    assert name in json.loads(result.stdout)["rows"][0]["policy"], f"check --json leaves out {name}"


def test_table_of_the_documentation_has_the_fields_in_their_order() -> None:
    pages = (ROOT / "README.md", *(ROOT / "docs").glob("*.md"))
    [table] = [
        found[1]
        for page in pages
        for found in re.finditer(
            r"^\| field \| takes \|\n\|---\|---\|\n((?:\|.*\n)+)", page.read_text("utf-8"), re.MULTILINE
        )
    ]
    rows = [f"| `{name}` | {known(name).takes} |" for name in NAMES]
    assert table.splitlines() == rows, "the table of fields differs from policy.py: copy `takes` of the field into it"


def sets_all_itself(_environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain"), *((each, "application's") for each in SET_BY_POLICIES)])
    return []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("credentials", [False, True])
def test_header_that_a_policy_sets_is_replaced_in_what_the_application_answers(name: str, *, credentials: bool) -> None:
    fields: dict[str, Any] = {"allow_credentials": credentials, "expose_headers": ["X-B"]}
    policy = Policy(**(fields | sample(name)))

    middleware = CORSMiddleware(sets_all_itself, policy)
    for response in (ask(middleware, origin=APP), ask(middleware), preflight(middleware, "/", APP)):
        names = names_beside_vary(response.headers)
        assert names <= {each.lower() for each in SET_BY_POLICIES}, (
            f"{name} sets a header that answers.py does not list in SET_BY_POLICIES: add it there"
        )
        assert len(response.headers) == len({each.lower() for each, _ in response.headers}), "a header is doubled"
        assert "application's" not in dict(response.headers).values(), "a header of the application's is kept"


def test_header_that_answers_lists_is_set_by_a_policy() -> None:
    fields = {"allow_credentials": True} | {name: SAMPLES[known(name).kind][0] for name in NAMES}
    middleware = CORSMiddleware(sets_all_itself, Policy(**fields))
    answers = (ask(middleware, origin=APP), preflight(middleware, "/", APP))
    names = set().union(*(names_beside_vary(each.headers) for each in answers))
    never = [each for each in SET_BY_POLICIES if each.lower() not in names]
    assert never == [], f"no policy sets these: add them where answers.py builds its lists, or take them out: {never}"


def names_beside_vary(headers: Headers) -> set[str]:
    return {name.lower() for name, _ in headers} - {"vary", "content-length", "content-type"}


def test_field_without_a_description_is_not_among_those_that_surfaces_read() -> None:
    @dataclasses.dataclass
    class Two:
        forgotten: int = 0
        kept: int = described(
            default=0, kind="seconds", variable="A", flask="a", django="A", clause=NotThere("nothing to say"), takes="a"
        )

    assert list(surfaces_of(Two)) == ["kept"]
