"""The headers that name the page of a request, under a referrer policy: ``Referer`` and ``Origin``.

https://w3c.github.io/webappsec-referrer-policy/ and https://fetch.spec.whatwg.org/#append-a-request-origin-header.
"""

from typing import Literal, get_args

from corswsgi.browser.headers import HeaderList
from corswsgi.browser.site import is_https, is_trustworthy
from corswsgi.browser.url import URL, parse

ReferrerPolicy = Literal[
    "no-referrer",
    "no-referrer-when-downgrade",
    "same-origin",
    "origin",
    "strict-origin",
    "origin-when-cross-origin",
    "strict-origin-when-cross-origin",
    "unsafe-url",
]
DEFAULT_POLICY: ReferrerPolicy = "strict-origin-when-cross-origin"
_POLICIES: tuple[ReferrerPolicy, ...] = get_args(ReferrerPolicy)


def referer(origin: str, url: URL, policy: ReferrerPolicy, *, by_scheme: bool) -> str | None:
    """Follow https://w3c.github.io/webappsec-referrer-policy/#determine-requests-referrer, for the page ``{origin}/``.

    The URL of a page with an opaque origin is not known here, so it sends no Referer. `by_scheme` is for engines that
    do not trust http on loopback.
    """
    page = parse(origin)
    if page is None or not page.is_http:
        return None
    is_same_origin = origin == url.origin
    trusts = is_https if by_scheme else is_trustworthy
    downgrades = trusts(page) and not trusts(url)
    withheld = {
        "no-referrer": True,
        "same-origin": not is_same_origin,
        "no-referrer-when-downgrade": downgrades,
        "strict-origin": downgrades,
        "strict-origin-when-cross-origin": downgrades and not is_same_origin,
    }
    return None if withheld.get(policy) else f"{origin}/"


def origin_without_cors(origin: str, url: URL, policy: ReferrerPolicy, *, hides_on_downgrade: bool = True) -> str:
    """Follow https://fetch.spec.whatwg.org/#append-a-request-origin-header, of a request that CORS does not check.

    `origin` is the request's, serialised.
    """
    downgrades = hides_on_downgrade and origin.startswith("https:") and url.scheme != "https"
    hidden = {
        "no-referrer": True,
        "no-referrer-when-downgrade": downgrades,
        "strict-origin": downgrades,
        "strict-origin-when-cross-origin": downgrades,
        "same-origin": origin != url.origin,
    }
    return "null" if hidden.get(policy) else origin


def policy_of(headers: HeaderList) -> ReferrerPolicy | None:
    """Follow https://w3c.github.io/webappsec-referrer-policy/#parse-referrer-policy-from-header, of a redirect."""
    tokens = [token.strip().lower() for token in (headers.get("Referrer-Policy") or "").split(",")]
    return next((policy for token in reversed(tokens) for policy in _POLICIES if policy == token), None)
