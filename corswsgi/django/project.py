"""Django's system checks of the rest of a project: `wsgi.py`, ASGI, and Django's protection from CSRF.

The law of this module: it only inspects, and does not warn about anything that it cannot find out.
"""

import logging
from collections.abc import Iterable, Iterator
from types import FunctionType, MethodType
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Warning  # noqa: A004  (Django's name for it)
from django.utils.module_loading import import_string

from corswsgi.django.front import DjangoFront
from corswsgi.django.settings import Rules, examine_settings
from corswsgi.marks import held_by
from corswsgi.policy import Policy
from corswsgi.problems import check_id
from corswsgi.vocabularies import shown

_APP = "corswsgi.django"
_CSRF = "django.middleware.csrf.CsrfViewMiddleware"
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
    if isinstance(wsgi, str) and _is_without_cors(wsgi):
        message = f"WSGI_APPLICATION: {shown(wsgi)} has no CORS: it is not what corswsgi.django makes"
        hint = f"write `from corswsgi.django import get_wsgi_application` in {wsgi.rpartition('.')[0]}"
        return [Warning(message, hint=hint, id=check_id("not-in-wsgi"))]
    return []


def _is_without_cors(path: str) -> bool:
    logger = logging.getLogger("corswsgi")
    before = logger.disabled
    logger.disabled = True  # another check reports the notes on the settings
    try:
        application = import_string(path)
    except Exception:  # noqa: BLE001  (of somebody's module: the server meets it again)
        return False
    finally:
        logger.disabled = before
    return not any(isinstance(each, DjangoFront) for each in _inside(application))


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
    if rules is None or not any(map(_is_csrf, settings.MIDDLEWARE)):
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


def _is_csrf(name: str) -> bool:
    try:
        middleware = import_string(name)
    except Exception:  # noqa: BLE001  (of somebody's module: the server meets it again)
        return False
    return isinstance(middleware, type) and issubclass(middleware, import_string(_CSRF))


def _is_trusted(origin: str, trusted: set[str]) -> bool:
    """Return whether Django trusts an origin: literally, or by ``https://*.`` and the end of its host."""
    scheme, _, host = origin.partition("://")
    labels = host.removeprefix("*.").split(".")
    above = [f"{scheme}://*.{'.'.join(labels[index:])}" for index in range(len(labels))]
    return origin in trusted or not trusted.isdisjoint(above)
