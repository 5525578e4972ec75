"""CORS for any WSGI application, from a table: path pattern -> policy. Start with `CORSMiddleware` and `Policy`."""

from corswsgi.decision import Decision
from corswsgi.errors import PolicyError, Problem
from corswsgi.middleware import CORSMiddleware
from corswsgi.paths import PolicyTable
from corswsgi.policy import Policy

__all__ = ["CORSMiddleware", "Decision", "Policy", "PolicyError", "PolicyTable", "Problem"]
