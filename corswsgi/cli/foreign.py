"""CORS of other code: libraries, middlewares, hooks and views that set CORS headers themselves.

The law of this module: it imports no framework and runs nothing of the application. It looks where code usually is, and
never concludes that there is no such code.
"""

import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import partial
from inspect import getattr_static
from types import CodeType, FunctionType, MemberDescriptorType, MethodType, ModuleType
from typing import Any

from corswsgi.marks import held_by

_HEADER = "access-control-"
_MAX_OBJECTS = 5000  # of one layer: the limit of the search in an application of an unknown framework
_MAX_TEXTS = 100
_MAX_CALLS = 3  # from a view or a hook to a function that it calls
_METHODS = ("__call__", "apply", "process_request", "process_resource", "process_response", "process_template_response")
_VERBS = ("get", "post", "put", "patch", "delete", "options", "head", "dispatch")


def foreign_cors(layers: Iterable[object]) -> list[str]:
    """Name the parts of an application that set CORS headers and are not corswsgi's, each once."""
    found: dict[str, None] = {}
    for layer in layers:
        for name in _of_layer(layer):
            found[name] = None
    return list(found)


def _of_layer(layer: object) -> Iterator[str]:
    module = _package(type(layer))
    named = any("cors" in base.__name__.lower() for base in type(layer).__mro__)
    if named and "cors" in module.lower() and module != "corswsgi":
        yield module
    if _is_of("flask", "Flask", layer):
        yield from _of_flask(layer)
    elif _is_of("django.core.handlers.wsgi", "WSGIHandler", layer):
        yield from _of_django()
    elif _is_of("bottle", "Bottle", layer):
        yield from _of_bottle(layer)
    elif module != "corswsgi":
        yield from _of_functions(_reachable(layer))


def _is_of(module: str, name: str, layer: object) -> bool:
    framework = getattr(sys.modules.get(module), name, None)
    return framework is not None and isinstance(layer, framework)


def _package(made: type | FunctionType) -> str:
    """Return the package of a class or function. A decorator's function belongs to the decorator's package."""
    module = made.__globals__.get("__name__") if isinstance(made, FunctionType) else made.__module__
    return str(module).partition(".")[0]


def _of_flask(app: Any) -> Iterator[str]:
    hooks = (app.before_request_funcs, app.after_request_funcs, app.teardown_request_funcs)
    functions = [hook for by_name in hooks for each in by_name.values() for hook in each]
    handlers = [
        handler for by_code in app.error_handler_spec.values() for each in by_code.values() for handler in each.values()
    ]
    yield from _of_functions([*functions, *handlers, *app.view_functions.values()])
    yield from _of_classes([type(app), app.response_class], "flask")


def _of_django() -> Iterator[str]:
    from django.urls import get_resolver  # noqa: PLC0415  (the application has imported it)

    settings: Any = sys.modules["django.conf"].settings
    for path in settings.MIDDLEWARE:
        package = str(path).partition(".")[0]
        if "cors" in package.lower() and package != "corswsgi":
            yield package
            continue
        module = sys.modules.get(str(path).rpartition(".")[0])
        made = getattr(module, str(path).rpartition(".")[2], None)
        yield from _of_functions([made] if isinstance(made, FunctionType) else _methods(made))
    yield from _of_functions(_django_views(get_resolver().url_patterns))


def _django_views(entries: Iterable[Any]) -> Iterator[object]:
    for entry in entries:
        if hasattr(entry, "url_patterns"):
            yield from _django_views(entry.url_patterns)
        else:
            yield entry.callback


def _of_bottle(app: Any) -> Iterator[str]:
    hooks = [hook for name in ("before_request", "after_request") for hook in app._hooks[name]]  # noqa: SLF001  (Bottle's)
    yield from _of_functions([*hooks, *(route.callback for route in app.routes)])
    yield from _of_classes(map(type, app.plugins), "bottle")
    mounted = {id(each): each for route in app.routes for each in (route.app, route.config.get("mountpoint.target"))}
    for child in mounted.values():
        if child is not app and _is_of("bottle", "Bottle", child):
            yield from _of_bottle(child)


def _of_classes(classes: Iterable[type], framework: str) -> Iterator[str]:
    """Check the methods of classes that are not the framework's own, and of their bases."""
    for each in classes:
        for base in each.__mro__[:-1]:
            if _package(base) not in {framework, "werkzeug", "builtins"}:
                yield from _of_functions(_methods(base))


def _methods(made: object) -> list[object]:
    return [value for value in vars(made).values() if callable(value)] if isinstance(made, type) else []


