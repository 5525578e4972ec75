"""Flask's routing, and the places where it is hooked.

The law of this module: Flask is hooked after it has routed and before anything of the application runs. For a preflight
nothing of the application runs.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial, wraps
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

import flask
from flask import Flask
from werkzeug.datastructures import Headers
from werkzeug.routing import Rule

from corswsgi.answers import Header
from corswsgi.decision import Decider
from corswsgi.errors import PolicyError, Problem
from corswsgi.flask.answers import put_in_front
from corswsgi.flask.debugger import page_of
from corswsgi.flask.marks import bearers, elsewhere, mark_of_method, read_rows
from corswsgi.flask.options import Row
from corswsgi.flask.routes import find_rule, rules_beside
from corswsgi.marks import Mark, current, made, mark_of, not_found
from corswsgi.middleware import CORSMiddleware
from corswsgi.per_view import KEY, Asked, Front, Table, View, hand_back, named, starting

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from corswsgi.flask.resources import Resources


logger = logging.getLogger("corswsgi")


class FlaskViews:
    """The views of an application: `Framework`."""

    def __init__(self, app: Flask) -> None:
        self.table: Table = CORSMiddleware(hand_back, {})
        self.is_configured = False
        self._app = app
        self._settings: Mapping[str, Any] = {}
        self.read_again: Callable[[], Table | None] | None = None
        self._blueprints: dict[str, list[Resources]] = {}
        self._rows: dict[Mark, Row] = {}
        self._views: dict[tuple[int, str], tuple[View, object, Rule]] = {}

    def configure(self, table: Table, settings: Mapping[str, Any]) -> None:
        """Let `table`, in front of `hand_back`, serve every view for which no mark and no blueprint has a policy."""
        self.table = table
        self._settings = settings
        self.is_configured = True

    def add_blueprint(self, name: str, resources: "Resources") -> None:
        """Let `resources` serve the views of the blueprint `name` and of blueprints nested in it."""
        self._blueprints.setdefault(name, []).insert(0, resources)

    def prepare(self) -> None:
        """Read the marks of all views, error handlers and hooks, and read ``app.config`` again."""
        problems: list[Problem] = []
        try:
            table = self.read_again() if self.read_again else None
        except PolicyError as error:
            problems += error.problems
            self.table = CORSMiddleware(hand_back, {})
        else:
            if table is not None:
                self.table = table
        self._rows = read_rows(self._marks(), self._app.config, problems)
        _tell(problems)

    def not_found(self) -> list[Mark]:
        """Return the marks that the application reaches and that no router finds."""
        return not_found((bearer for _, bearer in bearers(self._app)), elsewhere)

    def _marks(self) -> Iterable[tuple[str, Mark]]:
        named = ((name, mark_of(bearer)) for name, bearer in bearers(self._app))
        return ((name, mark) for name, mark in named if mark is not None)

    def row_of(self, mark: Mark) -> Row:
        """Return the row of a mark, even if it came after the first request."""
        row = self._rows.get(mark)
        if row is None:
            problems: list[Problem] = []
            row = self._rows[mark] = read_rows([(mark.function, mark)], self._app.config, problems)[mark]
            _tell(problems)
        return row

    def in_front(self, row: Row, place: str, app: "WSGIApplication") -> "WSGIApplication":
        """Put `row` in front of `app`."""
        settings = dict(self._settings)
        if "on_decision" in settings:
            settings["on_decision"] = named(place, settings["on_decision"])
        return put_in_front(row, app, settings)

    def routed(self, kept: Rule | None, environ: "WSGIEnvironment") -> View | None:
        """Return the view of the rule that Flask matched."""
        if kept is None:
            return None
        known = self._views.get((id(kept), environ["REQUEST_METHOD"]))
        if known is not None and known[0].serve is not None and self._app.view_functions.get(kept.endpoint) is known[1]:
            return known[0]
        return self._view(kept, environ["REQUEST_METHOD"], environ)

    def find(self, environ: "WSGIEnvironment", method: str) -> Sequence[View]:
        """Return the view of the rule that Flask would match."""
        if not (self._rows or self._blueprints):
            return ()
        found = find_rule(self._app, environ, method.upper())
        return () if found is None else (self._view(*found, environ),)

    def has_view(self, environ: "WSGIEnvironment") -> bool:
        """Return whether Flask has a view for this path."""
        return find_rule(self._app, environ, environ["REQUEST_METHOD"].upper()) is not None

    def beside(self, environ: "WSGIEnvironment") -> Iterable[tuple[str, View]]:
        """Yield the view of each method that Flask serves here."""
        if self._rows or self._blueprints:
            yield from (
                (method, self._view(rule, method, environ)) for rule, method in rules_beside(self._app, environ)
            )

    def _view(self, rule: Rule, method: str, environ: "WSGIEnvironment") -> View:
        function = self._app.view_functions.get(rule.endpoint)
        known = self._views.get((id(rule), method))
        if known is None or known[1] is not function:  # by identity: rules have no hash, and stay
            mark = mark_of_method(function, method)
            known = (View(rule.rule, None if mark is None else self.row_of(mark)), function, rule)
            if mark is None and not self._blueprints:
                known[0].serve = self.table
            self._views[id(rule), method] = known
        view = known[0]
        if view.row is None and self._blueprints:
            view = replace(view, group=self._row_of_blueprint(rule.endpoint, environ.get("PATH_INFO") or "/"))
        if environ["REQUEST_METHOD"] == "OPTIONS" and getattr(rule, "provide_automatic_options", False):
            row = cast("Row | None", view.row or view.group)
            if row is not None and not row.automatic_options:
                return View(view.place, _UNTOUCHED)
        return view

    def _row_of_blueprint(self, endpoint: str, path: str) -> Row | None:
        name = endpoint
        while "." in name:  # the innermost first
            name = name.rpartition(".")[0]
            for resources in self._blueprints.get(name, ()):
                row = resources.find(path)
                if row is not None:
                    return row
        return None


_UNTOUCHED = Row(None)


def _tell(problems: list[Problem]) -> None:
    if problems:
        logger.error("invalid policies: their views and blueprints get no CORS headers:\n%s", PolicyError(problems))


class FlaskFront(Front):
    """The front of an application: ``app.wsgi_app`` from its construction on."""

    framework: FlaskViews

    def __init__(self, app: Flask, *, intercept_exceptions: bool = False) -> None:
        # Nothing is between this and Flask: the environ is the one that Flask sees
        self._is_next = getattr(app.wsgi_app, "__func__", None) is Flask.wsgi_app
        super().__init__(app.wsgi_app, FlaskViews(app), intercept_exceptions=intercept_exceptions)
        app.wsgi_app = self  # type: ignore[method-assign]  # Flask's own way to put a middleware in front
        app.extensions[KEY] = self

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request, as PEP 3333 says."""
        method = environ["REQUEST_METHOD"]
        if not self._is_next or made or self.intercepts or method == "OPTIONS" or not self.is_ready:
            return super().__call__(environ, start_response)
        environ[KEY] = self
        framework = self.framework

        # like `starting`, without the parts that are not needed here: benchmarks/views.py, "Flask"
        def start(status: str, headers: list[Header], exc_info: Any = None) -> Callable[[bytes], object]:
            request = environ.get("werkzeug.request")
            view = None if request is None else framework.routed(request.url_rule, environ)
            serve = self.serving(view, Asked(), environ) if view is None or view.serve is None else view.serve
            started = cast("StartResponse", serve(environ, start_response))  # of `hand_back`
            return started(status, headers) if exc_info is None else started(status, headers, exc_info)

        return self._app(environ, start)

    def decides_on_write(self, environ: "WSGIEnvironment", *, is_next: bool) -> Decider | None:
        """Return the row that decides on a write. None if Flask has no view and something may be mounted beside it."""
        if not (is_next and self._is_next) and not self.framework.has_view(environ):
            return None
        return self.decides(environ)

    def kept(self, environ: "WSGIEnvironment") -> tuple[bool, Any]:
        """Return whether Flask serves this request, and the rule that it has matched."""
        if environ.get(KEY) is not self:
            return super().kept(environ)
        request = environ.get("werkzeug.request")
        return request is not None, request and request.url_rule


