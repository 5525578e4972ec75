"""The words of messages about values."""

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
