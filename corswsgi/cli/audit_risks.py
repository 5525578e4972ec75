"""The findings of `audit` about routes and the policies that decide on them.

The law of this module: a finding is for a person to judge. `Policy` has already refused what is surely wrong.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from corswsgi.cli.check_loads import is_unscoped
from corswsgi.cli.layers import the_decider
from corswsgi.cli.output import Kind, Severity
from corswsgi.cli.probe_origins import STRANGER, strangers
from corswsgi.cli.routes import Route, may_reach
from corswsgi.decision import Decider
from corswsgi.hosts import is_address, is_loopback
from corswsgi.origins.regexes import belongs_to_one, leaves_domain_open
from corswsgi.paths import PolicyTable
from corswsgi.policy import Policy
from corswsgi.standard import CORS_SAFELISTED_METHODS
from corswsgi.vocabularies import literal

_READS = frozenset({"GET", "HEAD", "OPTIONS", "QUERY", "PROPFIND", "REPORT", "SEARCH"})
_ADMIN = re.compile(
    r"(?:^|[/_\-.])(admin\w*|internal|private|debug|manage\w*|staff|backoffice|console)(?=$|[/_\-.])", re.IGNORECASE
)
_LOGIN = re.compile(
    r"(?:^|[/_\-.])(log-?in|log-?out|sign-?in|sign-?up|auth|oauth2?|token|session|password)s?(?=$|[/_\-.])",
    re.IGNORECASE,
)
_PRIVATE = re.compile(
    r"(?:^|[/_\-.])(me|self|mine|users?|user-?info|accounts?|profiles?|whoami|wallets?|balance|billing|invoices?|inbox)"
    r"(?=$|[/_\-.])",
    re.IGNORECASE,
)


RISKS = {
    risk.code: risk
    for risk in (
        Kind("admin-for-any-origin", "high", "it looks like administration, and pages of any origin can read it"),
        Kind(
            "login-for-any-origin", "high", "it looks like a login, and pages of any origin can try passwords and read"
        ),
        Kind(
            "regex-without-boundary", "high", "anyone can register a name that the regex matches, and act as the user"
        ),
        Kind("credentials-under-public-suffix", "high", "anyone can put a page there and act as the user"),
        Kind("loaded-without-scope", "medium", "with one list of loaded origins, tenants act on each other's data"),
        Kind("open-regex", "medium", "the regex also matches origins of strangers: their pages can read it"),
        Kind("change-for-any-origin", "medium", "it changes something, and pages of any origin may ask for it"),
        Kind(
            "private-for-any-origin", "medium", "it looks like the user's own data, and pages of any origin can read it"
        ),
        Kind(
            "admin-with-credentials",
            "medium",
            "it looks like administration, and pages of other origins can act as the user",
        ),
        Kind("foreign-cors", "medium", "other code also sets CORS headers: browsers refuse duplicates"),
        Kind("warning-of-corswsgi", "medium", "corswsgi itself warns of this when the application starts"),
        Kind(
            "credentials-under-wildcard",
            "medium",
            "one hijacked subdomain that the wildcard matches can act as the user",
        ),
        Kind("shadowed-view", "medium", "a row in front decides; the policy of the view has no effect"),
        Kind("views-differ", "low", "views of one URL have different policies: each call costs a preflight"),
        Kind(
            "method-not-listed",
            "low",
            "the route serves this method, but the policy does not list it: pages cannot send it",
        ),
        Kind(
            "writes-of-any-page",
            "low",
            "cross_origin_writes is off, and any page can post to it with the user's cookies (CSRF)",
        ),
        Kind(
            "any-origin-everywhere", "low", "the row opens every path to pages of any origin, as a forgotten table does"
        ),
        Kind("unused-row", "low", "the row matches no route: it may be misspelt or left over"),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A risk and its particulars on one route."""

    risk: str
    about: str

    @property
    def severity(self) -> Severity:
        """Return the severity."""
        return RISKS[self.risk].severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """A route, the policy that decides on some of its methods, and the findings."""

    route: Route
    methods: tuple[str, ...]
    decider: Decider | None
    findings: tuple[Finding, ...]


