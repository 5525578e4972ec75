"""Which headers a script may set, and which of them need a server's permission. The corpus has most of the cases."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corswsgi.browser.engines import CHROMIUM, STANDARD, Engine
from corswsgi.browser.headers import HeaderList
from corswsgi.browser.mime import mime_type_essence
from corswsgi.browser.safelist import (
    MAX_VALUE_LENGTH,
    MAX_VALUES_LENGTH,
    cors_unsafe_request_header_names,
    is_cors_safelisted_request_header,
    is_forbidden_request_header,
    is_no_cors_safelisted_request_header,
)

NAMES = st.sampled_from(["Accept", "accept", "Content-Type", "Range", "X-A", "x-b", "Authorization"])
HEADERS = st.lists(st.tuples(NAMES, st.sampled_from(["text/plain", "bytes=0-", "a(b", "a" * 128, "a" * 129])))


@pytest.mark.parametrize(
    ("name", "value", "forbidden"),
    [
        pytest.param("cookie", "a=b", True, id="by name"),
        pytest.param("Sec-Fetch-Mode", "cors", True, id="by prefix"),
        pytest.param("X-HTTP-Method-Override", "GET, track", True, id="a forbidden method in a list"),
        pytest.param("x-method-override", ",CONNECT", True, id="after an empty element"),
        pytest.param("X-HTTP-Method", "PUT", False, id="another method"),
        pytest.param("X-HTTP-Method", '"TRACE"', False, id="a quoted method is another one"),
        pytest.param("X-HTTP-Method", "TRACER", False, id="a longer method"),
        pytest.param("X-Method", "TRACE", False, id="another header"),
        pytest.param("User-Agent", "me", False, id="User-Agent"),
    ],
)
def test_a_script_may_not_set_forbidden_headers(name: str, value: str, *, forbidden: bool) -> None:
    assert is_forbidden_request_header(name, value) is forbidden


def test_chromium_forbids_user_agent_too() -> None:
    assert is_forbidden_request_header("User-Agent", "me", CHROMIUM)


@pytest.mark.parametrize(
    ("name", "value", "safe"),
    [
        pytest.param("Range", "bytes=0-", True, id="open range"),
        pytest.param("Range", "bytes=5-4", False, id="a range that ends before it starts"),
        pytest.param("Range", f"bytes=0-{2**63}", True, id="a range beyond 63 bits"),
        pytest.param("Range", "bytes=٣-٤", False, id="digits of another script"),
        pytest.param("DPR", "2", False, id="client hint"),
    ],
)
def test_the_standard_safelists_by_name_and_value(name: str, value: str, *, safe: bool) -> None:
    assert is_cors_safelisted_request_header(name, value) is safe


@pytest.mark.parametrize(
    ("name", "value", "safe"),
    [
        pytest.param("DPR", "2.5", True, id="DPR"),
        pytest.param("DPR", "", False, id="DPR, empty"),
        pytest.param("Device-Memory", "1.", False, id="Device-Memory, no fraction"),
        pytest.param("Downlink", "1", True, id="Downlink"),
        pytest.param("RTT", "50", True, id="RTT"),
        pytest.param("Width", "1.5", False, id="Width, a fraction"),
        pytest.param("ECT", "slow-2g", True, id="ECT"),
        pytest.param("ECT", "5g", False, id="ECT, unknown"),
        pytest.param("Save-Data", "ON", True, id="Save-Data"),
        pytest.param("Save-Data", "off", False, id="Save-Data, off"),
        pytest.param("Range", f"bytes=0-{2**63}", False, id="a range beyond 63 bits"),
        pytest.param("X-A", "1", False, id="any other header"),
    ],
)
def test_chromium_safelists_client_hints(name: str, value: str, *, safe: bool) -> None:
    assert is_cors_safelisted_request_header(name, value, CHROMIUM) is safe


def test_no_cors_requests_have_no_range() -> None:
    assert is_no_cors_safelisted_request_header("accept", "text/html")
    assert not is_no_cors_safelisted_request_header("Range", "bytes=0-")


@pytest.mark.parametrize(
    ("count", "names"), [pytest.param(8, [], id="1024 bytes"), pytest.param(9, ["accept"], id="1152 bytes")]
)
def test_many_safelisted_values_are_unsafe_together(count: int, names: list[str]) -> None:
    headers = HeaderList([("Accept", "a" * MAX_VALUE_LENGTH)] * count)
    assert MAX_VALUES_LENGTH == 8 * MAX_VALUE_LENGTH
    assert cors_unsafe_request_header_names(headers) == names


@given(HEADERS.map(HeaderList), st.sampled_from([STANDARD, CHROMIUM]))
def test_unsafe_names_are_sorted_and_in_lower_case_and_of_the_request(headers: HeaderList, engine: Engine) -> None:
    names = cors_unsafe_request_header_names(headers, engine)
    present = {name.lower() for name, _ in headers}
    assert names == sorted({name.lower() for name in names})
    assert {"x-a", "x-b", "authorization"} & present <= set(names) <= present


@pytest.mark.parametrize(
    ("value", "essence"),
    [
        pytest.param(" Text/PLAIN ; charset=x ", "text/plain", id="case, whitespace, parameter"),
        pytest.param("text/plain;", "text/plain", id="empty parameter"),
        pytest.param("text", None, id="no slash"),
        pytest.param("/plain", None, id="no type"),
        pytest.param("text/", None, id="no subtype"),
        pytest.param("text/plain, text/plain", None, id="two types"),
    ],
)
def test_the_essence_is_type_and_subtype(value: str, essence: str | None) -> None:
    assert mime_type_essence(value) == essence
