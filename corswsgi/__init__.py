"""CORS for any WSGI application, from a table: path pattern -> policy. Start with `CORSMiddleware` and `Policy`."""

from typing import TYPE_CHECKING

from corswsgi.decision import Decision
from corswsgi.errors import Place, PolicyError, Problem
from corswsgi.middleware import CORSMiddleware
from corswsgi.origins import OriginPattern
from corswsgi.paths import Policies, PolicyTable
from corswsgi.policy import Policy

_LATE = {
    "LoadedOrigins": "corswsgi.origins.loaded",
    "PolicyFile": "corswsgi.files.watched",
    "load_policies": "corswsgi.files",
}

if TYPE_CHECKING:
    from corswsgi.files import load_policies
    from corswsgi.files.watched import PolicyFile
    from corswsgi.origins.loaded import LoadedOrigins
else:

    def __getattr__(name: str) -> object:
        """Import what few programs need when it is asked for: a table in Python needs none of it."""
        if name not in _LATE:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module  # noqa: PLC0415  (likewise)

        return getattr(import_module(_LATE[name]), name)


__all__ = [
    "CORSMiddleware",
    "Decision",
    "LoadedOrigins",
    "OriginPattern",
    "Place",
    "Policies",
    "Policy",
    "PolicyError",
    "PolicyFile",
    "PolicyTable",
    "Problem",
    "load_policies",
]


def __dir__() -> list[str]:
    return __all__
