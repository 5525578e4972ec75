"""Origin patterns: which may stand in a policy, and which origins they match.

The law of this module: an origin is compared byte for byte with its ASCII serialisation
(https://html.spec.whatwg.org/#ascii-serialisation-of-an-origin), a set of patterns answers as the OR of its members,
and what is not in the grammar of a serialised origin matches nothing but ``*``.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any

from corswsgi.errors import Problem, shown
from corswsgi.origins.spelling import Mistake, canonical_address, is_address, is_loopback, respell
from corswsgi.standard import LABELS, MAX_HOST_LENGTH, SERIALIZED_ORIGIN

if TYPE_CHECKING:
    import logging

    from publicsuffixlist import PublicSuffixList

Environ = dict[str, Any]  # of WSGI: what PEP 3333 gives an application
OriginPredicate = Callable[[str, Environ], bool]
OriginPattern = str | re.Pattern[str] | OriginPredicate
Matcher = OriginPredicate  # which never raises, and says no to what is no origin

# A longer origin is neither hashed, walked nor matched: a host, and room for a scheme, "://" and ":65535".
MAX_ORIGIN_LENGTH = MAX_HOST_LENGTH + 64


class OriginSet:
    """The origins of one policy, ready to be asked. Takes patterns that `origin_problems` has nothing against.

    An origin is allowed when ``any_origin`` is true, when it is one of ``exact``, or when ``matches``, if it is not
    None, says so. What that costs does not depend on how many exact origins and wildcards there are; regexes and
    predicates are tried one after the other. With `only_secure` no regex matches an ``http:`` origin that is not
    loopback: what a regex could match cannot be known when it is given.
    """

    __slots__ = ("any_origin", "exact", "longest", "matches")

    def __init__(self, patterns: Iterable[OriginPattern], *, only_secure: bool = False) -> None:
        exact: set[str] = set()
        wildcards: list[str] = []
        regexes: list[re.Pattern[str]] = []
        predicates: list[OriginPredicate] = []
        for pattern in patterns:
            if isinstance(pattern, re.Pattern):
                regexes.append(pattern)
            elif not isinstance(pattern, str):
                predicates.append(pattern)
            elif "*" in pattern and pattern != "*":
                wildcards.append(pattern)
            else:
                exact.add(pattern)
        self.any_origin = "*" in exact
        self.exact = frozenset(exact)
        self.longest = max(map(len, exact), default=0)  # asked before an origin is hashed: benchmarks/, "of 8 KiB"
        self.matches = _matcher(wildcards, regexes, predicates, only_secure=only_secure)

    def allows(self, origin: str, environ: Environ) -> bool:
        """Tell whether one of the patterns matches `origin`; `environ` is for the predicates. Never raises."""
        return (
            self.any_origin
            or (len(origin) <= self.longest and origin in self.exact)
            or (self.matches is not None and self.matches(origin, environ))
        )


def _matcher(
    wildcards: Iterable[str],
    regexes: Iterable[re.Pattern[str]],
    predicates: Iterable[OriginPredicate],
    *,
    only_secure: bool,
) -> Matcher | None:
    """Give what matches all patterns that are no plain origins; None where there are none."""
    any_port = [pattern.removesuffix(":*") for pattern in wildcards if pattern.endswith(":*")]
    below = [pattern for pattern in wildcards if not pattern.endswith(":*")]
    matchers: list[Matcher] = []
    if below:
        matchers.append(_below(below))
    if any_port:
        matchers.append(_on_any_port(any_port))
    if regexes or predicates:
        matchers.append(_accepted(tuple(regexes), tuple(predicates), only_secure=only_secure))
    if len(matchers) > 1:
        return _one_of(matchers)
    return matchers[0] if matchers else None


def _one_of(matchers: Iterable[Matcher]) -> Matcher:
    def matches(origin: str, environ: Environ) -> bool:
        for matcher in matchers:  # noqa: SIM110  (any() takes 200 ns more)
            if matcher(origin, environ):
                return True
        return False

    return matches


def _below(wildcards: Sequence[str]) -> Matcher:
    """Match subdomains: ``https://*.example.com``.

    What a wildcard says is in the grammar, so only what its star stands for is matched, in a quarter of the time.
    """
    return _below_one(wildcards[0]) if len(wildcards) == 1 else _below_any(wildcards)


def _split(wildcard: str) -> tuple[str, str, int]:
    """Give what stands before the star of a wildcard and behind it, and how long an origin may be that it matches."""
    front, _, end = wildcard.partition("*")
    return front, end, len(front) + MAX_HOST_LENGTH + len(end) - len(end.partition(":")[0])


def _below_one(wildcard: str) -> Matcher:
    front, end, longest = _split(wildcard)
    begin = len(front)

    def matches(origin: str, _environ: Environ) -> bool:
        return (
            origin.endswith(end)
            and origin.startswith(front)
            and len(origin) <= longest
            and LABELS.fullmatch(origin, begin, len(origin) - len(end)) is not None
        )

    return matches


def _below_any(wildcards: Iterable[str]) -> Matcher:
    """Match with one look-up for each number of dots that wildcards have, of which one list has few."""
    listed: dict[tuple[str, int, int], set[str]] = {}
    for wildcard in wildcards:
        front, end, longest = _split(wildcard)
        listed.setdefault((front, end.count("."), longest), set()).add(end)
    groups = tuple(
        (front, len(front), dots, longest, frozenset(ends)) for (front, dots, longest), ends in listed.items()
    )

    def matches(origin: str, _environ: Environ) -> bool:
        for front, begin, dots, longest, ends in groups:
            if len(origin) <= longest:
                labels_end = len(origin.rsplit(".", dots)[0])
                if (
                    origin[labels_end:] in ends
                    and origin.startswith(front)
                    and LABELS.fullmatch(origin, begin, labels_end)
                ):
                    return True
        return False

    return matches


def _on_any_port(patterns: Iterable[str]) -> Matcher:
    """Match ``http://localhost:*`` and ``https://*.example.com:*``, both given without their ``:*``."""
    hosts = frozenset(pattern for pattern in patterns if "*" not in pattern)
    wildcards = [pattern for pattern in patterns if "*" in pattern]
    is_below = _below(wildcards) if wildcards else None

    def matches(origin: str, environ: Environ) -> bool:
        if len(origin) > MAX_ORIGIN_LENGTH:
            return False
        host, _, port = origin.rpartition(":")
        if not port.isdecimal():  # it is the host, or the end of an IPv6 address
            host = origin
        return (host in hosts or (is_below is not None and is_below(host, environ))) and (
            SERIALIZED_ORIGIN.fullmatch(origin) is not None
        )

    return matches


