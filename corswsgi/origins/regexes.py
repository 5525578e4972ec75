"""The rules for a regex of origins.

The law of this module: a regex is read and never run. It is refused if that does not decide.
"""

import re
from dataclasses import dataclass

from corswsgi.hosts import belongs_to_many, is_address, is_public_suffix, suffix_below
from corswsgi.origins.matching import MAX_ORIGIN_LENGTH
from corswsgi.problems import Mistake, Step, mistake, set_to, unset, write


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginRules:
    """The fields of a policy that affect its origins: credentials and opt-outs."""

    credentials: bool = False
    insecure_origins: bool = False
    public_suffixes: bool = False
    null_origin: bool = False


def regex_mistakes(regex: re.Pattern[str], rules: OriginRules) -> list[Mistake]:
    """Find every reason why `regex` may not be an origin pattern."""
    source: object = regex.pattern
    if not isinstance(source, str):
        fix = write(_A_REGEX, text="compile the regex from a string")
        return [mistake("wrong-type", "{value} is a regex of bytes; origins are strings", fix)]
    if regex.flags & re.VERBOSE or _COMMENTS.search(source):
        message = "comments and re.VERBOSE can hide an unescaped '.' in {source}"
        fix = write(_A_REGEX, text="write the regex without comments and without re.VERBOSE")
        return [mistake("regex-with-comments", message, fix, source=source)]
    from corswsgi.regexes.normal import has_lone_dot  # noqa: PLC0415  (3 ms of `import corswsgi`)
    from corswsgi.regexes.time import reason_to_take_long  # noqa: PLC0415  (as above)

    mistakes: list[Mistake] = []
    slow = reason_to_take_long(regex, MAX_ORIGIN_LENGTH)
    if has_lone_dot(regex):
        message = "{source} has an unescaped '.', which matches any character, also a letter"
        fix = write(_A_REGEX, text=r"write '\.' for a dot, '[^.]' for any other character")
        mistakes.append(mistake("regex-with-unescaped-dot", message, fix, source=source))
    if slow is not None:
        return [*mistakes, mistake("slow-regex", SLOW, SLOW_FIX, source=source, reason=slow)]
    from corswsgi.origins.grammars import why_without_match  # noqa: PLC0415  (as above)

    matchless = why_without_match(regex)
    if matchless is not None:
        return [*mistakes, matchless]
    return mistakes + _mistakes_with_credentials(regex, rules) if rules.credentials else mistakes


def leaves_domain_open(regex: re.Pattern[str]) -> bool:
    """Return whether a policy with credentials would refuse `regex` because strangers' origins match it."""
    found = regex_mistakes(regex, OriginRules(credentials=True, insecure_origins=True))
    return any(each.code == _CODE for each in found)


def belongs_to_one(domain: str) -> bool:
    """Return whether all hosts below `domain` belong to one owner, according to https://publicsuffix.org."""
    name = domain.strip(".")
    return name != "" and not is_address(name) and not belongs_to_many(name) and suffix_below(name) is None


def public_suffix_message(name: str) -> tuple[str, dict[str, object]]:
    """Return a message and its arguments: why hosts below `name` belong to others."""
    below = suffix_below(name)
    if not is_public_suffix(name) and belongs_to_many(name):
        return "anyone can have a host below {name}", {"name": name}
    if below is None or is_public_suffix(name):
        return "anyone can register a name below {name}, a public suffix", {"name": name}
    return "{name} is shared: names below {below!s} belong to others", {"name": name, "below": below}


SLOW = "{source} can be slow: {reason!s}"
SLOW_FIX = write(
    "https://*.example.com", text="write wildcards such as {entry!s}, list the origins, or write a function"
)

_AN_ORIGIN = "https://app.example.com"
_A_REGEX = re.compile(r"https://pr-[0-9]+\.example\.com")

_COMMENTS = re.compile(r"(?<!\\)\(\?(?:#|[a-zA-Z]*x)")

# An escape, a character class, a dot that nothing repeats, or any other character of a regex
REGEX_ATOM = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|(?P<dot>\.(?![*+]|\{(?!1(?:,1)?\})))|.", re.DOTALL)


def _mistakes_with_credentials(regex: re.Pattern[str], rules: OriginRules) -> list[Mistake]:
    from corswsgi.origins.domains import open_end  # noqa: PLC0415  (as above)
    from corswsgi.origins.grammars import is_only_insecure  # noqa: PLC0415  (as above)
    from corswsgi.regexes.syntax import UndecidedError  # noqa: PLC0415

    mistakes: list[Mistake] = []
    regex_of = {"source": regex.pattern}
    try:
        if not rules.insecure_origins and is_only_insecure(regex):
            message = "{source} matches only http: origins, which are not allowed with credentials"
            encrypted = (
                write(_A_REGEX, text="write https: in the regex"),
                set_to("dangerously_allow_insecure_origins", True),
            )
            mistakes.append(mistake("insecure-origin-with-credentials", message, *encrypted, **regex_of))
        end = open_end(regex, belongs_to_one, public_suffixes=rules.public_suffixes)
    except UndecidedError as error:
        message = "{source} is too complex to know which origins it matches: {reason!s}"
        return [*mistakes, mistake(_CODE, message, *_WRITE_IT_OUT, **regex_of, reason=error)]
    if end is None:
        return mistakes
    name = end.strip(".-")
    parent = name.partition(".")[2]
    if end.startswith("-") and parent and not belongs_to_one(parent):
        end, name = f".{parent}", parent  # each name that ends so is one that anybody can register
    if belongs_to_one(name):
        message = "{source} does not write out the domain: it also matches hosts that only end in {name}"
        fix = write(f"https://*.{name}", text="write a wildcard such as {entry!s}"), *_WRITE_IT_OUT[1:]
        return [*mistakes, mistake(_CODE, message, *fix, **regex_of, name=name)]
    if end.startswith(".") and name and not is_address(name):
        message, arguments = public_suffix_message(name)
        shared = (
            write(_AN_ORIGIN, text="write out the hosts that are yours"),
            set_to("dangerously_allow_public_suffixes", True),
        )
        return [*mistakes, mistake(_CODE, f"{{source}}: {message}", *shared, **regex_of, **arguments)]
    message = "{source} matches origins of strangers: it does not write out their domain"
    is_local = re.search(r"localhost|127\\?\.0", regex.pattern)
    fix = (_LOCAL, *_WRITE_IT_OUT[1:]) if is_local else _WRITE_IT_OUT
    return [*mistakes, mistake(_CODE, message, *fix, **regex_of)]


_CODE = "any-origin-regex-with-credentials"
_LOCAL = write("http://localhost:*", text="write {entry!s} for any port of this machine")
_WRITE_IT_OUT: tuple[Step, ...] = (
    write("https://*.example.com", text="write a wildcard such as {entry!s}"),
    write(_AN_ORIGIN, text="list the origins"),
    unset("allow_credentials"),
)
