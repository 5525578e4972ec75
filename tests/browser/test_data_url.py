"""``data:`` URLs, which are answered without a server."""

import pytest

from corswsgi.browser.data_url import data_response
from tests.browser.test_request import url


@pytest.mark.parametrize(
    ("text", "content_type", "body"),
    [
        pytest.param("data:,a%20b", "text/plain;charset=US-ASCII", b"a b", id="text"),
        pytest.param("data:text/html,a?b", "text/html", b"a?b", id="type"),
        pytest.param("data:;charset=utf-8,a", "text/plain;charset=utf-8", b"a", id="only a parameter"),
        pytest.param("data:no type,a", "text/plain;charset=US-ASCII", b"a", id="a type that is not one"),
        pytest.param("data:application/json; base64,e30", "application/json", b"{}", id="base64"),
        pytest.param("data:a/b;base64,ZQ%3D%3D", "a/b", b"e", id="base64, padded"),
        pytest.param("data:a/b;base64, Z Q ", "a/b", b"e", id="base64 with spaces"),
    ],
)
def test_a_data_url_is_its_own_response(text: str, content_type: str, body: bytes) -> None:
    response = data_response(url(text))
    assert response
    assert (response.status, response.headers, response.body) == (200, [("Content-Type", content_type)], body)


@pytest.mark.parametrize(
    "text", ["data:text/plain", "data:;base64,abcde", "data:;base64,ab!c", "data:;base64,Z===", "data:;base64,a=bc"]
)
def test_without_a_comma_or_with_bad_base64_it_is_a_failure(text: str) -> None:
    assert data_response(url(text)) is None
