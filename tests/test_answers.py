"""The complete answers of a compiled policy."""

import pytest

from corswsgi import Policy
from corswsgi.answers import MAX_REPEATED_LENGTH, MAX_REPEATED_NAMES, CompiledPolicy

APP = "https://app.example.com"
ALL = ("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers")


def test_any_origin_gets_a_constant_without_vary() -> None:
    policy = CompiledPolicy(
        Policy(allow_origins="*", allow_methods="*", allow_headers=["*", "Authorization"], max_age=0)
    )
    assert policy.any_origin
    assert not policy.repeats
    assert policy.granted == [("Access-Control-Allow-Origin", "*")]
    assert policy.preflight == [
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Allow-Methods", "*"),
        ("Access-Control-Allow-Headers", "*, Authorization"),
        ("Access-Control-Max-Age", "0"),
    ]


def test_listed_origin_gets_the_rows_whole_answer() -> None:
    policy = CompiledPolicy(
        Policy(
            allow_origins=[APP, "https://b.example"],
            allow_credentials=True,
            allow_methods=["PUT", "DELETE"],
            allow_headers=["X-A", "Content-Type"],
            expose_headers=["X-B", "X-C"],
            max_age=600,
        )
    )
    assert (policy.any_origin, policy.exact, policy.matches) == (False, frozenset({APP, "https://b.example"}), None)
    assert not policy.repeats
    assert policy.preflight == [
        ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Allow-Methods", "PUT, DELETE"),
        ("Access-Control-Allow-Headers", "X-A, Content-Type"),
        ("Access-Control-Max-Age", "600"),
        ("Vary", "Origin"),
    ]
    assert policy.granted == [
        ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Expose-Headers", "X-B, X-C"),
        ("Vary", "Origin"),
    ]


def test_policy_of_defaults_grants_no_method_and_no_header() -> None:
    policy = CompiledPolicy(Policy(allow_origins=APP))
    assert policy.preflight == [("Vary", "Origin")]
    assert policy.granted == [("Vary", "Origin")]


STARS = CompiledPolicy(Policy(allow_origins=APP, allow_credentials=True, allow_methods="*", allow_headers="*"))


def repeated(names: str, policy: CompiledPolicy = STARS) -> str | None:
    reason, headers = policy.repeat("PUT", names)
    assert reason == "origin-allowed"
    return dict(headers).get("Access-Control-Allow-Headers")


def test_stars_with_credentials_repeat_what_was_asked() -> None:
    assert STARS.repeat("CHICKEN", "x-a,x-b") == (
        "origin-allowed",
        [
            ("Access-Control-Allow-Credentials", "true"),
            ("Access-Control-Allow-Methods", "CHICKEN"),
            ("Access-Control-Allow-Headers", "x-a, x-b"),
            ALL,
        ],
    )


def test_only_the_list_with_the_star_is_repeated() -> None:
    methods = CompiledPolicy(Policy(allow_origins=APP, allow_credentials=True, allow_methods="*", allow_headers="X-A"))
    assert methods.repeat("PUT", "not looked into: \x00")[1][1:] == [
        ("Access-Control-Allow-Methods", "PUT"),
        ("Access-Control-Allow-Headers", "X-A"),
        ALL,
    ]
    headers = CompiledPolicy(Policy(allow_origins=APP, allow_credentials=True, allow_methods="PUT", allow_headers="*"))
    assert headers.repeat("not looked into: \x00", "x-b")[1][1:] == [
        ("Access-Control-Allow-Methods", "PUT"),
        ("Access-Control-Allow-Headers", "x-b"),
        ALL,
    ]


def test_names_are_repeated_without_empty_elements_and_space() -> None:
    assert repeated(" x-a ,\tx-b,, ") == "x-a, x-b"
    assert repeated("") is None
    assert repeated(",,") is None


def test_star_does_not_cover_authorization_unless_it_is_named() -> None:
    assert repeated("Authorization,x-a") == "x-a"
    named = CompiledPolicy(Policy(allow_origins=APP, allow_credentials=True, allow_headers=["*", "AUTHORIZATION"]))
    assert repeated("authorization,x-a", named) == "authorization, x-a"


@pytest.mark.parametrize("method", ["", "PUT\r\nX: y", "P UT", "connect", "TRACE", "X" * (MAX_REPEATED_LENGTH + 1)])
def test_method_that_is_none_is_refused_and_not_repeated(method: str) -> None:
    assert STARS.repeat(method, "") == ("request-method-malformed", [ALL])


def test_method_of_the_longest_length_is_repeated() -> None:
    method = "X" * MAX_REPEATED_LENGTH
    reason, headers = STARS.repeat(method, "")
    assert (reason, ("Access-Control-Allow-Methods", method) in headers) == ("origin-allowed", True)


@pytest.mark.parametrize("names", ["x a", "x-a,x:b", "x-a\r\nx: y", "é", "x-a,\x00"])
def test_names_that_are_none_are_refused_and_not_repeated(names: str) -> None:
    assert STARS.repeat("PUT", names) == ("request-headers-malformed", [ALL])


def test_names_up_to_the_bound_are_repeated_and_beyond_it_refused() -> None:
    fitting = ",".join(f"x{number}" for number in range(MAX_REPEATED_NAMES))
    assert repeated(fitting) == fitting.replace(",", ", ")
    assert repeated("x" * MAX_REPEATED_LENGTH) == "x" * MAX_REPEATED_LENGTH
    for names in (fitting + ",y", "x" * (MAX_REPEATED_LENGTH + 1), "," * MAX_REPEATED_NAMES, "," * 1_048_576):
        assert STARS.repeat("PUT", names) == ("request-headers-too-long", [ALL])
