"""The trees of regexes, and the ways through their positions: they match what `re` matches."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corswsgi.regexes.positions import MAX_POSITIONS, Positions, positions_of
from corswsgi.regexes.syntax import UndecidedError, mask_of, parse


def matches(positions: Positions, text: str) -> bool:
    """Follow all ways through the positions at once."""
    if not text:
        return positions.ends.is_empty
    here = {start for start, _ in positions.ends.first}
    for index, character in enumerate(text):
        here = {each for each in here if positions.chars[each].mask & mask_of(character)}
        if index < len(text) - 1:
            here = {after for each in here for after, _ in positions.follows[each]}
    return not here.isdisjoint(end for end, _ in positions.ends.last)


ATOM = st.sampled_from([
    "a", "b", "ab", "c", ".", r"\.", r"\w", r"\W", r"\d", r"\D", r"\s", r"\S", "[ab]", "[^a]", "[^]a]", "[]a]", "[a-c]",
    "[a-]", r"[\d-]", r"[\w.]", r"\x61", r"\u0062", r"\141", r"[\b]", r"\0", "{", "a{}", "a{x}", r"\-",
    r"\N{LATIN SMALL LETTER A}",
    "(?i:A)", "(?s:.)", "(?a:\\w)", "(?P<n>a)", "(?:)", "é", "(?>a)", "[A-C]", "(?i:[^B])", "^", "$",
])  # fmt: skip
REGEX = st.recursive(
    ATOM,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"(?:{'|'.join(parts)})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "{,2}", "{1,}", "*?", "+?", "{2,3}?"])).map(
            lambda drawn: f"(?:{drawn[0]}){drawn[1]}"
        ),
    ),
    max_leaves=6,
)
TEXT = st.text(
    st.sampled_from(["a", "b", "c", "A", "B", ".", "-", "0", "é", "{", "}", "x", " ", "]", "\b", "\0"]), max_size=6
)


@given(REGEX, st.lists(TEXT, min_size=1, max_size=8))
@settings(max_examples=500)
def test_positions_match_all_that_the_regex_matches_and_most_nothing_more(source: str, texts: list[str]) -> None:
    source = re.sub(r"\?P<n>", "?:", source)  # names must not come twice
    regex = re.compile(source)
    exactly = positions_of(parse(regex), copies=9, loops=False)
    loosely = positions_of(parse(regex))
    # anchors are not looked at, and a count of more than one character is a loop
    may_match_more = "^" in source.replace("[^", "") or "$" in source or "){" in source
    for text in texts:
        is_match = regex.fullmatch(text) is not None
        assert matches(loosely, text) or not is_match
        assert matches(exactly, text) == is_match or (may_match_more and not is_match)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (r"(a|b)\1", "aa"),
        (r"(?P<x>a)(?P=x)", "aa"),
        (r"(a)?(?(1)b|c)", "ab"),
        (r"(?=a)ab", "ab"),
        (r"(?<=a)b|ab", "ab"),
        (r"(?<!a)b", "b"),
        (r"(?!b)a", "a"),
        (r"(?x) a  b # c", "ab"),
        ("(?x: a +  # c\n b\\  [ ] )", "aab  "),
        (r"(?i)AB", "ab"),
        (r"(?i-s:A.)b", "abb"),
        (r"(?ui:É)", "é"),
        (r"(?i)ß[ß]", "ßß"),
        (r"a++b", "aab"),
        (r"a{0}b", "b"),
        (r"\Aab\Z|\bab\B", "ab"),
        (r"(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)\10", "abcdefghijj"),
        ("\u4e2d[\u4e00-\u9fff]", "\u4e2d\u4e2d"),
        (r"a{,}", "aaa"),
        (r"\07", "\x07"),
        (r"\U00000061", "a"),
    ],
)
def test_all_that_a_regex_matches_is_matched(source: str, text: str) -> None:
    regex = re.compile(source)
    assert regex.fullmatch(text) or source.startswith(("\\A", "(?<=a)"))
    assert matches(positions_of(parse(regex)), text)


@pytest.mark.parametrize(
    "source", ["a(?#comment)+", "(" * 5000 + ")" * 5000, "a" * (MAX_POSITIONS + 1)], ids=["comment", "deep", "long"]
)
def test_regex_that_is_not_understood_is_undecided(source: str) -> None:
    class Regex:  # `re` itself gives up on the deep one
        pattern = source
        flags = int(re.UNICODE)

    with pytest.raises(UndecidedError):
        positions_of(parse(Regex()))  # type: ignore[arg-type]  # see above


@pytest.mark.parametrize("source", ["a)", "(a", "[a", "(?z:a)", "(?P<n", r"[a-\d]"])
def test_what_only_another_version_of_python_may_compile_is_undecided(source: str) -> None:
    class Regex:
        pattern = source
        flags = int(re.UNICODE)

    with pytest.raises(UndecidedError):
        parse(Regex())  # type: ignore[arg-type]  # this version does not compile it
