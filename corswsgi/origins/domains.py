r"""Which origins a regex matches: whether it writes out the domain of each, and whether a policy could allow any.

The law of this module: nothing is run and no origin is tried; each way through the regex that is also a way through the
grammar of an origin is followed from the end of the host to the left. *Written out* means that each character of the
registrable domain is in the regex as itself or in alternatives of such characters, ``(com|org)``, and that the domain
contains no class, dot, reference, repeat or optional part.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from corswsgi.hosts import is_listed_suffix
from corswsgi.regexes.normal import texts_alone
from corswsgi.regexes.positions import Positions, positions_of
from corswsgi.regexes.syntax import UndecidedError, mask_of, parse
from corswsgi.regexes.together import Pair, Together, meets

# This matches a little more than `standard.SERIALIZED_ORIGIN`. The numbers are those of its positions.
_ORIGIN = re.compile(r"[a-z][a-z0-9+.\-]*://(?:[A-Za-z0-9._\-]+|\[[0-9a-f:]+\])(?::[0-9]+)?")
_SLASH, _HOST_END = 4, frozenset({5, 8})

# Private addresses (RFC 1918) and loopback ones; of 172 only 16 to 31 are, which `_IN_172` knows
_PRIVATE = ("10.", "127.", "172.", "192.168.")
_IN_172 = re.compile(r"[a-z]+://172\.(?:[0-9]|1[0-5]|3[2-9]|[4-9][0-9]|[0-9][0-9][0-9]+)\.[0-9.]*(?::[0-9]+)?")

MAX_WAYS = 20_000

_ADDRESS = mask_of("0123456789.")
_DOT = mask_of(".")


@dataclass(frozen=True, slots=True)
class _Way:
    """A way from a position to the end of the host: the text that is written out, or the beginning of an address."""

    pair: Pair
    text: str
    in_address: bool


def open_end(regex: re.Pattern[str], is_owned: Callable[[str], bool], *, public_suffixes: bool) -> str | None:
    """Return the part of a host that `regex` writes out if it is not a domain, or None if it always is a domain.

    A dot in front means that a name is whole.
    `is_owned` returns whether a domain and all below it belong to one owner. With `public_suffixes` a name that does
    not is enough, if it is written out from a dot or a hyphen on. Raises `UndecidedError`.
    """
    positions = positions_of(texts_alone(parse(regex, anchors=True)))
    together = Together(positions, _grammar(_ORIGIN))
    in_172 = meets(positions, _grammar(_IN_172))
    return _Search(together, is_owned, public_suffixes=public_suffixes, in_172=in_172).run()


@cache
def _grammar(regex: re.Pattern[str]) -> Positions:
    return positions_of(parse(regex))


def _host_ends(together: Together) -> list[Pair]:
    """Return the positions where hosts end: at the end, or before a port."""
    found: list[Pair] = []
    seen = set(together.ends)
    todo = list(together.ends)
    for pair in todo:
        if pair[1] in _HOST_END:
            found.append(pair)
            continue
        for before, _ in together.before[pair]:
            if before not in seen:
                seen.add(before)
                todo.append(before)
    return found


class _Search:
    """Follows hosts from their ends to the left, until enough of each is written out."""

    def __init__(
        self, together: Together, is_owned: Callable[[str], bool], *, public_suffixes: bool, in_172: bool
    ) -> None:
        self._together = together
        self._is_owned = is_owned
        self._public_suffixes = public_suffixes
        self._in_172 = in_172
        self._seen: dict[_Way, None] = {}

    def run(self) -> str | None:
        """Return the text that is written out, if that is too little."""
        todo: list[_Way] = []
        for pair in _host_ends(self._together):
            if not self._extend(_Way(pair, "", in_address=False), pair, todo, is_direct=True):
                return ""
        for way in todo:
            if len(todo) > MAX_WAYS:
                raise UndecidedError("it has too many alternatives")
            for before, is_direct in self._together.before[way.pair]:
                if not self._extend(way, before, todo, is_direct=is_direct):
                    is_whole = before[1] == _SLASH and not way.in_address
                    return f".{way.text}" if is_whole else way.text
        return None

    def _extend(self, way: _Way, before: Pair, todo: list[_Way], *, is_direct: bool) -> bool:
        """Go one character to the left. Return False if a stranger can own an origin that matches so far."""
        if before[1] == _SLASH:  # the whole host is written out, or the whole beginning of an address
            return self._is_private(way.text) if way.in_address else self._may_stand_alone(way.text)
        mask, literal = self._together.mask(before), self._together.literal(before)
        if way.in_address:
            text = literal + way.text if literal is not None and is_direct else literal or ""
            return not mask & ~_ADDRESS and self._add(_Way(before, text, in_address=True), todo)
        if mask & _DOT and self._is_owned(way.text):
            mask &= ~_DOT
        if mask and literal is not None and is_direct:
            return self._add(_Way(before, literal + way.text, in_address=False), todo)
        if not mask or (self._public_suffixes and self._is_suffix(way.text, mask)):
            return True
        is_address = not (mask | mask_of(way.text)) & ~_ADDRESS
        return is_address and self._add(_Way(before, literal or "", in_address=True), todo)

    def _add(self, way: _Way, todo: list[_Way]) -> bool:
        if way not in self._seen:
            self._seen[way] = None
            todo.append(way)
        return True

    def _is_private(self, text: str) -> bool:
        return text.startswith(_PRIVATE) and not (text.startswith("172.") and self._in_172)

    def _may_stand_alone(self, host: str) -> bool:
        """Return whether a whole host is not a public suffix. A single label is a host of a local network."""
        return self._public_suffixes or "." not in host.strip(".") or not is_listed_suffix(host)

    def _is_suffix(self, text: str, mask: int) -> bool:
        """Return whether a name that may be a public suffix is written out from a dot or a hyphen on."""
        label, _, name = text.partition(".")
        if not mask & ~_DOT:
            name = text
            label = ""
        return label[:1] in {"", "-"} and name.strip(".") != ""
