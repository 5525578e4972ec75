"""What a path pattern may be, and which two tie."""

from typing import Any

import pytest

from corswsgi import PolicyError, PolicyTable
from tests.support.tables import POLICY, row


@pytest.mark.parametrize(
    ("pattern", "code"),
    [
        pytest.param("api/**", "path-without-slash", id="no slash in front"),
        pytest.param("", "path-without-slash", id="empty"),
        pytest.param("*", "path-without-slash", id="star alone"),
        pytest.param("/search?q=*", "path-with-query", id="query string"),
        pytest.param("/a/../b", "ambiguous-path", id="dot-dot"),
        pytest.param("/./a", "ambiguous-path", id="dot"),
        pytest.param("/a//b", "ambiguous-path", id="empty segment"),
        pytest.param("/a\\b", "ambiguous-path", id="backslash"),
        pytest.param("/a\n", "ambiguous-path", id="control character"),
        pytest.param("/a\ud800", "ambiguous-path", id="half of a character"),
        pytest.param("/a/**/b", "misplaced-double-star", id="** in the middle"),
        pytest.param("/a**", "misplaced-double-star", id="** in a segment"),
        pytest.param("/**/", "misplaced-double-star", id="** and a slash"),
        pytest.param("/***", "misplaced-double-star", id="***"),
        pytest.param("/a/*.min.*", "several-stars-in-segment", id="two stars"),
        pytest.param(7, "wrong-type", id="number"),
        pytest.param(b"/api/**", "wrong-type", id="bytes"),
    ],
)
def test_pattern_is_refused(pattern: Any, code: str) -> None:
    with pytest.raises(PolicyError) as caught:
        PolicyTable({"/fine": POLICY, pattern: POLICY})
    [problem] = caught.value.problems
    assert (problem.code, problem.value) == (code, pattern)
    assert problem.hint


@pytest.mark.parametrize(
    "patterns",
    [
        ["/ab*", "/*ab"],
        ["/a*bc", "/ab*c"],
        ["/ab*/x", "/*cd/x"],
        ["/ab*/*", "/*cd/*"],
        ["/ab*/**", "/*cd/**"],
        ["/*ab/cd*", "/ab*/*cd"],
        ["/é*", "/*a"],  # one literal character each, whatever their bytes
        ["/ab*/", "/*cd"],  # each covers its path with and without the slash
    ],
)
def test_patterns_that_match_one_path_and_tie_are_refused_and_both_named(patterns: list[str]) -> None:
    for ordered in (patterns, patterns[::-1]):
        with pytest.raises(PolicyError) as caught:
            PolicyTable(dict.fromkeys(ordered, POLICY))
        [problem] = caught.value.problems
        assert problem.code == "ambiguous-patterns"
        assert problem.field == f'"{ordered[1]}"'
        assert f'"{ordered[0]}"' in problem.message


@pytest.mark.parametrize(
    "patterns",
    [
        ["/ab*", "/*abc"],  # more literal characters win
        ["/ab*", "/cd*"],  # no path begins with both
        ["/*.js", "/*.ts"],
        ["/ab*/x", "/*cd/y"],
        ["/ab*/x", "/*cd/*"],
        ["/ab*", "/*cd/x"],
        ["/ab*/x*", "/*cd/yy"],
        ["/é*", "/*ab"],
        ["/ab*c", "/x*bc"],
    ],
)
def test_patterns_that_do_not_tie_stand_together(patterns: list[str]) -> None:
    assert PolicyTable(dict.fromkeys(patterns, POLICY)).rows.keys() == set(patterns)


@pytest.mark.parametrize(
    ("pattern", "hint"),
    [("a?b", "write '/a?b'"), (" /api", "write '/api'"), ("http://h/api/**", "write '/api/**'")],
)
def test_hint_for_a_path_is_the_path(pattern: str, hint: str) -> None:
    with pytest.raises(PolicyError) as caught:
        PolicyTable({pattern: POLICY})
    assert caught.value.problems[0].hint == hint


def test_table_of_many_partial_stars_is_made_without_comparing_each_with_each() -> None:
    table = PolicyTable({f"/files/*.{number:05}": POLICY for number in range(20_000)})
    assert row(table, "/files/x.00007") == "/files/*.00007"
