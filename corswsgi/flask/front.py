"""The WSGI application in front of a Flask one that lets the policy of the view decide, and when it comes there.

The law of this module: it only finds out which row decides, and hands the request to what answers for that row.
"""

from collections.abc import Callable, Iterable, Mapping
from threading import Lock
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, abort, after_this_request, request, request_started
from werkzeug.datastructures import Headers

from corswsgi.answers import Header
from corswsgi.decision import Decider
from corswsgi.flask.answers import put_in_front
from corswsgi.flask.marks import Mark, mark_of, read_marks
from corswsgi.flask.options import Row
from corswsgi.flask.routes import find_rule
from corswsgi.middleware import is_preflight
from corswsgi.paths import PolicyTable
from corswsgi.paths.readings import is_ambiguous
from corswsgi.per_view import Layer, named

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from corswsgi.flask.resources import Resources

KEY = "corswsgi"  # in `app.extensions`, and in the environ of a request that has come through a `Front`


class Front:
    """A WSGI application in front of `app`: the policy of the view that a request reaches decides, else the rest.

    It stands at ``app.wsgi_app`` from its construction on.
    """

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._inner: WSGIApplication = app.wsgi_app
        self._settings: Mapping[str, Any] = {}
        self._blueprints: dict[str, list[Resources]] = {}
        self._rows: Mapping[Mark, Row] = {}
        self._checked = 0  # views
        self._answers: dict[tuple[Row, str], WSGIApplication] = {}
        self.rest: WSGIApplication = self._inner
        self.is_configured = False
        app.wsgi_app = self  # type: ignore[method-assign]  # Flask's own way to put a middleware in front
        app.extensions[KEY] = self
        request_started.connect(at_request, sender=app)

    def configure(
        self, put_in_front: "Callable[[WSGIApplication], WSGIApplication]", settings: Mapping[str, Any]
    ) -> None:
        """Let what `put_in_front` gives serve what no view and no blueprint has a policy for."""
        self._settings = settings
        self.rest = put_in_front(self._inner)
        self.is_configured = True

    def add_blueprint(self, name: str, resources: "Resources") -> None:
        """Let `resources` serve the views of the blueprint `name`, and of those nested in it."""
        self._blueprints.setdefault(name, []).insert(0, resources)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
        """Answer a request, as PEP 3333 says."""
        environ[KEY] = self
        return self.answering(environ)(environ, start_response)

    @property
    def table(self) -> PolicyTable | None:
        """The table that decides where no view and no blueprint does; None where regexes stand for paths."""
        table = getattr(self.rest, "table", None)
        return table if isinstance(table, PolicyTable) else None

    def decides(self, environ: "WSGIEnvironment") -> Decider | None:
        """Return the view that decides on this request; where no view and no blueprint does, the row."""
        found = self.find(environ)
        if found is not None:
            return Decider(policy=found[0].policy, place=found[1], is_view=True)
        return self.rest.decides(environ) if isinstance(self.rest, Layer) else None

    def inside(self) -> "Iterable[object]":
        """Return what stood at ``app.wsgi_app``."""
        return (self._inner,)

    def prepare(self) -> None:
        """Read the options of all marked views."""
        self.check()

    def answering(self, environ: "WSGIEnvironment") -> "WSGIApplication":
        """Give what answers this request."""
        found = self.find(environ)
        if found is None:
            return self.rest
        if found not in self._answers:
            row, route = found
            settings = dict(self._settings)
            if "on_decision" in settings:
                settings["on_decision"] = named(route, settings["on_decision"])
            self._answers[found] = put_in_front(row, self._inner, settings)
        return self._answers[found]

    def find(self, environ: "WSGIEnvironment") -> tuple[Row, str] | None:
        """Give the row and the rule of the view that this request, or the one which a preflight asks for, reaches."""
        self.check()
        path = environ.get("PATH_INFO") or "/"
        if is_ambiguous("/" + path.removeprefix("/")) or not (self._rows or self._blueprints):
            return None
        asked = environ["HTTP_ACCESS_CONTROL_REQUEST_METHOD"] if is_preflight(environ) else environ["REQUEST_METHOD"]
        found = find_rule(self._app, environ, asked.upper())
        if found is None:
            return None
        rule, method = found
        mark = mark_of(self._app.view_functions.get(rule.endpoint), method)
        if mark is not None and mark not in self._rows:  # a view was put in the place of another
            self._rows = read_marks(self._app)
        row = self._row_of_blueprint(rule.endpoint, path) if mark is None else self._rows[mark]
        if row is None:
            return None
        if environ["REQUEST_METHOD"] == "OPTIONS" and not row.automatic_options:
            row = _UNTOUCHED if getattr(rule, "provide_automatic_options", False) else row
        return row, rule.rule

    def check(self) -> None:
        """Read the options of views that have come since the last time. Raises `PolicyError` with all mistakes."""
        count = len(self._app.view_functions)
        if count != self._checked:
            self._rows = read_marks(self._app)
            self._checked = count

    def _row_of_blueprint(self, endpoint: str, path: str) -> Row | None:
        name = endpoint
        while "." in name:  # the innermost first
            name = name.rpartition(".")[0]
            for resources in self._blueprints.get(name, ()):
                row = resources.find(path)
                if row is not None:
                    return row
        return None

    def settle(self) -> None:
        """Do what can be done once no view can come any more: serve this request if it came before, or step aside."""
        self.check()
        if self._rows or self._blueprints:
            if request.environ.get(KEY) is not self:
                self._serve_inside()
            return
        if self._app.wsgi_app is self:
            self._app.wsgi_app = self.rest  # type: ignore[method-assign,assignment]  # as in the constructor
        self._app.extensions[KEY] = None
        request_started.disconnect(at_request, sender=self._app)

    def _serve_inside(self) -> None:
        """Serve a request that reached Flask before this was there: the same headers, from inside."""
        environ = request.environ
        row, _ = self.find(environ) or (_UNTOUCHED, None)
        if row.policy is None:
            return

        def add_headers(response: Response) -> Response:
            _, _, headers = _answer_for(row, environ, response.status, response.headers.to_wsgi_list())
            response.headers = Headers(headers)
            return response

        if not is_preflight(environ):
            after_this_request(add_headers)
            return
        body, status, headers = _answer_for(row, environ, "", [])
        response = self._app.response_class(body, status)

        def answer(_: Response) -> Response:
            response.headers = Headers(headers)  # no more than these: Flask adds a Content-Type on the way from `abort`
            return response

        after_this_request(answer)
        abort(response)


