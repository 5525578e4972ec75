"""The origin patterns that a policy accepts, with and without credentials."""

from typing import Any

import pytest

from corswsgi import Policy, PolicyError


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
        ("https://*.nip.io", "public-suffix-with-credentials", "dangerously_allow_public_suffixes"),
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


def test_asynchronous_callable_is_refused() -> None:
    async def later(origin: str, environ: object) -> bool:
        return True

    with pytest.raises(PolicyError, match="asynchronous"):
        Policy(allow_origins=later)  # type: ignore[arg-type]  # what is tested


def test_a_mended_pattern_is_still_looked_at_for_credentials() -> None:
    with pytest.raises(PolicyError) as caught:
        Policy(allow_origins="http://*.GitHub.io/", allow_credentials=True)
    assert [problem.code for problem in caught.value.problems] == [
        "origin-in-upper-case",
        "origin-with-trailing-slash",
        "insecure-origin-with-credentials",
        "public-suffix-with-credentials",
    ]
