"""Servers for test pages: they send the prepared response for each path, and record the requests."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

Headers = list[tuple[str, str]]

APP = "https://app.example.com"
API = "https://api.example.com"
OTHER = "https://other.example.net"
CREDENTIALS = ("Access-Control-Allow-Credentials", "true")


class Clock:
    """Seconds that pass only when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Answer:
    status: int = 200
    headers: Headers = field(default_factory=list)
    body: bytes = b""


class Server:
    """A WSGI application that holds an answer for each path, and another for the preflights of that path."""

    def __init__(self, answers: dict[str, Answer] | None = None, preflights: dict[str, Answer] | None = None) -> None:
        self.answers = answers or {}
        self.preflights = preflights or {}
        self.arrived: list[WSGIEnvironment] = []

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        self.arrived.append(environ)
        is_preflight = environ["REQUEST_METHOD"] == "OPTIONS" and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ
        answer = (self.preflights if is_preflight else self.answers)[environ["PATH_INFO"]]
        start_response(f"{answer.status} Status", list(answer.headers))
        return [answer.body] if answer.body else []


def allowing(*headers: tuple[str, str], status: int = 200, origin: str = "*", body: bytes = b"") -> Answer:
    """Make an answer that `origin` may read."""
    return Answer(status, [("Access-Control-Allow-Origin", origin), *headers], body)
