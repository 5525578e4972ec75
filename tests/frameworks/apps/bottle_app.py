"""A Bottle application behind `CORSMiddleware`."""

from collections.abc import Iterator

from bottle import Bottle, abort, request, response

from corswsgi import CORSMiddleware, Policy

app = Bottle()
app.config["catchall"] = False  # what a view raises leaves the application
profile = {"name": "Ada"}


@app.get("/api/me")
def read_me() -> dict[str, str]:
    response.set_header("X-Profile-Version", "1")
    return profile


@app.put("/api/me")
def write_me() -> dict[str, str]:
    profile.update(request.json)
    return profile


@app.post("/api/login")
def login() -> str:
    response.set_cookie("session", "42", secure=True, httponly=True, samesite="lax")
    response.set_cookie("theme", "dark", secure=True, samesite="lax")
    return "welcome"


@app.get("/api/lines")
def stream() -> Iterator[bytes]:
    response.content_type = "text/plain"
    return lines()


def lines() -> Iterator[bytes]:
    yield from (b"one\n", b"two\n", b"three\n")


@app.get("/api/error")
def error() -> None:
    abort(500)


@app.get("/api/crash")
def crash() -> None:
    raise RuntimeError("the database is gone")


@app.get("/api/public/news")
def news() -> dict[str, list[str]]:
    return {"news": ["the first"]}


@app.get("/api/admin/users")
def users() -> dict[str, list[str]]:
    return {"users": ["Ada", "Grace"]}


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
