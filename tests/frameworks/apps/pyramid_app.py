"""A Pyramid application behind `CORSMiddleware`."""

from collections.abc import Iterator

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPInternalServerError, HTTPMethodNotAllowed
from pyramid.request import Request
from pyramid.response import Response

from corswsgi import CORSMiddleware, Policy

profile = {"name": "Ada"}


def read_me(request: Request) -> dict[str, str]:
    request.response.headers["X-Profile-Version"] = "1"
    return profile


def write_me(request: Request) -> dict[str, str]:
    profile.update(request.json_body)
    return profile


def other_method(request: Request) -> Response:
    return HTTPMethodNotAllowed(headers={"Allow": "GET, PUT"})


def login(request: Request) -> Response:
    response = Response("welcome")
    response.set_cookie("session", "42", secure=True, httponly=True, samesite="Lax")
    response.set_cookie("theme", "dark", secure=True, samesite="Lax")
    return response


def stream(request: Request) -> Response:
    return Response(app_iter=lines(), content_type="text/plain")


def lines() -> Iterator[bytes]:
    yield from (b"one\n", b"two\n", b"three\n")


def error(request: Request) -> Response:
    return HTTPInternalServerError()


def crash(request: Request) -> Response:
    raise RuntimeError("the database is gone")  # leaves the application, as Pyramid has no view for it


def news(request: Request) -> dict[str, list[str]]:
    return {"news": ["the first"]}


def users(request: Request) -> dict[str, list[str]]:
    return {"users": ["Ada", "Grace"]}


config = Configurator()
config.add_route("me", "/api/me")
config.add_view(read_me, route_name="me", request_method="GET", renderer="json")
config.add_view(write_me, route_name="me", request_method="PUT", renderer="json")
config.add_view(other_method, route_name="me")
for view, pattern, renderer in [
    (login, "/api/login", None),
    (stream, "/api/lines", None),
    (error, "/api/error", None),
    (crash, "/api/crash", None),
    (news, "/api/public/news", "json"),
    (users, "/api/admin/users", "json"),
]:
    config.add_route(pattern, pattern)
    config.add_view(view, route_name=pattern, renderer=renderer)

app = config.make_wsgi_app()
application = CORSMiddleware(
    app,
    {
        "/api/**": Policy(
            allow_origins="https://app.example.com",
            allow_credentials=True,
            allow_methods="PUT",
            allow_headers="Content-Type",
            expose_headers="X-Profile-Version",
            max_age=600,
        ),
        "/api/public/**": Policy(allow_origins="*"),
        "/api/admin/**": None,
    },
    intercept_exceptions=True,
)
