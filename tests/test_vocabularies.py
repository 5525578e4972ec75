"""The words of messages about values."""

import ast
import re

import pytest

from corswsgi.vocabularies import literal, shown


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


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(re.compile(r"https://a\.example"), r"re.compile(r'https://a\.example')", id="a regex"),
        pytest.param(
            (re.compile(r"\d", re.IGNORECASE | re.ASCII),), r"(re.compile(r'\d', re.ASCII|re.IGNORECASE),)", id="flags"
        ),
        pytest.param([r"\d", 1, ()], r"[r'\d', 1, ()]", id="a list"),
        pytest.param(("a", "b"), "('a', 'b')", id="a tuple"),
        pytest.param(re.compile(rb"\d"), r"re.compile(b'\\d')", id="a regex of bytes"),
    ],
)
def test_regexes_are_written_as_people_write_them_wherever_they_are(value: object, text: str) -> None:
    assert literal(value) == text
    assert shown(value) == text
    assert eval(text, {"re": re}) == value  # noqa: S307  (our own text)
