"""The page's cookies: what is kept, and what is sent where."""

import time
from email.utils import formatdate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corswsgi.browser.cookies import CookieContext, CookieJar
from corswsgi.browser.engines import FIREFOX, STANDARD, WEBKIT, Engine
from tests.browser.serving import API, APP, Clock
from tests.browser.test_request import url

ELSEWHERE = "https://elsewhere.example"


def context(target: str, page: str, **options: Any) -> CookieContext:
    return CookieContext(urls=(url(target),), origin=page, **options)


def jar_with(*cookies: str, page: str = APP, target: str = f"{API}/a/b", engine: Engine = STANDARD) -> CookieJar:
    jar = CookieJar(Clock(), engine)
    for cookie in cookies:
        jar.store(context(target, page), cookie)
    return jar


@pytest.mark.parametrize(
    ("cookie", "sent"),
    [
        pytest.param("a=1", "a=1", id="name and value"),
        pytest.param(" a = 1 2 ;b", "a=1 2", id="whitespace around"),
        pytest.param("a=b=c", "a=b=c", id="more than one ="),
        pytest.param("a", "a", id="no name"),
        pytest.param("=", None, id="neither name nor value"),
        pytest.param("a=1; Secure; HttpOnly; SameSite=Strict", "a=1", id="attributes"),
        pytest.param("a=1; Max-Age=0", None, id="expired by Max-Age"),
        pytest.param("a=1; Max-Age=x", "a=1", id="Max-Age of no number"),
        pytest.param("a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", None, id="expired by Expires"),
        pytest.param("a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=9", "a=1", id="Max-Age beats Expires"),
        pytest.param("a=1; Domain=example.com", "a=1", id="parent domain"),
        pytest.param("a=1; Domain=.api.example.com", "a=1", id="the host as domain"),
        pytest.param("a=1; Domain=com", None, id="public suffix"),
        pytest.param("a=1; Domain=other.example", None, id="foreign domain"),
        pytest.param("a=1; Domain=pi.example.com", None, id="domain that only ends alike"),
        pytest.param("a=1; SameSite=None; Secure", "a=1", id="SameSite=None"),
        pytest.param("a=1; SameSite=none", None, id="SameSite=None without Secure"),
        pytest.param("__Host-a=1; Secure; Path=/", "__Host-a=1", id="__Host-"),
        pytest.param("__Host-a=1; Secure", None, id="__Host- without the path"),
        pytest.param("__Secure-a=1; Secure", "__Secure-a=1", id="__Secure-"),
        pytest.param("__Secure-a=1", None, id="__Secure- without Secure"),
    ],
)
def test_a_cookie_of_the_own_site_is_kept_or_not(cookie: str, sent: str | None) -> None:
    assert jar_with(cookie).header(context(f"{API}/a/b", APP)) == sent


@pytest.mark.parametrize(
    ("cookie", "target", "sent"),
    [
        pytest.param("a=1", f"{API}/a", True, id="default path, the folder"),
        pytest.param("a=1", f"{API}/a/c/d", True, id="default path, below"),
        pytest.param("a=1", f"{API}/ab", False, id="default path, a longer name"),
        pytest.param("a=1", f"{API}/", False, id="default path, above"),
        pytest.param("a=1; Path=/", f"{API}/", True, id="root path"),
        pytest.param("a=1; Path=x", f"{API}/a/x", True, id="a path that is none"),
        pytest.param("a=1; Path=/", "https://www.example.com/", False, id="another host"),
        pytest.param("a=1; Path=/; Domain=example.com", "https://www.example.com/", True, id="shared domain"),
        pytest.param("a=1; Path=/; Secure", "https://api.example.com/", True, id="secure over https"),
        pytest.param("a=1; Path=/; Secure", "http://api.example.com/", False, id="secure over http"),
    ],
)
def test_a_cookie_is_sent_where_it_belongs(cookie: str, target: str, *, sent: bool) -> None:
    assert jar_with(cookie).header(context(target, target.removesuffix("/"))) == ("a=1" if sent else None)


