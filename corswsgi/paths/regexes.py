"""Regexes that choose paths: keys of Flask-CORS's ``resources``, Django's ``CORS_URLS_REGEX``.

The law of this module: a regex covers a path only if it matches all readings of it, and a slash at the end of a path
makes no other path.
"""

import re
from collections.abc import Callable
from typing import TypeVar

from corswsgi.paths.readings import every_reading

Row = TypeVar("Row")


def row_by_regexes(path: str, find: Callable[[str], Row | None]) -> Row | None:
    """Return the row that `find` returns for every reading of `path`, or None if it differs.

    `path` is written as `PATH_INFO` has it. `find` gets Unicode, in which bytes that are not UTF-8 are U+FFFD.
    """
    rows = [find(reading.encode("latin-1").decode("utf-8", "replace")) for reading in every_reading(path) or ()]
    return rows[0] if rows and all(row is rows[0] for row in rows) else None


def in_both_spellings(regex: re.Pattern[str], *, whole: bool) -> Callable[[str], bool]:
    """Return a function that tests a path with and without a slash at the end.

    One spelling must match, the `whole` of it or its beginning; both must, if the regex names what it does not match:
    ``(?!/admin/)`` must not let ``/admin`` by.
    """
    matches = regex.fullmatch if whole else regex.match
    all_or_any = all if re.search(r"\(\?<?!", regex.pattern) else any

    def covers(path: str) -> bool:
        other = path.removesuffix("/") if path.endswith("/") else f"{path}/"
        return all_or_any(matches(each) is not None for each in (path, other or "/"))

    return covers
