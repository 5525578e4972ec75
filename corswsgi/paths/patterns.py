"""What a path pattern may be, and which two tie.

pattern = 1*( "/" segment )
segment = "**" (only the last: zero or more segments) / "*" (one segment, not empty)
/ *char "*" *char (a part of one segment, not empty) / *char (literal, case-sensitive)
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import combinations, product

from corswsgi.errors import Problem, row_name, shown
from corswsgi.paths.readings import is_ambiguous


def pattern_problems(pattern: object) -> Iterator[Problem]:
    """Find every reason why `pattern` may not be a path pattern."""
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
    if is_ambiguous(pattern if pattern.startswith("/") else f"/{pattern}"):
        message = "it has a '.', '..' or empty segment inside it, a backslash or a control character"
        yield problem(code="ambiguous-path", message=message, hint="write the path as the application knows it")
    *inner, last = pattern.split("/")
    if any("**" in segment for segment in inner) or ("**" in last and last != "**"):
        message = "'**' stands for whole segments, and only at the end"
        yield problem(code="misplaced-double-star", message=message, hint="write '*' for one segment, '/**' at the end")
    elif any(segment.count("*") > 1 and segment != "**" for segment in (*inner, last)):
        message, hint = "a segment has more than one '*'", "write one '*' in a segment, or '*' for all of it"
        yield problem(code="several-stars-in-segment", message=message, hint=hint)


def tie_problems(patterns: Iterable[str]) -> Iterator[Problem]:
    """Find pairs of patterns that can match one path and are equally specific. Only a partial `*` makes such pairs."""
    # Two patterns tie only if they are alike but for partial segments with as many literal characters each. Where also
    # as many of those stand before each `*`, both match one path only when they are the same: no need to compare them.
    alike: defaultdict[_Kind, defaultdict[_Shape, list[str]]] = defaultdict(lambda: defaultdict(list))
    for pattern in patterns:
        segments = _without_slash(pattern).split("/")
        kind = tuple(len(segment) if _is_partial(segment) else segment for segment in segments)
        shape = tuple(segment.find("*") for segment in segments if _is_partial(segment))
        if shape:
            alike[kind][shape].append(pattern)
    for shapes in alike.values():
        for some, others in combinations(shapes.values(), 2):
            for one, other in product(some, others):
                if all(map(_overlap, _without_slash(one).split("/"), _without_slash(other).split("/"))):
                    yield Problem(
                        code="ambiguous-patterns",
                        field=row_name(other),
                        value=other,
                        message=f"it can match the same path as {row_name(one)} and is as specific",
                        hint="write one of the two with more literal characters",
                    )


_Kind = tuple[int | str, ...]
_Shape = tuple[int, ...]


def _without_slash(pattern: str) -> str:
    """Return a pattern as it ties: it covers its path with and without a slash at the end."""
    return pattern.removesuffix("/")


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
