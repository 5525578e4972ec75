"""CORS of other code: libraries, middlewares and hooks of an application that set CORS headers themselves.

The law of this module: it imports no framework and runs no part of the application. It can miss code.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from types import CodeType
from typing import Any

_HEADER = "access-control-"


def foreign_cors(layers: Iterable[object]) -> list[str]:
    """Name the parts of an application that set CORS headers and are not corswsgi's, each once."""
    found: dict[str, None] = {}
    for layer in layers:
        for name in _of_layer(layer):
            found[name] = None
    return list(found)


def _of_layer(layer: object) -> Iterator[str]:
    module = type(layer).__module__.partition(".")[0]
    if "cors" in module.lower() and module != "corswsgi":
        yield module
    if _is_of("flask", "Flask", layer):
        yield from _of_flask(layer)
    elif _is_of("django.core.handlers.wsgi", "WSGIHandler", layer):
        yield from _of_django()
    elif _is_of("bottle", "Bottle", layer):
        yield from _of_bottle(layer)
    elif module != "corswsgi":
        yield from _of_function(layer if callable(layer) else None)


def _is_of(module: str, name: str, layer: object) -> bool:
    framework = getattr(sys.modules.get(module), name, None)
    return framework is not None and isinstance(layer, framework)


def _of_flask(app: Any) -> Iterator[str]:
    hooks = [hook for each in app.after_request_funcs.values() for hook in each]
    for function in (*hooks, *app.view_functions.values()):
        yield from _of_function(function)


def _of_django() -> Iterator[str]:
    settings: Any = sys.modules["django.conf"].settings
    for path in settings.MIDDLEWARE:
        package = str(path).partition(".")[0]
        if "cors" in package.lower() and package != "corswsgi":
            yield package
            continue
        module = sys.modules.get(str(path).rpartition(".")[0])
        made = getattr(module, str(path).rpartition(".")[2], None)
        for function in (made, *(value for value in vars(made).values() if callable(value))) if made else ():
            yield from _of_function(function)


def _of_bottle(app: Any) -> Iterator[str]:
    for function in (*app._hooks["after_request"], *(route.callback for route in app.routes)):  # noqa: SLF001  (Bottle's)
        yield from _of_function(function)


def _of_function(function: Callable[..., object] | None) -> Iterator[str]:
    """Name the library of a function, or the function itself if its code contains such a header."""
    inner: Any = getattr(function, "__func__", function)
    package = str(getattr(inner, "__globals__", {}).get("__name__", ""))
    if package.partition(".")[0] == "corswsgi":
        return
    if "cors" in package.partition(".")[0].lower():
        yield package.partition(".")[0]
        return
    code = getattr(inner, "__code__", None) or getattr(vars(type(inner)).get("__call__"), "__code__", None)
    if isinstance(code, CodeType) and _has_header(code):
        yield f"{getattr(inner, '__qualname__', type(inner).__name__)}()"


def _has_header(code: CodeType) -> bool:
    return any(
        (isinstance(constant, CodeType) and _has_header(constant)) or _HEADER in str(constant).lower()
        for constant in code.co_consts
    )
