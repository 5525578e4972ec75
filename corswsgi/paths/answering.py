"""The way of each request to its row: like `PathTrie.find`, but in few steps.

The laws of this module: each request goes to the row that ``find`` returns, or on untouched; and a plain path of a
common shape costs no call on the way. Held by a drawn test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from corswsgi.paths.readings import MAX_LENGTH, is_plain
from corswsgi.paths.trie import PathTrie, most_specific

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


# The limit of remembered segments and paths whose readings are known, so that clients cannot fill the memory. Most
# applications have few, and `str.isprintable` takes up to a tenth of the time of a request
MAX_SEEN = 500


def answering(trie: PathTrie[WSGIApplication], untouched: WSGIApplication) -> WSGIApplication:
    """Return an application that passes each request to the row of its path, or to `untouched`."""
    if trie.only is not None:
        return _one_row(trie, trie.only, untouched)
    return _search(trie, untouched) if trie.top.is_slow else _walk(trie, untouched)


def _one_row(trie: PathTrie[WSGIApplication], only: WSGIApplication, untouched: WSGIApplication) -> WSGIApplication:
    """Serve a table such as ``{"/api/**": ...}``: benchmarks/, "1 row, none"."""
    root, find = trie.root, trie.find
    if not root:
        return only
    below = root + "/"
    seen: set[str] = set()

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO") or "/"
        if path.startswith(below):
            # All readings of it begin so as well. Only a dot segment can matter, and it has a dot
            if len(path) <= MAX_LENGTH:
                if "." not in path or path in seen:
                    return only(environ, start_response)
                if "/." not in path and "\\" not in path and path.isascii() and path.isprintable():
                    if len(seen) < MAX_SEEN:
                        seen.add(path)
                    return only(environ, start_response)
        elif path[0] == "/" and path != root:
            return untouched(environ, start_response)
        return (find(path) or untouched)(environ, start_response)

    return answer


def _walk(trie: PathTrie[WSGIApplication], untouched: WSGIApplication) -> WSGIApplication:  # noqa: C901  (see `answer`)
    """Serve a table without a `*` in the first segments of its patterns.

    While no pattern has one, what fits further on is more specific, so no way leads back.
    """
    first, below, depth, find = trie.top.literal, trie.top.below, trie.depth, trie.find
    plain: set[str] = set()
    seen: set[str] = set()
    is_shared = _sharing(find, plain, seen)

    # in one piece: each call costs 30 to 50 ns (benchmarks/, "nested rows")
    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO") or "/"
        segments = path.split("/", depth)
        if segments[0]:
            return (find(path) or untouched)(environ, start_response)
        # Most tables are decided by the first segment, before the walk begins: benchmarks/, "1,000 rows, first"
        segment: str | None
        segment = segments[1]
        node = first.get(segment)
        if node is None:
            row = below
        else:
            index, end = 2, len(segments)  # counted by hand, in two thirds of a range's time: "nested rows"
            while not node.decides:
                if index == end:  # the whole path is part of a pattern, so it is plain
                    return (node.here or untouched)(environ, start_response)
                segment = segments[index]
                if node.is_slow:
                    row, segment = most_specific(node, segments, index), ""
                    break
                child = node.literal.get(segment)
                if child is None:
                    row = node.below
                    break
                node = child
                index += 1
            else:
                row, segment = node.below, None
        if row is None:
            return untouched(environ, start_response)
        if len(path) > MAX_LENGTH:
            return (find(path) or untouched)(environ, start_response)
        # Everything before `segment` is part of a pattern. If `segment` is plain as well, all readings come as far as
        # this, and only a dot segment can matter, which has a dot
        is_known = path in seen if "." in path else segment is None or segment in plain
        if is_known or is_shared(path, segment, row):
            return row(environ, start_response)
        return untouched(environ, start_response)

    return answer


def _sharing(
    find: Callable[[str], WSGIApplication | None], plain: set[str], seen: set[str]
) -> Callable[[str, str | None, WSGIApplication], bool]:
    """Return a function that finds whether all readings of a path have the same row, and remembers the result.

    It adds to `plain` a segment after which nothing but a dot segment has a say, and to `seen` a path.
    """

    def is_shared(path: str, segment: str | None, row: WSGIApplication) -> bool:
        if segment and "." not in path and segment.isascii() and segment.isprintable() and "\\" not in segment:
            if len(plain) < MAX_SEEN:
                plain.add(segment)
            return True
        if is_plain(path) or find(path) is row:
            if len(seen) < MAX_SEEN:
                seen.add(path)
            return True
        return False

    return is_shared


def _search(trie: PathTrie[WSGIApplication], untouched: WSGIApplication) -> WSGIApplication:
    """Serve a table in which a pattern has a `*` in its first segment."""
    top, depth, find = trie.top, trie.depth, trie.find

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO") or "/"
        row = most_specific(top, path.split("/", depth), 1) if is_plain(path) else find(path)
        return (row or untouched)(environ, start_response)

    return answer
