"""Notes beside the verdict that a developer should know: failures that look like CORS and are not."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from corswsgi.browser.cookies import CookieContext, CookieJar
from corswsgi.browser.engines import Engine
from corswsgi.browser.handshake import Note
from corswsgi.browser.request import Request
from corswsgi.browser.response import Response
from corswsgi.browser.set_cookie import cookie_name
from corswsgi.browser.site import is_https, is_trustworthy
from corswsgi.browser.url import parse
from corswsgi.hosts import is_loopback

_BAD_REQUEST, _UNAUTHORIZED, _FORBIDDEN = 400, 401, 403
_CSRF = re.compile(rb"CSRF verification failed|CSRF Failed|CSRF (?:session )?token", re.IGNORECASE)
_DISALLOWED = (b"DisallowedHost", b"<h1>Bad Request (400)</h1>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A finished fetch: its request, whether the last one sent had a cookie, and the last response, if any.

    ``at_preflight`` is true if the last request was a preflight, which never has a cookie. ``by_wildcard`` is true if
    ``Access-Control-Allow-Headers: *`` allowed ``Authorization``.
    """

    request: Request
    with_cookie: bool
    response: Response | None
    engine: Engine
    by_wildcard: bool = False
    at_preflight: bool = False


def notes(ended: Ended, jar: CookieJar) -> tuple[Note, ...]:
    """Return the notes on a fetch."""
    rules = (
        _unauthenticated, _disallowed_host, _csrf_refused, _cookie_deleted, _wildcard_authorization, _mixed_content,
        _local_network_access,
    )  # fmt: skip
    return tuple(note for rule in rules for note in rule(ended, jar))


def _unauthenticated(ended: Ended, jar: CookieJar) -> Iterator[Note]:
    request, response = ended.request, ended.response
    if (
        response is None
        or response.status not in {_UNAUTHORIZED, _FORBIDDEN}
        or ended.with_cookie
        or ended.at_preflight
        or request.headers.has("Authorization")
        or not request.includes_credentials
    ):
        return
    url = request.current_url
    if any(jar.unsent(CookieContext.of(request))):
        return  # a step says which and why
    text = f"the answer is {response.status}, and no cookie was sent: the browser has none for {url.host}"
    fix = "log in from this page first, and look whether the cookie of that answer is kept"
    refused, elsewhere = jar.refused(url), jar.of_other_paths(url)
    if elsewhere:
        name, path = elsewhere[0]
        text = f"the answer is {response.status}, and no cookie was sent: {name} is only sent below its Path, {path}"
        fix = "set Path=/ on the cookie"
    elif refused:
        text = f"{text}. {refused[-1].reason}"
        fix = refused[-1].fix
    yield Note(code="unauthenticated", text=text, fix=fix)


def _disallowed_host(ended: Ended, _jar: CookieJar) -> Iterator[Note]:
    response = ended.response
    if response is None or response.status != _BAD_REQUEST or not any(mark in response.body for mark in _DISALLOWED):
        return
    host = ended.request.current_url.host
    yield Note(
        code="django-disallowed-host",
        text=f"this 400 is Django's: {host} is probably not in ALLOWED_HOSTS, and no view was asked",
        fix=f"add {host!r} to ALLOWED_HOSTS, or ask a URL whose host is in it (of `Page`: base_url)",
    )


def _csrf_refused(ended: Ended, _jar: CookieJar) -> Iterator[Note]:
    response = ended.response
    if response is None or response.status not in {_BAD_REQUEST, _FORBIDDEN} or not _CSRF.search(response.body):
        return
    yield Note(
        code="csrf-refused",
        text=f"this {response.status} is a CSRF check's, which is not CORS: the token or the origin is missing",
        fix=(
            f"send the token (Django: X-CSRFToken); if pages of {ended.request.origin} are yours, trust the origin as "
            "well (Django: CSRF_TRUSTED_ORIGINS)"
        ),
    )


def _cookie_deleted(ended: Ended, jar: CookieJar) -> Iterator[Note]:
    response = ended.response
    if response is None or not ended.request.includes_credentials:
        return
    for set_cookie in response.headers.get_all("Set-Cookie"):
        if jar.deletes(ended.request.current_url, set_cookie):
            yield Note(
                code="cookie-deleted",
                text=f"Set-Cookie of {cookie_name(set_cookie)} deletes the cookie: it has expired (Max-Age, Expires)",
                fix="leave it so for a logout; otherwise set a time to come",
            )


def _wildcard_authorization(ended: Ended, _jar: CookieJar) -> Iterator[Note]:
    if ended.by_wildcard:
        yield Note(
            code="wildcard-authorization",
            text="Access-Control-Allow-Headers: * covers Authorization in this engine, and not in the standard",
            fix="name Authorization in Access-Control-Allow-Headers",
        )


def _mixed_content(ended: Ended, _jar: CookieJar) -> Iterator[Note]:
    """Follow https://w3c.github.io/webappsec-mixed-content/#should-block-fetch: a page of https, a request of http."""
    if not ended.request.origin.startswith("https:") or ended.request.mode == "navigate":
        return
    trusts = is_https if ended.engine.blocks_loopback_as_mixed_content else is_trustworthy
    plain = next((url for url in ended.request.url_list if url.is_http and not trusts(url)), None)
    if plain is not None:
        # what is of this machine is blocked by one engine alone
        who = "Safari blocks" if is_trustworthy(plain) else "browsers block"
        yield Note(
            code="mixed-content",
            text=f"{who} {plain.origin} as mixed content: the page is of https, and this is http",
            fix="serve the API over https",
        )


def _local_network_access(ended: Ended, _jar: CookieJar) -> Iterator[Note]:
    """Follow https://wicg.github.io/local-network-access/, as far as names and addresses say where they are."""
    page = parse(ended.request.origin)
    if not ended.engine.asks_for_local_networks or page is None or not page.host or ended.request.mode == "navigate":
        return
    nearer = next((url for url in ended.request.url_list if _nearness(url.host) > _nearness(page.host)), None)
    if nearer is not None:
        yield Note(
            code="local-network-access",
            text=f"Chromium asks the user before a page of {ended.request.origin} may reach {nearer.origin}",
            fix="serve both from the same network, and the page over https: without it Chromium does not even ask",
        )


def _nearness(host: str) -> int:
    """Return 2 for this machine, 1 for a private address, 0 for everything else."""
    if is_loopback(host):
        return 2
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return 1 if host.endswith(".local") else 0
    return 1 if address.is_private or address.is_link_local else 0
