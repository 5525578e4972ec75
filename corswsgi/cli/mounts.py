"""Applications that Werkzeug's `DispatcherMiddleware` mounts beside the first one: their routes, below their prefixes.

The law of this module: a mounted application is asked under the path that the dispatcher hands to it.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace

from corswsgi.cli.layers import deciders
from corswsgi.cli.routes import Route, find_routes
from corswsgi.cli.target import layers
from corswsgi.decision import Decider


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A mounted application: its prefix, the layers in front of the dispatcher, and its own."""

    prefix: str
    outer: tuple[object, ...]
    own: tuple[object, ...]

    @property
    def routes(self) -> list[Route]:
        """Its routes, below its prefix."""
        return [
            replace(
                each,
                path=self.prefix + each.path,
                example=self.prefix + each.example,
                shape=self.prefix + each.shape,
                words=self.prefix + each.words,
            )
            for each in find_routes(self.own) or ()
        ]

    def deciders(self, path: str, method: str) -> list[Decider]:
        """Return the deciders for a request to one of its routes, from the outermost on."""
        own = deciders(self.own, path.removeprefix(self.prefix), method, script_name=self.prefix)
        return [*deciders(self.outer, path, method), *own]


def mounts(found: list[object]) -> Iterator[Mount]:
    """Yield the applications that dispatchers among the layers mount, in the order of their prefixes."""
    dispatcher = getattr(sys.modules.get("werkzeug.middleware.dispatcher"), "DispatcherMiddleware", None)
    for index, layer in enumerate(found):
        if dispatcher is not None and isinstance(layer, dispatcher):
            for prefix, app in sorted(layer.mounts.items()):
                yield Mount(prefix=prefix, outer=tuple(found[: index + 1]), own=tuple(layers(app)))