_UNTOUCHED = Row(None)
_installing = Lock()  # several first requests may come at once


def front_of(app: Flask) -> Front | None:
    """Return the front end of an application, which is installed now if views are marked; None without marks."""
    with _installing:
        if KEY not in app.extensions and read_marks(app):
            Front(app)
    front = app.extensions.get(KEY)
    return front if isinstance(front, Front) else None


def at_request(app: Flask, **_: object) -> None:
    """Put a `Front` there at the first request of an application that has marked views, before any hook of it runs."""
    with _installing:
        if KEY not in app.extensions:
            app.extensions[KEY] = Front(app) if read_marks(app) else None
    front = app.extensions[KEY]
    if isinstance(front, Front):
        front.settle()


def _answer_for(
    row: Row, environ: "WSGIEnvironment", status: str, headers: list[Header]
) -> tuple[bytes, str, list[Header]]:
    """Give what `row` makes of a response: its body, if it answers itself, its status and its headers."""
    started: list[tuple[str, list[Header]]] = []

    def answered(environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":  # noqa: ARG001
        start_response(status, headers)
        return []

    def start(status: str, headers: list[Header], exc_info: object = None) -> Callable[[bytes], object]:  # noqa: ARG001
        started.append((status, headers))
        return len

    body = b"".join(put_in_front(row, answered, {})(environ, start))
    return body, *started[0]
