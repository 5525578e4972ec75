"""Which pages and servers are of one site."""

import pytest

from corswsgi.browser.site import is_public_suffix, is_same_site, is_schemefully_same_site, registrable_domain
from tests.browser.test_request import url


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        pytest.param("a.b.example.co.uk", "example.co.uk", id="below a registry's suffix"),
        pytest.param("a.b.github.io", "b.github.io", id="below a company's suffix"),
        pytest.param("github.io", "github.io", id="a suffix itself"),
        pytest.param("localhost", "localhost", id="localhost"),
        pytest.param("127.0.0.1", "127.0.0.1", id="IPv4"),
        pytest.param("[::1]", "[::1]", id="IPv6"),
    ],
)
def test_a_site_is_what_someone_registered(host: str, domain: str) -> None:
    assert registrable_domain(host) == domain


@pytest.mark.parametrize(
    ("origin", "target", "same", "schemefully"),
    [
        pytest.param("https://app.example.com", "https://api.example.com:8443/", True, True, id="subdomains"),
        pytest.param("http://app.example.com", "https://api.example.com/", True, False, id="another scheme"),
        pytest.param("https://a.github.io", "https://b.github.io/", False, False, id="neighbours below a suffix"),
        pytest.param("http://localhost:3000", "http://localhost:8000/", True, True, id="ports of localhost"),
        pytest.param("null", "https://api.example.com/", False, False, id="opaque origin"),
        pytest.param("app://page", "https://page/", False, False, id="a scheme of its own"),
    ],
)
def test_pages_and_servers_of_one_site(origin: str, target: str, *, same: bool, schemefully: bool) -> None:
    assert is_same_site(origin, url(target)) is same
    assert is_schemefully_same_site(origin, url(target)) is schemefully


def test_public_suffixes_are_nobodys_site() -> None:
    assert is_public_suffix("co.uk")
    assert not is_public_suffix("example.co.uk")
