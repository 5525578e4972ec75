"""Regexes for origins: which are refused, and what the others match."""

import re

import pytest

from corswsgi import Policy, PolicyError

REFUSED = [
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
@pytest.mark.parametrize(("regex", "code", "hint"), REFUSED)
def test_regex_is_refused_with_its_code_its_place_and_what_to_write(
    regex: re.Pattern[str], code: str, hint: str | None, as_list: bool
) -> None:
    with pytest.raises(PolicyError) as caught:
        Policy(allow_origins=["https://fine.example", regex] if as_list else regex)
    [problem] = caught.value.problems
    assert (problem.code, problem.value) == (code, regex)
    assert problem.field == ("allow_origins[1]" if as_list else "allow_origins")
    assert hint is None or hint in problem.hint


@pytest.mark.parametrize(
    "regex",
    ["https://.*", ".+", r"https://[a-z.-]+", r"http://.*", r"https://.*\.(com|net)", r"https://.*\.github\.io:\d+"],
)
def test_regex_that_matches_strangers_is_refused_with_credentials(regex: str) -> None:
    Policy(allow_origins=re.compile(regex))
    with pytest.raises(PolicyError) as caught:
        Policy(allow_origins=re.compile(regex), allow_credentials=True)
    assert [problem.code for problem in caught.value.problems] == ["any-origin-regex-with-credentials"]


def test_regex_with_credentials_matches_no_insecure_origin_unless_the_danger_is_named() -> None:
    regex = re.compile(r"https?://(app\.example\.com|localhost|127\.0\.0\.1)(:\d+)?")
    policy = Policy(allow_origins=regex, allow_credentials=True)
    for origin in ("https://app.example.com", "http://localhost:3000", "http://127.0.0.1:3000"):
        assert policy.allows_origin(origin)
    assert not policy.allows_origin("http://app.example.com")
    assert Policy(allow_origins=regex).allows_origin("http://app.example.com")
    danger = Policy(allow_origins=regex, allow_credentials=True, dangerously_allow_insecure_origins=True)
    assert danger.allows_origin("http://app.example.com")
