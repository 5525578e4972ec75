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

from corswsgi.marks import held_by


def take_over(owner: type, name: str, serve: Callable[..., Any]) -> Callable[..., Any]:
    """Make all calls of the method `name` of `owner`, a WSGI application, call `serve`. Return its old behaviour.

    Wrappers that others have put around the method, such as monitoring, stay around it. A method that is taken over
    already, because a module is loaded anew, gets the new `serve`. Raises `TypeError` if the method neither is a plain
    Python function of this name nor wraps one.
    """
    function = _innermost(getattr(owner, name), name)
    with _taking:
        original: FunctionType | None = vars(function).get(_ORIGINAL)
        if original is None:
            original = FunctionType(function.__code__, function.__globals__, function.__name__, function.__defaults__)
            vars(function).update({"__signature__": signature(function), _ORIGINAL: original})
        function.__kwdefaults__ = {"_serve": serve}  # first, because other threads may serve requests meanwhile
        function.__code__ = _entry.__code__
    return original


def _innermost(method: Callable[..., Any], name: str) -> FunctionType:
    """Return the function that `method` calls in the end: wrappers have it as ``__wrapped__`` or in a closure."""
    todo: list[object] = [unwrap(method)]
    for each in todo:
        if isinstance(each, FunctionType):
            if each.__name__ == name and not each.__closure__:
                return each
            held = (unwrap(one) for one in held_by(each) if isinstance(one, FunctionType))
            todo += [one for one in held if not any(one is other for other in todo)]
    raise TypeError(f"{method!r} cannot be taken over: no plain Python function {name} is in it")


_taking = Lock()
_ORIGINAL = "corswsgi_original"  # attribute of a function that is taken over


def _entry(self: object, environ: object, start_response: object, *, _serve: Callable[..., Any]) -> object:
    return _serve(self, environ, start_response)
