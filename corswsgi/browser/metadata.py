"""``Sec-Fetch-*``, by which a server learns what asks and from where: https://w3c.github.io/webappsec-fetch-metadata/."""

from corswsgi.browser.headers import HeaderList
from corswsgi.browser.request import Request
from corswsgi.browser.site import is_schemefully_same_site, is_trustworthy


def fetch_metadata(request: Request) -> HeaderList:
    """Return what a browser adds to `request`: nothing where the URL is not trustworthy.

    The request is made by a script, without a click: there is never a ``Sec-Fetch-User``.
    """
    if not is_trustworthy(request.current_url):
        return HeaderList()
    return HeaderList(
        [
            ("Sec-Fetch-Site", _site(request)),
            ("Sec-Fetch-Mode", request.mode),
            ("Sec-Fetch-Dest", request.destination),
        ]
    )


def _site(request: Request) -> str:
    """Follow https://w3c.github.io/webappsec-fetch-metadata/#sec-fetch-site-header, through all redirects."""
    site = "same-origin"
    for url in request.url_list:
        if not is_schemefully_same_site(request.origin, url):
            return "cross-site"
        if not request.is_same_origin(url):
            site = "same-site"
    return site
