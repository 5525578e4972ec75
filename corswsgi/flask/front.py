"""Flask's routing, and the places where it is hooked.

The law of this module: Flask is hooked where it is called, with the environ that it sees. When the response starts,
that environ has the request with the rule that Flask has matched.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from functools import cache, wraps
from inspect import iscoroutinefunction, unwrap
from threading import Lock
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, cast

import flask
from flask.app import Flask  # that of `flask` may be a subclass which monitoring has put there
from werkzeug.routing import Rule

from corswsgi.decision import Decider
from corswsgi.errors import PolicyError, Problem
from corswsgi.flask.answers import put_in_front
from corswsgi.flask.debugger import page_of
from corswsgi.flask.marks import bearers, elsewhere, mark_of_method, read_rows, unread_by_views
from corswsgi.flask.options import Row
from corswsgi.flask.routes import find_rule, rules_beside
from corswsgi.marks import Mark, apart, mark_of, names_in, not_found, original_of
from corswsgi.middleware import CORSMiddleware
from corswsgi.per_view import FRONT, KEY, SERVING, Framework, Front, Table, View
from corswsgi.rows import Answers, hand_back
from corswsgi.take_over import take_over

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

    from corswsgi.flask.resources import Resources


logger = logging.getLogger("corswsgi")


_VIEW = "corswsgi.view"  # in the environ: the view of a request whose context has ended
_present: ContextVar["WSGIEnvironment | None"] = ContextVar("corswsgi.flask", default=None)


class FlaskViews(Framework):
    """The views of an application."""

    decodes_path = False
    present = _present

    def __init__(self, app: Flask) -> None:
        self.table: Table = CORSMiddleware(hand_back, {})
        self.has_rows = False  # of blueprints
        self.is_configured = False
        self.app = app
        self._settings: Mapping[str, Any] = {}
        self.read_again: Callable[[], Table | None] | None = None
        self._blueprints: dict[str, list[Resources]] = {}
        self._rows: dict[Mark, Row] = {}
        self._views: dict[int, dict[str, tuple[View, object, Rule]]] = {}
        self._originals: dict[int, tuple[Callable[..., Any], object]] = {}
        if getattr(app.ensure_sync, "__func__", None) is Flask.ensure_sync:
            app.ensure_sync = _without_record(app, self._originals)  # type: ignore[method-assign]

    def configure(self, table: Table, settings: Mapping[str, Any]) -> None:
        """Let `table`, in front of `hand_back`, serve every view for which no mark and no blueprint has a policy.

        Requests may have been served already, without the table.
        """
        self._views = {}
        self.table = table
        self._settings = settings
        self.is_configured = True

    def add_blueprint(self, name: str, resources: "Resources") -> None:
        """Let `resources` serve the views of the blueprint `name` and of blueprints nested in it."""
        self._blueprints.setdefault(name, []).insert(0, resources)
        self.has_rows = True
        self._views = {}

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
        self._rows = read_rows(self._marks(), self.app.config, problems)
        _tell(problems)
        if not (self.is_configured or self._blueprints):
            unread = unread_by_views(self._rows, self.app.config)
            if unread:
                logger.warning("`app.config` has keys that no view reads:\n%s", PolicyError(unread))

    def not_found(self) -> list[Mark]:
        """Return the marks that the application reaches and that no router finds."""
        return not_found((bearer for _, bearer in bearers(self.app)), elsewhere)

    def _marks(self) -> Iterable[tuple[str, Mark]]:
        named = ((name, mark_of(bearer)) for name, bearer in bearers(self.app))
        return ((name, mark) for name, mark in named if mark is not None)

    def row_of(self, mark: Mark) -> Row:
        """Return the row of a mark, even if it came after the first request."""
        row = self._rows.get(mark)
        if row is None:
            problems: list[Problem] = []
            row = read_rows([(mark.function, mark)], self.app.config, problems)[mark]
            if len(self._rows) < _MOST_ROWS:  # a view may make marks, new ones for each request
                self._rows[mark] = row
            _tell(problems)
        return row

    def in_front(self, row: Row, place: str) -> Answers:
        """Put `row` in front of `hand_back`."""
        return put_in_front(row, place, self._settings)

    def routed(self, environ: "WSGIEnvironment") -> View | None:
        """Return the view of the rule that Flask matched."""
        try:
            request = environ["werkzeug.request"]
            rule = request.url_rule
            view, function, _ = self._views[id(rule)][request.method]  # that of the environ may have changed
            if self.app.view_functions[rule.endpoint] is function and (view.row is not None or not self._blueprints):
                return view
        except (KeyError, AttributeError):
            pass
        return self._newly_routed(environ)

    def _newly_routed(self, environ: "WSGIEnvironment") -> View | None:
        # Flask may have made a copy of this environ, or a view may have made another request of it, which it then has
        is_present = _present.get() is environ and flask.has_request_context()
        request: Any = flask.request if is_present else environ.get("werkzeug.request")
        rule = getattr(request, "url_rule", None)
        if rule is None or rule.map is not self.app.url_map:
            return cast("View | None", environ.get(_VIEW))
        view = self._view(rule, request.method, environ)
        function = self.app.view_functions.get(rule.endpoint)
        original = original_of(function)
        if original is not None and not iscoroutinefunction(original):  # its mark decides whether or not it is recorded
            if len(self._originals) > len(self.app.view_functions):  # views are replaced again and again
                self._originals.clear()
            self._originals[id(function)] = original, function
        return view

    def keep_routed(self, _: Flask, **__: object) -> None:
        """Keep the view of the request whose context ends, because its response may start later."""
        environ = flask.request.environ
        environ[_VIEW] = self.routed(environ)

    def find(self, environ: "WSGIEnvironment", method: str) -> Sequence[View]:
        """Return the view of the rule that Flask would match."""
        if not (self._rows or self._blueprints):
            return ()
        found = find_rule(self.app, environ, method.upper())
        return () if found is None else (self._view(*found, environ),)

    def has_view(self, environ: "WSGIEnvironment") -> bool:
        """Return whether Flask has a view for this path."""
        return find_rule(self.app, environ, environ["REQUEST_METHOD"].upper()) is not None

    def beside(self, environ: "WSGIEnvironment") -> Iterable[tuple[str, View]]:
        """Yield the view of each method that Flask serves here."""
        if self._rows or self._blueprints:
            yield from ((method, self._view(rule, method, environ)) for rule, method in rules_beside(self.app, environ))

    def _view(self, rule: Rule, method: str, environ: "WSGIEnvironment") -> View:
        function = self.app.view_functions.get(rule.endpoint)
        known = self._views.get(id(rule), {}).get(method)  # by identity: rules have no hash, and stay
        if known is None or known[1] is not function:
            mark = mark_of_method(function, method)
            row = None if mark is None else self.row_of(mark)
            known = (View(rule.rule, row), function, rule)
            # a rule without methods serves any text; what follows of OPTIONS depends on the request
            if method in (rule.methods or ()) and method != "OPTIONS":
                self._views.setdefault(id(rule), {})[method] = known
        view = known[0]
        if view.row is None and self._blueprints:
            view = View(rule.rule, group=self._row_of_blueprint(rule.endpoint, environ.get("PATH_INFO") or "/"))
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


def _without_record(app: Flask, originals: Mapping[int, tuple[Callable[..., Any], object]]) -> Callable[..., Any]:
    """Return an `ensure_sync` by which Flask calls the routed view of a request without the record of its mark.

    ``app.view_functions`` stays as the application has made it: it may compare its views, and call them from others.
    """
    default = Flask.ensure_sync

    def ensure_sync(function: Callable[..., Any]) -> Callable[..., Any]:
        known = originals.get(id(function))
        if known is not None and Flask.ensure_sync is default:
            try:
                rule = _present.get()["werkzeug.request"].url_rule  # type: ignore[index]  # None raises
                if app.view_functions[rule.endpoint] is function:
                    return known[0]
            except (AttributeError, KeyError, TypeError):  # no front serves it, or not any more
                pass
        return Flask.ensure_sync(app, function)

    return ensure_sync


_UNTOUCHED = Row(None)
_MOST_ROWS = 1_000  # that are remembered of marks which came after the first request


def _tell(problems: list[Problem]) -> None:
    if problems:
        logger.error("invalid policies: their views and blueprints get no CORS headers:\n%s", PolicyError(problems))


class FlaskFront(Front):
    """The front of an application. All requests to Flask itself pass it from its construction on."""

    framework: FlaskViews
    may_be_mounted_beside = False

    def __init__(self, app: Flask) -> None:
        super().__init__(MethodType(hook(), app), FlaskViews(app))
        app.extensions[KEY] = vars(app)[FRONT] = self
        _tell_of_bypass(type(app))

    def configure(self, table: Table, settings: Mapping[str, Any]) -> None:
        """Let `table` serve what no view and no blueprint has a policy for, after earlier requests as well."""
        self.framework.configure(table, settings)
        self._known = {}

    def intercept(self) -> None:
        """Intercept exceptions: responses start after the end of their contexts then."""
        self.intercepts = True
        flask.request_tearing_down.connect(self.framework.keep_routed, self.framework.app)

    def decides_on_write(self, environ: "WSGIEnvironment") -> Decider | None:
        """Return the row that decides on a write. None if Flask has no view and something may be mounted beside it."""
        if self.may_be_mounted_beside and not self.framework.has_view(environ):
            return None
        return self.decides(environ)


def _tell_of_bypass(app_class: type[Flask]) -> None:
    """Log that a subclass has a `wsgi_app` of its own that calls no other: then no request comes by the front."""
    owner = next(each for each in app_class.__mro__ if "wsgi_app" in vars(each))
    method = unwrap(vars(owner)["wsgi_app"])
    if owner is not Flask and isinstance(method, FunctionType) and "wsgi_app" not in names_in(method.__code__):
        logger.warning(
            "%s.wsgi_app does not call Flask's own, so no response has CORS headers; write `return"
            " super().wsgi_app(environ, start_response)` in it",
            owner.__qualname__,
        )


def front_of(app: Flask) -> FlaskFront | None:
    """Return the front of an application. If there are marks, install one now. None if there are neither."""
    with _installing:
        if KEY not in app.extensions:
            every = [bearer for _, bearer in bearers(app)]
            if any(map(mark_of, every)) or not_found(every, elsewhere):
                FlaskFront(app)
            else:
                app.extensions[KEY] = None
    return cast("FlaskFront | None", app.extensions[KEY])


def present() -> "WSGIEnvironment | None":
    """Return the environ of the request that a front serves at present, also in a thread that a view has started.

    Flask's own may be a copy, or that of a context which a view has made.
    """
    environ = _present.get()
    return flask.request.environ if environ is None and flask.has_request_context() else environ


_installing = Lock()  # several first requests may come at once


def install(app: Flask) -> FlaskFront:
    """Return the front of an application, and install it if it is missing."""
    front = app.extensions.get(KEY)
    return front if isinstance(front, FlaskFront) else FlaskFront(app)


@cache
def hook() -> Callable[..., Any]:
    """Put the fronts between Flask and its callers. Return the function that serves an application without its front.

    An application without marks pays one look-up a request.
    """

    def serve(app: Flask, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        front: Any = app.extensions.get(KEY, app)
        if front is app:
            front = front_of(app)
        if front is not None:
            return front.answer(environ, start_response)  # type: ignore[no-any-return]
        if SERVING not in environ and _present.get() is None:
            return original(app, environ, start_response)  # type: ignore[no-any-return]
        token = _present.set(None)  # inside of a view of another application
        try:
            return apart(MethodType(original, app), environ, start_response)  # type: ignore[no-any-return]
        finally:
            _present.reset(token)

    original = take_over(Flask, "wsgi_app", serve)
    _around_handling()
    return original


def _around_handling() -> None:
    """Answer with the page of a debugger around Flask, in place of raising to it, so that the page gets headers."""
    handle = Flask.handle_exception

    @wraps(handle)
    def handle_exception(app: Flask, *arguments: Any) -> Any:
        try:
            return handle(app, *arguments)
        except Exception as error:
            page = page_of(error) if isinstance(app.extensions.get(KEY), FlaskFront) else None
            if page is None:
                raise
            return app.response_class.from_app(page, flask.request.environ)

    Flask.handle_exception = handle_exception  # type: ignore[method-assign,assignment]
