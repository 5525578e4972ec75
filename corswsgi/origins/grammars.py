"""Grammars of origins: those that a policy could allow, and those that the author of a regex may have meant.

The law of this module: a regex matches no origin only if it matches nothing in the grammar of a serialised origin
(`standard.SERIALIZED_ORIGIN`). The grammars here include a little more, and never less.
"""

import re
from functools import cache

from corswsgi.problems import Mistake, mistake, write
from corswsgi.regexes.normal import MAX_COPIES, texts_alone
from corswsgi.regexes.positions import Positions, positions_of
from corswsgi.regexes.syntax import END, START, Chars, Node, Repeat, Sequence, UndecidedError, parse
from corswsgi.regexes.together import meets


def _other_than(words: tuple[str, ...], begin: str, characters: str) -> str:
    """Return a regex of all words except `words` that begin with one of `begin` and continue with `characters`."""
    branches: list[str] = []
    for prefix in sorted({word[:length] for word in words for length in range(len(word) + 1)}):
        goes_on = {word[len(prefix)] for word in words if word.startswith(prefix) and word != prefix}
        others = "".join(re.escape(each) for each in (characters if prefix else begin) if each not in goes_on)
        branches.append(f"{prefix}[{others}][{re.escape(characters)}]*")
        if prefix and prefix not in words:
            branches.append(prefix)
    return f"(?:{'|'.join(branches)})"


_LETTERS, _DIGITS = "abcdefghijklmnopqrstuvwxyz", "0123456789"
_SCHEME = f"{_LETTERS}{_DIGITS}+.-"

# A browser reads a host whose last label is a number as an address (https://url.spec.whatwg.org/#concept-host-parser)
_NAME = r"(?:[a-z0-9_\-]+\.)*[a-z0-9_\-]*[a-z_\-][a-z0-9_\-]*\.?"
_ADDRESS = r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}|\[[0-9a-f:]+\]"
_HOST = rf"(?:{_NAME}|{_ADDRESS})"
_OPAQUE = r"(?:[A-Za-z0-9._\-]+|\[[0-9a-f:]+\])"
_LOOPBACK = r"(?:(?:[a-z0-9_\-]+\.)*localhost\.?|127\.[0-9.]+|\[::1\])"
_PORT = "(?::[1-9][0-9]{0,4})?"


def _port_of(default: str) -> str:
    return f"(?::{_other_than((default,), _DIGITS[1:], _DIGITS)})?"


_PROGRAM = rf"{_other_than(('http', 'https', 'file'), _LETTERS, _SCHEME)}://{_OPAQUE}{_PORT}"
_HTTPS = f"https://{_HOST}{_port_of('443')}"
_HTTP = f"http://{_HOST}{_port_of('80')}"

_ALLOWED = f"{_HTTPS}|{_HTTP}|{_PROGRAM}"
_SECURE = f"{_HTTPS}|http://{_LOOPBACK}{_port_of('80')}|{_PROGRAM}"

_INSECURE = (
    rf"http://(?:(?:[a-z0-9_\-]+\.)*{_other_than(('localhost',), _LETTERS, f'{_LETTERS}{_DIGITS}_-')}"
    rf"|{_other_than(('127',), _DIGITS, _DIGITS)}(?:\.[0-9]{{1,3}}){{3}}){_PORT}"
)

_A_REGEX = re.compile(r"https://pr-[0-9]+\.example\.com")
_ANY_HOST = r"(?:[A-Za-z0-9._\-]+|\[[0-9A-Fa-f:]+\])"
_ANY_PORT = "(?::[0-9]*)?"

# Likely meanings of a regex that matches no origin: its grammar, why browsers never send that, and the right spelling
_MEANT = (
    (r"null|file:.*", "pages of files and sandboxed frames send 'null'", "serve the page from an origin of its own"),
    (
        rf"https?://{_HOST}{_ANY_PORT}",
        "browsers leave out the default port, and the zeros before another",
        "leave out the port",
    ),
    (rf"[a-z]+://[a-z0-9._\-]+{_PORT}", "a host is a name, or four numbers", "write out the end of the host"),
    (rf"[A-Za-z][A-Za-z0-9+.\-]*://{_ANY_HOST}{_PORT}", "browsers send lower case", "write it in lower case"),
    (
        rf"[A-Za-z][A-Za-z0-9+.\-]*://{_ANY_HOST}{_ANY_PORT}[/?#].*",
        "an origin ends after its host and port",
        "end the regex after the host, or after the port",
    ),
    (
        rf"[A-Za-z]+://(?:[A-Za-z0-9._\-]|[^\x00-\x7f])+{_ANY_PORT}",
        "browsers send a host in its xn-- form",
        "write the xn-- form, in lower case",
    ),
    (
        rf"(?://)?(?:{_ANY_HOST}|[^\x00-\x7f])+{_ANY_PORT}(?:/.*)?",
        "an origin begins with its scheme",
        "begin the regex with 'https://'",
    ),
)


def why_without_match(regex: re.Pattern[str]) -> Mistake | None:
    """Find why `regex` matches no origin at all. None if it matches one, or if that cannot be decided."""
    try:
        positions = positions_of(texts_alone(parse(regex, anchors=True), anchors=True), copies=MAX_COPIES, loops=False)
    except UndecidedError:
        return None
    if meets(positions, _grammar(_ALLOWED)):
        return None
    why, fix = "it is not of the form of an origin", "write a regex such as {entry!s}"
    for grammar, meant, to_do in _MEANT:
        if meets(positions, _grammar(grammar)):
            why, fix = meant, to_do
            break
    message = "{source} never matches: {why!s}"
    return mistake("regex-without-match", message, write(_A_REGEX, text=fix), source=regex.pattern, why=why)


def is_only_insecure(regex: re.Pattern[str]) -> bool:
    """Return whether each origin that `regex` matches is ``http:`` and not loopback. Raises `UndecidedError`."""
    tree = texts_alone(parse(regex, anchors=True), anchors=True)
    return not meets(positions_of(tree, copies=MAX_COPIES, loops=False), _grammar(_SECURE))


def is_partly_insecure(regex: re.Pattern[str]) -> bool:
    """Return whether `regex` matches an ``http:`` origin that is not loopback. False if that cannot be decided."""
    try:
        tree = texts_alone(parse(regex, anchors=True), anchors=True)
        return meets(positions_of(tree, copies=MAX_COPIES, loops=False), _grammar(_INSECURE))
    except UndecidedError:
        return False


@cache
def _grammar(source: str) -> Positions:
    """Return the positions of a grammar with any number of anchors around it."""
    tree: Node = parse(re.compile(source))
    around = (Repeat(Chars(START), 0, None), tree, Repeat(Chars(END), 0, None))
    return positions_of(Sequence(around), copies=MAX_COPIES, loops=False)
