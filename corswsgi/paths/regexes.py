"""Regexes for paths: keys of Flask-CORS's ``resources``, Django's ``CORS_URLS_REGEX``.

The law of this module: a regex covers a path only if it matches all readings of the path, and a path is the same with
and without a slash at its end.
"""

import re
from collections.abc import Callable, Iterator
from typing import TypeVar

from corswsgi.errors import Problem
from corswsgi.paths.readings import MAX_LENGTH, every_reading
from corswsgi.problems import do, problem

Row = TypeVar("Row")


def slow_regex_problems(regex: re.Pattern[str], field: str, value: object) -> Iterator[Problem]:
    """Find whether a regex for paths or header names can take long, because any visitor chooses these texts."""
    from corswsgi.regexes.time import reason_to_take_long  # noqa: PLC0415  (only where there are regexes)

    reason = reason_to_take_long(regex, MAX_LENGTH)
    if reason is not None:
        fix = do("write a simpler regex, or path patterns and names without one")
        yield problem("slow-regex", field, value, "{value} can be slow: {reason!s}", fix, reason=reason)


def row_by_regexes(path: str, find: Callable[[str], Row | None]) -> Row | None:
    """Return the row that `find` returns for every reading of `path`, or None if it differs.

    `path` is written as `PATH_INFO` has it. `find` gets Unicode, in which bytes that are not UTF-8 are U+FFFD. A path
    that is so long, or has so many readings, that regexes would take long has no row.
    """
    readings = every_reading(path)
    if readings is None or len(path) > MAX_LENGTH or sum(map(len, readings)) > 2 * MAX_LENGTH:
        return None
    rows = [find(reading.encode("latin-1").decode("utf-8", "replace")) for reading in readings]
    return rows[0] if all(row is rows[0] for row in rows) else None


def in_both_spellings(regex: re.Pattern[str], *, whole: bool) -> Callable[[str], bool]:
    """Return a function that tests a path with and without a slash at the end.

    One spelling must match, as a `whole` or at its beginning. Both must match if the regex excludes paths:
    ``(?!/admin/)`` must also exclude ``/admin``.
    """
    matches = regex.fullmatch if whole else regex.match
    all_or_any = all if re.search(r"\(\?<?!", regex.pattern) else any

    def covers(path: str) -> bool:
        other = path.removesuffix("/") if path.endswith("/") else f"{path}/"
        return all_or_any(matches(each) is not None for each in (path, other or "/"))

    return covers
