"""Handshakes of WebSockets through real servers: a stranger's is refused before the connection is upgraded."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEADLINE = 20  # seconds: a server that hangs fails the test
_GUNICORN = ("-m", "gunicorn", "tests.servers.websockets:application", "--bind=fd://{fd}", "--threads=4")
SERVERS = {
    "gunicorn gthread": (*_GUNICORN, "-kgthread"),
    "gunicorn gevent": (*_GUNICORN, "-kgevent"),
    "gevent": ("-m", "tests.servers.websockets", "gevent", "{fd}"),
    "werkzeug": ("-m", "tests.servers.websockets", "werkzeug", "{fd}"),
}


@pytest.fixture(scope="module", params=SERVERS)
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number: int = listener.getsockname()[1]
        fd = listener.fileno()
        command = [sys.executable, *(part.format(fd=fd) for part in SERVERS[request.param])]
        with subprocess.Popen(  # noqa: S603  (our own)
            command, cwd=ROOT, pass_fds=[fd], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            try:
                yield number
            finally:
                process.terminate()
                process.wait(timeout=DEADLINE)


def handshake(port: int, **headers: str) -> tuple[int, bytes]:
    """Open a WebSocket, send "hi", and return the status and the server's reply."""
    lines = [
        "GET /live HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
    ]
    with closing(socket.create_connection(("127.0.0.1", port), DEADLINE)) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        answer = connection.makefile("rb")
        status = int(answer.readline().split()[1])
        while answer.readline().strip():
            pass
        if status != 101:
            return status, answer.readline()
        # RFC 6455, section 5.2: one final text frame of two bytes, masked with zeros
        connection.sendall(b"\x81\x82\0\0\0\0hi")
        _, length = answer.read(2)
        return status, answer.read(length)


def asked(port: int) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=DEADLINE)
    connection.request("GET", "/asked")
    count = int(connection.getresponse().read())
    connection.close()
    return count


def test_handshake_of_another_origin_is_refused_before_the_upgrade(port: int) -> None:
    before = asked(port)
    refused = (403, b"Refused: pages of other origins may not send this request.\n")
    assert handshake(port, Origin="https://evil.example", Cookie="s=1") == refused
    assert handshake(port, Origin=f"http://127.0.0.1:{port + 1}", Sec_Fetch_Site="same-site") == refused
    assert handshake(port, Origin="null") == refused
    assert asked(port) == before


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://ally.example", "Cookie": "s=1"}, {}], ids=["listed", "program"]
)
def test_handshake_that_is_allowed_is_upgraded(port: int, headers: dict[str, str]) -> None:
    assert handshake(port, **headers) == (101, b"echo hi")


def test_own_page_opens_its_websocket(port: int) -> None:
    assert handshake(port, Origin=f"http://127.0.0.1:{port}", Cookie="s=1") == (101, b"echo hi")
