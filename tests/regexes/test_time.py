"""Regexes whose time can explode, detected by their structure."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corswsgi.regexes.syntax import (
    Alternatives,
    Atomic,
    Chars,
    LookAround,
    Node,
    Repeat,
    Sequence,
    mask_of,
    parse,
)
from corswsgi.regexes.time import reason_to_take_long

AMBIGUOUS = "a repeat can match one text in several ways"
SEVERAL = "several repeats, one after the other, can match the same text"
ALTERNATIVES = "too many alternatives can match the same text"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        pytest.param("(a+)+b", AMBIGUOUS, id="a repeat of a repeat"),
        pytest.param("(?:[a-z0-9]*-?){20}", SEVERAL, id="counted, with an optional end"),
        pytest.param("(ab|a|b)+c", AMBIGUOUS, id="alternatives"),
        pytest.param("(a|a)*b", AMBIGUOUS, id="the same alternative twice"),
        pytest.param("(a*)*", AMBIGUOUS, id="what may be empty"),
        pytest.param("(?:a{1,9})+b", AMBIGUOUS, id="counts"),
        pytest.param("(?:a{1,90})+b", AMBIGUOUS, id="long counts"),
        pytest.param("a(?=(b+)+c)", AMBIGUOUS, id="in what looks ahead"),
        pytest.param("(?!(b+)+c)a", AMBIGUOUS, id="in what must not follow"),
        pytest.param(".*.*.*", SEVERAL, id="three in a row"),
        pytest.param(".*x.*y.*z", SEVERAL, id="three with letters between"),
        pytest.param("(?:(?=.*.*x)a)*", SEVERAL, id="two that are tried again and again"),
        pytest.param("a?" * 28 + "a" * 28, SEVERAL, id="many optional letters"),
        pytest.param("(?:a?){28}a{28}", SEVERAL, id="many optional letters, counted"),
        pytest.param("(?:a?){100}a{100}", SEVERAL, id="more optional letters, counted"),
        pytest.param("a{0,50}" * 5, SEVERAL, id="counts in a row"),
        pytest.param("(?:ab|a)" * 30, ALTERNATIVES, id="alternatives in a row"),
        pytest.param("(?:(?:[ab]b|ab?)-){30}", ALTERNATIVES, id="alternatives, counted"),
        pytest.param("(?:a|){28}a{28}", SEVERAL, id="many empty alternatives"),
        pytest.param("(?:ab)?" * 28 + "(?:ab){28}", ALTERNATIVES, id="many optional groups"),
        pytest.param("((ab)?){30}c", ALTERNATIVES, id="many optional groups, counted"),
        pytest.param("(?<=(?:a|a){30})b", ALTERNATIVES, id="in what looks behind"),
        pytest.param("(?:(?:(?=[ab]))*){40}!", ALTERNATIVES, id="what takes no text, again and again"),
        pytest.param("(?:ab(?:a?)?)+!", AMBIGUOUS, id="an optional part that may be empty, in a repeat"),
        pytest.param("(?:a(?:b|(?:(?=c))*))+!", AMBIGUOUS, id="a repeat of nothing, in a repeat"),
        pytest.param("(?:a?a?-){40}!", SEVERAL, id="few ways, many times"),
        pytest.param("(?:a?a?-a?){9}" * 2, SEVERAL, id="few ways, again and again"),
        pytest.param("(?:(?:b?){40}){12}!", "its time cannot be estimated: it is too long", id="too many positions"),
        pytest.param("(?:(?:b?){40}){40}!", "its time cannot be estimated: it is too long", id="too many links"),
        pytest.param("(?:|)(?:a|ab){30}b", ALTERNATIVES, id="beside empty alternatives"),
        pytest.param("(?:(?:a|ab){8}[ab]{0,40}){2}", SEVERAL, id="alternatives between repeats"),
        pytest.param("(?>(?:a+)+b)", AMBIGUOUS, id="in what is atomic"),
        pytest.param("(?:(?>a)|a)+b", AMBIGUOUS, id="what is atomic beside what is not"),
        pytest.param("(?:(?>ba)*)+c", AMBIGUOUS, id="what is atomic, in a repeat of a repeat"),
        pytest.param("(?:(?>[ab]+)|b)+c", AMBIGUOUS, id="more than one end of what is atomic"),
        pytest.param(r"(?:\w{1,5}){3,40}", SEVERAL, id="counts in a count"),
        pytest.param(r"(?:aa|aa){2,}", AMBIGUOUS, id="least count"),
    ],
)
def test_regex_that_can_explode_is_told(source: str, reason: str) -> None:
    assert reason_to_take_long(re.compile(source), 318) == reason


@pytest.mark.parametrize(
    "source",
    [
        r"[a-z]+", r".*\.example\.com", r".*--.*", r"(?:[\w-]+\.)*example\.com", r"(?:\d{1,3}\.){3}\d{1,3}",
        r"(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}", r"[a-z0-9]+(?:\.[a-z0-9]+)*\.com", r"(?:[a-z]{3})+", r"(?:a?)*b",
        r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+example\.com", r"https?://(?:.+\.)?a\.b(?::\d+)?", r"a{0}b*", "",
        r"(?:\b|^)(?:$)a|", r"(?:(?=a)a)*", r"(?!.*x).*", r"(?:)*", r"(?:(?=a)|b)*", r"[a-z]{2,63}-[a-z]{2,63}",
        r"(?:aa|b)*(?:cc|d)*", r"(?:(?:aab)*c)*", "(?:ab|ac)" * 30, "(?:(?:ab|ac)-){30}", r"(?:(?:ab)?-)+",
        r"10(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}", r"(?:(?:25[0-5]|2[0-4]\d|[01]?\d\d?)\.){3}(?:\d{1,3})",
        r"(?>[a-z]+)+!", r"(?:[a-z]++-?)+!", r"(?:[a-z]++)+", r"(?>a|ab)+c", r"(?>[a-z]+)(?>[a-z]+)(?>[a-z]+)",
        r"(?:(?>\d+)\.)+x", r"(?>a*)*b", r"(?:(?>(?:a?)?)b)+",
    ],
)  # fmt: skip
def test_regex_with_few_ways_is_fine(source: str) -> None:
    assert reason_to_take_long(re.compile(source), 318) is None


def test_what_cannot_be_decided_within_bounds_is_told() -> None:
    words = "|".join(f"{number:b}"[1:].translate({48: "a", 49: "b"}) for number in range(2, 700))
    assert "cannot be estimated" in (reason_to_take_long(re.compile(f"(?:(?:{words})!)*"), 318) or "")
    assert "cannot be estimated" in (reason_to_take_long(re.compile("a(?#b)"), 318) or "")


LIMIT = 200_000


class TooManyStepsError(Exception):
    pass


def steps(tree: Node, text: str) -> int:  # noqa: C901  (a case for each node)
    """Count the steps of a matcher that goes back, as `re` does, until it has tried all ways."""
    count = 0

    def tried(node: Node, at: int, then: Callable[[int], None]) -> None:
        nonlocal count
        count += 1
        if count > LIMIT:
            raise TooManyStepsError
        if isinstance(node, Chars):
            if at < len(text) and node.mask & mask_of(text[at]):
                then(at + 1)
        elif isinstance(node, Sequence):
            in_turn(node.items, at, then)
        elif isinstance(node, Alternatives):
            for branch in node.branches:
                tried(branch, at, then)
        elif isinstance(node, LookAround):
            tried(node.body, at, lambda _: None)
            then(at)
        elif isinstance(node, Atomic):
            tried(node.body, at, lambda _: None)
            ends: list[int] = []
            tried(node.body, at, ends.append)
            for end in ends[:1]:
                then(end)
        else:
            again(node, 0, at, then)

    def in_turn(items: tuple[Node, ...], at: int, then: Callable[[int], None]) -> None:
        if not items:
            then(at)
        else:
            tried(items[0], at, lambda after: in_turn(items[1:], after, then))

    def again(node: Repeat, done: int, at: int, then: Callable[[int], None]) -> None:
        if node.most is None or done < node.most:
            tried(
                node.body,
                at,
                lambda after: again(node, done + 1, after, then) if after > at or done < node.least else None,
            )
        if done >= node.least:
            then(at)

    tried(tree, 0, lambda _: None)
    return count


PIECE = st.sampled_from(["a", "b", "[ab]", "ab", "-", "[a-]"])
REGEX = st.recursive(
    PIECE,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=4).map("".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"(?:{'|'.join(parts)})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{3}", "{1,3}", "{0,9}", "{2,}"])).map(
            lambda drawn: f"(?:{drawn[0]}){drawn[1]}"
        ),
        inner.map(lambda drawn: f"(?={drawn})"),
        st.tuples(inner, st.sampled_from(["(?>{})", "(?:{})++", "(?:{}|)"])).map(
            lambda drawn: drawn[1].format(drawn[0])
        ),
    ),
    max_leaves=8,
)


@given(REGEX, st.text(st.sampled_from("ab-"), min_size=1, max_size=4))
@settings(max_examples=400, deadline=None)
def test_regex_that_is_accepted_is_tried_in_few_ways(source: str, unit: str) -> None:
    text = (unit * 24)[:24]
    tree = parse(re.compile(source))
    if reason_to_take_long(re.compile(source), len(text)) is None:
        assert steps(tree, text) <= LIMIT
