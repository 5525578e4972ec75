"""Sites, for cookies and resource policies: https://html.spec.whatwg.org/#sites."""

from corswsgi.browser.url import URL, parse
from corswsgi.hosts import is_loopback, registrable_domain


def is_same_site(origin: str, url: URL) -> bool:
    """Return whether `url` is on the same site as pages of `origin`, whatever the scheme."""
    page = parse(origin)
    return page is not None and bool(page.host) and _registrable_domain(page.host) == _registrable_domain(url.host)


def is_schemefully_same_site(origin: str, url: URL) -> bool:
    """Follow https://html.spec.whatwg.org/#same-site."""
    return origin.partition(":")[0] == url.scheme and is_same_site(origin, url)


def site_of(origin: str) -> str:
    """Follow https://html.spec.whatwg.org/#obtain-a-site, serialised; an opaque origin is its own site."""
    page = parse(origin)
    return origin if page is None or not page.host else f"{page.scheme}://{_registrable_domain(page.host)}"


def _registrable_domain(host: str) -> str:
    """Follow https://url.spec.whatwg.org/#host-registrable-domain, which keeps a dot at the end apart."""
    plain = host.removesuffix(".")
    return registrable_domain(plain) + ("." if host.endswith(".") else "")


def is_trustworthy(url: URL) -> bool:
    """Follow https://w3c.github.io/webappsec-secure-contexts/#is-origin-trustworthy, of a URL of HTTP."""
    return url.scheme in {"https", "wss"} or is_loopback(url.host)


def is_https(url: URL) -> bool:
    """Return whether the scheme of `url` is ``https``."""
    return url.scheme == "https"
