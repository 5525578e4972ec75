"""One set of expectations for all servers: the responses that pages, and proxies in between, get over HTTP."""

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.client import HTTPException
from operator import itemgetter
from pathlib import Path

import pytest

from tests.servers import app
from tests.servers.conftest import Server, whole
from tests.support.asking import APP, EVIL, Headers

TEXT = ("Content-Type", "text/plain")
PLAIN = ("Content-Type", "text/plain; charset=utf-8")  # the middleware's own
ID = ("X-Request-Id", "7")
VARY = ("Vary", "Origin")
ANY_ORIGIN = ("Access-Control-Allow-Origin", "*")
GRANTED = [
    ("Access-Control-Allow-Credentials", "true"),
    ("Access-Control-Allow-Origin", APP),
    ("Access-Control-Expose-Headers", "X-Request-Id"),
    VARY,
]
PREFLIGHT_GRANTED = [
    ("Access-Control-Allow-Credentials", "true"),
    ("Access-Control-Allow-Headers", "Content-Type"),
    ("Access-Control-Allow-Methods", "PUT"),
    ("Access-Control-Allow-Origin", APP),
    ("Access-Control-Max-Age", "600"),
    VARY,
]
INTERCEPTING = "/intercepting"


def headers(length: int | None, *more: tuple[str, str]) -> Headers:
    """Give a whole list of headers by name, with the length of a body that was not streamed."""
    lengths = [] if length is None else [("Content-Length", str(length))]
    return sorted([*lengths, *more], key=itemgetter(0))


def without_zero_length(sent: Headers) -> Headers:
    """Leave out what some servers say of a response that has no body."""
    return [header for header in sent if header != ("Content-Length", "0")]


