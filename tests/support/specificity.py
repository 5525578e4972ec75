"""A second implementation of path patterns, by brute force: their matches, and their order."""

import re
from collections.abc import Collection
from typing import Any


def specificity(pattern: str, path: str, patterns: Collection[str]) -> tuple[Any, ...] | None:
    """Say in other words what DESIGN says of one path pattern: None if it does not match, else how specific it is."""
    rank_as_written = specificity_as_written(pattern, path)
    other = pattern.removesuffix("/") if pattern.endswith("/") else pattern + "/"
    if rank_as_written is None and not pattern.endswith("**") and other not in patterns and "/" not in (pattern, other):
        return specificity_as_written(other, path)
    return rank_as_written


def specificity_as_written(pattern: str, path: str) -> tuple[Any, ...] | None:
    """Do as `specificity`, without the rule of the last slash."""
    rank: list[tuple[int, int]] = []
    parts, segments = pattern.split("/")[1:], path.split("/")[1:]
    for index, part in enumerate(parts):
        if part == "**":
            return (*rank, (0, 0))
        if index >= len(segments):
            return None
        regex = "(.+)".join(map(re.escape, part.split("*")))
        if re.fullmatch(regex, segments[index], re.DOTALL) is None:
            return None
        rank.append((3, 0) if "*" not in part else (1, 0) if part == "*" else (2, len(part)))
    return (*rank, (4, 0)) if len(parts) == len(segments) else None


def row_by_brute_force(patterns: Collection[str], path: str) -> str | None:
    """Return the most specific of all patterns that match one reading of a path, written in Unicode."""
    ranked = {pattern: rank for pattern in patterns if (rank := specificity(pattern, path, patterns)) is not None}
    return max(ranked, key=ranked.__getitem__) if ranked else None
