"""URLs as browsers read them. The cases are the URL standard's rules, one by one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corswsgi.browser.url import URL, parse

BASE = parse("https://api.example/folder/page?query#fragment")


def href(text: str, base: URL | None = None) -> str | None:
    url = parse(text, base)
    return None if url is None else url.href


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("https://api.example", "https://api.example/", id="no path"),
        pytest.param(" \x01https://api.example/\n", "https://api.example/", id="control characters around it"),
        pytest.param("ht\ttps://api.exa\nmple/", "https://api.example/", id="tabs and newlines inside"),
        pytest.param("HTTPS://API.Example/Path", "https://api.example/Path", id="upper case"),
        pytest.param("https:api.example", "https://api.example/", id="no slashes"),
        pytest.param("https:////api.example", "https://api.example/", id="four slashes"),
        pytest.param("https:\\\\api.example\\a", "https://api.example/a", id="backslashes"),
        pytest.param("https://api.example:443/", "https://api.example/", id="default port"),
        pytest.param("http://api.example:0080/", "http://api.example/", id="default port, leading zeros"),
        pytest.param("https://api.example:/", "https://api.example/", id="empty port"),
        pytest.param("https://api.example:8443/", "https://api.example:8443/", id="port"),
        pytest.param("https://us er:p@ss@api.example/", "https://us%20er:p%40ss@api.example/", id="userinfo"),
        pytest.param("https://:password@api.example/", "https://:password@api.example/", id="password alone"),
        pytest.param("https://user:@api.example/", "https://user@api.example/", id="user alone"),
        pytest.param("https://:@api.example/", "https://api.example/", id="empty userinfo"),
        pytest.param("https://%61pi.example/", "https://api.example/", id="percent-encoded host"),
        pytest.param("https://例.example/", "https://xn--fsq.example/", id="international host"),
        pytest.param("https://api.example./", "https://api.example./", id="trailing dot"),
        pytest.param("https://.example/", "https://.example/", id="leading dot"),
        pytest.param("https://a/b/../c/./d", "https://a/c/d", id="dot segments"),
        pytest.param("https://a/b/%2E%2e", "https://a/", id="encoded dot segments at the end"),
        pytest.param("https://a/b/c/..", "https://a/b/", id="dots at the end"),
        pytest.param("https://a/../..", "https://a/", id="dots above the root"),
        pytest.param("https://a/%2561 b?c d'#e f", "https://a/%2561%20b?c%20d%27#e%20f", id="percent-encoding"),
        pytest.param("https://a?b", "https://a/?b", id="query without a path"),
        pytest.param("http://127.1/", "http://127.0.0.1/", id="IPv4 of two parts"),
        pytest.param("http://0x7f.0.0.01/", "http://127.0.0.1/", id="IPv4 in hexadecimal and octal"),
        pytest.param("http://2130706433/", "http://127.0.0.1/", id="IPv4 as one number"),
        pytest.param("http://0x/", "http://0.0.0.0/", id="IPv4, empty hexadecimal"),
        pytest.param("http://[::1]:8080/", "http://[::1]:8080/", id="IPv6"),
        pytest.param("http://[1:0:0:2:0:0:0:3]/", "http://[1:0:0:2::3]/", id="IPv6, the longest run of zeros"),
        pytest.param("http://[10:0:0:0:1:2:3:4]/", "http://[10::1:2:3:4]/", id="IPv6, a zero that is a digit"),
        pytest.param("http://[1:0:2:3:4:5:6:7]/", "http://[1:0:2:3:4:5:6:7]/", id="IPv6, one zero is no run"),
        pytest.param("http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", id="IPv6, an IPv4 address in it"),
        pytest.param("mailto:a@b?c", "mailto:a@b?c", id="another scheme"),
        pytest.param("https://a/#", "https://a/#", id="empty fragment"),
    ],
)
def test_a_url_is_serialised_in_one_way(text: str, expected: str) -> None:
    assert href(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("/path", id="relative"),
        pytest.param("//api.example", id="no scheme"),
        pytest.param("https://", id="no host"),
        pytest.param("https://user@/", id="a user of no host"),
        pytest.param("https://a b/", id="space in the host"),
        pytest.param("https://a%23b/", id="encoded # in the host"),
        pytest.param("https://a:b/", id="port that is no number"),
        pytest.param("https://a:65536/", id="port too large"),
        pytest.param("http://::1/", id="IPv6 without brackets"),
        pytest.param("http://[::1/", id="IPv6 with one bracket"),
        pytest.param("http://[::1%25eth0]/", id="IPv6 with a zone"),
        pytest.param("http://256.0.0.1/", id="IPv4, a byte too large"),
        pytest.param("http://1.2.3.4.5/", id="IPv4, five parts"),
        pytest.param("http://1.2.3.256/", id="IPv4, the last part too large"),
        pytest.param("http://a.1/", id="ends in a number"),
        pytest.param("http://1.08/", id="IPv4, no octal digit"),
        pytest.param("https://xn--a.example/", id="an A-label that is not Punycode"),
        pytest.param("https://xn--abc-.example/", id="an A-label that needs none"),
        pytest.param("https://⒈.example/", id="a character that no host has"),
        pytest.param("https://אa.example/", id="right to left and left to right in one label"),
        pytest.param("https://a\u200db.é/", id="a joiner that joins nothing"),
        pytest.param(f"http://a:{'1' * 5000}/", id="a port of 5,000 digits"),
        pytest.param(f"http://{'9' * 5000}/", id="an address of 5,000 digits"),
        pytest.param(f"https://xn--{'a' * 5000}.example/", id="an A-label of 5,000 letters"),
    ],
)
def test_what_is_no_url_is_refused(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", "https://api.example/folder/page?query", id="empty"),
        pytest.param("#x", "https://api.example/folder/page?query#x", id="fragment"),
        pytest.param("?x", "https://api.example/folder/page?x", id="query"),
        pytest.param("other", "https://api.example/folder/other", id="relative path"),
        pytest.param("../other", "https://api.example/other", id="parent"),
        pytest.param("/other?x", "https://api.example/other?x", id="absolute path"),
        pytest.param("\\other", "https://api.example/other", id="backslash"),
        pytest.param("//b.example/x", "https://b.example/x", id="authority"),
        pytest.param("https:other", "https://api.example/folder/other", id="the base's scheme, no slashes"),
        pytest.param("http:other", "http://other/", id="another scheme, no slashes"),
        pytest.param("http://b/", "http://b/", id="absolute"),
    ],
)
def test_a_relative_url_is_resolved(text: str, expected: str) -> None:
    assert href(text, BASE) == expected


def test_nothing_is_relative_to_a_url_of_another_scheme() -> None:
    assert parse("other", parse("data:text/plain,x")) is None


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        pytest.param("https://user@api.example:443/path?query", "https://api.example", id="https"),
        pytest.param("http://[::1]:8080/", "http://[::1]:8080", id="address and port"),
        pytest.param("data:text/plain,x", "null", id="data"),
        pytest.param("file:///etc/passwd", "null", id="file"),
    ],
)
def test_the_origin_is_scheme_host_and_port(text: str, origin: str) -> None:
    url = parse(text)
    assert url is not None
    assert url.origin == origin


def test_what_is_sent_has_neither_userinfo_nor_fragment() -> None:
    url = parse("https://user:password@api.example:8443/a?b#c")
    assert url is not None
    assert (url.sent, url.target, url.includes_credentials) == ("https://api.example:8443/a?b", "/a?b", True)


@given(st.text() | st.from_regex(r"https?://[ -~]{0,30}", fullmatch=True))
def test_parsing_what_was_serialised_changes_nothing(text: str) -> None:
    url = parse(text, BASE)
    if url is not None:
        assert parse(url.href) == url
