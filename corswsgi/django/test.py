"""A test client that sends its requests through the policies: Django's own makes its handler itself, not `wsgi.py`'s.

The law of this module: a test gets the response that a page would get. Everything else works as in Django's client.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import django.test
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase, ResponseHeaders

from corswsgi.django.front import DjangoFront
from corswsgi.paths.trie import to_wsgi

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
        self._front = DjangoFront(self._handle, {"preflight_status": 200})

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        environ = {**request.META, "PATH_INFO": to_wsgi(request.path_info), _REQUEST: request}
        started: list[Any] = []

        def start_response(*status_and_headers: Any) -> Callable[[bytes], object]:
            started[:] = status_and_headers
            return started.append

        content = b"".join(self._front(environ, start_response))
        response: HttpResponseBase | None = environ.get(_RESPONSE)
        if response is None:  # a preflight, or a write that is refused
            response = HttpResponse(content, status=int(started[0][:3]))
        response.headers = ResponseHeaders(dict(started[1]))
        return response

    def _handle(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        return self._front.answer(environ, start_response, self._answer)

    def _answer(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request = environ[_REQUEST]
        environ["PATH_INFO"] = request.path_info  # as a handler of Django leaves it
        try:
            response = environ[_RESPONSE] = self._get_response(request)
        finally:
            self._front.framework.record(environ, request)
        start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
        return ()


# `apart` removes keys that begin with "corswsgi."
_REQUEST, _RESPONSE = "tested.request", "tested.response"
