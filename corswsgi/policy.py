"""`Policy`: the permissions of one row, and every rule that they must follow.

The law of this module: a `Policy` that exists is safe to serve. Its defaults are the standard's own safelists and
nothing more. Each danger has one opt-out, with a long and ugly name on purpose.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Any, Never, Self

from corswsgi.calls import helpful
from corswsgi.checks import (
    exposed,
    fields_without_origins,
    flag,
    method_mistake,
    origins,
    request_header_mistake,
    seconds,
    tokens,
    writers,
)
from corswsgi.errors import PolicyError, Problem
from corswsgi.origins import Environ, OriginPattern, OriginRules, OriginSet
from corswsgi.surfaces import Clause, NotThere, described, surfaces_of
from corswsgi.variables import by_variable, misspelt, values_in
from corswsgi.vocabularies import literal, shown

# The reasons why some surfaces do not offer some fields
_REVIEWED = NotThere("a dangerous flag is written where changes are reviewed, not in a variable")
_IN_A_TABLE = NotThere("django-cors-headers has no such setting; a table, CORS_POLICIES, has the field")
_SHOWN_BY_ORIGINS = NotThere("the origins that it lets in are listed in the sentence")


class _Compiled:
    """The base class with a slot for data that is derived from the fields."""

    __slots__ = ("origin_set",)

    origin_set: OriginSet

    def __new__(cls, *values: object, **fields: Any) -> Self:
        """Refuse values without the name of a field. ``__init__`` has the signature that people and editors see."""
        if values:
            from corswsgi.misnamed import unnamed_fields  # noqa: PLC0415  (only a mistake needs it)

            raise PolicyError(unnamed_fields(values, fields, cls))
        return super().__new__(cls)


@dataclass(init=False, frozen=True, slots=True, repr=False)
class Policy(_Compiled):
    """The CORS rules for the paths of one row. A policy is immutable, and it is checked when it is made.

    >>> policy = Policy(
    ...     allow_origins=["https://app.example.com", "http://localhost:*"],
    ...     allow_credentials=True,
    ...     allow_methods=["PUT", "DELETE"],
    ...     allow_headers="Content-Type",
    ... )
    >>> policy.allows_origin("http://localhost:5173")
    True
    >>> Policy(allow_origins="*", allow_credentials=True)
    Traceback (most recent call last):
        ...
    corswsgi.errors.PolicyError: allow_origins: browsers refuse '*' with credentials: ...

    The defaults allow nothing beyond what browsers send without asking. A list may be written as one string if it has
    one entry.

    ``allow_origins``
        The origins whose pages may read responses. Required, unless ``accept_writes_from`` is set. Entries are ``"*"``
        for any origin; an origin as browsers send it, ``"https://app.example.com"``; ``"https://*.example.com"`` for
        one or more labels in front; ``"http://localhost:*"`` for any port, the default one included;
        ``"moz-extension://*"`` for programs whose host differs with each installation; a compiled `re.Pattern`, which
        must match the whole origin; a function ``(origin, environ) -> bool``, such as a `LoadedOrigins`. A function
        must return exactly ``True``. If it raises, the exception is logged and the origin is not allowed; corswsgi does
        not check what a function accepts.

        Refused: an entry that no browser sends, such as one with a path, a slash at the end, a default port or capital
        letters; ``"null"``; a regex that can be slow or has an unescaped dot. With credentials also ``"*"``, ``http:``
        other than loopback, a wildcard over a public suffix, and a regex that does not write out the domain of all that
        it matches.
    ``allow_credentials``
        ``True`` lets pages send requests with the user's cookies, and read the responses. Default ``False``.
    ``allow_methods``
        Methods beyond GET, HEAD and POST, which are always allowed; ``"*"`` allows every method. Refused: ``"put"`` and
        the like in lower case, CONNECT, TRACE and TRACK.
    ``allow_headers``
        Request headers beyond the standard's safelist (https://fetch.spec.whatwg.org/#cors-safelisted-request-header):
        JSON needs ``"Content-Type"``, a token ``"Authorization"``. ``"*"`` allows every header except
        ``Authorization``, which must be listed by name
        (https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name). Refused: headers that only the browser
        sets, such as ``Cookie``, and response headers.
    ``expose_headers``
        Response headers that scripts may read beyond the standard's safelist
        (https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name), or ``"*"`` for every header. Refused:
        ``Set-Cookie``, request headers, and ``"*"`` with credentials.
    ``max_age``
        How long browsers may keep the answer to a preflight: seconds, 0 to 86400, or a `timedelta` of whole seconds. 0:
        not at all. None, the default, adds no header: browsers keep it for 5 seconds.
    ``allow_timing``
        ``True`` lets the same pages read how long each part of a response took and how large it was. It adds
        ``Timing-Allow-Origin`` to responses, not to preflights (https://fetch.spec.whatwg.org/#concept-tao-check).
    ``accept_writes_from``
        Origins whose pages may send any request to these paths, with cookies, and open WebSockets there, while
        ``cross_origin_writes`` of the middleware is ``"refuse"``. Entries are those of ``allow_origins``, checked as
        with credentials. These pages may not read the responses: a policy that has this field alone adds no headers.
        Refused: ``"*"`` and ``"null"``.
    ``dangerously_allow_insecure_origins``
        ``True`` accepts ``http:`` origins with credentials. Anyone on the network path can forge such a page.
    ``dangerously_allow_public_suffixes``
        ``True`` accepts wildcards over a public suffix, such as ``"https://*.github.io"``, with credentials. Anyone can
        register a name there.
    ``dangerously_allow_null_origin``
        ``True`` accepts ``"null"`` in ``allow_origins``. Every page can have that origin, by a sandboxed frame.
    ``dangerously_accept_writes_from_any_origin``
        ``True`` accepts ``"*"`` and ``"null"`` in ``accept_writes_from``. Every page may then send with the user's
        cookies.

    With credentials browsers read ``*`` as a name. ``allow_methods="*"`` and ``allow_headers="*"`` then answer a
    preflight with what it asked for, up to 100 names and 2,048 bytes.

    Raises `PolicyError` with every mistake at once. The headers are those of
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
        "never on `http:` but loopback's; a function `(origin, environ) -> bool` for origins in a database, which must "
        "return exactly `True`",
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
        takes='request headers beyond the safelist, or `"*"`, which covers every header except `Authorization`',
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
        django="CORS_DANGEROUSLY_ALLOW_INSECURE_ORIGINS",
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
        problems: list[Problem] = []
        is_misnamed = False
        if unknown:
            from corswsgi.misnamed import meant_field, unknown_fields  # noqa: PLC0415  (only a mistake needs it)

            problems += unknown_fields(unknown, FIELDS)
            is_misnamed = any(meant_field(name, FIELDS) == "allow_origins" for name in unknown)
        credentials = flag("allow_credentials", allow_credentials, problems)
        insecure_origins = flag("dangerously_allow_insecure_origins", dangerously_allow_insecure_origins, problems)
        public_suffixes = flag("dangerously_allow_public_suffixes", dangerously_allow_public_suffixes, problems)
        null_origin = flag("dangerously_allow_null_origin", dangerously_allow_null_origin, problems)
        any_writer = flag(
            "dangerously_accept_writes_from_any_origin", dangerously_accept_writes_from_any_origin, problems
        )
        rules = OriginRules(
            credentials=credentials,
            insecure_origins=insecure_origins,
            public_suffixes=public_suffixes,
            null_origin=null_origin,
        )
        writing = writers(accept_writes_from, replace(rules, credentials=True, null_origin=any_writer), problems)
        patterns = origins(allow_origins, rules, problems, may_be_empty=bool(writing) or is_misnamed)
        values: dict[str, object] = {
            "allow_origins": patterns,
            "allow_credentials": credentials,
            "allow_methods": tokens("allow_methods", allow_methods, method_mistake, problems),
            "allow_headers": tokens("allow_headers", allow_headers, request_header_mistake, problems),
            "expose_headers": exposed(expose_headers, problems, credentials=credentials),
            "max_age": seconds(max_age, problems),
            "allow_timing": flag("allow_timing", allow_timing, problems),
            "accept_writes_from": writing,
            "dangerously_allow_insecure_origins": insecure_origins,
            "dangerously_allow_public_suffixes": public_suffixes,
            "dangerously_allow_null_origin": null_origin,
            "dangerously_accept_writes_from_any_origin": any_writer,
        }
        if writing and not patterns and not any(each.field.startswith("allow_origins") for each in problems):
            problems += fields_without_origins(values)
        if problems:
            order = {name: index for index, name in enumerate(values)}
            raise PolicyError(sorted(problems, key=lambda each: order.get(each.field.partition("[")[0], -1)))
        for name, value in values.items():
            object.__setattr__(self, name, value)
        origin_set = OriginSet(patterns, only_secure=credentials and not insecure_origins)
        object.__setattr__(self, "origin_set", origin_set)

    def __repr__(self) -> str:
        values = {each.name: (getattr(self, each.name), each.default) for each in fields(self)}
        written = (f"{name}={literal(value)}" for name, (value, usual) in values.items() if value != usual)
        return f"Policy({', '.join(written)})"

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle the fields. Unpickling checks the rules and derives the other data again."""
        return _restored, (type(self), {each.name: getattr(self, each.name) for each in fields(self)})

    @classmethod
    @helpful()
    def from_env(
        cls,
        environ: Mapping[str, str] | None = None,
        *,
        prefix: str = "CORS_",
        may_be_empty: bool = False,
        **unknown: Never,
    ) -> "Policy":
        """Return the policy that the variables of `environ` describe (`os.environ` if None).

        >>> environ = {"CORS_ALLOWED_ORIGINS": "https://app.example.com, http://localhost:*", "CORS_MAX_AGE": "600"}
        >>> Policy.from_env(environ)
        Policy(allow_origins=('https://app.example.com', 'http://localhost:*'), max_age=600)

        Lists have commas between their values: ``CORS_ALLOWED_ORIGINS``, ``CORS_ALLOW_METHODS``,
        ``CORS_ALLOW_HEADERS``, ``CORS_EXPOSE_HEADERS`` and ``CORS_ACCEPT_WRITES_FROM``. ``CORS_ALLOW_CREDENTIALS`` and
        ``CORS_ALLOW_TIMING`` are ``true`` or ``1``, ``false`` or ``0``, and ``CORS_MAX_AGE`` is a number of seconds. A
        variable that is empty or not set leaves its field at the default. `prefix` replaces ``CORS_``.

        Raises `PolicyError` with every mistake at once. A misspelt variable is a mistake, such as
        ``CORS_ALLOWED_METHODS``, and so is one that names no origins; with `may_be_empty=True` no origin is allowed
        then. Add fields that are always the same with `dataclasses.replace`.
        """
        if unknown:
            raise TypeError(_no_arguments(unknown))
        variables = os.environ if environ is None else environ
        values = values_in(variables, prefix, FIELDS)
        unread = list(misspelt(variables, prefix, FIELDS))
        if may_be_empty:
            values.setdefault("allow_origins", nobody)
        try:
            policy = cls(**values)
        except PolicyError as error:
            raise PolicyError(by_variable(error.problems, unread, variables, prefix, FIELDS)) from None
        if unread:
            raise PolicyError(unread)
        return policy

    def allows_origin(self, origin: str | None, environ: Environ | None = None) -> bool:
        """Return whether pages of `origin` are allowed. Never raises.

        For requests that CORS does not cover, such as the handshake of a WebSocket. `origin` is the value of the
        ``Origin`` header, or None without one, which is not allowed. `environ` is passed to functions in
        ``allow_origins``.
        """
        return origin is not None and self.origin_set.allows(origin, environ or {})


FIELDS = surfaces_of(Policy)


def _restored(policy: type[Policy], values: Mapping[str, Any]) -> Policy:
    return policy(**values)


def nobody(_origin: str, _environ: Mapping[str, object]) -> bool:
    """Allow no origin: an entry for ``allow_origins`` if a list may be empty."""
    return False


def _no_arguments(fields_: Mapping[str, object]) -> str:
    """Return the message for fields that are passed to `Policy.from_env`."""
    named = ", ".join(f"{name}={shown(value)}" for name, value in fields_.items())
    return f"from_env takes no fields: write dataclasses.replace(Policy.from_env(...), {named})"
