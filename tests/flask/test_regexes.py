"""Strings that Flask-CORS reads as regexes: how they are read here, and the notes on them."""

import re
from typing import Any

import pytest

from corswsgi import Policy
from corswsgi.flask.regexes import read_header, read_origin, read_path
from corswsgi.policy import nobody

OPEN = "a regex that anything may follow"
BELOW = "what it matches up to the end of a segment, and everything below"
COMPILED = re.compile(r"https://(a|b)\.example\.com")


def plain(read: object) -> object:
    return ("regex", read.pattern) if isinstance(read, re.Pattern) else read


@pytest.mark.parametrize(
    ("entry", "expected", "notes"),
    [
        pytest.param("*", "*", [], id="any"),
        pytest.param(".*", "*", [], id="any, as a regex"),
        pytest.param("https://app.example.com", "https://app.example.com", [], id="origin"),
        pytest.param(
            "https://*.example.com",
            "https://*.example.com",
            ["Flask-CORS reads 'https://*.example.com' as a regex; here it is a pattern"],
            id="subdomains",
        ),
        pytest.param(
            "http://localhost:*",
            "http://localhost:*",
            ["Flask-CORS reads 'http://localhost:*' as a regex; here it is a pattern"],
            id="ports",
        ),
        pytest.param(
            "http://[::1]:3000",
            "http://[::1]:3000",
            ["Flask-CORS reads 'http://[::1]:3000' as a regex; here it is a pattern"],
            id="an address looks like a regex to Flask-CORS",
        ),
        pytest.param(
            "https://*example.com", "https://*example.com", [], id="a star where none may stand, for the policy"
        ),
        pytest.param(r"https://.*\.example\.com$", ("regex", r"https://.*\.example\.com$"), [], id="nothing changes"),
        pytest.param(
            r"^example\.com$",
            nobody,
            [r"r'^example\.com$' is left out: it matches no origin, as an origin begins with its scheme"],
            id="no scheme",
        ),
        pytest.param(
            r"https://\w+\.example\.com",
            ("regex", r"https://\w+\.example\.com(?::[0-9]+)?"),
            [
                rf"Flask-CORS reads r'https://\w+\.example\.com' as {OPEN}; here it is r'https://\w+\.example\.com(?::[0-9]+)?$'"
            ],
            id="open end",
        ),
        pytest.param(
            "https?://example.com$",
            ("regex", r"https?://example\.com$"),
            [
                r"Flask-CORS reads 'https?://example.com$' as a regex, in which '.' is any character; here it is r'https?://example\.com$'"
            ],
            id="a dot that is no dot",
        ),
        pytest.param(
            r"https://example\.com.*",
            ("regex", r"https://example\.com(?::[0-9]+)?"),
            [rf"Flask-CORS reads r'https://example\.com.*' as {OPEN}; here it is r'https://example\.com(?::[0-9]+)?$'"],
            id="anything after a host, of strangers too",
        ),
        pytest.param("http://localhost:.*", ("regex", "http://localhost:.*"), [], id="any port"),
        pytest.param("https://.*", ("regex", "https://.*"), [], id="any host"),
        pytest.param(
            r"^https://a\.example$|https://b\.example$",
            ("regex", r"^https://a\.example$|https://b\.example$"),
            [
                rf"Flask-CORS reads r'^https://a\.example$|https://b\.example$' as {OPEN}; here it is r'(?:^https://a\.example$|https://b\.example$)$'"
            ],
            id="alternatives",
        ),
        pytest.param(
            COMPILED,
            ("regex", rf"{COMPILED.pattern}(?::[0-9]+)?"),
            [
                rf"Flask-CORS reads r'https://(a|b)\.example\.com' as {OPEN}; here it is r'https://(a|b)\.example\.com(?::[0-9]+)?$'"
            ],
            id="compiled",
        ),
        pytest.param(re.compile(b"x"), ("regex", b"x"), [], id="compiled from bytes, for the policy"),
        pytest.param(5, 5, [], id="a wrong type, for the policy"),
    ],
)
def test_origin(entry: object, expected: object, notes: list[str]) -> None:
    said: list[str] = []
    assert plain(read_origin(entry, said)) == expected
    assert said == notes


