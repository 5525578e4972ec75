"""`cors`, the decorator of views, and how Django routes to them.

The law of this module: finding a policy runs no view and raises nothing. If the resolver raises, the application will
meet the same error and answer it.
"""

import sys
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from inspect import unwrap
from operator import methodcaller
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar, cast

from django.conf import settings
from django.conf.urls.i18n import is_language_prefix_patterns_used
from django.core.handlers.wsgi import get_path_info
from django.http import HttpRequest
from django.urls import Resolver404, ResolverMatch, URLResolver, get_resolver
from django.utils import translation
from django.views import View as BaseView

from corswsgi.marks import Mark, class_of, held_by, mark_of, marked, not_found, put, without_record
from corswsgi.per_view import METHOD, Framework, Table, View, other_spelling, policy_of_view
from corswsgi.policy import Policy
from corswsgi.rows import Answers, in_front_of

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

present: "ContextVar[WSGIEnvironment | None]" = ContextVar("corswsgi", default=None)  # the environ of the request

V = TypeVar("V", bound=Callable[..., Any])

_ERRORS = (400, 403, 404, 500)


def cors(policy: Policy | None) -> Callable[[V], V]:
    """Return a decorator for a view that has its own policy instead of that of the settings. None turns CORS off.

    It is for a function, a class-based view, one method of it, the result of ``as_view()``, an operation of
    django-ninja, and a view below ``@api_view``. Other decorators may be above or below, if they use `functools.wraps`.
    A function is copied; a class is marked, and its subclasses with it. Raises `PolicyError` when `policy` is not a
    policy.
    """
    mark = Mark(policy=policy_of_view(policy, "cors"))

    def decorate(view: V) -> V:
        if isinstance(view, type):
            put(view, mark)
            return view
        return cast("V", marked(view, mark, present.get))

    return decorate


# In the environ: the view that Django has routed, and the urlconf, if a middleware has chosen it
VIEW, _URLCONF = "corswsgi.view", "corswsgi.urlconf"


@dataclass(frozen=True, slots=True, eq=False)
class Routed:
    """A function that a resolver finds, the function to call in its place, a route of it, and the views there."""

    found: object  # kept alive, so its identity stays
    called: object
    route: str
    views: dict[str, View]  # by method


