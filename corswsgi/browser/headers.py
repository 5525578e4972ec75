"""Header lists (https://fetch.spec.whatwg.org/#concept-header-list): names and values in order, bytes as latin-1."""

import re
from collections.abc import Iterable
from datetime import UTC
from email.utils import parsedate_to_datetime

from corswsgi.standard import is_token

Pairs = Iterable[tuple[str, str]]

HTTP_WHITESPACE = "\t\n\r "  # https://fetch.spec.whatwg.org/#http-whitespace
_TAB_OR_SPACE = "\t "


class MalformedError(ValueError):
    """A header that does not follow its grammar: "failure" in the standard's words for extracting values."""


class HeaderList(list[tuple[str, str]]):
    """The headers of a request or a response. Names are compared in any case."""

    def get_all(self, name: str) -> list[str]:
        """Return the value of each header of that name."""
        return [value for other, value in self if other.lower() == name.lower()]

    def get(self, name: str) -> str | None:
        """Join the values (https://fetch.spec.whatwg.org/#concept-header-list-get). None if there are none."""
        values = self.get_all(name)
        return ", ".join(values) if values else None

    def has(self, name: str) -> bool:
        """Follow https://fetch.spec.whatwg.org/#header-list-contains."""
        return bool(self.get_all(name))

    def add(self, name: str, value: str) -> None:
        """Follow https://fetch.spec.whatwg.org/#concept-header-list-append: the first spelling of a name stays."""
        self.append((next((other for other, _ in self if other.lower() == name.lower()), name), value))

    def delete(self, names: Iterable[str]) -> None:
        """Follow https://fetch.spec.whatwg.org/#concept-header-list-delete; `names` are in lower case."""
        deleted = frozenset(names)
        self[:] = [(name, value) for name, value in self if name.lower() not in deleted]

    def joined(self) -> "HeaderList":
        """Return each name once, with its values joined, as the headers are sent."""
        return HeaderList((name, ", ".join(self.get_all(name))) for name in self.names())

    def names(self) -> tuple[str, ...]:
        """Return each name once, as it was first spelt."""
        first = {name.lower(): name for name, _ in reversed(self)}
        return tuple(dict.fromkeys(first[name.lower()] for name, _ in self))


def normalize_value(value: str) -> str:
    """Follow https://fetch.spec.whatwg.org/#concept-header-value-normalize."""
    return value.strip(HTTP_WHITESPACE)


def is_header_value(value: str) -> bool:
    """Follow https://fetch.spec.whatwg.org/#header-value."""
    return value == value.strip(_TAB_OR_SPACE) and not re.search(r"[\x00\n\r]", value)


def split_value(value: str) -> list[str]:
    """Follow https://fetch.spec.whatwg.org/#header-value-get-decode-and-split: commas in quotes do not count."""
    values, rest = [""], value
    while rest:
        found = re.match(r'[^",]+|"(?:[^"\\]|\\.)*(?:"|\\?\Z)', rest, re.DOTALL)
        if found:
            values[-1] += found[0]
            rest = rest[found.end() :]
        else:
            values.append("")
            rest = rest[1:]
    return [value.strip(_TAB_OR_SPACE) for value in values]


def extract_tokens(headers: HeaderList, name: str) -> tuple[str, ...] | None:
    """Follow https://fetch.spec.whatwg.org/#extract-header-list-values, of ``#method`` and ``#field-name``.

    Empty elements are skipped (RFC 9110, section 5.6.1). Returns None if the header is missing. Raises `MalformedError`
    if one element is not a token: one bad element makes the whole list fail.
    """
    if not headers.has(name):
        return None
    elements = [part.strip(_TAB_OR_SPACE) for value in headers.get_all(name) for part in value.split(",")]
    tokens = tuple(element for element in elements if element)
    for token in tokens:
        if not is_token(token):
            raise MalformedError(token)
    return tokens


def extract_seconds(headers: HeaderList, name: str) -> int | None:
    """Extract ``delta-seconds`` (https://fetch.spec.whatwg.org/#extract-header-list-values); None is failure."""
    values = headers.get_all(name)
    if len(values) != 1 or re.fullmatch("[0-9]+", values[0]) is None:
        return None
    digits = values[0].lstrip("0") or "0"
    return int(digits) if len(digits) < _MANY_DIGITS else _FOREVER


_MANY_DIGITS, _FOREVER = 19, 10**18  # more seconds than the universe is old


def parse_date(value: str) -> float | None:
    """Return an HTTP date (RFC 9110, section 5.6.7) or a cookie's as seconds since 1970, or None for other text."""
    try:
        date = parsedate_to_datetime(value)
        return date.replace(tzinfo=date.tzinfo or UTC).timestamp()
    except (ValueError, OverflowError):
        return None
