"""Requests over loopback, to good, broken and hostile servers: deadlines, sizes and errors in one line."""

import gzip
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import pytest

from corswsgi.browser.headers import HeaderList
from corswsgi.browser.network import MAX_BODY, LateError, Network, UnreachableError
from corswsgi.browser.response import Response
from tests.browser.test_request import url

OK = b"HTTP/1.1 200 OK\r\nX-A: 1\r\n"


@contextmanager
def answering(*parts: bytes, hold: bool = False) -> Iterator[str]:
    """Serve one connection after the other: read a head, send `parts`; keep the connection open to `hold` it."""
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while not done.is_set():
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65536)
                    try:
                        for part in parts:
                            connection.sendall(part)
                        if hold:
                            connection.recv(1)  # until the client closes
                    except OSError:
                        pass  # the client has had enough

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        finally:
            done.set()
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def get(address: str, network: Network | None = None) -> Response:
    return (network or Network())("GET", url(address), HeaderList(), None)


@pytest.mark.parametrize(
    "informational",
    [
        pytest.param([b"HTTP/1.1 103 Early Hints\r\nX-A: 0\r\n\r\n"], id="hints"),
        pytest.param([b"HTTP/1.1 100 Continue\r\n\r\n"] * 3 + [b"HTTP/1.1 102 Processing\r\n\r\n"] * 3, id="many"),
    ],
)
def test_what_is_informational_is_skipped(informational: list[bytes]) -> None:
    with answering(b"".join(informational) + OK + b"Content-Length: 2\r\n\r\nhi") as address:
        response = get(address)
    assert (response.status, response.headers.get_all("X-A"), response.body) == (200, ["1"], b"hi")


def test_answer_that_never_comes_after_informational_ones_is_late() -> None:
    with answering(b"HTTP/1.1 102 Processing\r\n\r\n", hold=True) as address, pytest.raises(LateError):
        get(address, Network(seconds=0.1))


def test_protocol_that_is_switched_unasked_is_no_answer() -> None:
    with (
        answering(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", hold=True) as address,
        pytest.raises(UnreachableError, match="that is not an answer in HTTP \\(status 101"),
    ):
        get(address)


@pytest.mark.parametrize(("bodies", "seconds"), [(1.0, [8.0, 4.0]), (None, [8.0, 8.0])])
def test_server_that_never_answers_has_half_the_time_the_second_time(
    monkeypatch: pytest.MonkeyPatch, bodies: float | None, seconds: list[float]
) -> None:
    given: list[float] = []

    def connect(_address: object, timeout: float) -> None:
        given.append(timeout)
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", connect)
    network = Network(bodies=bodies, clock=lambda: 0.0)
    for _ in seconds:
        with pytest.raises(LateError):
            get("http://127.0.0.1:1/", network)
    assert (given, network.late) == (seconds, 2)


def test_streams_cost_less_and_less_time_where_bodies_have_a_budget() -> None:
    network = Network(bodies=0.2)
    with answering(OK + b"\r\n", b"x", hold=True) as address:
        bodies = [get(address, network).body for _ in range(3)]
    assert (bodies, network.late) == ([b"x"] * 3, 0)


@pytest.mark.parametrize(
    ("parts", "body"),
    [
        pytest.param([OK + b"Content-Length: 2\r\n\r\nhi"], b"hi", id="length"),
        pytest.param([OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"], b"hi", id="chunks"),
        pytest.param([OK + b"\r\n", b"hi"], b"hi", id="until the end of the connection"),
        pytest.param([OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"hi")], b"hi", id="gzip"),
        pytest.param([OK + b"Content-Encoding: gzip\r\n\r\nhi"], b"hi", id="gzip that is none"),
        pytest.param([OK + b"Content-Length: -5\r\n\r\nhi"], b"hi", id="negative length"),
    ],
)
def test_answer_is_read(parts: list[bytes], body: bytes) -> None:
    with answering(*parts) as address:
        response = get(address)
    assert (response.status, response.headers[0], response.body) == (200, ("X-A", "1"), body)


@pytest.mark.parametrize(
    ("parts", "kept"),
    [
        pytest.param([OK + b"Content-Length: 99999999999999999999\r\n\r\nhi"], 2, id="length that never comes"),
        pytest.param([OK + b"Transfer-Encoding: chunked\r\n\r\nZZZ\r\nhi"], 0, id="chunk size that is none"),
        pytest.param([OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 20 + b"\r\nhi"], 2, id="huge chunk size"),
        pytest.param([OK + b"\r\n", *[b"x" * 65536] * 40], MAX_BODY, id="long body"),
        pytest.param(
            [OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(bytes(50 * MAX_BODY))], MAX_BODY, id="gzip bomb"
        ),
    ],
)
def test_body_that_is_cut_off_is_an_answer_and_is_logged(
    parts: list[bytes], kept: int, caplog: pytest.LogCaptureFixture
) -> None:
    with answering(*parts) as address:
        response = get(address)
    assert (response.status, len(response.body)) == (200, kept)
    assert len(caplog.messages) == 1
    assert caplog.messages[0].startswith(f"The body of '{address}' was cut off: ")


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param([b"HTTP/1.1 abc\r\n\r\n"], id="status"),
        pytest.param([b"hello"], id="no HTTP"),
        pytest.param([], id="nothing"),
    ],
)
def test_answer_that_is_not_http_is_one_line(parts: list[bytes]) -> None:
    with (
        answering(*parts) as address,
        pytest.raises(UnreachableError, match=r"^that is not an answer in HTTP") as error,
    ):
        get(address)
    assert "\n" not in str(error.value)


