"""Whether a page of another origin may write: send an unsafe request, or open a WebSocket.

The law of this module: an unsafe request of another origin's page reaches the application only if the declared meaning
of its row lets that page send it, with what it carries. What is unclear counts as another origin's. `Content-Type`,
`Referer` and `X-Forwarded-Host` are never read: pages, or anybody, can choose them.
"""

from __future__ import annotations

import logging
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, get_args

from corswsgi.decision import Decision, Reason
from corswsgi.errors import Problem, shown
from corswsgi.origins import OriginSet
from corswsgi.standard import DEFAULT_PORTS, SERIALIZED_ORIGIN

if TYPE_CHECKING:
    from collections.abc import Callable
    from wsgiref.types import WSGIEnvironment

    from corswsgi.policy import Policy

logger = logging.getLogger("corswsgi")

Switch = Literal["accept", "report", "refuse"]

# RFC 9110, section 9.2.1, without TRACE, which no page can send. They are compared byte for byte. This and the next are
# tuples, since a set hashes the text of each request: benchmarks/writes.py
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

# https://w3c.github.io/webappsec-fetch-metadata/#sec-fetch-site-header: `none` is the user's own doing. `same-site` is
# a page of another origin: a sibling subdomain, or another port of the same host
_OWN_SITES = ("same-origin", "none")

# RFC 9110, section 7.8:
#   Upgrade = [ protocol *( OWS "," OWS protocol ) ]    protocol = protocol-name [ "/" protocol-version ]
_WEBSOCKET = re.compile(r"(?:\A|,)[ \t]*websocket[ \t]*(?:[,/]|\Z)", re.IGNORECASE)
_MAX_UPGRADE_LENGTH = 200  # browsers send 9 characters; what is longer is not searched and counts as a handshake

# RFC 6750, section 2.1, is an `Authorization` that a script has set: browsers add Basic, Digest, Negotiate and NTLM
_BEARER = re.compile(r"bearer(?: [^,]*)?", re.IGNORECASE)

_MAX_ORIGIN_LENGTH = 400  # a host has 253 characters at most

_MAX_LOGGED_KINDS = 200
_MAX_LOGGED_LENGTH = 200
_LOGGED_METHODS = frozenset({
    "COPY", "DELETE", "GET", "LOCK", "MKCOL", "MOVE", "PATCH", "POST", "PROPFIND", "PROPPATCH", "PUT", "QUERY",
    "REPORT", "SEARCH", "UNLOCK",
})  # fmt: skip

_WHY: dict[Reason, str] = {
    "no-row": "no row of the table covers this path",
    "row-without-policy": "row {row} is None",
    "no-origin": "row {row} can allow nobody, since the request has no Origin",
    "origin-not-allowed": "row {row} lists this origin neither in accept_writes_from nor in allow_origins",
    "method-not-allowed": "row {row} does not list this method in allow_methods",
    "credentials-not-allowed": "row {row} has no allow_credentials, and the request carries a cookie or a login",
}


def switch_problems(cross_origin_writes: object) -> list[Problem]:
    """Find what is wrong with a value of `cross_origin_writes`."""
    if isinstance(cross_origin_writes, str) and cross_origin_writes in get_args(Switch):
        return []
    return [
        Problem(
            code="cross-origin-writes",
            field="cross_origin_writes",
            value=cross_origin_writes,
            message=f"{shown(cross_origin_writes)} is not 'accept', 'report' or 'refuse'",
            hint="write 'refuse', or 'report' to log what 'refuse' would refuse",
        )
    ]


def is_handshake(environ: WSGIEnvironment) -> bool:
    """Tell the opening handshake of a WebSocket (RFC 6455, section 4.1) by what servers look for: GET and `Upgrade`."""
    upgrade = environ.get("HTTP_UPGRADE")
    return (
        upgrade is not None
        and environ["REQUEST_METHOD"] == "GET"
        and (len(upgrade) > _MAX_UPGRADE_LENGTH or _WEBSOCKET.search(upgrade) is not None)
    )


def is_cross_origin_write(environ: WSGIEnvironment) -> bool:
    """Tell whether a request acts, and may come from a page of another origin.

    This asks no row: a safe method, the application's own page, and a client that is not a browser never need one.
    """
    if environ["REQUEST_METHOD"] in SAFE_METHODS and not is_handshake(environ):
        return False
    # before Origin: a site's own form sends Origin `null` under `Referrer-Policy: no-referrer`
    site = environ.get("HTTP_SEC_FETCH_SITE")
    if site is not None:
        return site not in _OWN_SITES
    origin = environ.get("HTTP_ORIGIN")
    if origin is None:
        return False
    hosts = _hosts_of(origin) if len(origin) <= _MAX_ORIGIN_LENGTH else ()
    host = environ.get("HTTP_HOST", "")
    if host not in hosts and host.lower() not in hosts:
        return True
    # An `https` origin on an `http` server is its own: TLS may end in front of it. Proxies call a handshake's `wss`.
    return origin.startswith("http:") and environ["wsgi.url_scheme"].lower() in {"https", "wss"}


@lru_cache(maxsize=1000)  # an application has few origins, and this halves benchmarks/writes.py, "own POST, no site"
def _hosts_of(origin: str) -> tuple[str, ...]:
    """Return how `Host` may spell, in lower case, the host of a serialised origin; nothing for any other text."""
    parsed = SERIALIZED_ORIGIN.fullmatch(origin)
    if parsed is None or parsed["scheme"] not in DEFAULT_PORTS:
        return ()
    host = origin.partition("://")[2]
    return (host,) if parsed["port"] else (host, f"{host}:{DEFAULT_PORTS[parsed['scheme']]}")


