"""The mistakes that `probe` knows: how bad each is, and why it matters; and what it finds.

The law of this module: a code has one meaning, and a hit says what was sent and what came back.
"""

from dataclasses import dataclass, replace

from corswsgi.browser.response import Response
from corswsgi.browser.url import URL
from corswsgi.cli.output import Severity

_LESS: dict[Severity, Severity] = {"high": "medium", "medium": "low", "low": "low"}


@dataclass(frozen=True, slots=True)
class Check:
    """A mistake: how bad it is where cookies come along, and why it matters."""

    code: str
    severity: Severity
    why: str


CHECKS = {
    check.code: check
    for check in (
        Check("any-origin-reflected", "high", "every page on the web may read this"),
        Check("null-origin-allowed", "high", "every page can put a sandboxed frame into itself, which sends 'null'"),
        Check(
            "origin-prefix-matched", "high", "whoever owns a domain can name a host that begins like the allowed one"
        ),
        Check("origin-suffix-matched", "high", "anybody can register a name that ends like the allowed one"),
        Check("origin-substring-matched", "high", "anybody can name a host that has the allowed one in it"),
        Check("origin-piece-matched", "high", "a piece of a list of origins is allowed, and somebody can register it"),
        Check("unescaped-dot-matched", "high", "a dot of a regex stands for any character: such a name can be had"),
        Check(
            "special-characters-matched", "high", "some browsers take such a host of an attacker's domain for a name"
        ),
        Check("userinfo-matched", "high", "the host is what comes after the '@', and not the allowed one"),
        Check("two-origins-matched", "medium", "what is looked at is not what is compared: one value has two origins"),
        Check("third-party-host-allowed", "high", "anybody can have a page there"),
        Check("localhost-lookalike-allowed", "high", "it is a name like any other, and anybody's"),
        Check("insecure-scheme-matched", "medium", "whoever sits on the network path can speak as a page over http"),
        Check("any-port-matched", "medium", "another service on the same host is another origin"),
        Check("case-ignored", "low", "no browser sends it so: origins are not compared byte for byte"),
        Check("trailing-dot-matched", "low", "it is another origin: origins are not compared byte for byte"),
        Check(
            "preflight-for-any-origin",
            "medium",
            "any page may send this request, and it acts although no page reads it",
        ),
        Check("allow-origin-doubled", "medium", "browsers refuse more than one: two parts of the server both answer"),
        Check("allow-origin-malformed", "medium", "browsers compare byte for byte: the page that is meant is blocked"),
        Check("allow-credentials-malformed", "low", "only 'true' in lower case counts: cookies do not come along"),
        Check("header-malformed", "low", "browsers ignore the whole header, or block"),
        Check("credentials-with-wildcard", "medium", "browsers refuse it: somebody wants any page to act as the user"),
        Check("vary-missing", "medium", "a cache hands one page the answer that names another's origin"),
        Check(
            "vary-missing-without-origin", "low", "a cache keeps the answer without headers, and blocks pages with it"
        ),
        Check("vary-in-several-lines", "low", "some caches read only one line of Vary, and mix answers up"),
        Check("cache-ignores-vary", "medium", "a cache in front hands one page's headers to all others"),
        Check("preflight-redirected", "medium", "browsers follow no redirect of a preflight: they block"),
        Check("preflight-demands-login", "medium", "a preflight never carries credentials: it can never log in"),
        Check("preflight-refused", "medium", "the request is allowed and its preflight is not: browsers block"),
        Check("preflight-not-ok", "medium", "browsers block when a preflight has no status of 200 to 299"),
        Check("preflight-answered-in-front", "medium", "the preflight does not reach the part that answers CORS"),
        Check("preflight-changed-in-front", "medium", "the preflight reaches the application as another request"),
        Check("origin-does-not-arrive", "medium", "something in front drops or changes Origin: every page is blocked"),
        Check("preflight-sets-cookies", "low", "browsers drop cookies of a preflight; it ran code that is not for it"),
        Check("error-without-headers", "low", "the page sees a CORS error in place of the real one"),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A mistake that was found: what was sent, and what came back."""

    severity: Severity
    check: str
    url: str
    sent: str
    answer: str


def make_hit(code: str, url: URL, sent: str, answer: str) -> Hit:
    """Make a hit of the severity that its check has."""
    return Hit(severity=CHECKS[code].severity, check=code, url=url.sent, sent=sent, answer=answer)


def make_origin_hit(code: str, url: URL, sent: str, origin: str, response: Response) -> Hit:
    """Make a hit for an origin that was allowed: one less severe where cookies do not come along."""
    with_credentials = response.headers.get("Access-Control-Allow-Credentials") == "true"
    answer = f"Access-Control-Allow-Origin: {origin}" + (", with credentials" if with_credentials else "")
    hit = make_hit(code, url, sent, answer)
    return hit if with_credentials else replace(hit, severity=_LESS[hit.severity])
