"""Hints of only one surface: each uses its words, and following it leads to an accepted configuration."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from corswsgi import Policy, Problem
from corswsgi.django.settings import examine_settings
from corswsgi.files import policies_in
from corswsgi.flask.options import read_options
from corswsgi.policy import FIELDS
from corswsgi.problems import CODES, Mistake
from corswsgi.surfaces import NotThere
from corswsgi.vocabularies import TOML
from tests.support.django_settings import configured
from tests.support.faults import ARGUMENTS, POLICIES, TABLES, followed, problems_of
from tests.support.faults_of_surfaces import FILES, MIGRATED, WARNINGS
from tests.support.foreign import FOREIGN
from tests.support.migrated import as_options, as_settings
from tests.support.surfaces import Fault

FAULTS = [*FILES, *MIGRATED, *WARNINGS]


def named(fault: Fault) -> str:
    return f"{fault.code}, {fault.surface}"


@pytest.mark.parametrize("fault", FAULTS, ids=named)
def test_problem_of_one_surface_is_said_in_its_words(fault: Fault) -> None:
    [found] = fault.wrong()
    assert found.code == fault.code
    for text in (found.message, found.hint):
        assert re.search(FOREIGN[fault.surface], text) is None, text
        assert 0 < len(text) <= MOST + len(str(found.place and found.place.file))


MOST = 120


@pytest.mark.parametrize("fault", FAULTS, ids=named)
def test_every_way_of_its_hint_is_accepted(fault: Fault) -> None:
    [found] = fault.wrong()
    assert found.hint.startswith(", or ".join(fault.right)), found.hint
    for words, look in fault.right.items():
        assert list(look()) == [], f"{words!r} leads to another problem"


def accepted_by_flask(fields: Mapping[str, Any]) -> list[Problem]:
    return list(problems_of(lambda: read_options(as_options(fields), [])))


def accepted_by_django(fields: Mapping[str, Any]) -> list[Problem]:
    has_no_setting = any(isinstance(FIELDS[name].django, NotThere) for name in fields)
    settings = {"CORS_POLICIES": {"/**": fields}} if has_no_setting else as_settings(fields)
    with configured(**settings):
        return examine_settings()[1].problems


def accepted_by_a_file(fields: Mapping[str, Any]) -> list[Problem]:
    lines = [
        f"{name} = {TOML.write_list(value) if isinstance(value, list) else TOML.write_one(value)}"
        for name, value in fields.items()
    ]
    return list(problems_of(lambda: policies_in("\n".join(['["/**"]', *lines]), "cors.toml", {})))


def accepted_by_the_environment(fields: Mapping[str, Any]) -> list[Problem]:
    variables = {}
    for name, value in fields.items():
        variable = FIELDS[name].variable
        if isinstance(variable, NotThere):
            return []
        variables[f"CORS_{variable}"] = ",".join(map(str, value)) if isinstance(value, list) else str(value)
    return list(problems_of(lambda: Policy.from_env(variables)))


SURFACES = [accepted_by_flask, accepted_by_django, accepted_by_a_file, accepted_by_the_environment]


def ways(fields: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Follow each step of the hint about the fields of a policy, but for "no CORS", which has no fields."""
    [found] = problems_of(lambda: Policy(**fields))
    assert isinstance(found.mistake, Mistake)
    for step in found.mistake.fix:
        changed = followed(step, found, fields)
        if changed is not None and (step.entries or step.kind != "write") and step.kind != "do":
            yield changed


@pytest.mark.parametrize(("code", "fields"), POLICIES)
@pytest.mark.parametrize("accepted_by", SURFACES)
def test_every_way_to_fix_a_policy_is_accepted_by_each_surface(
    code: str, fields: Mapping[str, Any], accepted_by: Callable[[Mapping[str, Any]], list[Problem]]
) -> None:
    for changed in ways(fields):
        if accepted_by in {accepted_by_flask, accepted_by_django} or not any(map(has_regexes, changed.values())):
            assert accepted_by(changed) == [], code


def has_regexes(value: object) -> bool:
    return isinstance(value, list) and any(isinstance(each, re.Pattern) for each in value)


def test_hint_of_every_code_is_followed() -> None:
    followed = {each.code for each in FAULTS} | {code for code, *_ in (*POLICIES, *TABLES, *ARGUMENTS)}
    missing = CODES.keys() - followed
    assert not missing, f"add a configuration with each to tests/support/faults.py or faults_of_surfaces.py: {missing}"
