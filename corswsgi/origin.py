"""Origin patterns: which may stand in a policy, and which origins they match.

The law of this module: an origin is compared byte for byte with its ASCII serialisation
(https://html.spec.whatwg.org/#ascii-serialisation-of-an-origin), a set of patterns answers as the OR of its members,
and what is not in the grammar of a serialised origin matches nothing but ``*``.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any

from corswsgi.errors import Problem, shown
from corswsgi.fetch import LABELS, MAX_HOST_LENGTH, SERIALIZED_ORIGIN
from corswsgi.spelling import Mistake, canonical_address, is_address, is_loopback, respell

if TYPE_CHECKING:
    import logging

    from publicsuffixlist import PublicSuffixList

Environ = dict[str, Any]  # of WSGI: what PEP 3333 gives an application
OriginPredicate = Callable[[str, Environ], bool]
OriginPattern = str | re.Pattern[str] | OriginPredicate

# A longer origin is neither hashed, walked nor matched: a host, and room for a scheme, "://" and ":65535".
MAX_ORIGIN_LENGTH = MAX_HOST_LENGTH + 64


class OriginSet:
    """The origins of one policy, ready to be asked. Takes patterns that `origin_problems` has nothing against.

    What ``allows`` costs does not depend on how many exact origins and wildcards there are; regexes and predicates are
    tried one after the other. With `only_secure` no regex matches an ``http:`` origin that is not loopback: what a
    regex could match cannot be known when it is given.
    """

    __slots__ = (
        "_any_port",
        "_below",
        "_only_secure",
        "_predicates",
        "_regexes",
        "any_origin",
        "exact",
        "has_patterns",
        "longest",
    )

    def __init__(self, patterns: Iterable[OriginPattern], *, only_secure: bool = False) -> None:
        exact: set[str] = set()
        below: dict[str, set[str]] = {}  # scheme -> ".example.com", ".example.com:8443"
        any_port: dict[str, set[str]] = {}  # scheme -> "localhost", ".example.com"
        regexes: list[re.Pattern[str]] = []
        predicates: list[OriginPredicate] = []
        for pattern in patterns:
            if isinstance(pattern, re.Pattern):
                regexes.append(pattern)
            elif not isinstance(pattern, str):
                predicates.append(pattern)
            elif "*" in pattern and pattern != "*":
                scheme, _, rest = pattern.partition("://")
                wild = any_port if rest.endswith(":*") else below
                wild.setdefault(scheme, set()).add(rest.removeprefix("*").removesuffix(":*"))
            else:
                exact.add(pattern)
        self.any_origin = "*" in exact
        self.exact = frozenset(exact)
        self._below = {scheme: _by_dots(rests) for scheme, rests in below.items()}
        self._any_port = {scheme: (frozenset(hosts), _by_dots(hosts)) for scheme, hosts in any_port.items()}
        self._only_secure = only_secure
        self._regexes = tuple(regexes)
        self._predicates = tuple(predicates)
        self.has_patterns = bool(below or any_port or regexes or predicates)
        self.longest = MAX_ORIGIN_LENGTH if self.has_patterns else max(map(len, exact), default=0)

    def allows(self, origin: str, environ: Environ) -> bool:
        """Tell whether one of the patterns matches `origin`; `environ` is for the predicates. Never raises."""
        if self.any_origin:
            return True
        if len(origin) > self.longest:  # before it is hashed: benchmarks/, "an origin of 8 KiB"
            return False
        if origin in self.exact:
            return True
        if not self.has_patterns:
            return False
        if (self._below or self._any_port) and self._is_below(origin):
            return True
        return bool(self._regexes or self._predicates) and self._is_accepted(origin, environ)

    def _is_below(self, origin: str) -> bool:
        """Tell whether a wildcard covers `origin`: one look-up for each number of dots that wildcards have."""
        scheme, _, rest = origin.partition("://")
        if scheme in self._below:
            front = _front(rest, self._below[scheme])
            # What the pattern says is in the grammar: match what its star stands for, in a quarter of the time
            # (benchmarks/, "1 wildcard, allowed")
            if front != -1 and len(rest) <= MAX_HOST_LENGTH:
                return LABELS.fullmatch(rest, 0, front) is not None
            if front != -1:
                return SERIALIZED_ORIGIN.fullmatch(origin) is not None
        if scheme not in self._any_port:
            return False
        host, colon, port = rest.rpartition(":")
        if not colon or port.endswith("]"):  # no port, or the end of an IPv6 address
            host = rest
        hosts, by_dots = self._any_port[scheme]
        if host not in hosts and _front(host, by_dots) == -1:
            return False
        return SERIALIZED_ORIGIN.fullmatch(origin) is not None

    def _is_accepted(self, origin: str, environ: Environ) -> bool:
        """Ask the regexes, then the predicates; a predicate that raises has said no."""
        parsed = SERIALIZED_ORIGIN.fullmatch(origin)
        if parsed is None:
            return False
        is_secure = parsed["scheme"] != "http" or is_loopback(parsed["host"])
        if (is_secure or not self._only_secure) and any(regex.fullmatch(origin) for regex in self._regexes):
            return True
        for predicate in self._predicates:
            try:
                if predicate(origin, environ) is True:
                    return True
            except Exception:  # noqa: BLE001  (logged)
                _logger().exception("%r raised when asked about the origin %s: not allowed", predicate, ascii(origin))
        return False


def _logger() -> "logging.Logger":
    import logging  # noqa: PLC0415  (a quarter of the time that `import corswsgi` may take)

    return logging.getLogger("corswsgi")


_ByDots = tuple[tuple[int, frozenset[str]], ...]


def _by_dots(rests: Iterable[str]) -> _ByDots:
    """Sort what comes behind a star by its number of dots, of which one list has few: ``(2, {".example.com"})``."""
    by_dots: dict[int, set[str]] = {}
    for rest in rests:
        by_dots.setdefault(rest.count("."), set()).add(rest)
    return tuple((dots, frozenset(each)) for dots, each in by_dots.items())


def _front(host: str, listed: _ByDots) -> int:
    """Tell how long the labels are that `host` has in front of one of `listed`; -1 if it ends with none of them."""
    for dots, rests in listed:
        front = len(host.rsplit(".", dots)[0])
        if host[front:] in rests:
            return front
    return -1


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
