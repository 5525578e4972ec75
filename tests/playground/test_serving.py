"""The sockets: loopback alone, four ports, both families, and what happens when a port is taken."""

import http.client
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest

from corswsgi.playground import serving as serving_module
from corswsgi.playground.serving import bind, has_ipv6, serving


def get(port: int, path: str, host: str, address: str = "127.0.0.1") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(address, port, timeout=10)
    connection.request("GET", path, headers={"Host": host})
    response = connection.getresponse()
    answer = response.status, response.read()
    connection.close()
    return answer


@pytest.fixture
def taken() -> Iterator[int]:
    """Listen on a port, as another program does, and return it. The port before it is free."""
    with ExitStack() as stack:
        while True:
            port: int = stack.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1]
            with suppress(OSError):
                for sock in bind(port - 1):
                    sock.close()
                break
        yield port


def test_four_ports_answer_and_each_host_is_itself() -> None:
    with serving() as site:
        places = site.places
        assert get(places.control, site.url.partition(str(places.control))[2], f"localhost:{places.control}")[0] == 200
        assert get(places.front, "/frame", f"localhost:{places.front}")[0] == 200
        assert get(places.front, "/frame", f"127.0.0.1:{places.front}")[0] == 200
        assert get(places.stranger, "/frame", f"localhost:{places.stranger}")[0] == 200
        status, body = get(places.api, "/api/books/1", f"localhost:{places.api}")
        assert (status, body) == (200, b'{"title": "Frankenstein"}')
        assert get(places.api, "/api/books/1", "rebound.example")[0] == 421
        assert get(places.api, "/api/broken", f"localhost:{places.api}")[0] == 500
    with pytest.raises(OSError, match=r".+"):
        get(places.api, "/", f"localhost:{places.api}")


def test_the_sockets_are_of_loopback() -> None:
    sockets = bind(0)
    addresses = {sock.getsockname()[0] for sock in sockets}
    ports = {sock.getsockname()[1] for sock in sockets}
    for sock in sockets:
        sock.close()
    assert addresses == ({"127.0.0.1", "::1"} if has_ipv6() else {"127.0.0.1"})
    assert len(ports) == 1


def test_localhost_is_answered_in_ipv6_too() -> None:
    with serving() as site:
        if has_ipv6():
            assert get(site.places.front, "/frame", f"localhost:{site.places.front}", "::1")[0] == 200


def test_a_machine_without_ipv6_has_ipv4_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving_module, "has_ipv6", lambda: False)
    sockets = bind(0)
    assert [sock.getsockname()[0] for sock in sockets] == ["127.0.0.1"]
    sockets[0].close()


def test_no_loopback_in_ipv6_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_family: int, _address: str, _port: int) -> socket.socket:
        raise OSError("no such address")

    monkeypatch.setattr(serving_module, "_bound", fail)
    assert not has_ipv6()


def test_a_port_in_use_is_an_error(taken: int) -> None:
    with pytest.raises(OSError, match=r".+"), serving(port=taken):
        pytest.fail("the port is in use")


def test_ports_before_the_one_in_use_are_free_again(taken: int) -> None:
    with pytest.raises(OSError, match=r".+"), serving(port=taken - 1):
        pytest.fail("the second port is in use")
    for sock in bind(taken - 1):
        sock.close()


def test_a_port_that_is_in_use_in_ipv6_is_an_error_or_another_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    tries = []

    def fail(port: int) -> list[socket.socket]:
        tries.append(port)
        raise OSError("in use")

    monkeypatch.setattr(serving_module, "_bound_v6", fail)
    with pytest.raises(OSError, match="no port is free"):
        bind(0)
    assert len({*tries}) > 1
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(OSError, match="in use"):
        bind(port)


def test_four_ports_follow_one_another() -> None:
    for start in range(20_000, 60_000, 997):
        try:
            with serving(port=start) as site:
                assert site.places.origins["api"] == f"http://localhost:{start + 3}"
                return
        except OSError:
            continue
    pytest.fail("no four ports are free")
