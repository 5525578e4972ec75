"""`cors`, the decorator of views, and how the URL resolver finds the view that it decorates.

The law of this module: nobody's view runs, and nothing is raised, to find a policy; what the resolver cannot say, the
application meets again and answers.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.conf.urls.i18n import is_language_prefix_patterns_used
from django.core.handlers.wsgi import get_path_info
from django.urls import Resolver404, ResolverMatch, URLResolver, get_resolver
from django.utils import translation

from corswsgi.per_view import Found, method_of, policy_of_view
from corswsgi.policy import Policy

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

View = TypeVar("View", bound=Callable[..., Any])

_ATTRIBUTE = "cors_policy"


def cors(policy: Policy | None) -> Callable[[View], View]:
    """Give a view its own policy, in place of what the settings say of its path; None is no CORS.

    For a function, a class-based view, one method of it, or what ``as_view()`` gives; below or above other decorators
    that keep attributes, as `functools.wraps` does. A function is wrapped, a class is marked, and its subclasses with
    it. Raises `PolicyError` when `policy` is none.
    """
    policy = policy_of_view(policy, "cors")

    def decorate(view: View) -> View:
        decorated: Any = view if isinstance(view, type) else _wrapped(view)
        setattr(decorated, _ATTRIBUTE, policy)
        return cast("View", decorated)

    return decorate


def _wrapped(view: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a view, which may be routed elsewhere without the policy."""
    if iscoroutinefunction(view):

        @wraps(view)
        async def serve_async(*args: Any, **kwargs: Any) -> Any:
            return await view(*args, **kwargs)

        return serve_async

    @wraps(view)
    def serve(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs)

    return serve


def find_view(environ: "WSGIEnvironment") -> Found | None:
    """Give the route and the policy of the decorated view that serves a request."""
    match = _resolve(get_path_info(environ) or "/")
    if match is not None:
        for place in _places(match.func, [method_of(environ).lower()]):
            if hasattr(place, _ATTRIBUTE):
                return f"/{match.route}", getattr(place, _ATTRIBUTE)
    return None


def _resolve(path: str) -> ResolverMatch | None:
    """Find what serves `path`, or what Django redirects it to."""
    resolver = get_resolver()
    paths = [path, f"{path}/"] if settings.APPEND_SLASH and not path.endswith("/") else [path]
    with _language_of(path):
        for each in paths:
            try:
                return resolver.resolve(each)
            except Resolver404:
                continue
            except Exception:  # noqa: BLE001  (of somebody's path converter: the application meets it again)
                return None
    return None


def _language_of(path: str) -> Any:
    """Have the resolver read `i18n_patterns` as `LocaleMiddleware` would."""
    if not is_language_prefix_patterns_used(settings.ROOT_URLCONF)[0]:
        return nullcontext()
    return translation.override(translation.get_language_from_path(path) or settings.LANGUAGE_CODE)


def _places(view: object, methods: Iterable[str]) -> Iterator[object]:
    """Give where a policy may stand: on a method of a class-based view, on the view, on its class."""
    view_class = _class_of(view)
    actions = getattr(view, "actions", None) or {}  # of a view set of Django REST framework: method -> name
    for method in methods:
        if method in getattr(view_class, "http_method_names", ()):
            name = "get" if method == "head" and not hasattr(view_class, "head") else method
            yield getattr(view_class, actions.get(name, name), None)
    yield view
    yield view_class


def _class_of(view: object) -> object:
    """Give the class of what ``as_view()`` made; view sets of Django REST framework have a name of their own for it."""
    return getattr(view, "view_class", None) or getattr(view, "cls", None)


def has_decorated_views() -> bool:
    """Tell whether a view of `ROOT_URLCONF` is decorated, which is imported if it was not. Raises what that raises."""
    return any(map(_is_decorated, _views(get_resolver())))


def _views(resolver: URLResolver) -> Iterator[object]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from _views(entry)
        else:
            yield entry.callback


def _is_decorated(view: object) -> bool:
    methods = getattr(_class_of(view), "http_method_names", ())
    return any(hasattr(place, _ATTRIBUTE) for place in _places(view, methods))
