"""The sockets of a playground: four ports of loopback, in IPv4 and, if available, IPv6.

The law of this module: it binds only ``127.0.0.1`` and ``::1``.
"""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from corswsgi.playground.own import OwnApplication
from corswsgi.playground.places import Places
from corswsgi.playground.site import Site
from corswsgi.playground.studio import Studio

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

_PORTS = ("control", "front", "stranger", "api")
_TRIES = 20


class _Handler(WSGIRequestHandler):
    """A handler that logs nothing, because the page shows the requests."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002  (its name in the base class)
        pass

    def version_string(self) -> str:
        return "corswsgi-playground"


def bind(port: int) -> list[socket.socket]:
    """Bind a port of loopback in both families. 0 is a port that is free in both. Raises ``OSError``."""
    for _ in range(_TRIES):
        first = _bound(socket.AF_INET, "127.0.0.1", port)
        try:
            return [first, *_bound_v6(first.getsockname()[1])]
        except OSError:
            first.close()
            if port:
                raise
    raise OSError("no port is free")


def _bound(family: int, address: str, port: int) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((address, port))
        sock.listen(128)
    except OSError:
        sock.close()
        raise
    return sock


def _bound_v6(port: int) -> Sequence[socket.socket]:
    """Bind the port in IPv6 as well. Otherwise another program may answer if ``localhost`` resolves to ``::1``."""
    if not has_ipv6():
        return []
    return [_bound(socket.AF_INET6, "::1", port)]


def has_ipv6() -> bool:
    """Return whether this machine has a loopback in IPv6."""
    with suppress(OSError):
        _bound(socket.AF_INET6, "::1", 0).close()
        return True
    return False


@contextmanager
def serving(own: OwnApplication | None = None, port: int = 0) -> Iterator[Site]:
    """Serve a playground until the block ends, on `port` and the next three, or on free ports for 0.

    Raises ``OSError`` if a port is in use.
    """
    with ExitStack() as stack:
        sockets = [[stack.enter_context(sock) for sock in bind(port and port + index)] for index in range(len(_PORTS))]
        places = Places(**{name: pair[0].getsockname()[1] for name, pair in zip(_PORTS, sockets, strict=True)})
        site = Site(places, Studio(places, own))
        for pair in sockets:
            for sock in pair:
                stack.enter_context(_running(site, sock))
        yield site


@contextmanager
def _running(app: "WSGIApplication", sock: socket.socket) -> Iterator[BaseWSGIServer]:
    address = sock.getsockname()
    server = make_server(address[0], address[1], app, threaded=True, request_handler=_Handler, fd=sock.fileno())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
