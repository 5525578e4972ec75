"""The user's own application or table in the playground.

The law of this module: edits of its table change what this process serves, and never a file.
"""

import os
import re
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import click

from corswsgi.browser import Handshake
from corswsgi.cli.audit_risks import RISKS, audit_routes, audit_rows
from corswsgi.cli.explain_table import advice_of
from corswsgi.cli.layers import deciders, prepare, the_decider
from corswsgi.cli.routes import find_routes
from corswsgi.cli.target import Target, layers, load_target
from corswsgi.cli.words import in_words
from corswsgi.middleware import CORSMiddleware
from corswsgi.paths import PolicyTable
from corswsgi.playground.renderings import as_toml, is_text

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_FUNCTIONS = "a function or a regex decides on some origins, and TOML cannot hold them: change them in Python"


class OwnApplication:
    """The application that `target` names (module:app), or a table (cors.toml) in front of an empty one.

    ``text`` is the table as TOML, ``reason`` says why it cannot be edited. Raises `click.ClickException` like
    `load_target`.
    """

    def __init__(self, target: str) -> None:
        found = load_target(target)
        if isinstance(found.server, str):
            raise click.UsageError("the playground cannot stand in front of a running server: write module:app")
        self.name = target
        self.variables: Mapping[str, str] = os.environ
        self._app: WSGIApplication = found.server
        self.is_file = target.endswith(".toml")
        prepare(layers(self._app))
        self._middleware = next((each for each in layers(self._app) if isinstance(each, CORSMiddleware)), None)
        table = self.table
        self.reason = _FUNCTIONS if table and not is_text(table) else ""
        self.text = Path(target).read_text("utf-8-sig") if self.is_file else as_toml(table) if table else ""

    @property
    def table(self) -> PolicyTable | None:
        """The table that is served now, or None without one."""
        return self._middleware.table if self._middleware else None

    def serve(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request by the application."""
        return self._app(environ, start_response)

    def reconfigure(self, table: PolicyTable) -> None:
        """Serve another table from the next request on. An application without a table is wrapped in one."""
        if self._middleware is None:
            self._middleware = CORSMiddleware(self._app, table)
            self._app = self._middleware
        else:
            self._middleware.reconfigure(table)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values, with the routes as in `corswsgi audit`."""
        return {
            "name": self.name,
            "is_file": self.is_file,
            "text": self.text,
            "reason": self.reason,
            "has_table": self._middleware is not None,
            "routes": self._routes(),
        }

    def advice(self, handshake: Handshake) -> tuple[str, ...]:
        """Return the changes, one per line, if the policy of a view decides and not the table."""
        request = handshake.requests[-1]
        asked = {name.lower(): value for name, value in request.headers}
        method = asked.get("access-control-request-method", request.method)
        decider = the_decider(deciders(layers(self._app), unquote(urlsplit(request.url).path), method))
        if decider is None or (self.table is not None and not decider.is_view):
            return ()
        found = advice_of(handshake, Target(server=self._app, table=self.table))
        return found.lines if found else ()

    def row(self, path: str, method: str) -> dict[str, Any]:
        """Describe the row or view that decides on a request."""
        decider = the_decider(deciders(layers(self._app), path, method))
        return {"from": decider and str(decider), "means": in_words(decider.policy) if decider else ""}

    def _routes(self) -> list[dict[str, Any]]:
        found, table = list(layers(self._app)), self.table
        routes = find_routes(found)
        audited = (
            audit_routes(routes, partial(deciders, found)) if routes is not None else audit_rows(table) if table else []
        )
        return [
            {
                "path": each.route.path,
                "example": re.sub(r"/\*\*$", "/", each.route.example).replace("*", "x"),
                "methods": list(each.methods),
                "from": each.decider and str(each.decider),
                "means": in_words(each.decider.policy)
                if each.decider
                else "no CORS: no row and no view has a policy for it",
                "findings": [f"{RISKS[finding.risk].why} ({finding.about})" for finding in each.findings],
            }
            for each in audited
        ]
