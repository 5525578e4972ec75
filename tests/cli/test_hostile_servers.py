"""Hostile and broken servers: commands end in time, with one line, and stay on the machine that they were given."""

import gzip
import socket
from typing import Any

import pytest

from corswsgi.browser.network import Network
from corswsgi.browser.url import URL, parse
from corswsgi.cli import explain
from corswsgi.cli.asking import is_elsewhere
from tests.browser.test_network import OK, answering
from tests.cli.test_explain_causes import answer
from tests.cli.test_explain_causes import answering as serving
from tests.support.commands import Serve, run

A = "https://shop.example.org"
CORS = b"Access-Control-Allow-Origin: " + A.encode() + b"\r\n"


@pytest.fixture(autouse=True)
def short_deadlines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make an exchange end after a moment, and all of one command after three."""
    monkeypatch.setattr("corswsgi.cli.explain.Network", lambda total: Network(seconds=0.1, total=total and 0.3))
    monkeypatch.setattr("corswsgi.cli.probe.Network", lambda bodies: Network(seconds=0.1, bodies=bodies))


HOSTILE = {
    "body that never ends": ([OK + CORS + b"\r\n", *[b"x" * 65536] * 400], True),
    "body that drips": ([OK + CORS + b"\r\n", b"x"], True),
    "head that drips": ([b"HTTP/1.1 200 OK\r\nX-A: "], True),
    "nothing, and the connection held": ([], True),
    "gzip bomb": ([OK + CORS + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(bytes(1 << 25))], False),
    "endless length": ([OK + CORS + b"Content-Length: 99999999999999999999\r\n\r\n"], False),
    "negative length": ([OK + CORS + b"Content-Length: -5\r\n\r\n"], False),
    "chunk size that is none": ([OK + CORS + b"Transfer-Encoding: chunked\r\n\r\nZZZ\r\n"], False),
    "huge chunk size": ([OK + CORS + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 20 + b"\r\n"], False),
    "huge head": ([OK, b"X-A: " + b"a" * (1 << 20)], False),
    "gzip that is none": ([OK + CORS + b"Content-Encoding: gzip\r\n\r\nhello"], False),
    "status that is none": ([b"HTTP/1.1 abc\r\n\r\n"], False),
    "no HTTP": ([b"hello"], False),
    "nothing": ([], False),
}


@pytest.mark.parametrize(("parts", "hold"), HOSTILE.values(), ids=HOSTILE)
def test_command_ends_in_time_and_without_a_traceback(parts: list[bytes], *, hold: bool) -> None:
    with answering(*parts, hold=hold) as address:
        explained = run("explain", address, "--origin", A)
        probed = run("probe", address, "--origin", A, "--delay", "0")
    for result in (explained, probed):
        assert result.exit_code in {0, 1, 2}
        assert "Traceback" not in result.output
        assert "\x1b" not in result.output
    if not parts or not parts[0].startswith(OK):
        assert (explained.exit_code, explained.stdout, probed.exit_code) == (2, "", 2)
        assert len(explained.stderr.splitlines()) == 1
        assert f"{address} does not answer: " in explained.stderr


def test_deadlines_are_those_that_are_promised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert (Network().seconds, explain._TOTAL_SECONDS) == (8.0, 17.0)  # noqa: SLF001


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Keep the names that are looked up; addresses need no look-up."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def getaddrinfo(host: str, *arguments: Any, **options: Any) -> Any:
        if host.replace(".", "").isdigit():
            return real(host, *arguments, **options)
        asked.append(host)
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


class TestElsewhere:
    INNER = "http://inner.example/meta"

    @pytest.mark.parametrize("headers", [[], [("Access-Control-Allow-Origin", "*")]], ids=["blocked", "allowed"])
    def test_redirect_to_another_machine_is_named_and_nothing_is_sent(
        self, serve: Serve, looked_up: list[str], headers: list[tuple[str, str]]
    ) -> None:
        url = serve(serving(GET=answer(302, [("Location", self.INNER), *headers])))
        result = run("explain", url, "/x", "--origin", A)
        assert result.exit_code == (2 if headers else 1)
        assert self.INNER in result.output
        assert "--follow" in result.output
        assert looked_up == []

    def test_redirect_is_followed_by_whoever_says_so(self, serve: Serve, looked_up: list[str]) -> None:
        url = serve(serving(GET=answer(302, [("Location", self.INNER), ("Access-Control-Allow-Origin", "*")])))
        result = run("explain", url, "/x", "--origin", A, "--follow")
        assert (result.exit_code, looked_up) == (2, ["inner.example"])
        assert "http://inner.example/meta does not answer: the host is not known" in result.stderr

    @pytest.mark.parametrize(
        ("first", "then", "elsewhere"),
        [
            ("http://127.0.0.1:8000/", "http://localhost:9000/", False),
            ("http://127.0.0.1:8000/", "http://127.1.2.3/", False),
            ("http://127.0.0.1:8000/", "http://10.0.0.1/", True),
            ("http://127.0.0.1:8000/", "http://127.evil.example/", True),
            ("http://10.0.0.1/", "http://10.0.0.1:8080/", False),
            ("http://10.0.0.1/", "http://169.254.169.254/", True),
            ("http://[fd00::1]/", "http://inner.example/", True),
            ("https://example.org/", "https://www.example.org/", False),
            ("http://8.8.8.8/", "http://8.8.4.4/", False),
        ],
    )
    def test_machine_is_known_by_its_address(self, first: str, then: str, *, elsewhere: bool) -> None:
        one, other = parse(first), parse(then)
        assert other is not None
        assert one is not None
        assert is_elsewhere(one, other) is elsewhere

    def test_host_that_is_no_address_is_not_private(self) -> None:
        other = parse("http://a.example/")
        assert other is not None
        assert is_elsewhere(URL(scheme="http", host="1.2.3.4.5", path="/"), other) is False

    @pytest.mark.parametrize(
        "url",
        [
            "http://127.evil.example",
            "http://127.0.0.1.nip.example",
            "http://localhost.example",
            "http://localhost.evil.example/",
        ],
    )
    def test_probe_of_another_machine_needs_permission_and_looks_nothing_up(
        self, looked_up: list[str], url: str
    ) -> None:
        result = run("probe", url, "--origin", A)
        assert (result.exit_code, result.stdout, looked_up) == (2, "", [])
        assert "pass --i-am-allowed-to-test-this-host if you may test it" in result.stderr


@pytest.mark.parametrize("command", ["explain", "probe"])
@pytest.mark.parametrize("origin", ["https://a.example\r\nX-A: 1", "https://a.example/path", "a.example", "\x1b[31m"])
def test_origin_that_is_none_is_refused(serve: Serve, command: str, origin: str) -> None:
    result = run(command, serve(serving()), "/x", "--origin", origin)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "origin" in result.stderr
    assert "\x1b" not in result.output
