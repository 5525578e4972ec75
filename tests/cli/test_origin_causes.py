"""The mistakes in an ``Access-Control-Allow-Origin``."""

import pytest

from corswsgi.browser.headers import HeaderList
from corswsgi.cli.origin_causes import doubled_cause, mismatch_cause, replaced_cause

A = "https://shop.example.org"


@pytest.mark.parametrize(
    ("allowed", "origin", "says"),
    [
        pytest.param(f"{A}/", A, "a slash at the end", id="slash"),
        pytest.param("https://Shop.example.org", A, "other letters or spaces", id="upper case"),
        pytest.param(f'"{A}"', A, "quotation marks", id="quoted"),
        pytest.param(f"{A}:443", A, "the default port", id="default port"),
        pytest.param("http://a.example:80", "http://a.example", "the default port", id="default port of http"),
        pytest.param(f"{A}/app", A, "an origin ends at its port", id="path"),
        pytest.param("shop.example.org", A, "a host without a scheme", id="no scheme"),
        pytest.param("", A, "the server found no origin to send", id="empty"),
        pytest.param("null", A, "any attacker's page can have it", id="null"),
        pytest.param("https://*.example.org", A, "browsers know no patterns", id="pattern"),
        pytest.param("true", A, "which is not an origin", id="a word"),
        pytest.param("http://shop.example.org", A, "http and https are two origins", id="http"),
        pytest.param("http://localhost:3000", "http://localhost:5173", "another port is another origin", id="port"),
        pytest.param("https://localhost", "http://localhost:3000", "another scheme and another port are", id="both"),
        pytest.param(
            "http://localhost:3000", "http://127.0.0.1:3000", "localhost and 127.0.0.1 are two", id="loopback"
        ),
        pytest.param("https://www.example.org", "https://example.org", "with and without www.", id="www"),
    ],
)
def test_value_that_is_not_the_page_s_origin_is_told_from_it(allowed: str, origin: str, says: str) -> None:
    cause = mismatch_cause(origin, allowed)
    assert cause is not None
    assert says in cause.what
    assert origin in cause.fix
    assert cause.fix.startswith(("write it as browsers do: ", "if pages of ", "open the page at "))


def test_another_origin_has_no_more_to_be_said() -> None:
    assert mismatch_cause(A, "https://other.example") is None
    assert mismatch_cause("http://127.0.0.1:3000", "http://localhost:5173") is None


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ([A], ""),
        ([A, "*"], "is sent twice"),
        ([A, A, A], "is sent 3 times"),
        ([f"{A}, *"], "has several values"),
        ([f"{A} https://b.example"], "has several values"),
        ([f"{A};https://b.example"], "has several values"),
        ([], ""),
    ],
)
def test_several_values_are_one_too_many(values: list[str], says: str) -> None:
    cause = doubled_cause(HeaderList([("Access-Control-Allow-Origin", value) for value in values]))
    assert (cause is not None) is bool(says)
    assert cause is None or says in cause.what
    assert cause is None or ("have the server compare it" in cause.fix) is (len(values) == 1)


def test_star_beside_credentials_is_told() -> None:
    headers = HeaderList([("Access-Control-Allow-Origin", "*"), ("Access-Control-Allow-Credentials", "true")])
    cause = replaced_cause(headers, A)
    assert cause is not None
    assert f"{A} among them if its pages are yours" in cause.fix
    assert replaced_cause(HeaderList([("Access-Control-Allow-Origin", "*")]), A) is None