@contextmanager
def closed(gate: Path) -> Iterator[None]:
    """Keep the application from its second chunk."""
    with gate.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.mark.parametrize(
    ("path", "origin", "granted"),
    [
        pytest.param("/api/echo", APP, GRANTED, id="allowed"),
        pytest.param("/api/echo", EVIL, [VARY], id="refused"),
        pytest.param("/api/echo", None, [VARY], id="without Origin"),
        pytest.param("/public/echo", EVIL, [ANY_ORIGIN], id="any origin"),
        pytest.param("/public/echo", None, [ANY_ORIGIN], id="any origin, without Origin"),
        pytest.param("/api/admin/echo", APP, [], id="row None"),
        pytest.param("/elsewhere", APP, [], id="no row"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
def test_a_response_has_the_rows_headers_and_is_else_the_applications(
    server: Server, method: str, path: str, origin: str | None, granted: Headers
) -> None:
    content = f"{method} {server.kind.mount} {path} ".encode()
    response = server.ask(path, method, **({} if origin is None else {"origin": origin}))
    assert response.status == "200 OK"
    assert response.headers == headers(len(content), TEXT, ID, *granted)
    assert response.body == (b"" if method == "HEAD" else content)


@pytest.mark.parametrize(
    ("target", "path", "granted"),
    [
        pytest.param("/caf%C3%A9/x", "/café/x", [ANY_ORIGIN], id="UTF-8"),
        pytest.param("/caf%c3%a9/x", "/café/x", [ANY_ORIGIN], id="UTF-8, lower case"),
        pytest.param("/%70ublic/x", "/public/x", [ANY_ORIGIN], id="decoded once"),
        pytest.param("/%2570ublic/x", "/%70ublic/x", [], id="not decoded twice"),
        pytest.param("/a+b/x", "/a+b/x", [ANY_ORIGIN], id="plus"),
        pytest.param("/a%2Bb/x", "/a+b/x", [ANY_ORIGIN], id="plus, encoded"),
        pytest.param("/a%20b/x", "/a b/x", [], id="a space is no plus"),
        pytest.param("/PUBLIC/x", "/PUBLIC/x", [], id="case"),
    ],
)
def test_the_row_is_that_of_the_path_decoded_once(server: Server, target: str, path: str, granted: Headers) -> None:
    content = f"GET {server.kind.mount} {path} ".encode()
    response = server.ask(target, origin=EVIL)
    assert (response.headers, response.body) == (headers(len(content), TEXT, ID, *granted), content)


@pytest.mark.parametrize(
    "target",
    [
        pytest.param("/public/../private", id="parent"),
        pytest.param("/public/%2e%2e/private", id="parent, encoded"),
        pytest.param("/private/..%2fpublic/x", id="parent, with an encoded slash"),
        pytest.param("/public/./x", id="the same"),
        pytest.param("//public/x", id="empty segment in front"),
        pytest.param("/public%5Cx", id="backslash"),
        pytest.param("/caf%E9/x", id="latin-1 in place of UTF-8"),
    ],
)
def test_a_path_with_two_readings_has_no_row_unless_the_server_settles_it(server: Server, target: str) -> None:
    response = server.ask(target, origin=EVIL)
    settled = response.body == f"GET {server.kind.mount} /public/x ".encode()
    assert response.headers == headers(len(response.body), TEXT, ID, *([ANY_ORIGIN] if settled else []))


def test_a_path_whose_readings_share_a_row_has_that_row(server: Server) -> None:
    response = server.ask("/public//x", origin=EVIL)
    path = "/public//x" if b"//" in response.body else "/public/x"
    content = f"GET {server.kind.mount} {path} ".encode()
    assert (response.headers, response.body) == (headers(len(content), TEXT, ID, ANY_ORIGIN), content)


def test_an_allowed_preflight_is_answered_without_a_body(server: Server) -> None:
    response = server.ask("/api/echo", "OPTIONS", origin=APP, access_control_request_method="PUT")
    assert (response.status, response.body) == ("204 No Content", b"")
    assert without_zero_length(response.headers) == PREFLIGHT_GRANTED


def test_an_allowed_preflight_can_be_answered_with_200(server: Server) -> None:
    response = server.ask(f"{INTERCEPTING}/api/echo", "OPTIONS", origin=APP, access_control_request_method="PUT")
    assert (response.status, response.body) == ("200 OK", b"")
    assert response.headers == headers(0, PLAIN, *PREFLIGHT_GRANTED)


def test_a_refused_preflight_says_why_in_one_line(server: Server) -> None:
    response = server.ask("/api/echo", "OPTIONS", origin=EVIL, access_control_request_method="PUT")
    assert response.status == "403 Forbidden"
    assert response.body == b"CORS preflight refused: pages of this origin are not allowed here.\n"
    assert response.headers == headers(len(response.body), PLAIN, VARY)


@pytest.mark.parametrize("path", ["/api/admin/echo", "/elsewhere"])
def test_a_preflight_where_no_row_has_a_policy_is_the_applications(server: Server, path: str) -> None:
    response = server.ask(path, "OPTIONS", origin=APP, access_control_request_method="PUT")
    content = f"OPTIONS {server.kind.mount} {path} ".encode()
    assert (response.headers, response.body) == (headers(len(content), TEXT, ID), content)


@pytest.mark.parametrize("prefix", ["", INTERCEPTING])
def test_a_preflight_and_the_request_that_it_is_for_can_share_a_connection(server: Server, prefix: str) -> None:
    path = f"{prefix}/api/echo"
    with server.connect() as connection:
        server.send(connection, path, "OPTIONS", origin=APP, access_control_request_method="PUT")
        preflight = whole(connection.getresponse())
        kept_alive = connection.sock is not None
        server.send(connection, path, "PUT", b"payload", origin=APP, content_type="text/x")
        response = whole(connection.getresponse())
    assert response.body == f"PUT {server.kind.mount}{prefix} /api/echo payload".encode()
    assert response.headers == headers(len(response.body), TEXT, ID, *GRANTED)
    assert kept_alive == (int(preflight.status[:3]) in server.kind.keeps_alive_after)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        pytest.param("OPTIONS", "/api/echo", id="204"),
        pytest.param("OPTIONS", f"{INTERCEPTING}/api/echo", id="200 to a preflight"),
        pytest.param("GET", "/api/not-modified", id="304"),
        pytest.param("HEAD", f"{INTERCEPTING}/api/crash", id="HEAD"),
    ],
)
def test_nothing_follows_the_headers_of_a_response_without_a_body(server: Server, method: str, path: str) -> None:
    with server.connect() as connection:
        server.send(connection, path, method, origin=APP, access_control_request_method="PUT", connection="close")
        with connection.sock.makefile("rb") as wire:
            assert wire.read().partition(b"\r\n\r\n")[2] == b""


def test_a_304_has_the_rows_headers(server: Server) -> None:
    response = server.ask("/api/not-modified", origin=APP)
    assert (response.status, response.body) == ("304 Not Modified", b"")
    last_modified = ("Last-Modified", "Tue, 17 Nov 2026 00:00:00 GMT")
    assert without_zero_length(response.headers) == headers(None, last_modified, *GRANTED)


def test_vary_is_merged_and_cookies_stay_apart_and_the_table_is_the_only_authority(server: Server) -> None:
    response = server.ask("/api/many-headers", origin=APP)
    cookies = [("Set-Cookie", "b=1; Path=/"), ("Set-Cookie", "a=2")]
    assert response.headers == headers(0, TEXT, *GRANTED[:-1], ("Vary", "Accept, Origin"), *cookies)


@pytest.mark.parametrize("prefix", ["", INTERCEPTING])
def test_a_file_is_sent_whole(server: Server, prefix: str) -> None:
    response = server.ask(f"{prefix}/api/file", origin=APP)
    content = Path(app.__file__).read_bytes()
    assert (response.headers, response.body) == (headers(len(content), TEXT, *GRANTED), content)


@pytest.mark.parametrize("prefix", ["", INTERCEPTING])
@pytest.mark.parametrize("path", ["/api/streaming", "/api/writing"])
def test_the_first_chunk_leaves_before_the_second_is_made(server: Server, prefix: str, path: str) -> None:
    with ExitStack() as stack:
        with closed(server.folder / "gate"):
            response = stack.enter_context(server.answering(prefix + path, origin=APP))
            assert response.read(len(b"first ")) == b"first "
        rest = whole(response)
    assert (rest.headers, rest.body) == (headers(None, TEXT, *GRANTED), b"second")


@pytest.mark.parametrize("path", ["/api/crash", "/api/crash-before-first-chunk"])
def test_an_intercepted_crash_is_a_500_with_the_rows_headers(server: Server, path: str) -> None:
    response = server.ask(INTERCEPTING + path, origin=APP)
    assert (response.status, response.body) == ("500 Internal Server Error", b"Internal Server Error\n")
    assert response.headers == headers(len(response.body), PLAIN, *GRANTED)


@pytest.mark.parametrize("path", ["/api/crash", "/api/crash-before-first-chunk"])
def test_a_crash_is_else_left_to_the_server_which_goes_on_serving(server: Server, path: str) -> None:
    with suppress(HTTPException, ConnectionError):  # it may close the connection
        server.ask(path, origin=APP)
    assert server.ask("/api/echo", origin=APP).status == "200 OK"


@pytest.mark.parametrize("prefix", ["", INTERCEPTING])
def test_a_crash_after_the_first_chunk_ends_the_response_and_not_the_server(server: Server, prefix: str) -> None:
    with server.answering(f"{prefix}/api/crash-after-first-chunk", origin=APP) as response:
        assert response.read(len(b"first ")) == b"first "
        rest = b""
        with suppress(HTTPException, ConnectionError):  # it may say that there would have been more
            rest = response.read()
    assert (response.status, b"Internal Server Error\n" in rest) == (200, False)
    assert server.ask("/api/echo", origin=APP).status == "200 OK"
