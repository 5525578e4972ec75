"""A policy as a value: construction, comparison, replacement, and the texts of its problems."""

import dataclasses
import pickle
import re
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest

from corswsgi import Policy, PolicyError, Problem
from tests.support.asking import APP


@pytest.mark.parametrize(
    ("field", "nearest"),
    [
        ("origins", "allow_origins"),
        ("allow_origin", "allow_origins"),
        ("allowed_methods", "allow_methods"),
        ("headers", "allow_headers"),
        ("exposed_headers", "expose_headers"),
        ("supports_credentials", "allow_credentials"),
        ("maxage", "max_age"),
        ("maxAge", "max_age"),
        ("preflight_max_age", "max_age"),
        ("cookies", "allow_credentials"),
        ("alow_timing", "allow_timing"),
    ],
)
def test_unknown_field_is_told_the_nearest_real_one(field: str, nearest: str) -> None:
    fields: dict[str, Any] = {"allow_origins": APP, field: "x"}
    with pytest.raises(PolicyError) as caught:
        Policy(**fields)
    assert [problem.hint for problem in caught.value.problems] == [f"write {nearest}"]


@pytest.mark.parametrize("field", ["x[", "allow_origins[0]", "", "\n"])
def test_unknown_field_of_any_name_is_one_problem(field: str) -> None:
    fields: dict[str, Any] = {"allow_origins": APP, field: 1}
    with pytest.raises(PolicyError) as caught:
        Policy(**fields)
    assert [problem.code for problem in caught.value.problems] == ["unknown-field"]
    assert len(str(caught.value).splitlines()) == 1


def test_unknown_field_like_no_other_is_told_some() -> None:
    fields: dict[str, Any] = {"allow_origins": APP, "xyz": 1}
    with pytest.raises(PolicyError, match="use a field such as allow_origins or max_age"):
        Policy(**fields)


def test_problem_is_one_line_with_the_place_the_code_and_the_hint() -> None:
    with pytest.raises(PolicyError) as caught:
        Policy(allow_origins=["https://app.example.com", "https://App.example.com\N{NO-BREAK SPACE}\n"])
    [problem] = caught.value.problems
    assert isinstance(problem, Problem)
    assert (
        str(problem)
        == str(caught.value)
        == (
            "allow_origins[1]: 'https://App.example.com\\xa0\\n' has a comma, a semicolon or a space in it: "
            "it is not one value (list-in-string); write 'https://App.example.com'"
        )
    )


def test_value_of_any_size_is_shown_in_a_short_line() -> None:
    with pytest.raises(PolicyError) as caught:
        Policy(allow_origins=["https://" + "x" * 10_000_000])
    assert len(str(caught.value)) < 500


def test_policy_error_is_a_value_error_and_survives_pickling() -> None:
    assert issubclass(PolicyError, ValueError)
    with pytest.raises(PolicyError, match="no-origins") as caught:
        Policy()
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301  (our own bytes)
    assert again.problems == caught.value.problems


def test_defaults_are_the_safe_ones() -> None:
    policy = Policy(allow_origins=APP)
    said = {name: value for name, value in dataclasses.asdict(policy).items() if repr(value) not in NOTHING}
    assert said == {"allow_origins": (APP,)}


NOTHING = {"False", "()", "None"}


@pytest.mark.parametrize("origins", [APP, [APP], (APP,), {APP}, iter([APP]), {APP: 1}.keys()], ids=str)
def test_one_string_or_any_iterable_is_accepted(origins: Any) -> None:
    assert Policy(allow_origins=origins, allow_methods="PUT", allow_headers=["X-A"]) == Policy(
        allow_origins=[APP], allow_methods=["PUT"], allow_headers="X-A"
    )


def test_regex_and_callable_are_accepted_alone() -> None:
    regex = re.compile(r"https://pr-\d+\.example\.com")
    assert Policy(allow_origins=regex).allow_origins == (regex,)
    assert Policy(allow_origins=callable_origin).allow_origins == (callable_origin,)


def callable_origin(origin: str, environ: object) -> bool:
    return False


def test_policy_is_a_frozen_value() -> None:
    policy = Policy(allow_origins=[APP], max_age=5)
    with pytest.raises(dataclasses.FrozenInstanceError):
        policy.max_age = 6  # type: ignore[misc]  # what is tested
    assert policy == Policy(allow_origins=APP, max_age=timedelta(seconds=5))
    assert hash(policy) == hash(Policy(allow_origins=APP, max_age=5))
    assert repr(policy) == "Policy(allow_origins=('https://app.example.com',), max_age=5)"
    assert dataclasses.replace(policy, max_age=6) == Policy(allow_origins=APP, max_age=6)


def test_repr_has_regexes_as_they_are_written() -> None:
    policy = Policy(allow_origins=[APP, re.compile(r"https://pr-\d+\.example\.com")], max_age=5)
    assert repr(policy) == (
        r"Policy(allow_origins=('https://app.example.com', re.compile(r'https://pr-\d+\.example\.com')), max_age=5)"
    )
    assert eval(repr(policy)) == policy  # noqa: S307  (our own text)


def test_replace_checks_the_new_policy() -> None:
    policy = Policy(allow_origins="*")
    with pytest.raises(PolicyError, match="any-origin-with-credentials"):
        dataclasses.replace(policy, allow_credentials=True)


def test_public_suffix_list_is_imported_only_for_a_credentialed_subdomain_wildcard() -> None:
    program = """if True:
        import sys
        from corswsgi import Policy
        Policy(allow_origins=["https://app.example.com", "http://localhost:*"], allow_credentials=True)
        Policy(allow_origins="https://*.example.com")
        assert "publicsuffixlist" not in sys.modules
        Policy(allow_origins="https://*.example.com", allow_credentials=True)
        assert "publicsuffixlist" in sys.modules
    """
    subprocess.run([sys.executable, "-c", program], check=True)  # noqa: S603  (our own program)
