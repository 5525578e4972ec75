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
them. If applications are mounted in each other, call `install` on the outermost; ``cors=`` of the routes below is
found, a table of an inner application is not.

A ``before_request`` hook that rewrites ``PATH_INFO`` does not run for a preflight. A path without a route is tried in
the other spelling of its last slash, which is what most such hooks are for. (On Python 3.11 Bottle works from 0.12.22.)

A Bottle that another one mounts by WSGI (0.13: under a prefix without a slash at its end, with options, or twice)
decodes the path a second time: ``/in/adémin`` reaches the child's ``/admin``, and has the row of ``/in/adémin``. Write
``cors=`` on the routes of the child, which holds for the view however it was reached, or one row for everything below
the mount.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import bottle

from corswsgi.intercept import Intercepted
from corswsgi.marks import Mark
from corswsgi.middleware import CORSMiddleware
from corswsgi.paths import Policies
from corswsgi.per_view import (
    KEY,
    Asked,
    Front,
    OnDecision,
    View,
    hand_back,
    in_front_of,
    in_wsgi,
    policy_of_view,
    untouched,
)
from corswsgi.per_view_writes import GuardedFront
from corswsgi.rows import make_guard
from corswsgi.writes import Switch

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from corswsgi.answers import Header


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
    is_installed = isinstance(app.wsgi, Front | GuardedFront)
    if is_installed:
        raise RuntimeError("corswsgi.bottle.install() was called twice for one application: give it one table")
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
    front = (_Next if is_next else Front)(app.wsgi, views, intercept_exceptions=intercept_exceptions)
    add_route = app.add_route

    def add_checked_route(route: Any) -> None:
        _check(route)
        add_route(route)

    guard = make_guard(cross_origin_writes, on_decision)
    outermost = front if guard is None else GuardedFront(front, front, guard, cross_origin_writes)
    vars(app).update(wsgi=outermost, add_route=add_checked_route)  # Bottle refuses to replace an attribute twice
    if not is_next:
        _hook(app, front)