def front_of(app: Flask) -> FlaskFront | None:
    """Return the front of an application. If there are marks, install one now. None if there are neither."""
    if KEY not in app.extensions:
        with _installing:
            if KEY not in app.extensions:
                every = [bearer for _, bearer in bearers(app)]
                if any(map(mark_of, every)) or not_found(every, elsewhere):
                    FlaskFront(app)
                else:
                    app.extensions[KEY] = None
    return cast("FlaskFront | None", app.extensions[KEY])


_installing = Lock()  # several first requests may come at once


def install(app: Flask) -> FlaskFront:
    """Return the front of an application, and install it if it is missing."""
    hook()
    front = app.extensions.get(KEY)
    return front if isinstance(front, FlaskFront) else FlaskFront(app)


@cache
def hook() -> None:
    """Make Flask call the functions below. In an application without marks they cost two look-ups a request."""
    _around_dispatch()
    _around_handling()
    _around_teardown()


def _around_dispatch() -> None:
    """Run after Flask has routed and before any hook of the application."""
    dispatch = Flask.full_dispatch_request

    @wraps(dispatch)
    def full_dispatch_request(app: Flask, *context: Any) -> Any:
        front: Any = app.extensions.get(KEY, app)
        if front is app:
            front = front_of(app)
        if front is None:
            return dispatch(app, *context)
        request = flask.request._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001  (documented)
        environ = request.environ
        asked: Any = environ.get(KEY)
        if asked is front:
            return dispatch(app, *context)
        if asked is None or asked.front is not front or environ["REQUEST_METHOD"] == "OPTIONS" or not front.is_ready:
            return _apart(front, app, request, partial(dispatch, app, *context))
        asked.environ = environ
        asked.routed = request.url_rule
        return dispatch(app, *context)

    Flask.full_dispatch_request = full_dispatch_request  # type: ignore[method-assign,assignment]


