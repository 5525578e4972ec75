"""The lines of keys and list entries in a TOML file, which `tomllib` does not report.

The law of this module: it only reads text that `tomllib` has accepted, so it looks for lines and never for mistakes.
Grammar: https://toml.io/en/v1.0.0.
"""

import re
from collections.abc import Iterable, Iterator

from corswsgi.errors import Place

KeyPath = tuple[str | int, ...]  # ("/api/**", "allow_origins", 1)

_TOKEN = re.compile(
    r"""
      \#[^\n]*                                 # a comment
    | \"{3} (?: [^\\] | \\. )*? \"{3,5}
    | '{3} .*? '{3,5}
    | " (?: [^"\\] | \\. )* "
    | ' [^']* '
    | [\n\[\]{},=]
    | [^\s\[\]{},=.\#"']+                      # a bare key, or what a value consists of
    """,
    re.VERBOSE | re.DOTALL,
)
_BRACKETS = {"[": 1, "{": 1, "]": -1, "}": -1}  # the change of depth after each bracket


class Places:
    """The lines of one file."""

    __slots__ = ("_file", "_lines")

    def __init__(self, file: str, text: str) -> None:
        self._file = file
        self._lines: dict[KeyPath, int] = {}
        for path, line in _lines(text):
            for length in range(1, len(path) + 1):
                self._lines.setdefault(path[:length], line)

    def of(self, *path: str | int) -> Place:
        """Return the place of a key or an entry, or of its container if it has no line of its own."""
        for length in range(len(path), 0, -1):
            if path[:length] in self._lines:
                return Place(file=self._file, line=self._lines[path[:length]])
        return Place(file=self._file)

    def recount(self, path: KeyPath, sources: Iterable[int]) -> None:
        """Renumber the entries of a list: each gets the line of its entry in `sources`."""
        self._lines |= {(*path, index): self.of(*path, source).line or 0 for index, source in enumerate(sources)}


def _lines(text: str) -> Iterator[tuple[KeyPath, int]]:
    """Yield each key, and each entry of its list, as a path from the top of the document, with its line."""
    header: KeyPath = ()
    for statement in _statements(text):
        words = [word for word, _ in statement]
        line = statement[0][1]
        if words[0] == "[":
            header = tuple(_unquoted(word) for word in words if word not in _BRACKETS)
            yield header, line
            continue
        equals = words.index("=")
        path = (*header, *map(_unquoted, words[:equals]))
        yield path, line
        if words[equals + 1] == "[":
            yield from _entries(path, statement[equals + 1 :])


def _statements(text: str) -> Iterator[list[tuple[str, int]]]:
    """Yield the tokens of each header and of each key with its value, each with its line."""
    statement: list[tuple[str, int]] = []
    depth, line, end = 0, 1, 0
    for token in _TOKEN.finditer(text + "\n"):
        word = token[0]
        line += text.count("\n", end, token.start())
        end = token.start()
        depth += _BRACKETS.get(word, 0)
        if word != "\n":
            if not word.startswith("#"):
                statement.append((word, line))
        elif statement and depth == 0:
            yield statement
            statement = []


def _entries(path: KeyPath, tokens: Iterable[tuple[str, int]]) -> Iterator[tuple[KeyPath, int]]:
    """Yield each entry of a list from its tokens, with the line on which it begins."""
    depth = index = 0
    for word, line in tokens:
        if depth == 1:
            if word == ",":
                index += 1
            elif word != "]":
                yield (*path, index), line
        depth += _BRACKETS.get(word, 0)


def _unquoted(key: str) -> str:
    import tomllib  # noqa: PLC0415  (5 ms of `import corswsgi`)

    if key[0] not in "\"'":
        return key
    unquoted: str = tomllib.loads(f"key = {key}")["key"]
    return unquoted
