"""The spelling of origins: refused spellings with their codes and hints."""

import re

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
    pytest.param("https://app.example.com:", "malformed-port", "'https://app.example.com'", id="colon, no port"),
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
    pytest.param("https://*", "misplaced-wildcard", "write '*' to allow any origin", id="wildcard alone"),
    pytest.param("http://*:3000", "misplaced-wildcard", "list the origins", id="wildcard alone, port"),
    pytest.param("https://*example.com", "misplaced-wildcard", "'https://*.example.com'", id="wildcard without a dot"),
    pytest.param("https://*-a.example.com", "misplaced-wildcard", "each origin", id="wildcard before a hyphen"),
    pytest.param('["https://a.example"', "quotes-in-value", "'https://a.example'", id="first of a JSON list"),
    pytest.param('"https://b.example"]', "quotes-in-value", "'https://b.example'", id="last of a JSON list"),
    pytest.param(
        '"https://a.example, https://b.example"',
        "quotes-in-value",
        "'https://a.example', 'https://b.example'",
        id="quotes around several",
    ),
    pytest.param(
        "https://a.example|https://b.example",
        "list-in-string",
        "'https://a.example', 'https://b.example'",
        id="several, with a bar",
    ),
    pytest.param("ANY", "origin-without-scheme", "write '*' to allow any origin", id="a word for any origin"),
    pytest.param("self", "origin-without-scheme", "need no CORS", id="a word for the same origin"),
    pytest.param("$FRONTEND", "malformed-host", "write an origin", id="variable of a shell"),
    pytest.param("%FRONTEND%", "malformed-host", "write an origin", id="variable of Windows"),
    pytest.param("http//localhost:3000", "origin-without-scheme", "'http://localhost:3000'", id="no colon"),
    pytest.param("None", "origin-without-scheme", "set the variable", id="text of None"),
    pytest.param("undefined", "origin-without-scheme", "set the variable", id="text of undefined"),
    pytest.param("${FRONTEND}", "malformed-host", "'https://app.example.com'", id="placeholder"),
    pytest.param("https://{{host}}", "malformed-host", "write an origin", id="template"),
    pytest.param(
        r"^https://.*\.example\.com$", "malformed-host", "a compiled regex, re.compile(...)", id="regex in a string"
    ),
    pytest.param("https://(a|b).example.com", "malformed-host", "'https://*.example.com'", id="alternatives"),
    pytest.param("https://.*", "malformed-host", "a compiled regex", id="any host, as a regex"),
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
    pytest.param("'https://a.example'", "quotes-in-value", "https://a.example", id="quotes"),
    pytest.param('"https://a.example"', "quotes-in-value", "https://a.example", id="double quotes"),
    pytest.param('["https://a.example"]', "list-in-string", "https://a.example", id="JSON list"),
    pytest.param(
        "https://a.example;https://b.example", "list-in-string", "'https://a.example', 'https:", id="semicolon"
    ),
    pytest.param("/api/*", "origin-without-scheme", "https://app.example.com", id="a path"),
    pytest.param("https://a.example, https://b.example", "list-in-string", "'https://a.example', 'https:", id="comma"),
    pytest.param("https://a.example https://b.example", "list-in-string", "'https://a.example', 'https:", id="space"),
]


@pytest.mark.parametrize("as_list", [True, False], ids=["in a list", "alone"])
@pytest.mark.parametrize(("pattern", "code", "hint"), REFUSED)
def test_pattern_is_refused_with_its_code_its_place_and_what_to_write(
    pattern: str, code: str, hint: str | None, as_list: bool
) -> None:
    with pytest.raises(PolicyError) as caught:
        Policy(allow_origins=["https://fine.example", pattern] if as_list else pattern)
    [problem] = caught.value.problems
    assert (problem.code, problem.value) == (code, pattern)
    assert problem.field == ("allow_origins[1]" if as_list else "allow_origins")
    assert hint is None or hint in problem.hint


def test_hint_is_the_mended_spelling_whatever_else_is_wrong() -> None:
    for mistaken in ("example.com/", "example.com:443", "u@example.com", "//example.com?x", "https:example.com/"):
        with pytest.raises(PolicyError) as caught:
            Policy(allow_origins=mistaken)
        assert {problem.hint for problem in caught.value.problems} == {"write 'https://example.com'"}
    with pytest.raises(PolicyError, match=re.escape("write 'https://example.com', or set")):
        Policy(allow_origins="http://example.com:443", allow_credentials=True)


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


@pytest.mark.parametrize(
    ("pattern", "codes"),
    [
        ("https://a.example/?q", ["origin-with-path", "origin-with-query"]),
        ("https://a.example/#f", ["origin-with-path", "origin-with-fragment"]),
        ("https://a.example/a?b?c", ["origin-with-path", "origin-with-query"]),
        ("https://a.example?b#c?d", ["origin-with-query", "origin-with-fragment"]),
        ("https://a.example#c?d/e", ["origin-with-fragment"]),
    ],
)
def test_parts_after_an_origin_are_named_as_urls_have_them(pattern: str, codes: list[str]) -> None:
    with pytest.raises(PolicyError) as caught:
        Policy(allow_origins=pattern)
    assert [problem.code for problem in caught.value.problems] == codes
    assert {problem.hint for problem in caught.value.problems} == {"write 'https://a.example'"}