def _accepted(
    regexes: Iterable[re.Pattern[str]], predicates: Iterable[OriginPredicate], *, only_secure: bool
) -> Matcher:
    """Ask the regexes, then the predicates; a predicate that raises has said no."""

    def matches(origin: str, environ: Environ) -> bool:
        parsed = SERIALIZED_ORIGIN.fullmatch(origin) if len(origin) <= MAX_ORIGIN_LENGTH else None
        if parsed is None:
            return False
        is_secure = parsed["scheme"] != "http" or is_loopback(parsed["host"])
        if (is_secure or not only_secure) and any(regex.fullmatch(origin) for regex in regexes):
            return True
        for predicate in predicates:
            try:
                if predicate(origin, environ) is True:
                    return True
            except Exception:  # noqa: BLE001  (logged)
                _logger().exception("%r raised when asked about the origin %s: not allowed", predicate, ascii(origin))
        return False

    return matches


def _logger() -> "logging.Logger":
    import logging  # noqa: PLC0415  (a quarter of the time that `import corswsgi` may take)

    return logging.getLogger("corswsgi")


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginRules:
    """What the rest of a policy says about its origins: whether cookies come with them, and which doors are open."""

    credentials: bool = False
    insecure_origins: bool = False
    public_suffixes: bool = False
    null_origin: bool = False


