"""Writes by pages of other origins, in front of a framework whose views have their own policies.

The law of this module: a write is judged by static routing before any part of the framework runs. If the framework then
routes to a view with another policy, that is logged.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple, Protocol
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from corswsgi.answers import WHY_WRITE_REFUSED, CompiledPolicy, refused_write
from corswsgi.decision import Decider
from corswsgi.paths import PolicyTable
from corswsgi.per_view import KEY
from corswsgi.policy import Policy
from corswsgi.writes import Switch, WriteGuard, WriteRules, apart

if TYPE_CHECKING:
    from _typeshed import OptExcInfo

_MOST_ROWS = 1_000  # that are remembered: a table that is read again has new ones


class Judged(Protocol):
    """The questions to a front about a write."""

    @property
    def table(self) -> PolicyTable | None:
        """The table that decides if no view does."""

    def decides(self, environ: WSGIEnvironment) -> Decider | None:
        """Return the policy that decides on a request."""

    def prepare(self) -> None:
        """Prepare now what the first request would otherwise prepare."""

    is_judged: bool  # it shall append the environ that the framework sees to the list ``environ[KEY]``

    def decides_on_write(self, environ: WSGIEnvironment) -> Decider | None:
        """Return the row of a request before it is routed; None also for what is mounted beside the framework."""

    def other_view(self, environ: WSGIEnvironment, policy: Policy | None) -> str | None:
        """Return the view that serves a write which `policy` has allowed, if that has another policy.

        The environ is the one that the framework has seen, and the response starts.
        """


class _Row(NamedTuple):
    policy: Policy | None  # kept alive, and with it its identity
    rules: WriteRules
    compiled: CompiledPolicy | None


class _WritesOfViews:
    """A WSGI application that passes a write to `app` only if the row of the view, or of the table, allows it."""

    def __init__(self, app: WSGIApplication, front: Judged, guard: WriteGuard) -> None:
        self._app = app
        self._front = front
        self._guard = guard
        front.is_judged = True
        self._rows: dict[tuple[str | None, int], _Row] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request, as PEP 3333 says."""
        row = self._row(self._front.decides_on_write(environ))
        reason = row.rules.why_refused(environ)
        if reason is None:
            return self._app(environ, self._watching(row, environ, start_response))
        self._guard.tell(row.rules, reason, environ)
        if not self._guard.refuses:
            return self._app(environ, start_response)
        start_response("403 Forbidden", refused_write(row.compiled, environ))
        return [WHY_WRITE_REFUSED]

    def _row(self, decider: Decider | None) -> _Row:
        place, policy = (None, None) if decider is None else (decider.place, decider.policy)
        row = self._rows.get((place, id(policy)))
        if row is None:
            if len(self._rows) >= _MOST_ROWS:
                self._rows.clear()
            compiled = None if policy is None or not policy.allow_origins else CompiledPolicy(policy)
            name = f"view {place}" if decider is not None and decider.is_view else None
            row = _Row(policy, WriteRules(place, policy, name), compiled)
            self._rows[place, id(policy)] = row
        return row

    def _watching(self, row: _Row, environ: WSGIEnvironment, start_response: StartResponse) -> StartResponse:
        seen: list[WSGIEnvironment] = []
        environ[KEY] = seen

        def start(
            status: str, headers: list[tuple[str, str]], exc_info: "OptExcInfo | None" = None
        ) -> Callable[[bytes], object]:
            if seen:
                served = self._front.other_view(seen[0], row.policy)
            else:
                served = None if status[:1] in "45" else "an application beside the framework"
            if served is not None:
                self._guard.tell_of_another(row.rules, served)
            return start_response(status, headers) if exc_info is None else start_response(status, headers, exc_info)

        return start


def judging(app: WSGIApplication, front: Judged, guard: WriteGuard | None) -> WSGIApplication:
    """Put the judgement of writes in front of `app`, which is or contains `front`. Return `app` if none is needed."""
    return app if guard is None else apart(app, _WritesOfViews(app, front, guard))


class GuardedFront:
    """A front, or an application around it, behind the judgement of writes: a `Layer`."""

    def __init__(self, app: WSGIApplication, front: Judged, guard: WriteGuard, cross_origin_writes: Switch) -> None:
        self._app = app
        self._front = front
        self._answer = judging(app, front, guard)
        self.cross_origin_writes = cross_origin_writes

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request, as PEP 3333 says."""
        return self._answer(environ, start_response)

    @property
    def table(self) -> PolicyTable | None:
        """The table that decides if no view does."""
        return self._front.table

    def decides(self, environ: WSGIEnvironment) -> Decider | None:
        """Return the front's decision."""
        return self._front.decides(environ)

    def inside(self) -> Iterable[object]:
        """Return the wrapped application."""
        return (self._app,)

    def prepare(self) -> None:
        """Prepare the front."""
        self._front.prepare()
