"""The matches of origin patterns, alone and together."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from corswsgi import Policy
from corswsgi.origins.matching import MAX_ORIGIN_LENGTH, make_matcher

WITH_PATTERNS = pytest.mark.parametrize(
    ("pattern", "matched", "unmatched"),
    [
        pytest.param(
            "https://example.com",
            ["https://example.com"],
            [
                "http://example.com",
                "https://example.com:443",
                "https://example.com:8443",
                "https://example.com.",
                "https://example.com/",
                "https://EXAMPLE.com",
                "https://www.example.com",
                "https://example.com.evil.example",
                "https://evil-example.com",
                "https://example.co",
                "null",
                "",
                " https://example.com",
                "https://example.com\n",
                "https://example.com, https://example.com",
            ],
            id="exact",
        ),
        pytest.param(
            "https://*.example.com",
            ["https://a.example.com", "https://a.b.example.com", "https://xn--a_b.example.com"],
            [
                "https://example.com",
                "https://.example.com",
                "https://a..example.com",
                "https://evilexample.com",
                "https://evil.example.com.evil.example",
                "https://evil.example/.example.com",
                "https://evil.example#.example.com",
                "https://evil.example?.example.com",
                "https://evil.example\\.example.com",
                "https://evil@a.example.com",
                "https://évil.example.com",
                "https://*.example.com",
                "https://a.example.com:8443",
                "https://a.example.com:443",
                "http://a.example.com",
                "https://A.example.com",
                "https://a.example.com.",
                "https://a" + ".a" * 125 + ".example.com",
                "https://" + "a" * 64 + ".example.com",
                "https:/a.example.com",
                "https//a.example.com",
            ],
            id="subdomains",
        ),
        pytest.param(
            "https://*.example.com:8443",
            ["https://a.example.com:8443"],
            ["https://a.example.com", "https://a.example.com:443", "https://a.example.com:84430"],
            id="subdomains with a port",
        ),
        pytest.param(
            "http://localhost:*",
            ["http://localhost", "http://localhost:1", "http://localhost:65535"],
            [
                "http://localhost:80",
                "http://localhost:0",
                "http://localhost:65536",
                "http://localhost:08000",
                "http://localhost:",
                "http://localhost:*",
                "http://localhost:80:80",
                "http://localhost:8000.evil.example",
                "http://localhost.evil.example:8000",
                "http://a.localhost:8000",
                "https://localhost:8000",
            ],
            id="any port",
        ),
        pytest.param(
            "http://[::1]:*",
            ["http://[::1]", "http://[::1]:8000"],
            ["http://[::2]:8000", "http://[::1", "http://::1", "http://[::1]8000"],
            id="any port of an IPv6 address",
        ),
        pytest.param(
            "https://*.example.com:*",
            ["https://a.example.com", "https://a.b.example.com:8443"],
            ["https://example.com:8443", "https://a.example.com:443", "https://a.example.com:x", "ftp://a.example.com"],
            id="subdomains at any port",
        ),
        pytest.param(
            "moz-extension://*",
            ["moz-extension://140BB581-2F1C", "moz-extension://a"],
            ["moz-extension://a:80", "moz-extension://", "moz-extension://*/", "chrome-extension://a", "https://a"],
            id="any program of a scheme",
        ),
        pytest.param(
            re.compile(r"https://pr-\d+\.example\.com"),
            ["https://pr-7.example.com"],
            ["https://pr-7.example.com.evil.example", "xhttps://pr-7.example.com", "https://pr-7.example.com\n"],
            id="regex, matched whole",
        ),
        pytest.param(
            re.compile(r"https?://[^.]*(\.example\.com|.*)"),
            ["https://a.example.com", "https://evil.example"],
            ["https://a.example.com/", "null", "https://A.example.com", "https://a b.example.com", "x" * 400],
            id="regex, on well-formed origins only",
        ),
    ],
)


@WITH_PATTERNS
def test_pattern_matches(pattern: str | re.Pattern[str], matched: list[str], unmatched: list[str]) -> None:
    policy = Policy(allow_origins=pattern)
    assert {origin: policy.allows_origin(origin) for origin in [*matched, *unmatched]} == {
        **dict.fromkeys(matched, True),
        **dict.fromkeys(unmatched, False),
    }


@WITH_PATTERNS
def test_pattern_matches_the_same_beside_others(
    pattern: str | re.Pattern[str], matched: list[str], unmatched: list[str]
) -> None:
    others = ["https://*.other.example", "https://*.more.other.example:1", "ftp://*.other.example", "ftp://*.example:*"]
    policy = Policy(allow_origins=[pattern, *others])
    assert {origin: policy.allows_origin(origin) for origin in [*matched, *unmatched]} == {
        **dict.fromkeys(matched, True),
        **dict.fromkeys(unmatched, False),
    }
    assert policy.allows_origin("https://a.b.more.other.example:1")
    assert policy.allows_origin("ftp://a.example:1")
    assert not policy.allows_origin("ftp://a.more.other.example:1:1")
    assert not policy.allows_origin("wwwws://a.other.example")


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param("https://app.example.com", id="exact"),
        pytest.param("https://*.example.com", id="wildcard"),
        pytest.param(["https://*.example.com", "https://*.b.example.com"], id="wildcards"),
        pytest.param("https://*.example.com:*", id="any port"),
        pytest.param(re.compile("https://[a-z.]*"), id="regex"),
    ],
)
def test_overlong_origin_is_not_even_hashed(pattern: Any) -> None:
    class Overlong(str):
        __slots__ = ()

        def __hash__(self) -> int:
            raise AssertionError

        def rsplit(self, *_: object) -> list[str]:
            raise AssertionError

    assert not Policy(allow_origins=pattern).allows_origin(Overlong("https://" + "a." * 4096 + "example.com"))


def test_null_matches_only_where_the_danger_is_named() -> None:
    assert Policy(allow_origins=["null"], dangerously_allow_null_origin=True).allows_origin("null")
    assert not Policy(allow_origins="https://a.example", dangerously_allow_null_origin=True).allows_origin("null")


def test_any_origin_matches_what_is_no_origin_too() -> None:
    policy = Policy(allow_origins="*")
    assert policy.allows_origin("https://a.example")
    assert policy.allows_origin("not an origin")
    assert not policy.allows_origin(None)


def test_callable_is_asked_with_the_environ_for_well_formed_origins_only() -> None:
    asked: list[tuple[str, Mapping[str, object]]] = []

    def tenants(origin: str, environ: Mapping[str, object]) -> bool:
        asked.append((origin, environ))
        return origin == "https://tenant.example"

    policy = Policy(allow_origins=["https://app.example.com", tenants], allow_credentials=True)
    environ = {"HTTP_HOST": "api.example.com"}
    assert policy.allows_origin("https://tenant.example", environ)
    assert not policy.allows_origin("https://other.example", environ)
    for malformed in ("null", "https://tenant.example/", "https://TENANT.example", "", "x" * 10_000):
        assert not policy.allows_origin(malformed, environ)
    assert policy.allows_origin("https://app.example.com")
    assert asked == [("https://tenant.example", environ), ("https://other.example", environ)]


@pytest.mark.parametrize("answer", [1, "yes", None, 0, [True]], ids=repr)
def test_what_a_callable_answers_means_no_unless_it_is_true(answer: object) -> None:
    predicate: Any = lambda *_: answer  # noqa: E731  (typed Any on purpose)
    assert not Policy(allow_origins=predicate).allows_origin("https://a.example")


def test_what_a_callable_raises_is_logged_and_means_no(caplog: pytest.LogCaptureFixture) -> None:
    def database_is_down(origin: str, environ: Mapping[str, object]) -> bool:
        raise ConnectionError("database is down")

    assert not Policy(allow_origins=database_is_down).allows_origin("https://a.example")
    [record] = caplog.records
    assert record.name == "corswsgi"
    assert "'https://a.example'" in record.getMessage()
    assert record.exc_info is not None


def test_later_callable_is_asked_when_an_earlier_one_raises() -> None:
    def broken(origin: str, environ: Mapping[str, object]) -> bool:
        raise RuntimeError

    assert Policy(allow_origins=[broken, lambda *_: True]).allows_origin("https://a.example")


# The longest host has 253 characters and the dot of the root (RFC 1035, section 3.1)
LONGEST = ".".join(["a" * 63] * 3 + ["a" * 49, "example.com."])
TOO_LONG = f"a{LONGEST}".replace("a" * 64, "a" * 62 + ".a", 1)


@pytest.mark.parametrize(
    "others", [[], ["https://*.b.example"], ["https://*.b.example:*"]], ids=["alone", "of two", "beside any port"]
)
@pytest.mark.parametrize("port", ["", ":8443", ":*"])
def test_wildcard_matches_hosts_up_to_the_longest_that_there_is(port: str, others: list[str]) -> None:
    assert (len(LONGEST), len(TOO_LONG)) == (254, 255)
    policy = Policy(allow_origins=[f"https://*.example.com.{port}", *others])
    port = port.replace("*", "65535")
    assert policy.allows_origin(f"https://{LONGEST}{port}")
    assert not policy.allows_origin(f"https://{TOO_LONG}{port}")


SCHEME = "s" * (MAX_ORIGIN_LENGTH - len(f"://{LONGEST}:65535"))


@pytest.mark.parametrize("pattern", [lambda *_: True, f"{SCHEME}://{LONGEST}:*"], ids=["function", "any port"])
def test_origin_is_looked_at_up_to_the_longest_that_there_is(pattern: Any) -> None:
    assert len(f"{SCHEME}://{LONGEST}:65535") == MAX_ORIGIN_LENGTH == 318
    assert Policy(allow_origins=pattern).allows_origin(f"{SCHEME}://{LONGEST}:65535")
    longer = pattern if callable(pattern) else f"s{pattern}"
    assert not Policy(allow_origins=longer).allows_origin(f"s{SCHEME}://{LONGEST}:65535")


@pytest.mark.parametrize(("origin", "allowed"), [("http://localhost:3000", True), ("http://a.example:3000", False)])
def test_regex_with_credentials_matches_http_on_this_machine_alone(origin: str, *, allowed: bool) -> None:
    matches = make_matcher([], [re.compile(r"https?://(?:localhost|a\.example):3000")], [], only_secure=True)
    assert matches is not None
    assert matches(origin, {}) is allowed
    assert matches(origin.replace("http:", "https:"), {})
