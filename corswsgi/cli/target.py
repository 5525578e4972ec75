"""The target of a command: an application by its module and name, a file of policies, or a running server.

The law of this module: if a target cannot be used, the command ends with 2 and one line that says why.
"""

import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType, MethodType
from typing import TYPE_CHECKING

import click

from corswsgi.browser.url import parse
from corswsgi.cli.importing import UnusableError, load_application
from corswsgi.errors import PolicyError
from corswsgi.files import load_policies
from corswsgi.hosts import is_loopback
from corswsgi.middleware import CORSMiddleware
from corswsgi.paths import PolicyTable
from corswsgi.per_view import FRONT, Layer

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["Target", "UnusableError", "empty_application", "layers", "load_target", "table_of"]

# The attributes in which frameworks and well-known middlewares keep the application that they wrap
_WRAPPED = ("wsgi_app", "wsgi", "app", "application", "_app", "_application", "wrapped", "__wrapped__")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A WSGI application or a base URL, and its table, if known.

    ``url`` is the URL that was given as the target, if it is more than a host.
    """

    server: "WSGIApplication | str"
    table: PolicyTable | None = None
    url: str | None = None


def load_target(text: str, policies: str | None = None) -> Target:
    """Find the target that `text` names, behind the table in the file `policies` if there is one.

    Raises `UnusableError`, and ``click.UsageError`` if it names nothing.
    """
    table = None if policies is None else _load_policies(policies)
    server = _server_url(text)
    if server is not None:
        base = parse(server)
        if base is None or not base.host:
            raise click.UsageError(f"{text!r} is not a URL: write http://localhost:8000")
        return Target(server=f"{base.scheme}://{base.netloc}", table=table, url=None if base.target == "/" else server)
    if text.endswith(".toml"):
        if table is not None:
            raise click.UsageError(f"{text} is a file of policies itself: leave out --policies")
        table = _load_policies(text)
        return Target(server=CORSMiddleware(empty_application, table), table=table)
    app = load_application(text)
    if table is not None:
        return Target(server=CORSMiddleware(app, table), table=table)
    return Target(server=app, table=table_of(app))


def _server_url(text: str) -> str | None:
    """Return `text` as the URL of a server. ``localhost:8000`` and ``127.0.0.1:8000/api`` are accepted as well."""
    if re.match("https?://", text, re.IGNORECASE):
        return text
    if re.match("wss?://", text, re.IGNORECASE):
        raise click.UsageError(f"CORS does not apply to WebSockets: the server of {text} itself compares Origin")
    host = re.fullmatch(r"(\[[0-9a-f:]+\]|[a-z0-9.\-]+):[0-9]+(?:/.*)?", text, re.IGNORECASE)
    if host is None:
        return None
    if is_loopback(host[1].lower()):
        return f"http://{text}"
    raise click.UsageError(f"{text!r} has no scheme: write http://{text}")


def _load_policies(file: str) -> PolicyTable:
    sys.path.insert(0, str(Path.cwd()))  # so that a file finds the functions that load its origins
    try:
        return load_policies(file)
    except PolicyError as error:
        raise UnusableError(f"{file} cannot be served:\n{error}") from error


def table_of(app: object) -> PolicyTable | None:
    """Find the table of the outermost layer of `app` that has one."""
    tables = (getattr(each, "table", None) for each in layers(app) if isinstance(each, Layer))
    return next((table for table in tables if isinstance(table, PolicyTable)), None)


def layers(app: object) -> Iterable[object]:
    """Yield `app` and the applications that it wraps, from the outermost on, as far as they can be found."""
    todo, seen = [app], set[int]()
    while todo:
        layer = todo.pop(0)
        if id(layer) not in seen:
            seen.add(id(layer))
            yield layer
            todo[:0] = layer.inside() if isinstance(layer, Layer) else _inside(layer)


def _inside(layer: object) -> Iterable[object]:
    """Return the application that a third-party middleware wraps, if it can be found, and then the front of one."""
    if isinstance(layer, MethodType):  # such as Flask's `app.wsgi_app`, whose front is behind all middlewares
        owner = layer.__self__
        return filter(None, [owner if isinstance(owner, Layer) else getattr(owner, FRONT, None)])
    known = _around(layer) if isinstance(layer, FunctionType) else getattr(layer, "__dict__", {})
    return [value for name in (*_WRAPPED, FRONT) if callable(value := known.get(name))]


def _around(function: FunctionType) -> Mapping[str, object]:
    """Return the values in a function's closure: simple middlewares are functions made in another function."""
    known: dict[str, object] = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            known[name] = cell.cell_contents
        except ValueError:
            continue  # not set yet
    return known


def empty_application(_environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Answer 200 with an empty body: the application behind a file of policies."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "0")])
    return []
