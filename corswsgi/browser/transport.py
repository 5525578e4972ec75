"""The ways to a server: a call of a WSGI application, or the network (in the module `network`)."""

import io
import logging
import sys
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from corswsgi.browser.headers import HeaderList, normalize_value
from corswsgi.browser.response import Response
from corswsgi.browser.url import URL
from corswsgi.standard import DEFAULT_PORTS

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

Transport = Callable[[str, URL, HeaderList, bytes | None], Response]
ExcInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]

logger = logging.getLogger("corswsgi")


def wsgi_transport(app: "WSGIApplication") -> Transport:
    """Serve `app` under whatever host a URL names.

    An exception that the application raises is logged. Before its headers were sent, it becomes the plain 500 that a
    server would send; after that, the body ends where it happened.
    """

    def send(method: str, url: URL, headers: HeaderList, body: bytes | None) -> Response:
        server = _Server()
        try:
            server.run(app, _environ(method, url, headers, body or b""))
            return server.response(method)
        except Exception as raised:
            logger.exception("The application raised for %s %s", ascii(method), ascii(url.sent))
            error = raised
        if not server.has_sent_headers:
            plain = HeaderList([("Content-Type", "text/plain; charset=utf-8")])
            return Response(status=500, headers=plain, body=b"Internal Server Error\n", error=error)
        answer = server.response(method)
        answer.error, answer.is_cut = error, True
        return answer

    return send


class _Server:
    """The server's side of WSGI (PEP 3333), for one request."""

    def __init__(self) -> None:
        self._status = ""
        self._headers: list[tuple[str, str]] = []
        self._body = b""
        self.has_sent_headers = False

    def run(self, app: "WSGIApplication", environ: dict[str, Any]) -> None:
        """Call `app` and read its whole body."""
        chunks: Iterable[bytes] = app(environ, self._start_response)
        try:
            for chunk in chunks:
                self._write(chunk)
            self._write(b"", is_last=True)
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()

    def response(self, method: str) -> Response:
        """Return the response that was sent."""
        return _response(int(self._status.split(maxsplit=1)[0]), self._headers, self._body, method)

    def _start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: ExcInfo | None = None, /
    ) -> Callable[[bytes], object]:
        """Follow PEP 3333: with `exc_info` it replaces headers that have not been sent, and raises if they have."""
        if exc_info is not None and self.has_sent_headers and exc_info[1] is not None:
            raise exc_info[1].with_traceback(exc_info[2])
        if exc_info is None and self._status:
            raise AssertionError("the application called start_response twice without exc_info")
        if not isinstance(status, str):
            raise TypeError(f"the status must be text, not {status!r}")
        self._status, self._headers = status, [(str(name), str(value)) for name, value in headers]
        return self._write

    def _write(self, chunk: bytes, *, is_last: bool = False) -> None:
        """Send the headers with the first byte, or at the end of an empty body."""
        if not self._status:
            raise AssertionError("the application did not call start_response before its body")
        int(self._status.split(maxsplit=1)[0])
        self._body += chunk
        self.has_sent_headers = self.has_sent_headers or bool(chunk) or is_last


def _environ(method: str, url: URL, headers: HeaderList, body: bytes) -> dict[str, Any]:
    """Make the environment of PEP 3333."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(url.path).decode("latin-1"),
        "QUERY_STRING": url.query or "",
        "REQUEST_URI": url.target,
        "RAW_URI": url.target,
        "SERVER_NAME": url.host,
        "SERVER_PORT": url.port or DEFAULT_PORTS[url.scheme],
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": url.netloc,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": url.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in headers:
        key = name.upper().replace("-", "_")
        environ[key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"] = value
    environ.setdefault("REMOTE_ADDR", "127.0.0.1")
    return environ


def _response(status: int, headers: list[tuple[str, str]], body: bytes, method: str) -> Response:
    """Follow https://fetch.spec.whatwg.org/#concept-http-network-fetch: values lose the whitespace around them."""
    normalized = HeaderList((name, normalize_value(value)) for name, value in headers)
    return Response(status=status, headers=normalized, body=b"" if method == "HEAD" else body)
