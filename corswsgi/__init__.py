"""CORS for any WSGI application, from a table: path pattern -> policy. Start with `CORSMiddleware` and `Policy`."""

from typing import TYPE_CHECKING

from corswsgi.decision import Decision
from corswsgi.errors import PolicyError, Problem
from corswsgi.middleware import CORSMiddleware
from corswsgi.paths import PolicyTable
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
    "Policy",
    "PolicyError",
    "PolicyFile",
    "PolicyTable",
    "Problem",
    "load_policies",
]
