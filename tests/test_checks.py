"""The checks of the fields of a policy: what is refused, with its code, its place and its hint."""

import re
from datetime import timedelta
from typing import Any

import pytest

from corswsgi import Policy, PolicyError
from tests.support.asking import APP, SHOP

REFUSED = [
    pytest.param({}, "no-origins", "allow_origins", id="no origins"),
    pytest.param({"allow_origins": []}, "no-origins", "allow_origins", id="empty list of origins"),
    pytest.param({"allow_origins": iter(())}, "no-origins", "allow_origins", id="iterator over no origins"),
    pytest.param(
        {"allow_origins": "*", "allow_credentials": True},
        "any-origin-with-credentials",
        "allow_origins",
        id="* and cookies",
    ),
    pytest.param({"allow_origins": ["*", APP]}, "any-origin-beside-others", "allow_origins", id="* beside others"),
    pytest.param({"allow_origins": ["*", "*"]}, "any-origin-beside-others", "allow_origins", id="* twice"),
    pytest.param({"allow_origins": None}, "wrong-type", "allow_origins", id="origins None"),
    pytest.param({"allow_origins": {APP: True}}, "wrong-type", "allow_origins", id="origins in a dict"),
    pytest.param({"allow_origins": APP.encode()}, "wrong-type", "allow_origins", id="origins in bytes"),
    pytest.param({"allow_methods": "PUT,DELETE"}, "list-in-string", "allow_methods", id="methods in one string"),
    pytest.param({"allow_methods": ["PUT DELETE"]}, "list-in-string", "allow_methods[0]", id="methods, one entry"),
    pytest.param({"allow_methods": ["PUT", "PÜT"]}, "not-a-token", "allow_methods[1]", id="method, no token"),
    pytest.param({"allow_methods": [""]}, "not-a-token", "allow_methods[0]", id="method, empty"),
    pytest.param({"allow_methods": "connect"}, "forbidden-method", "allow_methods", id="connect"),
    pytest.param({"allow_methods": ["Trace"]}, "forbidden-method", "allow_methods[0]", id="Trace"),
    pytest.param({"allow_methods": ["TRACK"]}, "forbidden-method", "allow_methods[0]", id="TRACK"),
    pytest.param({"allow_methods": ["put"]}, "method-in-wrong-case", "allow_methods[0]", id="put"),
    pytest.param({"allow_methods": ["patch"]}, "method-in-wrong-case", "allow_methods[0]", id="patch"),
    pytest.param({"allow_methods": ["Propfind"]}, "method-in-wrong-case", "allow_methods[0]", id="Propfind"),
    pytest.param({"allow_methods": ["P*"]}, "misplaced-wildcard", "allow_methods[0]", id="method with a star"),
    pytest.param({"allow_headers": "X-*"}, "misplaced-wildcard", "allow_headers", id="header with a star"),
    pytest.param({"expose_headers": ["**"]}, "misplaced-wildcard", "expose_headers[0]", id="two stars"),
    pytest.param({"self": 1}, "unknown-field", "self", id="a field called self"),
    pytest.param({"allow_methods": [7]}, "wrong-type", "allow_methods[0]", id="method, a number"),
    pytest.param({"allow_methods": True}, "wrong-type", "allow_methods", id="methods True"),
    pytest.param({"allow_headers": "X-A, X-B"}, "list-in-string", "allow_headers", id="headers in one string"),
    pytest.param({"allow_headers": ["X:A"]}, "not-a-token", "allow_headers[0]", id="header, no token"),
    pytest.param({"allow_headers": ["X-A\r\nX-B"]}, "list-in-string", "allow_headers[0]", id="header, line break"),
    pytest.param({"allow_headers": "cookie"}, "forbidden-request-header", "allow_headers", id="cookie"),
    pytest.param({"allow_headers": "Host"}, "forbidden-request-header", "allow_headers", id="Host"),
    pytest.param({"allow_headers": "Sec-Fetch-Mode"}, "forbidden-request-header", "allow_headers", id="Sec-"),
    pytest.param({"allow_headers": "PROXY-X"}, "forbidden-request-header", "allow_headers", id="PROXY-"),
    pytest.param(
        {"allow_headers": ["access-control-allow-origin"]}, "response-header-in-request", "allow_headers[0]", id="ACAO"
    ),
    pytest.param({"expose_headers": ["X A"]}, "list-in-string", "expose_headers[0]", id="exposed, a space"),
    pytest.param({"expose_headers": ["X/A"]}, "not-a-token", "expose_headers[0]", id="exposed, no token"),
    pytest.param(
        {"expose_headers": "*", "allow_credentials": True},
        "any-exposed-header-with-credentials",
        "expose_headers",
        id="expose * and cookies",
    ),
    pytest.param({"expose_headers": "Set-Cookie"}, "forbidden-response-header", "expose_headers", id="Set-Cookie"),
    pytest.param({"expose_headers": ["Origin"]}, "request-header-in-response", "expose_headers[0]", id="Origin"),
    pytest.param({"max_age": -1}, "negative-max-age", "max_age", id="-1"),
    pytest.param({"max_age": timedelta(days=-1)}, "negative-max-age", "max_age", id="minus one day"),
    pytest.param({"max_age": 1.5}, "max-age-not-whole", "max_age", id="1.5"),
    pytest.param({"max_age": float("nan")}, "max-age-not-whole", "max_age", id="nan"),
    pytest.param({"max_age": float("inf")}, "max-age-not-whole", "max_age", id="inf"),
    pytest.param({"max_age": timedelta(milliseconds=1500)}, "max-age-not-whole", "max_age", id="1500 ms"),
    pytest.param({"max_age": 86_401}, "max-age-too-long", "max_age", id="86401"),
    pytest.param({"max_age": timedelta(days=2)}, "max-age-too-long", "max_age", id="two days"),
    pytest.param({"max_age": 10**5000}, "max-age-too-long", "max_age", id="5001 digits"),
    pytest.param({"max_age": "600"}, "wrong-type", "max_age", id="max_age in a string"),
    pytest.param({"max_age": True}, "wrong-type", "max_age", id="max_age True"),
    pytest.param({"allow_credentials": "true"}, "wrong-type", "allow_credentials", id="credentials in a string"),
    pytest.param({"allow_credentials": 1}, "wrong-type", "allow_credentials", id="credentials 1"),
    pytest.param(
        {"dangerously_allow_null_origin": 1}, "wrong-type", "dangerously_allow_null_origin", id="danger as a number"
    ),
    pytest.param({"allow_origin": APP}, "unknown-field", "allow_origin", id="unknown field"),
]


