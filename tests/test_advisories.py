"""The attacks of other libraries' security advisories, tried on this library."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pytest

from corswsgi import CORSMiddleware, Policy, PolicyError
from tests.support.asking import APP, EVIL, ask, hello, make_environ, preflight, run

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

ANY = [("Access-Control-Allow-Origin", "*")]


def reads(policy: Policy, origin: str) -> bool:
    """Tell whether a page of `origin` may read what `policy` serves."""
    return ask(CORSMiddleware(hello, policy), origin=origin).cors[0] == ("Access-Control-Allow-Origin", origin)


def refusals(**fields: Any) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        Policy(**fields)
    return [problem.code for problem in caught.value.problems]


@pytest.mark.parametrize(
    "path", ["/api/../secret", "/api/./../secret", "/api/..", "/api//../secret", "/api\\..\\secret"]
)
def test_cve_2020_25032_path_that_climbs_out_of_a_public_row_gets_no_headers(path: str) -> None:
    middleware = CORSMiddleware(hello, {"/api/**": Policy(allow_origins="*")})
    assert ask(middleware, path, origin=EVIL).cors == []
    assert preflight(middleware, path, EVIL).status == "200 OK"


def test_cve_2024_6839_longer_pattern_of_another_kind_does_not_win_over_a_more_specific_one() -> None:
    closed = Policy(allow_origins=APP)
    for rows in (["/a/b", "/*/b*", "/**"], ["/**", "/*/b*", "/a/b"]):
        table = dict.fromkeys(rows, Policy(allow_origins="*")) | {"/a/b": closed}
        assert ask(CORSMiddleware(hello, table), "/a/b", origin=EVIL).cors == [("Vary", "Origin")]


def test_cve_2024_6844_plus_in_a_path_is_a_plus_and_no_space() -> None:
    table = {"/a b/**": Policy(allow_origins="*"), "/a+b/**": Policy(allow_origins=APP)}
    middleware = CORSMiddleware(hello, table)
    assert ask(middleware, "/a+b/x", origin=EVIL).cors == [("Vary", "Origin")]
    assert ask(middleware, "/a b/x", origin=EVIL).cors == ANY


def test_cve_2024_6866_path_in_another_case_has_no_row() -> None:
    middleware = CORSMiddleware(hello, {"/api/**": Policy(allow_origins="*")})
    for path in ("/API/x", "/Api/x", "/apI"):
        assert ask(middleware, path, origin=EVIL).cors == []


def test_cve_2024_1681_line_breaks_reach_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")

    def crashing(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        raise LookupError

    def broken(*_: object) -> bool:
        raise LookupError

    policy = Policy(allow_origins=broken)
    middleware = CORSMiddleware(crashing, policy, intercept_exceptions=True, on_decision=broken)
    for forged in ("\r\nERROR:forged", "\nERROR:forged", "\x85ERROR:forged", "\u2028ERROR:forged", "\x1b[31mforged"):
        run(middleware, make_environ(f"/a{forged}", f"GET{forged}", origin=f"https://a.example{forged}"))
        run(middleware, make_environ(f"/a{forged}", origin=APP))
    assert len(caplog.records) == 25
    for record in caplog.records:
        assert record.getMessage().isascii()
        assert record.getMessage().isprintable()


def test_cve_2024_6221_private_network_access_is_never_granted() -> None:
    for policy in (Policy(allow_origins="*"), Policy(allow_origins=APP, allow_methods="*", allow_headers="*")):
        response = ask(
            CORSMiddleware(hello, policy),
            "/",
            "OPTIONS",
            origin=APP,
            access_control_request_method="GET",
            access_control_request_private_network="true",
        )
        assert "private" not in str(response.headers).lower()
    assert refusals(allow_origins="*", allow_private_network=True) == ["unknown-field"]


def test_cve_2026_37737_regex_is_matched_whole_and_strings_are_none() -> None:
    policy = Policy(allow_origins=re.compile(r"https://app\.example\.com"))
    assert reads(policy, APP)
    for origin in (f"{APP}.evil.example", f"{APP}:8443", f"https://evil.example?{APP}"):
        assert not reads(policy, origin)
    for text in (r"https://app\.example\.com", "https://.*", "^https://app.example.com$"):
        assert refusals(allow_origins=text) != []


def test_cve_2026_25478_unescaped_dot_is_refused_and_a_dot_in_a_string_is_a_dot() -> None:
    assert refusals(allow_origins=re.compile("https://app.example.com")) == ["regex-with-unescaped-dot"]
    assert not reads(Policy(allow_origins=APP), "https://appxexample.com")
    assert not reads(Policy(allow_origins="https://*.example.com"), "https://app.examplexcom")


@pytest.mark.parametrize(
    "origin",
    [
        "https://app.example.com.evil.example",
        "https://app.example.community",
        "https://evilapp.example.com",
        "https://evil.example/app.example.com",
        "https://app.example.com@evil.example",
        "https://app.example.com%60.evil.example",
        "https://app.example.com_.evil.example",
    ],
)
def test_cve_2017_11173_and_cve_2022_1996_listed_origin_as_prefix_or_suffix_is_another_origin(origin: str) -> None:
    assert not reads(Policy(allow_origins=APP), origin)
    assert not reads(Policy(allow_origins=["https://*.app.example.com", "http://app.example.com:*"]), origin)


def test_cve_2024_27302_domain_that_ends_alike_is_no_subdomain() -> None:
    policy = Policy(allow_origins=["https://victim.com", "https://*.victim.com"])
    assert reads(policy, "https://a.victim.com")
    assert not reads(policy, "https://evil-victim.com")
    assert not reads(policy, "https://evilvictim.com")


def test_ghsa_vhxv_fg4m_p2w8_two_listed_origins_do_not_allow_a_third() -> None:
    policy = Policy(
        allow_origins=["https://example.com", "https://example.org", "https://*.a.example", "https://*.b.net"]
    )
    for origin in (
        "https://example.comorg",
        "https://example.com,https://example.org",
        "https://example.com, https://example.org",
        "https://example.net",
        "https://x.a.example.b.example",
        "https://b.example",
    ):
        assert not reads(policy, origin)


def test_cve_2025_47908_mebibyte_of_commas_is_refused_before_it_is_split() -> None:
    class Commas(str):
        __slots__ = ()

        def split(self, *_: Any) -> list[str]:
            raise AssertionError

    stars = Policy(allow_origins=APP, allow_credentials=True, allow_headers="*")
    listed = Policy(allow_origins=APP, allow_credentials=True, allow_headers="X-A")
    for policy, status in ((stars, "403 Forbidden"), (listed, "204 No Content")):
        environ = make_environ(method="OPTIONS", origin=APP, access_control_request_method="GET")
        environ["HTTP_ACCESS_CONTROL_REQUEST_HEADERS"] = Commas("," * 1_048_576)
        assert run(CORSMiddleware(hello, policy), environ).status == status


def test_cve_2018_20744_and_cve_2024_25124_any_origin_with_credentials_is_refused() -> None:
    assert refusals(allow_origins="*", allow_credentials=True) == ["any-origin-with-credentials"]
    assert refusals(allow_origins=["*"], allow_credentials=True) == ["any-origin-with-credentials"]
    assert "any-origin-with-credentials" in refusals(allow_origins=[APP, "*"], allow_credentials=True)
    assert refusals(allow_origins=re.compile(".*"), allow_credentials=True) == ["any-origin-regex-with-credentials"]


def test_cve_2020_5397_preflight_reaches_no_handler() -> None:
    def handler(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        raise AssertionError

    middleware = CORSMiddleware(handler, Policy(allow_origins=APP))
    assert preflight(middleware, "/").status == "204 No Content"
    assert preflight(middleware, "/", EVIL).status == "403 Forbidden"


def test_percent_encoding_is_decoded_once_by_the_server_and_not_again() -> None:
    middleware = CORSMiddleware(hello, {"/admin/**": Policy(allow_origins="*"), "/a%64min": Policy(allow_origins=APP)})
    for path in ("/%61dmin/x", "/a%2564min", "/%2561dmin"):
        assert ask(middleware, path, origin=EVIL).cors == []
    assert ask(middleware, "/a%64min", origin=EVIL).cors == [("Vary", "Origin")]


@pytest.mark.parametrize(
    "origin",
    [
        "http://[",
        "https://[::1",
        "http://a:b:c",
        "https://a:99999999999",
        "//",
        "://",
        "https://",
        "\x00",
        "é",
        "%",
        "a" * 9000,
    ],
)
def test_malformed_origin_raises_nothing_and_is_allowed_nothing(origin: str) -> None:
    regex = re.compile(r"https://[^/]*")
    policy = Policy(
        allow_origins=["https://*.example.com", "http://localhost:*", "http://[::1]:*", regex, lambda *_: True]
    )
    middleware = CORSMiddleware(hello, policy)
    assert ask(middleware, origin=origin).cors == [("Vary", "Origin")]
    assert preflight(middleware, "/", origin).status == "403 Forbidden"
