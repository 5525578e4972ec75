"""International host names, as UTS #46 maps them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corswsgi.browser.domain import domain_to_ascii, has_valid_a_labels


@pytest.mark.parametrize(
    ("name", "ascii_name"),
    [
        pytest.param("Example.COM", "example.com", id="ASCII"),
        pytest.param("faß.example", "xn--fa-hia.example", id="a sharp s stays itself"),
        pytest.param("βόλος.example", "xn--nxasmm1c.example", id="a final sigma stays itself"),
        pytest.param("Ⅷ。com", "viii.com", id="mapped, with a dot of another script"),
        pytest.param("a\u00adb.é", "ab.xn--9ca", id="a soft hyphen is nothing"),
        pytest.param("a_b.é", "a_b.xn--9ca", id="an underscore"),
        pytest.param("☃.net", "xn--n3h.net", id="a sign that IDNA 2008 does not have"),
        pytest.param("אב.example", "xn--4dbc.example", id="right to left"),
        pytest.param("é." * 2, "xn--9ca.xn--9ca.", id="a dot at the end"),
        pytest.param("⒈.example", "", id="not allowed"),
        pytest.param("אa.example", "", id="both directions in a label"),
        pytest.param("a\u200db.example", "", id="a joiner that joins nothing"),
        pytest.param("\u0301a.example", "", id="begins with a mark"),
        pytest.param("a\ud800.example", "", id="a lone surrogate"),
    ],
)
def test_a_name_has_one_spelling_in_ascii(name: str, ascii_name: str) -> None:
    assert domain_to_ascii(name) == ascii_name


@pytest.mark.parametrize(
    ("host", "valid"),
    [
        ("xn--fa-hia.example", True),
        ("xn--n3h.net", True),
        ("plain.example", True),
        ("xn--a.example", False),
        ("xn--.example", False),
        ("xn--abc-.example", False),
        ("xn--hello-.example", False),
        ("xn--tsh.example", False),  # a character that is not allowed
        (f"xn--{'a' * 5000}.example", False),
    ],
)
def test_a_label_of_punycode_stands_for_one_that_needs_it(host: str, *, valid: bool) -> None:
    assert has_valid_a_labels(host) is valid


@given(st.text())
def test_no_name_breaks_it(name: str) -> None:
    mapped = domain_to_ascii(name)
    assert mapped.isascii()
    has_valid_a_labels(mapped)
