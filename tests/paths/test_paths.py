"""Path patterns: the row for a path, and refused patterns."""

import copy
import pickle
from typing import Any

import pytest

from corswsgi import Policy, PolicyError, PolicyTable
from tests.support.tables import POLICY, row

OTHER = Policy(allow_origins="https://app.example.com")


@pytest.mark.parametrize(
    ("pattern", "matched", "unmatched"),
    [
        ("/", ["/"], ["/x", "//", "x", "*", "/.", "/.."]),
        ("/login", ["/login", "/login/", "login"], ["/Login", "/logi", "/login/x", "/x/login", "//login", "/"]),
        ("/login/", ["/login/", "/login"], ["/login//", "/login/x"]),
        ("/**", ["/", "/x", "/x/", "/x/y", "/.well-known/x", "/..x", "/x..", "/...", "/%2e%2e/x", "x", "*", "//"], []),
        (
            "/api/**",
            ["/api", "/api/", "/api/x", "/api/x/", "/api/x/y.z"],
            ["/apix", "/ap", "/", "/API", "/x/api", "api/x"],
        ),
        ("/a/*", ["/a/x", "/a/x/", "/a/*", "/a/**"], ["/a", "/a/", "/a/x/y"]),
        ("/*/b", ["/a/b", "/b/b", "/a/b/"], ["/b", "//b", "/a/c/b"]),
        ("/*/", ["/a/", "/a"], ["/", "//"]),
        (
            "/fonts/*.woff2",
            ["/fonts/a.woff2", "/fonts/a.b.woff2"],
            ["/fonts/.woff2", "/fonts/a.woff", "/fonts/a/b.woff2"],
        ),
        ("/v*/x", ["/v1/x", "/v12/x"], ["/v/x", "/w1/x", "/v1"]),
        ("/a*b", ["/aXb", "/aabb"], ["/ab", "/a", "/b", "/aXbc"]),
        ("/*/**", ["/a", "/a/", "/a/b"], ["/"]),
        ("/v*/**", ["/v1", "/v1/x/y"], ["/v", "/v/x"]),
        ("/café/*", ["/café/x", "/café/ü"], ["/cafe/x", "/caf%C3%A9/x", "/cafe\N{COMBINING ACUTE ACCENT}/x"]),
        ("/a b+c", ["/a b+c"], ["/a+b+c", "/a b c", "/a%20b+c"]),
        ("/a%2561", ["/a%2561"], ["/a%61", "/aa"]),
    ],
)
def test_pattern_matches(pattern: str, matched: list[str], unmatched: list[str]) -> None:
    for policies in ({pattern: POLICY}, {pattern: POLICY, "/zz/*/zz": OTHER}):  # without and with a way back
        table = PolicyTable(policies)
        assert [path for path in matched if row(table, path) != pattern] == []
        assert [path for path in unmatched if row(table, path) == pattern] == []


@pytest.mark.parametrize("star", [{}, {"/zz/*": OTHER}], ids=["no star in the table", "a star in the table"])
@pytest.mark.parametrize(
    "path",
    [
        "/public/../private",
        "/public/..",
        "/public/.",
        "/./public",
        "/../public/x",
        "/public/..\\x",
        "/public/.\n./x",
    ],
)
def test_path_with_a_dot_segment_has_no_row(path: str, star: dict[str, Policy]) -> None:
    table = PolicyTable({"/**": POLICY, "/public/**": OTHER, "/public": OTHER, **star})
    assert row(table, path) is None


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api/me", "/api/me"),
        ("/api/you", "/api/*"),
        ("/api/v1.json", "/api/v*.json"),
        ("/api/x.json", "/api/*.json"),
        ("/api/x/y", "/api/**"),
        ("/api", "/api/**"),
        ("/api/me/photo", "/api/*/photo"),
        ("/api/me/x", "/api/**"),
        ("/other", "/**"),
        ("/", "/**"),
    ],
)
def test_most_specific_pattern_wins_in_any_order_of_rows(path: str, expected: str) -> None:
    patterns = ["/**", "/api/**", "/api/*", "/api/*.json", "/api/v*.json", "/api/me", "/api/*/photo"]
    for ordered in (patterns, patterns[::-1], sorted(patterns)):
        assert row(PolicyTable(dict.fromkeys(ordered, POLICY)), path) == expected


