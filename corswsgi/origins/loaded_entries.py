"""The return value of a store: origins, or a mapping from keys to origins. Only bad entries are left out.

The law of this module: nothing that a load returns can make a question raise.
"""

from collections.abc import Container, Hashable, Iterable, Iterator, Mapping
from time import sleep
from typing import NamedTuple

from corswsgi.origins import OriginRules, origin_problems
from corswsgi.vocabularies import shown

_MAX_REFUSED = 20  # entries that `LoadedStatus` names
_MAX_SHOWN = 200  # characters of such an entry
_FEW = 4  # origins of one key: a tuple of them is a third of a frozenset, and as fast
_CHUNK = 500  # entries to read before another thread may run: benchmarks/, "a request during a reload"
_RULES = OriginRules(credentials=True)


class Snapshot(NamedTuple):
    """The result of one load. It is replaced as a whole, so that no question sees parts of two."""

    origins: frozenset[str] = frozenset()
    of_key: Mapping[Hashable, frozenset[str] | tuple[str, ...]] = {}
    held: int = 0
    refused: tuple[tuple[object, str], ...] = ()  # entries and reasons


def read(given: object, before: Snapshot, *, has_scope: bool) -> Snapshot:
    """Check the return value of `load`. Raises ``TypeError`` for another type."""
    if isinstance(given, str | bytes | bytearray) or not isinstance(given, Iterable):
        raise TypeError(f"load returned {shown(type(given).__name__)}; it must return an iterable of origins")
    if has_scope is not isinstance(given, Mapping):
        wanted = "a mapping from keys to origins, since there is a scope" if has_scope else "a list, or a scope"
        raise TypeError(f"load returned {shown(type(given).__name__)}; there must be {wanted}")
    entries = _Entries()
    if not isinstance(given, Mapping):
        origins = frozenset(entries.accepted(given, before.origins))
        return Snapshot(origins=origins, held=len(origins), refused=tuple(entries.refused))
    of_key: dict[Hashable, frozenset[str] | tuple[str, ...]] = {}
    held = 0
    for key, values in given.items():
        if isinstance(values, str | bytes | bytearray) or not isinstance(values, Iterable):
            raise TypeError(f"load returned {shown(values)} for the key {shown(key)}; it must be a list of origins")
        found = frozenset(entries.accepted(values, before.of_key.get(key, ())))
        held += len(found)
        of_key[key] = tuple(found) if len(found) <= _FEW else found
    return Snapshot(of_key=of_key, held=held, refused=tuple(entries.refused))


class _Entries:
    """A reader of entries that keeps the first refused ones."""

    __slots__ = ("_read", "refused")

    def __init__(self) -> None:
        self._read = 0
        self.refused: list[tuple[object, str]] = []

    def accepted(self, entries: Iterable[object], known: Container[object]) -> Iterator[str]:
        """Return the accepted entries. Those in `known` were checked by the previous load."""
        for entry in entries:
            self._read += 1
            if not self._read % _CHUNK:
                sleep(0)
            if isinstance(entry, str) and entry in known:
                yield str(entry)
                continue
            why = refusal(entry)
            if why is None:
                yield str(entry)
            elif len(self.refused) < _MAX_REFUSED:
                is_short = isinstance(entry, str) and len(entry) <= _MAX_SHOWN
                self.refused.append((entry if is_short else shown(entry, _MAX_SHOWN), why))


def refusal(entry: object) -> str | None:
    """Return why `entry` is left out, or None if it is accepted."""
    if not isinstance(entry, str):
        return f"{shown(entry)} is not a string"
    if "*" in entry or entry == "null":
        return f"{shown(entry)} is not an exact origin"
    problems = origin_problems(entry, "load", _RULES)
    return problems[0].message if problems else None
