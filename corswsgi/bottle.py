"""Bottle: a table of policies for the application, and ``cors=Policy(...)`` for a route. Bottle 0.12 and later.

>>> from bottle import Bottle
>>> from corswsgi import Policy
>>> from corswsgi.bottle import install
>>> app = Bottle()
>>> install(app, {"/api/**": Policy(allow_origins="https://app.example.com")})
>>> @app.get("/api/prices", cors=Policy(allow_origins="*"))
... def prices():
...     return {"tea": 3}

The law of this module: a response has the policy of the route that Bottle has matched, after its hooks; a preflight has
that of the route which its method would match, and no route, plugin or hook runs for it. ``cors=None`` turns CORS off
for a route. Routes may be written before or after `install`.

Remove hooks that set ``Access-Control-*`` headers, routes for OPTIONS and ``enable_cors`` plugins: the table replaces
them. Where applications are mounted in each other, the first of these decides: ``cors=`` of the route, the row of the
innermost table (for the path as that application sees it), ``cors=`` of the mount, the row of the next table outside.

A ``before_request`` hook that rewrites ``PATH_INFO`` does not run for a preflight. A path without a route is tried in
the other spelling of its last slash, which is what most such hooks are for. (On Python 3.11 Bottle works from 0.12.22.)

A Bottle that another one mounts by WSGI (0.13: under a prefix without a slash at its end, with options, or twice)
decodes the path a second time: ``/in/adémin`` reaches the child's ``/admin``, and has the row of ``/in/adémin``. Write
``cors=`` on the routes of the child, which holds for the view however it was reached, or one row for everything below
the mount.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from types import MethodType
from typing import TYPE_CHECKING, Any, cast

import bottle

from corswsgi.calls import helpful
from corswsgi.decision import OnDecision
from corswsgi.marks import Mark
from corswsgi.middleware import CORSMiddleware
from corswsgi.paths import Policies
from corswsgi.paths.trie import to_wsgi
from corswsgi.per_view import FRONT, Framework, Front, Row, View, other_spelling, policy_of_view
from corswsgi.per_view_writes import GuardedFront
from corswsgi.rows import Answers, hand_back, in_front_of, make_guard
from corswsgi.take_over import take_over
from corswsgi.writes import Switch

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment


@helpful()
def install(  # noqa: PLR0913  (one for each option)
    app: bottle.Bottle,
    policies: Policies | None = None,
    *,
    preflight_status: int = 204,
    intercept_exceptions: bool = False,
    on_decision: OnDecision | None = None,
    cross_origin_writes: Switch = "accept",
) -> None:
    """Apply `policies`, and those of routes, to a Bottle application. The options are those of `CORSMiddleware`.

    Raises `PolicyError` for a table that is refused, and for a route whose ``cors=`` is not a policy: at once for
    routes that exist, in ``app.route`` for later ones. Raises `RuntimeError` when it is called twice for one
    application.
    """
    if _front_of(app) is not None:
        raise RuntimeError("corswsgi.bottle.install() was called twice for one application: pass one table")
    options = {"preflight_status": preflight_status, "on_decision": on_decision}
    table = {} if policies is None else policies
    CORSMiddleware(  # raises now
        app.wsgi,
        table,
        intercept_exceptions=intercept_exceptions,
        cross_origin_writes=cross_origin_writes,
        **options,  # type: ignore[arg-type]
    )
    for route in app.routes:
        _check(route)
    views = _BottleViews(app, CORSMiddleware(hand_back, table, **options), options)  # type: ignore[arg-type]
    is_next = getattr(app.wsgi, "__self__", None) is app  # there is no middleware in between
    framework = app.wsgi if is_next else MethodType(_hook(), app)
    front = Front(framework, views, intercept_exceptions=intercept_exceptions)
    add_route = app.add_route

    def add_checked_route(route: Any) -> None:
        _check(route)
        add_route(route)

    guard = make_guard(cross_origin_writes, on_decision)
    outermost = front.answer if is_next else app.wsgi  # a method costs less than a callable instance
    if guard is not None:
        outermost = GuardedFront(outermost, front, guard, cross_origin_writes)
    vars(app).update({"wsgi": outermost, "add_route": add_checked_route, FRONT: front})  # Bottle replaces none twice


def _front_of(app: bottle.Bottle) -> Front | None:
    front = vars(app).get(FRONT)
    return front if isinstance(front, Front) else None


@cache
def _hook() -> "Callable[..., Any]":
    """Put the fronts between Bottle and all middlewares. Return the function that serves without a front."""

    def serve(app: bottle.Bottle, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        front = _front_of(app)
        if front is None or getattr(front.app, "__func__", None) is not original:
            return cast("Iterable[bytes]", original(app, environ, start_response))
        return front(environ, start_response)

    original = take_over(bottle.Bottle, "wsgi", serve)
    return original


def _check(route: Any) -> None:
    """Check the policy of a route. Raises `PolicyError`."""
    field = f"{route.method} {route.rule}: cors"
    if any(key.startswith("cors.") for key in route.config):  # Bottle unpacks dicts of a route
        policy_of_view({}, field)
    if "cors" in route.config:
        policy_of_view(route.config["cors"], field)


class _BottleViews(Framework):
    """The routes of an application. Their policies are parts of them, so there are no marks."""

    decodes_path = True
    has_rows = True

    def __init__(self, app: bottle.Bottle, table: CORSMiddleware, options: dict[str, Any]) -> None:
        self.table = table
        self._app = app
        self._options = options
        self._known: dict[int, tuple[View, object, bool]] = {}
        self._rows: dict[tuple[int, str], Mark] = {}

    def prepare(self) -> None:
        """Do nothing: routes are checked when they are added."""

    def in_front(self, row: Mark, place: str) -> Answers:
        """Put the policy of a route in front of `hand_back`."""
        return in_front_of(row.policy, place, **self._options)

    def routed(self, environ: "WSGIEnvironment") -> View | None:
        """Return the route that Bottle, or a Bottle application mounted in it, has matched."""
        route = environ.get("route.handle")
        if route is None:
            return None
        view, _, is_below_a_row = self._known.get(id(route)) or self._know(route)
        return self._below_a_row(view, environ) if is_below_a_row else view

    def _below_a_row(self, view: View, environ: "WSGIEnvironment") -> View:
        environ = {**environ, "PATH_INFO": to_wsgi(environ["PATH_INFO"])}  # Bottle has decoded it
        view = next(iter(self.find(environ, environ["REQUEST_METHOD"])), view)
        if any(map(_front_of, _called(self._app, environ["REQUEST_METHOD"], _path(environ)))):
            group = view.group
            is_of_its_table = isinstance(group, Mark) and self._rows.get((id(group.policy), group.function)) is group
            if view.row is not None or is_of_its_table:
                return replace(view, serve=hand_back, grants=None)  # its front has added the headers
        return view

    def find(self, environ: "WSGIEnvironment", method: str) -> Sequence[View]:
        """Return the route that Bottle would match."""
        path = _path(environ)
        view = self._at(self._app, method, path) or self._at(self._app, method, other_spelling(path))
        return () if view is None else (view,)

    def _at(self, app: bottle.Bottle, method: str, path: str) -> View | None:
        """Return the route of `app` that serves `path`, with the row of what is around it below the outermost table."""
        view = None
        route = _match(app, method, path)
        if route is not None:
            child = route.config.get("mountpoint.target")
            if isinstance(child, bottle.Bottle):
                view = self._at(child, method, _shifted(route, path))
            mount = self._view(route)
            view = mount if view is None else _in_group(view, mount.row)
            for owner in _owners(route, app):
                view = _in_group(view, self._row_of(owner, _below(owner, path)))
        if app is not self._app:
            row = self._row_of(app, path)
            view = View(row.function, group=row) if view is None and row is not None else view and _in_group(view, row)
        return view

    def beside(self, environ: "WSGIEnvironment") -> Iterator[tuple[str, View]]:
        """Yield the route of each method that Bottle serves here."""
        for method in sorted(set(_methods(self._app))):
            for view in self.find(environ, method):
                yield method, view

    def _view(self, route: Any) -> View:
        return (self._known.get(id(route)) or self._know(route))[0]

    def _know(self, route: Any) -> tuple[View, object, bool]:
        """Return the view of a route, the route (to keep it alive), and whether something around it may have a row."""
        row = Mark(policy=route.config["cors"]) if "cors" in route.config else None
        is_below_a_row = _is_below_a_row(route, self._app)
        known = self._known[id(route)] = (View(route.rule, row=row), route, is_below_a_row)
        return known

    def _row_of(self, app: bottle.Bottle, path: str) -> Mark | None:
        """Return the row of the table of `app` alone."""
        front = _front_of(app)
        decider = None if front is None else front.framework.table.decides({"PATH_INFO": to_wsgi(path)})
        if decider is None:
            return None
        mark = Mark(policy=decider.policy, function=decider.place)
        return self._rows.setdefault((id(decider.policy), decider.place), mark)


def _path(environ: "WSGIEnvironment") -> str:
    """Return the path in Bottle's form."""
    path: str = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "ignore")
    return path


