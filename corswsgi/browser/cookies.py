"""The page's cookies: which ones are kept and sent, and why the others are not.

https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis, sections 5.2, 5.7 and 5.8. Left out: limits on the
number of cookies, and more than one partition, because a page has only one.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from corswsgi.browser.engines import Engine
from corswsgi.browser.request import Request
from corswsgi.browser.set_cookie import (
    Cookie,
    CookieCode,
    DroppedCookie,
    UnacceptableError,
    cookie_name,
    domain_matches,
    parse_set_cookie,
)
from corswsgi.browser.site import is_same_site, is_schemefully_same_site, is_trustworthy, site_of
from corswsgi.browser.url import URL, parse
from corswsgi.hosts import is_loopback

_CREDENTIALS_FIX = {
    "fetch": "pass credentials: 'include' to fetch()",
    "xhr": "set withCredentials = true on the XMLHttpRequest",
    "xhr-upload": "set withCredentials = true on the XMLHttpRequest",
    "eventsource": "pass { withCredentials: true } to EventSource",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CookieContext:
    """The request that cookies are for, from a page of `origin` to the last of `urls`: the first URL and its redirects.

    If the credentials mode leaves cookies out, `includes_credentials` is false and `credentials_fix` is the change that
    the script needs. `navigates` is true if the page itself goes there, with a request of `method`.
    """

    origin: str
    urls: tuple[URL, ...]
    method: str = "GET"
    navigates: bool = False
    includes_credentials: bool = True
    credentials_fix: str = ""

    @classmethod
    def of(cls, request: Request) -> "CookieContext":
        """Return the context of a request."""
        return cls(
            origin=request.origin,
            urls=tuple(request.url_list),
            method=request.method,
            navigates=request.mode == "navigate",
            includes_credentials=request.includes_credentials,
            credentials_fix=_CREDENTIALS_FIX.get(request.api, ""),
        )

    @property
    def url(self) -> URL:
        """The URL that the request goes to."""
        return self.urls[-1]


class CookieJar:
    """The cookies that a page's browser keeps, until it expires by `clock`, in seconds."""

    def __init__(self, clock: Callable[[], float], engine: Engine) -> None:
        self._clock = clock
        self._engine = engine
        self._cookies: dict[tuple[str, str, str, str | None], Cookie] = {}
        self._refused: dict[tuple[str, str], DroppedCookie] = {}

    def header(self, context: CookieContext) -> str | None:
        """Return the ``Cookie`` header of a request, or None where no cookie is sent."""
        if not context.includes_credentials:
            return None
        sent = [cookie for cookie in self._in_reach(context) if self._why_unsent(cookie, context) is None]
        sent = [cookie for cookie in sent if _path_matches(cookie, context.url)]
        sent.sort(key=lambda cookie: -len(cookie.path))  # stable: the oldest first among equals
        return "; ".join(f"{c.name}={c.value}" if c.name else c.value for c in sent) or None

    def unsent(self, context: CookieContext) -> Iterator[DroppedCookie]:
        """Yield the cookies of this host that a request leaves out, except for those that their own Path excludes."""
        for cookie in self._in_reach(context):
            why = self._why_unsent(cookie, context)
            if not _path_matches(cookie, context.url):
                if not cookie.path_is_default:
                    continue
                why = "path", f"it has no Path, and so is only sent below {cookie.path}", "set Path=/ on the cookie"
            if why is not None:
                code, reason, fix = why
                reason = f"the cookie {cookie.name or 'without a name'} is not sent: {reason}"
                yield DroppedCookie(name=cookie.name, url=context.url.sent, code=code, reason=reason, fix=fix)

    def store(self, context: CookieContext, set_cookie: str) -> DroppedCookie | None:
        """Store one ``Set-Cookie`` of the response, or return why it is not kept."""
        name, url = cookie_name(set_cookie), context.url
        try:
            cookie = parse_set_cookie(set_cookie, url, self._clock(), self._engine)
            why = self._why_refused(cookie, context)
        except UnacceptableError as error:
            why = error.code, error.reason, error.fix
        if why is None:
            self._keep(replace(cookie, partition=self._partition(context)))
            self._refused.pop((cookie.name, url.host), None)
            return None
        code, reason, fix = why
        dropped = DroppedCookie(
            name=name,
            url=url.sent,
            code=code,
            reason=f"Set-Cookie of {name or 'a cookie without a name'} is not kept: {reason}",
            fix=fix,
        )
        self._refused[name, url.host] = dropped
        return dropped

    def _keep(self, cookie: Cookie) -> None:
        """Keep a cookie in place of an older one, and take over its age. An expired cookie only removes it."""
        key = (cookie.name, cookie.domain, cookie.path, cookie.partition)
        older = self._cookies.get(key)
        self._cookies[key] = cookie if older is None else replace(cookie, created=older.created)
        if cookie.until is not None and cookie.until <= self._clock():
            del self._cookies[key]

    def refused(self, url: URL) -> list[DroppedCookie]:
        """Return the cookies of this host that were refused and not stored later."""
        return [dropped for (_, host), dropped in self._refused.items() if host == url.host]

    def of_other_paths(self, url: URL) -> list[tuple[str, str]]:
        """Return the name and the Path of this host's cookies that are kept, and not sent to this path."""
        return [
            (cookie.name or "a cookie without a name", cookie.path)
            for cookie in self._cookies.values()
            if not _path_matches(cookie, url) and _host_matches(cookie, url.host)
        ]

    def deletes(self, url: URL, set_cookie: str) -> bool:
        """Return whether a ``Set-Cookie`` has expired when it comes, and so deletes the cookie."""
        try:
            cookie = parse_set_cookie(set_cookie, url, self._clock(), self._engine)
        except UnacceptableError:
            return False
        return cookie.until is not None and cookie.until <= self._clock()

    def _in_reach(self, context: CookieContext) -> list[Cookie]:
        """Return the cookies of the requested host in the page's partition."""
        now, host, partition = self._clock(), context.url.host, self._partition(context)
        self._cookies = {key: c for key, c in self._cookies.items() if c.until is None or now < c.until}
        return [
            cookie for cookie in self._cookies.values() if cookie.partition == partition and _host_matches(cookie, host)
        ]

    def _partition(self, context: CookieContext) -> str | None:
        apart = self._engine.partitions_third_party_cookies and not context.navigates
        return site_of(context.origin) if apart and not is_same_site(context.origin, context.url) else None

    def _why_unsent(self, cookie: Cookie, context: CookieContext) -> tuple[CookieCode, str, str] | None:
        """Follow section 5.8.3, but for the path."""
        if not context.includes_credentials:
            return _without_credentials(context)
        if cookie.secure and not is_trustworthy(context.url):
            return "secure-over-http", f"it is Secure, and {context.url.origin} is http", "ask over https"
        if self._is_same_site(context):
            return None
        if context.navigates:
            return self._why_not_navigated(cookie, context)
        return self._why_cross_site(cookie, context)

    def _why_refused(self, cookie: Cookie, context: CookieContext) -> tuple[CookieCode, str, str] | None:
        """Follow section 5.7: the checks that depend on the page and on the stored cookies."""
        if not context.includes_credentials:
            return _without_credentials(context)
        if not cookie.secure and not is_trustworthy(context.url) and self._shadows_a_secure_one(cookie):
            reason = "a Secure cookie of that name is there, and http cannot replace it"
            return "secure-exists", reason, "set it over https"
        if self._is_same_site(context) or context.navigates:
            return None
        return self._why_cross_site(cookie, context)

    def _why_cross_site(self, cookie: Cookie, context: CookieContext) -> tuple[CookieCode, str, str] | None:
        server, page = context.url.origin, context.origin
        where = f"{server} is another site than the page, {page}"
        if is_schemefully_same_site(page, context.url):
            where = f"the request came back to {server} by way of another site"
        elif is_same_site(page, context.url):
            where = f"{server} has another scheme than the page, {page}, which makes it another site"
        together = _one_site(page, context.url)
        if not self._engine.sends_third_party_cookies:
            return "third-party", f"{where}, and this engine blocks cookies of other sites", together
        if self._effective_same_site(cookie) == "none":
            return None
        attribute = f"SameSite={cookie.same_site.capitalize()}"
        if cookie.same_site == "default":
            attribute = "no SameSite, which means Lax"
        return (
            "cross-site",
            f"{where}, and the cookie has {attribute}",
            f"{together}, or set SameSite=None; Secure on the cookie",
        )

    def _why_not_navigated(self, cookie: Cookie, context: CookieContext) -> tuple[CookieCode, str, str] | None:
        """Follow section 5.8.3: navigation to another site sends Lax cookies if the method is safe."""
        same_site, is_safe = self._effective_same_site(cookie), context.method in {"GET", "HEAD"}
        young = self._clock() - cookie.created < self._engine.lax_allows_unsafe_for
        if same_site == "none" or (same_site == "lax" and (is_safe or (cookie.same_site == "default" and young))):
            return None
        attribute = "no SameSite" if cookie.same_site == "default" else f"SameSite={same_site.capitalize()}"
        reason = (
            f"the page of {context.origin} goes to another site by {context.method}, and the cookie has {attribute}"
        )
        return "cross-site", reason, "leave it so: it keeps other sites from acting as the user"

    def _effective_same_site(self, cookie: Cookie) -> str:
        if cookie.same_site != "default":
            return cookie.same_site
        return "lax" if self._engine.cookies_are_lax_by_default else "none"

    def _is_same_site(self, context: CookieContext) -> bool:
        """Follow section 5.2.1, https://fetch.spec.whatwg.org/#concept-request-redirect-taint included."""
        is_same = is_schemefully_same_site if self._engine.same_site_is_schemeful else is_same_site
        urls = context.urls if self._engine.redirects_taint_cookies else context.urls[-1:]
        return all(is_same(context.origin, url) for url in urls)

    def _shadows_a_secure_one(self, cookie: Cookie) -> bool:
        return any(
            other.secure
            and other.name == cookie.name
            and (
                other.domain == cookie.domain
                or domain_matches(other.domain, cookie.domain)
                or domain_matches(cookie.domain, other.domain)
            )
            and _is_below(cookie.path, other.path)
            for other in self._cookies.values()
        )


def _without_credentials(context: CookieContext) -> tuple[CookieCode, str, str]:
    return "no-credentials", "the script asked without credentials", context.credentials_fix


def _one_site(origin: str, url: URL) -> str:
    """Return the fix that makes a page and what it asks one site."""
    page = parse(origin)
    if is_schemefully_same_site(origin, url):
        return "have the script ask the URL that the redirects lead to"
    if page is not None and is_same_site(origin, url):
        return f"serve the page and the API with one scheme, both with {page.scheme} or both with {url.scheme}"
    if page is None or not is_loopback(page.host) or not is_loopback(url.host):
        return "serve the page and the API from one site"
    scheme = "" if page.scheme == url.scheme else "and one scheme "
    return f"use one host name {scheme}for the page and the API, for example localhost"


def _host_matches(cookie: Cookie, host: str) -> bool:
    return cookie.domain == host or (not cookie.host_only and domain_matches(host, cookie.domain))


def _path_matches(cookie: Cookie, url: URL) -> bool:
    return _is_below(url.path, cookie.path)


def _is_below(path: str, folder: str) -> bool:
    """Follow section 5.1.4, path-match."""
    return path == folder or path.startswith(folder if folder.endswith("/") else f"{folder}/")