def _apart(front: FlaskFront, app: Flask, request: Any, dispatch: Callable[[], Any]) -> Any:
    """Serve a preflight, the first request of an application, or a request that bypassed its front."""
    asked, is_inside = _asked(front, request.environ)
    body = front.seen(asked, request.environ, request.url_rule)
    if body is not None and not asked.is_held:
        _hold(asked)
    response = dispatch() if body is None else app.response_class(body)
    return _started(asked, response, request.environ) if is_inside else response


def _around_handling() -> None:
    """Where Flask handles what nobody else has: in production a 500, and a debugger that waits around it its page."""
    handle = Flask.handle_exception

    @wraps(handle)
    def handle_exception(app: Flask, *arguments: Any) -> Any:
        front = app.extensions[KEY] if KEY in app.extensions else front_of(app)
        if not isinstance(front, FlaskFront):
            return handle(app, *arguments)
        environ = flask.request.environ
        front.prepare()
        is_inside, body = False, None
        if environ.get(KEY) is not front:
            asked, is_inside = _asked(front, environ)
            if asked.environ is None:  # Flask failed before it dispatched, for example when it opened the session
                body = front.seen(asked, environ, flask.request.url_rule)
        if body is not None:
            response: Any = app.response_class(body)
            return _started(asked, response, environ) if is_inside else response
        try:
            response = handle(app, *arguments)
        except Exception as error:
            page = page_of(error)
            if page is None:
                raise
            response = app.response_class.from_app(page, environ)
        return _started(asked, response, environ) if is_inside else response

    Flask.handle_exception = handle_exception  # type: ignore[method-assign,assignment]


def _around_teardown() -> None:
    """Where functions of ``teardown_request`` run: their counterparts did not, for a preflight that was answered."""
    tear_down = Flask.do_teardown_request

    @wraps(tear_down)
    def do_teardown_request(app: Flask, *arguments: Any) -> None:
        asked: Any = current.get()
        if asked is None or not asked.is_held or asked.front is not app.extensions.get(KEY):
            tear_down(app, *arguments)
            return
        current.set(asked.before)
        if asked.answer is None:
            tear_down(app, *arguments)

    Flask.do_teardown_request = do_teardown_request  # type: ignore[method-assign,assignment]


def _asked(front: FlaskFront, environ: "WSGIEnvironment") -> tuple[Asked, bool]:
    """Return the state of a request, and whether it bypassed the front, so that its response is made here."""
    asked = environ.get(KEY)
    if not isinstance(asked, Asked) or asked.front is not front:
        asked = environ[KEY] = Asked()
        asked.front = front
        asked.is_inside = True
        _hold(asked)
    return asked, asked.is_inside


def _hold(asked: Asked) -> None:
    """Make this the current request until Flask tears it down."""
    asked.is_held, asked.before = True, current.get()
    current.set(asked)


def _started(asked: Asked, response: Any, environ: "WSGIEnvironment") -> Any:
    """Return the response of the first request of an application without `CORS`, or of one that goes past its front."""

    def start(status: str, headers: list[Header], *_: object) -> Callable[[bytes], object]:
        response.status = status
        response.headers = Headers(headers)
        return len

    starting(asked, start)(response.status, response.get_wsgi_headers(environ).to_wsgi_list())
    return response
