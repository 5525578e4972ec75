"""Bodies that a script passes, and how they are sent."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corswsgi.browser.body import File, encode_form, extract, multipart, scalar, urlencoded

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        pytest.param(None, (None, None), id="none"),
        pytest.param(b"\xff", (b"\xff", None), id="bytes"),
        pytest.param("é", ("é".encode(), "text/plain;charset=UTF-8"), id="text"),
        pytest.param("a\ud800b", ("a\ufffdb".encode(), "text/plain;charset=UTF-8"), id="a lone surrogate"),
        pytest.param(
            {"a b": "*~é", "c": 1},
            (b"a+b=*%7E%C3%A9&c=1", "application/x-www-form-urlencoded;charset=UTF-8"),
            id="URLSearchParams",
        ),
        pytest.param(
            [("a", "1"), ("a", "\udfff")],
            (b"a=1&a=%EF%BF%BD", "application/x-www-form-urlencoded;charset=UTF-8"),
            id="pairs, and a lone surrogate",
        ),
    ],
)
def test_a_body_has_bytes_and_a_type(body: Any, sent: tuple[bytes | None, str | None]) -> None:
    assert extract(body, None, None) == sent


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param({"a": ["é", 1, None]}, '{"a":["é",1,null]}', id="well-formed"),
        pytest.param("\ud83d\ud83d\ude00"[0], '"\\ud83d"', id="a lone surrogate is escaped"),
    ],
)
def test_json_is_what_json_stringify_writes(value: Any, text: str) -> None:
    assert extract(None, value, None) == (text.encode(), "application/json")


@pytest.mark.parametrize("value", [object(), {1, 2}, b"bytes"])
def test_what_json_does_not_have_is_a_type_error(value: Any) -> None:
    with pytest.raises(TypeError):
        extract(None, value, None)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_that_json_does_not_have_are_a_value_error(value: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        extract(None, value, None)


@pytest.mark.parametrize("body", [1, object(), ["ab"], [("a",)], [("a", "b", "c")], [1]])
def test_a_body_of_another_type_is_a_type_error(body: Any) -> None:
    with pytest.raises(TypeError):
        extract(body, None, None)


MULTIPART = (
    b"------corswsgi-0\r\n"
    b'Content-Disposition: form-data; name="a%22b"\r\n'
    b"\r\n"
    b"1\r\n2\r\n"
    b"------corswsgi-0\r\n"
    b'Content-Disposition: form-data; name="f"; filename="f"\r\n'
    b"Content-Type: application/octet-stream\r\n"
    b"\r\n"
    b"\xff\r\n"
    b"------corswsgi-0\r\n"
    b'Content-Disposition: form-data; name="g"; filename="g.txt"\r\n'
    b"Content-Type: text/plain\r\n"
    b"\r\n"
    b"\xc3\xa9\r\n"
    b"------corswsgi-0--\r\n"
)


def test_files_make_a_form_of_parts_with_the_other_fields_before() -> None:
    files: dict[str, File] = {"f": b"\xff", "g": ("g.txt", "é", "text/plain")}
    assert extract({'a"b': "1\n2"}, None, files) == (MULTIPART, "multipart/form-data; boundary=----corswsgi-0")
    assert extract(None, None, {"f": b""})[1] == "multipart/form-data; boundary=----corswsgi-0"


def test_a_boundary_is_never_a_part_of_the_content() -> None:
    body, content_type = multipart([], {"f": b"--corswsgi-0 and ----corswsgi-1"})
    assert content_type == "multipart/form-data; boundary=----corswsgi-2"
    assert body.count(b"------corswsgi-2") == 2


@pytest.mark.parametrize("files", [{"f": 1}, {"f": ("name", 1)}, 1, "text"])
def test_a_file_is_bytes_or_text(files: Any) -> None:
    with pytest.raises(TypeError):
        extract(None, None, files)


@pytest.mark.parametrize(
    ("encoding", "sent"),
    [
        ("application/x-www-form-urlencoded", b"a=1%0D%0A2&f=f.txt"),
        ("text/plain", b"a=1\r\n2\r\nf=f.txt\r\n"),
    ],
)
def test_a_form_that_is_not_of_parts_sends_the_names_of_files_alone(encoding: Any, sent: bytes) -> None:
    assert encode_form({"a": "1\r2"}, {"f": ("f.txt", b"content")}, encoding) == (sent, encoding)


def test_an_encoding_that_forms_do_not_have_is_refused() -> None:
    encoding: Any = "application/json"
    with pytest.raises(ValueError, match="is not an encoding of forms"):
        encode_form({}, None, encoding)


@given(st.lists(st.tuples(st.text(), st.text())))
def test_urlencoded_has_few_characters(fields: list[tuple[str, str]]) -> None:
    written = urlencoded((scalar(name), scalar(value)) for name, value in fields)
    assert re.fullmatch(r"[A-Za-z0-9*\-._+%&=]*", written, re.ASCII)


@given(JSON_VALUES)
def test_any_json_value_has_bytes(value: Any) -> None:
    assert value is None or isinstance(extract(None, value, None)[0], bytes)
