"""Which policy decides on a request to an application: that of a view, or a row of a table.

The law of this module: it asks what stands in front of the application itself, in the order in which it would be asked,
and runs nothing of the application.
"""

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import FunctionType
from typing import Any, cast

from corswsgi.cli.target import around
from corswsgi.errors import row_name
from corswsgi.middleware import CORSMiddleware
from corswsgi.paths.trie import to_wsgi
from corswsgi.per_view import PolicyOfViews
from corswsgi.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Decider:
    """A policy and where it comes from: the pattern of a row, or the route of a view."""

    policy: Policy | None
    place: str
    is_view: bool

    def __str__(self) -> str:
        return f"view {self.place}" if self.is_view else f"row {row_name(self.place)}"


def deciders(layers: Iterable[object], path: str, method: str) -> list[Decider]:
    """Give all that would decide on a request to `path`, from the outside: the first with a policy does."""
    environ = _environ(path, method)
    found: list[Decider] = []
    passed_over: object = None
    for layer in layers:
        decider = None if layer is passed_over else _ask(layer, environ, path)
        if decider is not None:
            found.append(decider)
            if decider.is_view:
                passed_over = vars(layer).get("_table", vars(layer).get("rest"))  # it stands in place of the row
    return found


def the_decider(found: Iterable[Decider]) -> Decider | None:
    """Give the one that decides: None in a row leaves it to what is inside."""
    found = list(found)
    return next((each for each in found if each.policy is not None), found[0] if found else None)


def _environ(path: str, method: str) -> dict[str, Any]:
    from werkzeug.test import EnvironBuilder  # noqa: PLC0415  (as in the browser's transport)

    builder = EnvironBuilder(method=method, base_url="https://server.example/", headers=[("Origin", "null")])
    environ = builder.get_environ()
    builder.close()
    return environ | {"PATH_INFO": to_wsgi(path)}


def _ask(layer: object, environ: dict[str, Any], path: str) -> Decider | None:
    if isinstance(layer, CORSMiddleware):
        match = layer.table.match(path)
        return None if match is None else Decider(policy=match[1], place=match[0], is_view=False)
    if isinstance(layer, PolicyOfViews):
        found = cast("Callable[[object], tuple[str, Policy | None] | None]", vars(layer)["_find"])(environ)
        return None if found is None else Decider(policy=found[1], place=found[0], is_view=found[0].startswith("/"))
    flask = sys.modules.get("corswsgi.flask.front")
    if flask is not None and isinstance(layer, flask.Front):
        row, rule = layer.find(environ) or (None, "")
        return None if row is None else Decider(policy=row.policy, place=rule, is_view=True)
    if isinstance(layer, FunctionType) and layer.__module__ == "corswsgi.flask.resources":
        resources: Any = around(layer)["self"]
        row = resources.find(environ["PATH_INFO"])
        pattern, _ = (resources.patterns and resources.patterns.match(path)) or (path, None)
        return None if row is None else Decider(policy=row.policy, place=pattern, is_view=False)
    return None


def prepare(layers: Iterable[object]) -> None:
    """Have front ends do what they wait with for the first request: Django's for the views, Flask's for the marks."""
    django, flask = sys.modules.get("corswsgi.django.front"), sys.modules.get("corswsgi.flask.front")
    for layer in layers:
        if django is not None and isinstance(layer, django.Front):
            vars(django.Front)["_read"](layer)
        is_bare = flask is not None and isinstance(layer, flask.Flask) and flask.KEY not in layer.extensions
        if flask is not None and is_bare and flask.read_marks(layer):
            flask.Front(layer)
