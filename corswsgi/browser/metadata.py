"""``Sec-Fetch-*`` headers, which tell a server who sends a request and how: https://w3c.github.io/webappsec-fetch-metadata/."""

from itertools import pairwise

from corswsgi.browser.engines import Engine
from corswsgi.browser.headers import HeaderList
from corswsgi.browser.request import Request
from corswsgi.browser.site import is_schemefully_same_site, is_trustworthy
from corswsgi.browser.url import URL


def fetch_metadata(request: Request, engine: Engine) -> HeaderList:
    """Return the headers that a browser adds to `request`: none if the URL is not trustworthy.

    A script makes the request, without a click, so ``Sec-Fetch-User`` is never sent.
    """
    is_websocket = request.mode == "websocket"
    destination = engine.websocket_destination if is_websocket else request.destination
    is_elsewhere = any(last.origin != url.origin for last, url in pairwise(request.url_list))
    is_lost = (
        request.response_tainting == "cors"
        and is_elsewhere
        and not request.is_preflight
        and not engine.sends_fetch_metadata_after_redirects
    )
    if destination is None or is_lost:
        return HeaderList()
    if not is_trustworthy(request.current_url):
        says_mode = request.is_preflight and engine.preflights_always_say_mode
        return HeaderList([("Sec-Fetch-Mode", request.mode)] if says_mode else [])
    forgets = request.is_preflight and engine.preflight_metadata_forgets_redirects
    return HeaderList(
        [
            ("Sec-Fetch-Site", _site(request, request.url_list[-1:] if forgets else request.url_list)),
            ("Sec-Fetch-Mode", request.mode),
            ("Sec-Fetch-Dest", destination),
        ]
    )


def _site(request: Request, urls: list[URL]) -> str:
    """Follow https://w3c.github.io/webappsec-fetch-metadata/#sec-fetch-site-header, through all redirects."""
    site = "same-origin"
    for url in urls:
        if not is_schemefully_same_site(request.origin, url):
            return "cross-site"
        if not request.is_same_origin(url):
            site = "same-site"
    return site
