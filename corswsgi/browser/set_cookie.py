"""One ``Set-Cookie`` header: its attributes, and the checks that do not depend on the page.

https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis, sections 5.6 and 5.7. `Partitioned` is
https://datatracker.ietf.org/doc/html/draft-cutler-httpbis-partitioned-cookies.
"""

import re
import time
from dataclasses import dataclass
from typing import Literal

from corswsgi.browser.engines import Engine
from corswsgi.browser.headers import parse_date
from corswsgi.browser.site import is_trustworthy
from corswsgi.browser.url import URL
from corswsgi.hosts import is_address, is_public_suffix

MAX_COOKIE_LENGTH = 4096  # bytes, of name and value together
MAX_ATTRIBUTE_LENGTH = 1024  # bytes
MAX_AGE = 400 * 24 * 3600  # seconds

_PREFIXES = ("__secure-", "__host-", "__http-")  # and __host-http-, which begins with __host-
_NO_DOMAIN = "no Domain"
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")

CookieCode = Literal[
    # the cookie itself
    "malformed",
    "too-long",
    "domain",
    "public-suffix",
    "secure-over-http",
    "secure-exists",
    "none-without-secure",
    "partitioned-without-secure",
    "prefix",
    # where the page and the server are
    "no-credentials",
    "cross-site",
    "third-party",
    "path",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class DroppedCookie:
    """A cookie that was not kept, or not sent. ``fix`` is one imperative; the value of the cookie is never shown."""

    name: str
    url: str
    code: CookieCode
    reason: str
    fix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    """A stored cookie. ``until`` and ``created`` are times of the jar's clock; ``until`` is None for a session cookie.

    ``same_site`` is ``strict``, ``lax``, ``none`` or, where the attribute is missing or unknown, ``default``.
    ``partition`` is the site of the pages that alone may use it, where an engine keeps third parties apart.
    """

    name: str
    value: str
    domain: str
    host_only: bool
    path: str
    path_is_default: bool
    secure: bool
    http_only: bool
    same_site: str
    created: float
    until: float | None
    partition: str | None = None


class UnacceptableError(ValueError):
    """A cookie that no browser keeps: ``code``, the reason and the fix."""

    def __init__(self, code: CookieCode, reason: str, fix: str) -> None:
        self.code = code
        self.reason = reason
        self.fix = fix
        super().__init__(reason)


def cookie_name(set_cookie: str) -> str:
    """Return the name that a ``Set-Cookie`` header sets, or the empty string."""
    pair = set_cookie.partition(";")[0]
    return pair.partition("=")[0].strip(" \t") if "=" in pair else ""


def parse_set_cookie(text: str, url: URL, now: float, engine: Engine) -> Cookie:
    """Return the cookie that a response from `url` sets at `now`; raises `UnacceptableError`."""
    pair, *rest = text.split(";")
    left, equals, right = pair.partition("=")
    name, value = (left.strip(" \t"), right.strip(" \t")) if equals else ("", left.strip(" \t"))
    if not engine.takes_nameless_cookies and not equals:
        name, value = value, ""
    if _CONTROL.search(text) or (engine.refuses_tabs_in_cookies and "\t" in name + value):
        raise UnacceptableError("malformed", "it contains a control character", "remove the control character")
    if not name and not (value and engine.takes_nameless_cookies):
        raise UnacceptableError(
            "malformed", "it has no name" if value else "it has neither a name nor a value", "write name=value"
        )
    if len(name) + len(value) > MAX_COOKIE_LENGTH:
        reason = f"name and value have {len(name) + len(value)} bytes, and at most {MAX_COOKIE_LENGTH} are kept"
        raise UnacceptableError("too-long", reason, "store the data on the server, and only its key in the cookie")
    attributes = _attributes(rest)
    domain = _domain(attributes.get("domain", ""), url)
    path = attributes.get("path", "")
    cookie = Cookie(
        name=name,
        value=value,
        domain=domain or url.host,
        host_only=not domain,
        path=path if path.startswith("/") else _default_path(url.path),
        path_is_default=not path.startswith("/"),
        secure="secure" in attributes,
        http_only="httponly" in attributes,
        same_site=_same_site(attributes.get("samesite", "")),
        created=now,
        until=_until(attributes, now),
    )
    _check(cookie, url, attributes, engine)
    return cookie


def _attributes(parts: list[str]) -> dict[str, str]:
    """Read the attributes. The last of each name counts, and those over the limit are ignored."""
    found: dict[str, str] = {}
    for part in parts:
        key, _, value = part.partition("=")
        value = value.strip(" \t")
        if len(value) <= MAX_ATTRIBUTE_LENGTH:
            found[key.strip(" \t").lower()] = value
    return found


def _domain(attribute: str, url: URL) -> str:
    """Return the domain that the cookie is for; the empty string is the host alone."""
    domain = attribute.removeprefix(".").lower()
    if not domain:
        return ""
    fix = "leave Domain out, or name the host or a parent domain of it"
    if domain == url.host:
        return "" if is_public_suffix(domain) else domain
    if not domain_matches(url.host, domain):
        raise UnacceptableError("domain", f"its Domain {domain!r} does not cover {url.host}", fix)
    if is_public_suffix(domain):
        reason = f"its Domain {domain!r} is a public suffix, under which others have names"
        raise UnacceptableError("public-suffix", reason, fix)
    return domain


def _same_site(attribute: str) -> str:
    return attribute.lower() if attribute.lower() in {"strict", "lax", "none"} else "default"


def _until(attributes: dict[str, str], now: float) -> float | None:
    if re.fullmatch("-?[0-9]+", attributes.get("max-age", ""), re.ASCII):
        text = attributes["max-age"]
        is_huge = len(text) > len(str(MAX_AGE))
        seconds = MAX_AGE if is_huge else min(int(text), MAX_AGE)
        return now + (seconds if not text.startswith("-") else 0)
    date = parse_date(attributes.get("expires", ""))
    return None if date is None else now + (date - time.time())


def _check(cookie: Cookie, url: URL, attributes: dict[str, str], engine: Engine) -> None:
    """Follow section 5.7: the checks that do not depend on the page."""
    if cookie.secure and not is_trustworthy(url):
        raise UnacceptableError(
            "secure-over-http",
            f"it is Secure, and {url.origin} is neither https nor loopback",
            "serve the API over https, or leave Secure out",
        )
    fix = "add Secure to the cookie"
    if cookie.same_site == "none" and not cookie.secure:
        raise UnacceptableError("none-without-secure", "it has SameSite=None and is not Secure", fix)
    if "partitioned" in attributes and not cookie.secure:
        raise UnacceptableError("partitioned-without-secure", "it is Partitioned and is not Secure", fix)
    has_path = "path" in attributes or not engine.host_prefix_needs_a_path
    missing = _missing_for_prefix(cookie, has_domain=bool(attributes.get("domain")), has_path=has_path)
    if missing:
        added = ", ".join(what for what in missing if what != _NO_DOMAIN)
        changes = [f"add {added}"] * bool(added) + ["remove Domain"] * (_NO_DOMAIN in missing)
        fix = f"{', '.join(changes)}, or rename the cookie"
        raise UnacceptableError("prefix", f"its prefix demands {', '.join(missing)}", fix)


def _missing_for_prefix(cookie: Cookie, *, has_domain: bool, has_path: bool) -> list[str]:
    """Name the attributes that a cookie's prefix demands and the cookie lacks."""
    name = cookie.name.lower()
    if not name:
        return ["a name"] if cookie.value.lower().startswith(_PREFIXES) else []
    if not name.startswith(_PREFIXES):
        return []
    needed = {"Secure": cookie.secure}
    if name.startswith(("__http-", "__host-http-")):
        needed["HttpOnly"] = cookie.http_only
    if name.startswith("__host-"):
        needed["Path=/"] = has_path and cookie.path == "/"
        needed[_NO_DOMAIN] = not has_domain
    return [what for what, has_it in needed.items() if not has_it]


def domain_matches(host: str, domain: str) -> bool:
    """Follow section 5.1.3, for a host that is not `domain` itself."""
    return host.endswith(f".{domain}") and not is_address(host)


def _default_path(path: str) -> str:
    """Follow section 5.1.4."""
    return path[: path.rindex("/")] or "/"
