"""The effect of a mistake on migrating users is the one that `CODES` names."""

from collections.abc import Mapping
from typing import Any

import pytest

from corswsgi.django.settings import examine_settings
from corswsgi.flask.options import read_options
from corswsgi.problems import CODES, Severity
from tests.support.django_settings import configured
from tests.support.faults import POLICIES, problems_of
from tests.support.migrated import as_options, as_settings

# Flask-CORS and django-cors-headers have no field, and other codes for names that nothing reads; and where a list of
# origins is empty, they let the policy of nobody stand
NOT_THERE = {"unknown-field", "field-without-origins"}
FAULTS = [(code, fields) for code, fields in POLICIES if code not in NOT_THERE]
BY_CODE: dict[str, list[Mapping[str, Any]]] = {}
for each, its_fields in FAULTS:
    BY_CODE.setdefault(each, []).append(its_fields)


def in_flask(code: str, fields: Mapping[str, Any]) -> Severity:
    notes: list[str] = []
    problems = problems_of(lambda: read_options(as_options(fields), notes))
    assert {problem.code for problem in problems} <= {code}
    if problems:
        return "refused"
    return "warned" if notes else "accepted"


def in_django(code: str, fields: Mapping[str, Any]) -> Severity:
    with configured(**as_settings(fields)):
        rules, found = examine_settings()
    if rules is None:
        assert {problem.code for problem in found.problems} == {code}
        return "refused"
    notes = {note.code for note in found.notes} - {"regex-matched-whole"}
    assert notes <= {code} | OF_THE_BROWSER.get(code, set())
    return "warned" if notes else "accepted"


# Names of responses that are also names which no script may set
OF_THE_BROWSER = {"response-header-in-request": {"forbidden-request-header"}}


@pytest.mark.parametrize("code", BY_CODE)
def test_effect_on_users_of_flask_cors_is_that_of_the_list(code: str) -> None:
    seen = {in_flask(code, fields) for fields in BY_CODE[code]}
    assert seen == set(CODES[code].in_flask or ("refused",)), f"write what was seen into CODES, as in_flask of {code}"


@pytest.mark.parametrize("code", BY_CODE)
def test_effect_on_users_of_django_cors_headers_is_that_of_the_list(code: str) -> None:
    seen = {in_django(code, fields) for fields in BY_CODE[code]}
    assert seen == set(CODES[code].in_django or ("refused",)), f"write what was seen into CODES, as in_django of {code}"


def test_codes_that_no_policy_has_have_one_effect_everywhere() -> None:
    of_policies = {code for code, _ in POLICIES}
    assert [code for code, known in CODES.items() if known.in_flask + known.in_django and code not in of_policies] == []
