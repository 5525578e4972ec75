"""The head of a response as browsers read it: lines that are not headers are skipped, and any number of headers counts.

``http.client`` ends a head at the first line that is not a header, and refuses more than 100 of them. The law of this
module: it reads at most `MAX_HEAD` bytes, and refuses what Chromium and Firefox refuse.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException

from corswsgi.browser.headers import HeaderList, normalize_value
from corswsgi.standard import is_token

MAX_HEAD = 1 << 18  # bytes, as in Chromium

# These say where a body ends: all that `http.client` has to know
_FRAMING = ("Connection", "Content-Length", "Transfer-Encoding")
# With different values, browsers take the response for an attack
_SINGLE = ("Content-Disposition", "Content-Length", "Location")
_INFORMATIONAL = re.compile(rb"HTTP/\S+[ \t]+1\d\d\b")
_SWITCHES = re.compile(rb"HTTP/\S+[ \t]+101\b")


@dataclass(frozen=True, slots=True)
class Head:
    """A status line, and the headers after it."""

    status_line: bytes
    headers: HeaderList

    def framing(self) -> list[bytes]:
        """Return the lines of a head with the headers that say where the body ends."""
        values = {name: self.headers.get_all(name) for name in _FRAMING}
        lines = [f"{name}: {known[0]}\r\n".encode("latin-1") for name, known in values.items() if known]
        return [self.status_line + b"\r\n", *lines, b"\r\n"]


def read_head(readline: Callable[[int], bytes]) -> Head:
    """Read the first head that is not informational (https://www.rfc-editor.org/rfc/rfc9110.html#section-15.2).

    Raises ``HTTPException``. The head is empty if the server closes the connection.
    """
    while True:
        status_line, *lines = _lines(readline) or [b""]
        if _SWITCHES.match(status_line):
            raise HTTPException("status 101, to a request that did not ask for another protocol")
        if not _INFORMATIONAL.match(status_line):
            return Head(status_line, _headers(lines))


def _lines(readline: Callable[[int], bytes]) -> list[bytes]:
    lines: list[bytes] = []
    left = MAX_HEAD
    while line := readline(left + 1):
        left -= len(line)
        if left < 0:
            raise HTTPException(f"its head is longer than {MAX_HEAD} bytes")
        if b"\0" in line:
            raise HTTPException("its head has a NUL in it")
        text = line.rstrip(b"\r\n")
        if not text and lines:
            break
        if text[:1] in {b" ", b"\t"} and len(lines) > 1:
            lines[-1] += b" " + text.strip()  # https://www.rfc-editor.org/rfc/rfc9112.html#section-5.2
        elif text:
            lines.append(text)
    return lines


def _headers(lines: list[bytes]) -> HeaderList:
    headers = HeaderList()
    for line in lines:
        name, colon, value = line.decode("latin-1").partition(":")
        if colon and is_token(name):
            headers.append((name, normalize_value(value)))
    for name in _SINGLE:
        values = set(headers.get_all(name))
        if len(values) > 1:
            raise HTTPException(f"it has {name} twice, with different values: {', '.join(sorted(values))}")
    return headers