def _of_functions(functions: Iterable[object]) -> Iterator[str]:
    for function in functions:
        yield from _of_function(function)


def _of_function(function: object) -> Iterator[str]:
    """Name the library of a function, or the function itself, if it or a function that it calls has such a header."""
    inner = _plain(function)
    if not isinstance(inner, FunctionType):
        if callable(inner) and not isinstance(inner, type):
            yield from _of_functions(_answering(type(inner), _METHODS))
        return
    package = _package(inner)
    if package == "corswsgi":
        return
    if "cors" in package.lower() and _is_installed(inner):
        yield package
    elif _sets_headers(inner, set(), _MAX_CALLS):
        yield f"{inner.__qualname__}()"
    known = vars(inner)
    for view in (known.get("view_class"), known.get("cls")):  # Flask's and Django's; Django REST framework's
        yield from _of_functions(_answering(view, _VERBS)) if isinstance(view, type) else ()
    yield from _of_function(known.get("__wrapped__"))


def _answering(made: type, names: Iterable[str]) -> list[object]:
    """Return the methods of a class that answer requests."""
    return [method for name in names if isinstance(method := getattr_static(made, name, None), FunctionType)]


def _plain(function: object) -> object:
    """Unwrap a method or a partial function, without attributes that may run code, as those of proxies do."""
    if isinstance(function, partial):
        return function.func
    return function.__func__ if isinstance(function, MethodType) else function


def _sets_headers(function: FunctionType, seen: set[int], calls: int) -> bool:
    """Return whether the code of a function, a global that it names, or a function that it calls has such a header."""
    if id(function) in seen:
        return False
    seen.add(id(function))
    if _has_header(function.__code__):
        return True
    known = [function.__globals__.get(name) for name in _names(function.__code__)]
    own = [
        each for each in map(_plain, known) if isinstance(each, FunctionType) and _package(each) == _package(function)
    ]
    is_named = any(_HEADER in text.lower() for each in known for text in _texts(each))
    return is_named or (calls > 0 and any(_sets_headers(each, seen, calls - 1) for each in own))


def _has_header(code: CodeType) -> bool:
    return any(
        _has_header(constant) if isinstance(constant, CodeType) else _HEADER in str(constant).lower()
        for constant in code.co_consts
    )


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _texts(value: object) -> Iterator[str]:
    """Yield the text of a constant: names and values of headers."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list | tuple):
        for each in list(value)[:_MAX_TEXTS]:
            yield from map(str, filter(_is_text, each if isinstance(each, tuple) else (each,)))


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _reachable(layer: object) -> Iterator[object]:
    """Yield the functions that an application of an unknown framework holds: routes, middlewares, hooks, closures."""
    own, todo, seen = _package(type(layer)), [layer], dict[int, object]()
    while todo and len(seen) < _MAX_OBJECTS:
        value = todo.pop(0)
        if id(value) in seen or value is None or isinstance(value, str | bytes | int | float | ModuleType):
            continue
        seen[id(value)] = value
        plain = _plain(value)
        if isinstance(plain, FunctionType):
            if _package(plain) != own or _is_cors(plain) or not _is_installed(plain):
                yield plain
            todo += held_by(plain)
            todo += [value.__self__] if isinstance(value, MethodType) else []
        else:
            todo += _held(value)


def _is_installed(function: FunctionType) -> bool:
    return any(folder in function.__code__.co_filename for folder in ("site-packages", "dist-packages"))


def _is_cors(function: FunctionType) -> bool:
    return "cors" in function.__qualname__.lower()


def _held(value: object) -> Iterator[object]:
    """Yield the contents of a container or an object, and the methods of its class that answer requests."""
    if isinstance(value, dict):
        yield from list(value.values())
    elif isinstance(value, list | tuple | set | frozenset):
        yield from list(value)
    if not isinstance(value, type):
        yield from _answering(type(value), (*_METHODS, *_VERBS))
        yield from list(_attributes(value).values())


def _attributes(value: object) -> dict[str, object]:
    """Return the attributes of an object, including those in slots. A proxy has none."""
    found: dict[str, object] = {}
    for made in type(value).__mro__:
        for name, slot in vars(made).items():
            if isinstance(slot, MemberDescriptorType):
                with suppress(AttributeError):  # it is not set
                    found[name] = slot.__get__(value)
    with suppress(Exception):  # there is none, or it is a proxy
        found |= dict(object.__getattribute__(value, "__dict__"))
    return found
