"""The rules for a regex of origins.

The law of this module: a regex is read and never run. What nobody can decide about it is refused.
"""

import re
from dataclasses import dataclass

from corswsgi.errors import shown
from corswsgi.hosts import is_address, is_public_suffix, suffix_below
from corswsgi.origins.matching import MAX_ORIGIN_LENGTH
from corswsgi.origins.spelling import Mistake


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginRules:
    """What the rest of a policy says about its origins: whether cookies come with them, and which doors are open."""

    credentials: bool = False
    insecure_origins: bool = False
    public_suffixes: bool = False
    null_origin: bool = False


def regex_mistakes(regex: re.Pattern[str], rules: OriginRules) -> list[Mistake]:
    """Find every reason why `regex` may not be an origin pattern."""
    source: object = regex.pattern
    if not isinstance(source, str):
        return [("wrong-type", f"{shown(regex)} is a pattern of bytes", "compile it from a string")]
    if regex.flags & re.VERBOSE or _COMMENTS.search(source):
        hint = "write it without comments, and without re.VERBOSE: an origin is short"
        return [("regex-with-comments", f"{shown(source)} may hide a '.' from who reads it", hint)]
    mistakes: list[Mistake] = []
    if any(atom["dot"] for atom in REGEX_ATOM.finditer(source)):
        message = f"{shown(source)} has an unescaped '.', which stands for any character, a letter too"
        mistakes.append(("regex-with-unescaped-dot", message, r"write '\.' for a dot, '[^.]' for any other character"))
    from corswsgi.regexes.time import reason_to_take_long  # noqa: PLC0415  (3 ms of `import corswsgi`)

    slow = reason_to_take_long(regex, MAX_ORIGIN_LENGTH)
    if slow is not None:
        mistakes.append(("slow-regex", f"{shown(source, 40)} can take seconds: {slow}", SLOW_HINT))
    elif rules.credentials:
        mistakes += _mistakes_with_credentials(regex, rules)
    return mistakes


def belongs_to_one(domain: str) -> bool:
    """Return whether all hosts below `domain` belong to one owner, as far as https://publicsuffix.org knows."""
    name = domain.strip(".")
    return name != "" and not is_address(name) and not is_public_suffix(name) and suffix_below(name) is None


def public_suffix_message(name: str) -> str:
    """Say why hosts below `name` belong to others."""
    below = suffix_below(name)
    if below is None or is_public_suffix(name):
        return f"anybody can have a page below {shown(name)}, a public suffix or a top-level domain"
    return f"{shown(name, 60)} is shared: names below {below} belong to others"


SLOW_HINT = "write wildcards such as 'https://*.example.com', list the origins, or write a function"

_COMMENTS = re.compile(r"(?<!\\)\(\?(?:#|[a-zA-Z]*x)")

# An escape, a character class, a dot that nothing repeats, or any other character of a regex
REGEX_ATOM = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|(?P<dot>\.(?![*+]|\{(?!1(?:,1)?\})))|.", re.DOTALL)


def _mistakes_with_credentials(regex: re.Pattern[str], rules: OriginRules) -> list[Mistake]:
    from corswsgi.origins.domains import is_only_insecure, open_end  # noqa: PLC0415  (as above)
    from corswsgi.regexes.syntax import UndecidedError  # noqa: PLC0415

    source = shown(regex.pattern, 50)
    mistakes: list[Mistake] = []
    try:
        if not rules.insecure_origins and is_only_insecure(regex):
            message = f"{source} matches http: origins only, and with credentials none of them is allowed"
            hint = "write https: in it, or say dangerously_allow_insecure_origins=True"
            mistakes.append(("insecure-origin-with-credentials", message, hint))
        end = open_end(regex, belongs_to_one, public_suffixes=rules.public_suffixes)
    except UndecidedError as error:
        message = f"nobody can tell which origins {source} matches: {error}"
        return [*mistakes, ("any-origin-regex-with-credentials", message, _DOMAIN_HINT)]
    if end is None:
        return mistakes
    name = end.strip(".-")
    if belongs_to_one(name):
        message = f"{source} does not write out the domain: it also matches hosts that only end in {shown(name, 30)}"
        hint = f"write a wildcard such as {shown('https://*.' + name)}, list the origins, or write a function"
    elif end.startswith(".") and name and not is_address(name):
        message = f"{source}: {public_suffix_message(name)}"
        hint = "list the hosts that are yours, write a function, or say dangerously_allow_public_suffixes=True"
    else:
        message, hint = f"{source} matches origins of strangers: it does not write out their domain", _DOMAIN_HINT
    return [*mistakes, ("any-origin-regex-with-credentials", message, hint)]


_DOMAIN_HINT = (
    "write a wildcard such as 'https://*.example.com', list the origins, write a function, or omit credentials"
)
