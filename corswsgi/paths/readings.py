r"""Readings: the different paths that servers, routers and mounts may see in one path.

The law of this module: a path that can be read in several ways has a row only if all its readings have that same row.

Bottle drops bytes that are not UTF-8, Pyramid's routes let a newline at the end by, ``DispatcherMiddleware`` takes what
comes before the first slash for the name of a mount: each served ``/api/admin`` under the row of another path. So a
path is looked up as each of these:

- as it is, if it begins with a slash; otherwise with a slash in front, and from its first slash on;
- without the bytes that are not UTF-8;
- without control characters (U+0000 to U+001F, and U+007F);
- with slashes in the place of backslashes;
- with empty segments merged into one slash;

each alone and each after each. A path with a ``.`` or ``..`` segment in any reading has no row: browsers resolve them
before they send, and a mounted application cannot climb out of its mount. Plain paths have one reading.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

Row = TypeVar("Row")

# Bytes. Longer paths that are not plain have no row, so that the worst one costs at most 0.3 ms.
MAX_LENGTH = 2048

# In `every_reading`: most paths that are not plain have two or three
MAX_READINGS = 32

_CONTROLS = bytes([*range(0x20), 0x7F])
_TEXT_CONTROLS = frozenset(_CONTROLS.decode("ascii"))
_SHORT = 500  # characters
# Searched from the end: `in` takes four times as long for 8 KiB of "/.a" (benchmarks/, "of 8 KiB")
_NOT_PLAIN = ("//", "/./", "/../")


def has_dot_segment(path: str) -> bool:
    """Return whether `path` has a ``.`` or ``..`` segment. Call it only for the few paths with ``/.`` in them."""
    # not a regex, which stops at each dot-file: benchmarks/, "path of 8 KiB of dot-files"
    return "/./" in path or "/../" in path or path.endswith(("/.", "/.."))


def is_ambiguous(path: str) -> bool:
    """Return whether `path`, written in Unicode, can be read in several ways."""
    try:
        return not is_plain(path.encode().decode("latin-1"))
    except UnicodeEncodeError:  # half of a surrogate pair
        return True


def is_plain(path: str) -> bool:
    """Return whether `path`, written as in `PATH_INFO`, has only one reading: itself."""
    if len(path) < _SHORT:
        if not path or path[0] != "/" or "//" in path or "\\" in path or ("/." in path and has_dot_segment(path)):
            return False
        if path.isascii():
            return path.isprintable()
    elif not _is_spelt_plainly(path):
        return False
    if not path.isascii():
        try:
            path.encode("latin-1").decode()
        except UnicodeError:
            return False
    for control in _TEXT_CONTROLS:  # noqa: SIM110  (33 searches for a byte are less than one look at all: "of 8 KiB")
        if control in path:
            return False
    return True


def _is_spelt_plainly(path: str) -> bool:
    """Return whether a long path has no other reading, except for its bytes."""
    return (
        path[0] == "/"
        and "\\" not in path
        and not path.endswith(("/.", "/.."))
        and all(path.rfind(text) < 0 for text in _NOT_PLAIN)
    )


def row_of_readings(path: str, find: Callable[[str], Row | None], depth: int) -> Row | None:
    """Return the row of all readings of `path`, or None if they do not have the same row.

    `path` is written as `PATH_INFO` has it, and so are the readings. `find` returns the row of one reading. It must
    match an empty segment by nothing but a `**`, and look at `depth` segments at most. Never raises.
    """
    if is_plain(path):
        return find(path)
    if len(path) > MAX_LENGTH:
        return None
    try:
        texts = _without_bytes(path.encode("latin-1"))
    except UnicodeEncodeError:  # not from a server that follows PEP 3333
        return None
    if any(has_dot_segment("/" + text.replace("\\", "/")) for text in texts[:2]):
        return None  # the reading that drops the most has the dot segments of all others
    row = None
    for reading in _readings(texts, depth):
        found = find(reading)
        if found is None or (row is not None and found is not row):
            return None
        row = found
    return row


def _readings(texts: Iterable[str], depth: int) -> Iterator[str]:
    """Yield the readings of texts with bytes dropped, or the first `depth` segments of each.

    Those in which slashes are merged before something else is dropped are left out, for they never decide: where a
    reading and its merged form have one row, that row ends in a `**` above the first empty segment, and no pattern is
    more specific for what merges only some of its empty segments.
    """
    for text in texts:
        slashes = text.replace("\\", "/")
        for each in (text,) if slashes == text else (text, slashes):
            for reading in _with_slash(each):
                yield reading
                if "//" in reading:
                    yield _merged(reading, depth)


def _without_bytes(path: bytes) -> list[str]:
    """Return `path` without bytes that are not UTF-8, without control characters, and without both: these first."""
    readable, quiet = _without_bad_bytes(path), path.translate(None, _CONTROLS)
    # without control characters it may have become UTF-8: "\xc3\n\xa9"
    both = readable.translate(None, _CONTROLS), _without_bad_bytes(quiet)
    return [text.decode("latin-1") for text in (*both, *({path, readable, quiet} - {*both}))]


def _without_bad_bytes(path: bytes) -> bytes:
    return path.decode("utf-8", "ignore").encode()


def _with_slash(path: str) -> tuple[str, ...]:
    """Return `path` if it begins with a slash, otherwise its readings."""
    if path.startswith("/"):
        return (path,)
    return (f"/{path}", path[path.index("/") :]) if "/" in path else (f"/{path}",)


def _merged(path: str, depth: int) -> str:
    """Return `path` without empty segments inside it, or its first `depth` segments and a slash."""
    segments = [""]
    rest = path.lstrip("/")  # not a loop of replace(), which takes ten times as long for 2,048 slashes
    while rest and len(segments) <= depth:
        segment, slash, rest = rest.partition("/")
        segments.append(segment)
        rest = rest.lstrip("/")
        if slash and not rest:
            segments.append("")
    if rest:
        segments.append(rest)
    return "/".join(segments) if len(segments) > 1 else "/"


def every_reading(path: str) -> list[str] | None:
    """Return all readings of `path`, or None if they are too many or one has a dot segment.

    For regexes, which may match an empty segment. `path` and its readings are written as in `PATH_INFO`.
    """
    if is_plain(path):
        return [path]
    if len(path) > MAX_LENGTH:
        return None
    try:
        found = dict.fromkeys([path.encode("latin-1")])
    except UnicodeEncodeError:
        return None
    todo = list(found)
    for text in todo:
        merged = text
        while b"//" in merged:
            merged = merged.replace(b"//", b"/")
        for other in (_without_bad_bytes(text), text.translate(None, _CONTROLS), text.replace(b"\\", b"/"), merged):
            if other not in found:
                found[other] = None
                todo.append(other)
        if len(todo) > MAX_READINGS:
            return None
    readings = dict.fromkeys(reading for text in todo for reading in _with_slash(text.decode("latin-1")))
    return None if any(map(has_dot_segment, readings)) else list(readings)
