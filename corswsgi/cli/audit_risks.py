"""What `audit` finds in routes and the policies that decide on them.

The law of this module: a finding is for a person to judge; what is refused for sure, `Policy` has refused.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from corswsgi.cli.layers import deciders, the_decider
from corswsgi.cli.output import Severity
from corswsgi.cli.probe_origins import STRANGER
from corswsgi.cli.routes import Route, may_reach
from corswsgi.decision import Decider
from corswsgi.hosts import is_loopback
from corswsgi.paths import PolicyTable
from corswsgi.policy import Policy
from corswsgi.standard import CORS_SAFELISTED_METHODS

_READS = frozenset({"GET", "HEAD", "OPTIONS", "QUERY", "PROPFIND", "REPORT", "SEARCH"})
_ADMIN = re.compile(
    r"(?:^|[/_\-.])(admin\w*|internal|private|debug|manage\w*|staff|backoffice|console)(?=$|[/_\-.])", re.IGNORECASE
)
_LOGIN = re.compile(
    r"(?:^|[/_\-.])(log-?in|log-?out|sign-?in|sign-?up|auth|oauth2?|token|session|password)s?(?=$|[/_\-.])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Risk:
    """A kind of finding: how bad it is, and why it matters."""

    code: str
    severity: Severity
    why: str


RISKS = {
    risk.code: risk
    for risk in (
        Risk("admin-for-any-origin", "high", "it looks like administration, and pages of any origin read it"),
        Risk(
            "login-for-any-origin", "high", "it looks like a login, and pages of any origin can try passwords and read"
        ),
        Risk("change-for-any-origin", "medium", "it changes something, and pages of any origin may ask for it"),
        Risk("credentials-under-wildcard", "medium", "one page below the wildcard that is taken over acts as the user"),
        Risk("shadowed-view", "medium", "a row in front decides, and not the policy of the view"),
        Risk("unused-row", "low", "no route has such a path: it may be misspelt, or left over"),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A risk, and what it is about in particular."""

    risk: str
    about: str

    @property
    def severity(self) -> Severity:
        """Give how bad it is."""
        return RISKS[self.risk].severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """A route, the policy that decides on it for some of its methods, and what is to be said of that."""

    route: Route
    methods: tuple[str, ...]
    decider: Decider | None
    findings: tuple[Finding, ...]


def audit_routes(routes: Iterable[Route], layers: Iterable[object]) -> list[Audited]:
    """Look at each route; one that has several policies, by method, is several."""
    layers = list(layers)
    audited = []
    for route in routes:
        by_decider: dict[str, tuple[list[Decider], list[str]]] = {}
        for method in route.methods or ("GET",):
            found = deciders(layers, route.example, method)
            key = "\n".join(f"{each} {id(each.policy)}" for each in found)
            by_decider.setdefault(key, (found, []))[1].append(method)
        for found, methods in by_decider.values():
            audited.append(_audit(route, tuple(methods) if route.methods else (), found))
    return audited


def audit_rows(table: PolicyTable) -> list[Audited]:
    """Look at each row as at a route of which nothing else is known."""
    return [
        _audit(
            Route(path=pattern, example=pattern, shape=pattern),
            (),
            [Decider(policy=policy, place=pattern, is_view=False)],
        )
        for pattern, policy in table.rows.items()
    ]


def unused_rows(table: PolicyTable, routes: list[Route]) -> list[Finding]:
    """Find the rows that no route can have."""
    return [
        Finding(risk="unused-row", about=pattern)
        for pattern in table.rows
        if not any(may_reach(route, pattern) for route in routes)
    ]


def _audit(route: Route, methods: tuple[str, ...], found: list[Decider]) -> Audited:
    decider = the_decider(found)
    findings: list[Finding] = []
    if decider is not None and not decider.is_view:
        findings += (Finding(risk="shadowed-view", about=f"{decider}, {view}") for view in found if view.is_view)
    if decider is not None and decider.policy is not None:
        findings += _about_policy(route, methods, decider.policy)
    return Audited(route=route, methods=methods, decider=decider, findings=tuple(findings))


def _about_policy(route: Route, methods: tuple[str, ...], policy: Policy) -> Iterator[Finding]:
    if _is_for_anybody(policy):
        admin, login = _ADMIN.search(route.path), _LOGIN.search(route.path)
        changing = _changing(methods, policy)
        if admin:
            yield Finding(risk="admin-for-any-origin", about=admin[1])
        if login:
            yield Finding(risk="login-for-any-origin", about=login[1])
        if changing:
            yield Finding(risk="change-for-any-origin", about=", ".join(changing))
    if policy.allow_credentials:
        wild = [pattern for pattern in policy.allow_origins if isinstance(pattern, str) and _is_wide(pattern)]
        if wild:
            yield Finding(risk="credentials-under-wildcard", about=", ".join(wild))


def _is_for_anybody(policy: Policy) -> bool:
    return any(
        pattern == "*" or (isinstance(pattern, re.Pattern) and pattern.fullmatch(f"https://{STRANGER}"))
        for pattern in policy.allow_origins
    )


def _changing(methods: tuple[str, ...], policy: Policy) -> list[str]:
    """Give the methods of a route that change something and that a page may send; what it allows, if none is known."""
    sent = {*CORS_SAFELISTED_METHODS, *policy.allow_methods}
    return [
        method
        for method in methods or policy.allow_methods
        if method not in _READS and (method in sent or "*" in policy.allow_methods)
    ]


def _is_wide(pattern: str) -> bool:
    return "*" in pattern and not is_loopback(urlsplit(pattern.replace("*.", "").removesuffix(":*")).netloc)
