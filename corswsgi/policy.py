"""`Policy`: what one row of the table allows, and every rule that it must keep to be accepted.

The law of this module: a `Policy` that exists is safe to serve. Its defaults are the standard's own safelists and
nothing more; each danger has one opt-out, long and ugly on purpose.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from functools import partial
from typing import Any, Never, cast

from corswsgi.errors import PolicyError, Problem
from corswsgi.origins import Environ, OriginPattern, OriginRules, OriginSet, origin_problems
from corswsgi.problems import (
    Mistake,
    Step,
    add,
    do,
    drop,
    list_in_string,
    mistake,
    move_to,
    no_cors,
    problem,
    rename,
    set_to,
    unset,
    write,
)
from corswsgi.standard import (
    FORBIDDEN_RESPONSE_HEADER_NAMES,
    OK_STATUSES,
    is_forbidden_method,
    is_forbidden_request_header_name,
    is_token,
)
from corswsgi.surfaces import Clause, NotThere, described, surfaces_of
from corswsgi.variables import by_variable, values_in
from corswsgi.vocabularies import shown

MAX_MAX_AGE = 86_400  # seconds: no browser keeps a preflight's answer longer than a day

# Methods that people know in upper case only. A browser upper-cases the first six by itself
# (https://fetch.spec.whatwg.org/#concept-method-normalize), but compares them with the answer byte for byte.
_KNOWN_METHODS = frozenset({
    "DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT",
    "PATCH", "QUERY", "COPY", "LOCK", "MKCOL", "MOVE", "PROPFIND", "PROPPATCH", "REPORT", "SEARCH", "UNLOCK",
})  # fmt: skip

# Names that mean something in a response only: as a request header each is the mark of a misunderstanding.
_RESPONSE_ONLY = frozenset({
    "access-control-allow-credentials", "access-control-allow-headers", "access-control-allow-methods",
    "access-control-allow-origin", "access-control-allow-private-network", "access-control-expose-headers",
    "access-control-max-age", "age", "content-security-policy", "etag", "location", "proxy-authenticate",
    "retry-after", "server", "set-cookie", "strict-transport-security", "timing-allow-origin", "vary",
    "www-authenticate",
})  # fmt: skip

# ... and in a request only.
_REQUEST_ONLY = frozenset({
    "accept-charset", "access-control-request-headers", "access-control-request-method",
    "access-control-request-private-network", "cookie", "cookie2", "expect", "host", "if-match", "if-modified-since",
    "if-none-match", "if-range", "if-unmodified-since", "origin", "proxy-authorization", "referer", "te", "user-agent",
})  # fmt: skip

# Why some surfaces do not offer some fields
_REVIEWED = NotThere("a dangerous flag is written where changes are reviewed, not in a variable")
_IN_A_TABLE = NotThere("django-cors-headers has no such setting; a table, CORS_POLICIES, has the field")
_SHOWN_BY_ORIGINS = NotThere("the origins that it lets in are listed in the sentence")


class _Compiled:
    """The place for data that is derived from the fields and is not one of them."""

    __slots__ = ("origin_set",)

    origin_set: OriginSet


@dataclass(init=False, frozen=True, slots=True, repr=False)
class Policy(_Compiled):
    """What web pages of other origins may do below one path pattern: a frozen value that is checked when it is made.

    ``allow_origins`` (required) takes ``"*"``, origins (``"https://app.example.com"``), subdomain wildcards
    (``"https://*.example.com"``: one or more labels in front), any port (``"http://localhost:*"``, the default port
    included), a compiled `re.Pattern` (matched whole, on well-formed origins only) and a callable
    ``(origin, environ) -> bool`` for origins that live in a database: only ``True`` means yes, and what it raises is
    logged and means no. With credentials a regex never matches an ``http:`` origin that is not loopback; what a
    callable says yes to is checked by nobody else.

    ``allow_methods``, ``allow_headers`` and ``expose_headers`` add to the standard's safelists; ``"*"`` stands for all,
    in ``allow_headers`` for all but ``Authorization``
    (https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name). With credentials the standard makes ``*`` a
    literal: then a preflight's answer repeats what was asked, and ``expose_headers="*"`` is refused.

    ``max_age`` is how long a browser may keep a preflight's answer, in seconds (0 to 86400) or as a `timedelta`; ``0``
    means not at all, ``None`` leaves it to the browser (5 seconds).

    ``allow_timing`` adds ``Timing-Allow-Origin`` for the same origins to responses, and not to preflights: their pages
    may read how long each part of a response took, and how large it was
    (https://fetch.spec.whatwg.org/#concept-tao-check).

    ``accept_writes_from`` lists the origins whose pages may send any request to these paths, with cookies, and open
    WebSockets there, although ``cross_origin_writes`` is ``"refuse"``. It takes the patterns of ``allow_origins``,
    checked as with credentials, and allows nobody to read. A policy that has it alone adds no headers. ``"*"`` and
    ``"null"`` are refused without ``dangerously_accept_writes_from_any_origin=True``.

    Raises `PolicyError`, which carries all mistakes at once. The header fields are those of
    https://fetch.spec.whatwg.org/#http-responses.
    """

    allow_origins: tuple[OriginPattern, ...] = described(
        default=(),
        kind="origins",
        variable="ALLOWED_ORIGINS",
        flask="origins",
        django="CORS_ALLOWED_ORIGINS",
        clause=Clause(part="subject", text="{}", everything="any origin"),
        takes='`"*"`, or: origins, byte for byte as browsers send them; `https://*.example.com`, one or more labels in '
        "front; `http://localhost:*`, any port, the default one too; a compiled regex, matched whole, with credentials "
        "never on `http:` but loopback's; a function `(origin, environ) -> bool` for origins in a database, of which "
        "only `True` means yes",
    )
    allow_credentials: bool = described(
        default=False,
        kind="flag",
        variable="ALLOW_CREDENTIALS",
        flask="supports_credentials",
        django="CORS_ALLOW_CREDENTIALS",
        clause=Clause(part="with", text="cookies"),
        takes="`True` lets pages send and read with the user's cookies",
    )
    allow_methods: tuple[str, ...] = described(
        default=(),
        kind="names",
        variable="ALLOW_METHODS",
        flask="methods",
        django="CORS_ALLOW_METHODS",
        clause=Clause(part="send", text="{}", everything="any method", nothing="GET, HEAD and POST"),
        takes='methods beyond GET, HEAD and POST, or `"*"`',
    )
    allow_headers: tuple[str, ...] = described(
        default=(),
        kind="names",
        variable="ALLOW_HEADERS",
        flask="allow_headers",
        django="CORS_ALLOW_HEADERS",
        clause=Clause(part="with", text="the header {}", many="the headers {}", everything="any header"),
        takes='request headers beyond the safelist, or `"*"`: all but `Authorization`, which is always named',
    )
    expose_headers: tuple[str, ...] = described(
        default=(),
        kind="names",
        variable="EXPOSE_HEADERS",
        flask="expose_headers",
        django="CORS_EXPOSE_HEADERS",
        clause=Clause(part="also", text="read {}", everything="read any response header"),
        takes='response headers that pages may read beyond the safelist, or `"*"`',
    )
    max_age: int | None = described(
        default=None,
        kind="seconds",
        variable="MAX_AGE",
        flask="max_age",
        django="CORS_PREFLIGHT_MAX_AGE",
        clause=Clause(part="end", text="browsers ask anew after {} s", nothing="browsers ask every time"),
        takes="how long a browser may keep a preflight's answer: seconds, or a `timedelta`; `0`: not at all",
    )
    allow_timing: bool = described(
        default=False,
        kind="flag",
        variable="ALLOW_TIMING",
        flask="allow_timing",
        django="CORS_ALLOW_TIMING",
        clause=Clause(part="also", text="read timings"),
        takes="`True` lets the same pages read how long each part of a response took (`Timing-Allow-Origin`)",
    )
    accept_writes_from: tuple[OriginPattern, ...] = described(
        default=(),
        kind="origins",
        variable="ACCEPT_WRITES_FROM",
        flask="accept_writes_from",
        django="CORS_ACCEPT_WRITES_FROM",
        clause=Clause(
            part="end", text="writes are accepted from {}", everything="writes are accepted from pages of any origin"
        ),
        takes="origins whose pages may send any request and open WebSockets, with cookies, while `cross_origin_writes` "
        'is `"refuse"`: patterns as in `allow_origins`, checked as with credentials. They may not read the responses',
    )
    dangerously_allow_insecure_origins: bool = described(
        default=False,
        kind="flag",
        variable=_REVIEWED,
        flask="dangerously_allow_insecure_origins",
        django=_IN_A_TABLE,
        clause=_SHOWN_BY_ORIGINS,
        takes="with credentials, `http:` origins that are not on this machine",
    )
    dangerously_allow_public_suffixes: bool = described(
        default=False,
        kind="flag",
        variable=_REVIEWED,
        flask="dangerously_allow_public_suffixes",
        django=_IN_A_TABLE,
        clause=_SHOWN_BY_ORIGINS,
        takes="with credentials, wildcards over a public suffix (`https://*.github.io`)",
    )
    dangerously_allow_null_origin: bool = described(
        default=False,
        kind="flag",
        variable=_REVIEWED,
        flask="dangerously_allow_null_origin",
        django=_IN_A_TABLE,
        clause=_SHOWN_BY_ORIGINS,
        takes='`"null"` in `allow_origins`',
    )
    dangerously_accept_writes_from_any_origin: bool = described(
        default=False,
        kind="flag",
        variable=_REVIEWED,
        flask="dangerously_accept_writes_from_any_origin",
        django=_IN_A_TABLE,
        clause=_SHOWN_BY_ORIGINS,
        takes='`"*"` and `"null"` in `accept_writes_from`',
    )

    def __init__(  # noqa: PLR0913  (one for each field)
        self,
        /,
        *,
        allow_origins: OriginPattern | Iterable[OriginPattern] = (),
        allow_credentials: bool = False,
        allow_methods: str | Iterable[str] = (),
        allow_headers: str | Iterable[str] = (),
        expose_headers: str | Iterable[str] = (),
        max_age: int | timedelta | None = None,
        allow_timing: bool = False,
        accept_writes_from: OriginPattern | Iterable[OriginPattern] = (),
        dangerously_allow_insecure_origins: bool = False,
        dangerously_allow_public_suffixes: bool = False,
        dangerously_allow_null_origin: bool = False,
        dangerously_accept_writes_from_any_origin: bool = False,
        **unknown: Never,
    ) -> None:
        problems = _unknown_fields(unknown)
        credentials = _flag("allow_credentials", allow_credentials, problems)
        insecure_origins = _flag("dangerously_allow_insecure_origins", dangerously_allow_insecure_origins, problems)
        public_suffixes = _flag("dangerously_allow_public_suffixes", dangerously_allow_public_suffixes, problems)
        null_origin = _flag("dangerously_allow_null_origin", dangerously_allow_null_origin, problems)
        any_writer = _flag(
            "dangerously_accept_writes_from_any_origin", dangerously_accept_writes_from_any_origin, problems
        )
        rules = OriginRules(
            credentials=credentials,
            insecure_origins=insecure_origins,
            public_suffixes=public_suffixes,
            null_origin=null_origin,
        )
        writers = _writers(accept_writes_from, replace(rules, credentials=True, null_origin=any_writer), problems)
        patterns = _origins(allow_origins, rules, problems, may_be_empty=bool(writers))
        values: dict[str, object] = {
            "allow_origins": patterns,
            "allow_credentials": credentials,
            "allow_methods": _tokens("allow_methods", allow_methods, _method_mistake, problems),
            "allow_headers": _tokens("allow_headers", allow_headers, _request_header_mistake, problems),
            "expose_headers": _exposed(expose_headers, problems, credentials=credentials),
            "max_age": _seconds(max_age, problems),
            "allow_timing": _flag("allow_timing", allow_timing, problems),
            "accept_writes_from": writers,
            "dangerously_allow_insecure_origins": insecure_origins,
            "dangerously_allow_public_suffixes": public_suffixes,
            "dangerously_allow_null_origin": null_origin,
            "dangerously_accept_writes_from_any_origin": any_writer,
        }
        if writers and not patterns and not any(each.field.startswith("allow_origins") for each in problems):
            problems += _fields_without_origins(values)
        if problems:
            order = {name: index for index, name in enumerate(values)}
            raise PolicyError(sorted(problems, key=lambda each: order.get(each.field.partition("[")[0], len(order))))
        for name, value in values.items():
            object.__setattr__(self, name, value)
        origin_set = OriginSet(patterns, only_secure=credentials and not insecure_origins)
        object.__setattr__(self, "origin_set", origin_set)

    def __repr__(self) -> str:
        values = {each.name: (getattr(self, each.name), each.default) for each in fields(self)}
        return f"Policy({', '.join(f'{name}={value!r}' for name, (value, usual) in values.items() if value != usual)})"

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle the fields; what is derived from them is derived anew, and the rules are checked anew."""
        return _restored, (type(self), {each.name: getattr(self, each.name) for each in fields(self)})

    @classmethod
    def from_env(
        cls, environ: Mapping[str, str] | None = None, *, prefix: str = "CORS_", may_be_empty: bool = False
    ) -> "Policy":
        """Read a policy from the variables of `environ` (`os.environ` when None).

        They are ``CORS_ALLOWED_ORIGINS``, ``CORS_ALLOW_METHODS``, ``CORS_ALLOW_HEADERS``, ``CORS_EXPOSE_HEADERS`` and
        ``CORS_ACCEPT_WRITES_FROM``, with commas between their values, ``CORS_ALLOW_CREDENTIALS`` and
        ``CORS_ALLOW_TIMING`` (``true`` or ``false``) and ``CORS_MAX_AGE`` (seconds). One that is empty or absent gives
        the field's default. Without a value in ``CORS_ALLOWED_ORIGINS`` and ``CORS_ACCEPT_WRITES_FROM`` `PolicyError`
        is raised, or else, when it `may_be_empty`, no origin is allowed.
        """
        variables = os.environ if environ is None else environ
        values = values_in(variables, prefix, FIELDS)
        if may_be_empty:
            values.setdefault("allow_origins", _nobody)
        try:
            return cls(**values)
        except PolicyError as error:
            raise PolicyError(by_variable(error.problems, variables, prefix, FIELDS)) from None

    def allows_origin(self, origin: str | None, environ: Environ | None = None) -> bool:
        """Tell whether pages of `origin` are allowed: for what CORS does not cover, as the handshake of a WebSocket.

        `origin` is the value of the ``Origin`` header; without one (``None``) the answer is no. `environ` is handed to
        callables in ``allow_origins``. Never raises.
        """
        return origin is not None and self.origin_set.allows(origin, environ or {})


FIELDS = surfaces_of(Policy)


def _restored(policy: type[Policy], values: Mapping[str, Any]) -> Policy:
    return policy(**values)


def _nobody(_origin: str, _environ: Mapping[str, object]) -> bool:
    return False


def _unknown_fields(unknown: Mapping[str, object]) -> list[Problem]:
    problems = []
    for name, value in unknown.items():
        import difflib  # noqa: PLC0415  (only a mistake needs it)

        known = [each.name for each in fields(Policy)]
        nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
        problems.append(
            problem(
                "unknown-field",
                name if name.isidentifier() else shown(name),
                value,
                "{name} is not a field of a policy",
                rename(nearest[0]) if nearest else do("use a field such as {allow_origins} or {max_age}"),
                name=name,
            )
        )
    return problems


def _flag(name: str, value: object, problems: list[Problem]) -> bool:
    if not isinstance(value, bool):
        message = "{here} must be {true} or {false}, not {value}"
        problems.append(problem("wrong-type", name, value, message, write(False, text="write {true} or {false}")))
    return value is True


def _wrong_type(name: str, value: object, expected: str, fix: Step) -> Problem:
    return problem("wrong-type", name, value, f"{{here}} must be {expected}, not {{value}}", fix)


def _entries(name: str, value: object, problems: list[Problem]) -> Iterable[tuple[str, object]]:
    """Yield each entry of a list with its place; one string is a list of one."""
    if isinstance(value, str):
        return [(name, value)]
    if isinstance(value, bytes | bytearray | Mapping) or not isinstance(value, Iterable):
        fix = write(text="write a string or a list of strings")
        problems.append(_wrong_type(name, value, "a string or a list of strings", fix))
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


def _origins(
    value: object, rules: OriginRules, problems: list[Problem], *, may_be_empty: bool
) -> tuple[OriginPattern, ...]:
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


def _writers(value: object, rules: OriginRules, problems: list[Problem]) -> tuple[OriginPattern, ...]:
    """Check who may write: as with credentials, and ``*`` and ``null`` only where the danger is written out."""

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


def _fields_without_origins(values: Mapping[str, object]) -> Iterator[Problem]:
    """Find what has no effect in a policy that has `accept_writes_from` alone."""
    for name in ("allow_credentials", "allow_methods", "allow_headers", "expose_headers", "max_age", "allow_timing"):
        value = values[name]
        if value is not False and value is not None and value != ():
            fix = add("allow_origins", _EXAMPLE, text="add {name!s}"), drop()
            yield problem("field-without-origins", name, value, "{here} has no effect without {allow_origins}", *fix)


_EXAMPLE = "https://app.example.com"


def _tokens(
    name: str, value: object, mistake_in: Callable[[str], Mistake | None], problems: list[Problem]
) -> tuple[str, ...]:
    """Check a list of methods or header names."""
    accepted = []
    for place, entry in _entries(name, value, problems):
        if not isinstance(entry, str):
            problems.append(_wrong_type(place, entry, "a list of strings", write("X-A", text="write a string")))
            continue
        found = None
        if not is_token(entry):
            found = list_in_string(entry) or mistake(
                "not-a-token",
                "{value} has characters that are not allowed in a method or a header name",
                write("X-A", text="write letters, digits and hyphens"),
            )
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


def _method_mistake(method: str) -> Mistake | None:
    if is_forbidden_method(method):
        return mistake("forbidden-method", "scripts cannot send {value}: browsers refuse it", drop())
    upper = method.upper()
    if method != upper and upper in _KNOWN_METHODS:
        message = "browsers compare methods byte for byte, and {value} is not {upper}"
        return mistake("method-in-wrong-case", message, write(upper), upper=upper)
    return None


def _request_header_mistake(name: str) -> Mistake | None:
    if name.lower() in _RESPONSE_ONLY:
        may_move = name.lower() not in FORBIDDEN_RESPONSE_HEADER_NAMES
        fix = (drop(), move_to("expose_headers")) if may_move else (drop(),)
        return mistake("response-header-in-request", "{value} is a response header; {here} is for requests", *fix)
    if is_forbidden_request_header_name(name):
        return mistake("forbidden-request-header", "{value} is set by the browser; scripts cannot set it", drop())
    return None


def _exposed(value: object, problems: list[Problem], *, credentials: bool) -> tuple[str, ...]:
    names = _tokens("expose_headers", value, _response_header_mistake, problems)
    if credentials and "*" in names:
        message = "with credentials, browsers read '*' in {here} as the name of a header"
        fix = set_to("expose_headers", ["X-A"], "list the names that pages may read")
        problems.append(problem("any-exposed-header-with-credentials", "expose_headers", value, message, fix))
    return names


def _response_header_mistake(name: str) -> Mistake | None:
    if name.lower() in FORBIDDEN_RESPONSE_HEADER_NAMES:
        return mistake("forbidden-response-header", "scripts cannot read {value}: browsers hide it", drop())
    if name.lower() in _REQUEST_ONLY:
        fix = (drop(),) if is_forbidden_request_header_name(name) else (drop(), move_to("allow_headers"))
        return mistake("request-header-in-response", "{value} is a request header; {here} is for responses", *fix)
    return None


def _seconds(value: object, problems: list[Problem]) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | timedelta):
        fix = write(600, text="write whole seconds{or_timedelta}")
        problems.append(_wrong_type("max_age", value, "a number of seconds", fix))
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


def option_problems(
    *, app: object, preflight_status: object, intercept_exceptions: object, on_decision: object
) -> list[Problem]:
    """Find what is wrong with the arguments of a `CORSMiddleware`, but for its table."""
    problems: list[Problem] = []
    if not callable(app):
        fix = do("write CORSMiddleware(app, policies)")
        problems.append(_wrong_type("app", app, "a WSGI application", fix))
    if type(preflight_status) is not int or preflight_status not in OK_STATUSES:
        message = "a preflight must be answered with a status from 200 to 299, not {value}"
        fix = write(204, text="use 204, or 200 if an old client or proxy needs it")
        problems.append(problem("preflight-status", "preflight_status", preflight_status, message, fix))
    _flag("intercept_exceptions", intercept_exceptions, problems)
    if on_decision is not None and not callable(on_decision):
        fix = do("write a function of one argument, a Decision")
        problems.append(_wrong_type("on_decision", on_decision, "a function", fix))
    return problems
