"""The page's cookies: which are kept, and where they are sent."""

import time
from email.utils import formatdate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corswsgi.browser import DroppedCookie
from corswsgi.browser.cookies import CookieContext, CookieJar
from corswsgi.browser.engines import CHROMIUM, FIREFOX, STANDARD, WEBKIT, Engine
from tests.browser.serving import API, APP, Clock
from tests.browser.test_request import url

ELSEWHERE = "https://elsewhere.example"
DAYS_400 = 400 * 24 * 3600  # seconds


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


def why_refused(cookie: str, *, page: str = APP, target: str = f"{API}/a/b", **options: Any) -> DroppedCookie | None:
    engine = options.pop("engine", STANDARD)
    return CookieJar(Clock(), engine).store(context(target, page, **options), cookie)


def code(dropped: DroppedCookie | None) -> str | None:
    return None if dropped is None else dropped.code


@pytest.mark.parametrize(
    ("cookie", "expected"),
    [
        pytest.param("a=1", None, id="good"),
        pytest.param("a=\x01", "malformed", id="a control character"),
        pytest.param("=", "malformed", id="nothing"),
        pytest.param(f"a={'x' * 4095}", None, id="4,096 bytes"),
        pytest.param(f"a={'x' * 4096}", "too-long", id="4,097 bytes"),
        pytest.param("a=1; Domain=other.example", "domain", id="another domain"),
        pytest.param("a=1; Domain=com", "public-suffix", id="a public suffix"),
        pytest.param("a=1; SameSite=None", "none-without-secure", id="None without Secure"),
        pytest.param("a=1; Partitioned", "partitioned-without-secure", id="Partitioned without Secure"),
        pytest.param("a=1; Partitioned; Secure", None, id="Partitioned and Secure"),
        pytest.param("__Secure-a=1", "prefix", id="__Secure-"),
        pytest.param("__HOST-a=1; Secure; Path=/x", "prefix", id="__Host-, and a path"),
        pytest.param("__Host-a=1; Secure; Path=/; Domain=example.com", "prefix", id="__Host-, and a domain"),
        pytest.param("__Http-a=1; Secure", "prefix", id="__Http- without HttpOnly"),
        pytest.param("__Host-Http-a=1; Secure; Path=/", "prefix", id="__Host-Http- without HttpOnly"),
        pytest.param("__Host-Http-a=1; Secure; Path=/; HttpOnly", None, id="__Host-Http-"),
        pytest.param("=__Secure-a=1; Secure", "prefix", id="no name, and a value like a prefix"),
    ],
)
def test_a_cookie_that_is_not_kept_says_why(cookie: str, expected: str | None) -> None:
    assert code(why_refused(cookie)) == expected


def test_what_a_prefix_lacks_is_named() -> None:
    dropped = why_refused("__Host-Http-a=1; Domain=example.com")
    assert dropped == DroppedCookie(
        name="__Host-Http-a",
        url=f"{API}/a/b",
        code="prefix",
        reason="Set-Cookie of __Host-Http-a is not kept: its prefix demands Secure, HttpOnly, Path=/, no Domain",
        fix="add Secure, HttpOnly, Path=/, remove Domain, or rename the cookie",
    )


@pytest.mark.parametrize(
    ("engine", "cookie", "sent"),
    [
        pytest.param(STANDARD, "a", "a", id="a word"),
        pytest.param(FIREFOX, "a", "a=", id="a word, in Firefox"),
        pytest.param(STANDARD, "=a", "a", id="a value"),
        pytest.param(FIREFOX, "=a", None, id="a value, in Firefox"),
        pytest.param(STANDARD, "a=1\t2", "a=1\t2", id="a tab"),
        pytest.param(CHROMIUM, "a=1\t2", None, id="a tab, in Chromium"),
        pytest.param(STANDARD, "__Host-a=1; Secure", None, id="a prefix without a path"),
        pytest.param(FIREFOX, "__Host-a=1; Secure", "__Host-a=1", id="a prefix without a path, in Firefox"),
    ],
)
def test_engines_differ_in_what_a_cookie_is(engine: Engine, cookie: str, sent: str | None) -> None:
    jar = jar_with(cookie, page=API, target=f"{API}/", engine=engine)
    assert jar.header(context(f"{API}/", API)) == sent


