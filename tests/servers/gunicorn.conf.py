# ruff: noqa: N999  (gunicorn's own name for this file)
"""Wrap an application that one does not edit, in each worker, once it has loaded it."""

from typing import Any

from corswsgi import CORSMiddleware
from tests.servers.app import POLICIES


def post_worker_init(worker: Any) -> None:
    worker.wsgi = CORSMiddleware(worker.wsgi, POLICIES)
