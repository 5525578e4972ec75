"""A Falcon application behind `CORSMiddleware`."""

from collections.abc import Iterator
from typing import Any

from falcon import App, HTTPInternalServerError, Request, Response

from corswsgi import CORSMiddleware, Policy

profile = {"name": "Ada"}


class API:
    def on_get(self, request: Request, response: Response) -> None:
        response.media = profile
        response.set_header("X-Profile-Version", "1")

    def on_put(self, request: Request, response: Response) -> None:
        profile.update(request.media)
        response.media = profile

    def on_post_login(self, request: Request, response: Response) -> None:
        response.text = "welcome"
        response.set_cookie("session", "42", secure=True, http_only=True, same_site="Lax")
        response.set_cookie("theme", "dark", secure=True, http_only=False, same_site="Lax")

    def on_get_lines(self, request: Request, response: Response) -> None:
        response.content_type = "text/plain"
        response.stream = lines()

    def on_get_error(self, request: Request, response: Response) -> None:
        raise HTTPInternalServerError

    def on_get_crash(self, request: Request, response: Response) -> None:
        raise RuntimeError("the database is gone")

    def on_get_news(self, request: Request, response: Response) -> None:
        response.media = {"news": ["the first"]}

    def on_get_users(self, request: Request, response: Response) -> None:
        response.media = {"users": ["Ada", "Grace"]}


def lines() -> Iterator[bytes]:
    yield from (b"one\n", b"two\n", b"three\n")


def raise_again(request: Request, response: Response, error: Exception, params: dict[str, Any]) -> None:
    raise error


app, api = App(), API()
app.add_route("/api/me", api)
app.add_route("/api/login", api, suffix="login")
app.add_route("/api/lines", api, suffix="lines")
app.add_route("/api/error", api, suffix="error")
app.add_route("/api/crash", api, suffix="crash")
app.add_route("/api/public/news", api, suffix="news")
app.add_route("/api/admin/users", api, suffix="users")
app.add_error_handler(Exception, raise_again)  # what a view raises leaves the application

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