def test_a_secure_cookie_may_come_from_localhost_without_tls() -> None:
    local = "http://localhost:8000"
    jar = jar_with("a=1; Secure", page=local, target=f"{local}/")
    assert jar.header(context(f"{local}/", local)) == "a=1"


def test_a_secure_cookie_may_not_come_over_http() -> None:
    jar = jar_with("a=1; Secure", page="http://api.example.com", target="http://api.example.com/")
    assert jar.header(context("https://api.example.com/", "https://api.example.com")) is None


def test_an_address_has_no_parent_domain() -> None:
    local = "http://127.0.0.1"
    assert jar_with("a=1; Domain=0.0.1", page=local, target=f"{local}/").header(context(f"{local}/", local)) is None


@pytest.mark.parametrize(
    ("attributes", "engine", "sent"),
    [
        pytest.param("; SameSite=None; Secure", STANDARD, True, id="None and Secure"),
        pytest.param("; SameSite=None", STANDARD, False, id="None, not Secure"),
        pytest.param("; SameSite=Lax; Secure", STANDARD, False, id="Lax"),
        pytest.param("; SameSite=Strict; Secure", STANDARD, False, id="Strict"),
        pytest.param("; Secure", STANDARD, False, id="no SameSite"),
        pytest.param("; SameSite=None; Secure", WEBKIT, False, id="None and Secure, in WebKit"),
    ],
)
def test_only_some_cookies_come_from_another_site(attributes: str, engine: Engine, *, sent: bool) -> None:
    jar = jar_with(f"a=1{attributes}", page=ELSEWHERE, engine=engine)
    assert jar.header(context(f"{API}/a/b", APP)) == ("a=1" if sent else None)


def test_firefox_keeps_the_cookies_of_third_parties_for_the_pages_of_one_site() -> None:
    jar = jar_with("a=1", page=ELSEWHERE, engine=FIREFOX)
    assert jar.header(context(f"{API}/a/b", ELSEWHERE)) == "a=1"
    assert jar.header(context(f"{API}/a/b", "http://www.elsewhere.example")) is None
    assert jar.header(context(f"{API}/a/b", APP)) is None
    assert jar.header(context(f"{API}/a/b", ELSEWHERE, navigates=True)) is None


@pytest.mark.parametrize(
    ("attributes", "sent"),
    [
        pytest.param("; SameSite=None; Secure", True, id="None and Secure"),
        pytest.param("; SameSite=Lax", False, id="Lax"),
        pytest.param("", False, id="no SameSite"),
    ],
)
def test_only_some_cookies_go_to_another_site(attributes: str, *, sent: bool) -> None:
    assert jar_with(f"a=1{attributes}").header(context(f"{API}/a/b", ELSEWHERE)) == ("a=1" if sent else None)


def test_longer_paths_come_first_and_then_older_cookies() -> None:
    jar = jar_with("a=1; Path=/", "b=2; Path=/a/b", "c=3; Path=/", "a=4; Path=/")
    assert jar.header(context(f"{API}/a/b", APP)) == "b=2; a=4; c=3"


def test_a_cookie_lives_until_it_expires() -> None:
    clock = Clock()
    jar = CookieJar(clock, STANDARD)
    jar.store(context(f"{API}/", APP), "a=1; Max-Age=60")
    jar.store(context(f"{API}/", APP), f"b=2; Expires={formatdate(time.time() + 600, usegmt=True)}")
    jar.store(context(f"{API}/", APP), "c=3")
    assert jar.header(context(f"{API}/", APP)) == "a=1; b=2; c=3"
    clock.now += 60
    assert jar.header(context(f"{API}/", APP)) == "b=2; c=3"
    clock.now += 600
    assert jar.header(context(f"{API}/", APP)) == "c=3"


@given(st.text() | st.from_regex(r"a=b(; (Max-Age|Expires|Domain|Path|SameSite)=?[ -~]*)*", fullmatch=True))
def test_no_set_cookie_breaks_the_jar(cookie: str) -> None:
    jar_with(cookie).header(context(f"{API}/a/b", APP))
