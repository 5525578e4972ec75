"""The URL that an application is asked under: Django answers 400 to a host that it does not know.

The law of this module: no framework is imported here; an application of one has imported it.
"""

import sys
from typing import Any

from corswsgi.cli.target import layers


def url_under_known_host(server: object, url: str) -> str:
    """Make a path absolute, for an application of Django, under a host that ``ALLOWED_HOSTS`` has."""
    handler = getattr(sys.modules.get("django.core.handlers.wsgi"), "WSGIHandler", None)
    if not url.startswith("/") or handler is None or not any(isinstance(layer, handler) for layer in layers(server)):
        return url
    settings: Any = sys.modules["django.conf"].settings
    hosts = [str(host) for host in settings.ALLOWED_HOSTS]
    if "*" in hosts:
        return url
    host = next((host.removeprefix(".") for host in hosts), "localhost")
    return f"https://{host}{url}"
