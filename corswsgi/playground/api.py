"""The API of the lessons, without CORS: books, a profile behind a login, and an admin page."""

import json
import logging
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request, Response

from corswsgi.playground.recording import OWN_COOKIE

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

    from corswsgi.playground.places import Places

_MAX_SESSIONS = 100


class CrashOnPurposeError(Exception):
    """A page of the API fails because a lesson needs it. `quiet` keeps it out of the terminal."""


def quiet(record: logging.LogRecord) -> bool:
    """Return whether to log a record. A crash on purpose is not logged."""
    return not (record.exc_info and isinstance(record.exc_info[1], CrashOnPurposeError))


_SAME_SITE = {"lax": "SameSite=Lax", "strict": "SameSite=Strict", "none": "SameSite=None; Secure", "absent": ""}


def make_api(places: "Places") -> "WSGIApplication":
    """Make a WSGI application with its own sessions."""
    return Request.application(_API(places).answer)


class _API:
    def __init__(self, places: "Places") -> None:
        self._places = places
        self._sessions: list[str] = []
        self._routes: dict[str, tuple[tuple[str, ...], Callable[[Request], Response]]] = {
            "/api/public/news": (("GET",), lambda _: _json({"news": "The library opens at nine."})),
            "/api/books/1": (("GET", "POST", "PUT", "PATCH", "DELETE"), _book),
            "/api/me": (("GET", "PUT"), self._profile),
            "/api/admin/users": (("GET", "DELETE"), lambda _: _json({"users": ["ada", "grace"]})),
            "/api/greeting": (("GET",), _greeting),
            "/api/broken": (("GET",), _broken),
            "/api/shelf": (("GET", "PUT"), lambda _: _redirect(308, "/api/shelf/")),
            "/api/shelf/": (("GET", "PUT"), lambda _: _json({"shelf": "poetry"})),
            "/api/moved": (("GET", "PUT"), lambda _: _redirect(307, self._places.fill("{other_api}/api/books/1"))),
            "/api/secured": (("GET",), lambda _: _redirect(307, "https://localhost/api/books/1")),
            "/login": (("POST",), self._login),
            "/logout": (("POST",), self._logout),
        }

    def answer(self, request: Request) -> Response:
        methods, view = self._routes.get(request.path, ((), None))
        if view is None:
            return _json({"error": "there is no such page"}, 404)
        if request.method not in methods:
            return _json({"error": f"{request.method} is not served here"}, 405, [("Allow", ", ".join(methods))])
        return view(request)

    def _profile(self, request: Request) -> Response:
        if request.cookies.get(OWN_COOKIE) not in self._sessions:
            return _json({"error": "log in first"}, 401)
        return _json({"name": "Ada", "card": "4000 0000 0000 0002"})

    def _login(self, request: Request) -> Response:
        session = secrets.token_urlsafe(9)
        self._sessions = [*self._sessions[-_MAX_SESSIONS:], session]
        same_site = _SAME_SITE.get(request.args.get("samesite", "lax"), "")
        cookie = "; ".join(filter(None, [f"{OWN_COOKIE}={session}", "Path=/", "HttpOnly", same_site]))
        return _json({"name": "Ada"}, 200, [("Set-Cookie", cookie)])

    def _logout(self, request: Request) -> Response:
        self._sessions = [each for each in self._sessions if each != request.cookies.get(OWN_COOKIE)]
        return _json({"name": None}, 200, [("Set-Cookie", f"{OWN_COOKIE}=; Path=/; Max-Age=0")])


def _json(value: object, status: int = 200, headers: list[tuple[str, str]] | None = None) -> Response:
    return Response(json.dumps(value), status, headers, content_type="application/json")


def _book(request: Request) -> Response:
    if request.method == "GET":
        return _json({"title": "Frankenstein"}, 200, [("X-Request-Id", "7f3a"), ("ETag", '"1"')])
    return _json({"done": request.method}, 200, [("X-Request-Id", "7f3b")])


def _greeting(_request: Request) -> Response:
    return _json({"hello": "reader"}, 200, [("Cache-Control", "max-age=60")])


def _redirect(status: int, location: str) -> Response:
    return Response(status=status, headers=[("Location", location)])


def _broken(_request: Request) -> Response:
    raise CrashOnPurposeError("this page of the playground fails on purpose")