def audit_routes(routes: Iterable[Route], ask: Callable[[str, str], list[Decider]]) -> list[Audited]:
    """Audit each route. A route with several policies, for different methods, is audited once for each policy."""
    audited = []
    for route in routes:
        by_decider: dict[str, tuple[list[Decider], list[str]]] = {}
        for method in route.methods or ("GET",):
            found = ask(route.example, method)
            key = "\n".join(f"{each} {id(each.policy)}" for each in found)
            by_decider.setdefault(key, (found, []))[1].append(method)
        groups = [
            _audit(route, tuple(methods) if route.methods else (), found) for found, methods in by_decider.values()
        ]
        if len({id(each.decider and each.decider.policy) for each in groups}) > 1:
            about = "; ".join(f"{', '.join(each.methods)}: {each.decider or 'no policy'}" for each in groups)
            differ = Finding(risk="views-differ", about=about)
            groups[0] = replace(groups[0], findings=(*groups[0].findings, differ))
        audited += groups
    return audited


def audit_rows(table: PolicyTable) -> list[Audited]:
    """Audit each row as a route that nothing else is known about."""
    return [
        _audit(
            Route(path=pattern, example=pattern, shape=pattern, words=pattern),
            (),
            [Decider(policy=policy, place=pattern, is_view=False)],
        )
        for pattern, policy in table.rows.items()
    ]


def unused_rows(table: PolicyTable, routes: list[Route]) -> list[Finding]:
    """Find the rows that match no route."""
    return [
        Finding(risk="unused-row", about=pattern)
        for pattern in table.rows
        if not any(may_reach(route, pattern) for route in routes)
    ]


def open_everywhere(audited: Iterable[Audited]) -> list[Finding]:
    """Report a row for all paths that allows any origin: the default of `corswsgi.flask.CORS` without a table."""
    rows = [each.decider for each in audited if each.decider is not None and not each.decider.is_view]
    if any(row.place == "/**" and row.policy is not None and row.policy.origin_set.any_origin for row in rows):
        return [Finding(risk="any-origin-everywhere", about="/**")]
    return []


def open_writes(routes: list[Route], layers: Iterable[object]) -> list[Finding]:
    """Report that nothing refuses a POST from pages of other origins: one finding for all routes.

    Methods that need a preflight are left out: rows answer it, and have their own findings. So are routes whose
    framework asks for a CSRF token.
    """
    if any(getattr(layer, "cross_origin_writes", "accept") != "accept" for layer in layers):
        return []
    open_routes = [route.path for route in routes if "POST" in route.methods and not route.checks_csrf]
    if not open_routes:
        return []
    others = f" and {len(open_routes) - 1} more" if len(open_routes) > 1 else ""
    return [Finding(risk="writes-of-any-page", about=f"POST {open_routes[0]}{others}")]


def _audit(route: Route, methods: tuple[str, ...], found: list[Decider]) -> Audited:
    decider = the_decider(found)
    findings: list[Finding] = []
    if decider is not None and not decider.is_view:
        findings += (Finding(risk="shadowed-view", about=f"{decider}, {view}") for view in found if view.is_view)
    if decider is not None and decider.policy is not None:
        findings += _about_policy(route, methods, decider.policy)
    return Audited(route=route, methods=methods, decider=decider, findings=tuple(findings))


