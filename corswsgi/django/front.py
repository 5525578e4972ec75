"""`DjangoFront`: a Django application behind the policies of its settings and decorated views.

The law of this module: an invalid configuration is refused at construction. Django is hooked where its handler is
called, in front of its middleware, none of which runs for a preflight.
"""

import re
from collections.abc import Callable, Iterable
from functools import cache, wraps
from types import MethodType
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import setting_changed
from django.http import HttpRequest

from corswsgi.decision import Decider
from corswsgi.django.names import SWITCH, vocabulary
from corswsgi.django.settings import Rules, read_settings
from corswsgi.django.views import VIEW, DjangoViews, present
from corswsgi.marks import apart, made
from corswsgi.middleware import CORSMiddleware
from corswsgi.paths.regexes import in_both_spellings, row_by_regexes
from corswsgi.per_view import SERVING, Front, Table
from corswsgi.per_view_writes import judging
from corswsgi.policy import Policy
from corswsgi.rows import hand_back, make_guard
from corswsgi.writes import Switch, switch_problems

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class DjangoFront(Front):
    """A WSGI application with the `options` of `CORSMiddleware`. Rereads the settings after ``override_settings``.

    It is called in front of every middleware around Django, and serves the requests that reach Django's handler.
    """

    framework: DjangoViews

    def __init__(self, application: "WSGIApplication", options: dict[str, Any]) -> None:
        options = dict(options)
        intercepts = options.pop("intercept_exceptions", False)
        CORSMiddleware(application, {}, intercept_exceptions=intercepts, **options)  # raises now
        views = DjangoViews(lambda: _table(read_settings(), options), options)
        call = _hook()
        self._is_next = type(application) is WSGIHandler  # there is no middleware in between
        self._application = application
        app = MethodType(call, application) if self._is_next else application
        super().__init__(app, views, intercept_exceptions=intercepts)
        self._on_decision = options.get("on_decision")
        self._guard(read_settings().cross_origin_writes)
        setting_changed.connect(self._forget)

    def _forget(self, setting: str, **_: Any) -> None:
        if setting.startswith("CORS_") or setting == "ROOT_URLCONF":
            self.framework.forget()
        if setting == SWITCH:
            switch: Switch = getattr(settings, SWITCH, "accept")
            self._guard("refuse" if switch_problems(switch) else switch)  # a request raises them

    def _guard(self, switch: Switch) -> None:
        self.cross_origin_writes = switch
        self.is_judged = False
        self._answer = judging(
            self.answer if self._is_next else self._around, self, make_guard(switch, self._on_decision)
        )

    def __call__(  # type: ignore[override]  # `answer` is for Django's handler
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer a request, as PEP 3333 says."""
        return self._answer(environ, start_response)

    def inside(self) -> Iterable[object]:
        """Return the wrapped application."""
        return (self._application,)

    def _around(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        environ[_BEHIND] = self
        return self.app(environ, start_response)


_BEHIND = "corswsgi.front"  # in the environ: the front that Django's handler is behind


@cache
def _hook() -> Callable[..., Any]:
    """Put the fronts between Django's handlers and their callers. Return the function that serves without a front."""
    call: Callable[..., Any] = WSGIHandler.__call__
    get_response, resolve_request = WSGIHandler.get_response, WSGIHandler.resolve_request

    @wraps(call)
    def __call__(  # noqa: N807  (that of Django)
        handler: WSGIHandler, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        front = environ.get(_BEHIND)
        if front is not None:
            answer: Iterable[bytes] = front.answer(environ, start_response, MethodType(call, handler))
            return answer
        token = present.set(None)  # a view of another application may have made this request
        try:
            serve = MethodType(call, handler)
            answer = apart(serve, environ, start_response) if SERVING in environ else serve(environ, start_response)
        finally:
            present.reset(token)
        return answer

    @wraps(get_response)
    def learning(handler: WSGIHandler, request: HttpRequest) -> Any:
        try:
            return get_response(handler, request)
        finally:  # its exception may be intercepted
            environ = request.META
            # a middleware has answered or has changed the method, or the handler routes by itself
            is_other = VIEW not in environ or request.method != environ["REQUEST_METHOD"]
            if made and is_other and isinstance(front := environ.get(SERVING), DjangoFront):
                front.framework.record(environ, request)

    @wraps(resolve_request)
    def resolving(handler: WSGIHandler, request: HttpRequest) -> Any:
        match = resolve_request(handler, request)
        environ = request.META
        front = environ.get(SERVING)
        if not made or type(handler) is not WSGIHandler or not isinstance(front, DjangoFront):
            return match
        views = front.framework
        known = views.recent.get(id(match.func))
        if (
            known is None
            or known.route != match.route
            or "urlconf" in request.__dict__
            or environ.get("HTTP_HOST") not in views.at_root
        ):
            views.record(environ, request)
            known = views.routed_to(match)
        else:  # like `record`, without the call: benchmarks/views.py
            environ[VIEW] = known.views.get(request.method) or views.view_of(match, request.method)
        # Django calls the first with the other two. A middleware that sees it may know the view, and needs that one
        view = match.func if handler._view_middleware else known.called  # noqa: SLF001
        return view, match.args, match.kwargs

    WSGIHandler.__call__, WSGIHandler.get_response, WSGIHandler.resolve_request = __call__, learning, resolving
    return call


def _table(rules: Rules, options: dict[str, Any]) -> Table:
    if rules.paths is None:
        return CORSMiddleware(hand_back, rules.table, **options)
    return _ByRegex(rules.paths, rules.policy, options)


class _ByRegex:
    """The one row of ``CORS_URLS_REGEX``, if no path pattern has the same meaning."""

    def __init__(self, paths: re.Pattern[str], policy: Policy | None, options: dict[str, Any]) -> None:
        self._place = paths.pattern
        self._covers = in_both_spellings(paths, whole=False)
        self._policy = policy
        self._middleware = CORSMiddleware(hand_back, {"/**": policy}, **options)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        return (hand_back if self.decides(environ) is None else self._middleware)(environ, start_response)

    def decides(self, environ: "WSGIEnvironment") -> Decider | None:
        """Return the row, if its regex matches the path."""
        if row_by_regexes(environ.get("PATH_INFO") or "/", lambda path: self._covers(path) or None) is None:
            return None
        return Decider(policy=self._policy, place=self._place, is_view=False, vocabulary=vocabulary())
