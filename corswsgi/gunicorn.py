"""gunicorn: puts a file of policies in front of an application that one does not edit.

The law of this module: what is missing is told in one line, the way gunicorn tells of an application that is missing.

    gunicorn "corswsgi.gunicorn:wrap('myproject.wsgi:application', 'cors.toml')"
"""

from typing import Any
from wsgiref.types import WSGIApplication

from gunicorn.errors import AppImportError
from gunicorn.util import import_app

from corswsgi.errors import PolicyError
from corswsgi.files import FilePath
from corswsgi.files.watched import policies_from
from corswsgi.middleware import CORSMiddleware
from corswsgi.writes import Switch


class LoadError(AppImportError, RuntimeError):  # type: ignore[misc]  # gunicorn has no types
    """An invalid configuration; gunicorn prints only its message: in a worker for the first base, else the second."""


def wrap(
    app: str, policies: FilePath, *, check_every: float | None = None, cross_origin_writes: Switch = "accept"
) -> CORSMiddleware:
    """Put the file `policies` in front of `app`, an application as gunicorn names it (``"module:name"``).

    With `check_every` the file is watched, see `PolicyFile`. `cross_origin_writes` is that of `CORSMiddleware`. Raises
    `LoadError` when the application or the file is not there, or the file or an option is refused; what the
    application's own module raises passes through.
    """
    return _in_front(_imported(app), policies, check_every, cross_origin_writes)


def post_worker_init(
    worker: Any,
    *,
    policies: FilePath = "cors.toml",
    check_every: float | None = None,
    cross_origin_writes: Switch = "accept",
) -> None:
    """Put the file `policies` in front of what `worker` serves: a server hook of the same name (gunicorn's settings).

    Import it into ``gunicorn.conf.py``, or call it from a hook of your own with another file or other options. Raises
    like `wrap`.
    """
    worker.wsgi = _in_front(worker.wsgi, policies, check_every, cross_origin_writes)


def _in_front(
    app: WSGIApplication, policies: FilePath, check_every: float | None, cross_origin_writes: Switch
) -> CORSMiddleware:
    try:
        return CORSMiddleware(app, policies_from(policies, check_every), cross_origin_writes=cross_origin_writes)
    except PolicyError as error:
        raise LoadError(str(error)) from error


def _imported(app: str) -> WSGIApplication:
    try:
        found: WSGIApplication = import_app(app)
    except (AppImportError, ImportError, ValueError) as error:
        module = app.partition(":")[0]
        if isinstance(error, ValueError) and module:
            raise  # it comes from the application's own module
        if isinstance(error, ImportError) and error.name and not f"{module}.".startswith(f"{error.name}."):
            raise  # the application is there, and something that it needs is not
        raise LoadError(f"corswsgi cannot import {app!r}: {error}") from error
    return found
