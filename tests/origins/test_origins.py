"""Origin patterns: which are refused, with which code and which spelling to write instead; what the others match."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from corswsgi import Policy, PolicyError

REFUSED = [
    pytest.param("https://app.example.com/", "origin-with-trailing-slash", "https://app.example.com", id="slash"),
    pytest.param("https://app.example.com/x", "origin-with-path", "https://app.example.com", id="path"),
    pytest.param("https://app.example.com?x=1", "origin-with-query", "https://app.example.com", id="query"),
    pytest.param("https://app.example.com#x", "origin-with-fragment", "https://app.example.com", id="fragment"),
    pytest.param("https://me:pw@app.example.com", "origin-with-userinfo", "https://app.example.com", id="userinfo"),
    pytest.param("app.example.com", "origin-without-scheme", "https://app.example.com", id="host alone"),
    pytest.param("//app.example.com", "origin-without-scheme", "https://app.example.com", id="scheme-relative"),
    pytest.param("localhost:3000", "origin-without-scheme", "http://localhost:3000", id="localhost, port"),
    pytest.param("*.example.com", "origin-without-scheme", "https://*.example.com", id="wildcard host alone"),
    pytest.param("", "origin-without-scheme", "https://app.example.com", id="empty string"),
    pytest.param("https:app.example.com", "origin-without-scheme", "'https://app.example.com'", id="no slashes"),
    pytest.param("http:/app.example.com", "origin-without-scheme", "'http://app.example.com'", id="one slash"),
    pytest.param("http:8000", "origin-without-scheme", "'https://http:8000'", id="a host called http"),
    pytest.param("1s://app.example.com", "malformed-scheme", "https", id="scheme that begins with a digit"),
    pytest.param("https://app.example.com:443", "default-port", "https://app.example.com", id="443"),
    pytest.param("http://app.example.com:80", "default-port", "http://app.example.com", id="80"),
    pytest.param("https://app.example.com:0", "port-out-of-range", None, id="port 0"),
    pytest.param("https://app.example.com:65536", "port-out-of-range", None, id="port 65536"),
    pytest.param("https://app.example.com:" + "9" * 5000, "port-out-of-range", None, id="port of 5000 digits"),
    pytest.param("https://app.example.com:", "malformed-port", None, id="colon, no port"),
    pytest.param("https://app.example.com:http", "malformed-port", None, id="port in letters"),
    pytest.param("https://app.example.com:٤٤", "malformed-port", None, id="port in Arabic digits"),
    pytest.param("https://app.example.com:0443", "default-port", "https://app.example.com", id="0443"),
    pytest.param("https://app.example.com:08443", "malformed-port", "https://app.example.com:8443", id="08443"),
    pytest.param("https://App.example.com", "origin-in-upper-case", "https://app.example.com", id="upper-case host"),
    pytest.param("HTTPS://app.example.com", "origin-in-upper-case", "https://app.example.com", id="upper-case scheme"),
    pytest.param("https://bücher.example", "origin-in-unicode", "https://xn--bcher-kva.example", id="Unicode"),
    pytest.param("https://straße.example", "origin-in-unicode", "location.origin", id="IDNA 2003 and UTS 46 disagree"),
    pytest.param("https://" + "ü" * 64 + ".example", "origin-in-unicode", "location.origin", id="label too long"),
    pytest.param("http://127.1", "non-canonical-address", None, id="IPv4 of two parts"),
    pytest.param("http://0x7f.0.0.1", "non-canonical-address", None, id="IPv4 in hexadecimal"),
    pytest.param("http://2130706433", "non-canonical-address", None, id="IPv4 as one number"),
    pytest.param("http://010.0.0.1", "non-canonical-address", None, id="IPv4 in octal"),
    pytest.param("http://10.0.0.256", "non-canonical-address", None, id="IPv4 part too large"),
    pytest.param("http://[::0001]", "non-canonical-address", "http://[::1]", id="IPv6 with zeros"),
    pytest.param("http://[1:0:0:2:0:0:0:3]", "non-canonical-address", "http://[1:0:0:2::3]", id="IPv6, longest run"),
    pytest.param("http://[10:0:0:1:0:0:1:1]", "non-canonical-address", "http://[10::1:0:0:1:1]", id="IPv6, first run"),
    pytest.param("http://[::ffff:1.2.3.4]", "non-canonical-address", "http://[::ffff:102:304]", id="IPv4 in IPv6"),
    pytest.param("http://[::1%25eth0]", "non-canonical-address", None, id="IPv6 with a zone"),
    pytest.param("http://[1:2]:8000", "non-canonical-address", None, id="no IPv6 address"),
    pytest.param("https://*", "misplaced-wildcard", None, id="wildcard alone"),
    pytest.param("https://api*.example.com", "misplaced-wildcard", None, id="wildcard in a label"),
    pytest.param("https://api.*.example.com", "misplaced-wildcard", None, id="wildcard in the middle"),
    pytest.param("https://*.*.example.com", "misplaced-wildcard", None, id="two wildcards"),
    pytest.param("https://example.*", "misplaced-wildcard", None, id="wildcard at the end"),
    pytest.param("https://example.com:80*", "misplaced-wildcard", None, id="wildcard in the port"),
    pytest.param("https://example.com:8080:*", "misplaced-wildcard", None, id="port and wildcard"),
    pytest.param("http*://example.com", "misplaced-wildcard", None, id="wildcard in the scheme"),
    pytest.param("https://*.10.0.0.1", "wildcard-over-address", None, id="wildcard over IPv4"),
    pytest.param("https://*.[::1]", "wildcard-over-address", None, id="wildcard over IPv6"),
    pytest.param("https://", "malformed-host", None, id="no host"),
    pytest.param("https://*.", "malformed-host", None, id="wildcard over no host"),
    pytest.param("https://a..example.com", "malformed-host", None, id="empty label"),
    pytest.param("https://" + "a" * 64 + ".example.com", "malformed-host", None, id="label of 64"),
    pytest.param("https://" + "a." * 127 + "com", "malformed-host", None, id="host of 257"),
    pytest.param("https://exa%6dple.com", "malformed-host", None, id="percent"),
    pytest.param("https://example.com\n", "list-in-string", "https://example.com", id="line break"),
    pytest.param("https://bü*cher.example", "misplaced-wildcard", None, id="wildcard in Unicode"),
    pytest.param("https://℀.example", "origin-in-unicode", "location.origin", id="Unicode that holds a slash"),
    pytest.param("NULL", "null-origin", "dangerously_allow_null_origin=True", id="NULL"),
    pytest.param("null", "null-origin", "dangerously_allow_null_origin=True", id="null"),
    pytest.param("file://", "file-origin", "http://localhost", id="file"),
    pytest.param("file://host", "file-origin", "http://localhost", id="file with a host"),
    pytest.param("https://a.example, https://b.example", "list-in-string", "['https://a.example', ", id="comma"),
    pytest.param("https://a.example https://b.example", "list-in-string", "['https://a.example', ", id="space"),
    pytest.param(re.compile(rb"https://a"), "wrong-type", None, id="regex of bytes"),
    pytest.param(re.compile(r"https://www.example\.com"), "regex-with-unescaped-dot", r"'\.'", id="unescaped dot"),
    pytest.param(re.compile(r"https://www.{1}example\.com"), "regex-with-unescaped-dot", None, id="dot, once"),
    pytest.param(
        re.compile("https://a\\.b # [\n|https://x.y # ]", re.VERBOSE), "regex-with-comments", None, id="verbose"
    ),
    pytest.param(re.compile("https://a(?#.)"), "regex-with-comments", None, id="comment in a regex"),
    pytest.param(re.compile(r"https://[a]\.b.?c"), "regex-with-unescaped-dot", r"'\.'", id="dot that may be missing"),
]


@pytest.mark.parametrize("as_list", [True, False], ids=["in a list", "alone"])
@pytest.mark.parametrize(("pattern", "code", "hint"), REFUSED)
def test_pattern_is_refused_with_its_code_its_place_and_what_to_write(
    pattern: str | re.Pattern[str], code: str, hint: str | None, as_list: bool
) -> None:
    with pytest.raises(PolicyError) as caught:
        Policy(allow_origins=["https://fine.example", pattern] if as_list else pattern)
    [problem] = caught.value.problems
    assert (problem.code, problem.value) == (code, pattern)
    assert problem.field == ("allow_origins[1]" if as_list else "allow_origins")
    assert hint is None or hint in problem.hint


@pytest.mark.parametrize("pattern", [7, None, b"https://app.example.com", ["https://app.example.com"]], ids=repr)
def test_entry_that_is_no_string_regex_or_callable_is_refused(pattern: object) -> None:
    with pytest.raises(PolicyError) as caught:
        Policy(allow_origins=[pattern])  # type: ignore[list-item]
    assert [(problem.code, problem.field) for problem in caught.value.problems] == [("wrong-type", "allow_origins[0]")]


@pytest.mark.parametrize(
    ("origin", "code", "opt_out"),
    [
        ("http://app.example.com", "insecure-origin-with-credentials", "dangerously_allow_insecure_origins"),
        ("http://*.example.com:*", "insecure-origin-with-credentials", "dangerously_allow_insecure_origins"),
        ("http://10.0.0.1", "insecure-origin-with-credentials", "dangerously_allow_insecure_origins"),
        ("http://evillocalhost", "insecure-origin-with-credentials", "dangerously_allow_insecure_origins"),
        ("http://localhost.example.com", "insecure-origin-with-credentials", "dangerously_allow_insecure_origins"),
        ("http://127.0.0.1.example.com", "insecure-origin-with-credentials", "dangerously_allow_insecure_origins"),
        ("https://*.github.io", "public-suffix-with-credentials", "dangerously_allow_public_suffixes"),
        ("https://*.com", "public-suffix-with-credentials", "dangerously_allow_public_suffixes"),
        ("https://*.co.uk:*", "public-suffix-with-credentials", "dangerously_allow_public_suffixes"),
        ("https://*.com.", "public-suffix-with-credentials", "dangerously_allow_public_suffixes"),
    ],
)
def test_origin_is_refused_with_credentials_only_unless_the_danger_is_named(
    origin: str, code: str, opt_out: str
) -> None:
    Policy(allow_origins=origin)
    with pytest.raises(PolicyError) as caught:
        Policy(allow_origins=origin, allow_credentials=True)
    [problem] = caught.value.problems
    assert (problem.code, problem.field) == (code, "allow_origins")
    assert f"{opt_out}=True" in problem.hint
    danger: dict[str, Any] = {opt_out: True}
    assert Policy(allow_origins=origin, allow_credentials=True, **danger).allow_origins == (origin,)


@pytest.mark.parametrize(
    "regex",
    ["https://.*", ".+", r"https://[a-z.-]+", r"http://.*", r"https://.*\.(com|net)", r"https://.*\.github\.io:\d+"],
)
def test_regex_that_matches_strangers_is_refused_with_credentials(regex: str) -> None:
    Policy(allow_origins=re.compile(regex))
    with pytest.raises(PolicyError) as caught:
        Policy(allow_origins=re.compile(regex), allow_credentials=True)
    assert [problem.code for problem in caught.value.problems] == ["any-origin-regex-with-credentials"]


@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost",
        "http://localhost:*",
        "http://app.localhost:3000",
        "http://*.localhost:*",
        "http://localhost.",
        "http://127.0.0.1:5000",
        "http://127.8.9.10",
        "http://[::1]:5000",
        "https://*.example.com",
        "https://*.user.github.io",
        "https://10.0.0.1:8443",
        "https://[2001:db8::1]",
        "https://[2001:db8:1:2:3:4:5:6]",
        "https://xn--bcher-kva.example",
        "https://a_b.example.com.",
        "chrome-extension://kbfnbcaeplbcioakkpcpgfkobkghlhen",
        "capacitor://localhost",
    ],
)
def test_origin_is_accepted_with_credentials(origin: str) -> None:
    policy = Policy(allow_origins=origin, allow_credentials=True)
    concrete = origin.replace("*.", "a.b.").replace(":*", ":8080")
    assert policy.allows_origin(concrete)


def test_hint_is_the_mended_spelling_whatever_else_is_wrong() -> None:
    for mistaken in ("example.com/", "example.com:443", "u@example.com", "//example.com?x", "https:example.com/"):
        with pytest.raises(PolicyError) as caught:
            Policy(allow_origins=mistaken)
        assert {problem.hint for problem in caught.value.problems} == {"write 'https://example.com'"}
    with pytest.raises(PolicyError, match=re.escape("write 'https://example.com', or say")):
        Policy(allow_origins="http://example.com:443", allow_credentials=True)


def test_regex_with_credentials_matches_no_insecure_origin_unless_the_danger_is_named() -> None:
    regex = re.compile(r"https?://(app\.example\.com|localhost|127\.0\.0\.1)(:\d+)?")
    policy = Policy(allow_origins=regex, allow_credentials=True)
    for origin in ("https://app.example.com", "http://localhost:3000", "http://127.0.0.1:3000"):
        assert policy.allows_origin(origin)
    assert not policy.allows_origin("http://app.example.com")
    assert Policy(allow_origins=regex).allows_origin("http://app.example.com")
    danger = Policy(allow_origins=regex, allow_credentials=True, dangerously_allow_insecure_origins=True)
    assert danger.allows_origin("http://app.example.com")


def test_asynchronous_callable_is_refused() -> None:
    async def later(origin: str, environ: object) -> bool:
        return True

    with pytest.raises(PolicyError, match="asynchronous"):
        Policy(allow_origins=later)  # type: ignore[arg-type]  # what is tested


def test_every_mistake_of_one_pattern_is_reported_with_one_spelling_that_mends_them_all() -> None:
    with pytest.raises(PolicyError) as caught:
        Policy(allow_origins="HTTPS://me@Example.com:443/a?b#c", allow_credentials=True)
    assert [(problem.code, problem.hint) for problem in caught.value.problems] == [
        ("origin-in-upper-case", "write 'https://example.com'"),
        ("origin-with-path", "write 'https://example.com'"),
        ("origin-with-query", "write 'https://example.com'"),
        ("origin-with-fragment", "write 'https://example.com'"),
        ("origin-with-userinfo", "write 'https://example.com'"),
        ("default-port", "write 'https://example.com'"),
    ]


def test_a_mended_pattern_is_still_looked_at_for_credentials() -> None:
    with pytest.raises(PolicyError) as caught:
        Policy(allow_origins="http://*.GitHub.io/", allow_credentials=True)
    assert [problem.code for problem in caught.value.problems] == [
        "origin-in-upper-case",
        "origin-with-trailing-slash",
        "insecure-origin-with-credentials",
        "public-suffix-with-credentials",
    ]


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