@pytest.mark.parametrize(
    ("entry", "origin", "is_allowed"),
    [
        pytest.param(r"https://example\.com.*", "https://example.com", True, id="host"),
        pytest.param(r"https://example\.com.*", "https://example.com:8443", True, id="port"),
        pytest.param(r"https://example\.com.*", "https://example.com.evil.example", False, id="host of a stranger"),
        pytest.param("^http://localhost", "http://localhost:3000", True, id="port after an open end"),
        pytest.param("^http://localhost", "http://localhost.evil.example", False, id="host after an open end"),
        pytest.param(r"https://app.example\.com", "https://app.example.com", True, id="dot"),
        pytest.param(r"https://app.example\.com", "https://appxexample.com", False, id="dot for a letter"),
        pytest.param(r"https://app[.]example\.com", "https://app.example.com", True, id="dot in brackets"),
        pytest.param(r"https://App\.Example\.com$", "https://app.example.com", True, id="case of a string"),
        pytest.param(r"https://app\.example\.com", "https://app.example.com.evil.example", False, id="end"),
        pytest.param("http://*.example.com", "http://a.b.example.com", True, id="star"),
        pytest.param("http://*.example.com", "http:///xexample.com", False, id="star as a regex"),
    ],
)
def test_origin_is_matched_whole(entry: str, origin: str, is_allowed: bool) -> None:
    read: Any = read_origin(entry, [])
    assert Policy(allow_origins=read).allows_origin(origin) is is_allowed


@pytest.mark.parametrize(
    ("entry", "expected", "notes"),
    [
        pytest.param("*", "*", [], id="any"),
        pytest.param("X-Token", "X-Token", [], id="name"),
        pytest.param("X-.*", ("regex", "X-.*"), [], id="regex"),
        pytest.param(
            "X-[a-z]+",
            ("regex", "X-[a-z]+"),
            [f"Flask-CORS reads 'X-[a-z]+' as {OPEN}; here it is 'X-[a-z]+$'"],
            id="open end",
        ),
        pytest.param(
            "X-*", ("regex", r"X\-.*"), [rf"Flask-CORS reads 'X-*' as {OPEN}; here it is r'X\-.*'"], id="star"
        ),
        pytest.param(re.compile("X-.*"), ("regex", "X-.*"), [], id="compiled"),
        pytest.param(5, 5, [], id="a wrong type, for the policy"),
    ],
)
def test_header(entry: object, expected: object, notes: list[str]) -> None:
    said: list[str] = []
    assert plain(read_header(entry, said)) == expected
    assert said == notes


STAR = "a regex in which '*' repeats the character before it"


@pytest.mark.parametrize(
    ("entry", "expected", "notes"),
    [
        pytest.param("*", ["/**"], [], id="star alone"),
        pytest.param("/*", ["/**"], [], id="the default"),
        pytest.param("/.*", ["/**"], [], id="any, as a regex"),
        pytest.param("/api/me", ["/api/me"], [], id="path"),
        pytest.param("/api/**", ["/api/**"], [], id="our own spelling"),
        pytest.param(
            "/api/*",
            ["/api/**"],
            ["Flask-CORS reads '/api/*' as a regex that also matches '/apis'; here it is '/api/**'"],
            id="all below",
        ),
        pytest.param(
            "/api*",
            ["/api/**", "/api*/**"],
            [f"Flask-CORS reads '/api*' as {STAR}; here it is '/api/**' and '/api*/**'"],
            id="a part of a segment",
        ),
        pytest.param(
            "/api/*/*",
            ["/api/**"],
            ["Flask-CORS reads '/api/*/*' as a regex that also matches '/apis'; here it is '/api/**'"],
            id="a run of slashes at the end",
        ),
        pytest.param("/*/", ["/**"], [], id="a run of slashes alone"),
        pytest.param(
            "/api/*|/auth/*",
            ("regex", "/api/*|/auth/*"),
            [f"Flask-CORS reads '/api/*|/auth/*' as {OPEN}; here it is {BELOW}"],
            id="either of two",
        ),
        pytest.param(
            "/a/*/b", ["/a/*/b"], [f"Flask-CORS reads '/a/*/b' as {STAR}; here it is '/a/*/b'"], id="a segment inside"
        ),
        pytest.param(
            "api/*",
            [],
            ["Flask-CORS reads 'api/*' as matching no path; here it is left out: write '/api/*' if that is meant"],
            id="no slash",
        ),
        pytest.param("/api/.*", ("regex", "/api/.*"), [], id="regex"),
        pytest.param(
            r"/v\d+/x",
            ("regex", r"/v\d+/x"),
            [rf"Flask-CORS reads r'/v\d+/x' as {OPEN}; here it is {BELOW}"],
            id="open end",
        ),
        pytest.param(re.compile("/api/.*"), ("regex", "/api/.*"), [], id="compiled"),
    ],
)
def test_path(entry: Any, expected: object, notes: list[str]) -> None:
    said: list[str] = []
    assert plain(read_path(entry, said)) == expected
    assert said == notes


@pytest.mark.parametrize("read", [read_origin, read_header, read_path])
def test_what_is_no_regex_at_all_is_left_to_the_caller(read: Any) -> None:
    with pytest.raises(re.error):
        read("/(", [])
