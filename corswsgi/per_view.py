"""Policies of views: what the front ends of Flask, Django and Bottle share.

The law of this module: a response gets the policy of the view to which the framework itself routed this very request.
The framework is asked when the response starts. Static routing is used only for a preflight, by the method that it asks
for, and for a request that the framework has routed nowhere. A response that the framework did not serve gets nothing.

The deciding policy is the first of these: the mark on the routed view; the mark of the first function with None that
ran, otherwise of the last marked one; the policy of a group of views, such as a blueprint; the table. None at any step
means no CORS.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol, cast, runtime_checkable

from corswsgi.answers import VARY_ON_ALL, Header
from corswsgi.decision import Decider, Decision
from corswsgi.errors import PolicyError
from corswsgi.intercept import Intercepted
from corswsgi.marks import Mark, Runs, current, made, tell_of
from corswsgi.middleware import CORSMiddleware
from corswsgi.paths import PolicyTable
from corswsgi.paths.trie import to_wsgi
from corswsgi.policy import Policy
from corswsgi.problems import do, problem
from corswsgi.rows import is_preflight
from corswsgi.standard import is_token
from corswsgi.vocabularies import Vocabulary

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from _typeshed import OptExcInfo

KEY = "corswsgi"  # in the environ: the state of the request
OnDecision = Callable[[Decision], object]
_READS = frozenset({"GET", "HEAD", "OPTIONS"})


@runtime_checkable
class Layer(Protocol):
    """A WSGI application that decides on requests by policies, as the commands see it. They use nothing else of it."""

    def decides(self, environ: "WSGIEnvironment") -> Decider | None:
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
    serve: "WSGIApplication | None" = None  # the application that answers for it, if known


class Framework(Protocol):
    """The routing of a framework: its results, and static routing. No part of the application runs for it."""

    @property
    def table(self) -> "Table":
        """The application that decides if no view does. It is in front of `hand_back`."""

    def routed(self, kept: Any, environ: "WSGIEnvironment") -> View | None:
        """Return the view of the routing result that the framework has `kept`, or None if it routed nowhere."""

    def find(self, environ: "WSGIEnvironment", method: str) -> Sequence[View]:
        """Return the view that `method` reaches here, or nothing if the path has no view.

        A path without a view is tried again with or without its last slash. Several views are returned if only a
        request can show which of them it reaches.
        """

    def beside(self, environ: "WSGIEnvironment") -> Iterable[tuple[str, View]]:
        """Yield each method that is served at this URL, with its view."""

    def row_of(self, mark: Mark) -> Row:
        """Return the row of a mark. An invalid mark is logged, and its row has no policy."""

    def in_front(self, row: Any, place: str, app: "WSGIApplication") -> "WSGIApplication":
        """Put `row` in front of `app`."""

    def prepare(self) -> None:
        """Read the marks of all views."""

    def not_found(self) -> list[Mark]:
        """Return the marks that the application reaches and that no router finds."""


class Table(Protocol):
    """An application that can be asked for the row of a path, such as a `CORSMiddleware`."""

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request, as PEP 3333 says."""

    def decides(self, environ: "WSGIEnvironment") -> Decider | None:
        """Return the row that decides on this request, as `Layer.decides` does."""


class Asked:
    """The state of a request, which its front end keeps in the environ."""

    # Defaults in the class, because most of them never change: this saves a third of a microsecond for each request
    front: "Front"
    environ: "WSGIEnvironment | None" = None  # as the framework sees it, None before
    routed: Any = None  # the routing result of the framework
    ran: Mark | None = None
    start: "StartResponse | None" = None  # the function that starts the response, once decided
    answer: tuple[str, list[Header]] | None = None  # status and headers of the response to a preflight
    is_inside = False  # the request bypassed the front: only the framework's hook has seen it
    is_held = False  # ... has made this the current request until the framework has finished it
    before: Runs | None = None  # the current request before it


