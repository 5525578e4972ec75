"""The rule of an application that serves a request.

The law of this module: it uses the application's `url_map` in the same way as Flask, and no request makes it raise.
"""

import logging
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, cast
from urllib.parse import unquote, urlsplit

from flask.app import Flask
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import MapAdapter, RequestRedirect, Rule

from corswsgi.per_view import other_spelling

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

logger = logging.getLogger("corswsgi")


def find_rule(app: Flask, environ: "WSGIEnvironment", method: str) -> tuple[Rule, str] | None:
    """Find the rule and the method by which `app` serves `method` at this URL, or None.

    If no rule serves the method, Flask answers 405: then return a rule for another method, always the same one. If none
    serves the path, try it with or without its last slash.
    """
    try:
        adapter = _adapter(app, environ)
        return _find(adapter, None, method) or _find(adapter, other_spelling(adapter.path_info), method)
    except HTTPException:  # of the host
        return None
    except Exception:  # of a converter of the application, which will raise in Flask as well
        logger.exception("no view was found for %s %s", ascii(method), ascii(environ.get("PATH_INFO")))
        return None


def rules_beside(app: Flask, environ: "WSGIEnvironment") -> Iterator[tuple[Rule, str]]:
    """Yield each method that is served at this URL, with its rule."""
    try:
        adapter = _adapter(app, environ)
        path = None if adapter.allowed_methods() else other_spelling(adapter.path_info)
        methods = adapter.allowed_methods(path)
    except Exception:  # noqa: BLE001  (as above, where it is logged)
        return
    for method in sorted(methods):
        with suppress(Exception):  # of a converter, or of a redirect to another place: no view of this URL
            found = _find(adapter, path, method)
            if found is not None:
                yield found


def _adapter(app: Flask, environ: "WSGIEnvironment") -> MapAdapter:
    request = app.request_class(environ, populate_request=False)
    return cast("MapAdapter", app.create_url_adapter(request))  # None only without a request


def _find(adapter: MapAdapter, path: str | None, method: str) -> tuple[Rule, str] | None:
    try:
        return _match(adapter, path, method), method
    except MethodNotAllowed as error:
        served = min(error.valid_methods or [method])
        return _match(adapter, path, served), served
    except NotFound:
        return None


def _match(adapter: MapAdapter, path: str | None, method: str, *, follows: bool = True) -> Rule:
    try:
        return adapter.match(path, method, return_rule=True)[0]
    except RequestRedirect as redirect:
        url = urlsplit(redirect.new_url)
        if not follows or url.netloc != adapter.get_host(None):
            raise
        # the browser follows, and the page must be able to read the target
        below = unquote(url.path).removeprefix(adapter.script_name.rstrip("/"))
        return _match(adapter, below, method, follows=False)
