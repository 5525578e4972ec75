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


@pytest.mark.parametrize(
    ("pattern", "ours"),
    [
        pytest.param("/api/items/<id>", "/api/items/*", id="Flask, Bottle"),
        pytest.param("/api/<int:id>/parts/", "/api/*/parts/", id="Flask's and Django's converter"),
        pytest.param("api/<uuid:id>", "/api/*", id="Django's route"),
        pytest.param("/files/<path:name>", "/files/**", id="rest of the path in Flask"),
        pytest.param("/files/<name:path>", "/files/**", id="rest of the path in Bottle"),
        pytest.param("/files/<path:name>/raw", "/files/*/raw", id="path in the middle"),
        pytest.param("/v<int:n>/x", "/v*/x", id="part of a segment"),
        pytest.param("/api/{id}", "/api/*", id="Falcon, Pyramid"),
        pytest.param("/api/{id:int}/{name:path}", "/api/*/**", id="Starlette"),
        pytest.param("/api/<id:re:[a-z]+>", "/api/*", id="Bottle's regex"),
        pytest.param("/v1/.*", "/v1/**", id="regex"),
        pytest.param("/v1/.+$", "/v1/**", id="regex with an end"),
        pytest.param("/v1/(.*)", "/v1/**", id="group"),
        pytest.param("/v1/.*/x", "/v1/*/x/**", id="regex in the middle"),
        pytest.param("^/api/", "/api/**", id="front of a regex"),
        pytest.param("^api/$", "/api/", id="Django's whole regex"),
        pytest.param(r"^/items/(?P<id>\d+)/$", "/items/*/", id="named group"),
        pytest.param(r"/items/[0-9]+$", "/items/*", id="class"),
        pytest.param(r"/items/\d+", "/items/*", id="digits"),
        pytest.param(r"/a\.json$", "/a.json", id="escaped dot"),
    ],
)
def test_syntax_of_routers_and_regexes_is_refused_with_the_pattern_in_its_place(pattern: str, ours: str) -> None:
    with pytest.raises(PolicyError) as caught:
        PolicyTable({pattern: POLICY})
    [problem] = caught.value.problems
    assert (problem.code, problem.hint) == ("foreign-path-syntax", f"write {ours!r}")
    assert PolicyTable({ours: POLICY}).rows


@pytest.mark.parametrize("pattern", ["/<a>-<b>", "^(/a|/b//c)$", r"/a/[^/]+/(?:x|y)?", "/../<id>"])
def test_syntax_without_a_counterpart_is_refused_with_a_hint_at_stars(pattern: str) -> None:
    with pytest.raises(PolicyError) as caught:
        PolicyTable({pattern: POLICY})
    [problem] = caught.value.problems
    assert (problem.code, problem.hint) == ("foreign-path-syntax", "write '*' for one segment, '/**' at the end")


@pytest.mark.parametrize(
    "pattern",
    [
        "/odata/$metadata", "/image/ark:/7/**", "/rooms:batch", "/:id", "/a(b)", "/a+b", "/a.*", "/.well-known/*",
        "/price$", "/a[1]", "/(x)", "/x^2", "/{}", "/<>", "/a<b", "/~me", "/a|b", "/{0}", "/a/...",
    ],
)  # fmt: skip
def test_characters_that_paths_may_have_are_literal(pattern: str) -> None:
    assert row(PolicyTable({pattern: POLICY}), pattern.replace("**", "x").replace("*", "x")) == pattern


def test_table_of_many_partial_stars_is_made_without_comparing_each_with_each() -> None:
    table = PolicyTable({f"/files/*.{number:05}": POLICY for number in range(20_000)})
    assert row(table, "/files/x.00007") == "/files/*.00007"
