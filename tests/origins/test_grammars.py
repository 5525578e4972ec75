"""Regexes that match no origin are distinguished from those that match one."""

import re
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corswsgi import Policy, PolicyError
from corswsgi.hosts import canonical_address, is_address
from corswsgi.origins.grammars import why_without_match
from corswsgi.regexes.normal import has_lone_dot
from corswsgi.standard import SERIALIZED_ORIGIN
from tests.support.regexes import ORIGINS, Part, letters_of, spelling_of


@pytest.mark.parametrize("credentials", [True, False])
@pytest.mark.parametrize(
    ("regex", "why", "hint"),
    [
        pytest.param("(?!)", "form of an origin", "write a regex such as", id="nothing"),
        pytest.param("https://a(?!.*)b", "form of an origin", "write a regex such as", id="what is never right"),
        pytest.param("https://(?!b|(?>c?))a", "form of an origin", "write a regex such as", id="what may be empty"),
        pytest.param("https://(?!(?=))a", "form of an origin", "write a regex such as", id="what is empty ahead"),
        pytest.param("https://$a", "form of an origin", "write a regex such as", id="an end inside"),
        pytest.param(r"https://a\Ab", "form of an origin", "write a regex such as", id="a beginning inside"),
        pytest.param("", "form of an origin", "write a regex such as", id="empty"),
        pytest.param(r"https://Example\.com", "lower case", "write it in lower case", id="capitals"),
        pytest.param(r"HTTPS?://example\.com", "lower case", "write it in lower case", id="capitals in the scheme"),
        pytest.param(r"https://.*\.example\.com/", "host and port", "end the regex", id="slash at the end"),
        pytest.param(r"https://example\.com/.+", "host and port", "end the regex", id="path"),
        pytest.param(r"https://example\.com:443/", "host and port", "end the regex", id="port and slash"),
        pytest.param(r"https://example\.com:443", "default port", "leave out the port", id="default port"),
        pytest.param(r"http://localhost:0?80", "default port", "leave out the port", id="default port of http"),
        pytest.param(r"https://example\.com:0\d+", "default port", "leave out the port", id="zero in front"),
        pytest.param(r"example\.com", "begins with its scheme", "begin the regex with", id="no scheme"),
        pytest.param(r"//example\.com/", "begins with its scheme", "begin the regex with", id="no scheme, slashes"),
        pytest.param(r"^localhost:\d+$", "begins with its scheme", "begin the regex with", id="no scheme, port"),
        pytest.param("null", "send 'null'", "serve the page", id="null"),
        pytest.param("file://.*", "send 'null'", "serve the page", id="files"),
        pytest.param(r"https://10\.\d+", "four numbers", "write out the end", id="half of an address"),
        pytest.param(r"https://\.example\.com", "four numbers", "write out the end", id="empty label"),
        pytest.param("https://b\u00fccher\\.example", "xn--", "write the xn-- form", id="not ASCII"),
    ],
)
def test_regex_that_matches_no_origin_is_refused_with_why(regex: str, why: str, hint: str, credentials: bool) -> None:
    with pytest.raises(PolicyError) as caught:
        Policy(allow_origins=re.compile(regex), allow_credentials=credentials)
    [problem] = caught.value.problems
    assert problem.code == "regex-without-match"
    assert why in problem.message
    assert hint in problem.hint


@pytest.mark.parametrize(
    "regex",
    [
        "https://(?:.)+", r"https://.{8}\.example\.com", r"https://(?>.*)\.a", r"https://(?:[^a]|a){2,}",
        r"(?i)HTTPS://EXAMPLE\.COM", r"https://example\.com/?", r"https://example\.com(:443)?", r"\Ahttps://a\.b\Z",
        r"^^https://a\.b$$", r"(?m)^https://a\.b$", r"https://\[::1\]", r"https://1\.2\.3\.\d+", r"app://Main\.x",
        r"https://a_b\.example\.com", r"filesystem-app://x", r"htt://x", r"https://a\.b:(?:443|444)", "file-app://x",
        r"https://a\.b:(?:4|44|443\d|4430|80|8|65535)", r"http://a\.b:443", r"https://a\.1b", "https://0x1f",
        r"https://(?!$)a\.b", r"https://(?!\b)?a\.b", r"https://a\.b(?=$)", r"https://a\.b\.",
    ],
)  # fmt: skip
def test_regex_that_matches_an_origin_is_accepted_without_credentials(regex: str) -> None:
    Policy(allow_origins=re.compile(regex))


@given(ORIGINS, st.integers(0, 2**32).map(Random))
@settings(max_examples=200, deadline=None)
def test_regex_that_matches_an_origin_is_not_said_to_match_none(part: Part, random: Random) -> None:
    source = spelling_of(part, random)
    for _ in range(20):
        origin = "".join(letter for letter, _ in letters_of(part, random))
        if SERIALIZED_ORIGIN.fullmatch(origin) and not is_odd(origin):
            assert why_without_match(re.compile(source)) is None, origin
            return


def is_odd(origin: str) -> bool:
    """Return whether no browser sends this origin, though `SERIALIZED_ORIGIN` matches it."""
    parsed = SERIALIZED_ORIGIN.fullmatch(origin)
    assert parsed is not None
    is_web = parsed["scheme"] in {"http", "https"}
    return parsed["scheme"] == "file" or (
        is_web and is_address(parsed["host"]) and not canonical_address(parsed["host"])
    )


def test_nothing_is_said_of_a_regex_that_cannot_be_read() -> None:
    assert why_without_match(re.compile("a(?#b)")) is None
    assert not has_lone_dot(re.compile("a(?#b)."))
