"""A Bottle application whose routes have their own policies: run this file, or serve `bottle_routes:app`."""

import argparse
from contextlib import suppress
from wsgiref.simple_server import make_server

from bottle import Bottle, request

from corswsgi import Policy
from corswsgi.bottle import install

app = Bottle()
install(app, {"/api/**": Policy(allow_origins="https://app.example.com", allow_credentials=True)})
profile = {"name": "Ada"}


@app.get("/api/me")  # the table's
def read_me() -> dict[str, str]:
    return profile


@app.put(
    "/api/me",
    cors=Policy(
        allow_origins="https://settings.example.com",
        allow_credentials=True,
        allow_methods="PUT",
        allow_headers="Content-Type",
    ),
)
def write_me() -> dict[str, str]:
    profile.update(request.json)
    return profile


@app.get("/api/public/news", cors=Policy(allow_origins="*"))
def news() -> dict[str, list[str]]:
    return {"news": ["the first"]}


@app.get("/api/admin/users", cors=None)
def users() -> dict[str, list[str]]:
    return {"users": ["Ada", "Grace"]}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="0 lets the system choose (default: 8000)")
    with make_server("127.0.0.1", parser.parse_args().port, app) as server, suppress(KeyboardInterrupt):
        print(f"http://127.0.0.1:{server.server_port}/api/public/news", flush=True)
        server.serve_forever()
