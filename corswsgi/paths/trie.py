"""The look-up of the one row for a path.

The laws of this module: the most specific pattern decides, and the cost of a look-up does not depend on the number of
rows. (It does depend on the number of different lengths of partial segments at one place.)
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Generic

from corswsgi.paths.readings import MAX_LENGTH, Row, has_dot_segment, row_of_readings


def to_wsgi(text: str) -> str:
    """Write Unicode as in `PATH_INFO`: its UTF-8 bytes, each as one latin-1 character (PEP 3333)."""
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


def from_wsgi(text: str) -> str:
    """Convert the result of `to_wsgi` back to Unicode."""
    return text.encode("latin-1").decode("utf-8", "surrogatepass")


class _Node(Generic[Row]):
    """The continuations after the segments so far."""

    __slots__ = ("any", "below", "decides", "here", "is_slow", "literal", "partial")

    def __init__(self) -> None:
        self.literal: dict[str, _Node[Row]] = {}
        # characters of a partial segment, bytes before and after its `*` -> those bytes -> the next node
        self.partial: dict[tuple[int, int, int], dict[tuple[str, str], _Node[Row]]] = {}
        self.any: _Node[Row] | None = None
        self.here: Row | None = None  # the value of the pattern that ends here
        self.below: Row | None = None  # the value of the pattern that continues with `**`
        self.is_slow = False  # asked by a search: a `*` comes next, or an empty segment came last
        self.decides = False  # for all paths below: set if no pattern continues

    def descendant(self, segments: Iterable[str]) -> "_Node[Row]":
        """Return the node for these segments of a pattern, and create it if necessary."""
        node = self
        for segment in segments:
            node = node.child(segment)
        return node

    def child(self, segment: str) -> "_Node[Row]":
        """Return the node for one more segment of a pattern, and create it if necessary."""
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

    A pattern without ``**`` covers its path with and without a slash at the end, unless both spellings are patterns.
    ``find`` takes a path as `PATH_INFO` has it and returns the value of the most specific pattern of all its readings
    (see `readings`), or None. It splits no more of a plain path than the longest pattern has segments. Where one row
    has all that is at or below one literal path, that is ``root`` and the row ``only``: who has to be fast can compare.
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
    """Return the function that finds the row of the most specific pattern."""
    root: _Node[Row] = _Node()
    depth = 1  # the number of segments of a path to look at: there is an empty one before the first slash
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
    top = root.literal.get("", _Node())
    _inherit(top)
    find_below = _search if top.is_slow else _walk
    return find_below(top, depth)


def _walk(top: _Node[Row], depth: int) -> Callable[[str], Row | None]:  # noqa: C901  (`find` is in one piece)
    """Find rows if no pattern has a `*` in its first segment.

    Without one, a longer match is always more specific, so there is no backtracking.
    """
    first, below, look = top.literal, top.below, _reading_walk(top, depth)

    def find(path: str) -> Row | None:  # in one piece: each call costs 50 ns (benchmarks/, "nested rows")
        segments = path.split("/", depth)
        if segments[0]:
            return row_of_readings(path, look, depth)
        # Most tables are decided by the first segment, before the walk begins: benchmarks/, "1,000 rows, first"
        segment = segments[1]
        node = first.get(segment)
        if node is None:
            row = below
        else:
            index, end = 2, len(segments)  # counted by hand, in two thirds of a range's time: "nested rows"
            while not node.decides:
                if index == end:
                    return node.here  # all of the path stands in a pattern, and so it is plain
                segment = segments[index]
                if node.is_slow:
                    row, segment = _most_specific([node], segments, index), ""
                    break
                child = node.literal.get(segment)
                if child is None:
                    row = node.below
                    break
                node = child
                index += 1
            else:
                row = node.below
                # All readings come as far as this. No more of them has a say but a dot segment, which has a dot in it
                if "." not in path and len(path) <= MAX_LENGTH:
                    return row
        if row is None:
            return None
        # All that is before `segment` stands in a pattern. If it is plain, too, all readings come as far as this
        if "." not in path and len(path) <= MAX_LENGTH and segment.isalnum() and segment.isascii():
            return row
        is_simple = (
            len(path) <= MAX_LENGTH
            and "//" not in path
            and "\\" not in path
            and path.isascii()
            and path.isprintable()
            and ("/." not in path or not has_dot_segment(path))
        )
        return row if is_simple else row_of_readings(path, look, depth)

    return find


def _reading_walk(top: _Node[Row], depth: int) -> Callable[[str], Row | None]:
    """Find the row of one reading, where no pattern has a `*` in its first segment."""

    def look(path: str) -> Row | None:
        segments = path.split("/", depth)
        node = top
        for index, segment in enumerate(segments[1:], 1):
            if node.is_slow:
                return _most_specific([node], segments, index)
            child = node.literal.get(segment)
            if child is None:
                return node.below
            node = child
        return node.here

    return look


def _search(top: _Node[Row], depth: int) -> Callable[[str], Row | None]:
    """Find rows where a pattern has a `*` in its first segment."""

    def look(path: str) -> Row | None:
        return _most_specific([top], path.split("/", depth), 1)

    def find(path: str) -> Row | None:
        # what `is_plain` says of most paths, without the call: benchmarks/, "a row with a *"
        if (
            len(path) <= MAX_LENGTH
            and path[0] == "/"
            and "//" not in path
            and "\\" not in path
            and path.isascii()
            and path.isprintable()
            and ("/." not in path or not has_dot_segment(path))
        ):
            return _most_specific([top], path.split("/", depth), 1)
        return row_of_readings(path, look, depth)

    return find


def _only_row(root: str, row: Row) -> Callable[[str], Row | None]:
    """Find the row of a table such as ``{"/api/**": ...}``."""
    if not root:  # there is no other row that a reading could have

        def find_any(_path: str) -> Row | None:
            return row

        return find_any
    below = root + "/"

    def find(path: str) -> Row | None:
        if path.startswith(below):
            # All readings of it begin so, too: no more has a say but a dot segment, which has a dot in it
            if len(path) <= MAX_LENGTH and (
                "." not in path or (path.isascii() and path.isprintable() and "/." not in path and "\\" not in path)
            ):
                return row
        elif path[0] == "/":
            return row if path == root else None
        return row_of_readings(path, look, root.count("/") + 2)

    def look(path: str) -> Row | None:
        return row if path == root or path.startswith(below) else None

    return find


def _inherit(node: _Node[Row]) -> None:
    """Write the row of each `**` into the nodes below it that are reached with no `*`, for the walk."""
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
    """Return nodes for `segment`, most specific first: literal, then partial by its literal characters, then `*`."""
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
