"""Regexes for paths: tried on every reading, with and without a slash at the end."""

import re

import pytest

from corswsgi.paths.readings import MAX_LENGTH
from corswsgi.paths.regexes import in_both_spellings, row_by_regexes, slow_regex_problems


def covers(regex: str, path: str, *, whole: bool = True) -> bool:
    matches = in_both_spellings(re.compile(regex), whole=whole)
    return row_by_regexes(path, lambda reading: matches(reading) or None) is True


@pytest.mark.parametrize(
    ("regex", "covered", "not_covered"),
    [
        (r"/api/.*", ["/api/x", "/api/", "/api", "/api//x", "/api/\xff", "/api/a\nb"[:-2]], ["/apix", "/api/../x"]),
        (r"/me", ["/me", "/me/", "me"], ["/mex", "/x/me", "//me", "/m\xffe", "/me\n", "x/me"]),
        (r"/me/", ["/me", "/me/"], ["/me/x"]),
        (r"/(?!admin/).*", ["/x/y", "/x"], ["/admin/", "/admin", "/admin/x", "//admin/x", "/\nadmin/x"]),
        (r"/", ["/", ""], ["/x"]),
        (r"/\w+", ["/caf\xc3\xa9"], ["/caf\xe9"]),
    ],
)
def test_regex_covers_a_path_if_it_matches_all_its_readings(
    regex: str, covered: list[str], not_covered: list[str]
) -> None:
    assert [path for path in covered if not covers(regex, path or "/")] == []
    assert [path for path in not_covered if covers(regex, path)] == []


def test_beginning_of_a_path_is_enough_where_not_the_whole_is_asked_for() -> None:
    assert covers("/api/", "/api/x", whole=False)
    assert covers("/api/", "/api", whole=False)
    assert not covers("/api/", "/x/api/", whole=False)


def test_path_on_which_regexes_would_take_long_has_no_row() -> None:
    assert covers(".*", "/" + "a" * (MAX_LENGTH - 1))
    assert not covers(".*", "/" + "a" * MAX_LENGTH)
    assert covers(".*", "/" + "a" * (MAX_LENGTH - 3) + "//")
    assert not covers("(?s).*", "/\n\\\\" + "a" * (MAX_LENGTH - 10) + "//")


def test_rows_of_readings_that_differ_are_no_row() -> None:
    assert row_by_regexes("/a//b", lambda reading: reading) is None


@pytest.mark.parametrize("regex", [r"/(?:[a-z]+)+!", r"/(?:a|a)*", r"/.*/.*/.*/.*x"])
def test_regex_that_can_take_long_is_a_problem(regex: str) -> None:
    [problem] = slow_regex_problems(re.compile(regex), "CORS_URLS_REGEX", regex)
    assert (problem.code, problem.field, problem.value) == ("slow-regex", "CORS_URLS_REGEX", regex)
    assert problem.hint
    assert list(slow_regex_problems(re.compile(r"/v\d+/.*/x"), "CORS_URLS_REGEX", "")) == []
