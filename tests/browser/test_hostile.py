"""Hostile input of callers and servers: there is always a result or a documented error."""

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corswsgi.browser import CORSError, Handshake, Page
from tests.browser.serving import APP, Answer, Server

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from corswsgi.browser.engines import EngineName

MANY = "9" * 5000
VALUES = st.text() | st.sampled_from([MANY, f"-{MANY}", f"bytes={MANY}-{MANY}", "\x00", "\ud800", "max-age=" + MANY])
NAMES = st.sampled_from([
    "Access-Control-Allow-Origin", "Access-Control-Allow-Headers", "Access-Control-Allow-Methods",
    "Access-Control-Max-Age", "Access-Control-Expose-Headers", "Age", "Cache-Control", "Content-Type", "Date", "ETag",
    "Expires", "Last-Modified", "Location", "Pragma", "Referrer-Policy", "Set-Cookie", "Vary", "X-A",
])  # fmt: skip
ENGINES: tuple["EngineName", ...] = ("standard", "chromium", "firefox", "webkit")
REQUEST_NAMES = st.sampled_from(["Accept", "Content-Type", "Range", "X-HTTP-Method", "X-A", "Content-Language"])


@given(
    st.sampled_from(ENGINES),
    st.sampled_from([200, 204, 206, 301, 302, 304, 401, 500]),
    st.lists(st.tuples(NAMES, VALUES), max_size=4),
    st.sampled_from(["include", "same-origin"]),
)
@settings(max_examples=300)
def test_no_answer_of_a_server_raises(
    engine: "EngineName", status: int, headers: list[tuple[str, str]], credentials: Any
) -> None:
    count = 0

    def app(_environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
        nonlocal count
        count += 1
        start_response(f"{status if count < 3 else 200} X", [("Access-Control-Allow-Origin", "*"), *headers])
        return [b"x"]

    page = Page(APP, app, engine=engine)
    for api in ("fetch", "xhr", "eventsource"):
        handshake = page.explain("/x", credentials=credentials, api=api)
        assert isinstance(handshake, Handshake)
        assert handshake.to_text().replace("\n", "").isprintable()
    with suppress(CORSError):
        page.submit("/x", {"a": "b"})


@given(
    st.sampled_from(ENGINES),
    st.text() | st.sampled_from([f"http://a:{MANY}/", f"http://{MANY}/", "//[", "\ud800", "data:", "http://xn--/"]),
    st.text() | st.sampled_from(["GET", "PUT"]),
    st.lists(st.tuples(REQUEST_NAMES | st.text(), VALUES), max_size=3),
    st.none() | st.binary() | st.text() | st.dictionaries(st.text(), st.text()),
    st.sampled_from(["fetch", "xhr", "xhr-upload"]),
)
@settings(max_examples=300)
def test_no_call_of_a_script_raises(  # noqa: PLR0913, PLR0917  (they are fetch()'s own)
    engine: "EngineName", url: str, method: str, headers: Any, body: Any, api: Any
) -> None:
    page = Page(APP, Server({"/": Answer()}), engine=engine)
    handshake = page.explain(url, method=method, headers=headers, body=body, api=api)
    assert isinstance(handshake.to_dict(), dict)
    assert handshake.to_text()


@pytest.mark.parametrize("body", [1, object(), [1], {"a"}])
def test_a_body_of_another_type_is_a_type_error(body: Any) -> None:
    with pytest.raises(TypeError):
        Page(APP, lambda *_: []).explain("/x", method="POST", body=body)


@pytest.mark.parametrize("status", ["200", "", "nothing", b"200 OK", 200, None])
def test_an_application_with_another_status_is_a_500(status: Any) -> None:
    def app(_environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
        start_response(status, [])
        return []

    handshake = Page(APP, app).explain("/x")
    assert handshake.responses[0].status == (200 if status == "200" else 500)


@pytest.mark.parametrize("headers", [None, [("a",)], [1], "text", {"a": "b"}])
def test_an_application_with_other_headers_is_a_500(headers: Any) -> None:
    def app(_environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
        start_response("200 OK", headers)
        return []

    assert Page(APP, app).explain("/x").responses[0].status == 500


def test_a_body_that_is_not_bytes_is_a_500() -> None:
    def app(_environ: "WSGIEnvironment", start_response: "StartResponse") -> Any:
        start_response("200 OK", [])
        return ["text"]

    assert Page(APP, app).explain("/x").responses[0].status == 500
