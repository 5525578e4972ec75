"""Replace a method for all callers, even for those that already hold it.

The law of this module: ``app.wsgi_app = ProxyFix(app.wsgi_app)`` may run before or after the import of a front end, and
the front end is behind `ProxyFix` both times. If the method were replaced in its class, an object that holds the old
method would bypass the new one.
"""

from collections.abc import Callable
from inspect import signature, unwrap
from threading import Lock
from types import FunctionType
from typing import Any


def take_over(method: Callable[..., Any], serve: Callable[..., Any]) -> Callable[..., Any]:
    """Make all calls of `method`, a WSGI application's, call `serve`. Return a function with the old behaviour.

    A method that is taken over already, because a module is loaded anew, gets the new `serve`. Raises `TypeError` if
    `method` is not a Python function, or if another function has made it.
    """
    function = unwrap(method)
    if not isinstance(function, FunctionType) or function.__closure__:
        raise TypeError(f"{method!r} cannot be taken over: it is not a plain Python function")
    with _taking:
        original: FunctionType | None = vars(function).get(_ORIGINAL)
        if original is None:
            original = FunctionType(function.__code__, function.__globals__, function.__name__, function.__defaults__)
            vars(function).update({"__signature__": signature(function), _ORIGINAL: original})
        function.__kwdefaults__ = {"_serve": serve}  # first, because other threads may serve requests meanwhile
        function.__code__ = _entry.__code__
    return original


_taking = Lock()
_ORIGINAL = "corswsgi_original"  # attribute of a function that is taken over


def _entry(self: object, environ: object, start_response: object, *, _serve: Callable[..., Any]) -> object:
    return _serve(self, environ, start_response)
