"""The mistakes that `probe` looks for, with their severity and why they matter, and its hits.

The law of this module: a code has one meaning, and a hit includes the request and the response.
"""

from dataclasses import dataclass, replace

from corswsgi.browser.response import Response
from corswsgi.browser.url import URL
from corswsgi.cli.output import Kind, Severity

_LESS: dict[Severity, Severity] = {"high": "medium", "medium": "low", "low": "low"}


CHECKS = {
    check.code: check
    for check in (
        Kind("any-origin-reflected", "high", "every page on the web may read this"),
        Kind("null-origin-allowed", "high", "any page can embed a sandboxed frame, which sends 'null'"),
        Kind(
            "origin-prefix-matched",
            "high",
            "the owner of any domain can create a host that begins like the allowed one",
        ),
        Kind("origin-suffix-matched", "high", "anyone can register a name that ends like the allowed one"),
        Kind("origin-substring-matched", "high", "anyone can create a host with the allowed one inside its name"),
        Kind(
            "origin-piece-matched", "high", "part of an allowed origin is allowed by itself, and anyone can register it"
        ),
        Kind("any-ending-matched", "high", "anyone can register the same name under another ending"),
        Kind(
            "unescaped-dot-matched", "high", "an unescaped dot matches any character: anyone can register such a name"
        ),
        Kind("special-characters-matched", "high", "some browsers accept such a host below an attacker's domain"),
        Kind("userinfo-matched", "high", "the real host comes after the '@'; it is not the allowed one"),
        Kind(
            "two-origins-matched",
            "medium",
            "the server accepts a value with two origins: it searches instead of comparing",
        ),
        Kind("third-party-host-allowed", "high", "anyone can put a page there"),
        Kind("localhost-lookalike-allowed", "high", "anyone can register such a name; it only looks local"),
        Kind("any-extension-allowed", "medium", "every extension of the browser may read this, not only your own"),
        Kind(
            "insecure-scheme-matched", "medium", "an attacker on the network can forge pages that are served over http"
        ),
        Kind("any-port-matched", "medium", "another service on the same host is another origin"),
        Kind("case-ignored", "low", "browsers send lower case: the server does not compare byte for byte"),
        Kind("trailing-dot-matched", "low", "this is a different origin: the server does not compare byte for byte"),
        Kind(
            "preflight-for-any-origin",
            "medium",
            "any page may send this request: it takes effect even if no page can read the response",
        ),
        Kind("allow-origin-doubled", "medium", "browsers refuse more than one: two parts of the server both answer"),
        Kind("allow-origin-malformed", "medium", "browsers compare byte for byte: they block the intended page"),
        Kind("allow-credentials-malformed", "low", "only 'true' in lower case counts: browsers send no cookies"),
        Kind("header-malformed", "low", "browsers ignore the whole header, or block"),
        Kind(
            "credentials-with-wildcard",
            "medium",
            "browsers refuse '*' with credentials; the server tries to let any page act as the user",
        ),
        Kind("vary-missing", "medium", "a cache can serve one page the response for another origin"),
        Kind("vary-missing-without-origin", "low", "a cache can serve pages a stored response without CORS headers"),
        Kind("vary-in-several-lines", "low", "some caches read only one Vary line, and mix up responses"),
        Kind("cache-ignores-vary", "medium", "a cache in front serves one page's headers to all others"),
        Kind("preflight-redirected", "medium", "browsers never follow a redirect of a preflight: they block"),
        Kind(
            "preflight-demands-login", "medium", "browsers send preflights without credentials: they can never log in"
        ),
        Kind("preflight-refused", "medium", "the request is allowed but its preflight is not: browsers block"),
        Kind("preflight-not-ok", "medium", "browsers block when a preflight has no status of 200 to 299"),
        Kind("preflight-answered-in-front", "medium", "the preflight does not reach the part that answers CORS"),
        Kind("preflight-changed-in-front", "medium", "the preflight reaches the application as another request"),
        Kind("origin-does-not-arrive", "medium", "something in front drops or changes Origin: every page is blocked"),
        Kind("allow-origin-missing", "medium", "the headers of CORS come without the one that allows an origin"),
        Kind(
            "preflight-sets-cookies",
            "low",
            "browsers drop cookies of a preflight; code that sets them should not run for it",
        ),
        Kind("response-without-headers", "medium", "the preflight is allowed, the response is not: browsers block"),
        Kind("error-without-headers", "low", "the page sees a CORS error instead of the real one"),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A mistake that was found, with the request and the response."""

    severity: Severity
    check: str
    url: str
    sent: str
    answer: str


def make_hit(code: str, url: URL, sent: str, answer: str) -> Hit:
    """Make a hit with the severity of its check."""
    return Hit(severity=CHECKS[code].severity, check=code, url=url.sent, sent=sent, answer=answer)


def make_origin_hit(code: str, url: URL, sent: str, origin: str, response: Response) -> Hit:
    """Make a hit for an allowed origin. It is less severe if cookies are not sent along."""
    with_credentials = response.headers.get("Access-Control-Allow-Credentials") == "true"
    answer = f"Access-Control-Allow-Origin: {origin}" + (", with credentials" if with_credentials else "")
    hit = make_hit(code, url, sent, answer)
    return hit if with_credentials else replace(hit, severity=_LESS[hit.severity])
