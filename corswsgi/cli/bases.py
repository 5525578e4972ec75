"""The base URL for requests to an application: Django answers 400 to a host that it does not know.

The law of this module: it imports no framework. An application that uses one has imported it already.
"""

import sys
from typing import Any

from corswsgi.browser.page import default_base_url
from corswsgi.browser.site import is_same_site
from corswsgi.browser.url import parse
from corswsgi.cli.target import layers
from corswsgi.hosts import is_loopback

_OF_DEBUG = [".localhost", "127.0.0.1", "[::1]"]  # with DEBUG and no ALLOWED_HOSTS


def url_under_known_host(server: object, url: str, page: str | None = None) -> str:
    """Make a path absolute for a Django application, under a host in ``ALLOWED_HOSTS`` and near to `page`, an origin.

    For a page on loopback it is on loopback and has the scheme of the page, where Django knows such a host.
    """
    handler = getattr(sys.modules.get("django.core.handlers.wsgi"), "WSGIHandler", None)
    if not url.startswith("/") or handler is None or not any(isinstance(layer, handler) for layer in layers(server)):
        return url
    settings: Any = sys.modules["django.conf"].settings
    hosts = [str(host) for host in settings.ALLOWED_HOSTS]
    if "*" in hosts:
        return url
    local = None if page is None else _on_loopback(page, hosts or _OF_DEBUG)
    return f"{local or f'https://{_nearest(page, hosts)}'}{url}"


def _on_loopback(page: str, allowed: list[str]) -> str | None:
    """Return the base URL for a page on loopback, under its own host if that is known to Django."""
    validate: Any = sys.modules["django.http.request"].validate_host
    base, own = parse(default_base_url(page)), parse(page)
    if base is None or own is None or not is_loopback(own.host):
        return None
    known = (host for host in (own.host, "localhost", "127.0.0.1", "[::1]") if validate(host, allowed))
    host = next(known, None)
    return None if host is None else f"{base.scheme}://{host}:{base.port}"


def _nearest(page: str | None, hosts: list[str]) -> str:
    """Return one of `hosts`: on the site of `page`, else not on loopback, else the first."""
    plain = [host.removeprefix(".") for host in hosts] or ["localhost"]
    urls = {host: parse(f"https://{host}") for host in plain}
    near = (host for host, url in urls.items() if page and url is not None and is_same_site(page, url))
    return next(near, None) or next((host for host in plain if page and not is_loopback(host)), plain[0])