def origin_problems(pattern: object, field: str, rules: OriginRules) -> list[Problem]:
    """Find every reason why `pattern` may not stand in a policy's ``allow_origins``, save those of the whole list."""
    spelling: str | None = None
    if isinstance(pattern, str):
        mistakes, spelling = _string_mistakes(pattern, rules)
    elif isinstance(pattern, re.Pattern):
        mistakes = _regex_mistakes(pattern, rules)
    elif iscoroutinefunction(pattern):
        message = f"{shown(pattern)} is asynchronous, and WSGI does not wait for its answer"
        mistakes = [("wrong-type", message, "write a plain function (origin, environ) -> bool")]
    elif callable(pattern):
        mistakes = []
    else:
        message = f"{shown(pattern)} is not a string, a compiled regex or a callable"
        mistakes = [("wrong-type", message, "write an origin such as 'https://app.example.com'")]
    return [
        Problem(code=code, field=field, value=pattern, message=message, hint=hint or f"write {shown(spelling)}")
        for code, message, hint in mistakes
    ]


def _string_mistakes(text: str, rules: OriginRules) -> tuple[list[Mistake], str]:
    """Find what is wrong with a pattern in a string, and how it should be spelt."""
    if text == "*" or (text == "null" and rules.null_origin):
        return [], text
    mistakes: list[Mistake] = []
    spelling = text
    parsed = _parse(text)
    if parsed is None:
        mistakes, spelling = respell(text)
        parsed = _parse(spelling)
    if rules.credentials and parsed is not None:
        mistakes += _mistakes_with_credentials(spelling, *parsed, rules)
    return mistakes, spelling


def _parse(text: str) -> tuple[str, str] | None:
    """Give the scheme and the host of a pattern spelt as it should be, else None. Most are, so this is quick."""
    plain = text
    if "*" in text:
        plain = text.replace("://*.", "://", 1).removesuffix(":*")
    parsed = SERIALIZED_ORIGIN.fullmatch(plain)
    if parsed is None:
        return None
    scheme, host, port = parsed.groups()
    if scheme == "file" or (port is not None and text.endswith(":*")):
        return None
    if is_address(host) and ("://*." in text or canonical_address(host) != host):
        return None
    return scheme, host


def _regex_mistakes(regex: re.Pattern[str], rules: OriginRules) -> list[Mistake]:
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
    stranger = next(filter(regex.fullmatch, _FOREIGN_ORIGINS), None) if rules.credentials else None
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


def _mistakes_with_credentials(text: str, scheme: str, host: str, rules: OriginRules) -> Iterator[Mistake]:
    if scheme == "http" and not rules.insecure_origins and not is_loopback(host):
        secure = "https" + text[4:].removesuffix(":443")
        yield (
            "insecure-origin-with-credentials",
            f"whoever sits on the network path can speak as {shown(text)}, with the user's credentials",
            f"write {shown(secure)}, or say dangerously_allow_insecure_origins=True",
        )
    if "://*." in text and not rules.public_suffixes and _is_public_suffix(host):
        yield (
            "public-suffix-with-credentials",
            f"anybody can have a page below {shown(host)}, a public suffix or a top-level domain",
            "name the hosts that are yours, or say dangerously_allow_public_suffixes=True",
        )


@cache
def _public_suffix_list() -> "PublicSuffixList":
    # 0.1 s and some megabytes: only for a table that has a subdomain wildcard with credentials
    from publicsuffixlist import PublicSuffixList  # noqa: PLC0415

    return PublicSuffixList()


def _is_public_suffix(host: str) -> bool:
    """Ask https://publicsuffix.org: also true for a top-level domain that the list does not know, save localhost."""
    name = host.removesuffix(".")
    return not is_loopback(name) and bool(_public_suffix_list().is_public(name))
