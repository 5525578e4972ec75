"""A Flask application behind `CORSMiddleware`."""

from collections.abc import Iterator

from flask import Flask, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue

from corswsgi import CORSMiddleware, Policy

app = Flask(__name__)
app.config["PROPAGATE_EXCEPTIONS"] = True  # what a view raises leaves the application
profile = {"name": "Ada"}


@app.get("/api/me")
def read_me() -> ResponseReturnValue:
    return profile, {"X-Profile-Version": "1"}


@app.put("/api/me")
def write_me() -> ResponseReturnValue:
    profile.update(request.get_json())
    return profile


@app.post("/api/login")
def login() -> ResponseReturnValue:
    response = jsonify("welcome")
    response.set_cookie("session", "42", secure=True, httponly=True, samesite="Lax")
    response.set_cookie("theme", "dark", secure=True, samesite="Lax")
    return response


@app.get("/api/lines")
def stream() -> ResponseReturnValue:
    return Response(lines(), mimetype="text/plain")


def lines() -> Iterator[bytes]:
    yield from (b"one\n", b"two\n", b"three\n")


@app.get("/api/error")
def error() -> ResponseReturnValue:
    abort(500)


@app.get("/api/crash")
def crash() -> ResponseReturnValue:
    raise RuntimeError("the database is gone")


@app.get("/api/public/news")
def news() -> ResponseReturnValue:
    return {"news": ["the first"]}


@app.get("/api/admin/users")
def users() -> ResponseReturnValue:
    return {"users": ["Ada", "Grace"]}


app.wsgi_app = CORSMiddleware(  # type: ignore[method-assign]  # Flask's own way to put a middleware in front
    app.wsgi_app,
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
application = app
