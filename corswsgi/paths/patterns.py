"""The syntax of path patterns, and ties between two of them.

In the notation of RFC 5234::

    pattern = 1*( "/" segment )
    segment = "**" (only the last: zero or more segments) / "*" (one segment, not empty)
              / *char "*" *char (a part of one segment, not empty) / *char (literal, case-sensitive)
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations, product

from corswsgi.errors import Problem
from corswsgi.paths.readings import is_ambiguous
from corswsgi.problems import Mistake, mistake, problem, write
from corswsgi.vocabularies import row_name


def pattern_problems(pattern: object) -> Iterator[Problem]:
    """Find every reason why `pattern` may not be a path pattern."""
    for found in _mistakes(pattern):
        yield found.at(row_name(pattern), pattern)


# The syntax of routers and of regexes, where no path can mean it: browsers escape < > { } ^ and \ in a path
_PLACEHOLDER = re.compile(r"(?<!\?P)<[A-Za-z_][^<>/]*>|(?<!\$)\{[A-Za-z_][^{}/]*\}")
_REGEX = re.compile(r"\A\^|\(\?|/\(?\.[*+]\)?\$?(?=/|\Z)|\[[^\]/]+\][*+]|\\[dDwWsS.]")
_REST_OF_PATH = re.compile(r"/(?:<path:\w+>|<\w+:path>|\{\w+:path\}|\(?\.[*+]\)?)\Z")
_PIECE = re.compile(r"\((?:\?P<\w+>)?[^()|]*\)|\[[^\]/]+\][*+]|\\[dws][*+]?|(?<=/)\.[*+](?=/)")


def _mistakes(pattern: object) -> Iterator[Mistake]:
    if not isinstance(pattern, str):
        fix = write("/api/**", text="write one such as '/api/**'")
        yield mistake("wrong-type", "a path pattern must be a string, not {value}", fix)
    elif foreign := _PLACEHOLDER.search(pattern) or _REGEX.search(pattern):
        ours = _without_foreign_syntax(pattern)
        generic = write("/a/*/b/**", text="write '*' for one segment, '/**' at the end")
        message = "{it} means nothing in a path pattern: it has literal text, '*' and '**'"
        fix = generic if not ours or any(_mistakes_of_path(ours)) else write(ours)
        yield mistake("foreign-path-syntax", message, fix, it=foreign[0].lstrip("/"))
    else:
        yield from _mistakes_of_path(pattern)


def _without_foreign_syntax(pattern: str) -> str:
    """Return the pattern that a route or a regex probably means. It may have mistakes, or be empty."""
    path = _PLACEHOLDER.sub("*", _REST_OF_PATH.sub("/**", pattern))
    if not _REGEX.search(path):
        return _rooted(path)
    is_whole = path.endswith(("$", "\\Z"))  # frameworks match a regex from the left, not to the end
    plain = re.sub(r"\A\^|(?:\$|\\Z)\Z", "", path)
    plain = _PIECE.sub("*", _REST_OF_PATH.sub("/**", plain)).replace("\\", "")
    if re.search(r"[()\[\]{}|+^$]", plain):
        return ""
    return _rooted(plain if is_whole or plain.endswith("*") else f"{plain.removesuffix('/')}/**")


def _rooted(path: str) -> str:
    return f"/{path.lstrip('/')}"


def _mistakes_of_path(pattern: str) -> Iterator[Mistake]:
    if not pattern.startswith("/"):
        path = re.sub(r"^[a-z]+://[^/]*", "", pattern.strip())  # a URL: it has a scheme and a host in front
        yield mistake("path-without-slash", "a path pattern begins with a slash", write("/" + path.lstrip("/")))
    if "?" in pattern:
        fix = write(pattern.partition("?")[0])
        yield mistake("path-with-query", "a path pattern has no query: policies depend on the path alone", fix)
    if is_ambiguous(pattern if pattern.startswith("/") else f"/{pattern}"):
        message = "a path pattern has no '.', '..' or empty segment inside it, no backslash and no control character"
        yield mistake("ambiguous-path", message, write("/a/b", text="write the path as the application sees it"))
    *inner, last = pattern.split("/")
    if any("**" in segment for segment in inner) or ("**" in last and last != "**"):
        message = "'**' is only allowed as the whole last segment"
        yield mistake(
            "misplaced-double-star", message, write("/a/*/b/**", text="write '*' for one segment, '/**' at the end")
        )
    elif any(segment.count("*") > 1 and segment != "**" for segment in (*inner, last)):
        message = "a segment has more than one '*'"
        yield mistake(
            "several-stars-in-segment", message, write("/a/*", text="write one '*' in a segment, or '*' for all of it")
        )


def tie_problems(patterns: Iterable[str]) -> Iterator[Problem]:
    """Find pairs of patterns that can match one path and are equally specific. Only a partial `*` makes such pairs."""
    # Two patterns tie only if they differ just in partial segments with equally many literal characters. If as many
    # of those come before each `*`, both match one path only when they are equal, so they need not be compared.
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
                    yield problem(
                        "ambiguous-patterns",
                        row_name(other),
                        other,
                        "it and {one!s} can match the same path, and neither is more specific",
                        write(other.replace("*", "xx*", 1), text="write more literal characters into one of them"),
                        one=row_name(one),
                    )


_Kind = tuple[int | str, ...]
_Shape = tuple[int, ...]


def _without_slash(pattern: str) -> str:
    """Return a pattern without its last slash: it covers its path with and without one."""
    return pattern.removesuffix("/")


def _is_partial(segment: str) -> bool:
    return "*" in segment and segment not in {"*", "**"}


def _overlap(one: str, other: str) -> bool:
    """Return whether a segment can match both of two segment patterns of one kind."""
    if one == other:
        return True
    before, _, after = one.partition("*")
    other_before, _, other_after = other.partition("*")
    return (before.startswith(other_before) or other_before.startswith(before)) and (
        after.endswith(other_after) or other_after.endswith(after)
    )
