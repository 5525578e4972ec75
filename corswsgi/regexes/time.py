r"""The time that a regex can take, by its structure: `re` backtracks through every way to match a text.

The law of this module: a regex that is accepted has few ways. It is refused

- if a repeat can match one text in two ways, as ``([a-z]+)+`` and ``(ab|a|b)+`` can: each character more doubles the
  ways (the test of "exponential degree of ambiguity": A. Weber, H. Seidl, On the degree of ambiguity of finite
  automata, 1991);
- if three or more repeats without an end, one after the other, can match the same text, as ``.*.*.*`` can: the ways are
  the length of the text to the power of three; so are repeats with two bounds, by what lies between their bounds;
- if the analysis would take too long.

Two repeats are fine: 318 characters have 50,000 ways, a millisecond or two. `re` does not let go of the interpreter:
what takes longer stops all threads of the process.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import product

from corswsgi.regexes.choices import choices
from corswsgi.regexes.normal import MAX_COPIES, one_spelling
from corswsgi.regexes.positions import Positions, longest_text, positions_of, shortest_text
from corswsgi.regexes.syntax import Alternatives, Chars, Node, Repeat, Sequence, UndecidedError, parse

MAX_STEPS = 200_000  # of each of the tests below, about a tenth of a second
MAX_WAYS = 250_000  # to match one text; each takes 200 ns or less


def reason_to_take_long(regex: re.Pattern[str], longest: int) -> str | None:
    """Return why `regex` can take long for a text of at most `longest` characters, or None if it cannot."""
    try:
        tree = one_spelling(parse(regex))
        most = max(MAX_WAYS, 2 * longest**2)
        chosen = choices(tree)
        if chosen > most:
            return "too many alternatives can match the same text"
        if _takes_nothing_again(tree):
            return "a repeat can match one text in several ways"
        positions = positions_of(tree, copies=MAX_COPIES, loops=False)
        budget = _Budget()
        if any(_is_ambiguous(positions, loop, budget) for loop in _loops(positions)):
            return "a repeat can match one text in several ways"
        if chosen * _ways(positions_of(tree, copies=MAX_COPIES), longest) > most:
            return "several repeats, one after the other, can match the same text"
    except (UndecidedError, RecursionError) as error:
        return f"its time cannot be estimated: {error}"
    return None


def _takes_nothing_again(node: Node, *, in_loop: bool = False) -> bool:
    """Return whether a repeat without an end has an optional part in it that may match nothing: ``(a(?:b?)?)+``.

    `re` tries that part with nothing and then without it: two ways, each time.
    """
    if isinstance(node, Chars):
        return False
    if isinstance(node, Sequence | Alternatives):
        nodes = node.items if isinstance(node, Sequence) else node.branches
        return any(_takes_nothing_again(each, in_loop=in_loop) for each in nodes)
    if not isinstance(node, Repeat):  # what is atomic, or looks around, has one way for what comes next
        return _takes_nothing_again(node.body)
    if in_loop and node.least != node.most and shortest_text(node.body) == 0:
        return True
    return _takes_nothing_again(node.body, in_loop=in_loop or node.most is None)


class _Budget:
    """The remaining steps of a search."""

    def __init__(self) -> None:
        self._left = MAX_STEPS

    def take(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise UndecidedError("it is too long")


def _loops(positions: Positions) -> list[frozenset[int]]:
    """Return the strongly connected sets of positions (R. Tarjan, 1972, without recursion)."""
    order: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    on_stack: set[int] = set()
    found: list[frozenset[int]] = []
    for root in range(len(positions.chars)):
        if root in order:
            continue
        work: list[tuple[int, Iterator[tuple[int, bool]]]] = [(root, iter(positions.follows[root]))]
        order[root] = low[root] = len(order)
        stack.append(root)
        on_stack.add(root)
        while work:
            here, following = work[-1]
            for there, _ in following:
                if there not in order:
                    order[there] = low[there] = len(order)
                    stack.append(there)
                    on_stack.add(there)
                    work.append((there, iter(positions.follows[there])))
                    break
                if there in on_stack:
                    low[here] = min(low[here], order[there])
            else:
                work.pop()
                if work:
                    above = work[-1][0]
                    low[above] = min(low[above], low[here])
                if low[here] == order[here]:
                    start = stack.index(here)
                    loop = frozenset(stack[start:])
                    del stack[start:]
                    on_stack -= loop
                    if len(loop) > 1 or any(there == here for there, _ in positions.follows[here]):
                        found.append(loop)
    return found


def _is_ambiguous(positions: Positions, loop: frozenset[int], budget: _Budget) -> bool:
    """Return whether one text leads in two ways from a position of a loop back to it."""
    inside = {here: [there for there, _ in positions.follows[here] if there in loop] for here in loop}
    if any(len(set(following)) < len(following) for following in inside.values()):
        return True  # two ways over the same positions, as from a to a in (a*)*
    before = _pairs(positions, inside, budget)
    return any(one != other for here in loop for one, other in before[here, here])  # they parted and meet again


_Pair = tuple[int, int]


def _pairs(positions: Positions, inside: Mapping[int, list[int]], budget: _Budget) -> defaultdict[_Pair, set[_Pair]]:
    """Return the predecessors of each pair of positions that one text reaches from one position of a loop."""
    chars = positions.chars
    before: defaultdict[_Pair, set[_Pair]] = defaultdict(set)
    todo = [(here, here) for here in inside]
    reached = set(todo)
    while todo:
        pair = todo.pop()
        for after in product(inside[pair[0]], inside[pair[1]]):
            budget.take()
            if chars[after[0]].mask & chars[after[1]].mask:
                before[after].add(pair)
                if after not in reached:
                    reached.add(after)
                    todo.append(after)
    return before


def _ways(positions: Positions, longest: int) -> int:
    """Return a bound for the ways in which consecutive repeats can share a text of `longest` characters.

    Repeats that can share a text make a cluster. Each cluster leaves the next one as many ways as it has itself, which
    are those of its longest chain of repeats, but for the one that takes what the others leave.
    """
    budget = _Budget()
    loops = [loop for loop in _loops(positions) if _factor(positions, loop, longest) > 1]
    factors = [_factor(positions, loop, longest) for loop in loops]
    beyond = [_reachable(positions, loop, budget) for loop in loops]
    after = [
        [
            other
            for other in range(len(loops))
            if other != index
            and loops[other] <= beyond[index]
            and _share_a_text(positions, (loops[index], beyond[index], loops[other]), budget)
        ]
        for index in range(len(loops))
    ]
    order = sorted(range(len(loops)), key=lambda index: len(beyond[index]))  # the last ones first
    chains: dict[int, int] = {}
    for index in order:
        chains[index] = factors[index] * max((chains.get(other, 1) for other in after[index]), default=1)
    ways: dict[int, int] = {}
    for index in order:
        cluster = _cluster(index, after)
        left = chains[index] // max(factors[other] for other in cluster)
        later = [ways[other] for other in ways if other not in cluster and loops[other] <= beyond[index]]
        ways[index] = max([chains[index], *(left * other for other in later)])
    return max(ways.values(), default=1)


def _cluster(index: int, after: list[list[int]]) -> set[int]:
    """Return the repeats that share a text with this one, or with one that does, and come after it."""
    found, todo = {index}, [index]
    for here in todo:
        todo += [other for other in after[here] if other not in found]
        found.update(after[here])
    return found


def _factor(positions: Positions, loop: frozenset[int], longest: int) -> int:
    """Return the number of places where a loop can be left, for one text."""
    around = [[repeat for repeat in positions.repeats[position] if _is_loop(repeat)] for position in loop]
    if not around[0]:  # an atomic group counts once: it has one end
        return 1
    shared = [repeat for repeat in around[0] if all(repeat in others for others in around)]
    return _places(shared[0] if shared else around[0][0], longest)


def _is_loop(repeat: Repeat) -> bool:
    return repeat.most != 1 or isinstance(repeat.body, Chars)


def _places(node: Node, longest: int) -> int:
    """Return the number of lengths that a node can have or, for a counted node that may be empty, of its ways."""
    if isinstance(node, Repeat) and node.most is not None and node.most > 1 and shortest_text(node.body) == 0:
        return int(min(_places(node.body, longest), longest) ** min(node.most, MAX_COPIES))
    length = longest_text(node)
    return min(longest, longest if length is None else length - shortest_text(node) + 1)


def _share_a_text(positions: Positions, bounds: "_Bounds", budget: _Budget) -> bool:
    """Return whether one text leads around a loop, from it to another one, and around that."""
    loop, _, other = bounds
    return any(_leads(positions, start, end, bounds, budget) for start in loop for end in other)


def _reachable(positions: Positions, start: Iterable[int], budget: _Budget) -> set[int]:
    found: set[int] = set()
    todo = list(start)
    while todo:
        for there, _ in positions.follows[todo.pop()]:
            budget.take()
            if there not in found:
                found.add(there)
                todo.append(there)
    return found


_Bounds = tuple[frozenset[int], set[int], frozenset[int]]


def _leads(positions: Positions, start: int, end: int, bounds: _Bounds, budget: _Budget) -> bool:
    """Return whether one text leads from `start` to itself, from `start` to `end`, and from `end` to itself."""
    loop, between, other = bounds
    chars, follows = positions.chars, positions.follows
    reached = {(start, start, end)}
    todo = [(start, start, end)]
    budget.take()
    while todo:
        one, two, three = todo.pop()
        for after_one, _ in follows[one]:
            if after_one not in loop:
                continue
            for after_two, _ in follows[two]:
                shared = chars[after_one].mask & chars[after_two].mask
                if not shared or after_two not in between:
                    continue
                for after_three, _ in follows[three]:
                    budget.take()
                    if after_three not in other or not shared & chars[after_three].mask:
                        continue
                    after = (after_one, after_two, after_three)
                    if after == (start, end, end):
                        return True
                    if after not in reached:
                        reached.add(after)
                        todo.append(after)
    return False
