"""The way of a request to its row: it ends at the row that the trie finds, also for paths that came before."""

from typing import Any
from wsgiref.types import WSGIApplication

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from corswsgi import PolicyError, PolicyTable
from corswsgi.paths.answering import MAX_SEEN, answering
from corswsgi.paths.readings import MAX_LENGTH
from corswsgi.paths.trie import PathTrie
from tests.paths.test_readings import PATTERN, WEIRD


def row(name: str) -> WSGIApplication:
    """Return an application that answers its name."""
    return lambda _environ, _start_response: [name.encode()]


def respond(_status: str, _headers: list[tuple[str, str]], _exc_info: Any = None) -> Any:
    """Take what nobody sends here."""


ROWLESS = row("no row")
PATHS = st.one_of(
    WEIRD,
    st.lists(
        st.sampled_from(["a", "b", "ab", "a.b", ".a", "a-b", "", "\xc3\xa9", "\xff", "..", "a\\b"]), max_size=4
    ).map(lambda segments: "/" + "/".join(segments)),
)


@given(st.sets(PATTERN, min_size=1, max_size=6), st.lists(PATHS, min_size=1, max_size=12))
@settings(max_examples=800)
def test_request_goes_to_the_row_that_is_found_also_the_second_time(patterns: set[str], paths: list[str]) -> None:
    try:
        PolicyTable(dict.fromkeys(patterns))
    except PolicyError:
        assume(False)
    trie = PathTrie((pattern, row(pattern)) for pattern in patterns)
    answer = answering(trie, ROWLESS)
    for path in [*paths, *paths]:
        found = trie.find(path or "/") or ROWLESS
        assert list(answer({"PATH_INFO": path}, respond)) == list(found({}, respond)), path


@pytest.mark.parametrize("patterns", [["/a/**"], ["/a/**", "/a/b/**"], ["/a/**", "/*/b"]])
@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/a/x.y", "/a/**"),
        ("/a/.x/y", "/a/**"),
        ("/a/x//y.z", "/a/**"),
        ("/a/\xc3\xa9", "/a/**"),
        ("/a/./y", "no row"),
        ("/a/\x01./y", "no row"),
        ("/a/" + "k" * MAX_LENGTH, "/a/**"),
        ("/a/" + "k" * MAX_LENGTH + "//", "no row"),
        ("/a/" + "k." * MAX_LENGTH + "/.a", "/a/**"),
        ("/a/" + "k" * MAX_LENGTH + ".a/../b", "no row"),
        ("/a/" + "k" * MAX_LENGTH + "\x7f", "no row"),
        ("a/b", "no row"),
        ("/c", "no row"),
    ],
)
def test_path_has_its_row_before_and_after_many_others(patterns: list[str], path: str, name: str) -> None:
    answer = answering(PathTrie((pattern, row(pattern)) for pattern in patterns), ROWLESS)
    for number in range(MAX_SEEN + 2):
        assert list(answer({"PATH_INFO": path}, respond)) == [name.encode()]
        for other in (f"/a/{number}", f"/a/{number}.html"):
            assert list(answer({"PATH_INFO": other}, respond)) == [b"/a/**"]
