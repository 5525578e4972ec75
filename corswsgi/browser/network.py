"""Requests over the network, with bounds: a hostile or broken server costs little time and memory.

The law of this module: an exchange ends within its deadline, keeps at most `MAX_BODY` bytes of a body, and raises
nothing but `UnreachableError`. A response counts once its head has arrived, as it does for ``fetch()``.
"""

import io
import logging
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any, cast

from corswsgi.browser.head import Head, read_head
from corswsgi.browser.headers import HeaderList
from corswsgi.browser.response import Response
from corswsgi.browser.url import URL
from corswsgi.hosts import is_address, is_loopback
from corswsgi.standard import DEFAULT_PORTS

EXCHANGE_SECONDS = 8.0
MAX_BODY = 1 << 20  # bytes, after decoding

_CHUNK = 1 << 16  # bytes
_AT_ONCE = 0.05  # seconds in which a body counts as coming with its head

logger = logging.getLogger("corswsgi")


class UnreachableError(Exception):
    """The server could not be reached, or did not answer in HTTP."""


class LateError(UnreachableError):
    """The server did not answer in time."""


@dataclass(slots=True, kw_only=True)
class Network:
    """A transport that sends each request over a connection of its own.

    An exchange may take `seconds`, and all exchanges together `total` seconds, from the first one on. `late` counts the
    exchanges that were cut off by a deadline, those whose head had arrived included.

    With `bodies`, all bodies together may take that many seconds, and one of them a part of that; after that, only
    what comes with the head is read. A body that is cut off for this reason does not count as late.
    Likewise, an exchange has half of its time where one before it was late and none was answered.
    """

    seconds: float = EXCHANGE_SECONDS
    total: float | None = None
    bodies: float | None = None
    clock: Callable[[], float] = time.monotonic
    late: int = field(init=False, default=0)
    _ends: float | None = field(init=False, default=None)
    _read_for: float = field(init=False, default=0.0)
    _has_answered: bool = field(init=False, default=False)

    def __call__(self, method: str, url: URL, headers: HeaderList, body: bytes | None) -> Response:
        """Send one request. Raises `UnreachableError`."""
        now = self.clock()
        if self.total is not None and self._ends is None:
            self._ends = now + self.total
        gives_up = self.bodies is not None and self.late > 0 and not self._has_answered
        ends = now + (self.seconds / 2 if gives_up else self.seconds)
        deadline = _Deadline(ends if self._ends is None else min(ends, self._ends), self.clock)
        try:
            with _connected(url, deadline) as connected:
                connection = HTTPConnection(url.host)
                timed = _TimedSocket(connected, deadline)
                connection.sock = cast("socket.socket", timed)
                _send(connection, method, url, headers, body)
                head = timed.read_head()
                return self._response(url, head, _answer(timed, method), deadline)
        except TimeoutError as error:
            self.late += 1
            raise LateError(str(error)) from error
        except (HTTPException, OSError, ValueError) as error:
            raise UnreachableError(_in_one_line(error)) from error

    def _response(self, url: URL, head: Head, answer: HTTPResponse, deadline: "_Deadline") -> Response:
        self._has_answered = True
        content = bytearray()
        began, deadline_of_all = self.clock(), deadline.ends
        if self.bodies is not None:
            left = max(self.bodies - self._read_for, 0)
            deadline.ends = min(deadline.ends, began + max(left / 2, _AT_ONCE))
        try:
            while len(content) <= MAX_BODY and (chunk := answer.read1(_CHUNK)):
                content += chunk
            broken = "the connection broke off" if answer.length else ""
        except TimeoutError as error:
            self.late += deadline.ends == deadline_of_all
            broken = str(error)
        except (HTTPException, OSError, ValueError):
            broken = "the connection broke off"
        self._read_for += self.clock() - began
        decoded = _decoded(bytes(content), head.headers.get("Content-Encoding") or "")
        if len(decoded) > MAX_BODY or len(content) > MAX_BODY:
            broken = f"it is longer than {MAX_BODY} bytes"
        if broken:
            logger.warning("The body of %s was cut off: %s", ascii(url.sent), broken)
        return Response(status=answer.status, headers=head.headers, body=decoded[:MAX_BODY])


@dataclass(slots=True)
class _Deadline:
    ends: float
    clock: Callable[[], float]

    def left(self) -> float:
        """Return the seconds that are left. Raises ``TimeoutError`` where none are."""
        seconds = self.ends - self.clock()
        if seconds <= 0:
            raise self.missed()
        return seconds

    def missed(self) -> TimeoutError:
        return TimeoutError("it took too long")


