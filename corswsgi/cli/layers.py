"""The policy that decides on a request to an application: that of a view or of a row.

The law of this module: it asks each `Layer` in front of the application, from the outermost on, and runs no part of
the application.
"""

import sys
from collections.abc import Iterable
from typing import Any

from corswsgi.decision import Decider
from corswsgi.paths.trie import to_wsgi
from corswsgi.per_view import Layer


def deciders(layers: Iterable[object], path: str, method: str, *, script_name: str = "") -> list[Decider]:
    """Return the deciders for a request to `path`, from the outermost on. The first one with a policy decides."""
    environ = _environ(path, method) | {"SCRIPT_NAME": script_name}
    asked = (layer.decides(environ) for layer in layers if isinstance(layer, Layer))
    return [decider for decider in asked if decider is not None]


def the_decider(found: Iterable[Decider]) -> Decider | None:
    """Return the one that decides. A row with None leaves the decision to the next layer."""
    found = list(found)
    return next((each for each in found if each.policy is not None), found[0] if found else None)


def _environ(path: str, method: str) -> dict[str, Any]:
    from werkzeug.test import EnvironBuilder  # noqa: PLC0415  (as in the browser's transport)

    builder = EnvironBuilder(method=method, base_url="https://server.example/", headers=[("Origin", "null")])
    environ = builder.get_environ()
    builder.close()
    return environ | {"PATH_INFO": to_wsgi(path)}


def prepare(layers: Iterable[object]) -> None:
    """Let each layer do the work of its first request now: in Flask, marks are only found then."""
    flask = sys.modules.get("corswsgi.flask.front")
    for layer in layers:
        if isinstance(layer, Layer):
            layer.prepare()
        elif flask is not None and isinstance(layer, flask.Flask):
            front = flask.front_of(layer)
            if front is not None:
                front.prepare()
