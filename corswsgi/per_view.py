"""A policy for each view: what the front ends of frameworks share. They find the view, the core decides.

The law of this module: the policy of a view stands in place of the table's row, whole; a preflight has the policy of
the view that the request after it will reach; and what no view answers for is the table's.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from corswsgi.decision import Decider, Decision
from corswsgi.errors import PolicyError
from corswsgi.middleware import CORSMiddleware, is_preflight
from corswsgi.paths import Policies, PolicyTable
from corswsgi.policy import Policy
from corswsgi.problems import do, problem

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

OnDecision = Callable[[Decision], object]
Found = tuple[str, Policy | None]  # where the framework routes the view, and what it allows


@runtime_checkable
class Layer(Protocol):
    """A WSGI application that decides on requests by policies, as the commands ask it; nothing else of it is read."""

    def decides(self, environ: "WSGIEnvironment") -> Decider | None:
        """Return the policy that decides on this request, and its place; None if this layer leaves the request alone.

        A preflight is decided by the method that it asks for. Nothing of the application runs: a view is found by
        static routing.
        """

    def inside(self) -> Iterable[object]:
        """Return the applications that this layer wraps."""

    def prepare(self) -> None:
        """Do now what would otherwise wait for the first request. Raises `PolicyError`."""


class PolicyOfViews:
    """A WSGI application that puts the policies of views, and for all else a table, in front of `app`, another one.

    `find` gives the view that serves a request: its route and its policy, or None where the table decides. The route is
    the ``path_pattern`` of the decision. A path that is ambiguous has no policy here either.
    """

    def __init__(  # noqa: PLR0913  (those of CORSMiddleware, and one)
        self,
        app: "WSGIApplication",
        policies: Policies,
        find: Callable[["WSGIEnvironment"], Found | None],
        *,
        preflight_status: int = 204,
        intercept_exceptions: bool = False,
        on_decision: OnDecision | None = None,
    ) -> None:
        self._app = app
        self._find = find
        self._preflight_status = preflight_status
        self._intercept_exceptions = intercept_exceptions
        self._on_decision = on_decision
        self._table = self._middleware(policies, on_decision)
        # By identity, for a policy may hold what has no hash; the middleware keeps it alive, and so its identity
        self._of_view: dict[tuple[str, int], CORSMiddleware] = {}

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request, as PEP 3333 says."""
        found = self._find(environ)
        if found is None:
            return self._table(environ, start_response)
        route, policy = found
        middleware = self._of_view.get((route, id(policy)))
        if middleware is None:
            middleware = self._middleware({"/**": policy}, named(route, self._on_decision))
            self._of_view[route, id(policy)] = middleware
        return middleware(environ, start_response)

    @property
    def table(self) -> PolicyTable:
        """The table that decides where no view does."""
        return self._table.table

    def decides(self, environ: "WSGIEnvironment") -> Decider | None:
        """Return the view that decides on this request; where no view does, the row."""
        found = self._find(environ)
        if found is None:
            return self._table.decides(environ)
        return Decider(policy=found[1], place=found[0], is_view=True)

    def inside(self) -> Iterable[object]:
        """Return the application that this layer wraps."""
        return (self._app,)

    def prepare(self) -> None:
        """Do nothing: `find` is asked for each request."""

    def _middleware(self, policies: Policies, on_decision: OnDecision | None) -> CORSMiddleware:
        return CORSMiddleware(
            self._app,
            policies,
            preflight_status=self._preflight_status,
            intercept_exceptions=self._intercept_exceptions,
            on_decision=on_decision,
        )


def named(route: str, on_decision: OnDecision | None) -> OnDecision | None:
    """Say in decisions which route it was."""
    if on_decision is None:
        return None
    return lambda made: on_decision(made if made.path_pattern is None else replace(made, path_pattern=route))


def method_of(environ: "WSGIEnvironment") -> str:
    """Give the method by which the view is found: for a preflight, that of the request after it."""
    name = "HTTP_ACCESS_CONTROL_REQUEST_METHOD" if is_preflight(environ) else "REQUEST_METHOD"
    return str(environ[name])


def policy_of_view(policy: object, field: str) -> Policy | None:
    """Check what was written as the policy of a view: a `Policy`, or None for no CORS. Raises `PolicyError`."""
    if policy is None or isinstance(policy, Policy):
        return policy
    fix = do("write a Policy"), do("write None to turn CORS off for this view")
    raise PolicyError([problem("wrong-type", field, policy, "{value} is not a policy", *fix)])
