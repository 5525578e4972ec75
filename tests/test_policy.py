"""Policies: what is refused, each with its own code, and what a policy then is."""

import dataclasses
import pickle
import re
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest

from corswsgi import Policy, PolicyError, Problem

APP = "https://app.example.com"

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


@pytest.mark.parametrize(
    ("field", "nearest"),
    [
        ("origins", "allow_origins"),
        ("allow_origin", "allow_origins"),
        ("allowed_methods", "allow_methods"),
        ("headers", "allow_headers"),
        ("exposed_headers", "expose_headers"),
        ("supports_credentials", "allow_credentials"),
        ("maxage", "max_age"),
    ],
)
def test_unknown_field_is_told_the_nearest_real_one(field: str, nearest: str) -> None:
    fields: dict[str, Any] = {"allow_origins": APP, field: "x"}
    with pytest.raises(PolicyError) as caught:
        Policy(**fields)
    assert [problem.hint for problem in caught.value.problems] == [f"write {nearest}"]


@pytest.mark.parametrize("field", ["x[", "allow_origins[0]", "", "\n"])
def test_unknown_field_of_any_name_is_one_problem(field: str) -> None:
    fields: dict[str, Any] = {"allow_origins": APP, field: 1}
    with pytest.raises(PolicyError) as caught:
        Policy(**fields)
    assert [problem.code for problem in caught.value.problems] == ["unknown-field"]
    assert len(str(caught.value).splitlines()) == 1


def test_unknown_field_like_no_other_is_told_some() -> None:
    fields: dict[str, Any] = {"allow_origins": APP, "xyz": 1}
    with pytest.raises(PolicyError, match="use a field such as allow_origins or max_age"):
        Policy(**fields)


def test_all_mistakes_are_reported_at_once_in_the_order_of_the_fields() -> None:
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
        ("allow_origins[1]", "null-origin"),
        ("allow_origins[2]", "origin-with-trailing-slash"),
        ("allow_origins", "any-origin-beside-others"),
        ("allow_credentials", "wrong-type"),
        ("allow_methods[0]", "method-in-wrong-case"),
        ("allow_methods[1]", "forbidden-method"),
        ("allow_headers", "forbidden-request-header"),
        ("expose_headers[0]", "forbidden-response-header"),
        ("max_age", "negative-max-age"),
        ("orgins", "unknown-field"),
    ]
    assert len(str(caught.value).splitlines()) == 10


def test_problem_is_one_line_with_the_place_the_code_and_the_hint() -> None:
    with pytest.raises(PolicyError) as caught:
        Policy(allow_origins=["https://app.example.com", "https://App.example.com\N{NO-BREAK SPACE}\n"])
    [problem] = caught.value.problems
    assert isinstance(problem, Problem)
    assert (
        str(problem)
        == str(caught.value)
        == (
            "allow_origins[1]: 'https://App.example.com\\xa0\\n' has a comma, a semicolon or a space in it: "
            "it is not one value (list-in-string); write 'https://App.example.com'"
        )
    )


def test_value_of_any_size_is_shown_in_a_short_line() -> None:
    with pytest.raises(PolicyError) as caught:
        Policy(allow_origins=["https://" + "x" * 10_000_000])
    assert len(str(caught.value)) < 500


def test_policy_error_is_a_value_error_and_survives_pickling() -> None:
    assert issubclass(PolicyError, ValueError)
    with pytest.raises(PolicyError, match="no-origins") as caught:
        Policy()
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301  (our own bytes)
    assert again.problems == caught.value.problems


def test_defaults_are_the_safe_ones() -> None:
    policy = Policy(allow_origins=APP)
    said = {name: value for name, value in dataclasses.asdict(policy).items() if repr(value) not in NOTHING}
    assert said == {"allow_origins": (APP,)}


NOTHING = {"False", "()", "None"}


@pytest.mark.parametrize("origins", [APP, [APP], (APP,), {APP}, iter([APP]), {APP: 1}.keys()], ids=str)
def test_one_string_or_any_iterable_is_accepted(origins: Any) -> None:
    assert Policy(allow_origins=origins, allow_methods="PUT", allow_headers=["X-A"]) == Policy(
        allow_origins=[APP], allow_methods=["PUT"], allow_headers="X-A"
    )


def test_regex_and_callable_are_accepted_alone() -> None:
    regex = re.compile(r"https://pr-\d+\.example\.com")
    assert Policy(allow_origins=regex).allow_origins == (regex,)
    assert Policy(allow_origins=callable_origin).allow_origins == (callable_origin,)


def callable_origin(origin: str, environ: object) -> bool:
    return False


@pytest.mark.parametrize(("given", "seconds"), [(0, 0), (600, 600), (timedelta(hours=2), 7200), (86_400, 86_400)])
def test_max_age_is_kept_in_seconds(given: int | timedelta, seconds: int) -> None:
    assert Policy(allow_origins=APP, max_age=given).max_age == seconds


@pytest.mark.parametrize("method", ["PATCH", "PUT", "QUERY", "chicken", "*"])
def test_method_is_kept_as_it_is_written(method: str) -> None:
    assert Policy(allow_origins=APP, allow_methods=[method]).allow_methods == (method,)


def test_policy_is_a_frozen_value() -> None:
    policy = Policy(allow_origins=[APP], max_age=5)
    with pytest.raises(dataclasses.FrozenInstanceError):
        policy.max_age = 6  # type: ignore[misc]  # what is tested
    assert policy == Policy(allow_origins=APP, max_age=timedelta(seconds=5))
    assert hash(policy) == hash(Policy(allow_origins=APP, max_age=5))
    assert repr(policy) == "Policy(allow_origins=('https://app.example.com',), max_age=5)"
    assert dataclasses.replace(policy, max_age=6) == Policy(allow_origins=APP, max_age=6)


def test_replace_checks_the_new_policy() -> None:
    policy = Policy(allow_origins="*")
    with pytest.raises(PolicyError, match="any-origin-with-credentials"):
        dataclasses.replace(policy, allow_credentials=True)


def test_fields_are_by_keyword_only() -> None:
    with pytest.raises(TypeError):
        Policy(APP)  # type: ignore[call-arg]  # what is tested


def test_public_suffix_list_is_imported_only_for_a_credentialed_subdomain_wildcard() -> None:
    program = """if True:
        import sys
        from corswsgi import Policy
        Policy(allow_origins=["https://app.example.com", "http://localhost:*"], allow_credentials=True)
        Policy(allow_origins="https://*.example.com")
        assert "publicsuffixlist" not in sys.modules
        Policy(allow_origins="https://*.example.com", allow_credentials=True)
        assert "publicsuffixlist" in sys.modules
    """
    subprocess.run([sys.executable, "-c", program], check=True)  # noqa: S603  (our own program)


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
