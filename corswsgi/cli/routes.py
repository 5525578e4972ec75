"""The routes of an application: Flask's, Django's or Bottle's, or the rows of its table for any other.

The law of this module: it imports no framework. An application that uses one has imported it already.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

from corswsgi.cli.route_regexes import A_REGEX, example_of, path_of, words_of

# An example for each converter of a route's parts
_EXAMPLES = {"int": "1", "float": "1.0", "uuid": "00000000-0000-0000-0000-000000000000"}
_PARAMETER = re.compile(r"<([^<>]*)>")
_REST = "\ue000"  # any number of segments: a private-use character, which nobody writes into a path
_PART = "\ue001"  # ... and for a part of one

# The methods that every route answers, and Bottle's name for any method
_NO_METHODS = frozenset({"HEAD", "OPTIONS", "ANY", "PROXY"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A route of an application for `methods`: `path` as it is written there, and `example`, a path that it matches.

    Without methods they are unknown. `shape` has private-use characters for the variable parts of `path`.
    `words` is `path` with slashes in place of the syntax of regexes. `checks_csrf` is true if the framework asks writes
    to it for a token.
    """

    path: str
    methods: tuple[str, ...] = ()
    example: str
    shape: str
    words: str
    checks_csrf: bool = False


def find_routes(layers: Iterable[object]) -> list[Route] | None:
    """Return the routes of the first application of a framework in `layers`, sorted by path, or None."""
    for layer in layers:
        for module, name, find in (
            ("flask", "Flask", _flask_routes),
            ("django.core.handlers.wsgi", "WSGIHandler", _django_routes),
            ("bottle", "Bottle", _bottle_routes),
        ):
            framework = getattr(sys.modules.get(module), name, None)
            if framework is not None and isinstance(layer, framework):
                return sorted(_merged(find(layer)), key=lambda route: (route.path, route.methods))
    return None


def _merged(routes: Iterable[Route]) -> Iterator[Route]:
    """Merge routes that differ only in their methods."""
    by_path: dict[Route, set[str]] = {}
    for route in routes:
        by_path.setdefault(replace(route, methods=()), set()).update(route.methods)
    for route, methods in by_path.items():
        yield replace(route, methods=tuple(sorted(methods)))


def _flask_routes(app: Any) -> Iterator[Route]:
    for rule in app.url_map.iter_rules():
        yield _route(rule.rule, rule.methods or ())


def _bottle_routes(app: Any, prefix: str = "") -> Iterator[Route]:
    framework = sys.modules["bottle"]
    for route in app.routes:
        child = route.config.get("mountpoint.target")
        if isinstance(child, framework.Bottle):
            yield from _bottle_routes(child, f"{prefix}/{route.config['mountpoint.prefix'].strip('/')}")
        else:
            yield _route(prefix + route.rule, [route.method])


def _django_routes(_app: Any) -> Iterator[Route]:
    from django.urls import get_resolver  # noqa: PLC0415  (the application has imported it)

    top = Route(path="/", example="/", shape="/", words="/", checks_csrf=_has_csrf_middleware())
    yield from _of_resolver(get_resolver().url_patterns, top)


def _has_csrf_middleware() -> bool:
    from django.conf import settings  # noqa: PLC0415  (the application has imported it)
    from django.middleware.csrf import CsrfViewMiddleware  # noqa: PLC0415

    places = [str(name).rpartition(".") for name in settings.MIDDLEWARE]
    middlewares = [getattr(sys.modules.get(module), name, None) for module, _, name in places]
    return any(isinstance(each, type) and issubclass(each, CsrfViewMiddleware) for each in middlewares)


def _of_resolver(entries: Iterable[Any], above: Route) -> Iterator[Route]:
    from django.urls.resolvers import RegexPattern  # noqa: PLC0415  (likewise)

    for entry in entries:
        text = str(entry.pattern)
        below = getattr(entry, "url_patterns", None)
        route = _route(text, ())
        if isinstance(entry.pattern, RegexPattern):
            path = path_of(text, is_view=below is None)
            words = words_of(text) if path.startswith(A_REGEX) else path
            route = Route(path=path, example=example_of(text), shape=_REST, words=words)
        route = Route(
            path=above.path + route.path,
            example=above.example + route.example,
            shape=above.shape + route.shape,
            words=above.words + route.words,
            checks_csrf=above.checks_csrf,
        )
        if below is None:
            checks = above.checks_csrf and not getattr(entry.callback, "csrf_exempt", False)
            yield replace(route, methods=_sorted(_view_methods(entry.callback)), checks_csrf=checks)
        else:
            yield from _of_resolver(below, route)


def _view_methods(view: Any) -> Iterable[str]:
    view_class = getattr(view, "view_class", None) or getattr(view, "cls", None)
    actions = getattr(view, "actions", None)  # of a view set of Django REST framework
    return actions or [name for name in getattr(view_class, "http_method_names", ()) if hasattr(view_class, name)]


def _route(path: str, methods: Iterable[str]) -> Route:
    return Route(
        path=path,
        methods=_sorted(methods),
        example=_PARAMETER.sub(_example, path),
        shape=_PARAMETER.sub(_shape, path),
        words=path,
    )


def _sorted(methods: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({method.upper() for method in methods} - _NO_METHODS))


def _example(parameter: re.Match[str]) -> str:
    kind, _, values = parameter[1].partition("(")
    if kind == "any":
        return values.partition(",")[0].strip("\"') ")
    return next((_EXAMPLES[word] for word in _words(parameter) if word in _EXAMPLES), "x")


def _shape(parameter: re.Match[str]) -> str:
    return _REST if {"path", "re"} & set(_words(parameter)) else _PART


def _words(parameter: re.Match[str]) -> list[str]:
    return re.split("[:(]", parameter[1])


def may_reach(route: Route, pattern: str) -> bool:
    """Return whether the row `pattern` may cover a path of `route`. In doubt, return True."""
    ours, theirs = route.shape.split("/"), pattern.split("/")
    for here, there in zip_longest(ours, theirs):
        if there == "**" or (here is not None and _REST in here):
            return True
        if here is None or there is None:
            return False
        regex = "".join(".+" if char == "*" else re.escape(char) for char in there)
        if _PART not in here and re.fullmatch(regex, here) is None:
            return False
    return True
