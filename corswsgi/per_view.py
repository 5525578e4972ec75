"""Policies of views: what the front ends of Flask, Django and Bottle share.

The law of this module: a response gets the policy of the view to which the framework itself routed this very request.
A front is directly in front of its framework, inside of every middleware, and both see the same environ. The framework
is asked when the response starts. Static routing is used only for a preflight, by the method that it asks for, and for
a request that the framework has routed nowhere. A request that the framework does not serve never reaches the front.

The deciding policy is the first of these: the mark on the routed view; the mark of the first function with None that
ran, otherwise of the last marked one; the policy of a group of views, such as a blueprint; the table. None at any step
means no CORS.
"""

from __future__ import annotations  # a function is made for each request: evaluating these costs 2 µs there

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

from corswsgi.answers import Header, narrowed
from corswsgi.decision import Decider
from corswsgi.errors import PolicyError
from corswsgi.intercept import intercepting
from corswsgi.marks import RAN, Mark, apart, made, tell_of
from corswsgi.paths import PolicyTable
from corswsgi.paths.trie import to_wsgi
from corswsgi.policy import Policy
from corswsgi.problems import do, problem
from corswsgi.response_headers import OTHERS, OURS, merged
from corswsgi.rows import Answers, is_preflight

if TYPE_CHECKING:
    from contextvars import ContextVar
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from _typeshed import OptExcInfo

    from corswsgi.vocabularies import Vocabulary

SERVING = "corswsgi.serving"  # in the environ: the front that serves the request
KEY = "corswsgi"  # in the environ: a list, to which the front adds the environ that the framework sees
METHOD = "corswsgi.method"  # in the environ: the method by which the framework routes, if it is not the server's
FRONT = "corswsgi_front"  # attribute of an application: its front
_READS = frozenset({"GET", "HEAD", "OPTIONS"})


@runtime_checkable
class Layer(Protocol):
    """A WSGI application that decides on requests by policies, as the commands see it. They use nothing else of it."""

    def decides(self, environ: WSGIEnvironment) -> Decider | None:
        """Return the policy that decides on this request, and its place. None if this layer leaves the request alone.

        For a preflight the method that it asks for counts. No part of the application runs: a view is found by static
        routing.
        """

    def inside(self) -> Iterable[object]:
        """Return the applications that this layer wraps."""

    def prepare(self) -> None:
        """Do the work of the first request now."""


class Row(Protocol):
    """The policy or options of a view or a group of views."""

    @property
    def policy(self) -> Policy | None:
        """The policy, None for "no CORS here"."""

    @property
    def vocabulary(self) -> Vocabulary:
        """The words in which it was written."""


@dataclass(slots=True)
class View:
    """A view of a framework: its route, the row of its own mark, and the row of its group."""

    place: str
    row: Row | None = None
    group: Row | None = None
    serve: WSGIApplication | None = None  # the two of `Answers`, if they are known
    grants: Callable[[WSGIEnvironment], list[Header]] | None = None  # if they are those of its own mark


class Framework(Protocol):
    """The routing of a framework: its results, and static routing. No part of the application runs for it."""

    decodes_path: ClassVar[bool]  # in the environ, which is then not PEP 3333's
    # Set while a request is served, if nothing else tells its marked functions which request it is
    present: ClassVar[ContextVar[WSGIEnvironment | None] | None] = None

    table: Table  # the application that decides if no view does, in front of `hand_back`
    has_rows: bool  # besides those of the table and of marks

    def routed(self, environ: WSGIEnvironment) -> View | None:
        """Return the view to which the framework has routed this request, or None if it routed nowhere."""

    def find(self, environ: WSGIEnvironment, method: str) -> Sequence[View]:
        """Return the view that `method` reaches here, or nothing if the path has no view.

        A path without a view is tried again with or without its last slash. Several views are returned if only a
        request can show which of them it reaches.
        """

    def beside(self, environ: WSGIEnvironment) -> Iterable[tuple[str, View]]:
        """Yield each method that is served at this URL, with its view."""

    def row_of(self, mark: Mark) -> Row:
        """Return the row of a mark. An invalid mark is logged, and its row has no policy."""
        return mark

    def in_front(self, row: Any, place: str) -> Answers:
        """Put `row` in front of `hand_back`."""

    def prepare(self) -> None:
        """Read the marks of all views."""

    def not_found(self) -> list[Mark]:
        """Return the marks that the application reaches and that no router finds."""
        return []


class Table(Protocol):
    """An application that can be asked for the row of a path, such as a `CORSMiddleware`."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request, as PEP 3333 says."""

    def decides(self, environ: WSGIEnvironment) -> Decider | None:
        """Return the row that decides on this request, as `Layer.decides` does."""


