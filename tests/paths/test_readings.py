"""Readings: the row for a path that can be read in several ways."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from corswsgi import CORSMiddleware, Policy, PolicyError, PolicyTable
from corswsgi.paths.readings import MAX_LENGTH, every_reading, is_plain, row_of_readings
from corswsgi.paths.trie import PathTrie
from tests.support.asking import hello, make_environ, run
from tests.support.specificity import row_by_brute_force

POLICY = Policy(allow_origins="*", allow_methods="PUT")
CASES = [json.loads(line) for line in Path(__file__).with_name("readings.jsonl").read_text().splitlines()]


def path_of(case: dict[str, Any]) -> str:
    path: str | dict[str, Any] = case["path_info"]
    return path if isinstance(path, str) else path["start"] + path["repeat"] * path["times"] + path["end"]


@pytest.mark.parametrize("case", CASES, ids=[f"{case['id']}: {case['why'] or case['kind']}" for case in CASES])
def test_row_of_a_path_decides_on_requests_and_preflights(case: dict[str, Any]) -> None:
    decisions: list[str | None] = []
    rows = {pattern: POLICY if policy else None for pattern, policy in case["rows"].items()}
    middleware = CORSMiddleware(hello, rows, on_decision=lambda made: decisions.append(made.path_pattern))
    environ = make_environ(path_of(case), origin="https://a.example")
    answer = run(middleware, environ)
    preflight = run(middleware, environ | {"REQUEST_METHOD": "OPTIONS", "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "PUT"})
    assert decisions == [case["expect_row"]] * 2
    allowed = rows.get(case["expect_row"] or "") is not None
    assert answer.cors == ([("Access-Control-Allow-Origin", "*")] if allowed else [])
    assert preflight.status == ("204 No Content" if allowed else "200 OK")


# Small alphabets, so that what is drawn meets what is listed; the bytes of a character, apart and together
PIECE = st.sampled_from(["/", "/", "\\", ".", "a", "b", "\n", "\x7f", "\xff", "\xc3", "\xa9", "\xc3\xa9", "//", "/.."])
WEIRD = st.lists(PIECE, max_size=9).map("".join)
SEGMENT = st.sampled_from(["a", "b", "ab", "é", "*", "a*", "*b"])
PATTERN = st.tuples(st.lists(SEGMENT, max_size=3), st.sampled_from(["", "/", "/**"])).map(
    lambda drawn: "".join(f"/{segment}" for segment in drawn[0]) + drawn[1] or "/"
)


def unicode_of(path: str) -> str:
    """Read what need not be UTF-8; what is not has characters that no pattern here has."""
    return path.encode("latin-1").decode("utf-8", "replace")


@given(st.sets(PATTERN, min_size=1, max_size=6), st.lists(WEIRD, min_size=1, max_size=12))
@settings(max_examples=600)
def test_path_has_a_row_only_if_every_reading_has_it(patterns: set[str], paths: list[str]) -> None:
    try:
        PolicyTable(dict.fromkeys(patterns))
    except PolicyError:
        assume(False)
    find = PathTrie((pattern, pattern) for pattern in patterns).find
    for path in paths:
        readings = every_reading(path or "/")
        rows = {row_by_brute_force(patterns, unicode_of(reading)) for reading in readings or ()}
        expected = rows.pop() if len(rows) == 1 else None
        assert find(path or "/") == ("/**" if patterns == {"/**"} else expected)


@given(WEIRD)
def test_plain_path_has_one_reading(path: str) -> None:
    assert is_plain(path) == (every_reading(path) == [path])


def test_readings_are_bounded_and_say_so() -> None:
    assert every_reading("/" + "a" * MAX_LENGTH + "\n") is None
    assert every_reading("/" + "a" * MAX_LENGTH) == ["/" + "a" * MAX_LENGTH]
    assert every_reading("/\N{SNOWMAN}") is None
    assert every_reading("\xff/\x01/\x01\xa9//\xc3///\xc3\xa9/a\xa9\\/\xff\xc3\xc3\xa9\xc3/\xc3\x01\xa9") is None


def test_characters_that_no_server_sends_have_no_row() -> None:
    assert row_of_readings("/\N{SNOWMAN}", lambda _: "row", 2) is None
    assert PathTrie([("/a/**", "row")]).find("/a/\N{SNOWMAN}.") is None


@pytest.mark.parametrize(
    "path",
    ["/api/v1.2/x", "/api/.well-known/x", "/api/caf\xc3\xa9.txt", "/api/" + "x" * 4000, "/api/a.b/" + "x" * 4000],
)
@pytest.mark.parametrize("others", [[], ["/**"], ["/api/admin/**"], ["/*/x"]], ids=str)
def test_plain_path_has_its_row_whatever_its_dots_and_its_length(path: str, others: list[str]) -> None:
    patterns = ["/api/**", *others]
    table = PolicyTable(dict.fromkeys(patterns, POLICY))
    found = table.match(path.encode("latin-1").decode())
    assert found == ("/api/**", POLICY)
    answer = run(CORSMiddleware(hello, table), make_environ(path, origin="https://a.example"))
    assert answer.cors == [("Access-Control-Allow-Origin", "*")]


@pytest.mark.parametrize("path", ["/a//b", "/a//b/", "//a/b", "/a///b"])
def test_slash_more_does_not_get_past_the_row_of_a_longer_path(path: str) -> None:
    """The wider row is that of ``/a/``, below which nothing else stands, or that of everything."""
    for rows in (["/**", "/a", "/a/b"], ["/**", "/a/b"], ["/a/**", "/a/b"], ["/**", "/a/", "/a/b/**"]):
        assert PathTrie((pattern, pattern) for pattern in rows).find(path) is None, rows


@pytest.mark.parametrize(
    "part", ["//", "/./", "/../", "/.", "/..", "\\", "\n", "\x7f", "\xff", "/.a", "/a.", "\xc3\xa9", "/x"]
)
@pytest.mark.parametrize(
    "before", ["/api", "/" + "a" * 600, "", "a" * 600], ids=["short", "long", "nothing", "no slash"]
)
@pytest.mark.parametrize("after", ["", "/b", "/" + "b" * 600], ids=["at the end", "short", "long"])
def test_length_of_a_path_does_not_change_how_it_is_read(before: str, part: str, after: str) -> None:
    shorter = (before + part + after).replace("a" * 600, "a").replace("b" * 600, "b")
    assert is_plain(before + part + after) is is_plain(shorter)