def test_the_leftmost_difference_decides() -> None:
    table = PolicyTable(dict.fromkeys(["/*/b/c", "/a/**"], POLICY))
    assert row(table, "/a/b/c") == "/a/**"
    assert row(table, "/x/b/c") == "/*/b/c"


def test_equally_specific_segments_leave_the_decision_to_the_next_one() -> None:
    table = PolicyTable(dict.fromkeys(["/ab*/*", "/*cd/x", "/*cd/*/**"], POLICY))
    assert row(table, "/abcd/x") is not None
    assert row(table, "/ab-cd/x") == "/*cd/x"
    assert row(table, "/ab-cd/y") == "/ab*/*"
    assert row(table, "/ab-cd/y/z") == "/*cd/*/**"


def test_row_without_a_policy_stops_wider_rows() -> None:
    for star in ({}, {"/api/*/x": OTHER}):
        table = PolicyTable({"/api/**": POLICY, "/api/admin/**": None, **star})
        assert table.match("/api/admin/users") == ("/api/admin/**", None)
        assert table.match("/api/users") == ("/api/**", POLICY)


def test_empty_path_is_the_root() -> None:
    assert row(PolicyTable({"/": POLICY}), "") == "/"
    assert row(PolicyTable({"/**": POLICY}), "") == "/**"


def test_all_mistakes_of_all_rows_are_reported_at_once_with_their_places() -> None:
    with pytest.raises(PolicyError) as caught:
        PolicyTable({
            "api": {"allow_origins": "https://a.example/"},
            "/b/**": {"allow_origins": ["https://b.example", "https://B.example"], "max_age": -1},
            "/c": "https://c.example",  # type: ignore[dict-item]  # what is tested
            "/d*x": {"allow_origins": ""},
            "/x*": None,
            "/e": {"allow_origins": "*", 7: 8},  # type: ignore[dict-item]  # what is tested
        })  # fmt: skip
    assert [(problem.field, problem.code) for problem in caught.value.problems] == [
        ('"api"', "path-without-slash"),
        ('"api".allow_origins', "origin-with-trailing-slash"),
        ('"/b/**".allow_origins[1]', "origin-in-upper-case"),
        ('"/b/**".max_age', "negative-max-age"),
        ('"/c"', "wrong-type"),
        ('"/d*x".allow_origins', "origin-without-scheme"),
        ("\"/e\".'7'", "unknown-field"),
    ]
    assert len(str(caught.value).splitlines()) == 7


@pytest.mark.parametrize("policies", [None, "*", ["/"], 7, [("/", POLICY)]], ids=repr)
def test_what_is_no_table_is_refused(policies: Any) -> None:
    with pytest.raises(PolicyError, match="wrong-type"):
        PolicyTable(policies)


def test_one_policy_serves_every_path() -> None:
    assert PolicyTable(POLICY).rows == {"/**": POLICY}


def test_fields_in_a_mapping_are_a_policy() -> None:
    assert PolicyTable({"/": {"allow_origins": "*"}}).rows == {"/": POLICY}


def test_table_of_a_table_is_the_same_table() -> None:
    table = PolicyTable({"/a": POLICY, "/b/*": None})
    again = PolicyTable(table)
    assert (again.rows, again.match("/b/x")) == (table.rows, ("/b/*", None))


def test_table_cannot_be_changed_through_what_it_was_made_of_nor_through_its_rows() -> None:
    rows = {"/a": POLICY}
    table = PolicyTable(rows)
    rows["/b"] = POLICY
    assert dict(table.rows) == {"/a": POLICY}
    with pytest.raises(TypeError):
        table.rows["/b"] = POLICY  # type: ignore[index]  # what is tested
    assert repr(table) == f"PolicyTable({{'/a': {POLICY!r}}})"


def test_table_is_a_value_that_can_be_compared_copied_and_pickled() -> None:
    table = PolicyTable({"/a": POLICY, "/b/*": None})
    assert table == PolicyTable({"/b/*": None, "/a": POLICY})
    assert table != PolicyTable({"/a": POLICY})
    assert hash(table) == hash(PolicyTable(dict(table.rows)))
    for copied in (copy.deepcopy(table), pickle.loads(pickle.dumps(table))):  # noqa: S301  (our own bytes)
        assert copied == table
        assert copied.match("/b/x") == ("/b/*", None)
    with pytest.raises(AttributeError):
        table.rows = {}  # type: ignore[misc]  # what is tested


def test_empty_table_has_no_row_for_any_path() -> None:
    assert PolicyTable({}).match("/") is None
