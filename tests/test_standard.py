"""The standards' own lists, written out a second time: a name that is lost or added by mistake fails here."""

import pytest

from corswsgi import standard

LISTS = {
    "CORS_SAFELISTED_METHODS": ("https://fetch.spec.whatwg.org/#cors-safelisted-method", "GET HEAD POST"),
    "FORBIDDEN_METHODS": ("https://fetch.spec.whatwg.org/#forbidden-method", "CONNECT TRACE TRACK"),
    "FORBIDDEN_RESPONSE_HEADER_NAMES": (
        "https://fetch.spec.whatwg.org/#forbidden-response-header-name",
        "set-cookie set-cookie2",
    ),
    "CORS_NON_WILDCARD_REQUEST_HEADER_NAMES": (
        "https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name",
        "authorization",
    ),
    "METHOD_OVERRIDE_HEADER_NAMES": (
        "https://fetch.spec.whatwg.org/#forbidden-request-header",
        "x-http-method x-http-method-override x-method-override",
    ),
    "NORMALIZED_METHODS": (
        "https://fetch.spec.whatwg.org/#concept-method-normalize",
        "DELETE GET HEAD OPTIONS POST PUT",
    ),
    "NO_CORS_SAFELISTED_REQUEST_HEADER_NAMES": (
        "https://fetch.spec.whatwg.org/#no-cors-safelisted-request-header-name",
        "accept accept-language content-language content-type",
    ),
    "REQUEST_BODY_HEADER_NAMES": (
        "https://fetch.spec.whatwg.org/#request-body-header-name",
        "content-encoding content-language content-location content-type",
    ),
    "CORS_SAFELISTED_RESPONSE_HEADER_NAMES": (
        "https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name",
        "cache-control content-language content-length content-type expires last-modified pragma",
    ),
}


@pytest.mark.parametrize("name", LISTS)
def test_list_is_the_standards(name: str) -> None:
    assert getattr(standard, name) == set(LISTS[name][1].split())


def test_every_list_of_names_is_written_here() -> None:
    lists = {
        name for name, value in vars(standard).items() if isinstance(value, frozenset) and not name.startswith("_")
    }
    assert lists - {"REDIRECT_STATUSES"} == LISTS.keys()


def test_statuses_are_the_standards() -> None:
    # https://fetch.spec.whatwg.org/#redirect-status and https://fetch.spec.whatwg.org/#ok-status
    assert set(standard.REDIRECT_STATUSES) == {301, 302, 303, 307, 308}
    assert (min(standard.OK_STATUSES), max(standard.OK_STATUSES), len(standard.OK_STATUSES)) == (200, 299, 100)


# https://fetch.spec.whatwg.org/#forbidden-request-header
@pytest.mark.parametrize(
    "name",
    [
        "Accept-Charset", "Accept-Encoding", "Access-Control-Request-Headers", "Access-Control-Request-Method",
        "Connection", "Content-Length", "Cookie", "Cookie2", "Date", "DNT", "Expect", "Host", "Keep-Alive", "Origin",
        "Referer", "Set-Cookie", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Via", "Proxy-",
        "Proxy-Authorization", "Sec-", "Sec-Fetch-Site",
    ],
)  # fmt: skip
def test_no_script_sets_a_forbidden_request_header(name: str) -> None:
    for spelt in (name, name.lower(), name.upper()):
        assert standard.is_forbidden_request_header_name(spelt)
    assert not standard.is_forbidden_request_header_name(f"x-{name}")


# RFC 9110, section 5.6.2
def test_token_has_the_characters_of_the_rfc_and_no_others() -> None:
    allowed = set("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
    assert {chr(code) for code in range(0x180) if standard.is_token(chr(code))} == allowed
    assert standard.is_token("".join(sorted(allowed)))
    assert not standard.is_token("")


@pytest.mark.parametrize(
    ("origin", "is_one"),
    [
        ("https://a.example:443", False),
        ("https://a.example:80", True),
        ("http://a.example:80", False),
        ("http://a.example:443", True),
        ("app://a.example:443", True),
        ("https://a.example:1", True),
        ("https://a.example:65535", True),
        ("https://a.example:65536", False),
        ("https://a.example:70000", False),
        ("https://a.example:0", False),
        ("https://a.example:01", False),
        (f"https://{'a' * 63}.example", True),
        (f"https://{'a' * 64}.example", False),
        (f"https://{'a.' * 126}a", True),  # a host of 253 characters
        (f"https://{'a.' * 126}a.", True),  # and with the dot of the root
        (f"https://{'a.' * 126}aa.", False),
    ],
)
def test_serialised_origin(origin: str, is_one: bool) -> None:
    assert (standard.SERIALIZED_ORIGIN.fullmatch(origin) is not None) == is_one