def test_a_prefix_that_only_forbids_a_domain_adds_nothing() -> None:
    dropped = why_refused("__Host-a=1; Secure; Path=/; Domain=example.com")
    assert dropped
    assert dropped.fix == "remove Domain, or rename the cookie"


def test_a_cookie_never_shows_its_value() -> None:
    for cookie in ("secret", "a=secret; SameSite=None", "secret\x01"):
        assert "secret" not in str(why_refused(cookie, includes_credentials=False))


@pytest.mark.parametrize(
    ("page", "target", "cookie", "reason"),
    [
        pytest.param(
            ELSEWHERE,
            f"{API}/",
            "a=1; SameSite=Lax",
            f"{API} is another site than the page, {ELSEWHERE}, and the cookie has SameSite=Lax",
            id="another site",
        ),
        pytest.param(
            "http://app.example.com",
            f"{API}/",
            "a=1",
            (
                f"{API} has another scheme than the page, http://app.example.com, which makes it another site, and "
                "the cookie has no SameSite, which means Lax"
            ),
            id="another scheme",
        ),
    ],
)
def test_a_cookie_of_another_site_says_which(page: str, target: str, cookie: str, reason: str) -> None:
    dropped = why_refused(cookie, page=page, target=target)
    assert dropped
    assert dropped.reason == f"Set-Cookie of a is not kept: {reason}"


def test_a_way_through_another_site_taints_a_request_in_the_standard_and_in_firefox() -> None:
    urls = (url(f"{ELSEWHERE}/"), url(f"{APP}/"))
    for engine, sent in ((STANDARD, None), (FIREFOX, None), (CHROMIUM, "a=1"), (WEBKIT, "a=1")):
        jar = jar_with("a=1; SameSite=Lax", page=APP, target=f"{APP}/", engine=engine)
        tainted = CookieContext(origin=APP, urls=urls)
        assert jar.header(tainted) == sent
        reasons = [dropped.reason for dropped in jar.unsent(tainted)]
        because = f"the request came back to {APP} by way of another site, and the cookie has SameSite=Lax"
        assert reasons == ([] if sent else [f"the cookie a is not sent: {because}"])


def test_credentials_left_out_leave_cookies_out_and_say_how_to_ask() -> None:
    dropped = why_refused("a=1", includes_credentials=False, credentials_fix="ask so")
    assert dropped
    assert (dropped.code, dropped.fix) == ("no-credentials", "ask so")
    jar = jar_with("a=1")
    without = context(f"{API}/a/b", APP, includes_credentials=False, credentials_fix="ask so")
    assert jar.header(without) is None
    assert [(each.code, each.fix) for each in jar.unsent(without)] == [("no-credentials", "ask so")]


def test_an_engine_that_blocks_third_parties_says_so() -> None:
    dropped = why_refused("a=1; SameSite=None; Secure", page=ELSEWHERE, engine=WEBKIT)
    assert dropped
    assert (dropped.code, dropped.fix) == ("third-party", "serve the page and the API from one site")
    local = why_refused("a=1", page="http://localhost:5173", target="http://127.0.0.1:8000/", engine=WEBKIT)
    assert local
    assert local.fix == "use one host name for the page and the API, for example localhost"


@pytest.mark.parametrize(
    ("page", "target", "fix"),
    [
        pytest.param(
            "http://localhost:5173",
            "https://localhost/",
            "serve the page and the API with one scheme, both with http or both with https",
            id="one host, two schemes",
        ),
        pytest.param(
            "http://127.0.0.1:5173",
            "https://localhost/",
            "use one host name and one scheme for the page and the API, for example localhost",
            id="two hosts, two schemes",
        ),
        pytest.param("null", "https://localhost/", "serve the page and the API from one site", id="no page"),
    ],
)
def test_hosts_that_are_one_are_not_advised_to_be_one(page: str, target: str, fix: str) -> None:
    dropped = why_refused("a=1; SameSite=Lax", page=page, target=target)
    assert dropped
    assert dropped.fix == f"{fix}, or set SameSite=None; Secure on the cookie"


