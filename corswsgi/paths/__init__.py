"""Path patterns, and the table that finds the one row which serves a path.

The laws of this module: the path is the one that the wrapped application routes on, decoded once, by the server; the
most specific pattern decides, in whatever order the rows are written; and of two that tie, none decides: such a table
is refused.

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
from typing import Any

from corswsgi.errors import PolicyError, Problem, in_row, row_name, shown
from corswsgi.paths.trie import PathTrie, is_ambiguous, to_wsgi
from corswsgi.policy import Policy


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
