"""Entries that are left out are named, and the rest never allows more than before."""

import re

import pytest

from corswsgi import Policy, PolicyError
from corswsgi.lenient import (
    Note,
    also_listing,
    as_written,
    closed_by_port,
    day_at_most,
    readable_headers,
    sendable_headers,
    separate_names,
    useful_origins,
)
from corswsgi.problems import reworded
from corswsgi.vocabularies import PYTHON

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


@pytest.mark.parametrize(
    ("regex", "closed"),
    [
        pytest.param(r"https://a\.example$", r"https://a\.example$", id="has an end"),
        pytest.param(r"https://a\.example", r"https://a\.example(?::[0-9]+)?", id="open"),
        pytest.param(r"https://a\.example:\d+", r"https://a\.example:\d+", id="open after a port"),
        pytest.param(r"https://a\.example.*", r"https://a\.example(?::[0-9]+)?", id="anything"),
        pytest.param(r"https://a\.example.*.*$", r"https://a\.example(?::[0-9]+)?", id="anything, twice"),
        pytest.param("https://.*", "https://.*", id="any host"),
        pytest.param("^https?://", "^https?://.*", id="a scheme alone is any host"),
        pytest.param("http://localhost:.*", "http://localhost:.*", id="any port"),
        pytest.param(r"http://192\.168.*", r"http://192\.168[0-9.]*(?::[0-9]+)?", id="private addresses"),
        pytest.param(r"http://10\.0\..*:3000$", r"http://10\.0\.[0-9.]*:3000$", id="... on one port"),
        pytest.param(r"http:\/\/172\.20\..+", r"http:\/\/172\.20\.[0-9.]*(?::[0-9]+)?", id="... and slashes"),
        pytest.param(r"http://192\.0.*", r"http://192\.0(?::[0-9]+)?", id="an address that is not private"),
        pytest.param(r"https://a\.b$|https://b\.b", r"https://a\.b$|https://b\.b", id="alternatives"),
    ],
)
def test_only_a_port_follows_where_anything_could(regex: str, closed: str) -> None:
    assert closed_by_port(regex) == closed


def test_problem_shows_a_regex_as_it_was_written() -> None:
    with pytest.raises(PolicyError) as caught:
        Policy(allow_origins=[re.compile("https://b.*"), "x"], allow_credentials=True)
    first, second = [as_written(found, {"https://b.*": "b.+"}) for found in caught.value.problems]
    assert "'b.+' matches origins" in reworded(first, PYTHON).message
    assert second is caught.value.problems[1]


def test_names_are_listed_that_no_policy_takes() -> None:
    policy = Policy(allow_origins="*", allow_headers=["X-A"])
    assert also_listing(policy, []) is policy
    listing = also_listing(policy, ["Access-Control-Allow-Origin"])
    assert listing.allow_headers == ("X-A", "Access-Control-Allow-Origin")
    assert policy.allow_headers == ("X-A",)
