"""Starts each server as a process and sends requests over HTTP. If a test fails, the server's output is shown.

The socket is made here and inherited: its port is free, and who connects before the server is ready waits in its queue.
"""

import os
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from operator import itemgetter
from pathlib import Path

import pytest

from tests.support.asking import Response

# sockets are not inherited there
collect_ignore = ["test_servers.py", "test_websockets.py"] if sys.platform == "win32" else []

DEADLINE = 60  # seconds, for whatever a server does: a server that hangs fails the test

_HERE = Path(__file__).parent
_OF_THE_SERVER = {"connection", "date", "keep-alive", "server", "transfer-encoding", "via"}


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A server's command, ``{fd}`` for its socket, and what distinguishes the server."""

    command: tuple[str, ...]
    keeps_alive_after: tuple[int, ...] = ()  # the statuses of preflights after which it takes a second request
    mount: str = ""


def _gunicorn(worker: str, app: str = "guarded", *options: str, mount: str = "") -> Kind:
    command = (sys.executable, "-m", "gunicorn", f"tests.servers.app:{app}", "--bind=fd://{fd}", f"-k{worker}")
    return Kind(command=command + options, keeps_alive_after=() if worker == "sync" else (200, 204), mount=mount)


def _python(server: str, *keeps_alive_after: int, mount: str = "") -> Kind:
    command = (sys.executable, "-m", "tests.servers.app", server, "{fd}", mount)
    return Kind(command=command, keeps_alive_after=keeps_alive_after, mount=mount)


def _uwsgi(*options: str, mount: str = "") -> Kind:
    command = (str(Path(sysconfig.get_path("scripts"), "uwsgi")), "--http-socket=fd://{fd}", "--die-on-term")
    closes = "--add-header=Connection: close"  # it does, and does not say so
    return Kind(command=(*command, closes, *options), mount=mount)


_WRAPPING = ("application", f"--config={_HERE / 'gunicorn.conf.py'}")
_ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="pyuwsgi is installed on Linux only: see pyproject.toml")

KINDS = [
    pytest.param(_gunicorn("sync"), id="gunicorn sync"),
    pytest.param(_gunicorn("gthread"), id="gunicorn gthread"),
    pytest.param(_gunicorn("gevent"), id="gunicorn gevent"),
    pytest.param(_gunicorn("sync", *_WRAPPING), id="gunicorn.conf.py sync"),
    pytest.param(_gunicorn("gthread", *_WRAPPING), id="gunicorn.conf.py gthread"),
    pytest.param(_gunicorn("gevent", *_WRAPPING), id="gunicorn.conf.py gevent"),
    pytest.param(_gunicorn("sync", "guarded", "--env=SCRIPT_NAME=/mount", mount="/mount"), id="gunicorn mounted"),
    pytest.param(_python("waitress", 200), id="waitress"),
    pytest.param(_python("waitress", 200, mount="/mount"), id="waitress mounted"),
    pytest.param(_python("werkzeug"), id="werkzeug"),
    pytest.param(_python("wsgiref"), id="wsgiref"),
    pytest.param(_uwsgi("--module=tests.servers.app:guarded"), id="uwsgi", marks=_ON_LINUX),
    pytest.param(
        _uwsgi("--mount=/mount=tests.servers.app:guarded", "--manage-script-name", mount="/mount"),
        id="uwsgi mounted",
        marks=_ON_LINUX,
    ),
]


@dataclass(frozen=True, kw_only=True)
class Server:
    """A server that runs. It is asked for paths below its mount."""

    kind: Kind
    port: int
    folder: Path

    def connect(self) -> closing[HTTPConnection]:
        return closing(HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE))

    def send(
        self, connection: HTTPConnection, path: str, method: str = "GET", body: bytes = b"", /, **headers: str
    ) -> None:
        """Send a request; `headers` are named as keywords, as in `tests.support.asking`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, self.kind.mount + path, body or None, named)

    @contextmanager
    def answering(self, path: str, method: str = "GET", /, **headers: str) -> Iterator[HTTPResponse]:
        with self.connect() as connection:
            self.send(connection, path, method, **headers)
            with connection.getresponse() as response:
                yield response

    def ask(self, path: str, method: str = "GET", /, **headers: str) -> Response:
        with self.answering(path, method, **headers) as response:
            return whole(response)


def whole(response: HTTPResponse) -> Response:
    """Give what the application and the middleware answered: headers by name, as some servers sort them."""
    headers = [header for header in response.getheaders() if header[0].lower() not in _OF_THE_SERVER]
    return Response(f"{response.status} {response.reason}", sorted(headers, key=itemgetter(0)), response.read())


@pytest.fixture(scope="session", params=KINDS)
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    kind: Kind = request.param
    folder = tmp_path_factory.mktemp("server")
    (folder / "gate").touch()
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "XDG_RUNTIME_DIR": str(folder),  # where gunicorn makes its control socket
    }
    with socket.create_server(("127.0.0.1", 0)) as listener, (folder / "log").open("wb") as log:
        server = Server(kind=kind, port=listener.getsockname()[1], folder=folder)
        process = subprocess.Popen(  # noqa: S603  (the commands of this file)
            [part.format(fd=listener.fileno()) for part in kind.command],
            cwd=folder,
            env=environment,
            pass_fds=[listener.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    with process:
        try:
            server.ask("/")
            yield server
        except (OSError, HTTPException) as error:
            pytest.fail(f"{error!r} at the first request, of\n{(folder / 'log').read_text()}")
        finally:
            process.terminate()
            try:
                process.wait(DEADLINE)
            except subprocess.TimeoutExpired:
                process.kill()
                raise


@pytest.fixture
def server(running: Server) -> Iterator[Server]:
    log = running.folder / "log"
    before = log.stat().st_size
    yield running
    sys.stdout.write(log.read_bytes()[before:].decode())  # pytest shows it when the test has failed