class Ticking:
    """A clock on which each look costs a second."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


class TestDeadline:
    def test_server_that_does_not_answer_is_late(self) -> None:
        network = Network(seconds=0.05)
        with answering(hold=True) as address, pytest.raises(LateError, match=r"^it took too long$"):
            get(address, network)
        assert network.late == 1

    def test_drops_of_a_head_do_not_extend_it(self) -> None:
        network = Network(clock=Ticking())
        with answering(*[b"H"] * 20, hold=True) as address, pytest.raises(UnreachableError):
            get(address, network)

    def test_head_is_an_answer_when_the_body_is_late(self, caplog: pytest.LogCaptureFixture) -> None:
        network = Network(seconds=0.2)
        with answering(OK + b"Content-Length: 5\r\n\r\nhi", hold=True) as address:
            response = get(address, network)
        assert (response.status, response.body, network.late) == (200, b"hi", 1)
        assert "cut off: it took too long" in caplog.text

    def test_all_exchanges_together_have_one_too(self) -> None:
        clock = Ticking()
        network = Network(seconds=100, total=30, clock=clock)
        with answering(OK + b"Content-Length: 0\r\n\r\n") as address:
            get(address, network)
            clock.now = 40
            with pytest.raises(LateError):
                get(address, network)

    def test_connection_that_nobody_accepts_is_late(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def connect(*_arguments: object, **_options: object) -> socket.socket:
            raise TimeoutError

        monkeypatch.setattr(socket, "create_connection", connect)
        with pytest.raises(LateError):
            get("http://127.0.0.1:1/")

    def test_look_up_that_hangs_is_left_behind(self, monkeypatch: pytest.MonkeyPatch) -> None:
        hanging = threading.Event()
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_arguments, **_options: hanging.wait() and [])
        with pytest.raises(LateError):
            get("http://shop.example/", Network(seconds=0.05))
        hanging.set()


class TestNames:
    def looked_up(self, monkeypatch: pytest.MonkeyPatch, answer: Callable[[], list[object]]) -> list[str]:
        asked: list[str] = []
        real = socket.getaddrinfo

        def getaddrinfo(host: str, port: int, *arguments: Any, **options: Any) -> Sequence[object]:
            if host == "127.0.0.1":
                return real(host, port, *arguments, **options)
            asked.append(host)
            return answer()

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        return asked

    def test_name_is_looked_up(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked = self.looked_up(monkeypatch, lambda: [(0, 0, 0, "", ("127.0.0.1", 0))])
        connected: list[tuple[str, int]] = []

        def connect(address: tuple[str, int], **_options: object) -> socket.socket:
            connected.append(address)
            raise ConnectionRefusedError

        monkeypatch.setattr(socket, "create_connection", connect)
        with pytest.raises(UnreachableError, match="nothing listens there"):
            get("http://shop.example/")
        assert (asked, connected) == (["shop.example"], [("127.0.0.1", 80)])

    @pytest.mark.parametrize(
        ("answer", "says"),
        [
            pytest.param(socket.gaierror(-2, "Name or service not known"), "the host is not known", id="unknown"),
            pytest.param(UnicodeError("label too long"), "label too long", id="no name"),
            pytest.param(None, "the host has no address", id="no address"),
        ],
    )
    def test_name_without_an_address_is_unreachable(
        self, monkeypatch: pytest.MonkeyPatch, answer: Exception | None, says: str
    ) -> None:
        def raises() -> list[object]:
            if answer is not None:
                raise answer
            return []

        self.looked_up(monkeypatch, raises)
        with pytest.raises(UnreachableError, match=says):
            get("http://shop.example/")

    def test_names_below_localhost_are_this_machine(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked = self.looked_up(monkeypatch, list)
        with answering(OK + b"Content-Length: 0\r\n\r\n") as address:
            response = get(address.replace("127.0.0.1", "api.localhost"))
        assert (response.status, asked) == (200, [])


class TestTLS:
    def test_server_without_tls_is_told(self) -> None:
        with answering(b"HTTP/1.1 400 Bad Request\r\n\r\n") as address, pytest.raises(UnreachableError, match=r"^TLS"):
            get(address.replace("http:", "https:"))

    def test_certificate_that_is_not_trusted_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def wrap(*_arguments: object, **_options: object) -> ssl.SSLSocket:
            error = ssl.SSLCertVerificationError("certificate verify failed")
            error.verify_message = "self-signed certificate"
            raise error

        monkeypatch.setattr(ssl.SSLContext, "wrap_socket", wrap)
        with answering() as address, pytest.raises(UnreachableError, match=r"not trusted .self-signed certificate."):
            get(address.replace("http:", "https:"))

    def test_answer_over_tls_is_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        names: list[str] = []

        def wrap(_context: ssl.SSLContext, inner: socket.socket, server_hostname: str) -> socket.socket:
            names.append(server_hostname)
            return inner

        monkeypatch.setattr(ssl.SSLContext, "wrap_socket", wrap)
        with answering(OK + b"Content-Length: 0\r\n\r\n") as address:
            assert get(address.replace("http:", "https:")).status == 200
        assert names == ["127.0.0.1"]


def test_length_of_a_body_is_sent() -> None:
    with ExitStack() as stack:
        server = stack.enter_context(closing(socket.create_server(("127.0.0.1", 0))))
        received: list[bytes] = []

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                received.append(connection.recv(65536))
                connection.sendall(OK + b"Content-Length: 0\r\n\r\n")

        thread = threading.Thread(target=serve)
        thread.start()
        address = f"http://127.0.0.1:{server.getsockname()[1]}/x"
        headers = HeaderList([("X-A", "é"), ("User-Agent", "me")])
        Network()("PUT", url(address), headers, b"body")
        thread.join()
    assert received[0].startswith(b"PUT /x HTTP/1.1\r\n")
    assert b"\r\nX-A: \xe9\r\nUser-Agent: me\r\nContent-Length: 4\r\n\r\n" in received[0]
