"""What is left out is named, and what is kept is never more than there was."""

import pytest

from corswsgi import Policy
from corswsgi.lenient import (
    Note,
    also_listing,
    day_at_most,
    readable_headers,
    sendable_headers,
    separate_names,
    useful_origins,
)

DAY = 86_400


def test_empty_origins_are_left_out_and_any_origin_stays_alone() -> None:
    notes: list[Note] = []
    assert useful_origins(["https://a.example", "", " "], notes) == ["https://a.example"]
    assert useful_origins(["https://a.example", "*"], notes) == ["*"]
    assert [each.value for each in notes] == ["", " ", "*"]


def test_names_are_taken_apart_and_empty_ones_are_left_out() -> None:
    notes: list[Note] = []
    assert list(separate_names(["X-A, X-B,", "", "X-C", 7], notes)) == ["X-A", "X-B", "X-C", 7]
    assert [each.value for each in notes] == ["X-A, X-B,", ""]


def test_headers_that_scripts_can_neither_send_nor_read_are_left_out() -> None:
    notes: list[Note] = []
    listed = ["X-A", "Cookie", "Access-Control-Allow-Origin", "Access-Control-Request-Method"]
    assert sendable_headers(listed, notes) == (["X-A"], ["Access-Control-Allow-Origin"])
    assert readable_headers(["*", "Set-Cookie", "X-A"], notes, credentials=True) == ["X-A"]
    assert readable_headers(["*"], notes, credentials=False) == ["*"]
    assert [each.value for each in notes] == [*listed[1:], "*", "Set-Cookie"]


def test_names_of_the_other_direction_and_media_types_do_not_stop_an_application() -> None:
    notes: list[Note] = []
    assert sendable_headers(["ETag", "application/json", "Set-Cookie", "X-A: a/b"], notes) == (["X-A: a/b"], ["ETag"])
    assert readable_headers(["If-Match", "Cookie", "*/*", "ETag"], notes, credentials=True) == ["ETag"]
    assert [each.value for each in notes] == ["ETag", "application/json", "Set-Cookie", "If-Match", "Cookie", "*/*"]


@pytest.mark.parametrize(("value", "kept"), [(DAY, DAY), (DAY + 1, DAY), (-1, -1), (True, True), ("1", "1")])
def test_time_of_more_than_a_day_is_a_day(value: object, kept: object) -> None:
    notes: list[Note] = []
    assert day_at_most(value, notes) == kept
    assert len(notes) == (value != kept)


def test_names_are_listed_that_no_policy_takes() -> None:
    policy = Policy(allow_origins="*", allow_headers=["X-A"])
    assert also_listing(policy, []) is policy
    listing = also_listing(policy, ["Access-Control-Allow-Origin"])
    assert listing.allow_headers == ("X-A", "Access-Control-Allow-Origin")
    assert policy.allow_headers == ("X-A",)
