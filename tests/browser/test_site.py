"""Pages and servers on the same site."""

import pytest

from corswsgi.browser.site import is_same_site, is_schemefully_same_site, is_trustworthy, site_of
from tests.browser.test_request import url


@pytest.mark.parametrize(
    ("origin", "site"),
    [
        pytest.param("https://a.b.example.co.uk:8443", "https://example.co.uk", id="below a registry's suffix"),
        pytest.param("https://a.b.github.io", "https://b.github.io", id="below a company's suffix"),
        pytest.param("https://github.io", "https://github.io", id="a suffix itself"),
        pytest.param("http://localhost:5173", "http://localhost", id="localhost"),
        pytest.param("http://127.0.0.1", "http://127.0.0.1", id="IPv4"),
        pytest.param("http://[::1]", "http://[::1]", id="IPv6"),
        pytest.param("https://app.example.com.", "https://example.com.", id="a dot at the end"),
        pytest.param("null", "null", id="opaque"),
        pytest.param("app://page", "app://page", id="a scheme of its own"),
    ],
)
def test_a_site_is_what_someone_registered(origin: str, site: str) -> None:
    assert site_of(origin) == site


@pytest.mark.parametrize(
    ("origin", "target", "same", "schemefully"),
    [
        pytest.param("https://app.example.com", "https://api.example.com:8443/", True, True, id="subdomains"),
        pytest.param("http://app.example.com", "https://api.example.com/", True, False, id="another scheme"),
        pytest.param("https://a.github.io", "https://b.github.io/", False, False, id="neighbours below a suffix"),
        pytest.param("https://example.com", "https://example.com./", False, False, id="a dot at the end"),
        pytest.param("http://localhost:3000", "http://localhost:8000/", True, True, id="ports of localhost"),
        pytest.param("null", "https://api.example.com/", False, False, id="opaque origin"),
        pytest.param("app://page", "https://page/", False, False, id="a scheme of its own"),
    ],
)
def test_pages_and_servers_of_one_site(origin: str, target: str, *, same: bool, schemefully: bool) -> None:
    assert is_same_site(origin, url(target)) is same
    assert is_schemefully_same_site(origin, url(target)) is schemefully


@pytest.mark.parametrize(
    ("target", "is_it"),
    [
        ("https://api.example/", True),
        ("http://api.example/", False),
        ("http://localhost:8000/", True),
        ("http://api.localhost/", True),
        ("http://127.0.0.2/", True),
        ("http://[::1]/", True),
        ("http://localhost.example/", False),
    ],
)
def test_https_and_loopback_are_trustworthy(target: str, *, is_it: bool) -> None:
    assert is_trustworthy(url(target)) is is_it
