r"""Which origins a regex matches: whether it writes out the domain of each, and whether a policy could allow any.

The law of this module: nothing is run and no origin is tried; each way through the regex that is also a way through the
grammar of an origin is followed from the end of the host to the left. *Written out* means that each character of the
registrable domain stands in the regex as itself, or in alternatives, ``(com|org)``, in which it does, and that no
class, dot, reference, repeat or optional part stands inside the domain.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from corswsgi.regexes.positions import Positions, positions_of
from corswsgi.regexes.syntax import Node, UndecidedError, mask_of, parse

# A little more than `standard.SERIALIZED_ORIGIN` matches. The numbers are those of its positions.
_ORIGIN = re.compile(r"[a-z][a-z0-9+.\-]*://(?:[A-Za-z0-9._\-]+|\[[0-9a-f:]+\])(?::[0-9]+)?")
_SLASH, _HOST_END = 4, frozenset({5, 8})

# Those that are allowed with credentials and without opt-outs: not http, or loopback
_MORE = r"[a-z0-9+.\-]*"
_NOT_HTTP = (
    rf"(?:[a-gi-z]{_MORE}|ht{{0,2}}|h[a-su-z0-9+.\-]{_MORE}|ht[a-su-z0-9+.\-]{_MORE}|htt[a-oq-z0-9+.\-]{_MORE}"
    rf"|http[a-z0-9+.\-]{_MORE})"
)
_SECURE = re.compile(
    rf"(?:{_NOT_HTTP}://(?:[A-Za-z0-9._\-]+|\[[0-9a-f:]+\])"
    r"|http://(?:(?:[a-z0-9._\-]+\.)?localhost\.?|127\.[0-9.]+|\[::1\]))(?::[0-9]+)?"
)

# Private addresses (RFC 1918) and loopback ones; of 172 only 16 to 31 are, which `_IN_172` knows
_PRIVATE = ("10.", "127.", "172.", "192.168.")
_IN_172 = re.compile(r"[a-z]+://172\.(?:[0-9]|1[0-5]|3[2-9]|[4-9][0-9]|[0-9][0-9][0-9]+)\.[0-9.]*(?::[0-9]+)?")

MAX_WAYS = 20_000

_ADDRESS = mask_of("0123456789.")
_DOT = mask_of(".")

_Pair = tuple[int, int]  # a position of the regex, and one of the grammar that has a character in common with it


@dataclass(frozen=True, slots=True)
class _Way:
    """From a position to the end of the host: the text that is written out, or that an address begins with."""

    pair: _Pair
    text: str
    in_address: bool


def open_end(regex: re.Pattern[str], is_owned: Callable[[str], bool], *, public_suffixes: bool) -> str | None:
    """Return as much of a host as `regex` writes out where that is not a domain, or None if it always is.

    `is_owned` returns whether a domain and all below it belong to one owner. With `public_suffixes` a name that does
    not is enough, if it is written out from a dot or a hyphen on. Raises `UndecidedError`.
    """
    tree = parse(regex)
    product = _Product(positions_of(tree), _grammar(_ORIGIN))
    search = _Search(product, is_owned, public_suffixes=public_suffixes, in_172=meets(tree, _IN_172))
    return search.run()


def is_only_insecure(regex: re.Pattern[str]) -> bool:
    """Return whether all origins that `regex` matches are ``http:`` and not loopback. Raises `UndecidedError`."""
    tree = parse(regex)
    return meets(tree, _ORIGIN) and not meets(tree, _SECURE)


def meets(tree: Node, grammar: re.Pattern[str]) -> bool:
    """Return whether an origin can match both."""
    return bool(_Product(positions_of(tree), _grammar(grammar)).ends)


@cache
def _grammar(regex: re.Pattern[str]) -> Positions:
    return positions_of(parse(regex))


class _Product:
    """The ways through two regexes at once."""

    def __init__(self, regex: Positions, grammar: Positions) -> None:
        self._regex = regex
        self._grammar = grammar
        # what comes before a pair, and whether directly
        self.before: dict[_Pair, list[tuple[_Pair, bool]]] = {}
        todo: list[_Pair] = []
        for start, _ in regex.ends.first:
            for rule, _ in grammar.ends.first:
                self._reach((start, rule), todo)
        for here in todo:
            for there, is_direct in regex.follows[here[0]]:
                for rule, _ in grammar.follows[here[1]]:
                    if self._reach((there, rule), todo):
                        self.before[there, rule].append((here, is_direct))
        last, last_rules = {end for end, _ in regex.ends.last}, {end for end, _ in grammar.ends.last}
        self.ends = [pair for pair in todo if pair[0] in last and pair[1] in last_rules]

    def _reach(self, pair: _Pair, todo: list[_Pair]) -> bool:
        if not self.mask(pair):
            return False
        if pair not in self.before:
            self.before[pair] = []
            todo.append(pair)
        return True

    def mask(self, pair: _Pair) -> int:
        """Return the characters that both have here."""
        return self._regex.chars[pair[0]].mask & self._grammar.chars[pair[1]].mask

    def literal(self, pair: _Pair) -> str | None:
        """Return the character that the regex writes out here."""
        return self._regex.chars[pair[0]].literal

    def host_ends(self) -> list[_Pair]:
        """Return where hosts end: at the end, or before a port."""
        found: list[_Pair] = []
        seen = set(self.ends)
        todo = list(self.ends)
        for pair in todo:
            if pair[1] in _HOST_END:
                found.append(pair)
                continue
            for before, _ in self.before[pair]:
                if before not in seen:
                    seen.add(before)
                    todo.append(before)
        return found


class _Search:
    """Follows hosts from their ends to the left, until enough of each is written out."""

    def __init__(
        self, product: _Product, is_owned: Callable[[str], bool], *, public_suffixes: bool, in_172: bool
    ) -> None:
        self._product = product
        self._is_owned = is_owned
        self._public_suffixes = public_suffixes
        self._in_172 = in_172
        self._seen: dict[_Way, None] = {}

    def run(self) -> str | None:
        """Return what is written out where that is too little."""
        todo: list[_Way] = []
        for pair in self._product.host_ends():
            if not self._extend(_Way(pair, "", in_address=False), pair, todo, is_direct=True):
                return ""
        for way in todo:
            if len(todo) > MAX_WAYS:
                raise UndecidedError("it has too many alternatives")
            for before, is_direct in self._product.before[way.pair]:
                if not self._extend(way, before, todo, is_direct=is_direct):
                    return way.text
        return None

    def _extend(self, way: _Way, before: _Pair, todo: list[_Way], *, is_direct: bool) -> bool:
        """Go one character to the left. Return False if a stranger can have an origin that is matched so."""
        if before[1] == _SLASH:  # all of the host is written out, or all of the beginning of an address
            return not way.in_address or self._is_private(way.text)
        mask, literal = self._product.mask(before), self._product.literal(before)
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

    def _is_suffix(self, text: str, mask: int) -> bool:
        """Return whether a name, perhaps a public suffix, is written out from a dot or a hyphen on."""
        label, _, name = text.partition(".")
        if not mask & ~_DOT:
            name = text
            label = ""
        return label[:1] in {"", "-"} and name.strip(".") != ""
