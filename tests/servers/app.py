"""The application of all servers, with a handler for each way in which WSGI can make a response.

Run as a program it serves itself, with the servers that have no command for it: on a socket that it inherits.
"""

import fcntl
import socket
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from wsgiref.simple_server import make_server
from wsgiref.util import FileWrapper, shift_path_info

import waitress
import werkzeug.serving

from corswsgi import CORSMiddleware, Policy
from tests.support.asking import APP

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

POLICIES = {
    "/public/**": Policy(allow_origins="*"),
    "/api/**": Policy(
        allow_origins=APP,
        allow_credentials=True,
        allow_methods="PUT",
        allow_headers="Content-Type",
        expose_headers="X-Request-Id",
        max_age=600,
    ),
    "/api/admin/**": None,
    "/café/**": Policy(allow_origins="*"),
    "/a+b/**": Policy(allow_origins="*"),
}
TEXT = ("Content-Type", "text/plain")


def echo(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    line = f"{environ['REQUEST_METHOD']} {environ.get('SCRIPT_NAME', '')} {environ['PATH_INFO']} "
    content = line.encode("latin-1") + environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("200 OK", [TEXT, ("Content-Length", str(len(content))), ("X-Request-Id", "7")])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [content]


def not_modified(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    start_response("304 Not Modified", [("Last-Modified", "Tue, 17 Nov 2026 00:00:00 GMT")])
    return []


def many_headers(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    headers = [TEXT, ("Content-Length", "0"), ("Vary", "Accept"), ("Access-Control-Allow-Origin", "*")]
    start_response("200 OK", [*headers, ("Set-Cookie", "b=1; Path=/"), ("Set-Cookie", "a=2")])
    return []


def file(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    path = Path(__file__)
    start_response("200 OK", [TEXT, ("Content-Length", str(path.stat().st_size))])
    wrapper: Callable[..., Iterable[bytes]] = environ.get("wsgi.file_wrapper", FileWrapper)
    return wrapper(path.open("rb"), 512)


def streaming(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterator[bytes]:
    start_response("200 OK", [TEXT])
    yield b"first "
    _wait_for_gate()
    yield b"second"


def writing(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    write = start_response("200 OK", [TEXT])
    write(b"first ")
    _wait_for_gate()
    return [b"second"]


def _wait_for_gate() -> None:
    with Path("gate").open() as gate:
        fcntl.flock(gate, fcntl.LOCK_SH)  # the test holds it until the first chunk has arrived


def crash(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    raise LookupError("before there is a response")


def crash_before_first_chunk(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterator[bytes]:
    start_response("200 OK", [TEXT])
    raise LookupError("before a byte was sent")
    yield b"never"


def crash_after_first_chunk(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterator[bytes]:
    start_response("200 OK", [TEXT])
    yield b"first "
    raise LookupError("after the first chunk")


HANDLERS: "dict[str, WSGIApplication]" = {
    "not-modified": not_modified,
    "many-headers": many_headers,
    "file": file,
    "streaming": streaming,
    "writing": writing,
    "crash": crash,
    "crash-before-first-chunk": crash_before_first_chunk,
    "crash-after-first-chunk": crash_after_first_chunk,
}


def handle(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Let the last segment of the path choose what happens, so that it can happen under any row."""
    return HANDLERS.get(environ["PATH_INFO"].rpartition("/")[2], echo)(environ, start_response)


intercepting = CORSMiddleware(handle, POLICIES, preflight_status=200, intercept_exceptions=True)


def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Serve `intercepting` too, mounted at a path that no row of the outer table covers."""
    if environ["PATH_INFO"].startswith("/intercepting/"):
        shift_path_info(environ)
        return intercepting(environ, start_response)
    return handle(environ, start_response)


guarded = CORSMiddleware(application, POLICIES)


def serve(server: str, listener: socket.socket, mount: str = "") -> None:
    if server == "waitress":
        waitress.serve(guarded, sockets=[listener], url_prefix=mount)
    elif server == "werkzeug":
        werkzeug.serving.make_server("127.0.0.1", 0, guarded, threaded=True, fd=listener.fileno()).serve_forever()
    elif server == "wsgiref":
        with make_server("127.0.0.1", 0, guarded) as httpd:
            httpd.socket.close()
            httpd.socket = listener
            httpd.serve_forever()


if __name__ == "__main__":
    serve(sys.argv[1], socket.socket(fileno=int(sys.argv[2])), *sys.argv[3:])
