"""The rules of entries in the CORS-preflight cache. The corpus has the sequences."""

from typing import Any

from corswsgi.browser.cache import PreflightCache
from corswsgi.browser.engines import CHROMIUM, STANDARD, WEBKIT, Engine
from corswsgi.browser.preflight import Permission
from corswsgi.browser.request import Request
from tests.browser.serving import API, APP, Clock
from tests.browser.test_request import url

WEEK = 604_800


def request(method: str = "PUT", target: str = f"{API}/x", **options: Any) -> Request:
    return Request(method=method, url_list=[url(target)], origin=options.pop("origin", APP), **options)


def allowed(methods: tuple[str, ...] = (), names: tuple[str, ...] = (), max_age: int = 60) -> Permission:
    return Permission(methods=methods, header_names=names, max_age=max_age)


def cache_with(permission: Permission, engine: Engine = STANDARD, **options: Any) -> tuple[PreflightCache, Clock]:
    clock = Clock()
    cache = PreflightCache(clock, engine)
    cache.store(request(**options), permission)
    return cache, clock


def test_an_entry_is_for_one_origin_one_url_and_one_method() -> None:
    cache, _ = cache_with(allowed(("PUT",)))
    assert cache.allows_method(request())
    assert not cache.allows_method(request("DELETE"))
    assert not cache.allows_method(request(target=f"{API}/x?y"))
    assert not cache.allows_method(request(origin="https://www.example.com"))


def test_header_names_are_in_any_case() -> None:
    cache, _ = cache_with(allowed(names=("X-A",)))
    assert cache.allows_header_name(request(), "x-a")
    assert not cache.allows_header_name(request(), "x-b")


def test_an_entry_expires() -> None:
    cache, clock = cache_with(allowed(("PUT",), max_age=60))
    clock.now += 59
    assert cache.allows_method(request())
    clock.now += 1
    assert not cache.allows_method(request())


def test_a_later_answer_renews_what_it_lists_again_and_adds_to_it() -> None:
    cache, clock = cache_with(allowed(("PUT",), ("x-a",), max_age=60))
    clock.now += 30
    cache.store(request(), allowed(("PUT", "DELETE"), ("X-A", "x-b"), max_age=60))
    clock.now += 59
    assert cache.allows_method(request())
    assert cache.allows_method(request("DELETE"))
    assert cache.allows_header_name(request(), "x-a")
    assert cache.allows_header_name(request(), "x-b")


def test_an_answer_to_a_request_with_credentials_serves_both_kinds() -> None:
    with_credentials, _ = cache_with(allowed(("PUT",)), credentials="include")
    assert with_credentials.allows_method(request())
    without, _ = cache_with(allowed(("PUT",)))
    assert not without.allows_method(request(credentials="include"))


def test_a_wildcard_covers_all_but_authorization() -> None:
    cache, _ = cache_with(allowed(("*",), ("*",)))
    assert cache.allows_method(request("DELETE"))
    assert cache.allows_header_name(request(), "x-a")
    assert not cache.allows_header_name(request(), "authorization")
    webkit, _ = cache_with(allowed(("*",), ("*",)), WEBKIT)
    assert webkit.allows_header_name(request(), "authorization")


def test_a_wildcard_of_an_answer_with_credentials_counts_in_the_standard_s_text_only() -> None:
    standard, _ = cache_with(allowed(("*",)), credentials="include")
    assert standard.allows_method(request(credentials="include"))
    chromium, _ = cache_with(allowed(("*",)), CHROMIUM, credentials="include")
    assert not chromium.allows_method(request(credentials="include"))


def test_clearing_takes_what_is_known_of_one_url() -> None:
    cache, _ = cache_with(allowed(("PUT",)))
    cache.store(request(target=f"{API}/y"), allowed(("PUT",)))
    cache.clear(request())
    assert not cache.allows_method(request())
    assert cache.allows_method(request(target=f"{API}/y"))


def test_chromium_keeps_the_last_answer_alone() -> None:
    cache, _ = cache_with(allowed(("PUT",)), CHROMIUM)
    cache.store(request("DELETE"), allowed(("DELETE",)))
    assert not cache.allows_method(request())
    assert cache.allows_method(request("DELETE"))


def test_an_answer_without_lists_leaves_nothing() -> None:
    cache, _ = cache_with(Permission(methods=None, header_names=None, max_age=WEEK))
    assert not cache.allows_method(request())
