"""Regexes for origins: refusals, and the matches of accepted ones."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corswsgi import Policy, PolicyError
from corswsgi.origins.domains import MAX_WAYS
from corswsgi.origins.grammars import is_partly_insecure

REFUSED = [
    pytest.param(re.compile(rb"https://a"), "wrong-type", None, id="regex of bytes"),
    pytest.param(re.compile(r"https://www.example\.com"), "regex-with-unescaped-dot", r"'\.'", id="unescaped dot"),
    pytest.param(re.compile(r"https://www(?:.){1}example\.com"), "regex-with-unescaped-dot", None, id="dot in a group"),
    pytest.param(re.compile(r"https://www[^\n]example\.com"), "regex-with-unescaped-dot", None, id="any in a class"),
    pytest.param(re.compile(r"https://(a|.|b)\.c"), "regex-with-unescaped-dot", None, id="dot as an alternative"),
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


CASES = [json.loads(line) for line in Path(__file__).with_name("origins.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("case", CASES, ids=[f"{case['id']}: {case['kind']}" for case in CASES])
def test_pattern_of_origins_is_refused_or_matches_what_it_should(case: dict[str, Any]) -> None:
    pattern = re.compile(case["regex"]) if "regex" in case else case["allow_origins"]
    danger = {name: value for name, value in case.items() if name.startswith("dangerously_")}
    for credentials in (True, False) if case["allow_credentials"] == "either" else (case["allow_credentials"],):
        if case["expect"].startswith("PolicyError"):
            with pytest.raises(PolicyError) as caught:
                Policy(allow_origins=pattern, allow_credentials=credentials, **danger)
            for problem in caught.value.problems:
                assert problem.code
                assert problem.field == "allow_origins"
                assert 0 < len(problem.message) <= 120
                assert 0 < len(problem.hint) <= 120
            continue
        policy = Policy(allow_origins=pattern, allow_credentials=credentials, **danger)
        assert [origin for origin in case.get("allows", ()) if not policy.allows_origin(origin)] == []
        assert [origin for origin in case.get("does_not_allow", ()) if policy.allows_origin(origin)] == []


@pytest.mark.parametrize("origin", ["app://.", "safari-web-extension://140BB581-2F1C", "myapp://Index_1.main"])
def test_origin_of_a_program_is_matched_by_regexes_and_asked_of_functions(origin: str) -> None:
    assert Policy(allow_origins=re.compile(re.escape(origin)), allow_credentials=True).allows_origin(origin)
    assert Policy(allow_origins=lambda asked, _: asked == origin).allows_origin(origin)
    assert not Policy(allow_origins=lambda *_: True).allows_origin(origin + "/")


def refusal(regex: str, **fields: Any) -> list[tuple[str, str]]:
    try:
        Policy(allow_origins=re.compile(regex), allow_credentials=True, **fields)
    except PolicyError as error:
        return [(problem.code, problem.hint) for problem in error.problems]
    return []


SUFFIXES: dict[str, Any] = {"dangerously_allow_public_suffixes": True}
INSECURE: dict[str, Any] = {"dangerously_allow_insecure_origins": True}


@pytest.mark.parametrize(
    ("regex", "fields"),
    [
        pytest.param(r"https://(?:shop|shops)\.com", {}, id="alternatives that begin alike"),
        pytest.param(r"https://(?:shop1|shop2)\.com", {}, id="alternatives that differ in a letter"),
        pytest.param(r"https://e\x78ample\.com", {}, id="a letter as an escape"),
        pytest.param(r"https://w{3}\.example\.com", {}, id="count below the domain"),
        pytest.param(r"https://(?:app\.)?(?:eu\.)?example\.com", {}, id="optional labels"),
        pytest.param(r"https://app(?:\.example\.com)?", {}, id="optional domain"),
        pytest.param(r"https://(?:.+\.)?example\.com:.*", {}, id="port of any text"),
        pytest.param(r"https://[\w.]+[.]example\.com", {}, id="dot in a class"),
        pytest.param(r".*\.example\.com", {}, id="no scheme"),
        pytest.param(r"https://.*\.app\.amazonaws\.com", {}, id="one name below a shared one"),
        pytest.param(r"https://.*\.vercel\.app", SUFFIXES, id="below a public suffix"),
        pytest.param(r"https://[\w.]+[.]vercel\.app", SUFFIXES, id="below a public suffix, dot in a class"),
        pytest.param(r"https://[\w.]+[./]vercel\.app", SUFFIXES, id="below a public suffix, dot that a class has"),
        pytest.param(r"http://192\.168\.\d+\.\d+", INSECURE, id="192.168"),
        pytest.param(r"http://172\.(?:1[6-9]|2\d|3[01])\.\d+\.\d+", INSECURE, id="172.16 to 172.31"),
        pytest.param(r"https://10\.\d+\.0\.1", {}, id="10, end written out"),
        pytest.param(r"http://127\.0\.0\.\d+:\d+", {}, id="loopback addresses"),
        pytest.param(r"http://\w+\.localhost", {}, id="below localhost"),
        pytest.param(r"https://\[::1\]", {}, id="IPv6"),
        pytest.param(r"https://app[.]example[.]com", {}, id="dots in classes"),
        pytest.param(r"https://(?:.*[.])?e[x]ample\x2ecom", {}, id="dots and a letter in other spellings"),
        pytest.param(r"https://fo{2}\.com", {}, id="fixed count"),
        pytest.param(r"https://(?i:[E]xample)\.com", {}, id="a letter in any case"),
        pytest.param(r"https://[Ee]xample\.com", {}, id="both cases of a letter"),
        pytest.param(r"https://(?>www|api)\.example\.com", {}, id="atomic group"),
        pytest.param(r"https://[a-z]++\.example\.com", {}, id="possessive repeat"),
        pytest.param(r"https://(|www\.)example\.com", {}, id="empty alternative in front of the domain"),
        pytest.param(r"https://(?:shop|shop-eu)\.com", {}, id="alternatives of which one begins the other"),
        pytest.param(r"https://10(?:\.\d{1,3}){3}", {}, id="10, counted"),
        pytest.param(r"https://192\.168(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){2}", {}, id="192.168, counted octets"),
        pytest.param(r"https://github\.io", SUFFIXES, id="a public suffix, whole"),
        pytest.param(r"https://ec2-1\.compute\.amazonaws\.com", {}, id="one name of a suffix of all names"),
        pytest.param(r"https://intranet", {}, id="one label"),
        pytest.param(r"https://x\.10\.1\.2\.3\.nip\.io", {}, id="one host of an address"),
    ],
)
def test_regex_that_writes_out_the_domain_is_accepted(regex: str, fields: dict[str, Any]) -> None:
    assert refusal(regex, **fields) == []


@pytest.mark.parametrize(
    ("regex", "fields", "hint"),
    [
        pytest.param(r"https://.*example\.com", {}, "'https://*.example.com'", id="glued in front"),
        pytest.param(r"https://.*\.vercel\.app", {}, "dangerously_allow_public_suffixes=True", id="public suffix"),
        pytest.param(r"https://.*\.amazonaws\.com", {}, "dangerously_allow_public_suffixes=True", id="shared name"),
        pytest.param(r"https://ex(am)?ple\.com", {}, "list the origins", id="optional part inside"),
        pytest.param(r"https://(?:example\.)?com", {}, "list the origins", id="optional name"),
        pytest.param(r"https://fo{1,2}\.com", {}, "dangerously_allow", id="repeat inside"),
        pytest.param(r"https://(|\.evil)example\.com", {}, "'https://*.example.com'", id="empty alternative"),
        pytest.param(r"https://(shop-|)example\.com", {}, "'https://*.example.com'", id="empty alternative at the end"),
        pytest.param(r"https://example\.com(|\.au)", {}, "dangerously_allow", id="empty alternative behind"),
        pytest.param(r"https://example\.com(?:$|\.au)", {}, "dangerously_allow", id="anchor as an alternative"),
        pytest.param(r"https://my(\.|-)example\.com", {}, "'https://*.example.com'", id="alternatives of a letter"),
        pytest.param(r"https://my(?:[.]|[-])example\.com", {}, "'https://*.example.com'", id="alternatives of classes"),
        pytest.param(r"https://[a-z]+(x)?(?(1)\.)example\.com", {}, "'https://*.example.com'", id="condition"),
        pytest.param(
            r"https://[a-z]+(x)?(?(1)(?:\.|\.b\.))example\.com",
            {},
            "'https://*.example.com'",
            id="condition, one branch",
        ),
        pytest.param(r"https://10\.0\.0\.\d+(\.nip\.io)?", {}, "dangerously_allow", id="a name of any address"),
        pytest.param(r"https://.*\.sslip\.io", {}, "dangerously_allow", id="any address as a name"),
        pytest.param(r"https://.*\.app\.github\.dev", {}, "dangerously_allow", id="hoster that the list lacks"),
        pytest.param(r"https://github\.io", {}, "dangerously_allow", id="a public suffix, whole"),
        pytest.param(r"https://(?:www\.)?vercel\.app", {}, "dangerously_allow", id="a public suffix or a name of it"),
        pytest.param(r"https://(?:ab\.com)+", {}, "list the origins", id="repeated domain"),
        pytest.param(r"https://.*vercel\.app", SUFFIXES, "list the origins", id="glued to a public suffix"),
        pytest.param(r"https://172\.\d+\.\d+\.\d+", {}, "list the origins", id="all of 172"),
        pytest.param(r"https://1\d\.\d+\.\d+\.\d+", {}, "list the origins", id="first part in a class"),
        pytest.param(r"https://10\.[\w.]+", {}, "list the origins", id="what looks like an address"),
        pytest.param(r"https://(?:10|11)\.\d+\.\d+\.\d+", {}, "list the origins", id="one private of two"),
        pytest.param(r"https://[\d.]+", {}, "list the origins", id="any address"),
        pytest.param(r"https://.*\.0\.1", {}, "list the origins", id="end of an address"),
        pytest.param(r"https://\[[0-9a-f:]+\]", {}, "list the origins", id="any IPv6 address"),
        pytest.param(r"https://(.+)\.\1", {}, "list the origins", id="reference"),
    ],
)
def test_regex_that_lets_strangers_in_is_refused_with_what_to_write(
    regex: str, fields: dict[str, Any], hint: str
) -> None:
    [(code, told)] = refusal(regex, **fields)
    assert code == "any-origin-regex-with-credentials"
    assert hint in told


def test_regex_of_too_many_alternatives_is_refused_with_credentials() -> None:
    names = "|".join(letter * 2 for letter in "abcdefghijklmnopqrstuvwxyz0123456789")
    assert len(names.split("|")) ** 3 > MAX_WAYS
    [(code, _)] = refusal(rf"https://.*(?:{names})(?:{names})(?:{names})x\.com")
    assert code == "any-origin-regex-with-credentials"


def test_regex_of_a_thousand_hosts_is_read() -> None:
    names = "|".join(f"team-{number}" for number in range(1000))
    assert refusal(rf"https://(?:{names})\.example\.com") == []


DOMAIN = st.sampled_from(["example.com", "shop.co.uk", "my-app.github.io"])
BEFORE = st.sampled_from(["", ".*", r".*\.", r"www\.", r"(?:.+\.)?", r"(?:www\.)?", "[a-z]+", "[a-z]+[.-]", r"\w*\.?"])
AFTER = st.sampled_from(["", r"(?::\d+)?", ".*", r"\.?", "[a-z]?", r"(?:\.[a-z]+)?", r":\d+", "(?:org|com)?"])
DOT = st.sampled_from([r"\.", ".+", "[.-]", r"\.?", r"[^/]"])
SCHEME = st.sampled_from(["https://", "https?://", "(?:https|app)://", ".*", ".*//"])


@st.composite
def regexes(draw: st.DrawFn) -> tuple[str, str]:
    domain = draw(DOMAIN)
    written = "".join(draw(DOT) if letter == "." else letter for letter in domain) if draw(st.booleans()) else None
    written = written or re.escape(domain)
    return draw(SCHEME) + draw(BEFORE) + written + draw(AFTER), domain


@given(regexes())
@settings(max_examples=500, deadline=None)
def test_no_look_alike_is_allowed_by_a_regex_that_is_accepted_with_credentials(drawn: tuple[str, str]) -> None:
    source, domain = drawn
    try:
        policy = Policy(allow_origins=re.compile(source), allow_credentials=True)
    except PolicyError:
        return
    name, _, suffix = domain.partition(".")
    hosts = [
        f"evil{domain}", f"evil-{domain}", f"www{domain}", f"a.evil{domain}", f"{domain}.evil.com", f"{domain}evil",
        f"{domain}x.com", f"{name}.evil.com", f"{name}evil.{suffix}", f"{name}.com.evil.net", f"{name}x{suffix}.com",
        f"{name}-{suffix}.net", f"evil.{suffix}", f"{name}.org.net", suffix, f"{name}{suffix}", f"www-{domain}",
    ]  # fmt: skip
    lookalikes = [
        f"{scheme}://{host}{port}" for scheme in ("https", "http") for host in hosts for port in ("", ":8443")
    ]
    own = re.compile(rf"https?://(.+\.)?{re.escape(domain)}(:\d+)?")
    assert [origin for origin in lookalikes if policy.allows_origin(origin) and not own.fullmatch(origin)] == []


@pytest.mark.parametrize("credentials", [True, False])
def test_codes_of_slow_regexes_and_of_any_program(credentials: bool) -> None:
    for pattern, code in (
        (re.compile("https://([a-z]+)+!"), "slow-regex"),
        ("app://*", "any-program-with-credentials"),
    ):
        if code == "any-program-with-credentials" and not credentials:
            assert Policy(allow_origins=pattern).allows_origin("app://x")
            continue
        with pytest.raises(PolicyError) as caught:
            Policy(allow_origins=pattern, allow_credentials=credentials)
        assert [problem.code for problem in caught.value.problems] == [code]


@pytest.mark.parametrize(
    ("origin", "hint"),
    [
        ("MyApp://*", "'myapp://*'"),
        ("MyApp://Main:80", "'myapp://Main:80'"),
        ("myapp://a b", None),
        ("myapp://a~b", None),
    ],
)
def test_scheme_of_a_program_is_in_lower_case_and_its_host_stays(origin: str, hint: str | None) -> None:
    with pytest.raises(PolicyError) as caught:
        Policy(allow_origins=origin)
    assert hint is None or hint in caught.value.problems[0].hint


@pytest.mark.parametrize(
    ("regex", "insecure"),
    [
        pytest.param(r"^https?://(localhost|127\.0\.0\.1)(:\d+)?$", False, id="loopback"),
        pytest.param(r"^http://(.+\.)?localhost$", False, id="below localhost"),
        pytest.param(r"https://.*", False, id="https"),
        pytest.param(r"^https?://.*\.example\.com$", True, id="either scheme"),
        pytest.param(r"^http://(localhost|192\.168\.\d+\.\d+)$", True, id="an address beside localhost"),
        pytest.param(r"^http://localhosts$", True, id="longer than localhost"),
        pytest.param("http://" + "(?:" * 400 + "a" + ")" * 400, False, id="nobody can say"),
    ],
)
def test_regex_that_also_matches_http(regex: str, *, insecure: bool) -> None:
    assert is_partly_insecure(re.compile(regex)) is insecure