@pytest.mark.parametrize(("fields", "code", "place"), REFUSED)
def test_policy_is_refused_with_its_code_and_place(fields: dict[str, Any], code: str, place: str) -> None:
    with pytest.raises(PolicyError) as caught:
        Policy(**({"allow_origins": APP} if "no origins" not in fields and fields else {}) | fields)
    [problem] = caught.value.problems
    assert (problem.code, problem.field) == (code, place)
    assert problem.message
    assert problem.hint


@pytest.mark.parametrize(
    ("name", "code", "hint"),
    [
        pytest.param("Content-Type: application/json", "not-a-token", "write 'Content-Type'", id="a line of headers"),
        pytest.param("X-A:", "not-a-token", "write 'X-A'", id="colon"),
        pytest.param("X\N{EN DASH}A", "not-a-token", "write 'X-A'", id="dash"),
        pytest.param("'X-A'", "quotes-in-value", "write 'X-A'", id="quotes"),
        pytest.param("X-A'", "quotes-in-value", "write 'X-A'", id="one quote"),
        pytest.param("X-A X-B", "list-in-string", "write 'X-A', 'X-B'", id="two names"),
        pytest.param("X/A", "not-a-token", "write letters, digits and hyphens", id="slash"),
    ],
)
def test_name_that_is_not_a_token_is_mended_by_its_hint(name: str, code: str, hint: str) -> None:
    with pytest.raises(PolicyError) as caught:
        Policy(allow_origins=APP, allow_headers=[name])
    assert [(problem.code, problem.hint) for problem in caught.value.problems] == [(code, hint)]


