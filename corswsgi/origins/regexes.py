"""What a regex of origins may be."""

import re

from corswsgi.errors import shown
from corswsgi.origins.spelling import Mistake


def regex_mistakes(regex: re.Pattern[str], *, credentials: bool) -> list[Mistake]:
    """Find every reason why `regex` may not be an origin pattern."""
    source: object = regex.pattern
    if not isinstance(source, str):
        return [("wrong-type", f"{shown(regex)} is a pattern of bytes", "compile it from a string")]
    mistakes: list[Mistake] = []
    if regex.flags & re.VERBOSE or "(?#" in source:
        hint = "write it without comments, and without re.VERBOSE: an origin is short"
        mistakes.append(("regex-with-comments", f"{shown(source)} may hide a '.' from who reads it", hint))
    elif any(atom["dot"] for atom in REGEX_ATOM.finditer(source)):
        message = f"{shown(source)} has an unescaped '.', which stands for any character, a letter too"
        mistakes.append(("regex-with-unescaped-dot", message, r"write '\.' for a dot, '[^.]' for any other character"))
    stranger = next(filter(regex.fullmatch, _FOREIGN_ORIGINS), None) if credentials else None
    if stranger is not None:
        message = f"{shown(source)} matches origins of strangers, such as {stranger!r}"
        hint = "name the domain in it, or leave out allow_credentials"
        mistakes.append(("any-origin-regex-with-credentials", message, hint))
    return mistakes


# An escape, a character class, a dot that nothing repeats, or any other character of a regex
REGEX_ATOM = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|(?P<dot>\.(?![*+]|\{(?!1(?:,1)?\})))|.", re.DOTALL)

# Nobody's origins (RFC 6761, section 6.4), and such as anybody could have
_FOREIGN_ORIGINS = tuple(
    f"{scheme}://{host}{port}"
    for scheme in ("https", "http")
    for host in ("corswsgi.invalid", "a.b.corswsgi.invalid", "corswsgi-stranger.com", "corswsgi-stranger.github.io")
    for port in ("", ":8443")
)