class _TimedSocket:
    """The part of a socket that `http.client` uses. Each call may take the time that is left until the deadline."""

    def __init__(self, inner: socket.socket, deadline: _Deadline) -> None:
        self._inner = inner
        self._deadline = deadline
        self._reader = _Reader(_TimedReader(inner, deadline))

    def sendall(self, data: bytes) -> None:
        self._inner.settimeout(self._deadline.left())
        self._inner.sendall(data)

    def read_head(self) -> Head:
        head = read_head(self._reader.readline)
        self._reader.pushed = head.framing() if head.status_line else []
        return head

    def makefile(self, *_mode: str) -> io.BufferedReader:
        return self._reader

    def close(self) -> None:
        """Do nothing: `http.client` closes the socket before it reads a body that ends with the connection."""


class _Reader(io.BufferedReader):
    """A reader that returns the lines in `pushed` before it reads on: a head for `http.client`."""

    def __init__(self, raw: io.RawIOBase) -> None:
        super().__init__(raw)
        self.pushed: list[bytes] = []

    def readline(self, size: int | None = -1, /) -> bytes:
        return self.pushed.pop(0) if self.pushed else super().readline(size)


class _TimedReader(io.RawIOBase):
    def __init__(self, inner: socket.socket, deadline: _Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._inner.settimeout(self._deadline.left())
        try:
            return self._inner.recv_into(buffer)
        except TimeoutError:
            raise self._deadline.missed() from None


def _answer(connection: Any, method: str) -> HTTPResponse:
    answer = HTTPResponse(connection, method=method)
    answer.begin()
    return answer


def _connected(url: URL, deadline: _Deadline) -> socket.socket:
    port = int(url.port or DEFAULT_PORTS[url.scheme])
    failed: OSError = OSError("the host has no address")
    for address in _addresses(url.host, port, deadline):
        try:
            connected = socket.create_connection((address, port), timeout=deadline.left())
        except TimeoutError:
            raise deadline.missed() from None
        except OSError as error:
            failed = error
            continue
        return _with_tls(connected, url.host, deadline) if url.scheme == "https" else connected
    raise failed


def _addresses(host: str, port: int, deadline: _Deadline) -> list[str]:
    """Return the addresses of `host`. As in browsers, each name below localhost is this machine."""
    if is_address(host):
        return [host.strip("[]")]
    if is_loopback(host):
        return ["127.0.0.1", "::1"]
    found: list[str] = []
    failed: list[OSError | UnicodeError] = []

    def look_up() -> None:
        try:
            found.extend(str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            failed.append(error)

    # a look-up cannot be interrupted: after the deadline it continues in a thread that nobody waits for
    thread = threading.Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(deadline.left())
    if failed:
        raise failed[0]
    deadline.left()
    return found


def _with_tls(connected: socket.socket, host: str, deadline: _Deadline) -> socket.socket:
    try:
        connected.settimeout(deadline.left())
        return ssl.create_default_context().wrap_socket(connected, server_hostname=host.strip("[]"))
    except BaseException:
        connected.close()
        raise


def _send(connection: HTTPConnection, method: str, url: URL, headers: HeaderList, body: bytes | None) -> None:
    connection.putrequest(method, url.target, skip_host=True)
    sent = HeaderList([("Host", url.netloc), *headers])
    if not sent.has("User-Agent"):
        sent.add("User-Agent", "corswsgi.browser")
    if body is not None and not sent.has("Content-Length"):
        sent.add("Content-Length", str(len(body)))
    for name, value in sent:
        connection.putheader(name, value.encode("latin-1", "replace"))
    connection.endheaders(body)


def _decoded(content: bytes, encoding: str) -> bytes:
    """Decode gzip or deflate, up to `MAX_BODY` and one byte more. Other content is returned unchanged."""
    if encoding.strip().lower() not in {"gzip", "x-gzip", "deflate"}:
        return content
    try:
        return zlib.decompressobj(wbits=47).decompress(content, MAX_BODY + 1)  # 47: zlib or gzip, by its header
    except zlib.error:
        return content


def _in_one_line(error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens there (connection refused)"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed ({error.reason or error})"
    if isinstance(error, HTTPException):
        return f"that is not an answer in HTTP ({' '.join(str(error).split())[:200] or type(error).__name__})"
    if isinstance(error, socket.gaierror):
        return f"the host is not known ({error.strerror})"
    return str(error) or type(error).__name__
