"""All hosts on one port of loopback: an HTTP proxy that answers itself, over plain HTTP and TLS.

So an engine that is told its proxy takes any name and any port for real, and no name is ever looked up.
"""

import socket
import ssl
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from wsgiref.simple_server import ServerHandler, WSGIRequestHandler, WSGIServer

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication


_MAX_LINE = 65_537  # bytes
_TLS = b"\x16"  # how a handshake begins (RFC 8446, section 5.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """Where the proxy listens on loopback, and the certificate that it shows at the places behind TLS: `host:port`."""

    port: int
    certificate: bytes
    places: Sequence[str]


@contextmanager
def serving(app: "WSGIApplication", places: Sequence[str]) -> Iterator[Proxy]:
    """Let `app` answer as every host. Waits at the end for the engine to have closed its connections."""
    with ExitStack() as stack:
        certificate = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="corswsgi-")), "certificate.pem")
        server = stack.enter_context(_ThreadingServer(("127.0.0.1", 0), _Handler))
        server.set_app(app)
        server.context = _context(certificate)
        der = ssl.PEM_cert_to_DER_cert(certificate.read_text())
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield Proxy(port=server.server_port, certificate=der, places=places)
        finally:
            server.shutdown()
            thread.join()


def _context(certificate: Path) -> ssl.SSLContext:
    """Make a key and a certificate, of no host at all, that nobody trusts but an engine which is told to."""
    key = certificate.with_name("key.pem")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=corswsgi -keyout"
    subprocess.run([*command.split(), key, "-out", certificate], check=True, capture_output=True)  # noqa: S603  (ours)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


class _ThreadingServer(ThreadingMixIn, WSGIServer):
    """One thread for each connection: browsers open some before they need them."""

    context: ssl.SSLContext

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Leave it: an engine may close a connection whenever it likes, and its background services trust us not."""


class _ServerHandler(ServerHandler):
    """Speaks HTTP/1.1, for the sake of caches: of an answer in HTTP/1.0 Chromium does not use the ETag."""

    http_version = "1.1"
    request_handler: WSGIRequestHandler

    def send_preamble(self) -> None:
        super().send_preamble()
        self._write(b"Connection: close\r\n")


class _Handler(WSGIRequestHandler):
    """Answers one request, or the one that comes through the tunnel that it asked for."""

    disable_nagle_algorithm = True  # or an answer waits for the acknowledgement of its first line
    server: _ThreadingServer
    rfile: BufferedReader
    wfile: Any
    is_tunnel = False

    def handle(self) -> None:
        if not self.rfile.peek(1).startswith(b"CONNECT "):
            self._answer()
            return
        while self.rfile.readline().strip():
            pass
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        if self.connection.recv(1, socket.MSG_PEEK) != _TLS:  # a WebSocket without TLS
            self._answer()
            return
        with self.server.context.wrap_socket(self.connection, server_side=True) as self.request:
            self.is_tunnel = True
            self.setup()
            self._answer()
            self.wfile.flush()

    def _answer(self) -> None:
        """Answer one request, in place of the base class' method, which speaks HTTP/1.0."""
        self.raw_requestline = self.rfile.readline(_MAX_LINE)
        if not self.parse_request():
            return
        app = self.server.get_app()
        assert app
        handler = _ServerHandler(self.rfile, self.wfile, self.get_stderr(), self.get_environ())
        handler.request_handler = self
        handler.run(app)

    def parse_request(self) -> bool:
        is_good = super().parse_request()
        if is_good and "://" in self.path:
            self.path = urlsplit(self.path)._replace(scheme="", netloc="").geturl() or "/"
        return is_good

    def get_environ(self) -> dict[str, Any]:
        environ = super().get_environ()
        if "Content-Type" not in self.headers:
            del environ["CONTENT_TYPE"]  # the base class makes one up
        if "Content-Length" not in self.headers:
            environ.pop("CONTENT_LENGTH", None)  # the same
        return {**environ, **({"HTTPS": "on"} if self.is_tunnel else {})}

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (its name in the base class)
        """Say nothing: what is worth telling, the applications record."""
