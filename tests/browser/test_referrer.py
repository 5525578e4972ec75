"""Referer and Origin under each referrer policy: by the standard, and by scheme as in engines."""

from typing import get_args

import pytest

from corswsgi.browser.headers import HeaderList
from corswsgi.browser.referrer import ReferrerPolicy, origin_without_cors, policy_of, referer
from tests.browser.serving import API, APP
from tests.browser.test_request import url

PLAIN = "http://api.example.com/"
LOCAL = "http://localhost:8000/"


@pytest.mark.parametrize(
    ("policy", "own", "other", "plain"),
    [
        ("no-referrer", False, False, False),
        ("no-referrer-when-downgrade", True, True, False),
        ("same-origin", True, False, False),
        ("origin", True, True, True),
        ("strict-origin", True, True, False),
        ("origin-when-cross-origin", True, True, True),
        ("strict-origin-when-cross-origin", True, True, False),
        ("unsafe-url", True, True, True),
    ],
)
def test_a_policy_says_where_a_page_is_named(policy: ReferrerPolicy, *, own: bool, other: bool, plain: bool) -> None:
    for target, is_named in ((f"{APP}/x", own), (f"{API}/x", other), (PLAIN, plain)):
        assert referer(APP, url(target), policy, by_scheme=False) == (f"{APP}/" if is_named else None)


def test_loopback_is_trustworthy_in_the_standard_and_not_to_engines_that_look_at_the_scheme() -> None:
    policy: ReferrerPolicy = "strict-origin-when-cross-origin"
    assert referer(APP, url(LOCAL), policy, by_scheme=False) == f"{APP}/"
    assert referer(APP, url(LOCAL), policy, by_scheme=True) is None
    assert referer("http://localhost:5173", url(PLAIN), policy, by_scheme=False) is None
    assert referer("http://localhost:5173", url(PLAIN), policy, by_scheme=True) == "http://localhost:5173/"


@pytest.mark.parametrize("origin", ["null", "chrome-extension://abcdef"])
@pytest.mark.parametrize("policy", get_args(ReferrerPolicy))
def test_a_page_whose_url_is_not_known_is_never_named(origin: str, policy: ReferrerPolicy) -> None:
    assert referer(origin, url(API), policy, by_scheme=False) is None


@pytest.mark.parametrize(
    ("policy", "own", "other", "plain"),
    [
        ("no-referrer", "null", "null", "null"),
        ("no-referrer-when-downgrade", APP, APP, "null"),
        ("same-origin", APP, "null", "null"),
        ("origin", APP, APP, APP),
        ("strict-origin", APP, APP, "null"),
        ("origin-when-cross-origin", APP, APP, APP),
        ("strict-origin-when-cross-origin", APP, APP, "null"),
        ("unsafe-url", APP, APP, APP),
    ],
)
def test_a_policy_hides_the_origin_of_what_cors_does_not_check(
    policy: ReferrerPolicy, own: str, other: str, plain: str
) -> None:
    found = [origin_without_cors(APP, url(target), policy) for target in (APP, API, PLAIN)]
    assert found == [own, other, plain]


def test_an_engine_may_name_the_origin_on_the_way_to_http() -> None:
    policy: ReferrerPolicy = "strict-origin"
    assert origin_without_cors(APP, url(PLAIN), policy, hides_on_downgrade=False) == APP


@pytest.mark.parametrize(
    ("value", "policy"),
    [
        (None, None),
        ("", None),
        ("never", None),
        ("no-referrer", "no-referrer"),
        ("Origin, future-policy", "origin"),
        ("no-referrer, same-origin", "same-origin"),
    ],
)
def test_of_several_policies_in_a_header_the_last_that_is_known_counts(value: str | None, policy: str | None) -> None:
    assert policy_of(HeaderList([("Referrer-Policy", value)] if value is not None else [])) == policy
