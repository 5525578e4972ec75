"""The CORS check and the resource policy check."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corswsgi.browser.check import cors_check, resource_policy_check
from corswsgi.browser.headers import HeaderList
from corswsgi.browser.request import Credentials, Request
from tests.browser.serving import API, APP
from tests.browser.test_request import url

ORIGINS = st.sampled_from([APP, API, "*", "null", "", f"{APP}/", APP.upper()])


def request(credentials: Credentials = "same-origin") -> Request:
    return Request(method="GET", url_list=[url(f"{API}/")], origin=APP, credentials=credentials)


def failure_of(*headers: tuple[str, str], credentials: Credentials = "same-origin") -> tuple[str, str] | None:
    failure = cors_check(request(credentials), HeaderList(headers))
    return None if failure is None else (failure.code, failure.detail)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        pytest.param("https://a.example", "allow-origin-mismatch", id="another origin"),
        pytest.param("null", "allow-origin-mismatch", id="null"),
        pytest.param("https://\xe4\xbe\x8b.example", "allow-origin-mismatch", id="a Unicode host, in UTF-8"),
        pytest.param("app.example.com", "allow-origin-invalid", id="no scheme"),
        pytest.param(f"{APP} {APP}", "allow-origin-multiple", id="a space"),
        pytest.param(f"{APP},{APP}", "allow-origin-multiple", id="a comma"),
    ],
)
def test_the_ways_to_be_another_value_are_told_apart(value: str, code: str) -> None:
    assert failure_of(("Access-Control-Allow-Origin", value)) == (code, value)


def test_the_wildcard_stands_for_no_origin_with_credentials() -> None:
    headers = ("Access-Control-Allow-Origin", "*"), ("Access-Control-Allow-Credentials", "true")
    assert failure_of(*headers) is None
    assert failure_of(*headers, credentials="include") == ("allow-origin-wildcard", "*")


@pytest.mark.parametrize(("value", "passes"), [("true", True), ("True", False), ("true, true", False), ("", False)])
def test_credentials_are_allowed_by_the_bytes_true_alone(value: str, *, passes: bool) -> None:
    headers = ("Access-Control-Allow-Origin", APP), ("Access-Control-Allow-Credentials", value)
    expected = None if passes else ("allow-credentials", value)
    assert failure_of(*headers, credentials="include") == expected
    assert failure_of(headers[0], credentials="include") == ("allow-credentials", "")


@given(st.lists(ORIGINS, max_size=2), st.sampled_from(["", "true", "false"]), st.sampled_from(["omit", "include"]))
def test_the_check_passes_for_the_origin_itself_or_a_wildcard_without_credentials(
    origins: list[str], credentials: str, mode: Credentials
) -> None:
    headers = [("Access-Control-Allow-Origin", origin) for origin in origins]
    with_credentials = mode == "include"
    failure = failure_of(*headers, ("Access-Control-Allow-Credentials", credentials), credentials=mode)
    exact = origins == [APP] and (credentials == "true" or not with_credentials)
    assert (failure is None) == (exact or (origins == ["*"] and not with_credentials))


class TestResourcePolicy:
    @pytest.mark.parametrize(
        ("policy", "target", "blocked"),
        [
            pytest.param("same-origin", "https://api.example.com/", True, id="same-origin, of the same site"),
            pytest.param("same-origin", f"{APP}/", False, id="same-origin, of the same origin"),
            pytest.param("same-site", "https://api.example.com/", False, id="same-site, of the same site"),
            pytest.param("same-site", "https://example.net/", True, id="same-site, of another site"),
            pytest.param("cross-origin", "https://example.net/", False, id="cross-origin"),
            pytest.param("Same-Origin", "https://example.net/", False, id="a value of no meaning"),
        ],
    )
    def test_it_keeps_a_response_from_pages_of_elsewhere(self, policy: str, target: str, *, blocked: bool) -> None:
        headers = HeaderList([("Cross-Origin-Resource-Policy", policy)])
        failure = resource_policy_check(APP, url(target), headers)
        assert (failure and failure.detail) == (policy if blocked else None)

    def test_an_insecure_page_is_not_of_the_site_of_a_secure_response(self) -> None:
        headers = HeaderList([("Cross-Origin-Resource-Policy", "same-site")])
        assert resource_policy_check("http://app.example.com", url("https://api.example.com/"), headers)
        assert not resource_policy_check("http://app.example.com", url("http://api.example.com/"), headers)