class Front:
    """The WSGI application in front of a framework: views have their own policies, everything else has the table's."""

    def __init__(self, app: WSGIApplication, framework: Framework, *, intercept_exceptions: bool = False) -> None:
        self.framework = framework
        self.app = app
        self.intercepts = intercept_exceptions
        self.is_judged = False  # the environ is recorded for `per_view_writes`
        self._routed, self._present = framework.routed, framework.present
        self._known: dict[tuple[int, str], tuple[Answers, Row]] = {}
        self._preparing = Lock()
        self._is_ready = False

    def answer(  # noqa: C901  (a call for a part of it is half a percent of a request: benchmarks/views.py)
        self, environ: WSGIEnvironment, start_response: StartResponse, app: WSGIApplication | None = None
    ) -> Iterable[bytes]:
        """Answer a request, as PEP 3333 says. `app` replaces the wrapped application.

        It takes few steps and little memory: benchmarks/views.py.
        """
        if not self._is_ready:
            self.prepare()
        if SERVING in environ:
            return apart(partial(self.answer, app=app), environ, start_response)  # type: ignore[no-any-return]
        if app is None:
            app = self.app
        if self.is_judged and KEY in environ:
            environ[KEY].append(environ)
        if environ["REQUEST_METHOD"] == "OPTIONS" and is_preflight(environ):
            answer = self._preflight(environ, start_response)
            return app(environ, start_response) if answer is None else answer
        environ[SERVING] = self
        if not made and not self.framework.has_rows:
            begin = self._by_table(environ, start_response)
        else:
            routed = self._routed
            begun: Any = None  # the `start_response` behind the answers. In the environ it would be a reference cycle

            def begin(status: str, headers: list[Header], exc_info: OptExcInfo | None = None) -> Any:
                nonlocal begun
                view = routed(environ)
                if view is not None and (grants := view.grants) is not None:
                    extra = grants(environ)
                    for name, _ in headers:  # like `adder`, without the call
                        if name not in OTHERS and name.lower().startswith(OURS):
                            headers = merged(headers, extra, view.place, environ)
                            break
                    else:
                        headers = [*headers, *extra]
                    begun = start_response
                elif exc_info is None or begun is None:  # or the application replaces its response
                    if (
                        view is None
                        or (serve := view.serve) is None
                        or (view.row is None and environ.get(RAN) is not None)
                    ):
                        serve = self._serving(view, environ)
                    seen = environ if environ.get("PATH_INFO", "").isascii() else self._encoded(environ)
                    begun = serve(seen, start_response)  # of `hand_back`
                return begun(status, headers) if exc_info is None else begun(status, headers, exc_info)

        if self.intercepts:
            app = intercepting(app, partial(self._covers, environ))
        present = self._present
        if present is None:
            return app(environ, begin)
        token = present.set(environ)
        try:
            return app(environ, begin)
        finally:
            present.reset(token)

    __call__ = answer

    @property
    def table(self) -> PolicyTable | None:
        """The table that decides if no view does. None if it is not written in path patterns."""
        table = getattr(self.framework.table, "table", None)
        return table if isinstance(table, PolicyTable) else None

    def decides(self, environ: WSGIEnvironment) -> Decider | None:
        """Return the view that decides on this request or, if no view does, the row of the table."""
        if not self._is_ready:
            self.prepare()
        row, place = self._deciding(self.framework.find(environ, method_of(environ)), environ)
        if row is None:
            return self.framework.table.decides(environ)
        return Decider(policy=row.policy, place=place, is_view=True, vocabulary=row.vocabulary)

    def inside(self) -> Iterable[object]:
        """Return the wrapped application."""
        return (self.app,)

    def prepare(self) -> None:
        """Read the marks of all views, and log those that no router finds. Later calls do nothing."""
        with self._preparing:
            if not self._is_ready:
                self.framework.prepare()
                tell_of(self.framework.not_found())
                self._is_ready = True

    def decides_on_write(self, environ: WSGIEnvironment) -> Decider | None:
        """Return the row that decides on a write before it is routed: see `per_view_writes.Judged`."""
        return self.decides(environ)

    def other_view(self, environ: WSGIEnvironment, policy: Policy | None) -> str | None:
        """Return the view that serves a write allowed by `policy`, if it has another policy."""
        view = self.framework.routed(environ)
        if view is None or self._policy(view.row or view.group, self._encoded(environ)) == policy:
            return None
        return f"view {view.place}"

    def _preflight(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes] | None:
        """Answer a preflight. None leaves it to the application, because nothing decides on it."""
        method = environ["HTTP_ACCESS_CONTROL_REQUEST_METHOD"]
        row, place = self._deciding(self.framework.find(environ, method), environ)
        started: list[tuple[str, list[Header]]] = []

        def start(status: str, headers: list[Header], *_: object) -> Callable[[bytes], object]:
            started.append((status, headers))
            return len

        answer = self._answers(row, place).serve(environ, start)
        if not started:  # `hand_back` was reached
            return None
        status, headers = started[0]
        if dict(headers).get("Access-Control-Allow-Origin") and self._differs(row, environ):
            headers = narrowed(headers, method)
        start_response(status, headers)
        return answer

    def _by_table(self, environ: WSGIEnvironment, start_response: StartResponse) -> StartResponse:
        """Ask the table, which decides alone unless a function is marked until the response starts."""
        asked: Any = self.framework.table(environ, start_response)  # of `hand_back`

        def begin(status: str, headers: list[Header], exc_info: OptExcInfo | None = None) -> Any:
            begun = asked
            if made:
                serve = self._serving(self.framework.routed(environ), environ)
                begun = serve(self._encoded(environ), start_response)
            return begun(status, headers) if exc_info is None else begun(status, headers, exc_info)

        return begin

    def _serving(self, view: View | None, environ: WSGIEnvironment) -> WSGIApplication:
        """Return the application that answers when a response starts, in front of `hand_back`."""
        row, place = self._decided(view, self._encoded(environ))
        serve, grants = self._answers(row, place)
        if view is not None and row is view.row:  # neither a group nor what ran has decided
            view.serve = serve
            # A function that is asked about an origin may read the path, which then must be encoded for each request
            may_read_path = row is None or (row.policy is not None and row.policy.origin_set.matches is not None)
            view.grants = None if may_read_path and self.framework.decodes_path else grants
        return serve

    def _decided(self, view: View | None, environ: WSGIEnvironment) -> tuple[Row | None, str]:
        """Return the row that decides when a response starts, and its place."""
        ran: Mark | None = environ.get(RAN)
        if ran is not None and (view is None or view.row is None):
            return self.framework.row_of(ran), view.place if view else ran.function
        return self._deciding(self.framework.find(environ, method_of(environ)) if view is None else (view,), environ)

    def _answers(self, row: Row | None, place: str) -> Answers:
        if row is None:
            return Answers(self.framework.table)
        # By identity, because parts of a policy may not be hashable. The row is kept alive, so its id stays
        known = self._known.get((id(row), place))
        if known is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            known = self._known[id(row), place] = (self.framework.in_front(row, place), row)
        return known[0]

    def _encoded(self, environ: WSGIEnvironment) -> WSGIEnvironment:
        """Return the framework's environ with the path encoded as in PEP 3333."""
        path: str = environ.get("PATH_INFO", "")
        return environ if path.isascii() or not self.framework.decodes_path else {**environ, "PATH_INFO": to_wsgi(path)}

    def _deciding(self, views: Sequence[View], environ: WSGIEnvironment) -> tuple[Row | None, str]:
        """Return the row that decides, None for the table, and its place. Views that differ have no CORS."""
        if not views:
            return None, ""
        first, *others = views
        row = first.row or first.group
        if others:
            policy = self._policy(row, environ)
            if any(self._policy(other.row or other.group, environ) != policy for other in others):
                return _CLOSED, first.place
        return row, first.place

    def _policy(self, row: Row | None, environ: WSGIEnvironment) -> Policy | None:
        if row is None:
            decider = self.framework.table.decides(environ)
            return None if decider is None else decider.policy
        return row.policy

    def _differs(self, row: Row | None, environ: WSGIEnvironment) -> bool:
        """Return whether other views of this URL have another policy. Reading views without a policy do not count.

        Browsers keep what one preflight allowed for the whole URL (https://fetch.spec.whatwg.org/#cors-preflight-cache).
        """
        policy = self._policy(row, environ)
        for method, view in self.framework.beside(environ):
            other = self._policy(view.row or view.group, environ)
            if other != policy and not (other is None and method in _READS):
                return True
        return False

    def _covers(self, environ: WSGIEnvironment) -> bool:
        """Return whether an exception becomes a response with headers: only if a policy decides."""
        environ = self._encoded(environ)
        row, _ = self._decided(self.framework.routed(environ), environ)
        return self._policy(row, environ) is not None


_CLOSED = Mark()
_MOST_KNOWN = 10_000  # rows and places that are remembered: a view may make marks, new ones for each request


def method_of(environ: WSGIEnvironment) -> str:
    """Return the method by which the view is found: for a preflight, the method that it asks for."""
    if is_preflight(environ):
        return str(environ["HTTP_ACCESS_CONTROL_REQUEST_METHOD"])
    return str(environ.get(METHOD) or environ["REQUEST_METHOD"])


def other_spelling(path: str) -> str:
    """Return `path` without its last slash or, if it has none, with one."""
    return path[:-1] if path.endswith("/") else f"{path}/"


def policy_of_view(policy: object, field: str) -> Policy | None:
    """Check the policy of a view: a `Policy`, or None for no CORS. Raises `PolicyError`."""
    if policy is None or isinstance(policy, Policy):
        return policy
    fix = do("write a Policy"), do("write None to turn CORS off for this view")
    raise PolicyError([problem("wrong-type", field, policy, "{value} is not a policy", *fix)])
