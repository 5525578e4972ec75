"""Origin patterns: the valid ones, and the origins that they match.

The law of this module: an origin is compared byte for byte with its ASCII serialisation
(https://html.spec.whatwg.org/#ascii-serialisation-of-an-origin), a set of patterns matches if one of its members does,
and text that is not a serialised origin matches only ``*``.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from inspect import iscoroutinefunction

from corswsgi.errors import Problem
from corswsgi.hosts import canonical_address, is_address, is_loopback
from corswsgi.origins.matching import Environ, OriginPattern, OriginPredicate, make_matcher
from corswsgi.origins.regexes import OriginRules, belongs_to_one, public_suffix_message, regex_mistakes
from corswsgi.origins.spelling import respell
from corswsgi.problems import Mistake, do, mistake, set_to, unset, write
from corswsgi.standard import SERIALIZED_ORIGIN

__all__ = ["Environ", "OriginPattern", "OriginPredicate", "OriginRules", "OriginSet", "origin_problems"]


class OriginSet:
    """The origins of one policy, ready to be asked. Takes patterns that `origin_problems` has nothing against.

    An origin is allowed when ``any_origin`` is true, when it is one of ``exact``, or when ``matches``, if it is not
    None, says so. The number of exact origins and wildcards does not change the cost; regexes and predicates are
    tried one after the other. With `only_secure` no regex matches an ``http:`` origin that is not loopback, because
    nobody can know in advance what a regex matches.
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
        self.longest = max(map(len, exact), default=0)  # compared before an origin is hashed: benchmarks/, "of 8 KiB"
        self.matches = make_matcher(wildcards, regexes, predicates, only_secure=only_secure)

    def allows(self, origin: str, environ: Environ) -> bool:
        """Return whether one of the patterns matches `origin`. `environ` is for predicates. Never raises."""
        return (
            self.any_origin
            or (len(origin) <= self.longest and origin in self.exact)
            or (self.matches is not None and self.matches(origin, environ))
        )


def origin_problems(pattern: object, field: str, rules: OriginRules) -> list[Problem]:
    """Find every reason why `pattern` may not be in a policy's ``allow_origins``, except those about the whole list."""
    spelling: str | None = None
    if isinstance(pattern, str):
        mistakes, spelling = _string_mistakes(pattern, rules)
    elif isinstance(pattern, re.Pattern):
        mistakes = regex_mistakes(pattern, rules)
    elif iscoroutinefunction(pattern):
        message = "{value} is asynchronous; WSGI cannot await its answer"
        mistakes = [mistake("wrong-type", message, do("write a plain function (origin, environ) -> bool"))]
    elif callable(pattern):
        mistakes = []
    else:
        fix = write("https://app.example.com", text="write an origin such as {entry!s}")
        mistakes = [mistake("wrong-type", "{value} is not an origin: it must be a string{or_regex}", fix)]
    if spelling is not None:
        mistakes = [replace(each, fix=each.fix or (write(spelling),)) for each in mistakes]
    return [each.at(field, pattern) for each in mistakes]


def _string_mistakes(text: str, rules: OriginRules) -> tuple[list[Mistake], str]:
    """Find the mistakes of a pattern in a string, and its right spelling."""
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
    """Return the scheme and the host of a correctly spelt pattern, otherwise None. This is the quick path for most."""
    plain = text
    if text.endswith("://*"):
        parsed = SERIALIZED_ORIGIN.fullmatch(text[:-1] + "x")
        is_program = parsed is not None and parsed["scheme"] not in {"http", "https", "file"}
        return (text[:-4], "*") if is_program else None
    if "*" in text:
        plain = text.replace("://*.", "://", 1).removesuffix(":*")
    parsed = SERIALIZED_ORIGIN.fullmatch(plain)
    if parsed is None:
        return None
    scheme, host, port = parsed.groups()
    if scheme == "file" or (port is not None and text.endswith(":*")):
        return None
    is_opaque = scheme not in {"http", "https"} and not host.startswith("[")
    if not is_opaque and is_address(host) and ("://*." in text or canonical_address(host) != host):
        return None
    return scheme, host


def _mistakes_with_credentials(text: str, scheme: str, host: str, rules: OriginRules) -> Iterator[Mistake]:
    if scheme == "http" and not rules.insecure_origins and not is_loopback(host):
        secure = "https" + text[4:].removesuffix(":443")
        yield mistake(
            "insecure-origin-with-credentials",
            "{origin} is not encrypted: anyone on the network path can act with the user's credentials",
            write(secure),
            set_to("dangerously_allow_insecure_origins", True),
            origin=text,
        )
    if host == "*":
        yield mistake(
            "any-program-with-credentials",
            "any extension or program with an origin of {scheme} could act as the user",
            write("https://app.example.com", text="list the origins that are yours"),
            unset("allow_credentials"),
            scheme=scheme,
        )
    if "://*." in text and not rules.public_suffixes and not belongs_to_one(host):
        message, arguments = public_suffix_message(host)
        yield mistake(
            "public-suffix-with-credentials",
            message,
            write("https://app.example.com", text="write out the hosts that are yours"),
            set_to("dangerously_allow_public_suffixes", True),
            **arguments,
        )
