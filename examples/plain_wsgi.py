"""A WSGI application without a framework, behind a table of policies. Run it: `python plain_wsgi.py`."""

import json
from collections.abc import Iterable
from wsgiref.simple_server import make_server
from wsgiref.types import StartResponse, WSGIEnvironment

from corswsgi import CORSMiddleware, Policy

ANSWERS = {"/api/me": {"name": "Ada"}, "/api/public/news": {"news": ["the first"]}}


def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    answer = ANSWERS.get(environ["PATH_INFO"])
    start_response("200 OK" if answer else "404 Not Found", [("Content-Type", "application/json")])
    return [json.dumps(answer).encode()]


application = CORSMiddleware(
    app,
    {
        "/api/**": Policy(allow_origins="https://app.example.com", allow_credentials=True),
        "/api/public/**": Policy(allow_origins="*"),
    },
)

if __name__ == "__main__":
    make_server("127.0.0.1", 8000, application).serve_forever()