def test_all_mistakes_are_reported_at_once_unknown_fields_first_and_then_in_order() -> None:
    fields: dict[str, Any] = {
        "orgins": APP,
        "max_age": -1,
        "expose_headers": ["Set-Cookie", "*"],
        "allow_headers": "Cookie",
        "allow_methods": ["put", "TRACE"],
        "allow_credentials": "yes",
        "allow_origins": ["*", "null", "https://a.example/"],
    }
    with pytest.raises(PolicyError) as caught:
        Policy(**fields)
    assert [(problem.field, problem.code) for problem in caught.value.problems] == [
        ("orgins", "unknown-field"),
        ("allow_origins[1]", "null-origin"),
        ("allow_origins[2]", "origin-with-trailing-slash"),
        ("allow_origins", "any-origin-beside-others"),
        ("allow_credentials", "wrong-type"),
        ("allow_methods[0]", "method-in-wrong-case"),
        ("allow_methods[1]", "forbidden-method"),
        ("allow_headers", "forbidden-request-header"),
        ("expose_headers[0]", "forbidden-response-header"),
        ("max_age", "negative-max-age"),
    ]
    assert len(str(caught.value).splitlines()) == 10


@pytest.mark.parametrize(("given", "seconds"), [(0, 0), (600, 600), (timedelta(hours=2), 7200), (86_400, 86_400)])
def test_max_age_is_kept_in_seconds(given: int | timedelta, seconds: int) -> None:
    assert Policy(allow_origins=APP, max_age=given).max_age == seconds


@pytest.mark.parametrize("method", ["PATCH", "PUT", "QUERY", "chicken", "*"])
def test_method_is_kept_as_it_is_written(method: str) -> None:
    assert Policy(allow_origins=APP, allow_methods=[method]).allow_methods == (method,)


# RFC 9110 (section 9.3), RFC 5789 (PATCH), WebDAV's RFC 4918, RFC 3253 (REPORT), RFC 5323 (SEARCH), and QUERY
@pytest.mark.parametrize(
    "method",
    [
        "COPY", "DELETE", "GET", "HEAD", "LOCK", "MKCOL", "MOVE", "OPTIONS", "PATCH", "POST", "PROPFIND", "PROPPATCH",
        "PUT", "QUERY", "REPORT", "SEARCH", "UNLOCK",
    ],
)  # fmt: skip
def test_known_method_is_refused_in_lower_case(method: str) -> None:
    assert Policy(allow_origins=APP, allow_methods=method).allow_methods == (method,)
    with pytest.raises(PolicyError, match="method-in-wrong-case"):
        Policy(allow_origins=APP, allow_methods=method.lower())


@pytest.mark.parametrize(
    "name",
    [
        "Access-Control-Allow-Credentials", "Access-Control-Allow-Headers", "Access-Control-Allow-Methods",
        "Access-Control-Allow-Origin", "Access-Control-Allow-Private-Network", "Access-Control-Expose-Headers",
        "Access-Control-Max-Age", "Age", "Content-Security-Policy", "ETag", "Location", "Proxy-Authenticate",
        "Retry-After", "Server", "Set-Cookie", "Strict-Transport-Security", "Timing-Allow-Origin", "Vary",
        "WWW-Authenticate",
    ],
)  # fmt: skip
def test_name_of_a_response_header_is_refused_among_request_headers(name: str) -> None:
    with pytest.raises(PolicyError, match="response-header-in-request"):
        Policy(allow_origins=APP, allow_headers=name)


@pytest.mark.parametrize(
    "name",
    [
        "Accept-Charset", "Access-Control-Request-Headers", "Access-Control-Request-Method",
        "Access-Control-Request-Private-Network", "Cookie", "Cookie2", "Expect", "Host", "If-Match",
        "If-Modified-Since", "If-None-Match", "If-Range", "If-Unmodified-Since", "Origin", "Proxy-Authorization",
        "Referer", "TE", "User-Agent",
    ],
)  # fmt: skip
def test_name_of_a_request_header_is_refused_among_response_headers(name: str) -> None:
    with pytest.raises(PolicyError, match="request-header-in-response"):
        Policy(allow_origins=APP, expose_headers=name)


