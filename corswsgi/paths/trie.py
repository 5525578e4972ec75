"""The look-up of the one row for a path.

The laws of this module: the most specific pattern decides, and the cost of a look-up does not depend on the number of
rows. (It does depend on the number of different lengths of partial segments at one place.)
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Generic

from corswsgi.paths.readings import Row, row_of_readings


def to_wsgi(text: str) -> str:
    """Write Unicode as in `PATH_INFO`: its UTF-8 bytes, each as one latin-1 character (PEP 3333)."""
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


def from_wsgi(text: str) -> str:
    """Convert the result of `to_wsgi` back to Unicode."""
    return text.encode("latin-1").decode("utf-8", "surrogatepass")


class Node(Generic[Row]):
    """The continuations after the segments so far."""

    __slots__ = ("any", "below", "decides", "here", "is_slow", "literal", "partial")

    def __init__(self) -> None:
        self.literal: dict[str, Node[Row]] = {}
        # characters of a partial segment, bytes before and after its `*` -> those bytes -> the next node
        self.partial: dict[tuple[int, int, int], dict[tuple[str, str], Node[Row]]] = {}
        self.any: Node[Row] | None = None
        self.here: Row | None = None  # the value of the pattern that ends here
        self.below: Row | None = None  # the value of the pattern that continues with `**`
        self.is_slow = False  # for a search: a `*` comes next, or an empty segment came last
        self.decides = False  # for all paths below: set if no pattern continues

    def descendant(self, segments: Iterable[str]) -> "Node[Row]":
        """Return the node for these segments of a pattern, and create it if necessary."""
        node = self
        for segment in segments:
            node = node.child(segment)
        return node

    def child(self, segment: str) -> "Node[Row]":
        """Return the node for one more segment of a pattern, and create it if necessary."""
        before, star, after = segment.partition("*")
        if not star:
            return self.literal.setdefault(segment, Node())
        if segment == "*":
            self.any = self.any or Node()
            return self.any
        key = (len(from_wsgi(segment)), len(before), len(after))
        return self.partial.setdefault(key, {}).setdefault((before, after), Node())


class PathTrie(Generic[Row]):
    """Path patterns, each with a value (not None). The patterns must be those of a valid `PolicyTable`.

    A pattern without ``**`` covers its path with and without a slash at the end, unless both spellings are patterns.
    ``find`` takes a path as `PATH_INFO` has it and returns the value of the most specific pattern of all its readings
    (see `readings`), or None. It splits no more of a plain path than the longest pattern has segments: ``depth``.
    Where one row has all that is at or below one literal path, that is ``root`` and the row ``only``. ``answering`` is
    what looks at these, and at ``top``, the node below the first slash.
    """

    __slots__ = ("depth", "only", "root", "top")

    only: Row | None
    root: str
    top: Node[Row]
    depth: int

    def __init__(self, rows: Iterable[tuple[str, Row]]) -> None:
        rows = list(rows)
        self.only, self.root = None, ""
        if len(rows) == 1:
            pattern, row = rows[0]
            root = pattern.removesuffix("/**")
            if root != pattern and "*" not in root:
                self.only, self.root = row, to_wsgi(root)
        self.top, self.depth = _compiled(rows)

    def find(self, path: str) -> Row | None:
        """Return the row that all readings of `path` share, or None. Never raises."""
        if self.only is not None and not self.root:  # a reading cannot have another row
            return self.only
        return row_of_readings(path, self.look, self.depth)

    def look(self, path: str) -> Row | None:
        """Return the row of one reading of a path."""
        return most_specific(self.top, path.split("/", self.depth), 1)


def _compiled(rows: Iterable[tuple[str, Row]]) -> tuple[Node[Row], int]:
    """Return the node below the first slash, and the number of segments of a path to look at."""
    root: Node[Row] = Node()
    depth = 1  # there is an empty segment before the first slash
    exact: list[tuple[list[str], Row]] = []
    for pattern, row in rows:
        segments = to_wsgi(pattern).split("/")
        if segments[-1] == "**":
            root.descendant(segments[:-1]).below = row
            depth = max(depth, len(segments) - 1)
        else:
            root.descendant(segments).here = row
            exact.append((segments, row))
    for segments, row in exact:  # after all written spellings have their rows
        other = segments[:-1] if segments[-1] == "" else [*segments, ""]
        depth = max(depth, len(segments), len(other))
        if len(other) > 1:  # the root has one spelling
            node = root.descendant(other)
            if node.here is None:
                node.here = row
    top = root.literal.get("", Node())
    _inherit(top)
    return top, depth


def _inherit(node: Node[Row]) -> None:
    """Write the row of each `**` into the nodes below it that are reached without a `*`, for the walk."""
    nodes = [node]
    while nodes:
        node = nodes.pop()
        if node.here is None:
            node.here = node.below
        if node.any is not None or node.partial:
            node.is_slow = True
            continue  # below it the row of a `*` comes before that of a `**` further up
        node.decides = not node.literal and node.here is node.below and not node.is_slow
        for segment, child in node.literal.items():
            if child.below is None:
                child.below = node.below
            nodes.append(child)
            child.is_slow = segment == ""


def most_specific(node: Node[Row], segments: list[str], depth: int) -> Row | None:
    """Find the row of the most specific pattern below a node."""
    if depth == len(segments):
        return node.below if node.here is None else node.here
    segment = segments[depth]
    child = node.literal.get(segment)
    row = None if child is None else most_specific(child, segments, depth + 1)
    if row is None and segment:
        if node.partial:
            row = _of_several([node], segments, depth)
        elif node.any is not None:
            row = most_specific(node.any, segments, depth + 1)
    return node.below if row is None else row


def _of_several(nodes: list[Node[Row]], segments: list[str], depth: int) -> Row | None:
    """Find the row of the most specific pattern below `nodes`, whose patterns are equally specific so far."""
    if depth < len(segments):
        for children in _ranked_children(nodes, segments[depth]):
            if len(children) == 1:
                row = most_specific(children[0], segments, depth + 1)
            else:
                row = _of_several(children, segments, depth + 1) if children else None
            if row is not None:
                return row
    else:
        for node in nodes:
            if node.here is not None:
                return node.here
    return next((node.below for node in nodes if node.below is not None), None)


def _ranked_children(nodes: list[Node[Row]], segment: str) -> Iterator[list[Node[Row]]]:
    """Return nodes for `segment`, most specific first: literal, then partial by its literal characters, then `*`."""
    yield [node.literal[segment] for node in nodes if segment in node.literal]
    if not segment:
        return
    partly: defaultdict[int, list[Node[Row]]] = defaultdict(list)
    for node in nodes:
        for (characters, before, after), children in node.partial.items():
            child = children.get((segment[:before], segment[len(segment) - after :]))
            if child is not None and len(segment) > before + after:
                partly[characters].append(child)
    for characters in sorted(partly, reverse=True):
        yield partly[characters]
    yield [node.any for node in nodes if node.any is not None]
