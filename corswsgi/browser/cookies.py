"""The page's cookies, as far as they show what a request carries: RFC 6265bis, sections 5.6 to 5.8.

Left out: limits on number and size, partitions, and what only navigations do.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from corswsgi.browser.engines import Engine
from corswsgi.browser.headers import parse_date
from corswsgi.browser.site import is_public_suffix, is_same_site, is_schemefully_same_site
from corswsgi.browser.url import URL

_SECURE_HOSTS = re.compile(r"localhost|.*\.localhost|127\.[0-9.]+|\[::1\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    """A stored cookie. ``until`` is a time of the jar's clock, None for a session cookie."""

    name: str
    value: str
    domain: str
    host_only: bool
    path: str
    secure: bool
    same_site: str
    until: float | None


class CookieJar:
    """What a page's browser keeps, until it expires by `clock`, in seconds."""

    def __init__(self, clock: Callable[[], float], engine: Engine) -> None:
        self._clock = clock
        self._engine = engine
        self._cookies: dict[tuple[str, str, str], Cookie] = {}

    def header(self, url: URL, origin: str) -> str | None:
        """Give the value of ``Cookie`` on a request from a page of `origin` to `url`, None where there is none."""
        now = self._clock()
        self._cookies = {key: c for key, c in self._cookies.items() if c.until is None or now < c.until}
        sent = [cookie for cookie in self._cookies.values() if _matches(cookie, url)]
        if sent and not self._is_same_site(origin, url):
            sent = [c for c in sent if c.same_site == "none" and self._engine.sends_third_party_cookies]
        sent.sort(key=lambda cookie: -len(cookie.path))  # stable: the oldest first among equals
        return "; ".join(f"{c.name}={c.value}" if c.name else c.value for c in sent) or None

    def store(self, url: URL, origin: str, set_cookie: str) -> None:
        """Store one ``Set-Cookie`` of the response from `url`, or drop it as a browser would."""
        pair, *rest = set_cookie.split(";")
        left, equals, right = pair.partition("=")
        name, value = (left.strip(), right.strip()) if equals else ("", left.strip())
        attributes = {key.strip().lower(): text.strip() for key, _, text in (part.partition("=") for part in rest)}
        cookie = Cookie(
            name=name,
            value=value,
            domain=attributes.get("domain", "").removeprefix(".").lower() or url.host,
            host_only=not attributes.get("domain"),
            path=attributes["path"] if attributes.get("path", "").startswith("/") else _default_path(url.path),
            secure="secure" in attributes,
            same_site=self._same_site(attributes.get("samesite", "")),
            until=self._until(attributes),
        )
        if attributes.get("samesite", "").lower() == "none" and not cookie.secure:
            return  # draft-west-cookie-incrementalism, section 3.2, of the page's own site as well
        if _is_acceptable(cookie, url) and self._may_be_set(cookie, url, origin):
            key = (cookie.name, cookie.domain, cookie.path)
            self._cookies[key] = cookie
            if cookie.until is not None and cookie.until <= self._clock():
                del self._cookies[key]

    def _same_site(self, attribute: str) -> str:
        if attribute.lower() in {"strict", "lax", "none"}:
            return attribute.lower()
        return "lax" if self._engine.cookies_are_lax_by_default else "none"

    def _until(self, attributes: dict[str, str]) -> float | None:
        if re.fullmatch("-?[0-9]{1,18}", attributes.get("max-age", "")):
            return self._clock() + int(attributes["max-age"])
        date = parse_date(attributes.get("expires", ""))
        return None if date is None else self._clock() + (date - time.time())

    def _may_be_set(self, cookie: Cookie, url: URL, origin: str) -> bool:
        if self._is_same_site(origin, url):
            return True
        return cookie.same_site == "none" and self._engine.sends_third_party_cookies

    def _is_same_site(self, origin: str, url: URL) -> bool:
        is_same = is_schemefully_same_site if self._engine.same_site_is_schemeful else is_same_site
        return is_same(origin, url)


def _is_acceptable(cookie: Cookie, url: URL) -> bool:
    """Follow RFC 6265bis, section 5.7: what does not depend on the page."""
    if not cookie.name and not cookie.value:
        return False
    if cookie.secure and not _is_secure(url):
        return False
    if cookie.name.lower().startswith("__host-"):
        return cookie.secure and cookie.host_only and cookie.path == "/"
    if cookie.name.lower().startswith("__secure-") and not cookie.secure:
        return False
    if cookie.domain == url.host:
        return True
    return _domain_matches(url.host, cookie.domain) and not is_public_suffix(cookie.domain)


def _matches(cookie: Cookie, url: URL) -> bool:
    """Follow RFC 6265bis, section 5.8.3."""
    host_matches = cookie.domain == url.host or (not cookie.host_only and _domain_matches(url.host, cookie.domain))
    folder = cookie.path if cookie.path.endswith("/") else f"{cookie.path}/"
    path_matches = url.path == cookie.path or url.path.startswith(folder)
    return host_matches and path_matches and (not cookie.secure or _is_secure(url))


def _is_secure(url: URL) -> bool:
    return url.scheme == "https" or _SECURE_HOSTS.fullmatch(url.host) is not None


def _domain_matches(host: str, domain: str) -> bool:
    """Follow RFC 6265bis, section 5.1.3."""
    return host.endswith(f".{domain}") and not re.fullmatch(r"[0-9.]+", host)


def _default_path(path: str) -> str:
    """Follow RFC 6265bis, section 5.1.4."""
    return path[: path.rindex("/")] or "/"
