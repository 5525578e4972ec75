"""The request of a preflight, and the checks of its response. The corpus has most of the cases."""

from typing import Any

import pytest

from corswsgi.browser.engines import CHROMIUM, FIREFOX, STANDARD, WEBKIT, Engine
from corswsgi.browser.failure import Failure
from corswsgi.browser.headers import HeaderList
from corswsgi.browser.preflight import (
    DEFAULT_MAX_AGE,
    Permission,
    headers_check,
    method_check,
    preflight_request,
    read_permission,
)
from corswsgi.browser.request import Request
from tests.browser.serving import API, APP
from tests.browser.test_request import url


def request(method: str = "GET", *names: str, **options: Any) -> Request:
    headers = HeaderList((name, "1") for name in names)
    return Request(method=method, url_list=[url(f"{API}/x")], origin=APP, headers=headers, **options)


def permission(methods: str | None = None, headers: str | None = None) -> Permission:
    answer = HeaderList()
    if methods is not None:
        answer.add("Access-Control-Allow-Methods", methods)
    if headers is not None:
        answer.add("Access-Control-Allow-Headers", headers)
    read = read_permission(request(), answer, STANDARD)
    assert isinstance(read, Permission)
    return read


def test_it_asks_for_the_method_and_the_unsafe_headers() -> None:
    preflight = preflight_request(request("put", "X-B", "Accept", "x-a", "X-b"), ["x-a", "x-b"], STANDARD)
    assert preflight.method == "OPTIONS"
    assert preflight.headers == [
        ("Accept", "*/*"),
        ("Access-Control-Request-Method", "put"),
        ("Access-Control-Request-Headers", "x-a,x-b"),
    ]


def test_it_carries_no_credentials_and_no_body() -> None:
    preflight = preflight_request(request("POST", credentials="include", body=b"x"), [], STANDARD)
    assert not preflight.includes_credentials
    assert preflight.body is None


def test_it_names_no_headers_when_all_are_safelisted() -> None:
    assert not preflight_request(request("PUT", "Accept"), [], STANDARD).headers.has("Access-Control-Request-Headers")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Access-Control-Allow-Methods", "allow-methods-malformed"),
        ("Access-Control-Allow-Headers", "allow-headers-malformed"),
    ],
)
def test_a_malformed_list_is_a_failure_with_its_value(name: str, code: str) -> None:
    failure = read_permission(request(), HeaderList([(name, "a"), (name, "b c")]), STANDARD)
    assert isinstance(failure, Failure)
    assert (failure.code, failure.detail) == (code, "a, b c")


def test_a_listener_to_an_upload_makes_the_method_of_the_request_allowed() -> None:
    read = read_permission(request("POST", api="xhr-upload"), HeaderList(), STANDARD)
    assert isinstance(read, Permission)
    assert read.methods == ("POST",)


@pytest.mark.parametrize(
    ("method", "listed", "credentials", "passes"),
    [
        pytest.param("PUT", "GET, PUT", "include", True, id="listed"),
        pytest.param("PUT", "put", "omit", False, id="listed in another case"),
        pytest.param("PUT", None, "omit", False, id="no list"),
        pytest.param("POST", None, "include", True, id="safelisted"),
        pytest.param("PUT", "*", "omit", True, id="wildcard"),
        pytest.param("PUT", "*", "include", False, id="wildcard with credentials"),
        pytest.param("*", "*", "include", True, id="the method * with credentials"),
    ],
)
def test_methods_are_compared_byte_for_byte(method: str, listed: str | None, credentials: Any, *, passes: bool) -> None:
    failure = method_check(request(method, credentials=credentials), permission(methods=listed))
    assert (failure and (failure.code, failure.detail)) == (None if passes else ("method-not-allowed", method))


@pytest.mark.parametrize(
    ("name", "listed", "credentials", "engine", "passes"),
    [
        pytest.param("X-A", "x-b, X-a", "include", STANDARD, True, id="listed in another case"),
        pytest.param("X-A", None, "omit", STANDARD, False, id="no list"),
        pytest.param("X-A", "*", "omit", STANDARD, True, id="wildcard"),
        pytest.param("X-A", "*", "include", STANDARD, False, id="wildcard with credentials"),
        pytest.param("Authorization", "*", "omit", STANDARD, False, id="wildcard over Authorization"),
        pytest.param("Authorization", "*, authorization", "omit", STANDARD, True, id="Authorization beside it"),
        pytest.param("Authorization", "*", "omit", CHROMIUM, True, id="wildcard over Authorization, in Chromium"),
        pytest.param("Authorization", "*", "include", CHROMIUM, False, id="the same, with credentials"),
    ],
)
def test_header_names_are_compared_in_any_case(
    name: str, listed: str | None, credentials: Any, engine: Engine, *, passes: bool
) -> None:
    failure = headers_check(
        request("GET", name, credentials=credentials), [name.lower()], permission(headers=listed), engine
    )
    assert (failure and (failure.code, failure.detail)) == (None if passes else ("header-not-allowed", name.lower()))


@pytest.mark.parametrize(
    ("value", "engine", "seconds"),
    [
        pytest.param("90000", STANDARD, 90_000, id="no limit"),
        pytest.param("90000", CHROMIUM, 7_200, id="two hours in Chromium"),
        pytest.param("90000", FIREFOX, 86_400, id="a day in Firefox"),
        pytest.param("90000", WEBKIT, 600, id="ten minutes in WebKit"),
        pytest.param("0", CHROMIUM, 0, id="zero"),
        pytest.param("-1", STANDARD, DEFAULT_MAX_AGE, id="negative"),
        pytest.param("-1", CHROMIUM, 0, id="negative, in Chromium"),
        pytest.param("+60", STANDARD, DEFAULT_MAX_AGE, id="signed"),
        pytest.param("+60", CHROMIUM, 60, id="signed, in Chromium"),
        pytest.param("9" * 19, STANDARD, 10**18, id="long"),
        pytest.param("9" * 19, CHROMIUM, DEFAULT_MAX_AGE, id="beyond 63 bits, in Chromium"),
        pytest.param("x", CHROMIUM, DEFAULT_MAX_AGE, id="no number"),
        pytest.param("x", FIREFOX, 0, id="no number, in Firefox"),
        pytest.param(None, CHROMIUM, DEFAULT_MAX_AGE, id="missing"),
    ],
)
def test_an_answer_is_kept_for_as_long_as_it_says_within_the_engine_s_limit(
    value: str | None, engine: Engine, seconds: int
) -> None:
    headers = HeaderList([("Access-Control-Max-Age", value)] if value is not None else [])
    read = read_permission(request(), headers, engine)
    assert isinstance(read, Permission)
    assert read.max_age == seconds
