"""Origins that a file names by ``{ load = "shop.tenants:origins" }``: a `LoadedOrigins` of the application.

The law of this module: only a `LoadedOrigins` is accepted, and an exception of an import is a problem of the file.
"""

import re
from collections.abc import Mapping

from corswsgi.origins import Environ, OriginPredicate
from corswsgi.origins.matching import OriginLookup
from corswsgi.problems import Mistake, do, mistake

_NAME = re.compile(r"(?P<module>[^\W\d]\w*(?:\.[^\W\d]\w*)*):(?P<path>[^\W\d]\w*(?:\.[^\W\d]\w*)*)")


class NamedOrigins(OriginLookup):
    """Origins that a file names and that are not imported, as in `corswsgi check`. Allows no origin."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, origin: str, environ: Environ) -> bool:  # noqa: ARG002
        """Allow nobody."""
        return False

    def __str__(self) -> str:
        return f"origins loaded by {self.name}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NamedOrigins) and self.name == other.name

    def __hash__(self) -> int:
        return hash(self.name)


def named_in(entry: object) -> object:
    """Return the name in ``{ load = name }``, or None for an entry of another form."""
    return entry["load"] if isinstance(entry, Mapping) and set(entry) == {"load"} else None


def origins_named(name: object, *, importing: bool) -> OriginPredicate | Mistake:
    """Return the `LoadedOrigins` called `name`, or a mistake. Without importing, return a `NamedOrigins`."""
    parsed = _NAME.fullmatch(name) if isinstance(name, str) else None
    if parsed is None or not isinstance(name, str):
        return _mistake("load is not the name of a LoadedOrigins: {name}", name)
    if not importing:
        return NamedOrigins(name)
    from importlib import import_module  # noqa: PLC0415  (few files need these two)

    from corswsgi.origins.loaded import LoadedOrigins  # noqa: PLC0415

    try:
        found: object = import_module(parsed["module"])
        for attribute in parsed["path"].split("."):
            found = getattr(found, attribute)
    except (Exception, SystemExit) as error:  # noqa: BLE001  (whatever somebody's module raises)
        reason = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        return _mistake("{name} cannot be imported: {reason!s}", name, reason=" ".join(reason.split())[:200])
    if not isinstance(found, LoadedOrigins):
        return _mistake("{name} is of type {type!s}, not a LoadedOrigins", name, type=type(found).__name__)
    return found


def _mistake(message: str, name: object, **arguments: str) -> Mistake:
    fix = do('name a LoadedOrigins of a module that can be imported: { load = "shop.tenants:origins" }')
    return mistake("load-not-found", message, fix, name=name, **arguments)
