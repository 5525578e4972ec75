"""Servers with CORS written by hand, each with a mistake. The lessons show their source and how it fails.

Never serve them: they exist to be attacked. The playground puts them only in front of its own API.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


def echo_any_origin(app: "WSGIApplication", _trusted: list[str]) -> "WSGIApplication":
    """Allow every origin that asks, with cookies: the mistake of many tutorials."""

    def serve(environ: "WSGIEnvironment", start_response: "StartResponse") -> Any:
        origin = environ.get("HTTP_ORIGIN", "*")

        def respond(status: str, headers: list[tuple[str, str]], _error: Any = None) -> Callable[[bytes], object]:
            headers.append(("Access-Control-Allow-Origin", origin))
            headers.append(("Access-Control-Allow-Credentials", "true"))
            return start_response(status, headers)

        return app(environ, respond)

    return serve


def compare_the_start(app: "WSGIApplication", _trusted: list[str]) -> "WSGIApplication":
    """Allow every origin that begins like ours, with cookies. Look-alikes also begin like ours."""

    def serve(environ: "WSGIEnvironment", start_response: "StartResponse") -> Any:
        origin = environ.get("HTTP_ORIGIN", "")

        def respond(status: str, headers: list[tuple[str, str]], _error: Any = None) -> Callable[[bytes], object]:
            if origin.startswith("http://localhost"):
                headers.append(("Access-Control-Allow-Origin", origin))
                headers.append(("Access-Control-Allow-Credentials", "true"))
            return start_response(status, headers)

        return app(environ, respond)

    return serve


def forget_preflights(app: "WSGIApplication", trusted: list[str]) -> "WSGIApplication":
    """Add the header to the responses of views, and forget OPTIONS and crashes."""

    def serve(environ: "WSGIEnvironment", start_response: "StartResponse") -> Any:
        def respond(status: str, headers: list[tuple[str, str]], _error: Any = None) -> Callable[[bytes], object]:
            if environ["REQUEST_METHOD"] != "OPTIONS":
                headers.append(("Access-Control-Allow-Origin", trusted[0]))
            return start_response(status, headers)

        return app(environ, respond)

    return serve


def forget_vary(app: "WSGIApplication", trusted: list[str]) -> "WSGIApplication":
    """Allow each trusted origin by name, and forget the ``Vary`` header."""

    def serve(environ: "WSGIEnvironment", start_response: "StartResponse") -> Any:
        def respond(status: str, headers: list[tuple[str, str]], _error: Any = None) -> Callable[[bytes], object]:
            if environ.get("HTTP_ORIGIN") in trusted:
                headers.append(("Access-Control-Allow-Origin", environ["HTTP_ORIGIN"]))
            return start_response(status, headers)

        return app(environ, respond)

    return serve