def made(**fields: Any) -> Policy:
    return Policy(**fields)


def mistakes(**fields: Any) -> list[tuple[str, str]]:
    try:
        Policy(**fields)
    except PolicyError as error:
        return [(problem.code, problem.message) for problem in error.problems]
    return []


class TestWriters:
    """`accept_writes_from`."""

    @pytest.mark.parametrize(
        ("pattern", "code"),
        [
            ("*", "any-origin-may-write"),
            ("null", "any-origin-may-write"),
            ("http://checkout.bank.example", "insecure-origin-with-credentials"),
            ("https://*.co.uk", "public-suffix-with-credentials"),
            ("https://checkout.bank.example/pay", None),
            ("checkout.bank.example", None),
        ],
    )
    def test_what_any_page_could_be_is_refused(self, pattern: Any, code: str | None) -> None:
        for value, field in ((pattern, "accept_writes_from"), ([pattern], "accept_writes_from[0]")):
            with pytest.raises(PolicyError) as refused:
                Policy(accept_writes_from=value)
            assert {problem.field for problem in refused.value.problems} == {field}
            assert code in {problem.code for problem in refused.value.problems} | {None}

    @pytest.mark.parametrize(
        "pattern",
        [
            SHOP,
            "https://*.shop.example",
            "https://*.amazonaws.com",
            "https://a.example, https://b.example",
            7,
            b"x",
            re.compile(r"https://.*\.example"),
            re.compile("(a+)+"),
            re.compile(r"https://[a-z]+\.shop\.example"),
        ],
        ids=repr,
    )
    def test_origins_are_checked_as_with_credentials(self, pattern: Any) -> None:
        assert mistakes(accept_writes_from=[pattern]) == mistakes(allow_origins=[pattern], allow_credentials=True)

    @pytest.mark.parametrize(
        ("pattern", "opt_out"),
        [
            ("*", "dangerously_accept_writes_from_any_origin"),
            ("null", "dangerously_accept_writes_from_any_origin"),
            ("http://checkout.bank.example", "dangerously_allow_insecure_origins"),
            ("https://*.co.uk", "dangerously_allow_public_suffixes"),
        ],
    )
    def test_each_opt_out_opens_its_own_door(self, pattern: str, opt_out: str) -> None:
        assert made(accept_writes_from=pattern, **{opt_out: True}).accept_writes_from == (pattern,)
        others = {
            "dangerously_accept_writes_from_any_origin",
            "dangerously_allow_insecure_origins",
            "dangerously_allow_null_origin",
            "dangerously_allow_public_suffixes",
        } - {opt_out}
        with pytest.raises(PolicyError):
            made(accept_writes_from=pattern, **dict.fromkeys(others, True))

    def test_the_opt_out_is_a_flag(self) -> None:
        with pytest.raises(PolicyError) as refused:
            Policy(accept_writes_from=SHOP, dangerously_accept_writes_from_any_origin=1)  # type: ignore[arg-type]
        assert [problem.field for problem in refused.value.problems] == ["dangerously_accept_writes_from_any_origin"]

    @pytest.mark.parametrize(
        "field",
        [
            {"allow_credentials": True},
            {"allow_methods": "PUT"},
            {"allow_headers": "X-A"},
            {"expose_headers": "X-A"},
            {"max_age": 0},
            {"allow_timing": True},
        ],
        ids=str,
    )
    def test_fields_about_readers_are_refused_beside_it(self, field: dict[str, Any]) -> None:
        with pytest.raises(PolicyError) as refused:
            Policy(accept_writes_from="https://bank.example", **field)
        assert [(problem.code, problem.field) for problem in refused.value.problems] == [
            ("field-without-origins", next(iter(field)))
        ]

    def test_a_field_about_readers_is_not_blamed_where_allow_origins_is_wrong(self) -> None:
        with pytest.raises(PolicyError) as refused:
            Policy(accept_writes_from=SHOP, allow_methods="put", allow_origins="shop.example")
        assert [problem.field for problem in refused.value.problems] == ["allow_origins", "allow_methods"]
