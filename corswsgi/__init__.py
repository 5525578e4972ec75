"""CORS for any WSGI application, from a table: path pattern -> policy. Start with `CORSMiddleware` and `Policy`."""

from corswsgi.config import load_policies
from corswsgi.decision import Decision
from corswsgi.errors import PolicyError, Problem
from corswsgi.middleware import CORSMiddleware
from corswsgi.paths import PolicyTable
from corswsgi.policy import Policy
from corswsgi.watch import PolicyFile

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
