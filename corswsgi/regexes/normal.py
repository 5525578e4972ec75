r"""The normal form of a tree, so that different spellings of one regex get the same verdict.

The laws of this module: the new tree matches everything that the old one matches, and that of `one_spelling` matches
each text in as many ways.

- A class of one character is that character: ``[.]`` is ``\.``.
- Alternatives of one character each are a class: ``(a|b)`` is ``[ab]``.
- An alternative that is empty makes the others optional: ``(|a)`` and ``a{0,1}`` are ``a?``.
- A repeat of one time is not a repeat, and groups in groups are flat.
"""

import re
from collections.abc import Iterable
from functools import partial, reduce
from operator import or_

from corswsgi.regexes.syntax import (
    ANYTHING,
    CHARACTERS,
    EMPTY,
    END,
    START,
    Alternatives,
    Atomic,
    Chars,
    LookAround,
    Node,
    Repeat,
    Sequence,
    UndecidedError,
    mask_of,
    parse,
)

MAX_COPIES = 64
MAX_SIZE = 4_000  # the largest count to write out, in nodes

_NOTHING = Chars(0)  # matches no text
_MOST_CASES = 4  # of one letter


def one_spelling(node: Node) -> Node:
    """Return the normal form of a tree, with as many ways through it."""
    if isinstance(node, Chars):
        return _character(node)
    if isinstance(node, Sequence):
        return _sequence(map(one_spelling, node.items))
    if isinstance(node, Alternatives):
        return _alternatives(map(one_spelling, node.branches), only_disjoint=True)
    if isinstance(node, LookAround):
        return LookAround(one_spelling(node.body), node.negated)
    if isinstance(node, Atomic):
        return Atomic(one_spelling(node.body))
    return _repeat(one_spelling(node.body), node.least, node.most)


def texts_alone(node: Node, *, anchors: bool = False) -> Node:  # noqa: PLR0911  (one for each kind of node)
    """Return the normal form of a tree that was parsed with anchors, perhaps with fewer ways through it.

    A count is written out: ``a{2}`` is ``aa``. Look-arounds are left out and, without `anchors`, anchors as well.
    """
    inner = partial(texts_alone, anchors=anchors)
    if isinstance(node, Chars):
        return EMPTY if not anchors and node.mask in {START, END} else _character(node)
    if isinstance(node, Sequence):
        return _sequence(map(inner, node.items))
    if isinstance(node, Alternatives):
        return _alternatives(dict.fromkeys(map(inner, node.branches)), only_disjoint=False)
    if isinstance(node, LookAround):
        return _NOTHING if node.negated and is_empty(node.body) else EMPTY
    if isinstance(node, Atomic):
        return inner(node.body)
    body = inner(node.body)
    if node.least == node.most and node.least <= MAX_COPIES and node.least * size(body) <= MAX_SIZE:
        return _sequence([body] * node.least)
    return _repeat(body, node.least, node.most)


def has_lone_dot(regex: re.Pattern[str]) -> bool:
    """Return whether the regex has a ``.`` that is not repeated and may have been meant as a literal dot."""
    try:
        return _is_any_character(one_spelling(parse(regex)))
    except UndecidedError:
        return False


def _is_any_character(node: Node) -> bool:
    """Return whether a node is or contains a ``.`` that is not repeated."""
    if isinstance(node, Chars):
        return node.mask | mask_of("\n") == ANYTHING
    if isinstance(node, Sequence):
        return any(map(_is_any_character, node.items))
    if isinstance(node, Alternatives):
        return any(map(_is_any_character, node.branches))
    is_repeated = isinstance(node, Repeat) and node.most != 1 and isinstance(node.body, Chars)
    return not is_repeated and _is_any_character(node.body)


def is_empty(node: Node) -> bool:
    """Return whether a node matches the empty text in every context."""
    if isinstance(node, Chars):
        return False
    if isinstance(node, Sequence):
        return all(map(is_empty, node.items))
    if isinstance(node, Alternatives):
        return any(map(is_empty, node.branches))
    if isinstance(node, LookAround):
        return not node.negated and is_empty(node.body)
    return (isinstance(node, Repeat) and node.least == 0) or is_empty(node.body)


def size(node: Node) -> int:
    """Return the number of nodes of a tree with its counts written out."""
    if isinstance(node, Chars):
        return 1
    if isinstance(node, Sequence):
        return 1 + sum(map(size, node.items))
    if isinstance(node, Alternatives):
        return 1 + sum(map(size, node.branches))
    return 1 + size(node.body) * (node.most or 1 if isinstance(node, Repeat) else 1)


def _character(chars: Chars) -> Chars:
    """Write a set of one character, in either case, as that character."""
    mask = chars.mask
    if chars.literal is not None or mask >> CHARACTERS or not 1 <= mask.bit_count() <= _MOST_CASES:
        return chars
    cases = {chr(code).lower() for code in range(CHARACTERS) if mask >> code & 1}
    return Chars(mask, cases.pop()) if len(cases) == 1 else chars


def _sequence(items: Iterable[Node]) -> Node:
    flat: list[Node] = []
    for item in items:
        flat += item.items if isinstance(item, Sequence) else [item]
    return flat[0] if len(flat) == 1 else Sequence(tuple(flat))


def _alternatives(branches: Iterable[Node], *, only_disjoint: bool) -> Node:
    flat: list[Node] = []
    for branch in branches:
        flat += branch.branches if isinstance(branch, Alternatives) else [branch]
    others = [branch for branch in flat if branch != EMPTY]
    chars = [branch for branch in others if isinstance(branch, Chars)]
    masks = [each.mask for each in chars]
    if len(chars) > 1 and not (only_disjoint and sum(masks) != reduce(or_, masks)):  # no two share a character
        others = [_character(Chars(reduce(or_, masks))), *(each for each in others if not isinstance(each, Chars))]
    if not others:
        return EMPTY
    node = others[0] if len(others) == 1 else Alternatives(tuple(others))
    return node if EMPTY not in flat else _repeat(node, 0, 1)


def _repeat(body: Node, least: int, most: int | None) -> Node:
    if most == 0 or body == EMPTY:
        return EMPTY
    if (least, most) == (1, 1):
        return body
    return Repeat(body, least, most)
