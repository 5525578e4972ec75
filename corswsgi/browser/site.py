"""Which pages and servers are of one site: https://html.spec.whatwg.org/#sites. Cookies and resource policies ask."""

import re
from functools import cache
from typing import TYPE_CHECKING

from corswsgi.browser.url import URL, parse

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

_LOOPBACK = re.compile(r"(?:.*\.)?localhost\.?|127\.[0-9.]+|\[::1\]")


def is_same_site(origin: str, url: URL) -> bool:
    """Tell whether `url` is of the site of pages of `origin`, whatever the scheme."""
    page = parse(origin)
    return page is not None and bool(page.host) and registrable_domain(page.host) == registrable_domain(url.host)


def is_schemefully_same_site(origin: str, url: URL) -> bool:
    """Follow https://html.spec.whatwg.org/#same-site."""
    return origin.partition(":")[0] == url.scheme and is_same_site(origin, url)


def site_of(origin: str) -> str:
    """Follow https://html.spec.whatwg.org/#obtain-a-site, serialised; an opaque origin is its own site."""
    page = parse(origin)
    return origin if page is None or not page.host else f"{page.scheme}://{registrable_domain(page.host)}"


def registrable_domain(host: str) -> str:
    """Follow https://url.spec.whatwg.org/#host-registrable-domain; the host itself where there is none."""
    if host.startswith("[") or re.fullmatch(r"[0-9.]+", host):
        return host
    plain = host.removesuffix(".")
    return (_public_suffixes().privatesuffix(plain) or plain) + ("." if host.endswith(".") else "")


def is_public_suffix(host: str) -> bool:
    """Follow https://url.spec.whatwg.org/#host-public-suffix."""
    return _public_suffixes().privatesuffix(host) is None


def is_loopback(host: str) -> bool:
    """Tell whether browsers reach `host` on this machine alone, whatever a resolver says.

    https://w3c.github.io/webappsec-secure-contexts/#is-origin-trustworthy
    """
    return _LOOPBACK.fullmatch(host) is not None


def is_localhost(host: str) -> bool:
    """Tell whether `host` is ``localhost`` or below it, for which no resolver is asked (RFC 6761, section 6.3)."""
    return host.removesuffix(".").rpartition(".")[2] == "localhost"


def is_trustworthy(url: URL) -> bool:
    """Follow https://w3c.github.io/webappsec-secure-contexts/#is-origin-trustworthy, of a URL of HTTP."""
    return url.scheme in {"https", "wss"} or is_loopback(url.host)


@cache
def _public_suffixes() -> "PublicSuffixList":
    from publicsuffixlist import PublicSuffixList  # noqa: PLC0415 (slow to load, and few requests have cookies)

    return PublicSuffixList()