def _called(app: bottle.Bottle, method: str, path: str) -> Iterator[bottle.Bottle]:
    """Yield the applications below `app` that serve `path` and are called as WSGI applications."""
    route = _match(app, method, path)
    child = None if route is None else route.config.get("mountpoint.target")
    if isinstance(child, bottle.Bottle):
        yield child
        yield from _called(child, method, _shifted(route, path))


def _in_group(view: View, row: Row | None) -> View:
    is_decided = row is None or view.row is not None or view.group is not None
    return view if is_decided else replace(view, group=row)


def _owners(route: Any, app: bottle.Bottle) -> Iterator[bottle.Bottle]:
    """Yield the applications that `route` of `app` came from, the innermost first."""
    owner = route.app
    while isinstance(owner, bottle.Bottle) and owner is not app:
        yield owner
        owner = owner.config.get("_mount.app")


def _below(app: bottle.Bottle, path: str) -> str:
    """Return the path as `app` sees it, whose routes another application may serve below a prefix."""
    parent = app.config.get("_mount.app")
    if parent is None:
        return path
    return "/" + _below(parent, path).removeprefix(app.config["_mount.prefix"])


def _is_below_a_row(route: Any, app: bottle.Bottle) -> bool:
    """Whether something between `route` and the table of `app` may have a row, which depends on the path."""
    if isinstance(route.config.get("mountpoint.target"), bottle.Bottle):
        return True
    if route.app is app:
        return False
    return any(map(_front_of, _owners(route, app))) or any(
        "cors" in mount.config or _front_of(mount.config["mountpoint.target"]) for mount in _mounts(app)
    )


def _mounts(app: bottle.Bottle) -> Iterator[Any]:
    for route in app.routes:
        child = route.config.get("mountpoint.target")
        if isinstance(child, bottle.Bottle):
            yield route
            yield from _mounts(child)


def _match(app: bottle.Bottle, method: str, path: str, *, may_be_another: bool = True) -> Any:
    """Return the route that serves `path`, or one for another method (always the same), or None."""
    try:
        return app.router.match({"REQUEST_METHOD": method, "PATH_INFO": path})[0]
    except Exception:  # noqa: BLE001  (404, 405, or of somebody's filter: the application meets it again)
        others = iter(sorted(set(_methods(app)) - {method})) if may_be_another else iter(())
        return next(filter(None, (_match(app, other, path, may_be_another=False) for other in others)), None)


def _shifted(route: Any, path: str) -> str:
    depth = route.config["mountpoint.prefix"].strip("/").count("/") + 1
    shifted: str = bottle.path_shift("", path, depth)[1]
    return shifted


def _methods(app: bottle.Bottle) -> Iterator[str]:
    for route in app.routes:
        child = route.config.get("mountpoint.target")
        if isinstance(child, bottle.Bottle):
            yield from _methods(child)
        else:
            yield route.method
