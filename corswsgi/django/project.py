"""Django's system checks of the rest of a project: `wsgi.py`, ASGI, missing settings, other middleware, and CSRF.

The law of this module: it only inspects, and does not warn about anything that it cannot find out.
"""

import logging
from collections.abc import Iterable, Iterator
from types import FunctionType, MethodType
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Warning  # noqa: A004  (Django's name for it)
from django.urls import get_resolver
from django.utils.module_loading import import_string

from corswsgi.django.front import DjangoFront
from corswsgi.django.names import KNOWN
from corswsgi.django.settings import Rules, examine_settings
from corswsgi.django.views import bearers, lost_marks
from corswsgi.marks import held_by, mark_of
from corswsgi.middleware import CORSMiddleware
from corswsgi.policy import Policy
from corswsgi.problems import check_id
from corswsgi.vocabularies import shown

_APP = "corswsgi.django"
_CSRF = "django.middleware.csrf.CsrfViewMiddleware"
_CORSHEADERS = "corsheaders.middleware.CorsMiddleware"
_MOST_REACHED = 1_000  # objects that an application holds


def check_server(**kwargs: Any) -> list[CheckMessage]:  # noqa: ARG001  (what Django gives every check)
    """Return a warning if `INSTALLED_APPS` has this package, but the application that servers run does not use it."""
    if not apps.is_installed(_APP):
        return []
    wsgi = getattr(settings, "WSGI_APPLICATION", None)
    asgi = getattr(settings, "ASGI_APPLICATION", None)
    if asgi and (not wsgi or apps.is_installed("daphne")):
        message = f"ASGI_APPLICATION: {shown(asgi)} has no CORS: corswsgi is for WSGI"
        hint = "serve the application through WSGI, or keep django-cors-headers where ASGI serves it"
        return [Warning(message, hint=hint, id=check_id("asgi"))]
    if isinstance(wsgi, str) and (held := _held_by(wsgi)) and not any(map(_is_ours, held)):
        message = f"WSGI_APPLICATION: {shown(wsgi)} has no CORS: it is not what corswsgi.django makes"
        hint = f"write `from corswsgi.django import get_wsgi_application` in {wsgi.rpartition('.')[0]}"
        return [Warning(message, hint=hint, id=check_id("not-in-wsgi"))]
    return []


def check_policies(**kwargs: Any) -> list[CheckMessage]:  # noqa: ARG001  (likewise)
    """Return a warning if `INSTALLED_APPS` has this package and nothing allows an origin: no setting, view or table."""
    wsgi = getattr(settings, "WSGI_APPLICATION", None)
    if not apps.is_installed(_APP) or (getattr(settings, "ASGI_APPLICATION", None) and not wsgi):
        return []
    if any(hasattr(settings, name) for name in KNOWN) or _has_marks():
        return []
    if isinstance(wsgi, str) and any(isinstance(each, CORSMiddleware) and each.table.rows for each in _held_by(wsgi)):
        return []
    message = f"INSTALLED_APPS: it has {_APP!r}, but there are no CORS settings: no other origin may read anything"
    hint = "set CORS_ALLOWED_ORIGINS = ['https://app.example.com'], with the origins of your pages"
    return [Warning(message, hint=hint, id=check_id("no-settings"))]


def _has_marks() -> bool:
    """Return whether a view has a policy. True if the URLs cannot be read: Django has checks of its own for them."""
    try:
        return any(map(mark_of, bearers(get_resolver()))) or bool(lost_marks())
    except Exception:  # noqa: BLE001  (of the URLs)
        return True


def check_other_middleware(**kwargs: Any) -> list[CheckMessage]:  # noqa: ARG001  (likewise)
    """Return a warning for django-cors-headers' middleware in `MIDDLEWARE`. Where ASGI is served, it is needed."""
    if getattr(settings, "ASGI_APPLICATION", None):
        return []
    return [
        Warning(
            f"MIDDLEWARE: {shown(name)} adds CORS headers as well, by rules of its own",
            hint="remove it, and 'corsheaders' from INSTALLED_APPS: corswsgi reads the same settings",
            id=check_id("other-middleware"),
        )
        for name in settings.MIDDLEWARE
        if _is_kind_of(name, _CORSHEADERS)
    ]


def _is_ours(each: object) -> bool:
    return isinstance(each, DjangoFront | CORSMiddleware)


def _held_by(path: str) -> list[object]:
    """Import an application. Return it and the objects that it holds, none if it cannot be imported."""
    logger = logging.getLogger("corswsgi")
    before = logger.disabled
    logger.disabled = True  # another check reports the notes on the settings
    try:
        application = import_string(path)
    except Exception:  # noqa: BLE001  (of somebody's module: the server meets it again)
        return []
    finally:
        logger.disabled = before
    return list(_inside(application))


def _inside(application: object) -> Iterator[object]:
    """Yield an application and the objects that it holds: other middleware may be around ours."""
    todo, seen = [application], dict[int, object]()
    while todo and len(seen) < _MOST_REACHED:
        each = todo.pop(0)
        if id(each) not in seen and each is not None:
            seen[id(each)] = each
            yield each
            todo += _below(each)


def _below(each: object) -> Iterable[object]:
    if isinstance(each, MethodType):
        return (each.__self__,)
    below = [*getattr(each, "__dict__", {}).values()] if not isinstance(each, type) else []
    if isinstance(each, FunctionType):
        below += held_by(each)
    return below


def check_csrf(**kwargs: Any) -> list[CheckMessage]:  # noqa: ARG001  (likewise)
    """Return a warning for origins whose pages may send cookies but whose POST Django refuses."""
    rules, _ = examine_settings()
    if rules is None or not any(_is_kind_of(each, _CSRF) for each in settings.MIDDLEWARE):
        return []
    trusted = set(settings.CSRF_TRUSTED_ORIGINS)
    origins = dict.fromkeys(
        origin
        for policy in _policies(rules)
        if policy.allow_credentials
        for origin in policy.allow_origins
        if isinstance(origin, str) and not origin.endswith(":*") and not _is_trusted(origin, trusted)
    )
    message = "CSRF_TRUSTED_ORIGINS: {} is not in it: its POST with a cookie of a session is a 403 of Django's"
    return [
        Warning(
            message.format(shown(origin)),
            hint=f"add {origin!r} to CSRF_TRUSTED_ORIGINS",
            id=check_id("not-csrf-trusted"),
        )
        for origin in origins
    ]


def _policies(rules: Rules) -> Iterator[Policy]:
    yield from (policy for policy in (rules.policy, *rules.table.rows.values()) if policy is not None)


def _is_kind_of(name: str, base: str) -> bool:
    """Return whether a middleware is the class `base` or a subclass of it."""
    try:
        middleware, known = import_string(name), import_string(base)
    except Exception:  # noqa: BLE001  (of somebody's module: the server meets it again)
        return False
    return isinstance(middleware, type) and issubclass(middleware, known)


def _is_trusted(origin: str, trusted: set[str]) -> bool:
    """Return whether Django trusts an origin: literally, or by ``https://*.`` and the end of its host."""
    scheme, _, host = origin.partition("://")
    labels = host.removeprefix("*.").split(".")
    above = [f"{scheme}://*.{'.'.join(labels[index:])}" for index in range(len(labels))]
    return origin in trusted or not trusted.isdisjoint(above)
