"""Ids in paths: the pattern that people write for ``/api/items/3`` is ``/api/items/*``.

The law of this module: a segment is an id only if nobody would write it as a word, and the first segment never is.
"""

import re

# Digits, a UUID, or long hexadecimal digits with a number among them, such as a hash or an ObjectId
_ID = re.compile(
    r"[0-9]+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?=[a-f]*[0-9])[0-9a-f]{12,}", re.ASCII | re.IGNORECASE
)


def ids_in(path: str) -> list[str]:
    """Return the segments of `path` that are ids."""
    return list(filter(_ID.fullmatch, path.split("/")[2:]))


def pattern_of(path: str) -> str:
    """Return `path` with ``*`` in place of its ids."""
    first, *others = path.removeprefix("/").split("/")
    return "/".join(["", first, *("*" if _ID.fullmatch(each) else each for each in others)])
