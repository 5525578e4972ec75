"""Requests of commands: every exchange is recorded, and no server leads a command to another machine.

The law of this module: after a first server of this machine or of a private network, no request goes to a host that is
neither, unless the user permits it.
"""

import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING

from corswsgi.browser.headers import HeaderList
from corswsgi.browser.network import EXCHANGE_SECONDS, MAX_BODY, UnreachableError
from corswsgi.browser.response import Response
from corswsgi.browser.transport import Transport
from corswsgi.browser.url import URL
from corswsgi.hosts import is_address, is_loopback

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class ElsewhereError(UnreachableError):
    """A server redirects to another machine. No request is sent there."""


class GoesOnError(UnreachableError):
    """A browser would send a request that was not sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request and its response, as they were sent."""

    method: str
    url: URL
    headers: HeaderList
    response: Response

    @property
    def is_preflight(self) -> bool:
        """Whether it is a CORS-preflight request."""
        return self.method == "OPTIONS" and self.headers.has("Access-Control-Request-Method")


@dataclass(slots=True)
class Recorder:
    """A transport that records its exchanges. It stays on the machine of the first request unless it may `follow`."""

    transport: Transport
    follow: bool = True
    exchanges: list[Exchange] = field(init=False, default_factory=list)
    elsewhere: URL | None = field(init=False, default=None)

    def __call__(self, method: str, url: URL, headers: HeaderList, body: bytes | None) -> Response:
        """Send one request. Raises what the transport raises, and `ElsewhereError`."""
        if not self.follow and self.exchanges and is_elsewhere(self.exchanges[0].url, url):
            self.elsewhere = url
            raise ElsewhereError(f"{url.sent} is on another machine")
        response = self.transport(method, url, headers, body)
        self.exchanges.append(Exchange(method=method, url=url, headers=headers, response=response))
        return response


def is_elsewhere(first: URL, url: URL) -> bool:
    """Return whether `url` is on another machine than `first`, a server of this machine or a private network."""
    if is_loopback(url.host) or url.host == first.host:
        return False
    return is_loopback(first.host) or _is_private(first.host)


def _is_private(host: str) -> bool:
    try:
        return is_address(host) and ip_address(host.strip("[]")).is_private
    except ValueError:
        return False


class SettingCookies:
    """A transport that answers the first request with cookies and sends all others."""

    def __init__(self, transport: Transport, cookies: tuple[str, ...]) -> None:
        self._transport = transport
        self._cookies = cookies

    def __call__(self, method: str, url: URL, headers: HeaderList, body: bytes | None) -> Response:
        """Answer the first request, send all others. Raises what the transport raises."""
        if self._cookies:
            answer = HeaderList([("Set-Cookie", cookie) for cookie in self._cookies])
            self._cookies = ()
            return Response(status=204, headers=answer)
        return self._transport(method, url, headers, body)


class Replay:
    """A transport that repeats recorded responses for another engine. It sends nothing."""

    def __init__(self, exchanges: Iterable[Exchange]) -> None:
        self._left = list(exchanges)

    def __call__(self, method: str, url: URL, headers: HeaderList, _body: bytes | None) -> Response:
        """Answer one request. Raises `GoesOnError` for a request that is not in the record."""
        asked = Exchange(method=method, url=url, headers=headers, response=Response(status=0, headers=HeaderList()))
        for exchange in self._left:
            if (exchange.method, exchange.url, exchange.is_preflight) == (method, url, asked.is_preflight):
                self._left.remove(exchange)
                return exchange.response
        raise GoesOnError(f"{method} {url.sent} was not sent")


class TooSlowError(TimeoutError):
    """An application does not begin its response in time."""


class _HangsError(BaseException):
    """An application takes too long. No ``except Exception`` of a framework handles it."""


@contextmanager
def _limited() -> Iterator[None]:
    """Raise `_HangsError` after `EXCHANGE_SECONDS`, where the system can: in the main thread, and on Unix."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def stop(*_: object) -> None:
        raise _HangsError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, EXCHANGE_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def careful(
    app: "WSGIApplication",
    clock: Callable[[], float] = time.monotonic,
    late: Callable[[], object] = lambda: None,
) -> "WSGIApplication":
    """Run `app` to the end of its body before its response is used. If it is not WSGI, the error says so.

    ``sys.exit`` becomes an error like any other. An application that does not begin its response within
    `EXCHANGE_SECONDS` raises `TooSlowError`, after a call of `late`. An endless body (server-sent events) is cut off
    after that time, or after `MAX_BODY` bytes.
    """

    def run(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        started: list[tuple[str, list[tuple[str, str]]]] = []
        written: list[bytes] = []

        def start(status: str, headers: list[tuple[str, str]], _exc_info: object = None, /) -> object:
            started[:] = [(status, headers)]  # nothing has been sent yet, so a later call replaces it
            return written.append

        try:
            with _limited():
                _read(app(environ, start), written, clock)  # type: ignore[arg-type]  # its third argument may be anything
        except _HangsError as error:
            if not started:
                late()
                raise TooSlowError(f"the application does not answer within {EXCHANGE_SECONDS:g} seconds") from error
        except SystemExit as error:
            raise RuntimeError(
                f"the application calls sys.exit({'' if error.code is None else repr(error.code)})"
            ) from error
        if not started:
            raise TypeError("the application did not call start_response")
        status, headers = started[0]
        _check(status, headers, written)
        start_response(status, headers)
        return written

    return run


def _read(body: Iterable[bytes], written: list[bytes], clock: Callable[[], float]) -> None:
    """Add the chunks of `body` to `written`, within the limits of `careful`, and close it."""
    try:
        ends, size = clock() + EXCHANGE_SECONDS, 0
        for chunk in body:
            written.append(chunk)
            size += len(chunk) if isinstance(chunk, bytes) else 0
            if size > MAX_BODY or clock() > ends:
                break
    finally:
        close = getattr(body, "close", None)
        if close is not None:
            close()


def _check(status: object, headers: object, written: list[bytes]) -> None:
    if not isinstance(status, str) or not status[:3].isdigit() or status[3:4].strip():
        raise TypeError(f"start_response was called with the status {status!r}: write '200 OK'")
    if not isinstance(headers, list) or not all(_is_header(each) for each in headers):
        raise TypeError("start_response was called with headers that are not a list of pairs of strings")
    wrong = next((chunk for chunk in written if not isinstance(chunk, bytes)), None)
    if wrong is not None:
        raise TypeError(f"the body of the application has {type(wrong).__name__} in it, not bytes")


def _is_header(each: object) -> bool:
    return isinstance(each, tuple) and [type(part) for part in each] == [str, str]
