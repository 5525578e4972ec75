"""The marks of an application: their places, and their rows.

The law of this module: an invalid mark closes its own view and no other.
"""

import gc
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from flask import Blueprint
from flask.app import Flask

from corswsgi.errors import PolicyError, Problem
from corswsgi.flask.names import unread_keys
from corswsgi.flask.options import Row, config_options, merged, read_options, tell
from corswsgi.marks import Mark, attribute, class_of, held_by, mark_of
from corswsgi.problems import in_row

_HOOKS = (
    "before_request_funcs", "after_request_funcs", "teardown_request_funcs", "url_value_preprocessors",
    "template_context_processors", "url_default_functions",
)  # fmt: skip


def mark_of_method(view: object, method: str) -> Mark | None:
    """Return the mark of a view. For a class-based view, that of its function for `method`."""
    view_class = class_of(view, "view_class")
    if view_class is not None:
        for name in (method.lower(), "get" if method == "HEAD" else "", "dispatch_request"):
            mark = mark_of(attribute(view_class, name))
            if mark is not None:
                return mark
        for each in _around_methods(view_class, method):
            mark = mark_of(each)
            if mark is not None:
                return mark
    return mark_of(view)


def _around_methods(view_class: object, method: str) -> Iterable[object]:
    """Return what Flask-RESTful and Flask-RESTX decorate the methods of a class with, anew for each request."""
    decorators = getattr(view_class, "method_decorators", ())
    if isinstance(decorators, Mapping):
        decorators = decorators.get(method.lower(), ())
    return decorators if isinstance(decorators, list | tuple) else ()


def bearers(app: Flask) -> Iterator[tuple[str, object]]:
    """Yield everything in `app` that may have a mark, with names: views, error handlers and hooks."""
    yield from views(app)
    for function in _functions(app):
        yield getattr(function, "__name__", ""), function


def views(app: Flask) -> Iterator[tuple[str, object]]:
    """Yield the views of `app` and the methods of their classes, with their endpoints."""
    for endpoint, view in app.view_functions.items():
        yield endpoint, view
        view_class = class_of(view, "view_class")
        yield from ((endpoint, attribute(view_class, name)) for name in dir(view_class))
        for method in getattr(view_class, "methods", None) or ():
            yield from ((endpoint, each) for each in _around_methods(view_class, method))


def _functions(app: Flask | Blueprint) -> Iterator[object]:
    yield from chain.from_iterable(functions for hook in _HOOKS for functions in getattr(app, hook).values())
    for handlers in app.error_handler_spec.values():
        yield from chain.from_iterable(by_class.values() for by_class in handlers.values())


def elsewhere() -> Iterator[object]:
    """Yield everything that may have a mark, in any application or blueprint of the process."""
    for each in gc.get_objects():
        if issubclass(type(each), Flask):  # the type, so that a proxy is not resolved
            yield from (bearer for _, bearer in bearers(each))
        elif issubclass(type(each), Blueprint):
            yield from _functions(each)
            for deferred in each.deferred_functions:
                yield from held_by(deferred)


def read_row(mark: Mark, config: Mapping[str, Any]) -> Row:
    """Return the row of a mark under this configuration. Raises `PolicyError`."""
    if mark.options is None:
        return Row(mark.policy)
    notes: list[str] = []
    configured = config_options(config)
    configured.pop("resources", None)
    row = read_options(merged(configured, mark.options), notes)
    tell(note for note in notes if note not in mark.told)
    return row


def read_rows(named: Iterable[tuple[str, Mark]], config: Mapping[str, Any], problems: list[Problem]) -> dict[Mark, Row]:
    """Return the rows of marks. A refused mark has no policy, and adds its problems."""
    rows: dict[Mark, Row] = {}
    for name, mark in named:
        if mark in rows:
            continue
        try:
            rows[mark] = read_row(mark, config)
        except PolicyError as error:
            rows[mark] = Row(None)
            problems += in_row(name, error.problems)
    return rows


def unread_by_views(marks: Iterable[Mark], config: Mapping[str, Any]) -> list[Problem]:
    """Find keys of an application that resemble an option which a view leaves at its default."""
    options = [mark.options for mark in marks if mark.options is not None]
    return list({found.field: found for each in options for found in unread_keys(config, each)}.values())
