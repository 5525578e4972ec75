"""The base URL for requests to an application: Django answers 400 to a host that it does not know.

The law of this module: it imports no framework. An application that uses one has imported it already.
"""

import sys
from typing import Any

from corswsgi.cli.target import layers


def url_under_known_host(server: object, url: str) -> str:
    """Make a path absolute for a Django application, under a host in ``ALLOWED_HOSTS``."""
    handler = getattr(sys.modules.get("django.core.handlers.wsgi"), "WSGIHandler", None)
    if not url.startswith("/") or handler is None or not any(isinstance(layer, handler) for layer in layers(server)):
        return url
    settings: Any = sys.modules["django.conf"].settings
    hosts = [str(host) for host in settings.ALLOWED_HOSTS]
    if "*" in hosts:
        return url
    host = next((host.removeprefix(".") for host in hosts), "localhost")
    return f"https://{host}{url}"
