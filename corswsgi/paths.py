"""Path patterns, and the table that finds the one row which serves a path.

The laws of this module: the path is the one that the wrapped application routes on, decoded once, by the server; the
most specific pattern decides, in whatever order the rows are written; and what a look-up costs does not depend on how
many rows there are. (It does depend on how many shapes of partial `*` stand at one place: a character more or less.)

    pattern = 1*( "/" segment )
    segment = "**" (only the last: zero or more segments) / "*" (one segment, not empty)
            / *char "*" *char (a part of one segment, not empty) / *char (literal, case-sensitive)
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import combinations, product
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from corswsgi.errors import PolicyError, Problem, in_row, row_name, shown
from corswsgi.policy import Policy

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


class PolicyTable:
    """Which policy serves which path: a frozen table of path patterns, checked as a whole when it is made.

    `policies` maps patterns, written in Unicode, to a `Policy`, to its fields as a mapping, or to None for "no CORS
    below here"; one `Policy` alone is short for ``{"/**": policy}``. One row decides, whole: rows never merge, and the
    order in which they stand never matters. Raises `PolicyError` with the mistakes of all rows; a `Policy` that is made
    inside the mapping raises its own before the table sees it, but fields as a mapping are checked here, all together.
    """

    __slots__ = ("_rows", "_trie")

    _rows: Mapping[str, Policy | None]
    _trie: PathTrie[tuple[str, Policy | None]]

    def __init__(self, policies: "Policies") -> None:
        if isinstance(policies, PolicyTable):
            self._rows, self._trie = policies._rows, policies._trie  # noqa: SLF001  (of its own class)
            return
        if isinstance(policies, Policy):
            policies = {"/**": policies}
        if not isinstance(policies, Mapping):
            message = f"{shown(policies)} is no table of policies"
            hint = "write a dict of path patterns and policies, such as {'/api/**': Policy(...)}, or one Policy"
            raise PolicyError([
                Problem(code="wrong-type", field="policies", value=policies, message=message, hint=hint)
            ])  # fmt: skip
        problems: list[Problem] = []
        rows: dict[str, Policy | None] = {}
        for pattern, row in policies.items():
            found = list(_pattern_problems(pattern))
            problems += found
            policy = _policy(pattern, row, problems)
            if not found:
                rows[pattern] = policy
        problems += _ties(rows)
        if problems:
            raise PolicyError(problems)
        self._rows = MappingProxyType(rows)
        self._trie = PathTrie((pattern, (pattern, policy)) for pattern, policy in rows.items())

    @property
    def rows(self) -> Mapping[str, Policy | None]:
        """The patterns and their policies, as they were written; not to be changed."""
        return self._rows

    def match(self, path: str) -> tuple[str, Policy | None] | None:
        """Tell which row serves `path`: its pattern and its policy, or None for no row.

        `path` is written in Unicode and decoded, as patterns are, and not as `PATH_INFO` has it.
        """
        return self._trie.find(to_wsgi(path) or "/") if path[:1] in {"", "/"} else None

    def __repr__(self) -> str:
        return f"PolicyTable({dict(self.rows)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PolicyTable) and self.rows == other.rows

    def __hash__(self) -> int:
        return hash(frozenset(self.rows))

    def __reduce__(self) -> tuple[type["PolicyTable"], tuple[dict[str, Policy | None]]]:
        return PolicyTable, (dict(self.rows),)


Policies = Mapping[str, Policy | Mapping[str, object] | None] | PolicyTable | Policy

# Gives the table to serve now, the same object as long as nothing has changed. Called for each request: never raises.
PolicySource = Callable[[], PolicyTable]


def make_table(policies: Policies | PolicySource, problems: Iterable[Problem]) -> PolicyTable:
    """Make a table, or raise its mistakes after `problems`, which were found around it: all at once."""
    problems = list(problems)
    if callable(policies):
        if problems:
            raise PolicyError(problems)  # it is not asked: it may well be the application, in the wrong place
        table = policies()
        if not isinstance(table, PolicyTable):
            message, hint = f"it gives {shown(table)} in place of a PolicyTable", "return PolicyTable(...) from it"
            raise PolicyError([
                Problem(code="wrong-type", field="policies", value=table, message=message, hint=hint)
            ])  # fmt: skip
        return table
    try:
        table = PolicyTable(policies)
    except PolicyError as error:
        raise PolicyError([*problems, *error.problems]) from None
    if problems:
        raise PolicyError(problems)
    return table


def _policy(pattern: object, row: object, problems: list[Problem]) -> Policy | None:
    if row is None or isinstance(row, Policy):
        return row
    if isinstance(row, Mapping):
        fields: Mapping[str, Any] = {str(name): value for name, value in row.items()}
        try:
            return Policy(**fields)
        except PolicyError as error:
            problems += in_row(pattern, error.problems)
            return None
    message = f"{shown(row)} is no policy"
    hint = "write a Policy, or None for no CORS below here"
    problems.append(Problem(code="wrong-type", field=row_name(pattern), value=row, message=message, hint=hint))
    return None


def _pattern_problems(pattern: object) -> Iterator[Problem]:
    problem = partial(Problem, field=row_name(pattern), value=pattern)
    if not isinstance(pattern, str):
        yield problem(code="wrong-type", message="a path pattern is a string", hint="write one such as '/api/**'")
        return
    if not pattern.startswith("/"):
        path = re.sub(r"^[a-z]+://[^/]*", "", pattern.strip())  # a URL has more in front
        message, hint = "a path pattern begins with a slash", f"write {shown('/' + path.lstrip('/'))}"
        yield problem(code="path-without-slash", message=message, hint=hint)
    if "?" in pattern:
        message, hint = "policies are not chosen by query string", f"write {shown(pattern.partition('?')[0])}"
        yield problem(code="path-with-query", message=message, hint=hint)
    if is_ambiguous(pattern):
        message = "no path with a '.', '..' or empty segment inside it, or a backslash, has a row"
        yield problem(code="ambiguous-path", message=message, hint="write the path as the application knows it")
    *inner, last = pattern.split("/")
    if any("**" in segment for segment in inner) or ("**" in last and last != "**"):
        message = "'**' stands for whole segments, and only at the end"
        yield problem(code="misplaced-double-star", message=message, hint="write '*' for one segment, '/**' at the end")
    elif any(segment.count("*") > 1 and segment != "**" for segment in (*inner, last)):
        message, hint = "a segment has more than one '*'", "write one '*' in a segment, or '*' for all of it"
        yield problem(code="several-stars-in-segment", message=message, hint=hint)


def _ties(patterns: Iterable[str]) -> Iterator[Problem]:
    """Find pairs of patterns that can match one path and are equally specific. Only a partial `*` makes such pairs."""
    # Two patterns tie only if they are alike but for partial segments with as many literal characters each. Where also
    # as many of those stand before each `*`, both match one path only when they are the same: no need to compare them.
    alike: defaultdict[_Kind, defaultdict[_Shape, list[str]]] = defaultdict(lambda: defaultdict(list))
    for pattern in patterns:
        segments = pattern.split("/")
        kind = tuple(len(segment) if _is_partial(segment) else segment for segment in segments)
        shape = tuple(segment.find("*") for segment in segments if _is_partial(segment))
        if shape:
            alike[kind][shape].append(pattern)
    for shapes in alike.values():
        for some, others in combinations(shapes.values(), 2):
            for one, other in product(some, others):
                if all(map(_overlap, one.split("/"), other.split("/"))):
                    yield Problem(
                        code="ambiguous-patterns",
                        field=row_name(other),
                        value=other,
                        message=f"it can match the same path as {row_name(one)} and is as specific",
                        hint="write one of the two with more literal characters",
                    )


_Kind = tuple[int | str, ...]
_Shape = tuple[int, ...]


def _is_partial(segment: str) -> bool:
    return "*" in segment and segment not in {"*", "**"}


def _overlap(one: str, other: str) -> bool:
    """Tell whether a segment can match both of two patterns of a segment, which are of one kind."""
    if one == other:
        return True
    before, _, after = one.partition("*")
    other_before, _, other_after = other.partition("*")
    return (before.startswith(other_before) or other_before.startswith(before)) and (
        after.endswith(other_after) or other_after.endswith(after)
    )
