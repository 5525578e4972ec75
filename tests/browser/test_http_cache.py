"""The HTTP cache, as far as it affects CORS."""

import time
from email.utils import formatdate

import pytest

from corswsgi.browser.headers import HeaderList
from corswsgi.browser.http_cache import HTTPCache
from corswsgi.browser.response import Response
from tests.browser.serving import Clock

URL = "https://api.example.com/x"
KEY = (URL, "https://example.com", None)
NONE = HeaderList()


def cache_with(*headers: tuple[str, str], status: int = 200, sent: HeaderList = NONE) -> tuple[HTTPCache, Clock]:
    clock = Clock()
    cache = HTTPCache(clock)
    cache.store("GET", KEY, sent, Response(status=status, headers=HeaderList(headers)))
    return cache, clock


def is_served(cache: HTTPCache, *headers: tuple[str, str], method: str = "GET") -> bool:
    stored = cache.select(method, KEY, HeaderList(headers))
    return stored is not None and cache.is_fresh(stored, HeaderList(headers))


FOR_A_MINUTE = ("Cache-Control", "public, max-age=60")


@pytest.mark.parametrize(
    ("headers", "lifetime"),
    [
        pytest.param([FOR_A_MINUTE], 60, id="max-age"),
        pytest.param([FOR_A_MINUTE, ("Age", "20")], 40, id="max-age, of some age already"),
        pytest.param([FOR_A_MINUTE, ("Age", "old")], 60, id="max-age, and an Age that is none"),
        pytest.param([("Cache-Control", "s-maxage=60")], 0, id="for shared caches only"),
        pytest.param([("Cache-Control", "max-age=60, no-cache")], 0, id="no-cache"),
        pytest.param([("Cache-Control", "max-age=60, no-store")], 0, id="no-store"),
        pytest.param([("Expires", "0")], 0, id="Expires that is no date"),
        pytest.param(
            [("Date", "Thu, 01 Jan 2026 00:00:00 GMT"), ("Expires", "Thu, 01 Jan 2026 00:01:00 GMT")],
            60,
            id="Expires after Date",
        ),
        pytest.param([], 0, id="nothing said"),
    ],
)
def test_a_response_is_fresh_for_as_long_as_it_says(headers: list[tuple[str, str]], lifetime: int) -> None:
    cache, clock = cache_with(*headers)
    assert is_served(cache) == (lifetime > 0)
    clock.now += lifetime
    assert not is_served(cache)


def test_expires_without_date_counts_from_now() -> None:
    cache, clock = cache_with(("Expires", formatdate(time.time() + 600, usegmt=True)))
    assert is_served(cache)
    clock.now += 601
    assert not is_served(cache)


@pytest.mark.parametrize(
    ("vary", "header", "served"),
    [
        pytest.param("Origin", ("Origin", "https://a.example"), True, id="the same value"),
        pytest.param("Origin", ("Origin", "https://b.example"), False, id="another value"),
        pytest.param("accept, ORIGIN", ("X", "1"), False, id="no value"),
        pytest.param("Accept,", ("X", "1"), True, id="another header"),
        pytest.param("*", ("Origin", "https://a.example"), False, id="anything"),
    ],
)
def test_vary_names_what_must_be_the_same(vary: str, header: tuple[str, str], *, served: bool) -> None:
    cache, _ = cache_with(FOR_A_MINUTE, ("Vary", vary), sent=HeaderList([("Origin", "https://a.example")]))
    assert is_served(cache, header) is served


@pytest.mark.parametrize(
    "header",
    [("If-None-Match", '"x"'), ("Cache-Control", "no-store"), ("Cache-Control", "max-age=0"), ("Pragma", "no-cache")],
)
def test_a_script_may_go_round_the_cache(header: tuple[str, str]) -> None:
    cache, _ = cache_with(FOR_A_MINUTE)
    assert not is_served(cache, header)


def test_only_whole_responses_to_get_are_stored() -> None:
    assert not is_served(cache_with(FOR_A_MINUTE, status=206)[0])
    assert not is_served(cache_with(FOR_A_MINUTE, sent=HeaderList([("Range", "bytes=0-")]))[0])
    assert not is_served(cache_with(FOR_A_MINUTE)[0], method="HEAD")


@pytest.mark.parametrize(
    ("method", "status", "served"),
    [("PUT", 204, False), ("DELETE", 303, False), ("PUT", 403, True), ("HEAD", 200, True)],
)
def test_a_change_of_the_resource_makes_the_stored_response_old(method: str, status: int, *, served: bool) -> None:
    cache, _ = cache_with(FOR_A_MINUTE)
    cache.store(method, KEY, NONE, Response(status=status, headers=NONE))
    assert is_served(cache) is served


def test_a_stale_response_is_validated_and_takes_the_headers_of_the_304() -> None:
    cache, clock = cache_with(FOR_A_MINUTE, ("ETag", '"x"'), ("Last-Modified", "yesterday"), ("X-A", "1"))
    clock.now += 60
    stored = cache.select("GET", KEY, NONE)
    assert stored is not None
    assert stored.validators == [("If-None-Match", '"x"'), ("If-Modified-Since", "yesterday")]
    response = cache.freshen(stored, HeaderList([("x-a", "2"), ("Content-Length", "0")]))
    assert response.headers == [FOR_A_MINUTE, ("ETag", '"x"'), ("Last-Modified", "yesterday"), ("x-a", "2")]
    assert is_served(cache)


def test_a_later_response_takes_the_place_of_the_stored_one() -> None:
    cache, _ = cache_with(FOR_A_MINUTE)
    cache.store("GET", KEY, NONE, Response(status=200, headers=NONE))
    assert not is_served(cache)


def test_a_change_makes_the_responses_of_all_pages_old() -> None:
    cache, _ = cache_with(FOR_A_MINUTE)
    elsewhere = (URL, "https://elsewhere.example", None)
    cache.store("PUT", elsewhere, NONE, Response(status=204, headers=NONE))
    assert not is_served(cache)