@pytest.mark.parametrize("last", ["http://localhost:5173", "http://localhost:8000"])
def test_a_way_through_another_site_is_advised_to_be_left_out(last: str) -> None:
    page = "http://localhost:5173"
    jar = jar_with("a=1; SameSite=Lax", page=page, target=f"{last}/", engine=STANDARD)
    (dropped,) = jar.unsent(CookieContext(origin=page, urls=(url(f"{ELSEWHERE}/"), url(f"{last}/"))))
    assert f"the request came back to {last} by way of another site" in dropped.reason
    assert dropped.fix.startswith("have the script ask the URL that the redirects lead to, or set SameSite=None")


def test_a_secure_cookie_is_not_sent_over_http_nor_replaced_over_it() -> None:
    plain = "http://api.example.com"
    jar = jar_with("a=1; Secure; Path=/", page="https://api.example.com", target="https://api.example.com/")
    assert [each.code for each in jar.unsent(context(f"{plain}/", plain))] == ["secure-over-http"]
    assert code(jar.store(context(f"{plain}/", plain), "a=2")) == "secure-exists"
    assert code(jar.store(context(f"{plain}/", plain), "a=2; Domain=example.com")) == "secure-exists"
    assert code(jar.store(context(f"{plain}/", plain), "b=2")) is None
    below = jar_with("a=1; Secure; Path=/deep", page="https://api.example.com", target="https://api.example.com/")
    assert code(below.store(context(f"{plain}/", plain), "a=2; Path=/deep/er")) == "secure-exists"
    assert code(below.store(context(f"{plain}/", plain), "a=2; Path=/")) is None
    assert code(jar.store(context(f"{plain}/", plain), "a=2; Secure")) == "secure-over-http"


def test_a_cookie_without_a_path_that_stays_in_its_folder_is_named_and_one_with_a_path_is_not() -> None:
    jar = jar_with("a=1", "b=1; Path=/a")
    (dropped,) = jar.unsent(context(f"{API}/me", APP))
    assert (dropped.name, dropped.code, dropped.fix) == ("a", "path", "set Path=/ on the cookie")


def test_what_was_refused_is_forgotten_once_it_is_kept() -> None:
    jar = jar_with("a=1; SameSite=None")
    assert [each.name for each in jar.refused(url(API))] == ["a"]
    assert jar.refused(url(ELSEWHERE)) == []
    jar.store(context(f"{API}/", APP), "a=1")
    assert jar.refused(url(API)) == []


def test_a_cookie_that_takes_the_place_of_another_keeps_its_age() -> None:
    clock = Clock()
    jar = CookieJar(clock, CHROMIUM)
    own = context(f"{API}/", API)
    jar.store(own, "a=1")
    clock.now += 119
    jar.store(own, "a=2")
    form = context(f"{API}/", ELSEWHERE, navigates=True, method="POST")
    assert jar.header(form) == "a=2"
    clock.now += 1
    assert jar.header(form) is None


@pytest.mark.parametrize(
    ("age", "seconds"),
    [
        ("9" * 1000, 400 * 24 * 3600),
        (f"-{'9' * 1000}", 0),
        ("0", 0),
        ("-1", 0),
        ("34646400", 400 * 24 * 3600),
        ("60", 60),
    ],
)
def test_a_cookie_is_kept_for_400_days_at_most(age: str, seconds: int) -> None:
    clock = Clock()
    jar = CookieJar(clock, STANDARD)
    own = context(f"{API}/", API)
    jar.store(own, f"a=1; Max-Age={age}")
    assert jar.header(own) == ("a=1" if seconds else None)
    clock.now += seconds - 1
    assert jar.header(own) == ("a=1" if seconds else None)
    clock.now += 1
    assert jar.header(own) is None
