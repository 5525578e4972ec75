"""What a command looks into: an application by its module and name, a file of policies, or a running server.

The law of this module: whatever cannot be looked into ends the command with 2 and a line that says why.
"""

import importlib
import re
import sys
import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any

import click

from corswsgi.errors import PolicyError
from corswsgi.files import load_policies
from corswsgi.middleware import CORSMiddleware
from corswsgi.paths import PolicyTable
from corswsgi.per_view import Layer

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

# Where frameworks and the middlewares of the world keep the application that they wrap
_WRAPPED = ("wsgi_app", "wsgi", "app", "application", "_app", "_application", "wrapped", "__wrapped__")


class UnusableError(click.ClickException):
    """What the command was told to look into is not there, or does not answer."""

    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A WSGI application or a base URL, and the table that serves it, if that is known."""

    server: "WSGIApplication | str"
    table: PolicyTable | None = None


def load_target(text: str) -> Target:
    """Find what `text` names. Raises `UnusableError`, and `click.UsageError` where it names nothing."""
    if re.match("https?://", text, re.IGNORECASE):
        return Target(server=text)
    if text.endswith(".toml"):
        try:
            table = load_policies(text)
        except PolicyError as error:
            raise UnusableError(f"{text} cannot be served:\n{error}") from error
        return Target(server=CORSMiddleware(empty_application, table), table=table)
    app = load_application(text)
    return Target(server=app, table=table_of(app))


def load_application(text: str) -> Any:
    """Import ``module:name``, with the current directory importable; ``module:name()`` calls a factory."""
    named = re.fullmatch(r"(?P<module>[\w.]+):(?P<name>[\w.]+)(?P<call>\(\))?", text)
    if named is None:
        raise click.UsageError(f"{text!r} is no target: write module:app, cors.toml or http://localhost:8000")
    sys.path.insert(0, str(Path.cwd()))
    try:
        app: Any = importlib.import_module(named["module"])
        for name in named["name"].split("."):
            app = getattr(app, name)
        if named["call"]:
            app = app()
    except Exception as error:  # whatever somebody's module raises
        reason = "".join(traceback.format_exception_only(error)).strip()
        raise UnusableError(f"{text} cannot be imported: {reason}") from error
    if not callable(app):
        raise UnusableError(f"{text} is no WSGI application, but of type {type(app).__name__}")
    return app


def table_of(app: object) -> PolicyTable | None:
    """Find the table of the outermost layer of `app` that has one."""
    tables = (getattr(each, "table", None) for each in layers(app) if isinstance(each, Layer))
    return next((table for table in tables if isinstance(table, PolicyTable)), None)


def layers(app: object) -> Iterable[object]:
    """Give `app` and what it wraps, from the outside, as far as that can be seen."""
    todo, seen = [app], set[int]()
    while todo:
        layer = todo.pop(0)
        if id(layer) not in seen:
            seen.add(id(layer))
            yield layer
            todo += layer.inside() if isinstance(layer, Layer) else _inside(layer)


def _inside(layer: object) -> Iterable[object]:
    """Give what a middleware of somebody else wraps, as far as that can be seen."""
    known = _around(layer) if isinstance(layer, FunctionType) else getattr(layer, "__dict__", {})
    return [value for name in _WRAPPED if callable(value := known.get(name))]


def _around(function: FunctionType) -> Mapping[str, object]:
    """Give what a function that was made in another one, as simple middlewares are, knows of that."""
    return dict(
        zip(function.__code__.co_freevars, (cell.cell_contents for cell in function.__closure__ or ()), strict=True)
    )


def empty_application(_environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Answer 200 and nothing: what a file of policies is served in front of."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "0")])
    return []
