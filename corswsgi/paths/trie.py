"""How the one row is found that serves a path.

The laws of this module: the most specific pattern decides, and what a look-up costs does not depend on how many rows
there are. (It does depend on how many shapes of partial `*` stand at one place: a character more or less.)
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

Row = TypeVar("Row")


def has_dot_segment(path: str) -> bool:
    """Tell whether `path` has a ``.`` or ``..`` segment. To be asked of the few that have a ``/.`` in them."""
    # not a regex, which stops at each dot-file: benchmarks/, "path of 8 KiB of dot-files"
    return "/./" in path or "/../" in path or path.endswith(("/.", "/.."))


def is_ambiguous(path: str) -> bool:
    r"""Tell whether `path` has a ``.``, ``..`` or empty segment inside it, or a backslash: such a path has no row.

    Other software on the way may read it as another path than the application does.
    """
    return "//" in path or "\\" in path or ("/." in path and has_dot_segment(path))


def to_wsgi(text: str) -> str:
    """Write Unicode as `PATH_INFO` has it: its UTF-8 bytes, each as one latin-1 character (PEP 3333)."""
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


def from_wsgi(text: str) -> str:
    """Read as Unicode what `to_wsgi` wrote."""
    return text.encode("latin-1").decode("utf-8", "surrogatepass")


class _Node(Generic[Row]):
    """What may come after the segments so far."""

    __slots__ = ("any", "below", "decides", "has_stars", "here", "literal", "partial")

    def __init__(self) -> None:
        self.literal: dict[str, _Node[Row]] = {}
        # characters of a partial segment, bytes before and after its `*` -> those bytes -> what comes then
        self.partial: dict[tuple[int, int, int], dict[tuple[str, str], _Node[Row]]] = {}
        self.any: _Node[Row] | None = None
        self.here: Row | None = None  # of the pattern that ends here
        self.below: Row | None = None  # of the one that goes on with `**`
        self.has_stars = False
        self.decides = False  # for all below: set where no pattern goes on

    def child(self, segment: str) -> "_Node[Row]":
        """Give the node for one more segment of a pattern, made if it is not there yet."""
        before, star, after = segment.partition("*")
        if not star:
            return self.literal.setdefault(segment, _Node())
        if segment == "*":
            self.any = self.any or _Node()
            return self.any
        key = (len(from_wsgi(segment)), len(before), len(after))
        return self.partial.setdefault(key, {}).setdefault((before, after), _Node())


class PathTrie(Generic[Row]):
    """Path patterns, each with a value (not None). Takes patterns that a `PolicyTable` has nothing against.

    ``find`` takes a path as `PATH_INFO` has it and gives the value of the most specific pattern, or None. It splits no
    more of a path than the longest pattern has segments: a hostile path costs as much as any other. Where one row has
    all that is at or below one literal path, that is ``root`` and the row ``only``: who has to be fast can compare.
    """

    __slots__ = ("find", "only", "root")

    find: Callable[[str], Row | None]  # a function of its own: a method costs 20 ns more (benchmarks/, "10 rows, none")
    only: Row | None
    root: str

    def __init__(self, rows: Iterable[tuple[str, Row]]) -> None:
        rows = list(rows)
        self.only, self.root = None, ""
        if len(rows) == 1:
            pattern, row = rows[0]
            root = pattern.removesuffix("/**")
            if root != pattern and "*" not in root:
                self.only, self.root = row, to_wsgi(root)
        self.find = _finder(rows) if self.only is None else _only_row(self.root, self.only)


def _finder(rows: Iterable[tuple[str, Row]]) -> Callable[[str], Row | None]:
    """Give the function that finds the row of the most specific pattern."""
    root: _Node[Row] = _Node()
    depth = 1  # of a path, how many segments are looked at by themselves: there is one in front of the first slash, too
    for pattern, row in rows:
        *segments, last = to_wsgi(pattern).split("/")
        node = root
        for segment in segments:
            node = node.child(segment)
        if last == "**":
            node.below = row
            depth = max(depth, len(segments))
        else:
            node.child(last).here = row
            depth = max(depth, len(segments) + 1)
    top = root.literal.get("", _Node())
    _inherit(top)
    find_below = _search if top.has_stars else _walk
    return find_below(top, depth)


def _walk(top: _Node[Row], depth: int) -> Callable[[str], Row | None]:
    """Find rows where no pattern has a `*` in its first segment.

    While no pattern has one, what fits further on is more specific, so no way leads back.
    """
    first, below = top.literal, top.below

    def find(path: str) -> Row | None:
        segments = path.split("/", depth)
        if segments[0]:
            return find("/" + path)
        # Most tables are decided by the first segment, before the walk begins: benchmarks/, "1,000 rows, first"
        node = first.get(segments[1])
        if node is None:
            row = below
        else:
            index, end = 2, len(segments)  # counted by hand, in two thirds of a range's time: "nested rows"
            while not node.decides:
                if index == end:
                    row = node.here
                    break
                if node.has_stars:
                    row = _most_specific([node], segments, index)
                    break
                child = node.literal.get(segments[index])
                if child is None:
                    row = node.below
                    break
                node = child
                index += 1
            else:
                row = node.below
        if row is None or "//" in path or "\\" in path or ("/." in path and has_dot_segment(path)):
            return None
        return row

    return find


def _search(top: _Node[Row], depth: int) -> Callable[[str], Row | None]:
    """Find rows where a pattern has a `*` in its first segment."""

    def find(path: str) -> Row | None:
        segments = path.split("/", depth)
        if segments[0]:
            return find("/" + path)
        if is_ambiguous(path):
            return None
        return _most_specific([top], segments, 1)

    return find


def _only_row(root: str, row: Row) -> Callable[[str], Row | None]:
    """Find the row of a table such as ``{"/api/**": ...}``."""

    def find(path: str) -> Row | None:
        if path[0] != "/":
            return find("/" + path)
        if (path == root or path.startswith(root + "/")) and not is_ambiguous(path):
            return row
        return None

    return find


def _inherit(node: _Node[Row]) -> None:
    """Write the row of each `**` into the nodes below it that are reached with no `*`, for the walk."""
    nodes = [node]
    while nodes:
        node = nodes.pop()
        if node.here is None:
            node.here = node.below
        node.has_stars = node.any is not None or bool(node.partial)
        if node.has_stars:
            continue  # below it the row of a `*` comes before that of a `**` further up
        node.decides = not node.literal and node.here is node.below
        for child in node.literal.values():
            if child.below is None:
                child.below = node.below
            nodes.append(child)


def _most_specific(nodes: list[_Node[Row]], segments: list[str], depth: int) -> Row | None:
    """Find the row of the most specific pattern below `nodes`, whose patterns are equally specific so far."""
    if depth < len(segments):
        for children in _ranked_children(nodes, segments[depth]):
            row = _most_specific(children, segments, depth + 1) if children else None
            if row is not None:
                return row
    else:
        for node in nodes:
            if node.here is not None:
                return node.here
    return next((node.below for node in nodes if node.below is not None), None)


def _ranked_children(nodes: list[_Node[Row]], segment: str) -> Iterator[list[_Node[Row]]]:
    """Give what `segment` leads to, most specific first: literal, then partial by its literal characters, then `*`."""
    yield [node.literal[segment] for node in nodes if segment in node.literal]
    if not segment:
        return
    partly: defaultdict[int, list[_Node[Row]]] = defaultdict(list)
    for node in nodes:
        for (characters, before, after), children in node.partial.items():
            child = children.get((segment[:before], segment[len(segment) - after :]))
            if child is not None and len(segment) > before + after:
                partly[characters].append(child)
    for characters in sorted(partly, reverse=True):
        yield partly[characters]
    yield [node.any for node in nodes if node.any is not None]
