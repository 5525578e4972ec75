"""Bottle's front end: a table for the application, and ``cors=Policy(...)`` where a route is written.

    from corswsgi.bottle import install

    app = Bottle()
    install(app, {"/api/**": Policy(allow_origins="https://app.example.com")})

    @app.get("/api/news", cors=Policy(allow_origins="*"))     # in place of the table's row, whole
    @app.get("/api/users", cors=None)                         # no CORS

The law of this module: Bottle's router says which route serves a request, a preflight too, by the method of the request
after it; no route, plugin or hook runs to find a policy.

`install` puts the table in front of ``app.wsgi``, which is what everything calls: ``bottle.run(app)``, a server that is
given `app`, WebTest, an application that mounts it. Routes may be written before or after. It costs what
`CORSMiddleware` costs until a route has ``cors=``; from then on the router is asked once more for each request, also
for one without ``Origin``, whose answer says in `Vary` that it would differ.

What people write without us, and what changes:

| theirs | ours | what changes |
|---|---|---|
| ``@app.hook("after_request")`` that sets ``Access-Control-*`` | a row of the table | errors have the headers too |
| ``@app.route(..., method="OPTIONS")`` for preflights | nothing | it never sees a preflight of a row with a policy |
| ``enable_cors`` plugins and decorators | ``cors=Policy(...)`` | 404, 405 and 500 are the table's, not the route's |
| ``app.mount(prefix, child)`` | ``install`` on the outermost | ``cors=`` of the child is found, its table is not |

What the router is not asked: a ``before_request`` hook that rewrites ``PATH_INFO`` (to strip a slash, for one) comes
too late for ``cors=``, and for the table. Bottle 0.12 and later (on Python 3.11: 0.12.22, the first that runs there).
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import bottle

from corswsgi.decision import Decider
from corswsgi.middleware import CORSMiddleware
from corswsgi.paths import Policies, PolicyTable
from corswsgi.per_view import Found, OnDecision, PolicyOfViews, method_of, policy_of_view

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


def install(
    app: bottle.Bottle,
    policies: Policies | None = None,
    *,
    preflight_status: int = 204,
    intercept_exceptions: bool = False,
    on_decision: OnDecision | None = None,
) -> None:
    """Put `policies`, and those of routes, in front of a Bottle application; the options are `CORSMiddleware`'s.

    Raises `PolicyError` for a table that is refused, and for a route whose ``cors=`` is no policy: at once for the
    routes that exist, in ``app.route`` for those to come. Raises `RuntimeError` the second time.
    """
    is_installed = isinstance(app.wsgi, _Front)
    if is_installed:
        raise RuntimeError("corswsgi.bottle.install() was called twice for one application: give it one table")
    options = {
        "preflight_status": preflight_status,
        "intercept_exceptions": intercept_exceptions,
        "on_decision": on_decision,
    }
    front = _Front(app, {} if policies is None else policies, options)
    for route in app.routes:
        front.check(route)
    app.wsgi = front
    app.add_route = front.add_route


class _Front:
    """What stands in the place of ``app.wsgi`` and ``app.add_route``."""

    def __init__(self, app: bottle.Bottle, policies: Policies, options: dict[str, Any]) -> None:
        self._app = app
        self._add_route = app.add_route
        self._by_route = PolicyOfViews(app.wsgi, policies, self._find, **options)
        self._serve: WSGIApplication = CORSMiddleware(app.wsgi, policies, **options)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request, as PEP 3333 says."""
        return self._serve(environ, start_response)

    @property
    def table(self) -> PolicyTable:
        """The table that decides where no route has a policy of its own."""
        return self._by_route.table

    def decides(self, environ: "WSGIEnvironment") -> Decider | None:
        """Return the route that decides on this request; where no route does, the row."""
        return self._by_route.decides(environ)

    def inside(self) -> Iterable[object]:
        """Return what stood at ``app.wsgi``."""
        return self._by_route.inside()

    def prepare(self) -> None:
        """Do nothing: routes are checked when they are added."""

    def add_route(self, route: Any) -> None:
        """Do what `Bottle.add_route` does, when there is nothing against the route's policy."""
        self.check(route)
        self._add_route(route)

    def check(self, route: Any) -> None:
        """Look for policies in a route. Raises `PolicyError`."""
        field = f"{route.method} {route.rule}: cors"
        if any(key.startswith("cors.") for key in route.config):  # Bottle takes dicts of a route apart
            policy_of_view({}, field)
        if "cors" in route.config:
            policy_of_view(route.config["cors"], field)
        if "cors" in route.config or isinstance(route.config.get("mountpoint.target"), bottle.Bottle):
            self._serve = self._by_route

    def _find(self, environ: "WSGIEnvironment") -> Found | None:
        try:
            path = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "ignore")
            return _find_route(self._app, method_of(environ), path)
        except Exception:  # noqa: BLE001  (404, 405, or of somebody's filter: the application meets it again)
            return None


def _find_route(app: bottle.Bottle, method: str, path: str) -> Found | None:
    """Give the rule and the policy of the route that serves `path`, if it has one. Raises what the router raises."""
    route, _ = app.router.match({"REQUEST_METHOD": method, "PATH_INFO": path})
    if "cors" in route.config:
        return route.rule, route.config["cors"]
    child = route.config.get("mountpoint.target")
    if isinstance(child, bottle.Bottle):
        depth = route.config["mountpoint.prefix"].strip("/").count("/") + 1
        _, below = bottle.path_shift("", path, depth)
        return _find_route(child, method, below)
    return None
