"""Heads of responses, as Chromium 156 and Firefox 153 took them: each case was sent to both."""

import io

import pytest

from corswsgi.browser.head import MAX_HEAD, read_head
from corswsgi.browser.network import UnreachableError
from tests.browser.test_network import OK, answering, get

CORS = b"Access-Control-Allow-Origin: *\r\n"
END = b"Content-Length: 2\r\n\r\nok"


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(b"".join(b"X-%d: 1\r\n" % number for number in range(400)), id="400 headers"),
        pytest.param(b"X-A: " + b"a" * 100_000 + b"\r\n", id="a long one"),
        pytest.param(b"X Bad: 1\r\n", id="a space in a name"),
        pytest.param(b"no colon here\r\n", id="no colon"),
        pytest.param(b": empty\r\n", id="no name"),
        pytest.param(b"X-\x1b: q\r\n", id="a control character in a name"),
        pytest.param(b"\xc3\xa9: 1\r\n", id="a letter beyond ASCII in a name"),
        pytest.param(b"X-A: 1\n", id="a line feed alone"),
    ],
)
def test_headers_after_others_and_after_lines_that_are_none_are_read(lines: bytes) -> None:
    with answering(OK + lines + CORS + END) as address:
        response = get(address)
    assert (response.headers.get("Access-Control-Allow-Origin"), response.body) == ("*", b"ok")


@pytest.mark.parametrize(
    ("head", "status"),
    [
        pytest.param(b"HTTP/1.1 200 OK\r\n X-A: 1\r\n" + CORS + END, 200, id="first line folded"),
        pytest.param(b"\r\nHTTP/1.1 200 OK\r\n" + CORS + END, 200, id="an empty line first"),
        pytest.param(b"HTTP/1.1 999 OK\r\n" + CORS + END, 999, id="a status that nobody knows"),
        pytest.param(b"HTTP/1.1 200 OK\r\n" + CORS + b"Content-Length: 2\r\n" + END, 200, id="a length twice"),
        pytest.param(b"HTTP/1.1 204 No Content\r\n" + CORS.rstrip(), 204, id="cut off in its last line"),
    ],
)
def test_odd_head_is_a_head(head: bytes, status: int) -> None:
    with answering(head) as address:
        response = get(address)
    assert (response.status, response.headers.get("Access-Control-Allow-Origin")) == (status, "*")


def test_folded_value_is_one_value() -> None:
    with answering(OK + b"X-B: 1,\r\n  2\r\n" + END) as address:
        assert get(address).headers.get("X-B") == "1, 2"


@pytest.mark.parametrize(
    ("head", "says"),
    [
        pytest.param(OK + b"X-A: 1\0\r\n" + CORS + END, "its head has a NUL in it", id="NUL"),
        pytest.param(OK + CORS + b"Content-Length: 3\r\n" + END, "it has Content-Length twice", id="two lengths"),
        pytest.param(OK + CORS + b"Location: /a\r\nLocation: /b\r\n" + END, "it has Location twice", id="locations"),
        pytest.param(OK + (b"X-A: " + b"1" * 1000 + b"\r\n") * 300 + END, f"longer than {MAX_HEAD} bytes", id="long"),
    ],
)
def test_head_that_browsers_refuse_is_no_answer(head: bytes, says: str) -> None:
    with answering(head) as address, pytest.raises(UnreachableError, match="that is not an answer in HTTP") as error:
        get(address)
    assert says in str(error.value)


def test_http_client_gets_one_line_of_each_header_that_frames_the_body() -> None:
    lines = b"HTTP/1.1 200 OK\r\nConnection: close\r\nConnection: x\r\nX-A: 1\r\nContent-Length: 2\r\n\r\n"
    head = read_head(io.BytesIO(lines).readline)
    assert head.headers.get_all("Connection") == ["close", "x"]
    assert head.framing() == [b"HTTP/1.1 200 OK\r\n", b"Connection: close\r\n", b"Content-Length: 2\r\n", b"\r\n"]
