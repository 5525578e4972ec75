"""gunicorn: put a file of policies in front of an application that you do not edit.

In the shell::

    gunicorn "corswsgi.gunicorn:wrap('myproject.wsgi:application', 'cors.toml')"

Or in ``gunicorn.conf.py``::

    from corswsgi.gunicorn import post_worker_init

The law of this module: what is missing is one line, as gunicorn reports an application that is missing.
"""

from typing import Any
from wsgiref.types import WSGIApplication

from gunicorn.errors import AppImportError
from gunicorn.util import import_app

from corswsgi.calls import helpful
from corswsgi.errors import PolicyError
from corswsgi.files import FilePath
from corswsgi.files.watched import policies_from
from corswsgi.middleware import CORSMiddleware
from corswsgi.writes import Switch


class LoadError(AppImportError, RuntimeError):  # type: ignore[misc]  # gunicorn has no types
    """An invalid configuration; gunicorn prints only its message: in a worker for the first base, else the second."""


@helpful()
def wrap(
    app: str, policies: FilePath, *, check_every: float | None = None, cross_origin_writes: Switch = "accept"
) -> CORSMiddleware:
    """Return `app`, an application as gunicorn names it (``"module:name"``), behind the policies of a file.

    With `check_every` seconds the file is watched, see `PolicyFile`. `cross_origin_writes` is that of `CORSMiddleware`.
    Raises `LoadError` if the application or the file does not exist, or if the file or an option is refused; exceptions
    of the application's own module pass through.
    """
    return _in_front(_imported(app), policies, check_every, cross_origin_writes)


@helpful()
def post_worker_init(
    worker: Any,
    *,
    policies: FilePath = "cors.toml",
    check_every: float | None = None,
    cross_origin_writes: Switch = "accept",
) -> None:
    """Put the policies of a file in front of the application of `worker`: gunicorn's server hook of this name.

    Import it into ``gunicorn.conf.py``, or call it from a hook of your own with another file or other options. Raises
    `LoadError` as `wrap` does.
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
            raise  # the application's own module raised it
        if isinstance(error, ImportError) and error.name and not f"{module}.".startswith(f"{error.name}."):
            raise  # the application exists, but something that it needs does not
        raise LoadError(f"corswsgi cannot import {app!r}: {error}") from error
    return found
