"""A script's call makes a request, or raises an error before anything is sent."""

from typing import Any

import pytest

from corswsgi.browser.engines import CHROMIUM
from corswsgi.browser.failure import NetworkError
from corswsgi.browser.request import Call, Request, create_request
from corswsgi.browser.url import URL, parse
from tests.browser.serving import APP


def url(text: str) -> URL:
    parsed = parse(text)
    assert parsed is not None
    return parsed


BASE = url("https://api.example.com/")


def made(path: str = "/x", **options: Any) -> Request:
    return create_request(Call(url=path, **options), APP, BASE)


def thrown(path: str = "/x", **options: Any) -> tuple[str, str]:
    with pytest.raises(NetworkError) as error:
        made(path, **options)
    assert error.value.stage == "request"
    return error.value.failure.code, error.value.failure.detail


@pytest.mark.parametrize(
    ("options", "error"),
    [
        pytest.param({"path": "https://"}, ("url-invalid", "https://"), id="no URL"),
        pytest.param({"path": "https://u@a/"}, ("url-with-credentials", "https://u@a/"), id="userinfo"),
        pytest.param({"method": ""}, ("method-invalid", ""), id="empty method"),
        pytest.param({"method": "trace"}, ("method-forbidden", "trace"), id="forbidden method"),
        pytest.param({"headers": {"": "1"}}, ("header-name-invalid", ""), id="empty name"),
        pytest.param({"headers": {"é": "1"}}, ("header-name-invalid", "é"), id="name beyond ASCII"),
        pytest.param({"headers": {"X": "€"}}, ("header-value-invalid", "X"), id="value beyond latin-1"),
        pytest.param({"credentials": "yes"}, ("option-invalid", "credentials: yes"), id="credentials"),
        pytest.param({"mode": "navigate"}, ("option-invalid", "mode: navigate"), id="mode"),
        pytest.param({"redirect": "never"}, ("option-invalid", "redirect: never"), id="redirect"),
        pytest.param({"body": "x"}, ("body-not-allowed", "GET"), id="body with GET"),
        pytest.param({"method": "head", "json": 1}, ("body-not-allowed", "HEAD"), id="body with HEAD"),
        pytest.param({"method": "PUT", "mode": "no-cors"}, ("no-cors-method", "PUT"), id="PUT in no-cors mode"),
    ],
)
def test_a_call_that_the_standard_refuses_throws(options: dict[str, Any], error: tuple[str, str]) -> None:
    assert thrown(**options) == error


@pytest.mark.parametrize(
    ("options", "body", "content_type"),
    [
        pytest.param({"body": "é"}, "é".encode(), "text/plain;charset=UTF-8", id="text"),
        pytest.param({"body": b"\x00"}, b"\x00", None, id="bytes"),
        pytest.param(
            {"body": {"a": "1 2", "b": "é"}},
            b"a=1+2&b=%C3%A9",
            "application/x-www-form-urlencoded;charset=UTF-8",
            id="form, mapping",
        ),
        pytest.param(
            {"body": [("a", 1), ("a", 2)]},
            b"a=1&a=2",
            "application/x-www-form-urlencoded;charset=UTF-8",
            id="form, pairs",
        ),
        pytest.param({"json": {"a": ["é", None]}}, '{"a":["é",null]}'.encode(), "application/json", id="json"),
        pytest.param({"body": "x", "headers": {"content-type": "a/b"}}, b"x", "a/b", id="type set by the script"),
    ],
)
def test_a_body_brings_its_content_type(options: dict[str, Any], body: bytes, content_type: str | None) -> None:
    request = made(method="POST", **options)
    assert (request.body, request.headers.get("Content-Type")) == (body, content_type)


def test_the_type_of_json_does_not_pass_in_no_cors_mode() -> None:
    assert made(method="POST", mode="no-cors", json={}).headers == []


def test_headers_are_pairs_or_a_mapping_and_values_are_text() -> None:
    assert made(headers=[("X-A", 1), ("x-a", " 2 ")]).headers == [("X-A", "1"), ("X-A", "2")]
    assert made(headers={"X-A": "1", "Cookie": "a=b"}).headers == [("X-A", "1")]


def test_no_cors_judges_the_values_of_one_name_together() -> None:
    headers = [("Accept", "a" * 100), ("accept", "b" * 100)]
    assert made(mode="no-cors", headers=headers).headers == [("Accept", "a" * 100)]


def test_both_body_and_json_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="not both"):
        made(method="POST", body="x", json=1)


def test_an_unknown_api_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="fetch, xhr, xhr-upload"):
        made(api="jsonp")


class TestXMLHttpRequest:
    def test_values_of_one_name_are_joined_before_they_are_judged(self) -> None:
        headers = [("Accept", "a"), ("X-B", "1"), ("accept", "b")]
        assert made(api="xhr", headers=headers).headers == [("Accept", "a, b"), ("X-B", "1")]

    def test_a_body_with_get_is_dropped(self) -> None:
        assert made(api="xhr", body="x").body is None

    def test_credentials_are_on_or_off(self) -> None:
        assert made(api="xhr", credentials="omit").credentials == "same-origin"
        assert made(api="xhr", credentials="include").credentials == "include"

    def test_the_mode_is_always_cors_and_redirects_are_followed(self) -> None:
        request = made(api="xhr", mode="no-cors", redirect="error", method="PUT")
        assert (request.mode, request.redirect, request.method) == ("cors", "follow", "PUT")

    def test_a_url_may_have_a_user(self) -> None:
        assert made("https://u:p@a.example/", api="xhr").current_url.username == "u"


def test_chromium_drops_user_agent() -> None:
    call = Call(url="/x", headers={"User-Agent": "me"})
    assert create_request(call, APP, BASE, CHROMIUM).headers == []


def test_lone_surrogates_of_a_url_are_replaced() -> None:
    assert made("/\ud800").current_url.href == "https://api.example.com/%EF%BF%BD"


class TestSerializedOrigin:
    def through(self, *urls: str, origin: str = APP) -> str:
        return Request(method="GET", url_list=[url(text) for text in urls], origin=origin).serialized_origin

    @pytest.mark.parametrize(
        ("urls", "origin"),
        [
            pytest.param([f"{APP}/", "https://a.example/"], APP, id="own to foreign"),
            pytest.param(["https://a.example/", "https://a.example/2"], APP, id="foreign to the same foreign"),
            pytest.param(["https://a.example/", "https://b.example/"], "null", id="foreign to another foreign"),
            pytest.param(["https://a.example/", f"{APP}/"], "null", id="foreign back to own"),
            pytest.param(["https://a.example/", "https://a.example:8443/"], "null", id="another port"),
            pytest.param(["https://a.example/", "https://b.example/", "https://b.example/2"], "null", id="for ever"),
        ],
    )
    def test_two_foreign_origins_in_a_row_make_it_null(self, urls: list[str], origin: str) -> None:
        assert self.through(*urls) == origin

    def test_an_opaque_origin_is_null_from_the_start(self) -> None:
        assert self.through("https://a.example/", origin="null") == "null"


def test_an_opaque_origin_is_the_same_as_none() -> None:
    request = Request(method="GET", url_list=[url("data:,x")], origin="null")
    assert not request.is_same_origin(request.current_url)
