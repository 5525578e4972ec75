"""The checks of the fields of `Policy` and of arguments: each returns a value and adds problems to a list.

The law of this module: every mistake is found, whatever else is wrong. A check never raises.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import cast

from corswsgi.errors import Problem
from corswsgi.origins import OriginPattern, OriginRules, origin_problems
from corswsgi.problems import (
    Mistake,
    Step,
    add,
    drop,
    list_in_string,
    mistake,
    move_to,
    no_cors,
    problem,
    set_to,
    unset,
    write,
)
from corswsgi.standard import (
    FORBIDDEN_RESPONSE_HEADER_NAMES,
    is_forbidden_method,
    is_forbidden_request_header_name,
    is_token,
)

MAX_MAX_AGE = 86_400  # seconds: no browser keeps the response to a preflight longer than a day

# Methods that people know in upper case only. Browsers change the first six to upper case
# (https://fetch.spec.whatwg.org/#concept-method-normalize), but compare them with the response byte for byte.
_KNOWN_METHODS = frozenset({
    "DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT",
    "PATCH", "QUERY", "COPY", "LOCK", "MKCOL", "MOVE", "PROPFIND", "PROPPATCH", "REPORT", "SEARCH", "UNLOCK",
})  # fmt: skip

# Names with a meaning in responses only: as request headers they are a sign of a misunderstanding.
RESPONSE_ONLY = frozenset({
    "access-control-allow-credentials", "access-control-allow-headers", "access-control-allow-methods",
    "access-control-allow-origin", "access-control-allow-private-network", "access-control-expose-headers",
    "access-control-max-age", "age", "content-security-policy", "etag", "location", "proxy-authenticate",
    "retry-after", "server", "set-cookie", "strict-transport-security", "timing-allow-origin", "vary",
    "www-authenticate",
})  # fmt: skip

# ... and in requests only.
REQUEST_ONLY = frozenset({
    "accept-charset", "access-control-request-headers", "access-control-request-method",
    "access-control-request-private-network", "cookie", "cookie2", "expect", "host", "if-match", "if-modified-since",
    "if-none-match", "if-range", "if-unmodified-since", "origin", "proxy-authorization", "referer", "te", "user-agent",
})  # fmt: skip


def flag(name: str, value: object, problems: list[Problem]) -> bool:
    """Check a flag: only ``True`` and ``False`` are accepted."""
    if not isinstance(value, bool):
        message = "{here} must be {true} or {false}, not {value}"
        problems.append(problem("wrong-type", name, value, message, write(False, text="write {true} or {false}")))
    return value is True


def wrong_type(name: str, value: object, expected: str, fix: Step) -> Problem:
    """Return the problem of a value that has another type than `expected`."""
    return problem("wrong-type", name, value, f"{{here}} must be {expected}, not {{value}}", fix)


def _entries(name: str, value: object, problems: list[Problem]) -> Iterable[tuple[str, object]]:
    """Yield each entry of a list with its place. A string is a list of one."""
    if isinstance(value, str):
        return [(name, value)]
    if isinstance(value, bytes | bytearray | Mapping) or not isinstance(value, Iterable):
        fix = write(text="write a string or a list of strings")
        problems.append(wrong_type(name, value, "a string or a list of strings", fix))
        return []
    return ((f"{name}[{index}]", entry) for index, entry in enumerate(value))


def _patterns(
    name: str,
    value: object,
    mistakes_in: Callable[[object, str], Iterable[Problem]],
    problems: list[Problem],
) -> tuple[OriginPattern, ...]:
    """Check a list of origins, and each of them. The result is valid only if there are no problems."""
    if isinstance(value, re.Pattern) or (callable(value) and not isinstance(value, Iterable)):
        problems += mistakes_in(value, name)
        return (cast("OriginPattern", value),)
    patterns: list[OriginPattern] = []
    for place, pattern in _entries(name, value, problems):
        patterns.append(cast("OriginPattern", pattern))
        problems += mistakes_in(pattern, place)
    if "*" in patterns and len(patterns) > 1:
        message = "'*' already allows every origin; the other entries of {here} have no effect"
        fix = (
            set_to(name, "*", "write '*' alone"),
            set_to(name, [each for each in patterns if each != "*"], "remove '*'"),
        )
        problems.append(problem("any-origin-beside-others", name, value, message, *fix))
    return tuple(patterns)


def origins(
    value: object, rules: OriginRules, problems: list[Problem], *, may_be_empty: bool
) -> tuple[OriginPattern, ...]:
    """Check ``allow_origins``."""
    before = len(problems)
    patterns = _patterns("allow_origins", value, partial(origin_problems, rules=rules), problems)
    if not patterns and len(problems) == before and not may_be_empty:
        an_origin = add("allow_origins", _EXAMPLE, text="add an origin to {name!s}")
        message = "{here} is empty: no other origin may read anything"
        problems.append(problem("no-origins", "allow_origins", value, message, an_origin, no_cors()))
    if "*" in patterns and rules.credentials:
        message = "browsers refuse '*' with credentials: any page could act with the user's cookies"
        yours = set_to("allow_origins", [_EXAMPLE], "list the origins of your pages")
        fix = yours, unset("allow_credentials")
        problems.append(problem("any-origin-with-credentials", "allow_origins", value, message, *fix))
    return patterns


def writers(value: object, rules: OriginRules, problems: list[Problem]) -> tuple[OriginPattern, ...]:
    """Check who may write: as with credentials, and ``*`` and ``null`` only with their opt-out."""

    def mistakes_in(pattern: object, place: str) -> Iterable[Problem]:
        if not isinstance(pattern, str) or pattern not in {"*", "null"}:
            return origin_problems(pattern, place, rules)
        if rules.null_origin:
            return []
        message = "{value} lets any page on the web act with the user's cookies"
        if pattern == "null":
            message = "any page can have the origin {value}, and would act with the user's cookies"
        fix = (
            write(_EXAMPLE, text="list the origins of your pages"),
            set_to("dangerously_accept_writes_from_any_origin", True),
        )
        return [problem("any-origin-may-write", place, pattern, message, *fix)]

    return _patterns("accept_writes_from", value, mistakes_in, problems)


def fields_without_origins(values: Mapping[str, object]) -> Iterator[Problem]:
    """Find the fields without effect in a policy that only sets `accept_writes_from`."""
    for name, value in values.items():
        if value is False or value is None or value == () or name == "accept_writes_from":
            continue
        if not name.startswith("dangerously_"):
            fix = add("allow_origins", _EXAMPLE, text="add {name!s}"), drop()
            yield problem("field-without-origins", name, value, "{here} has no effect without {allow_origins}", *fix)


_EXAMPLE = "https://app.example.com"


def tokens(
    name: str, value: object, mistake_in: Callable[[str], Mistake | None], problems: list[Problem]
) -> tuple[str, ...]:
    """Check a list of methods or header names."""
    accepted = []
    for place, entry in _entries(name, value, problems):
        if not isinstance(entry, str):
            problems.append(wrong_type(place, entry, "a list of strings", write("X-A", text="write a string")))
            continue
        found = None
        if not is_token(entry) or entry.strip("'") != entry:
            found = _not_a_token(entry)
        elif "*" in entry and entry != "*":
            message = "'*' is not allowed in {value}: it cannot be a part of a name"
            fix = write("*", text="write '*' alone to allow all"), write("X-A", text="write each name")
            found = mistake("misplaced-wildcard", message, *fix)
        elif entry != "*":
            found = mistake_in(entry)
        if found is None:
            accepted.append(entry)
        else:
            problems.append(found.at(place, entry))
    return tuple(accepted)


def _not_a_token(entry: str) -> Mistake:
    """Return what is wrong with an entry that is not a token, or has quotes."""
    several = list_in_string(entry)
    name = re.sub("[\u2010-\u2015\u2212]", "-", entry.partition(":")[0]).strip(" '")  # "X-A: 1" is a line of headers
    if several and (several.code == "quotes-in-value" or ":" not in entry):
        return several
    meant = write(name) if is_token(name) else write("X-A", text="write letters, digits and hyphens")
    return mistake("not-a-token", "{value} has characters that are not allowed in a method or a header name", meant)


def method_mistake(method: str) -> Mistake | None:
    """Find the mistake in a method that is a token."""
    if is_forbidden_method(method):
        return mistake("forbidden-method", "scripts cannot send {value}: browsers refuse it", drop())
    upper = method.upper()
    if method != upper and upper in _KNOWN_METHODS:
        message = "browsers compare methods byte for byte, and {value} is not {upper}"
        return mistake("method-in-wrong-case", message, write(upper), upper=upper)
    return None


def request_header_mistake(name: str) -> Mistake | None:
    """Find the mistake in the name of a request header that is a token."""
    if name.lower() in RESPONSE_ONLY:
        may_move = name.lower() not in FORBIDDEN_RESPONSE_HEADER_NAMES
        fix = (drop(), move_to("expose_headers")) if may_move else (drop(),)
        return mistake("response-header-in-request", "{value} is a response header; {here} is for requests", *fix)
    if is_forbidden_request_header_name(name):
        return mistake("forbidden-request-header", "{value} is set by the browser; scripts cannot set it", drop())
    return None


def exposed(value: object, problems: list[Problem], *, credentials: bool) -> tuple[str, ...]:
    """Check ``expose_headers``."""
    names = tokens("expose_headers", value, _response_header_mistake, problems)
    if credentials and "*" in names:
        message = "with credentials, browsers read '*' in {here} as the name of a header"
        fix = set_to("expose_headers", ["X-A"], "list the names that pages may read")
        problems.append(problem("any-exposed-header-with-credentials", "expose_headers", value, message, fix))
    return names


def _response_header_mistake(name: str) -> Mistake | None:
    if name.lower() in FORBIDDEN_RESPONSE_HEADER_NAMES:
        return mistake("forbidden-response-header", "scripts cannot read {value}: browsers hide it", drop())
    if name.lower() in REQUEST_ONLY:
        fix = (drop(),) if is_forbidden_request_header_name(name) else (drop(), move_to("allow_headers"))
        return mistake("request-header-in-response", "{value} is a request header; {here} is for responses", *fix)
    return None


def seconds(value: object, problems: list[Problem]) -> int | None:
    """Check ``max_age``, which may be a `timedelta`, and return it in seconds."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | timedelta):
        fix = write(600, text="write whole seconds{or_timedelta}")
        problems.append(wrong_type("max_age", value, "a number of seconds", fix))
        return None
    seconds = value.total_seconds() if isinstance(value, timedelta) else value
    if isinstance(value, float) or seconds % 1:
        message, fix = "{here} must be in whole seconds, not {value}", write(600, text="write an integer")
        problems.append(problem("max-age-not-whole", "max_age", value, message, fix))
    elif seconds < 0:
        message, fix = "{here} must not be negative", write(0, text="write 0 to cache nothing")
        problems.append(problem("negative-max-age", "max_age", value, message, fix))
    elif seconds > MAX_MAX_AGE:
        message = "{here} is more than a day: no browser caches preflights for so long"
        fix = write(MAX_MAX_AGE, text="write {entry!s} or less")
        problems.append(problem("max-age-too-long", "max_age", value, message, fix))
    else:
        return int(seconds)
    return None
