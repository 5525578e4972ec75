"""Redirects: the next URL, and the changed request. The corpus has most of the cases."""

from typing import Any

import pytest

from corswsgi.browser.engines import CHROMIUM, STANDARD, Engine
from corswsgi.browser.failure import Failure
from corswsgi.browser.headers import HeaderList
from corswsgi.browser.redirect import MAX_REDIRECTS, follow, location_check, redirect_mode_check
from corswsgi.browser.request import Request
from corswsgi.browser.response import Response
from tests.browser.serving import API, APP, OTHER
from tests.browser.test_request import url

AUTHORIZED = ("Authorization", "Basic x"), ("Content-Type", "a/b"), ("Content-Language", "en"), ("X-A", "1")


def request(method: str = "GET", target: str = f"{API}/a/b", **options: Any) -> Request:
    return Request(method=method, url_list=[url(target)], origin=APP, headers=HeaderList(AUTHORIZED), **options)


def leads_to(*locations: str, engine: Engine = STANDARD, **options: Any) -> str | None:
    """Give the URL of a redirect, or the code of its failure."""
    response = Response(status=302, headers=HeaderList(("Location", location) for location in locations))
    location = location_check(request(**options), response, engine)
    if isinstance(location, Failure):
        return location.code
    return None if location is None else location.href


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        pytest.param("c?d", f"{API}/a/c?d", id="relative"),
        pytest.param("/c#e", f"{API}/c#e", id="absolute path"),
        pytest.param("", f"{API}/a/b", id="empty: the same URL again"),
        pytest.param("/\xc3\xa9", f"{API}/%C3%A9", id="UTF-8"),
        pytest.param("/\xe9", f"{API}/%E9", id="no UTF-8: the byte itself"),
        pytest.param("https://", "redirect-location", id="no URL"),
        pytest.param("data:text/plain,x", "redirect-scheme", id="data"),
        pytest.param("mailto:a@b", "redirect-scheme", id="another scheme"),
    ],
)
def test_location_is_relative_to_the_url_that_redirects(location: str, expected: str) -> None:
    assert leads_to(location) == expected


def test_a_redirect_without_location_is_an_answer_itself() -> None:
    assert leads_to() is None


def test_two_locations_are_none() -> None:
    assert leads_to("/c", "/c") == "redirect-location"


def test_chromium_looks_where_a_redirect_leads_that_the_script_follows_itself() -> None:
    for location, engine, expected in [
        ("https://", CHROMIUM, "redirect-location"),
        ("data:,x", CHROMIUM, None),
        ("/c", CHROMIUM, None),
        ("https://", STANDARD, None),
    ]:
        response = Response(status=302, headers=HeaderList([("Location", location)]))
        failure = redirect_mode_check(request(redirect="manual"), response, engine)
        assert (failure.code if failure else None) == expected


def test_a_fragment_goes_along_unless_location_has_one() -> None:
    assert leads_to("/c", target=f"{API}/#x") == f"{API}/c#x"
    assert leads_to("/c#y", target=f"{API}/#x") == f"{API}/c#y"


def test_the_last_redirect_is_the_twentieth() -> None:
    assert leads_to("/c", redirect_count=MAX_REDIRECTS - 1) == f"{API}/c"
    assert leads_to("/c", redirect_count=MAX_REDIRECTS) == "redirect-limit"


@pytest.mark.parametrize(
    ("location", "options", "expected"),
    [
        pytest.param(f"{OTHER}/", {}, f"{OTHER}/", id="no userinfo"),
        pytest.param("https://u@other.example.net/", {}, "redirect-with-credentials", id="foreign"),
        pytest.param("https://u@app.example.com/", {}, "https://u@app.example.com/", id="own, from own"),
        pytest.param(
            "https://u@app.example.com/",
            {"response_tainting": "cors"},
            "redirect-with-credentials",
            id="own, from foreign",
        ),
        pytest.param(
            "https://u@other.example.net/", {"mode": "no-cors"}, "https://u@other.example.net/", id="without CORS"
        ),
        pytest.param("https://u@app.example.com/", {"engine": CHROMIUM}, "redirect-blocked", id="own, in Chromium"),
    ],
)
def test_userinfo_is_followed_to_the_own_origin_at_most(location: str, options: dict[str, Any], expected: str) -> None:
    assert leads_to(location, **options) == expected


@pytest.mark.parametrize(
    ("method", "status", "expected"),
    [
        pytest.param("POST", 301, "GET", id="301 of POST"),
        pytest.param("POST", 302, "GET", id="302 of POST"),
        pytest.param("PUT", 302, "PUT", id="302 of PUT"),
        pytest.param("PUT", 303, "GET", id="303 of PUT"),
        pytest.param("HEAD", 303, "HEAD", id="303 of HEAD"),
        pytest.param("POST", 307, "POST", id="307 of POST"),
        pytest.param("POST", 308, "POST", id="308 of POST"),
    ],
)
def test_a_method_that_changes_leaves_its_body_behind(method: str, status: int, expected: str) -> None:
    sent = request(method, body=b"x")
    follow(sent, status, HeaderList(), url(f"{API}/c"))
    assert (sent.method, sent.body) == (expected, b"x" if method == expected else None)
    kept = AUTHORIZED if method == expected else (AUTHORIZED[0], AUTHORIZED[3])
    assert tuple(sent.headers) == kept
    assert sent.redirect_count == 1


def test_authorization_stays_behind_at_another_origin() -> None:
    sent = request()
    follow(sent, 307, HeaderList(), url(f"{OTHER}/"))
    assert tuple(sent.headers) == AUTHORIZED[1:]
    assert sent.current_url.origin == OTHER


def test_a_redirect_may_change_the_referrer_policy() -> None:
    sent = request()
    follow(sent, 302, HeaderList([("Referrer-Policy", "no-referrer")]), url(f"{API}/c"))
    assert sent.referrer_policy == "no-referrer"
    follow(sent, 302, HeaderList(), url(f"{API}/d"))
    assert sent.referrer_policy == "no-referrer"
