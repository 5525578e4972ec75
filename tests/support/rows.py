"""A table with a row for a front end, one for everybody and one without CORS, and its responses."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from corswsgi import Policy
from tests.support.asking import APP

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


POLICY = Policy(allow_origins=APP, allow_credentials=True, allow_methods="PUT", expose_headers="X-Request-Id")
TABLE: dict[str, Policy | None] = {
    "/api/**": POLICY,
    "/api/admin/**": None,
    "/public/**": Policy(allow_origins="*", expose_headers="*"),
}
ORIGIN = ("Access-Control-Allow-Origin", APP)
CREDENTIALS = ("Access-Control-Allow-Credentials", "true")
EXPOSED = ("Access-Control-Expose-Headers", "X-Request-Id")
VARY = ("Vary", "Origin")
ANY = ("Access-Control-Allow-Origin", "*")
ALLOWED = [("Content-Type", "text/plain"), ("X-Request-Id", "7"), ORIGIN, CREDENTIALS, EXPOSED, VARY]
UNTOUCHED = [("Content-Type", "text/plain"), ("X-Request-Id", "7")]


def answering(*headers: tuple[str, str], status: str = "200 OK") -> "WSGIApplication":
    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        start_response(status, [("Content-Type", "text/plain"), *headers])
        return [b"hello"]

    return app
