"""A WSGI application without a framework behind `CORSMiddleware`."""

import json
from collections.abc import Iterable, Iterator
from wsgiref.types import StartResponse, WSGIEnvironment

from corswsgi import CORSMiddleware, Policy

profile = {"name": "Ada"}
JSON = ("Content-Type", "application/json")
TEXT = ("Content-Type", "text/plain")


def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    status, headers, body = answer(environ)
    start_response(status, headers)
    return body


def answer(environ: WSGIEnvironment) -> tuple[str, list[tuple[str, str]], Iterable[bytes]]:
    status, headers, body = "200 OK", [JSON], b""
    match environ["REQUEST_METHOD"], environ["PATH_INFO"]:
        case "GET", "/api/me":
            headers = [JSON, ("X-Profile-Version", "1")]
            body = json.dumps(profile).encode()
        case "PUT", "/api/me":
            profile.update(json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))))
            body = json.dumps(profile).encode()
        case _, "/api/me":
            status, headers = "405 Method Not Allowed", [TEXT, ("Allow", "GET, PUT")]
        case "POST", "/api/login":
            session = ("Set-Cookie", "session=42; Secure; HttpOnly; SameSite=Lax")
            headers = [TEXT, session, ("Set-Cookie", "theme=dark; Secure; SameSite=Lax")]
        case "GET", "/api/lines":
            return status, [TEXT], lines()
        case "GET", "/api/error":
            status, headers, body = "500 Internal Server Error", [TEXT], b"the database is slow"
        case "GET", "/api/crash":
            raise RuntimeError("the database is gone")
        case "GET", "/api/public/news":
            body = b'{"news": ["the first"]}'
        case "GET", "/api/admin/users":
            body = b'{"users": ["Ada", "Grace"]}'
        case _:
            status, headers = "404 Not Found", [TEXT]
    return status, headers, [body]


def lines() -> Iterator[bytes]:
    yield from (b"one\n", b"two\n", b"three\n")


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
