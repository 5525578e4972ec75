"""The look-up of a row. `test_drawn_tables.py` compares its results with a matcher by brute force."""

from typing import Any

from corswsgi.paths.trie import PathTrie, to_wsgi


def test_path_is_written_in_unicode_and_found_as_path_info_has_it() -> None:
    trie = PathTrie([("/caf\N{LATIN SMALL LETTER E WITH ACUTE}", "row")])
    assert trie.find("/caf\xc3\xa9") == "row"
    assert trie.find("/caf\xe9") is None
    assert to_wsgi("/\N{SNOWMAN}") == "/\xe2\x98\x83"
    assert PathTrie([("/**", "row")]).find(to_wsgi("/\ud800")) == "row"


def test_long_path_is_split_no_further_than_the_longest_pattern() -> None:
    class Path(str):
        __slots__ = ()

        def split(self, sep: Any = None, maxsplit: Any = -1) -> list[str]:
            assert 0 <= maxsplit <= 5
            return super().split(sep, maxsplit)

    for patterns in (["/a/b/c", "/**"], ["/a/*/c", "/**"]):
        trie = PathTrie((pattern, pattern) for pattern in patterns)
        assert trie.find(Path("/a" * 10_000)) == "/**"
        assert trie.find(Path("/a/b/c")) == patterns[0]


def test_row_that_is_alone_is_told() -> None:
    trie = PathTrie([("/caf\N{LATIN SMALL LETTER E WITH ACUTE}/x/**", "row")])
    assert (trie.only, trie.root) == ("row", "/caf\xc3\xa9/x")
    assert PathTrie([("/**", "row")]).root == ""
    for patterns in (["/a"], ["/*/**"], ["/a/*/**"], ["/a/**", "/b/**"], []):
        assert PathTrie((pattern, pattern) for pattern in patterns).only is None


def test_path_where_several_longer_patterns_could_go_on_has_none_of_their_rows() -> None:
    trie = PathTrie([("/a*/x", 1), ("/*b/y", 2), ("/c/d", 3)])
    assert [trie.find(path) for path in ("/ab", "/ab/x", "/ab/y", "/ab/z")] == [None, 1, 2, None]
    assert PathTrie([("/a*/x", 1), ("/*b", 2), ("/c/d", 3)]).find("/ab") == 2