class DjangoViews(Framework):
    """The views of a project."""

    decodes_path = True
    has_rows = False
    present = present
    routed = staticmethod(methodcaller("get", VIEW))  # type: ignore[assignment]  # less than a method: benchmarks/views.py

    def __init__(self, read_table: Callable[[], Table], options: dict[str, Any]) -> None:
        self._read_table = read_table
        self._options = options
        self._table: Table | None = read_table()  # raises now, and not at the first request
        # The urlconfs that requests have used, in all and by host. None is ROOT_URLCONF
        self._urlconfs: tuple[object, ...] = (None,)
        self.shown: dict[object, tuple[object, ...]] = {}
        self._seeing = Lock()
        self.at_root: set[object] = set()  # hosts to which requests had ROOT_URLCONF
        self._has_marks: bool | None = None
        # By the identity of the function, and the route; the one that was last asked for, by the identity alone
        self.routes: dict[tuple[int, str], Routed] = {}
        self.recent: dict[int, Routed] = {}

    @property
    def table(self) -> Table:  # type: ignore[override]  # nobody else sets it
        """The policies of the settings."""
        if self._table is None:
            self._table = self._read_table()
        return self._table

    def forget(self) -> None:
        """Read the settings again for the next request."""
        self._table = self._has_marks = None
        self.routes, self.recent = {}, {}

    def see(self, host: object, urlconf: object) -> None:
        """Record that a request to this host had this urlconf. A middleware may have chosen it."""
        if urlconf in self.shown.get(host, ()) or not isinstance(urlconf, Hashable):
            return
        with self._seeing:  # another thread may add the other urlconf of this host
            shown = self.shown.get(host, ())
            if shown or len(self.shown) < _MOST_HOSTS:
                self.shown[host] = (*shown, urlconf)
                if urlconf is None:
                    self.at_root.add(host)
            if urlconf not in self._urlconfs:
                self._urlconfs = (*self._urlconfs, urlconf)
                self._has_marks = None

    def prepare(self) -> None:
        """Look for marks, which makes Django import the views."""
        try:
            found = any(mark_of(each) for urlconf in self._urlconfs for each in bearers(get_resolver(urlconf)))
        except Exception:  # noqa: BLE001  (of the views' modules: the application meets it again, and answers 500)
            self._has_marks = None
        else:
            self._has_marks = found

    def not_found(self) -> list[Mark]:
        """Return the marks that the project reaches and that no resolver finds."""
        try:
            return lost_marks()
        except Exception:  # noqa: BLE001  (as above)
            return []

    def in_front(self, row: Mark, place: str) -> Answers:
        """Put the policy of a view in front of `hand_back`."""
        return in_front_of(row.policy, place, **self._options)

    def record(self, environ: "WSGIEnvironment", request: HttpRequest) -> None:
        """Record in `environ` the view to which Django has routed a request or, if there is none, what it routes by."""
        match = request.resolver_match
        if match is None:  # a middleware has answered, or there is no view
            environ[METHOD] = request.method  # a middleware may have changed it
            if "urlconf" in request.__dict__:
                environ[_URLCONF] = request.urlconf
                self.see(environ.get("HTTP_HOST"), request.urlconf)
            return
        self.see(environ.get("HTTP_HOST"), getattr(request, "urlconf", None))
        environ[VIEW] = self.view_of(match, request.method)

    def find(self, environ: "WSGIEnvironment", method: str) -> Sequence[View]:
        """Return the view to which Django would route in each urlconf that requests to this host have used.

        For a host without requests so far, in all urlconfs that requests have used.
        """
        matches = self._matches(environ)
        if not any(matches):
            return ()
        return [View("") if match is None else self.view_of(match, method) for match in matches]

    def beside(self, environ: "WSGIEnvironment") -> Iterator[tuple[str, View]]:
        """Yield the view of each method that Django serves here."""
        for match in self._matches(environ):
            if match is not None:
                yield from ((method, self.view_of(match, method)) for method in _methods(match.func))

    def _matches(self, environ: "WSGIEnvironment") -> Sequence[ResolverMatch | None]:
        if self._has_marks is None:
            self.prepare()
        if self._has_marks is False:
            return ()
        path = get_path_info(environ) or "/"
        if _URLCONF in environ:  # of this request
            return [_resolve(path, environ[_URLCONF])]
        urlconfs = self._urlconfs
        if len(urlconfs) > 1:
            urlconfs = self.shown.get(environ.get("HTTP_HOST"), urlconfs)
        return [_resolve(path, urlconf) for urlconf in urlconfs]

    def view_of(self, match: ResolverMatch, method: str) -> View:
        """Return the view for this method behind what a resolver has found."""
        views = self.routed_to(match).views
        view = views.get(method)
        if view is None:
            method = method.upper()
            mark = next(filter(None, map(mark_of, _places(match.func, method))), None)
            view = View(f"/{match.route}", row=mark)
            if method in _METHODS:
                views[method] = view
        return view

    def routed_to(self, match: ResolverMatch) -> Routed:
        """Return what is known of a function and its route."""
        key = id(match.func), match.route
        known = self.routes.get(key)
        if known is None:
            known = Routed(match.func, without_record(match.func) or match.func, match.route, {})
            if len(self.routes) >= _MOST_VIEWS:
                return known
            self.routes[key] = known
        self.recent[key[0]] = known
        return known


_MOST_HOSTS = 1_000  # whose urlconfs are remembered
_MOST_VIEWS = 10_000  # that are remembered: a resolver can make functions
_METHODS = frozenset(name.upper() for name in BaseView.http_method_names)  # likewise: a method can be any text


