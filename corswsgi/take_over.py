"""Standing in front of a method for everybody who calls it, also for those who got it before.

The law of this module: ``app.wsgi_app = ProxyFix(app.wsgi_app)`` may run before or after the import of a front end, and
the front end is behind `ProxyFix` both times. A method that was replaced in its class would be bypassed by whoever
holds the old one.
"""

from collections.abc import Callable
from inspect import signature, unwrap
from types import FunctionType
from typing import Any


def take_over(method: Callable[..., Any], serve: Callable[..., Any]) -> Callable[..., Any]:
    """Have all calls of `method`, a WSGI application's, call `serve`; return a function that does what it did.

    Raises `TypeError` where `method` is not a Python function, or one that another function has made.
    """
    function = unwrap(method)
    if not isinstance(function, FunctionType) or function.__closure__:
        raise TypeError(f"{method!r} cannot be taken over: it is not a plain Python function")
    original = FunctionType(function.__code__, function.__globals__, function.__name__, function.__defaults__)
    vars(function)["__signature__"] = signature(function)
    function.__code__, function.__kwdefaults__ = _entry.__code__, {"_serve": serve}
    return original


def _entry(self: object, environ: object, start_response: object, *, _serve: Callable[..., Any]) -> object:
    return _serve(self, environ, start_response)
