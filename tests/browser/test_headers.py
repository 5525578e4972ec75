"""Header lists, and the grammars of their values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corswsgi.browser.headers import (
    HeaderList,
    MalformedError,
    extract_seconds,
    extract_tokens,
    is_header_value,
    normalize_value,
    parse_date,
    split_value,
)

NAMES = st.sampled_from(["A", "a", "B", "b", "C"])
HEADERS = st.lists(st.tuples(NAMES, st.sampled_from(["1", "2", ""]))).map(HeaderList)


class TestHeaderList:
    def test_values_of_one_name_are_joined_in_order(self) -> None:
        headers = HeaderList([("X-A", "1"), ("x-b", "2"), ("x-a", "3")])
        assert headers.get("X-a") == "1, 3"
        assert headers.get_all("x-A") == ["1", "3"]

    def test_a_name_that_is_not_there_has_no_value(self) -> None:
        assert HeaderList().get("X-A") is None
        assert not HeaderList().has("X-A")

    def test_the_first_spelling_of_a_name_stays(self) -> None:
        headers = HeaderList([("X-A", "1")])
        headers.add("x-a", "2")
        headers.add("x-B", "3")
        assert headers == [("X-A", "1"), ("X-A", "2"), ("x-B", "3")]

    def test_deleted_are_all_headers_of_a_name(self) -> None:
        headers = HeaderList([("X-A", "1"), ("x-b", "2"), ("x-a", "3")])
        headers.delete(["x-a"])
        assert headers == [("x-b", "2")]

    @given(HEADERS)
    def test_joined_headers_have_each_name_once_and_the_same_values(self, headers: HeaderList) -> None:
        joined = headers.joined()
        assert joined.joined() == joined
        assert [name.lower() for name, _ in joined] == list(dict.fromkeys(name.lower() for name, _ in headers))
        assert all(joined.get(name) == headers.get(name) for name in "abc")


@pytest.mark.parametrize(
    ("value", "normalized"),
    [
        pytest.param(" \t\r\na b\n", "a b", id="whitespace around"),
        pytest.param("\x0ba", "\x0ba", id="a vertical tab is none"),
    ],
)
def test_a_value_loses_the_whitespace_around_it(value: str, normalized: str) -> None:
    assert normalize_value(value) == normalized


@pytest.mark.parametrize("value", ["a\x00b", "a\nb", "a\rb", " a", "a\t"])
def test_a_header_value_is_one_line_without_nul(value: str) -> None:
    assert is_header_value("a \t b")
    assert not is_header_value(value)


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        pytest.param("GET", ["GET"], id="one"),
        pytest.param("GET , \tPOST", ["GET", "POST"], id="two"),
        pytest.param("", [""], id="empty"),
        pytest.param("a,", ["a", ""], id="trailing comma"),
        pytest.param(',"a,b",c', ["", '"a,b"', "c"], id="a comma in quotes"),
        pytest.param(r'"a\",b",c', [r'"a\",b"', "c"], id="an escaped quote"),
        pytest.param('a"b,c', ['a"b,c'], id="a quote that stays open"),
        pytest.param('"\\', ['"\\'], id="an escape that stays open"),
    ],
)
def test_a_value_is_split_at_commas_outside_of_quotes(value: str, parts: list[str]) -> None:
    assert split_value(value) == parts


@given(st.text(alphabet='a," \\\t', max_size=12))
def test_every_value_can_be_split(value: str) -> None:
    assert "".join(split_value(value)).count("a") == value.count("a")


class TestExtractTokens:
    @pytest.mark.parametrize(
        ("values", "tokens"),
        [
            pytest.param([], None, id="no such header"),
            pytest.param([""], (), id="empty"),
            pytest.param([",a,\t, b ,"], ("a", "b"), id="empty elements"),
            pytest.param(["a", "B, c"], ("a", "B", "c"), id="two headers"),
        ],
    )
    def test_elements_are_taken_out(self, values: list[str], tokens: tuple[str, ...] | None) -> None:
        assert extract_tokens(HeaderList(("X", value) for value in values), "x") == tokens

    @pytest.mark.parametrize("value", ["a b", "a, b;c", '"a"', "a\xa0", "é"])
    def test_one_malformed_element_spoils_the_list(self, value: str) -> None:
        with pytest.raises(MalformedError):
            extract_tokens(HeaderList([("X", "good"), ("X", value)]), "X")


@pytest.mark.parametrize(
    ("values", "seconds"),
    [
        pytest.param(["600"], 600, id="a number"),
        pytest.param(["0"], 0, id="zero"),
        pytest.param(["0600"], 600, id="leading zero"),
        pytest.param(["9" * 5000], 10**18, id="more digits than Python reads"),
        pytest.param([], None, id="missing"),
        pytest.param(["600", "600"], None, id="twice"),
        pytest.param(["-1"], None, id="negative"),
        pytest.param(["+1"], None, id="signed"),
        pytest.param(["1.5"], None, id="fraction"),
        pytest.param([""], None, id="empty"),
        pytest.param(["٣"], None, id="digits of another script"),
    ],
)
def test_seconds_are_digits_and_nothing_else(values: list[str], seconds: int | None) -> None:
    assert extract_seconds(HeaderList(("Age", value) for value in values), "age") == seconds


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        pytest.param("Thu, 01 Jan 1970 00:01:00 GMT", 60.0, id="HTTP"),
        pytest.param("Thu, 01-Jan-1970 00:01:00 GMT", 60.0, id="cookie"),
        pytest.param("Thu, 01 Jan 1970 00:01:00 -0000", 60.0, id="no time zone"),
        pytest.param("0", None, id="no date"),
        pytest.param("", None, id="empty"),
    ],
)
def test_dates_are_read(value: str, seconds: float | None) -> None:
    assert parse_date(value) == seconds
