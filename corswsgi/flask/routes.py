"""Which rule of an application serves a request.

The law of this module: the application's `url_map` is asked as Flask itself asks it, and no request makes it raise.
"""

import logging
from typing import TYPE_CHECKING, cast
from urllib.parse import unquote, urlsplit

from flask import Flask
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import MapAdapter, RequestRedirect, Rule

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

logger = logging.getLogger("corswsgi")


def find_rule(app: Flask, environ: "WSGIEnvironment", method: str) -> tuple[Rule, str] | None:
    """Find the rule by which `app` serves `method` where this request goes, and the method; None without one.

    Where none serves the method, Flask answers 405: then it is the rule for another method, always the same one.
    """
    try:
        request = app.request_class(environ, populate_request=False)
        adapter = cast("MapAdapter", app.create_url_adapter(request))  # None only without a request
        try:
            return _match(adapter, None, method), method
        except MethodNotAllowed as error:
            served = min(error.valid_methods or [method])
            return _match(adapter, None, served), served
    except HTTPException:
        return None
    except Exception:  # a converter of the application, which will raise there as well
        logger.exception("no view was found for %s %s", ascii(method), ascii(environ.get("PATH_INFO")))
        return None


def _match(adapter: MapAdapter, path: str | None, method: str) -> Rule:
    try:
        return adapter.match(path, method, return_rule=True)[0]
    except RequestRedirect as redirect:
        url = urlsplit(redirect.new_url)
        if path is not None or url.netloc != adapter.get_host(None):
            raise
        # the browser follows, and the page must be able to read what stands there
        return _match(adapter, unquote(url.path).removeprefix(adapter.script_name.rstrip("/")), method)
