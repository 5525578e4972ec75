"""The characters of a regex and their order: its positions (V. M. Glushkov, The abstract theory of automata, 1961).

The law of this module: each text that the tree matches is a way through the positions, and each way to match it is a
different one. Ways that differ only in the number of matched empty texts count as one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import reduce
from operator import or_

from corswsgi.regexes.normal import MAX_SIZE, size
from corswsgi.regexes.syntax import (
    Alternatives,
    Atomic,
    Chars,
    LookAround,
    Node,
    Repeat,
    Sequence,
    UndecidedError,
)

MAX_POSITIONS = 20_000
MAX_LINKS = 200_000  # from one position to the next

# A position, and whether it follows directly: nothing optional and no bound of a repeat in between
Link = tuple[int, bool]


@dataclass(frozen=True, slots=True)
class Edges:
    """The positions where a node begins and ends. `may_skip`: it matches the empty text because a part is optional."""

    first: list[Link]
    last: list[Link]
    is_empty: bool
    may_skip: bool


@dataclass(slots=True)
class Positions:
    """The positions of a tree: their characters, and the positions that follow each, once for each way."""

    chars: list[Chars] = field(default_factory=list)
    follows: list[list[Link]] = field(default_factory=list)
    repeats: list[tuple[Repeat, ...]] = field(default_factory=list)  # around each position, the outermost first
    atomic: set[int] = field(default_factory=set)
    links: int = 0
    ends: Edges = field(default_factory=lambda: Edges([], [], is_empty=True, may_skip=False))

    def add(self, chars: Chars, repeats: tuple[Repeat, ...]) -> int:
        """Add a position, which nothing follows yet, and return it. Raises `UndecidedError`."""
        if len(self.chars) == MAX_POSITIONS:
            raise UndecidedError("it is too long")
        self.chars.append(chars)
        self.follows.append([])
        self.repeats.append(repeats)
        return len(self.chars) - 1

    def connect(self, ends: Iterable[Link], starts: list[Link], *, directly: bool = True) -> None:
        """Let each of `starts` follow each of `ends`."""
        for position, is_direct in ends:
            for start, enters in starts:
                if start == position and start in self.atomic:
                    self.atomic.remove(start)  # the first repeat around it makes no other way, the next one does
                else:
                    self.follows[position].append((start, directly and is_direct and enters))
            self.links += len(starts)
        if self.links > MAX_LINKS:
            raise UndecidedError("it is too long")


def positions_of(tree: Node, *, copies: int = 0, loops: bool = True) -> Positions:
    """Return the positions of a tree.

    A count of up to `copies` has as many positions. Any other count is a loop. With `loops`, an optional character and
    one with two bounds are loops as well: then there are more ways for one text, and never fewer.
    """
    positions = Positions()
    positions.ends = _Builder(positions, copies=copies, loops=loops).edges(tree, ())
    return positions


class _Builder:
    def __init__(self, positions: Positions, *, copies: int, loops: bool) -> None:
        self._positions = positions
        self._copies = copies
        self._loops = loops

    def edges(self, node: Node, repeats: tuple[Repeat, ...]) -> Edges:
        if isinstance(node, Chars):
            here = [(self._positions.add(node, repeats), True)]
            return Edges(here, here, is_empty=False, may_skip=False)
        if isinstance(node, Sequence):
            return self._sequence([self.edges(item, repeats) for item in node.items])
        if isinstance(node, Alternatives):
            return self._alternatives([self.edges(branch, repeats) for branch in node.branches])
        if isinstance(node, LookAround):  # a dead end: it is tried, and matches no text
            return Edges(self.edges(node.body, repeats).first, [], is_empty=True, may_skip=False)
        return self._atomic(node, repeats) if isinstance(node, Atomic) else self._repeat(node, repeats)

    def _atomic(self, node: Atomic, repeats: tuple[Repeat, ...]) -> Edges:
        """Let the ways of the body lead nowhere, and then match it in one position.

        From each place in a text it has one end at most. So it repeats its own position, and it makes no difference
        whether the same match continues or the next one begins.
        """
        body = self.edges(node.body, repeats)
        here = [(self._positions.add(Chars(alphabet(node.body)), repeats), False)]
        self._positions.connect(here, here)
        self._positions.atomic.add(here[0][0])
        return Edges(body.first + here, here, is_empty=body.is_empty, may_skip=body.may_skip)

    def _sequence(self, items: list[Edges]) -> Edges:
        first: list[Link] = []
        last: list[Link] = []
        is_empty, may_skip = True, False
        for item in items:
            self._positions.connect(last, item.first)
            if is_empty:
                first = first + _through(item.first, directly=not may_skip)
            last = item.last + (_through(last, directly=not item.may_skip) if item.is_empty else [])
            is_empty = is_empty and item.is_empty
            may_skip = may_skip or item.may_skip
        return Edges(first, last, is_empty=is_empty, may_skip=is_empty and may_skip)

    def _alternatives(self, branches: list[Edges]) -> Edges:
        is_empty = any(branch.is_empty for branch in branches)
        return Edges(
            [link for branch in branches for link in branch.first],
            [link for branch in branches for link in branch.last],
            is_empty=is_empty,
            may_skip=is_empty and (any(branch.first for branch in branches)),
        )

    def _repeat(self, node: Repeat, repeats: tuple[Repeat, ...]) -> Edges:
        is_one = isinstance(node.body, Chars)
        most = node.most
        if most == 0:
            return Edges([], [], is_empty=True, may_skip=False)
        is_fixed = node.least == most
        is_written_out = most is not None and most <= self._copies and most * size(node.body) <= MAX_SIZE
        if most is not None and is_written_out and (is_fixed or not is_one or not self._loops):
            optional = [self.edges(node.body, repeats) for _ in range(node.least, most)]
            chain = Edges([], [], is_empty=True, may_skip=False)
            for each in reversed(optional):
                chain = _optional(self._sequence([each, chain]))
            return self._sequence([*(self.edges(node.body, repeats) for _ in range(node.least)), chain])
        body = self.edges(node.body, (*repeats, node))
        if most != 1 or (is_one and self._loops):
            self._positions.connect(body.last, body.first, directly=False)
        if node.least == 0 or body.is_empty:
            return _optional(body)
        return Edges(
            _through(body.first, directly=False), _through(body.last, directly=False), is_empty=False, may_skip=False
        )


def alphabet(node: Node) -> int:
    """Return all characters that a node can match."""
    if isinstance(node, Chars):
        return node.mask
    if isinstance(node, Sequence):
        return reduce(or_, map(alphabet, node.items), 0)
    if isinstance(node, Alternatives):
        return reduce(or_, map(alphabet, node.branches), 0)
    return 0 if isinstance(node, LookAround) else alphabet(node.body)


def shortest_text(node: Node) -> int:
    """Return the length of the shortest text that a node can match."""
    if isinstance(node, Chars):
        return 1
    if isinstance(node, Sequence):
        return sum(map(shortest_text, node.items))
    if isinstance(node, Alternatives):
        return min(map(shortest_text, node.branches))
    if isinstance(node, Repeat):
        return node.least * shortest_text(node.body)
    return 0 if isinstance(node, LookAround) else shortest_text(node.body)


def longest_text(node: Node) -> int | None:
    """Return the length of the longest text that a node can match, or None without a limit."""
    if isinstance(node, Chars):
        return 1
    if isinstance(node, Sequence):
        lengths = [longest_text(item) for item in node.items]
        return None if None in lengths else sum(length or 0 for length in lengths)
    if isinstance(node, Alternatives):
        lengths = [longest_text(branch) for branch in node.branches]
        return None if None in lengths else max(length or 0 for length in lengths)
    if isinstance(node, LookAround):
        return 0
    length = longest_text(node.body)
    if isinstance(node, Atomic) or length is None:
        return length
    return None if node.most is None else node.most * length


def _optional(edges: Edges) -> Edges:
    return Edges(
        _through(edges.first, directly=False), _through(edges.last, directly=False), is_empty=True, may_skip=True
    )


def _through(links: list[Link], *, directly: bool) -> list[Link]:
    return links if directly else [(position, False) for position, _ in links]
