"""MIME types, and the charset that XMLHttpRequest writes into one."""

from typing import Any

import pytest

from corswsgi.browser.mime import parameters, rewrite_charset, serialize


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("text/plain", {}),
        ("text/plain;charset=utf-8", {"charset": "utf-8"}),
        ('text/plain; Charset="a;b" ;c=d', {"charset": "a;b", "c": "d"}),
        (r'text/plain;a="b\"c"', {"a": 'b"c'}),
        ('text/plain;a="b', {"a": "b"}),
        ('text/plain;a="b\\', {"a": "b\\"}),
        ('text/plain;a=""', {"a": ""}),
        ("text/plain;a=;b;=c;d d=e;a=f", {"a": "f"}),
        ("text/plain;a=1;a=2", {"a": "1"}),
        ("text/plain;a=\x01", {}),
    ],
)
def test_the_first_of_each_parameter_counts(text: str, found: dict[str, str]) -> None:
    assert parameters(text) == found


def test_a_value_that_is_not_a_token_is_quoted() -> None:
    assert serialize("text/plain", {"a": "b", "c": 'd "e"', "f": ""}) == r'text/plain;a=b;c="d \"e\"";f=""'


@pytest.mark.parametrize(
    ("text", "how", "written"),
    [
        ("text/plain;charset=latin1;a=b", "anew", "text/plain;charset=UTF-8;a=b"),
        ('text/plain;charset="x"', "anew", "text/plain;charset=UTF-8"),
        ('text/plain;charset="x"', "in place", 'text/plain;charset="UTF-8"'),
        ('text/plain;charset="utf-8"', "anew", 'text/plain;charset="utf-8"'),
        ('text/plain;charset="utf-8"', "in place", 'text/plain;charset="utf-8"'),
        ('text/plain;charset="utf-8"', "in place, always", 'text/plain;charset="UTF-8"'),
        ("text/plain", "anew", "text/plain"),
        ("nothing;charset=x", "anew", "nothing;charset=x"),
    ],
)
def test_a_text_is_sent_as_utf_8(text: str, how: Any, written: str) -> None:
    assert rewrite_charset(text, how) == written
