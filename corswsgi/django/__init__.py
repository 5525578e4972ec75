"""Django: one line of ``wsgi.py``, settings or a table, and `cors` for a view. Django 4.2 and later.

Write into ``wsgi.py``::

    from corswsgi.django import get_wsgi_application  # instead of django.core.wsgi's

    application = get_wsgi_application()  # or wrap(application) for one that exists

Write into ``settings.py``::

    INSTALLED_APPS = [..., "corswsgi.django"]  # for manage.py check
    CORS_ALLOWED_ORIGINS = ["https://app.example.com"]  # or a table, CORS_POLICIES = {"/api/**": {...}}

Write above a view::

    @cors(Policy(allow_origins="*"))  # instead of the policy of the settings; None: no CORS
    def news(request): ...

The law of this package: settings and routes in, policies out. Unsafe settings are refused, with all mistakes at once;
``manage.py check`` shows each as ``corswsgi.<code>`` with a hint. Without any of the settings, only views with `cors`
have CORS. docs/migrating.md lists what each setting becomes, and what changes.

A response has the policy of the view to which Django routed the request. For a preflight no middleware runs: its view
is found in ``ROOT_URLCONF`` and in each ``request.urlconf`` that requests have shown. If those do not agree, nobody is
allowed.

``manage.py runserver`` uses ``wsgi.py`` if ``WSGI_APPLICATION`` names it, as ``startproject`` writes it; static files
that it serves have no CORS. In tests use ``client_class = corswsgi.django.test.Client``. `LiveServerTestCase` makes a
handler of its own, without CORS.

Of the 41 tests of the middleware of django-cors-headers 4.1.0 all pass through `wrap`, but for these:

- ``null`` and ``file://`` are not origins: test_null_in_allowed_origins, test_file_in_allowed_origins
- any origin with credentials is refused: test_get_allow_credentials, test_allow_all_origins_get,
  test_allow_all_origins_options, test_non_200_headers_still_set, test_auth_view_options
- the private network header is left out: test_allow_private_network_added_if_enabled_and_requested
- a preflight that is refused says 403 and why, theirs 200: test_signal_handler_that_returns_false,
  test_signal_handler_allow_some_urls_to_everyone
- a preflight has a method to ask for (an empty one is the application's own OPTIONS): test_options_empty_request_method
- no middleware stands before it: test_get_short_circuit
- ``Vary: Origin`` is written so, theirs ``origin``: test_get_origin_vary_by_default
- a private attribute of requests: test_cors_enabled_is_attached_and_bool
"""

import logging
from wsgiref.types import WSGIApplication

import django.core.wsgi
from django.core.checks import register

from corswsgi.calls import helpful
from corswsgi.decision import OnDecision
from corswsgi.django.checks import check_marks, check_settings
from corswsgi.django.front import DjangoFront
from corswsgi.django.project import check_csrf, check_other_middleware, check_policies, check_server
from corswsgi.django.settings import check_request_enabled, default_headers, default_methods, read_settings
from corswsgi.django.views import cors
from corswsgi.near import nearest

__all__ = ["check_request_enabled", "cors", "default_headers", "default_methods", "get_wsgi_application", "wrap"]

logger = logging.getLogger("corswsgi")

register(check_settings)
register(check_marks)
register(check_server)
register(check_policies)
register(check_other_middleware)
register(check_csrf)


_OPTIONS = {"preflight_status", "intercept_exceptions", "on_decision"}  # of `wrap`


def _elsewhere(name: str) -> str:
    """Return where to write an option that these functions do not have."""
    if nearest(name, ["cross_origin_writes"]):
        return "set CORS_CROSS_ORIGIN_WRITES in the settings"
    if name in _OPTIONS:
        return f"write wrap(django.core.wsgi.get_wsgi_application(), {name}=...)"
    return "write policies into the settings, as CORS_POLICIES or in CORS_ALLOWED_ORIGINS and the others"


@helpful(_elsewhere)
def get_wsgi_application() -> WSGIApplication:
    """Return what Django's function of this name returns, in `wrap`."""
    return wrap(django.core.wsgi.get_wsgi_application())


@helpful(_elsewhere)
def wrap(
    application: WSGIApplication,
    *,
    preflight_status: int = 200,  # the status that django-cors-headers uses
    intercept_exceptions: bool = False,
    on_decision: OnDecision | None = None,
) -> WSGIApplication:
    """Apply the policies of the settings, and those of decorated views, to a Django application.

    The options are those of `CORSMiddleware`. Settings whose meaning differs from django-cors-headers are logged.
    Raises `PolicyError` with every mistake of the settings.
    """
    options = {
        "preflight_status": preflight_status,
        "intercept_exceptions": intercept_exceptions,
        "on_decision": on_decision,
    }
    front = DjangoFront(application, options)
    for note in read_settings().notes:
        logger.warning("%s", note)
    return front