class WriteRules:
    """Which pages of other origins may write below one row, and with what.

    `pattern` is the row's, or None for no row; `policy` is its policy, or None. ``why_refused`` takes a request that
    `is_cross_origin_write`, and returns why it must not reach the application, or None if it may.
    """

    __slots__ = ("pattern", "why_refused")

    why_refused: Callable[[WSGIEnvironment], Reason | None]

    def __init__(self, pattern: str | None, policy: Policy | None) -> None:
        self.pattern = pattern
        if policy is not None:
            self.why_refused = _rules_of(policy)
        else:
            self.why_refused = _always("no-row" if pattern is None else "row-without-policy")


def _always(reason: Reason) -> Callable[[WSGIEnvironment], Reason | None]:
    return lambda _environ: reason


def _rules_of(policy: Policy) -> Callable[[WSGIEnvironment], Reason | None]:
    """Make one function of all rules of a policy: a call more is an eighth of benchmarks/writes.py, "PUT, allowed"."""
    listed = policy.origin_set.allows
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
        elif not listed(origin, environ):
            reason = "origin-not-allowed"
        # a handshake needs no method: GET is always allowed
        elif environ["REQUEST_METHOD"] not in methods and not any_method and not is_handshake(environ):
            reason = "method-not-allowed"
        elif not with_credentials and _carries_credentials(environ):
            reason = "credentials-not-allowed"
        return reason

    return why_refused


def _carries_credentials(environ: WSGIEnvironment) -> bool:
    """Tell whether a request carries what a browser adds by itself.

    Servers that check a login hide `Authorization`, or have had a certificate instead, and set `REMOTE_USER`.
    """
    authorization = environ.get("HTTP_AUTHORIZATION")
    if authorization is None:
        return "HTTP_COOKIE" in environ or bool(environ.get("REMOTE_USER"))
    return "HTTP_COOKIE" in environ or _BEARER.fullmatch(authorization) is None


class WriteGuard:
    """Refuses or reports writes of other origins' pages; logs each kind once, and calls `on_decision` for each.

    `switch` is ``"report"`` or ``"refuse"``.
    """

    __slots__ = ("_logged", "_on_decision", "_switch", "refuses")

    refuses: bool

    def __init__(self, switch: Switch, on_decision: Callable[[Decision], object] | None) -> None:
        self.refuses = switch == "refuse"
        self._switch = switch
        self._on_decision = on_decision
        self._logged: dict[tuple[object, ...], object] = {}

    def tell(self, pattern: str | None, reason: Reason, environ: WSGIEnvironment) -> None:
        """Log a write that its row does not allow, and hand it to `on_decision`. Never raises."""
        self._log(pattern, reason, environ)
        if self._on_decision is not None:
            decision = Decision(
                kind="websocket" if is_handshake(environ) else "write",
                allowed=False,
                reason=reason,
                path_pattern=pattern,
                origin=environ.get("HTTP_ORIGIN", ""),
            )
            self._on_decision(decision)

    def _log(self, pattern: str | None, reason: Reason, environ: WSGIEnvironment) -> None:
        method = environ["REQUEST_METHOD"]
        host = _other_host(environ)
        kind = (pattern, reason, method if method in _LOGGED_METHODS else "", host is None)
        mine = object()  # of two threads, one finds its own
        if len(self._logged) > _MAX_LOGGED_KINDS or self._logged.setdefault(kind, mine) is not mine:
            return
        if len(self._logged) > _MAX_LOGGED_KINDS:
            logger.warning("Writes of other origins: further kinds are not logged; use on_decision to see them all.")
            return
        logger.warning(
            '%s %s %s by a page of %s: %s.%s (cross_origin_writes="%s"; each kind is logged once)',
            "Refused" if self.refuses else "Would refuse",
            "the WebSocket" if is_handshake(environ) else method if method in _LOGGED_METHODS else _escaped(method),
            _escaped(environ.get("PATH_INFO", "")),
            _escaped(environ["HTTP_ORIGIN"]) if "HTTP_ORIGIN" in environ else "an unknown origin",
            _WHY[reason].format(row=_escaped(pattern or "")),
            "" if host is None else _PROXY % _escaped(host),
            self._switch,
        )


_PROXY = (
    " The request has no Sec-Fetch-Site, and its Host is %s: if this is your own page, a proxy changes Host; configure"
    " it to pass on Host and X-Forwarded-Proto."
)


def _other_host(environ: WSGIEnvironment) -> str | None:
    """Return the Host that a request was judged by, if its origin has another one: a proxy may have changed it."""
    origin = environ.get("HTTP_ORIGIN", "")
    if "HTTP_SEC_FETCH_SITE" in environ or not origin.startswith(("http://", "https://")):
        return None
    host: str = environ.get("HTTP_HOST", "")
    return None if len(origin) <= _MAX_ORIGIN_LENGTH and host.lower() in _hosts_of(origin) else host


def _escaped(text: str) -> str:
    return ascii(text if len(text) <= _MAX_LOGGED_LENGTH else f"{text[:_MAX_LOGGED_LENGTH]}...")
