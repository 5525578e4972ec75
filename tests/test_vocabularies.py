"""The words of messages about values."""

import ast

import pytest

from corswsgi.vocabularies import shown


class WithoutARepr:
    def __repr__(self) -> str:
        raise RuntimeError("a repr that fails")


@pytest.mark.parametrize(
    ("value", "start"),
    [
        pytest.param(10**5000, "<int object at 0x", id="an integer of too many digits"),
        pytest.param(WithoutARepr(), "<tests.test_vocabularies.WithoutARepr object at 0x", id="a repr that raises"),
    ],
)
def test_value_that_has_no_repr_is_shown_by_its_type(value: object, start: str) -> None:
    assert shown(value).startswith(start)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(r"https://.*\.example", r"r'https://.*\.example'", id="a regex"),
        pytest.param("a\\", r"'a\\'", id="a backslash at the end, which no raw literal has"),
        pytest.param(r"a'\d", '"a\'\\\\d"', id="a quote"),
        pytest.param("\\\n", r"'\\\n'", id="a control character"),
        pytest.param("plain", "'plain'", id="no backslash"),
    ],
)
def test_backslashes_are_not_doubled_and_the_literal_means_the_value(value: str, text: str) -> None:
    assert shown(value) == text
    assert ast.literal_eval(text) == value
