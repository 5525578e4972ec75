"""A test client that sends its requests through the policies: Django's own makes its handler itself, not `wsgi.py`'s.

The law of this module: a test gets the response that a page would get. Everything else works as in Django's client.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import django.test
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase, ResponseHeaders

from corswsgi.django.front import DjangoFront, respond
from corswsgi.paths.trie import to_wsgi
from corswsgi.per_view import KEY

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment


class Client(django.test.Client):
    """Django's test client with the policies of the settings and of views: ``client_class = Client`` in a test case.

    ``override_settings`` takes effect. Django's own client makes its handler itself, and does not use ``wsgi.py``.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # On the handler and not in its class, because another client may have chosen the class
        self.handler.__dict__["get_response"] = _Behind(self.handler.get_response)


class _Behind:
    """A handler's work on a request, behind the policies."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response
        self._application = DjangoFront(self._answer, {"preflight_status": 200})

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        environ = {**request.META, "PATH_INFO": to_wsgi(request.path_info), "corswsgi.request": request}
        started: list[Any] = []

        def start_response(*status_and_headers: Any) -> Callable[[bytes], object]:
            started[:] = status_and_headers
            return started.append

        content = b"".join(self._application(environ, start_response))
        response: HttpResponseBase = environ["corswsgi.response"]
        if response.status_code != int(started[0][:3]):  # a preflight
            response = HttpResponse(content, status=int(started[0][:3]))
        response.headers = ResponseHeaders(dict(started[1]))
        return response

    def _answer(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request = environ["corswsgi.request"]
        response = environ["corswsgi.response"] = respond(
            self._application, environ[KEY], environ, request, self._get_response
        )
        is_answered = environ[KEY].answer is not None
        start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
        return [response.content] if is_answered else ()
