"""One WSGI application for all origins of a playground: the ``Host`` of a request selects the origin.

The laws of this module: a foreign ``Host`` is answered by 421, because a name that was rebound to loopback passes every
check of ``Origin``. The control page needs the token in its path. Every page has a strict Content-Security-Policy, and
only the control page may frame the others.
"""

import json
import secrets
from collections.abc import Iterable
from importlib.resources import files
from typing import TYPE_CHECKING

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from corswsgi.playground.control import Control
from corswsgi.playground.places import Places
from corswsgi.playground.studio import Studio

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

_TYPES = {"html": "text/html", "js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
_COMMON = (("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"), ("Cache-Control", "no-store"))
_NO_TOKEN = "Open the address that `corswsgi playground` printed: this one lacks its token.\n"  # noqa: S105


class Site:
    """The playground at `places`. ``token`` is a part of the control page's path."""

    def __init__(self, places: Places, studio: Studio, token: str | None = None) -> None:
        self.places = places
        self.token = token or secrets.token_urlsafe(18)
        self._studio = studio
        self._control = Control(studio)
        self._hosts = places.hosts

    @property
    def url(self) -> str:
        """The address of the control page."""
        return f"{self.places.origins['control']}/{self.token}/"

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request."""
        place = self._hosts.get(environ.get("HTTP_HOST", "").lower())
        if place is None:
            response = _text("This is not a host of the playground.\n", 421)
        elif place in {"api", "other_api"}:
            return self._studio.serve(environ, start_response)
        elif place == "control":
            response = self._control_page(Request(environ))
        else:
            response = self._frame(Request(environ), place)
        return response(environ, start_response)

    def _frame(self, request: Request, place: str) -> Response:
        """Serve the page of the front end, the stranger or the other site."""
        if request.method not in {"GET", "HEAD"}:
            return _text("The pages of the playground are only read.\n", 405)
        origins = self.places.origins
        api = f"{origins['api']} {origins['other_api']}"
        policy = [
            "default-src 'none'",
            f"script-src {origins[place]}",
            "base-uri 'none'",
            "form-action 'none'",
            f"frame-ancestors {origins['control']}",
        ]
        if request.path == "/frame.js":
            return _file("frame.js", policy)
        if request.path == "/frame":
            return _file("frame.html", [*policy, f"connect-src {api}"], {"control": origins["control"]})
        if request.path == "/frame-with-policy":
            return _file("frame.html", [*policy, "connect-src 'none'"], {"control": origins["control"]})
        return _text("There is no such page.\n", 404)

    def _control_page(self, request: Request) -> Response:
        _, token, *rest = f"{request.path}/".split("/", 2)
        name = rest[0].removesuffix("/") if rest else ""
        if not secrets.compare_digest(token.encode(), self.token.encode()):
            return _text(_NO_TOKEN, 403)
        if request.method == "POST":
            return self._answer(name, request)
        if request.method not in {"GET", "HEAD"}:
            return _text("The control page takes GET and POST.\n", 405)
        origins = self.places.origins
        policy = [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            "connect-src 'self'",
            f"frame-src {origins['front']} {origins['stranger']} {origins['other']}",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
        if name not in {"", "playground.js", "playground.css", "icon.svg"}:
            return _text("There is no such page.\n", 404)
        response = _file(name or "index.html", policy)
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        return response

    def _answer(self, name: str, request: Request) -> Response:
        """Answer the control page's script, but not a page of another origin, even if it knows the token."""
        own = self.places.origins["control"]
        if request.headers.get("Origin", own) != own or request.headers.get("Sec-Fetch-Site", "same-origin") != (
            "same-origin"
        ):
            return _text("Only the control page asks here.\n", 403)
        try:
            answer = self._control.answer(name, request)
        except HTTPException as error:
            return _text(f"{error.description}\n", error.code or 400)
        if answer is None:
            return _text("There is no such question.\n", 404)
        return Response(json.dumps(answer), headers=_COMMON, content_type="application/json")


def _file(name: str, policy: Iterable[str], words: dict[str, str] | None = None) -> Response:
    data = (files("corswsgi.playground") / "static" / name).read_text("utf-8")
    for word, value in (words or {}).items():
        data = data.replace(f"{{{word}}}", value)
    kind = _TYPES[name.rpartition(".")[2]]
    headers = [*_COMMON, ("Content-Security-Policy", "; ".join(policy))]
    return Response(data, headers=headers, content_type=f"{kind}; charset=utf-8")


def _text(text: str, status: int) -> Response:
    headers = [*_COMMON, ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")]
    return Response(text, status, headers, content_type="text/plain; charset=utf-8")
