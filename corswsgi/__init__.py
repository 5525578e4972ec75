"""CORS for any WSGI application, from a table: path pattern -> policy. Start with `CORSMiddleware` and `Policy`."""

from typing import TYPE_CHECKING

from corswsgi.decision import Decision
from corswsgi.errors import PolicyError, Problem
from corswsgi.middleware import CORSMiddleware
from corswsgi.paths import PolicyTable
from corswsgi.policy import Policy

if TYPE_CHECKING:
    from corswsgi.files import load_policies
    from corswsgi.files.watched import PolicyFile
else:

    def __getattr__(name: str) -> object:
        """Import what reads files when it is asked for: a table in Python needs none of it."""
        if name == "load_policies":
            from corswsgi.files import load_policies  # noqa: PLC0415

            return load_policies
        if name == "PolicyFile":
            from corswsgi.files.watched import PolicyFile  # noqa: PLC0415

            return PolicyFile
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "CORSMiddleware",
    "Decision",
    "Policy",
    "PolicyError",
    "PolicyFile",
    "PolicyTable",
    "Problem",
    "load_policies",
]
