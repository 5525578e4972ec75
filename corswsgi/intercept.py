"""The response of `CORSMiddleware` to an application's exception, with ``intercept_exceptions=True``.

The law of this module: an exception becomes a 500 only if no byte of the response has been sent, and the server sees
only one response. Exceptions that are not failures pass through: `StopIteration`, by which an application ends a
connection that it has taken over from the server (a WebSocket under gunicorn), and any exception of a request with
``Upgrade``.
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from _typeshed import OptExcInfo

    from corswsgi.answers import Header

logger = logging.getLogger("corswsgi")

_CRASHED = b"Internal Server Error\n"


def _always() -> bool:
    return True


def intercepting(app: WSGIApplication, covers: Callable[[], bool] = _always) -> WSGIApplication:
    """Put what intercepts exceptions around `app`, where `covers` says so."""

    def respond(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return Intercepted(environ, start_response, covers).respond(app)

    return respond


class Intercepted:
    """A response that becomes a plain 500 when the application raises before its first byte, and `covers` says so.

    The server hears of it with that byte, and so has nothing to take back. PEP 3333 has `exc_info` for that, but given
    one gunicorn 27 sends the headers of both responses, an origin twice, and uWSGI 2.0.30 no body. A response is
    *held* from the application's ``start_response`` on, *told* when the server was told of it, *sent* from its first
    byte on.
    """

    __slots__ = ("_body", "_chunks", "_covers", "_environ", "_held", "_sent", "_start", "_told", "_write")

    _write: Callable[[bytes], object]

    def __init__(self, environ: WSGIEnvironment, start: StartResponse, covers: Callable[[], bool]) -> None:
        self._environ = environ
        self._covers = covers
        self._start = start
        self._held: tuple[str, list[Header]] | None = None  # not passed to the server yet
        self._told = False
        self._sent = False
        self._body: Iterable[bytes] = ()
        self._chunks: Iterable[bytes] = ()  # the body, or its replacement

    def respond(self, app: WSGIApplication) -> Iterable[bytes]:
        """Answer by `app`."""
        if "HTTP_UPGRADE" in self._environ:
            return app(self._environ, self._start)
        try:
            self._chunks = self._body = body = app(self._environ, self._hold)
            file_wrapper = self._environ.get("wsgi.file_wrapper")
            if isinstance(body, list | tuple) or (isinstance(file_wrapper, type) and isinstance(body, file_wrapper)):
                self._tell()
                return body  # unchanged, because servers treat these types specially
        except StopIteration:
            raise
        except Exception as error:  # noqa: BLE001  (it is logged, or raised anew)
            self._chunks = [self._crash(error)]
        return self

    def _hold(
        self, status: str, headers: list[Header], exc_info: OptExcInfo | None = None
    ) -> Callable[[bytes], object]:
        """Act as the application's ``start_response``."""
        if self._told:
            return self._start(status, headers, exc_info)
        if self._held is not None and exc_info is None:
            raise AssertionError("start_response was called again, without exc_info")
        self._held = (status, [*headers])
        return self._write_through

    def _tell(self) -> None:
        if self._held is not None:
            held, self._held, self._told = self._held, None, True
            self._write = self._start(*held)

    def _write_through(self, data: bytes) -> object:
        if not data:
            return None
        self._tell()
        self._sent = True
        return self._write(data)

    def _crash(self, error: Exception) -> bytes:
        """Start a plain 500 in place of the response and return its body."""
        if self._sent or not self._covers():
            raise error
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(_CRASHED)))]
        if self._told:
            self._start("500 Internal Server Error", headers, sys.exc_info())
        else:
            self._start("500 Internal Server Error", headers)
        self._held, self._told, self._sent = None, True, True
        method, path = self._environ["REQUEST_METHOD"], self._environ.get("PATH_INFO", "")
        logger.error("%s %s raised: answered 500 with the row's headers", ascii(method), ascii(path), exc_info=error)
        return b"" if method == "HEAD" else _CRASHED

    def __iter__(self) -> Iterator[bytes]:
        try:
            for chunk in self._chunks:
                if chunk:  # an empty one makes servers send the headers, which cannot be taken back
                    self._tell()
                    self._sent = True
                    yield chunk
            self._tell()
        except Exception as error:  # noqa: BLE001  (it is logged, or raised anew)
            yield self._crash(error)

    def close(self) -> None:
        """Close the application's iterable."""
        close = getattr(self._body, "close", None)
        if close is not None:
            close()
