"""The filtered response that a script sees. The corpus has most of the cases."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corswsgi.browser import Page
from corswsgi.browser.headers import HeaderList
from corswsgi.browser.reply import ReadableHeaders, Reply, reply
from corswsgi.browser.request import Request, Tainting
from corswsgi.browser.response import Response, readable_header_names
from tests.browser.serving import API, APP, Answer, Server
from tests.browser.test_request import url

HEADERS = HeaderList([("X-A", "1"), ("Content-Type", "text/plain"), ("x-a", "2"), ("Set-Cookie", "a=b")])
NAMES = st.sampled_from(["X-A", "x-b", "Content-Type", "Set-Cookie", "*", "Access-Control-Expose-Headers"])
VALUES = st.sampled_from(["*", "x-a", "x-a, set-cookie", "X-B,*", "no list", ""])


def request(tainting: Tainting, **options: Any) -> Request:
    return Request(method="GET", url_list=[url(f"{API}/x#y")], origin=APP, response_tainting=tainting, **options)


def response(*headers: tuple[str, str]) -> Response:
    return Response(status=201, headers=HeaderList([*HEADERS, *headers]), body=b"\xef\xbb\xbf{}")


def replied(sent: Request, answered: Response) -> Reply:
    return reply(sent, answered, Page(APP, Server({"/": Answer()})).explain("/"))


def test_a_basic_reply_has_all_but_cookies() -> None:
    answer = replied(request("basic"), response())
    assert (answer.status, answer.type, answer.url, answer.ok) == (201, "basic", f"{API}/x", True)
    assert dict(answer.headers) == {"X-A": "1, 2", "Content-Type": "text/plain"}


def test_a_cors_reply_has_what_is_safelisted_and_exposed() -> None:
    assert dict(replied(request("cors"), response()).headers) == {"Content-Type": "text/plain"}
    exposed = replied(request("cors"), response(("Access-Control-Expose-Headers", "X-a, Set-Cookie")))
    assert dict(exposed.headers) == {"X-A": "1, 2", "Content-Type": "text/plain"}


@pytest.mark.parametrize("kind", ["opaque", "opaqueredirect"])
def test_an_opaque_reply_shows_nothing(kind: Any) -> None:
    answered = response()
    answered.type = kind
    answer = replied(request("opaque"), answered)
    assert (answer.status, answer.type, dict(answer.headers), answer.body, answer.ok) == (0, kind, {}, b"", False)


def test_a_body_is_read_as_utf_8() -> None:
    answer = replied(request("basic"), response())
    assert (answer.text(), answer.json()) == ("{}", {})


def test_readable_headers_are_a_mapping_in_any_case() -> None:
    headers = ReadableHeaders(HEADERS)
    assert headers["x-A"] == "1, 2"
    assert "X-B" not in headers
    assert len(headers) == 3
    assert repr(headers) == "ReadableHeaders({'X-A': '1, 2', 'Content-Type': 'text/plain', 'Set-Cookie': 'a=b'})"


@given(
    st.lists(st.tuples(NAMES, VALUES)).map(HeaderList),
    st.sampled_from(["basic", "cors", "opaque"]),
    st.sampled_from(["omit", "include"]),
)
def test_no_script_reads_cookies_or_what_is_not_there(headers: HeaderList, tainting: Any, credentials: Any) -> None:
    names = readable_header_names(request(tainting, credentials=credentials), Response(status=200, headers=headers))
    assert names <= {name.lower() for name, _ in headers} - {"set-cookie"}
