"""`CORSMiddleware`: each request goes to its row, and the row answers or adds headers (PEP 3333).

The laws of this module: a request whose path has no row reaches the application untouched, and each request sees one
table, whole. rows.py serves the paths of one row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from inspect import Signature, signature
from typing import TYPE_CHECKING
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from corswsgi.calls import helpful
from corswsgi.checks import flag, wrong_type
from corswsgi.decision import Decider, Decision
from corswsgi.intercept import intercepting
from corswsgi.paths import Policies, PolicySource, PolicyTable, make_table, rows_in_words
from corswsgi.paths.answering import answering
from corswsgi.paths.trie import PathTrie
from corswsgi.policy import FIELDS
from corswsgi.problems import do, problem, write
from corswsgi.rows import Preflight, guarded, make_guard, serving, teller, telling
from corswsgi.standard import OK_STATUSES
from corswsgi.vocabularies import shown
from corswsgi.writes import Switch, WriteRules, switch_problems

if TYPE_CHECKING:
    from corswsgi.errors import Problem
    from corswsgi.policy import Policy


class _WithAnswer:
    __slots__ = ("_answer",)

    _answer: WSGIApplication  # it is called for each request


def _of_a_policy(name: str) -> str:
    """Return where to write a field of a policy that is passed as an option."""
    from corswsgi.misnamed import meant_field  # noqa: PLC0415  (only a mistake needs it)

    field = meant_field(name, FIELDS, cutoff=0.8) if name else None
    return f"it is a field of a policy, write CORSMiddleware(app, Policy({field}=...))" if field else ""


class CORSMiddleware(_WithAnswer):
    """WSGI middleware that applies CORS policies to `app`.

    >>> from corswsgi import CORSMiddleware, Policy
    >>> def app(environ, start_response):
    ...     start_response("200 OK", [("Content-Type", "text/plain")])
    ...     return [b"hello"]
    >>> policies = {"/api/**": Policy(allow_origins="https://app.example.com"), "/api/admin/**": None}
    >>> application = CORSMiddleware(app, policies)
    >>> application.table.match("/api/admin/users")
    ('/api/admin/**', None)

    It answers CORS-preflight requests for paths with a policy, and adds the headers of the policy to the responses of
    `app`. Paths without a policy are left alone: no headers are added, and OPTIONS reaches `app`.

    ``policies``
        Which path has which policy: a mapping from path patterns to `Policy` or None, a `PolicyTable`, one `Policy` for
        all paths, or a function that returns the current table, such as a `PolicyFile`.
    ``preflight_status``
        The status of an allowed preflight, 200 to 299.
    ``intercept_exceptions``
        ``True`` turns an exception that `app` raises below a path with a policy, before a byte of the response was
        sent, into a plain 500 with the headers of the policy: the page sees a 500 and not a CORS error. The exception
        is logged.
    ``on_decision``
        A function that is called with a `Decision` for every CORS request, before `app`, in the thread of the request.
        If it raises, the exception is logged, and the request is served.
    ``cross_origin_writes``
        ``"refuse"`` answers 403 to requests of other origins' pages that change something, and to their WebSockets,
        unless the policy of the path accepts them (CSRF). ``"report"`` logs and serves them, ``"accept"`` does neither.

    Raises `PolicyError` with every mistake at once. The responses follow
    https://fetch.spec.whatwg.org/#http-cors-protocol.
    """

    @helpful(_of_a_policy)
    def __init__(  # noqa: PLR0913  (one for each option)
        self,
        app: WSGIApplication,
        policies: Policies | PolicySource,
        *,
        preflight_status: int = 204,
        intercept_exceptions: bool = False,
        on_decision: Callable[[Decision], object] | None = None,
        cross_origin_writes: Switch = "accept",
    ) -> None:
        problems = _option_problems(
            app=app,
            preflight_status=preflight_status,
            intercept_exceptions=intercept_exceptions,
            on_decision=on_decision,
        )
        problems += switch_problems(cross_origin_writes)
        table = make_table(policies, problems)
        if type(self) is CORSMiddleware:
            self.__class__ = _Called
        self._app = app
        self._answered = intercepting(app) if intercept_exceptions else app
        self._on_decision = on_decision
        self.cross_origin_writes = cross_origin_writes  # for commands and tests. Changing it has no effect
        self._guard = make_guard(cross_origin_writes, on_decision)
        self._untouched = self._guarded(None, None, telling("no-row", app, teller(on_decision, None)))
        self._preflight = Preflight.of_status(preflight_status)
        self._serve(policies, table)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request (PEP 3333)."""
        return self._answer(environ, start_response)

    if not TYPE_CHECKING:  # pragma: no branch  (a type checker knows the attributes)

        def __getattr__(self, name: str) -> object:
            """Say how to keep the application if its own attribute is asked for: `app.get` of Flask."""
            message = f"{type(self).__name__!r} object has no attribute {name!r}"
            wrapped = vars(self).get("_app")
            if hasattr(type(wrapped), "wsgi_app") and hasattr(wrapped, name):
                message += (
                    ": write app.wsgi_app = CORSMiddleware(app.wsgi_app, ...), so that app remains the application"
                )
            raise AttributeError(message, name=name, obj=self)

    def __repr__(self) -> str:
        app = getattr(self._app, "__self__", self._app)  # a bound method such as Flask's `app.wsgi_app`
        policies = repr(self._source) if self._source else rows_in_words(self.table)
        return f"CORSMiddleware({shown(app, 80)}, {policies})"

    def reconfigure(self, policies: Policies | PolicySource) -> None:
        """Serve other policies from the next request on. Each request sees one table, whole.

        Raises `PolicyError` if `policies` are refused; the previous ones stay in force.
        """
        self._serve(policies, make_table(policies, ()))

    def _serve(self, policies: Policies | PolicySource, table: PolicyTable) -> None:
        self._source: PolicySource | None = None
        if callable(policies):
            self._source = policies
            self._answer = _Following(policies, table, self._compiled).answer
            return
        self._own_table = table
        self._answer = self._compiled(table)

    @property
    def table(self) -> PolicyTable:
        """The table that is served now."""
        return self._source() if self._source else self._own_table

    def decides(self, environ: WSGIEnvironment) -> Decider | None:
        """Return the row that decides on this request, or None if no row matches its path. Asks nothing of `app`."""
        match = self.table.match_path_info(environ.get("PATH_INFO", ""))
        words = self.table.vocabulary
        return None if match is None else Decider(policy=match[1], place=match[0], is_view=False, vocabulary=words)

    def inside(self) -> Iterable[object]:
        """Return the application that this middleware wraps."""
        return (self._app,)

    def prepare(self) -> None:
        """Do nothing: a table is ready when it is constructed."""

    def _compiled(self, table: PolicyTable) -> WSGIApplication:
        rows = PathTrie((pattern, self._row(pattern, policy)) for pattern, policy in table.rows.items())
        return answering(rows, self._untouched)

    def _row(self, pattern: str, policy: Policy | None) -> WSGIApplication:
        """Make the application for the paths of one row."""
        return self._guarded(pattern, policy, self._unguarded_row(pattern, policy))

    def _unguarded_row(self, pattern: str, policy: Policy | None) -> WSGIApplication:
        tell = teller(self._on_decision, pattern)
        if policy is None or not policy.allow_origins:
            return telling("row-without-policy", self._app, tell)
        return serving(pattern, policy, self._answered, self._preflight, tell)

    def _guarded(self, pattern: str | None, policy: Policy | None, serve: WSGIApplication) -> WSGIApplication:
        """Put the check of writes in front of a row, if writes are checked at all."""
        return serve if self._guard is None else guarded(self._guard, WriteRules(pattern, policy), policy, serve)


