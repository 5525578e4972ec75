"""The number of ways to match one text that are due to alternatives and optional groups.

The law of this module: the number is a bound. It can be too high but never too low. Repeats of one character and
repeats without a limit are not counted here.
"""

from collections import Counter
from functools import reduce
from operator import or_

from corswsgi.regexes.normal import MAX_COPIES
from corswsgi.regexes.positions import shortest_text
from corswsgi.regexes.syntax import Alternatives, Atomic, Chars, Node, Repeat, Sequence, mask_of

_MOST = 10**9


def choices(node: Node, after: int = 0) -> int:
    """Return a bound for the ways in which `node` matches one text. `after` are the characters that can follow it."""
    if isinstance(node, Chars):
        return 1
    if isinstance(node, Sequence):
        ways = 1
        for item in reversed(node.items):
            ways = min(_MOST, ways * choices(item, after))
            after = first(item) | (after if shortest_text(item) == 0 else 0)
        return ways
    if isinstance(node, Alternatives):
        return min(_MOST, _alike(node, after) * max(choices(branch, after) for branch in node.branches))
    if isinstance(node, Repeat):
        return _of_repeat(node, after)
    return choices(node.body)  # atomic groups and look-arounds are finished before the rest begins


def first(node: Node) -> int:
    """Return the characters with which a node can begin."""
    if isinstance(node, Chars):
        return node.mask
    if isinstance(node, Alternatives):
        return reduce(or_, map(first, node.branches))
    if isinstance(node, Repeat | Atomic):
        return first(node.body)
    mask = 0
    if isinstance(node, Sequence):
        for item in node.items:
            mask |= first(item)
            if shortest_text(item) > 0:
                break
    return mask


def _of_repeat(node: Repeat, after: int) -> int:
    again = first(node.body)
    if isinstance(node.body, Chars):
        return 1
    takes_nothing = shortest_text(node.body) == 0  # perhaps: then `re` tries it once more, to no avail
    if node.most is None:
        return choices(node.body, after | again) * (1 + takes_nothing)
    ways = choices(node.body, after | again if node.most > 1 else after)
    counts = 1 + node.most - node.least if again & after or takes_nothing else 1
    return min(_MOST, int(ways ** min(node.most, MAX_COPIES)) * counts)


def _alike(node: Alternatives, after: int) -> int:
    """Return the largest number of branches that can match the beginning of one text."""
    texts = Counter(text for branch in node.branches if (text := _text(branch)))
    others = [
        first(branch) | (after if shortest_text(branch) == 0 else 0) for branch in node.branches if not _text(branch)
    ]
    by_letter: dict[str, int] = {}  # the most texts with this beginning that can match one beginning
    for text in texts:
        alike = sum(texts[text[:end]] for end in range(1, len(text) + 1))
        by_letter[text[0]] = max(alike, by_letter.get(text[0], 0))
    masks = {letter: mask_of(letter + letter.upper()) for letter in by_letter}
    counted = Counter(others)
    most = [
        alike + sum(n for mask, n in counted.items() if mask & masks[letter]) for letter, alike in by_letter.items()
    ]
    for mask in counted:
        texts_too = max((alike for letter, alike in by_letter.items() if masks[letter] & mask), default=0)
        most.append(texts_too + sum(n for other, n in counted.items() if other & mask))
    return max(1, *most)


def _text(node: Node) -> str:
    """Return the text of a branch in lower case, or the empty string if the branch is more than plain text."""
    items = node.items if isinstance(node, Sequence) else (node,)
    letters = [item.literal.lower() for item in items if isinstance(item, Chars) and item.literal]
    return "".join(letters) if len(letters) == len(items) else ""
