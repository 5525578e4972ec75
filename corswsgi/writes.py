"""Writes by pages of other origins: unsafe requests and WebSockets.

The law of this module: an unsafe request of another origin's page reaches the application only if its row allows that
page to send it, with everything that it carries. A request of unclear origin counts as another origin's.
`Content-Type`, `Referer` and `X-Forwarded-Host` are never read, because pages or other clients can choose them.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, TypeVar, get_args
from wsgiref.types import StartResponse, WSGIEnvironment

from corswsgi.decision import Decision, Reason
from corswsgi.origins import OriginSet
from corswsgi.problems import problem, write
from corswsgi.standard import DEFAULT_PORTS, SERIALIZED_ORIGIN

if TYPE_CHECKING:
    from corswsgi.errors import Problem
    from corswsgi.policy import Policy

logger = logging.getLogger("corswsgi")

Switch = Literal["accept", "report", "refuse"]
T = TypeVar("T")
Answer = Callable[[WSGIEnvironment, StartResponse], T]

# RFC 9110, section 9.2.1, without TRACE, which pages cannot send. Compared byte for byte. This and the next are tuples,
# because a set hashes the text of each request: benchmarks/writes.py
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

# https://w3c.github.io/webappsec-fetch-metadata/#sec-fetch-site-header: `none` is a request of the user. `same-site` is
# a page of another origin: a sibling subdomain, or another port of the same host
_OWN_SITES = ("same-origin", "none")

# RFC 9110, section 7.8:
#   Upgrade = [ protocol *( OWS "," OWS protocol ) ]    protocol = protocol-name [ "/" protocol-version ]
_WEBSOCKET = re.compile(r"(?:\A|,)[ \t]*websocket[ \t]*(?:[,/]|\Z)", re.IGNORECASE)
_MAX_UPGRADE_LENGTH = 200  # browsers send 9 characters. Longer values are not searched and count as a handshake

# RFC 6750, section 2.1, is an `Authorization` that a script has set: browsers add Basic, Digest, Negotiate and NTLM
_BEARER = re.compile(r"bearer(?: [^,]*)?", re.IGNORECASE)

_MAX_ORIGIN_LENGTH = 400  # a host has at most 253 characters
_MAX_KNOWN_ORIGINS = 1000

_MAX_LOGGED_KINDS = 200
_MAX_LOGGED_LENGTH = 200
_LOGGED_METHODS = frozenset({
    "COPY", "DELETE", "GET", "LOCK", "MKCOL", "MOVE", "PATCH", "POST", "PROPFIND", "PROPPATCH", "PUT", "QUERY",
    "REPORT", "SEARCH", "UNLOCK",
})  # fmt: skip

_WHY: dict[Reason, str] = {
    "no-row": "no row of the table covers this path",
    "row-without-policy": "{row} has no policy",
    "no-origin": "{row} can allow nobody, since the request has no Origin",
    "origin-not-allowed": "{row} lists this origin neither in accept_writes_from nor in allow_origins",
    "method-not-allowed": "{row} does not list this method in allow_methods",
    "credentials-not-allowed": "{row} has no allow_credentials, and the request carries a cookie or a login",
}


def switch_problems(cross_origin_writes: object) -> list[Problem]:
    """Find the problem of a value of `cross_origin_writes`."""
    if isinstance(cross_origin_writes, str) and cross_origin_writes in get_args(Switch):
        return []
    message = "cross_origin_writes must be 'accept', 'report' or 'refuse', not {value}"
    fix = write("refuse"), write("report", text="write {entry!s} to log what 'refuse' would refuse")
    return [problem("cross-origin-writes", "cross_origin_writes", cross_origin_writes, message, *fix)]


def is_handshake(environ: WSGIEnvironment) -> bool:
    """Detect the opening handshake of a WebSocket (RFC 6455, section 4.1), by GET and `Upgrade` as servers do."""
    upgrade = environ.get("HTTP_UPGRADE")
    return (
        upgrade is not None
        and environ["REQUEST_METHOD"] == "GET"
        and (len(upgrade) > _MAX_UPGRADE_LENGTH or _WEBSOCKET.search(upgrade) is not None)
    )


def apart(own: Answer[T], others: Answer[T]) -> Answer[T]:
    """Pass a request to `others` if it may be a write by a page of another origin, otherwise to `own`.

    It needs no row: safe methods, the application's own pages, and clients that are not browsers are always allowed.
    """
    known: dict[str, _Hosts] = {}

    # one function for all: each further call is a tenth of benchmarks/writes.py, "own POST, no site"
    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> T:
        if environ["REQUEST_METHOD"] in SAFE_METHODS and ("HTTP_UPGRADE" not in environ or not is_handshake(environ)):
            return own(environ, start_response)
        # before Origin: a site's own form sends Origin `null` under `Referrer-Policy: no-referrer`
        site = environ.get("HTTP_SEC_FETCH_SITE")
        if site is not None:
            return (own if site in _OWN_SITES else others)(environ, start_response)
        origin = environ.get("HTTP_ORIGIN")
        if origin is None:
            return own(environ, start_response)
        if len(origin) <= _MAX_ORIGIN_LENGTH:
            hosts, is_plain = known.get(origin) or _learnt(known, origin)
            host = environ.get("HTTP_HOST", "")
            # An `https` origin on an `http` server is its own: TLS may end in front of it
            if (host in hosts or host.lower() in hosts) and not (is_plain and _is_secure(environ)):
                return own(environ, start_response)
        return others(environ, start_response)

    return answer


# The spellings of an origin's host in `Host`, in lower case, and whether the origin's scheme is `http`
_Hosts = tuple[tuple[str, ...], bool]


def _learnt(known: dict[str, _Hosts], origin: str) -> _Hosts:
    if len(known) >= _MAX_KNOWN_ORIGINS:  # an application has few own origins: these are strangers'
        known.clear()
    hosts = known[origin] = _hosts_of(origin)
    return hosts


def _hosts_of(origin: str) -> _Hosts:
    parsed = SERIALIZED_ORIGIN.fullmatch(origin)
    if parsed is None or parsed["scheme"] not in DEFAULT_PORTS:
        return (), False
    host = origin.partition("://")[2]
    hosts = (host,) if parsed["port"] else (host, f"{host}:{DEFAULT_PORTS[parsed['scheme']]}")
    return hosts, parsed["scheme"] == "http"


def _is_secure(environ: WSGIEnvironment) -> bool:
    return environ["wsgi.url_scheme"].lower() in {"https", "wss"}  # proxies call the scheme of a handshake `wss`


class WriteRules:
    """The pages of other origins that may write below one row, and the parts of a request that they may send.

    `pattern` is the row's, or None for no row; `policy` is its policy, or None; `name` is for the log.
    ``why_refused`` takes a request that `apart` passes to others, and returns why it must not reach the application,
    or None if it may.
    """

    __slots__ = ("name", "pattern", "why_refused")

    why_refused: Callable[[WSGIEnvironment], Reason | None]

    def __init__(self, pattern: str | None, policy: Policy | None, name: str | None = None) -> None:
        self.pattern = pattern
        self.name = name or f"row {_escaped(pattern or '')}"
        if policy is not None:
            self.why_refused = _rules_of(policy)
        else:
            self.why_refused = _always("no-row" if pattern is None else "row-without-policy")


def _always(reason: Reason) -> Callable[[WSGIEnvironment], Reason | None]:
    return lambda _environ: reason


def _rules_of(policy: Policy) -> Callable[[WSGIEnvironment], Reason | None]:
    """Make one function of all rules of a policy: a call more is an eighth of benchmarks/writes.py, "PUT, allowed"."""
    listed = policy.origin_set
    exact, longest, matches, any_origin = listed.exact, listed.longest, listed.matches, listed.any_origin
    methods = {"POST", *policy.allow_methods}
    any_method = "*" in methods
    with_credentials = policy.allow_credentials
    only_secure = not policy.dangerously_allow_insecure_origins
    writers = policy.accept_writes_from
    accepted = OriginSet(writers, only_secure=only_secure).allows if writers else None

    def why_refused(environ: WSGIEnvironment) -> Reason | None:
        origin = environ.get("HTTP_ORIGIN")
        reason: Reason | None = None
        if origin is None:
            reason = "no-origin"
        elif accepted is not None and accepted(origin, environ):
            pass
        # like `OriginSet.allows`, without the call
        elif not (
            any_origin
            or (len(origin) <= longest and origin in exact)
            or (matches is not None and matches(origin, environ))
        ):
            reason = "origin-not-allowed"
        # a handshake needs no method: GET is always allowed
        elif environ["REQUEST_METHOD"] not in methods and not any_method and not is_handshake(environ):
            reason = "method-not-allowed"
        elif not with_credentials and _carries_credentials(environ):
            reason = "credentials-not-allowed"
        return reason

    return why_refused


def _carries_credentials(environ: WSGIEnvironment) -> bool:
    """Return whether a request carries credentials that a browser adds by itself.

    Servers that check a login hide `Authorization`, or have had a certificate instead, and set `REMOTE_USER`.
    """
    authorization = environ.get("HTTP_AUTHORIZATION")
    if authorization is None:
        return "HTTP_COOKIE" in environ or bool(environ.get("REMOTE_USER"))
    return "HTTP_COOKIE" in environ or _BEARER.fullmatch(authorization) is None


class WriteGuard:
    """Refuses or reports writes by pages of other origins. Logs each kind once, and calls `on_decision` for each write.

    `switch` is ``"report"`` or ``"refuse"``.
    """

    __slots__ = ("_logged", "_on_decision", "_switch", "refuses")

    refuses: bool

    def __init__(self, switch: Switch, on_decision: Callable[[Decision], object] | None) -> None:
        self.refuses = switch == "refuse"
        self._switch = switch
        self._on_decision = on_decision
        self._logged: dict[tuple[object, ...], object] = {}

    def tell(self, rules: WriteRules, reason: Reason, environ: WSGIEnvironment) -> None:
        """Log a write that its row does not allow, and pass it to `on_decision`. Never raises."""
        self._log(rules, reason, environ)
        if self._on_decision is not None:
            decision = Decision(
                kind="websocket" if is_handshake(environ) else "write",
                allowed=False,
                reason=reason,
                path_pattern=rules.pattern,
                origin=environ.get("HTTP_ORIGIN", ""),
            )
            self._on_decision(decision)

    def tell_of_another(self, rules: WriteRules, served: str) -> None:
        """Log that a write allowed by `rules` was then served by a view or row with another policy."""
        if self._is_new((rules.pattern, served)):
            logger.error(
                "A write of another origin was allowed by %s, and then served by %s: something behind corswsgi changes"
                " paths. (each kind is logged once)",
                rules.name,
                served,
            )

    def _is_new(self, kind: tuple[object, ...]) -> bool:
        mine = object()  # if two threads come at once, only one adds it
        if len(self._logged) > _MAX_LOGGED_KINDS or self._logged.setdefault(kind, mine) is not mine:
            return False
        if len(self._logged) > _MAX_LOGGED_KINDS:
            logger.warning("Writes of other origins: further kinds are not logged; use on_decision to see them all.")
            return False
        return True

    def _log(self, rules: WriteRules, reason: Reason, environ: WSGIEnvironment) -> None:
        method = environ["REQUEST_METHOD"]
        host = _other_host(environ)
        if not self._is_new((rules.pattern, reason, method if method in _LOGGED_METHODS else "", host is None)):
            return
        logger.warning(
            '%s %s %s by a page of %s: %s.%s (cross_origin_writes="%s"; each kind is logged once)',
            "Refused" if self.refuses else "Would refuse",
            "the WebSocket" if is_handshake(environ) else method if method in _LOGGED_METHODS else _escaped(method),
            _escaped(environ.get("PATH_INFO", "")),
            _escaped(environ["HTTP_ORIGIN"]) if "HTTP_ORIGIN" in environ else "an unknown origin",
            _WHY[reason].format(row=rules.name),
            "" if host is None else _PROXY % _escaped(host),
            self._switch,
        )


_PROXY = (
    " The request has no Sec-Fetch-Site, and its Host is %s: if this is your own page, a proxy changes Host; configure"
    " it to pass on Host and X-Forwarded-Proto."
)


def _other_host(environ: WSGIEnvironment) -> str | None:
    """Return the Host by which a request was judged, if its origin has another one: a proxy may have changed it."""
    origin = environ.get("HTTP_ORIGIN", "")
    if "HTTP_SEC_FETCH_SITE" in environ or not origin.startswith(("http://", "https://")):
        return None
    host: str = environ.get("HTTP_HOST", "")
    return None if len(origin) <= _MAX_ORIGIN_LENGTH and host.lower() in _hosts_of(origin)[0] else host


def _escaped(text: str) -> str:
    return ascii(text if len(text) <= _MAX_LOGGED_LENGTH else f"{text[:_MAX_LOGGED_LENGTH]}...")