class _CallSignature:
    """A descriptor: the signature of a call for an instance, and that of the constructor for the class."""

    def __get__(self, instance: CORSMiddleware | None, _owner: type) -> Signature:
        return signature(CORSMiddleware if instance is None else partial(CORSMiddleware.__call__, instance))


class _Called(CORSMiddleware):
    """The class of each `CORSMiddleware` that is not of a subclass: its ``__call__`` is the slot itself.

    A call of an instance is a call of a function that was made for its table, has everything in free variables and is
    swapped in one assignment. The method of `CORSMiddleware` adds 40 ns: benchmarks/, "10 rows, none" and "GET, public
    *". It is another class, so that `CORSMiddleware` has a method for tools that inspect it.
    """

    __slots__ = ()

    __signature__ = _CallSignature()

    __call__ = _WithAnswer._answer  # type: ignore[assignment, misc]  # noqa: SLF001  (of its own base)


_Called.__name__ = _Called.__qualname__ = CORSMiddleware.__name__


def _option_problems(
    *, app: object, preflight_status: object, intercept_exceptions: object, on_decision: object
) -> list[Problem]:
    """Find the mistakes in the arguments of a `CORSMiddleware`, except for its table."""
    problems: list[Problem] = []
    if not callable(app):
        fix = do("write CORSMiddleware(app, policies)")
        problems.append(wrong_type("app", app, "a WSGI application", fix))
    if type(preflight_status) is not int or preflight_status not in OK_STATUSES:
        message = "a preflight must be answered with a status from 200 to 299, not {value}"
        fix = write(204, text="use 204, or 200 if an old client or proxy needs it")
        problems.append(problem("preflight-status", "preflight_status", preflight_status, message, fix))
    flag("intercept_exceptions", intercept_exceptions, problems)
    if on_decision is not None and not callable(on_decision):
        fix = do("write a function of one argument, a Decision")
        problems.append(wrong_type("on_decision", on_decision, "a function", fix))
    return problems


class _Following:
    """Serves the present table of a source. The first request that sees a new table compiles it."""

    __slots__ = ("_compile", "_serving", "_source")

    def __init__(
        self, source: PolicySource, table: PolicyTable, compile_: Callable[[PolicyTable], WSGIApplication]
    ) -> None:
        self._source = source
        self._compile = compile_
        self._serving = (table, compile_(table))  # one name, so that no thread sees parts of both

    def answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        table, answer = self._serving
        current = self._source()
        if current is not table:
            answer = self._compile(current)
            self._serving = (current, answer)
        return answer(environ, start_response)
