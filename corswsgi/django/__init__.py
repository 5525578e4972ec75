"""Django's front end: one line of `wsgi.py`, django-cors-headers' settings or a table, and `@cors` for a view.

    # wsgi.py
    from corswsgi.django import get_wsgi_application      # in place of django.core.wsgi's
    application = get_wsgi_application()                  # wrap(application) does it to one that exists

    # settings.py, for `manage.py check`
    INSTALLED_APPS += ["corswsgi.django"]

    # views.py
    from corswsgi.django import cors

    @cors(Policy(allow_origins="*"))                      # in place of what the settings say of its path; None: no CORS
    def news(request): ...

The law of this package: settings and routes in, policies out. What is unsafe is refused, with all mistakes at once.

Settings are django-cors-headers', or one table in their place, ``CORS_POLICIES = {"/api/**": {...}}``: fields as a
mapping have `manage.py check` tell all their mistakes, each as ``corswsgi.<code>`` with a hint. Without any of them,
only decorated views have CORS.

What each setting becomes, and what changes: docs/migrating.md.

A response has the policy of the view to which Django routed the request. For a preflight no middleware runs: its view
is found in ``ROOT_URLCONF`` and in each ``request.urlconf`` that requests have shown, and where those do not agree,
nobody is allowed. ``@cors`` on a method of a class-based view holds for that method.

`manage.py runserver` goes through `wsgi.py` when ``WSGI_APPLICATION`` names it, as `startproject` writes it; what it
serves as static files does not. Django's test client makes its own handler: have ``client_class =
corswsgi.django.test.Client`` in a test case, where ``override_settings`` takes effect. `LiveServerTestCase` makes its
own too, and stays outside.

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

Django 4.2 and later.
"""

import logging
from wsgiref.types import WSGIApplication

import django.core.wsgi
from django.core.checks import register

from corswsgi.django.checks import check_marks, check_settings
from corswsgi.django.front import DjangoFront
from corswsgi.django.project import check_csrf, check_server
from corswsgi.django.settings import check_request_enabled, default_headers, default_methods, read_settings
from corswsgi.django.views import cors
from corswsgi.per_view import OnDecision

__all__ = ["check_request_enabled", "cors", "default_headers", "default_methods", "get_wsgi_application", "wrap"]

logger = logging.getLogger("corswsgi")

register(check_settings)
register(check_marks)
register(check_server)
register(check_csrf)


def get_wsgi_application() -> WSGIApplication:
    """Return the application of Django's function of this name, in `wrap`."""
    return wrap(django.core.wsgi.get_wsgi_application())


def wrap(
    application: WSGIApplication,
    *,
    preflight_status: int = 200,  # as django-cors-headers answers
    intercept_exceptions: bool = False,
    on_decision: OnDecision | None = None,
) -> WSGIApplication:
    """Put what the settings say, and the policies of decorated views, in front of a Django application.

    The options are those of `CORSMiddleware`. Raises `PolicyError` with every mistake of the settings; what they say
    that means something else than it seems to is logged.
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