class _Next(Front):
    """A front with nothing between it and Bottle: Bottle sees the same environ, and no hook is needed."""

    framework: "_BottleViews"

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request, as PEP 3333 says."""
        if environ["REQUEST_METHOD"] == "OPTIONS":
            asked = Asked()
            asked.front = self
            body = self.seen(asked, environ, None)
            if body is not None and asked.answer is not None:
                start_response(*asked.answer)
                return [body]
            if asked.start is untouched:
                return self._app(environ, start_response)
        known = self.framework.known

        # like `starting`, without the parts that are not needed here: benchmarks/views.py, "Bottle"
        def start(status: str, headers: "list[Header]", exc_info: Any = None) -> "Callable[[bytes], object]":
            route = environ.get("route.handle")
            found = None if route is None else known.get(id(route)) or self.framework.view(route)
            seen = environ if environ["PATH_INFO"].isascii() else in_wsgi(environ)
            if found is None or found[0].serve is None:
                serve = self.serving(found and found[0], Asked(), seen)
            else:
                serve = found[0].serve
            started = cast("StartResponse", serve(seen, start_response))  # of `hand_back`
            return started(status, headers) if exc_info is None else started(status, headers, exc_info)

        if self.intercepts:
            return Intercepted(environ, start, partial(self._covers_route, environ)).respond(self._app)
        return self._app(environ, start)

    def kept(self, environ: "WSGIEnvironment") -> tuple[bool, Any]:
        """Return True, because Bottle serves this request, and the route that it has matched."""
        return True, environ.get("route.handle")

    def _covers_route(self, environ: "WSGIEnvironment") -> bool:
        asked = Asked()
        asked.environ, asked.routed = in_wsgi(environ), environ.get("route.handle")
        return self._covers(asked)


def _hook(app: bottle.Bottle, front: Front) -> None:
    """Make Bottle report a request before its hooks run, and again with the route after it has matched."""
    trigger_hook = app.trigger_hook

    def trigger(name: str, *args: Any, **kwargs: Any) -> Any:
        if name in {"before_request", "after_request"}:
            environ = bottle.request.environ
            asked = environ.get(KEY)
            if isinstance(asked, Asked) and asked.front is front:
                if name == "before_request":
                    body = front.seen(asked, in_wsgi(environ), None)
                    if body is not None:
                        raise bottle.HTTPResponse(body)
                elif asked.answer is not None:
                    return []
                else:
                    asked.routed = environ.get("route.handle")
        return trigger_hook(name, *args, **kwargs)

    app.trigger_hook = trigger


def _check(route: Any) -> None:
    """Check the policy of a route. Raises `PolicyError`."""
    field = f"{route.method} {route.rule}: cors"
    if any(key.startswith("cors.") for key in route.config):  # Bottle unpacks dicts of a route
        policy_of_view({}, field)
    if "cors" in route.config:
        policy_of_view(route.config["cors"], field)


class _BottleViews:
    """The routes of an application: `Framework`."""

    def __init__(self, app: bottle.Bottle, table: CORSMiddleware, options: dict[str, Any]) -> None:
        self.table = table
        self._app = app
        self._options = options
        self.known: dict[int, tuple[View, object]] = {}

    def prepare(self) -> None:
        """Do nothing: routes are checked when they are added."""

    def not_found(self) -> list[Mark]:
        """Return nothing: a policy is always part of its route."""
        return []

    def row_of(self, mark: Mark) -> Mark:
        """Return the mark, which has a policy."""
        return mark

    def in_front(self, row: Mark, place: str, app: "WSGIApplication") -> "WSGIApplication":
        """Put the policy of a route in front of `app`."""
        return in_front_of(app, row.policy, place, **self._options)

    def routed(self, kept: Any, environ: "WSGIEnvironment") -> View | None:  # noqa: ARG002  (as in `Framework`)
        """Return the route that Bottle, or a Bottle application mounted in it, has matched."""
        return None if kept is None else self._view(kept)

    def find(self, environ: "WSGIEnvironment", method: str) -> Sequence[View]:
        """Return the route that Bottle would match."""
        path = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "ignore")  # in Bottle's form
        route = _find(self._app, method, path)
        if route is None:
            route = _find(self._app, method, path[:-1] if path.endswith("/") else f"{path}/")
        return () if route is None else (self._view(route),)

    def beside(self, environ: "WSGIEnvironment") -> Iterator[tuple[str, View]]:
        """Yield the route of each method that Bottle serves here."""
        for method in sorted(set(_methods(self._app))):
            for view in self.find(environ, method):
                yield method, view

    def view(self, route: Any) -> tuple[View, object]:
        """Return the view of a route. It keeps the route alive."""
        row = Mark(policy=route.config["cors"]) if "cors" in route.config else None
        known = self.known[id(route)] = (View(route.rule, row, serve=self.table if row is None else None), route)
        return known

    def _view(self, route: Any) -> View:
        return (self.known.get(id(route)) or self.view(route))[0]


def _find(app: bottle.Bottle, method: str, path: str) -> Any:
    """Return the route that serves `path`, or one for another method (always the same), or None."""
    served = _match(app, method, path)
    if served is None:
        served = next(filter(None, (_match(app, other, path) for other in sorted(set(_methods(app))))), None)
    return served


def _match(app: bottle.Bottle, method: str, path: str) -> Any:
    try:
        route, _ = app.router.match({"REQUEST_METHOD": method, "PATH_INFO": path})
    except Exception:  # noqa: BLE001  (404, 405, or of somebody's filter: the application meets it again)
        return None
    child = route.config.get("mountpoint.target")
    if "cors" not in route.config and isinstance(child, bottle.Bottle):
        depth = route.config["mountpoint.prefix"].strip("/").count("/") + 1
        return _find(child, method, bottle.path_shift("", path, depth)[1]) or route
    return route


def _methods(app: bottle.Bottle) -> Iterator[str]:
    for route in app.routes:
        child = route.config.get("mountpoint.target")
        if isinstance(child, bottle.Bottle):
            yield from _methods(child)
        else:
            yield route.method