def _resolve(path: str, urlconf: object) -> ResolverMatch | None:
    """Find the view that serves `path` or, if none does, the view that serves its other spelling."""
    try:
        with _language_of(path):
            resolver = get_resolver(urlconf)
            try:
                return resolver.resolve(path)
            except Resolver404:
                return resolver.resolve(other_spelling(path))
    except Exception:  # noqa: BLE001  (of somebody's path converter or module: the application meets it again)
        return None


def _language_of(path: str) -> Any:
    """Make the resolver read `i18n_patterns` as `LocaleMiddleware` would."""
    if not is_language_prefix_patterns_used(settings.ROOT_URLCONF)[0]:
        return nullcontext()
    return translation.override(translation.get_language_from_path(path) or settings.LANGUAGE_CODE)


def _places(view: object, method: str) -> Iterator[object]:
    """Yield objects that may carry a policy: a method of a class-based view, the view, its class, and those wrapped."""
    view_class = _class_of(view)
    name = method.lower()
    if name in getattr(view_class, "http_method_names", ()):
        actions = _actions(view)
        name = "get" if name == "head" and not hasattr(view_class, "head") else name
        yield getattr(view_class, actions.get(name, name), None)
    yield view
    yield view_class
    yield from _below_api_view(view_class)
    for operation in _operations(view):
        if method in operation.methods:
            yield operation.view_func


def _class_of(view: object) -> object:
    """Return the class behind ``as_view()``. View sets of Django REST framework use another attribute."""
    return class_of(view, "view_class") or class_of(view, "cls")


def _actions(view: object) -> Mapping[str, str]:
    """Return the actions of a view set of Django REST framework: method -> name."""
    actions = getattr(view, "actions", None)
    return actions if isinstance(actions, Mapping) else {}


def _below_api_view(view_class: object) -> Iterator[object]:
    """Yield the view that Django REST framework's ``@api_view`` has put into a class, the same for each method."""
    for name in getattr(view_class, "http_method_names", ()):
        handler = getattr(view_class, name, None)
        if getattr(handler, "__module__", None) == "rest_framework.decorators":
            yield from held_by(handler)


def _operations(view: object) -> Sequence[Any]:
    """Return the operations of django-ninja that share a path, from its object, which a method or a closure holds."""
    function = unwrap(cast("Any", view))
    for holder in (getattr(function, "__self__", None), *held_by(function)):
        if type(holder).__module__ == "ninja.operation":
            return cast("Sequence[Any]", getattr(holder, "operations", ()))
    return ()


def _methods(view: object) -> list[str]:
    """Return the methods that a view distinguishes: none for a function."""
    actions = _actions(view)
    if actions:
        return [method.upper() for method in actions]
    view_class = _class_of(view)
    if view_class is not None:
        names = getattr(view_class, "http_method_names", ())
        return [name.upper() for name in names if name != "options" and hasattr(view_class, name)]
    return [method for operation in _operations(view) for method in operation.methods]


def bearers(resolver: URLResolver) -> Iterator[object]:
    """Yield everything that may have a mark: views, methods of their classes, what they wrap, and error handlers."""
    for view in _callbacks(resolver):
        for method in _methods(view) or ("",):
            yield from _places(view, method)
        yield from vars(_class_of(view)).values() if _class_of(view) is not None else ()
    for status in _ERRORS:
        yield resolver.resolve_error_handler(status)


def _callbacks(resolver: URLResolver) -> Iterator[object]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from _callbacks(entry)
        else:
            yield entry.callback


def lost_marks() -> list[Mark]:
    """Return the marks that the views of `ROOT_URLCONF` reach and that no resolver of the process finds."""
    return not_found(bearers(get_resolver()), _elsewhere)


def _elsewhere() -> Iterable[object]:
    """Yield everything that may have a mark, in any imported urlconf."""
    for name, module in list(sys.modules.items()):
        if isinstance(vars(module).get("urlpatterns") if module is not None else None, list | tuple):
            yield from bearers(get_resolver(name))
