"""Predicates on hosts: this machine, addresses, and the names that anybody can register below."""

import pytest

from corswsgi.hosts import canonical_address, is_address, is_loopback, is_public_suffix, registrable_domain


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost.",
        "app.localhost",
        "a.b.localhost.",
        "127.0.0.1",
        "127.8.9.10",
        "127.255.255.255",
        "[::1]",
    ],
)  # fmt: skip
def test_host_is_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    [
        "127.evil.example",
        "127.0.0.1.evil.example",
        "127.0.0.1.example.com",
        "localhost.evil.example",
        "evillocalhost",
        "localhost.com",
        "localhost..",
        "0.0.0.0",  # noqa: S104  (nothing listens)
        "128.0.0.1",
        "10.0.0.1",
        "[::2]",
        "[::ffff:7f00:1]",
        "",
        ".",
        "example.com",
    ],
)
def test_host_is_another_machine(host: str) -> None:
    assert not is_loopback(host)


# https://url.spec.whatwg.org/#ends-in-a-number-checker
@pytest.mark.parametrize(
    ("host", "is_one"),
    [
        ("10.0.0.1", True),
        ("10.0.0.1.", True),
        ("1", True),
        ("a.1", True),
        ("a.0x", True),
        ("a.0xff", True),
        ("[::1]", True),
        ("a.0xg", False),
        ("1.a", False),
        ("1a", False),
        ("a.1b", False),
        ("", False),
    ],
)
def test_host_is_read_as_an_address_if_it_ends_in_a_number(host: str, is_one: bool) -> None:
    assert is_address(host) == is_one


@pytest.mark.parametrize(
    ("host", "canonical"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("10.1", None),
        ("10.0.0.256", None),
        ("[::1]", "[::1]"),
        ("[0:0:0:0:0:0:0:1]", "[::1]"),
        ("[1:0:0:2:0:0:0:3]", "[1:0:0:2::3]"),
        ("[1:0:2:0:3:0:4:0]", "[1:0:2:0:3:0:4:0]"),
        ("[1:0:0:0:0:0:0:0]", "[1::]"),
        ("[0:0:0:0:0:0:0:0]", "[::]"),
        ("[::ffff:1.2.3.4]", "[::ffff:102:304]"),
        ("[x]", None),
    ],
)
def test_address_is_written_as_browsers_write_it(host: str, canonical: str | None) -> None:
    assert canonical_address(host) == canonical


@pytest.mark.parametrize("host", ["com", "co.uk", "github.io", "github.io.", "no-such-top-level-domain", "kawasaki.jp"])
def test_anybody_can_register_a_name_below_a_public_suffix(host: str) -> None:
    assert is_public_suffix(host)


@pytest.mark.parametrize("host", ["example.com", "user.github.io", "localhost", "app.localhost.", "city.kawasaki.jp"])
def test_others_are_somebodys(host: str) -> None:
    assert not is_public_suffix(host)


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("a.b.example.co.uk", "example.co.uk"),
        ("pr-7.user.github.io", "user.github.io"),
        ("github.io", "github.io"),
        ("10.0.0.1", "10.0.0.1"),
        ("[::1]", "[::1]"),
    ],
)
def test_registrable_domain_is_the_public_suffix_and_one_label(host: str, domain: str) -> None:
    assert registrable_domain(host) == domain