class Front:
    """The WSGI application in front of a framework: views have their own policies, everything else has the table's."""

    def __init__(self, app: "WSGIApplication", framework: Framework, *, intercept_exceptions: bool = False) -> None:
        self.framework = framework
        self._app = app
        self.intercepts = intercept_exceptions
        self._served: dict[tuple[int, str], tuple[WSGIApplication, Row]] = {}
        self._preparing = Lock()
        self.is_ready = False

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request, as PEP 3333 says."""
        environ[KEY] = asked = Asked()
        asked.front = self
        start = starting(asked, start_response)
        if not made:  # then no function is recorded
            return self._serve(asked, environ, start) if self.intercepts else self._app(environ, start)
        token = current.set(asked)
        try:
            return self._serve(asked, environ, start) if self.intercepts else self._app(environ, start)
        finally:
            current.reset(token)

    def _serve(self, asked: Asked, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        return Intercepted(environ, start_response, partial(self._covers, asked)).respond(self._app)

    @property
    def table(self) -> PolicyTable | None:
        """The table that decides if no view does. None if it is not written in path patterns."""
        table = getattr(self.framework.table, "table", None)
        return table if isinstance(table, PolicyTable) else None

    def decides(self, environ: "WSGIEnvironment") -> Decider | None:
        """Return the view that decides on this request or, if no view does, the row of the table."""
        self.prepare()
        row, place = self._deciding(self.framework.find(environ, method_of(environ)), environ)
        if row is None:
            return self.framework.table.decides(environ)
        return Decider(policy=row.policy, place=place, is_view=True, vocabulary=row.vocabulary)

    def inside(self) -> Iterable[object]:
        """Return the wrapped application."""
        return (self._app,)

    def prepare(self) -> None:
        """Read the marks of all views, and log those that no router finds. Later calls do nothing."""
        if not self.is_ready:
            with self._preparing:
                if not self.is_ready:
                    self.framework.prepare()
                    tell_of(self.framework.not_found())
                    self.is_ready = True

    def decides_on_write(self, environ: "WSGIEnvironment", *, is_next: bool) -> Decider | None:  # noqa: ARG002
        """Return the row that decides on a write before it is routed: see `per_view_writes.Judged`."""
        return self.decides(environ)

    def other_view(self, environ: "WSGIEnvironment", status: str, policy: Policy | None) -> str | None:
        """Return the place that serves a write allowed by `policy`, if it has another policy or is not a view."""
        is_served, kept = self.kept(environ)
        if not is_served:
            return None if status[:1] in "45" else "an application beside the framework"
        view = self.framework.routed(kept, environ)
        if view is None or self._policy(view.row or view.group, environ) == policy:
            return None
        return f"view {view.place}"

    def kept(self, environ: "WSGIEnvironment") -> tuple[bool, Any]:
        """Return whether the framework serves this request, whose response has started, and its routing result."""
        asked = environ.get(KEY)
        if isinstance(asked, Asked) and asked.front is self:
            return asked.start is not None, asked.routed
        return asked is None, None  # something in front has made a new environ: unknown

    def seen(self, asked: Asked, environ: "WSGIEnvironment", routed: object) -> bytes | None:
        """Record that the framework serves this request, as it sees it. Return the body of the response to a preflight.

        If there is none, the framework continues. Otherwise it must answer with this body and run nothing. Status and
        headers are replaced later.
        """
        self.prepare()
        asked.environ = environ
        asked.routed = routed
        return self._preflight(asked, environ) if environ["REQUEST_METHOD"] == "OPTIONS" else None

    def _preflight(self, asked: Asked, environ: "WSGIEnvironment") -> bytes | None:
        if not is_preflight(environ):
            return None
        method = environ["HTTP_ACCESS_CONTROL_REQUEST_METHOD"]
        row, place = self._deciding(self.framework.find(environ, method), environ)
        started: list[tuple[str, list[Header]]] = []

        def start(status: str, headers: list[Header], *_: object) -> Callable[[bytes], object]:
            started.append((status, headers))
            return len

        answer = self._answering(row, place)(environ, start)
        if not started:  # `hand_back` was reached: the preflight is left to the application
            asked.start = untouched
            return None
        status, headers = started[0]
        if dict(headers).get("Access-Control-Allow-Origin") and self._differs(row, environ):
            headers = _alone(headers, method)
        asked.answer = (status, headers)
        return b"".join(answer)

    def serving(self, view: View | None, asked: Asked, environ: "WSGIEnvironment") -> "WSGIApplication":
        """Return the application that answers this request, in front of `hand_back`, when its response starts."""
        if view is not None and view.row is not None:
            view.serve = self._answering(view.row, view.place)
            return view.serve
        if asked.ran is not None:
            place = view.place if view else asked.ran.function
            return self._answering(self.framework.row_of(asked.ran), place)
        views = self.framework.find(environ, method_of(environ)) if view is None else (view,)
        return self._answering(*self._deciding(views, environ))

    def _answering(self, row: Row | None, place: str) -> "WSGIApplication":
        if row is None:
            return self.framework.table
        # By identity, because parts of a policy may not be hashable. The row is kept alive, so its id stays
        served = self._served.get((id(row), place))
        if served is None:
            served = self._served[id(row), place] = (self.framework.in_front(row, place, hand_back), row)
        return served[0]

    def _deciding(self, views: Sequence[View], environ: "WSGIEnvironment") -> tuple[Row | None, str]:
        """Return the row that decides and its place. None is for the table. Views that differ are closed."""
        if not views:
            return None, ""
        first, *others = views
        row = first.row or first.group
        if others:
            policy = self._policy(row, environ)
            if any(self._policy(other.row or other.group, environ) != policy for other in others):
                return _CLOSED, first.place
        return row, first.place

    def _policy(self, row: Row | None, environ: "WSGIEnvironment") -> Policy | None:
        if row is None:
            decider = self.framework.table.decides(environ)
            return None if decider is None else decider.policy
        return row.policy

    def _differs(self, row: Row | None, environ: "WSGIEnvironment") -> bool:
        """Return whether other views of this URL have another policy. Reading views without a policy do not count.

        Browsers keep what one preflight allowed for the whole URL (https://fetch.spec.whatwg.org/#cors-preflight-cache).
        """
        policy = self._policy(row, environ)
        for method, view in self.framework.beside(environ):
            other = self._policy(view.row or view.group, environ)
            if other != policy and not (other is None and method in _READS):
                return True
        return False

    def _covers(self, asked: Asked) -> bool:
        """Return whether an exception becomes a response with headers: only if a policy decides."""
        environ = asked.environ
        if environ is None:
            return False
        view = self.framework.routed(asked.routed, environ)
        row = view.row if view else None
        if row is None and asked.ran is not None:
            row = self.framework.row_of(asked.ran)
        if row is None and view is not None:
            row = view.group
        return self._policy(row, environ) is not None


_CLOSED = Mark()


def starting(asked: Asked, start_response: "StartResponse") -> "StartResponse":
    """Wrap `start_response`: the response gets the headers of the policy that decides on it."""

    def start(
        status: str, headers: "list[Header]", exc_info: "OptExcInfo | None" = None
    ) -> "Callable[[bytes], object]":
        start = asked.start
        if start is None:
            environ = asked.environ
            if environ is None:  # something other than the framework answers
                start = start_response
                return start(status, headers) if exc_info is None else start(status, headers, exc_info)
            asked.environ = None  # otherwise the two would refer to each other: a cycle for each request
            if asked.answer is not None:
                status, headers = asked.answer
                return start_response(status, [*headers])
            front = asked.front
            view = front.framework.routed(asked.routed, environ)
            if view is None or view.serve is None or (view.row is None and asked.ran is not None):
                serve = front.serving(view, asked, environ)
            else:
                serve = view.serve
            asked.start = start = cast("StartResponse", serve(environ, start_response))  # of `hand_back`
        elif start is untouched:
            start = start_response
        return start(status, headers) if exc_info is None else start(status, headers, exc_info)

    return start


def untouched(*_: object) -> Any:
    """Act as the server's ``start_response``, without any effect."""


def hand_back(_environ: "WSGIEnvironment", start_response: "StartResponse") -> Any:
    """Act as the application behind a row: return the function that starts a response with the row's headers."""
    return start_response


def _alone(headers: list[Header], method: str) -> list[Header]:
    """Allow only the requested method, and only for this request: other methods of the URL have another policy."""
    answer: list[Header] = []
    for name, value in headers:
        if name == "Access-Control-Allow-Methods":
            allowed = value.split(", ")
            if method in allowed or ("*" in allowed and is_token(method)):
                answer.append((name, method))
        elif name not in {"Access-Control-Max-Age", "Vary"}:
            answer.append((name, value))
    return [*answer, ("Access-Control-Max-Age", "0"), VARY_ON_ALL]


def in_wsgi(environ: "WSGIEnvironment") -> "WSGIEnvironment":
    """Return the framework's environ with the path encoded as in PEP 3333."""
    path: str = environ.get("PATH_INFO", "")
    return environ if path.isascii() else {**environ, "PATH_INFO": to_wsgi(path)}


def in_front_of(
    app: "WSGIApplication",
    policy: Policy | None,
    place: str,
    *,
    preflight_status: int,
    on_decision: OnDecision | None = None,
) -> CORSMiddleware:
    """Put the policy of a view in front of `app`. Decisions name its route."""
    on_decision = named(place, on_decision)
    return CORSMiddleware(app, {"/**": policy}, preflight_status=preflight_status, on_decision=on_decision)


def named(route: str, on_decision: OnDecision | None) -> OnDecision | None:
    """Return `on_decision` with the route of the view as the name in decisions."""
    if on_decision is None:
        return None
    return lambda made: on_decision(made if made.path_pattern is None else replace(made, path_pattern=route))


def method_of(environ: "WSGIEnvironment") -> str:
    """Return the method by which the view is found: for a preflight, the method that it asks for."""
    name = "HTTP_ACCESS_CONTROL_REQUEST_METHOD" if is_preflight(environ) else "REQUEST_METHOD"
    return str(environ[name])


def policy_of_view(policy: object, field: str) -> Policy | None:
    """Check the policy of a view: a `Policy`, or None for no CORS. Raises `PolicyError`."""
    if policy is None or isinstance(policy, Policy):
        return policy
    fix = do("write a Policy"), do("write None to turn CORS off for this view")
    raise PolicyError([problem("wrong-type", field, policy, "{value} is not a policy", *fix)])