def _about_policy(route: Route, methods: tuple[str, ...], policy: Policy) -> Iterator[Finding]:
    words = route.words
    admin, login, private = _ADMIN.search(words), _LOGIN.search(words), _PRIVATE.search(words)
    if _is_for_anybody(policy):
        changing = _changing(methods, policy)
        if admin:
            yield Finding(risk="admin-for-any-origin", about=admin[1])
        if login:
            yield Finding(risk="login-for-any-origin", about=login[1])
        if private and not admin:
            yield Finding(risk="private-for-any-origin", about=private[1])
        if changing:
            yield Finding(risk="change-for-any-origin", about=", ".join(changing))
    unlisted = _unlisted(methods, policy)
    if unlisted:
        yield Finding(risk="method-not-listed", about=", ".join(unlisted))
    if policy.allow_credentials:
        if admin and not _is_for_anybody(policy):
            yield Finding(risk="admin-with-credentials", about=admin[1])
        yield from _about_origins(policy)
    else:
        yield from _about_open_regexes(policy)


def _about_origins(policy: Policy) -> Iterator[Finding]:
    """Audit the origins that patterns allow with the user's cookies."""
    wild = [pattern for pattern in policy.allow_origins if isinstance(pattern, str) and _is_wide(pattern)]
    public = [pattern for pattern in wild if _is_shared(_host(pattern))]
    if public:
        yield Finding(risk="credentials-under-public-suffix", about=", ".join(public))
    if len(wild) > len(public):
        yield Finding(risk="credentials-under-wildcard", about=", ".join(each for each in wild if each not in public))
    for pattern in policy.allow_origins:
        if is_unscoped(pattern):
            yield Finding(risk="loaded-without-scope", about=str(pattern))
        matched = _strange_match(pattern)
        if isinstance(pattern, re.Pattern) and matched is not None:
            yield Finding(risk="regex-without-boundary", about=f"{literal(pattern.pattern)} matches {matched!r}")


def _about_open_regexes(policy: Policy) -> Iterator[Finding]:
    """Audit regexes whose pages send no cookies: what `Policy` would refuse with credentials."""
    for pattern in policy.allow_origins:
        if isinstance(pattern, re.Pattern) and leaves_domain_open(pattern):
            yield Finding(risk="open-regex", about=literal(pattern.pattern))


def _strange_origins(pattern: re.Pattern[str]) -> Iterator[str]:
    """Yield strangers' origins that a regex might match: names that end in its domain, and names at hosters."""
    for domain in re.findall(r"(?:[a-z0-9-]+\\?\.)+[a-z0-9-]+", pattern.pattern):
        plain = domain.replace("\\", "")
        yield from (f"https://corswsgiprobe{plain}", f"https://corswsgiprobe-{plain}", f"https://{plain}.{STRANGER}")
    yield from (each.origin for each in strangers() if each.origin != "null")


def _is_for_anybody(policy: Policy) -> bool:
    return any(pattern == "*" or _strange_match(pattern) is not None for pattern in policy.allow_origins)


def _strange_match(pattern: object) -> str | None:
    """Return an origin of a stranger that a regex matches, if one is found."""
    if not isinstance(pattern, re.Pattern):
        return None
    return next((origin for origin in _strange_origins(pattern) if pattern.fullmatch(origin)), None)


def _changing(methods: tuple[str, ...], policy: Policy) -> list[str]:
    """Return the methods of a route, or of its policy, that change something and that a page may send."""
    sent = {*CORS_SAFELISTED_METHODS, *policy.allow_methods}
    return [
        method
        for method in methods or policy.allow_methods
        if method not in _READS and (method in sent or "*" in policy.allow_methods)
    ]


def _unlisted(methods: tuple[str, ...], policy: Policy) -> list[str]:
    """Return the methods of a route that the policy's list of methods does not allow."""
    allowed = {*CORS_SAFELISTED_METHODS, *policy.allow_methods}
    if not policy.allow_methods or "*" in allowed:
        return []
    return [method for method in methods if method not in allowed and method != "OPTIONS"]


def _is_wide(pattern: str) -> bool:
    return "*" in pattern and not is_loopback(_host(pattern))


def _is_shared(host: str) -> bool:
    """Return whether many people own hosts below `host`, by the same rule as policies with credentials."""
    return not is_address(host) and not belongs_to_one(host)


def _host(pattern: str) -> str:
    return urlsplit(pattern.replace("*.", "").removesuffix(":*")).netloc
