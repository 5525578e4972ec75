r"""The syntax of Python's regexes, read into a tree.

The law of this module: the tree matches everything that the regex matches, and perhaps more. Unknown syntax raises
`UndecidedError`.

It is not the standard library's own parser (``re._parser``), for two reasons. That one joins alternatives by their
first letters, ``(com|co)`` to ``co(m|)`` and ``(shop1|shop2)`` to ``shop[12]``, so that it is lost which text was
written out. And it is private: its tree has changed with the versions of Python. A drawn test compares the trees of
this parser with what `re` matches.

Grammar: https://docs.python.org/3/library/re.html#regular-expression-syntax.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

# Sets of characters are integers, one bit for each of the first characters, and one for all others
CHARACTERS = 0x500
OTHERS = 1 << CHARACTERS
ANYTHING = (1 << (CHARACTERS + 1)) - 1

# "Characters" for the places that ``^`` and ``$`` match, which no other set has
START = 1 << (CHARACTERS + 1)
END = 1 << (CHARACTERS + 2)


class UndecidedError(ValueError):
    """A regex cannot be analysed. The message says why."""


@dataclass(frozen=True, slots=True)
class Chars:
    """One character of a set. `literal` is that character if the regex writes it out and not as a class."""

    mask: int
    literal: str | None = None


@dataclass(frozen=True, slots=True)
class Sequence:
    r"""A sequence of nodes. Without nodes it matches the empty text, as ``\b`` does."""

    items: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Alternatives:
    """A choice between nodes."""

    branches: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Repeat:
    """A node repeated `least` to `most` times, or without a limit."""

    body: "Node"
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class LookAround:
    """A look-ahead or look-behind, which matches no text itself."""

    body: "Node"
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Atomic:
    """A node that is only matched in the first way found: ``(?>...)``, ``a++``."""

    body: "Node"


Node = Chars | Sequence | Alternatives | Repeat | LookAround | Atomic
EMPTY = Sequence(())


def parse(regex: re.Pattern[str], *, anchors: bool = False) -> Node:
    """Return the tree of a compiled regex, including `START` and `END` with `anchors`. Raises `UndecidedError`."""
    try:
        return _Parser(regex.pattern, regex.flags, anchors=anchors).whole()
    except RecursionError:
        raise UndecidedError("its groups are too deep") from None


def mask_of(characters: str) -> int:
    """Return the set of these characters."""
    mask = 0
    for character in characters:
        mask |= 1 << min(ord(character), CHARACTERS)
    return mask


@cache
def _category(letter: str, *, only_ascii: bool) -> int:
    r"""Return the set of ``\d``, ``\s`` or ``\w``."""
    is_in: Callable[[str], bool] = {
        "d": str.isdecimal,
        "s": str.isspace,
        "w": lambda character: character.isalnum() or character == "_",
    }[letter]
    mask = mask_of("".join(filter(is_in, map(chr, range(128 if only_ascii else CHARACTERS)))))
    return mask if only_ascii else mask | OTHERS


@cache
def _in_any_case(mask: int) -> int:
    """Add the other cases of all characters of a set."""
    for code in range(CHARACTERS):
        if mask >> code & 1:
            character = chr(code)
            for other in (character.lower(), character.upper(), character.casefold(), character.title()):
                if len(other) == 1:
                    mask |= mask_of(other)
    return mask


_PLACES = frozenset("AbBZz")
_DIGITS = frozenset("0123456789")
_OCTAL = frozenset("01234567")
_ONE_CHARACTER = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_HEX_DIGITS = {"x": 2, "u": 4, "U": 8}
_FLAGS = {"a": re.ASCII, "i": re.IGNORECASE, "L": re.LOCALE, "m": re.MULTILINE, "s": re.DOTALL, "u": re.UNICODE}
_FLAGS["x"] = re.VERBOSE


class _Parser:
    """Reads a regex from left to right. `re` has compiled it, so there are no mistakes to look for."""

    def __init__(self, source: str, flags: int, *, anchors: bool) -> None:
        self._source = source
        self._flags = flags
        self._at = 0
        self._start: Node = Chars(START) if anchors else EMPTY
        self._end: Node = Chars(END) if anchors else EMPTY

    def whole(self) -> Node:
        node = self._alternatives()
        if self._at < len(self._source):
            raise UndecidedError("it has a ')' too many")
        return node

    def _next(self) -> str:
        return self._source[self._at : self._at + 1]

    def _take(self, text: str) -> bool:
        if not self._source.startswith(text, self._at):
            return False
        self._at += len(text)
        return True

    def _until(self, end: str) -> str:
        stop = self._source.find(end, self._at)
        if stop < 0:
            raise UndecidedError(f"a {end!r} is missing")
        text = self._source[self._at : stop]
        self._at = stop + len(end)
        return text

    def _alternatives(self) -> Node:
        branches = [self._sequence()]
        while self._take("|"):
            branches.append(self._sequence())
        return branches[0] if len(branches) == 1 else Alternatives(tuple(branches))

    def _sequence(self) -> Node:
        items: list[Node] = []
        while self._after_space() not in {"", "|", ")"}:
            items.append(self._repeated(self._atom()))
        return items[0] if len(items) == 1 else Sequence(tuple(items))

    def _after_space(self) -> str:
        """Return the next character, after the spaces and comments of re.VERBOSE."""
        while self._flags & re.VERBOSE and (self._next().isspace() or self._next() == "#"):
            self._at += 1
            if self._source[self._at - 1] == "#":
                line_end = self._source.find("\n", self._at)
                self._at = len(self._source) if line_end < 0 else line_end
        return self._next()

    def _repeated(self, node: Node) -> Node:
        self._after_space()
        while (bounds := self._bounds()) is not None:
            node = Repeat(node, *bounds)
            if not self._take("?") and self._take("+"):  # lazy: the same matches; possessive: perhaps fewer
                node = Atomic(node)
            self._after_space()
        return node

    def _bounds(self) -> tuple[int, int | None] | None:
        simple: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        if self._next() in simple:
            self._at += 1
            return simple[self._source[self._at - 1]]
        counted = re.compile(r"\{(?!\})([0-9]*)(,?)([0-9]*)\}").match(self._source, self._at)
        if counted is None or (not counted[2] and not counted[1]):
            return None
        self._at = counted.end()
        least = int(counted[1] or 0)
        if not counted[2]:
            return least, least
        return least, int(counted[3]) if counted[3] else None

    def _atom(self) -> Node:
        character = self._next()
        self._at += 1
        if character == "(":
            return self._group()
        if character == "[":
            return self._class()
        if character == "\\":
            return self._escape()
        if character == ".":
            return Chars(ANYTHING if self._flags & re.DOTALL else ANYTHING & ~mask_of("\n"))
        if character in "^$":
            return self._start if character == "^" else self._end
        return self._literal(character)

    def _literal(self, character: str) -> Chars:
        if self._flags & re.IGNORECASE:
            return Chars(_in_any_case(mask_of(character)), character.lower())
        return Chars(mask_of(character), character)

    def _group(self) -> Node:  # noqa: PLR0911  (one for each kind of group)
        flags = self._flags
        if not self._take("?"):
            return self._rest_of_group(flags)
        for sign in ("=", "!", "<=", "<!"):
            if self._take(sign):
                return LookAround(self._rest_of_group(flags), negated=sign[-1] == "!")
        if self._take("P="):
            self._until(")")
            return Repeat(Chars(ANYTHING), 0, None)
        if self._take(">"):
            return Atomic(self._rest_of_group(flags))
        if self._take("("):  # a conditional: one branch or the other, which may be left out
            self._until(")")
            yes = self._sequence()
            no = self._sequence() if self._take("|") else EMPTY
            self._close(flags)
            return Alternatives((yes, no))
        if self._take("P<"):
            self._until(">")
        elif not self._take(":") and not self._inline_flags():
            return EMPTY
        return self._rest_of_group(flags)

    def _inline_flags(self) -> bool:
        """Read ``i-s:`` or ``i)``, and return whether a group follows."""
        adds = True
        while True:
            letter = self._next()
            self._at += 1
            if letter in {":", ")"}:
                return letter == ":"
            if letter == "-":
                adds = False
            elif letter not in _FLAGS:
                raise UndecidedError("it has a comment, or a group that is not known")
            elif adds:
                self._flags |= _FLAGS[letter]
                if letter == "u":
                    self._flags &= ~re.ASCII
            else:
                self._flags &= ~_FLAGS[letter]

    def _rest_of_group(self, flags_around: int) -> Node:
        node = self._alternatives()
        self._close(flags_around)
        return node

    def _close(self, flags_around: int) -> None:
        if not self._take(")"):
            raise UndecidedError("a ')' is missing")
        self._flags = flags_around

    def _escape(self) -> Node:
        letter = self._next()
        if letter in _DIGITS and letter != "0" and not self._is_octal():
            self._at += 2 if self._source[self._at + 1 : self._at + 2] in _DIGITS else 1
            return Repeat(Chars(ANYTHING), 0, None)  # a reference to a group
        if letter in _PLACES:
            self._at += 1
            return {"A": self._start, "Z": self._end, "z": self._end}.get(letter, EMPTY)
        category = self._escaped_category()
        return self._literal(self._escaped_character()) if category is None else Chars(category)

    def _is_octal(self) -> bool:
        three = self._source[self._at : self._at + 3]
        return len(three) == 3 and three[0] in "0123" and _OCTAL.issuperset(three)  # noqa: PLR2004  (\123)

    def _escaped_category(self) -> int | None:
        letter = self._next()
        if letter not in {"d", "D", "s", "S", "w", "W"}:
            return None
        self._at += 1
        mask = _category(letter.lower(), only_ascii=bool(self._flags & re.ASCII))
        return mask if letter.islower() else (ANYTHING & ~mask) | OTHERS

    def _escaped_character(self) -> str:
        letter = self._next()
        self._at += 1
        if letter in _HEX_DIGITS:
            digits = self._source[self._at : self._at + _HEX_DIGITS[letter]]
            self._at += len(digits)
            return chr(int(digits, 16))
        if letter == "N":
            self._take("{")
            return unicodedata.lookup(self._until("}"))
        if letter in _OCTAL:
            digits = letter
            while len(digits) < 3 and self._next() in _OCTAL:  # noqa: PLR2004  (\123)
                digits += self._next()
                self._at += 1
            return chr(int(digits, 8))
        return _ONE_CHARACTER.get(letter, letter)

    def _class(self) -> Node:
        negated = self._take("^")
        mask, is_first = 0, True
        while is_first or self._next() != "]":
            is_first = False
            low = self._member()
            if isinstance(low, int):
                mask |= low
            elif self._next() == "-" and self._source[self._at + 1 : self._at + 2] not in {"]", ""}:
                self._at += 1
                high = self._member()
                if isinstance(high, int):
                    raise UndecidedError("it has a range that ends in a class")
                mask |= _range(low, high)
            else:
                mask |= mask_of(low)
        self._at += 1
        if self._flags & re.IGNORECASE:
            mask = _in_any_case(mask)
        if negated:
            mask = (ANYTHING & ~mask) | OTHERS
        return Chars(mask)

    def _member(self) -> str | int:
        character = self._next()
        self._at += 1
        if character != "\\":
            if not character:
                raise UndecidedError("a ']' is missing")
            return character
        category = self._escaped_category()
        return self._escaped_character() if category is None else category


def _range(low: str, high: str) -> int:
    first, last = min(ord(low), CHARACTERS), min(ord(high), CHARACTERS)
    return (1 << (last + 1)) - (1 << first)
