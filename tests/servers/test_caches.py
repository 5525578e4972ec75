"""Shared caches between browsers and the application: cached responses neither block nor allow a wrong page."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPMessage
from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING
from wsgiref.simple_server import make_server

import pytest

from corswsgi import CORSMiddleware, Policy
from tests.servers.conftest import DEADLINE
from tests.servers.test_fronts import Quiet, folder, free_port, listening, needed

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

__all__ = ["folder"]  # a fixture

APP, OTHER, EVIL = "https://app.example.com", "https://other.example.com", "https://evil.example"
ORIGINS = (APP, OTHER, EVIL, None)
ROWS = {
    "/public/**": Policy(allow_origins="*"),
    "/listed/**": Policy(allow_origins=[APP, OTHER]),
    "/personal/**": Policy(allow_origins="https://*.example.com", allow_credentials=True),
}
BODY = b"0123456789" * 10
# The Vary lines of the application
VARIES: dict[str, list[str]] = {
    "none": [],
    "one": ["Accept-Language"],
    "two": ["Accept-Language", "Accept"],
    "origin-first": ["Origin", "Accept"],
    "origin-last": ["Accept", "origin"],
    "star": ["Accept", "*"],
}


def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
    """Answer what may be kept, with the Vary lines that the path asks for."""
    varies = [("Vary", line) for line in VARIES[environ["PATH_INFO"].split("/")[2]]]
    headers = [("Content-Type", "text/plain"), ("Cache-Control", "public, max-age=3600"), ("ETag", '"1"'), *varies]
    if environ.get("HTTP_IF_NONE_MATCH") == '"1"':
        start_response("304 Not Modified", headers)
        return []
    start_response("200 OK", [*headers, ("Content-Length", str(len(BODY)))])
    return [BODY]


@pytest.fixture(scope="module")
def backend() -> Iterator[int]:
    server = make_server("127.0.0.1", 0, CORSMiddleware(app, ROWS), handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def nginx(folder: Path, port: int, backend: int) -> list[str]:
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "fastcgi", "uwsgi", "scgi"))
    user = "user root;\n" if os.getuid() == 0 else ""
    (folder / "nginx.conf").write_text(f"""
{user}daemon off; worker_processes 1; pid {folder}/pid; error_log stderr; events {{}}
http {{
    access_log off; {temporary} proxy_temp_path {folder}/proxy;
    proxy_cache_path {folder}/cache keys_zone=all:1m;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://127.0.0.1:{backend}; proxy_cache all; proxy_cache_key $uri;
            add_header X-Kept $upstream_cache_status always;
        }}
    }}
}}
""")
    return [needed("nginx"), "-p", str(folder), "-c", str(folder / "nginx.conf")]


def varnish(folder: Path, port: int, backend: int) -> list[str]:
    (folder / "default.vcl").write_text(f"""
vcl 4.1;
backend default {{ .host = "127.0.0.1"; .port = "{backend}"; }}
sub vcl_deliver {{ if (obj.hits > 0) {{ set resp.http.X-Kept = "HIT"; }} }}
""")
    listen = ["-a", f"127.0.0.1:{port}", "-f", str(folder / "default.vcl"), "-n", str(folder / "work")]
    return [needed("varnishd"), "-F", *listen, "-j", "none", "-s", "malloc,16m", "-T", "none"]


def ask(connection: HTTPConnection, path: str, origin: str | None, **headers: str) -> tuple[int, HTTPMessage]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request("GET", path, headers=named if origin is None else {**named, "Origin": origin})
    response = connection.getresponse()
    response.read()
    return response.status, response.headers


def is_right(path: str, origin: str | None, headers: HTTPMessage) -> bool:
    allowed = headers.get_all("Access-Control-Allow-Origin", [])
    if path.startswith("/public/"):
        return allowed == ["*"]
    # what a request without an origin is answered, no page reads
    return origin is None or allowed == ([origin] if origin in {APP, OTHER} else [])


@pytest.mark.parametrize("cache", [nginx, varnish], ids=["nginx", "varnish"])
@pytest.mark.parametrize("row", ["public", "listed", "personal"])
def test_everybody_gets_what_is_theirs_in_whatever_order_they_come(
    cache: Callable[[Path, int, int], list[str]], row: str, backend: int, folder: Path
) -> None:
    port = free_port()
    wrong: list[tuple[object, ...]] = []
    kept = 0
    with (
        listening(cache(folder, port, backend), port, folder),
        closing(HTTPConnection("127.0.0.1", port, timeout=DEADLINE)) as connection,
    ):
        for vary in VARIES:
            for number, order in enumerate(permutations(ORIGINS)):
                path = f"/{row}/{vary}/{number}"
                for headers in ({}, {}, {"If_None_Match": '"1"'}, {"Range": "bytes=0-3"}):
                    for origin in order:
                        status, answered = ask(connection, path, origin, **headers)
                        kept += answered["X-Kept"] == "HIT"
                        if not is_right(path, origin, answered) or status not in {200, 206, 304}:
                            wrong.append((path, order, origin, headers, status, answered.items()))
    assert wrong == []
    assert kept > 500
