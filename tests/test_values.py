"""Policies and tables are values: a copy by any means is equal, and serves the same."""

import copy
import dataclasses
import multiprocessing
import pickle
import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corswsgi import Policy, PolicyError, PolicyTable
from tests.support.asking import APP, EVIL
from tests.support.drawn import ORIGIN, PATTERN, POLICY, WILD


def for_app(origin: str, environ: object) -> bool:
    return origin == APP


class Tenants:
    def __init__(self, *names: str) -> None:
        self.names = names

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tenants) and self.names == other.names

    def __hash__(self) -> int:
        return hash(self.names)

    def __call__(self, origin: str, _environ: object) -> bool:
        return origin in self.names

    def ask(self, origin: str, _environ: object) -> bool:
        return origin in self.names


REGEX = re.compile(r"https://pr-\d+\.example\.com")
PART = WILD | st.sampled_from([REGEX, for_app, Tenants(APP)])
WITH_CREDENTIALS = st.builds(
    partial(
        Policy,
        allow_credentials=True,
        dangerously_allow_insecure_origins=True,
        dangerously_allow_public_suffixes=True,
        dangerously_allow_null_origin=True,
    ),
    allow_origins=st.lists(WILD | st.sampled_from(["null", for_app]), min_size=1, max_size=4),
    allow_methods=st.lists(st.sampled_from(["PUT", "*"]), max_size=2),
)
ANY_POLICY = POLICY | WITH_CREDENTIALS | st.builds(Policy, allow_origins=st.lists(PART, min_size=1, max_size=4))


def pickled(value: object) -> object:
    return pickle.loads(pickle.dumps(value))  # noqa: S301  (our own bytes)


def fields_of(policy: Policy) -> dict[str, Any]:
    return {each.name: getattr(policy, each.name) for each in dataclasses.fields(policy)}


WAYS: dict[str, Callable[[Any], Any]] = {
    "pickle": pickled,
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "replace": dataclasses.replace,
    "its fields": lambda policy: Policy(**fields_of(policy)),
    "asdict": lambda policy: Policy(**dataclasses.asdict(policy)),
}


@pytest.mark.parametrize("way", WAYS)
@given(policy=ANY_POLICY, origin=ORIGIN | st.sampled_from([APP, EVIL, "null", "https://pr-1.example.com"]))
def test_copy_of_a_policy_is_equal_and_allows_the_same_origins(way: str, policy: Policy, origin: str) -> None:
    again = WAYS[way](policy)
    assert again == policy
    assert hash(again) == hash(policy)
    assert repr(again).partition(" object at ")[0] == repr(policy).partition(" object at ")[0]
    assert again.allows_origin(origin) == policy.allows_origin(origin)


@pytest.mark.parametrize("way", ["pickle", "copy", "deepcopy"])
@given(rows=st.dictionaries(PATTERN, ANY_POLICY | st.none(), max_size=3))
def test_copy_of_a_table_is_equal(way: str, rows: dict[str, Policy | None]) -> None:
    try:
        table = PolicyTable(rows)
    except PolicyError:  # two patterns tie
        return
    assert WAYS[way](table) == table


def test_policies_go_to_a_process_that_is_spawned() -> None:
    table = PolicyTable({
        "/a": Policy(allow_origins=["https://*.example.com", "http://localhost:*", REGEX, for_app, Tenants(APP)]),
        "/b": Policy.from_env({}, may_be_empty=True),
        "/c": None,
    })  # fmt: skip
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(pickled, (table,)) == table


def test_method_of_an_object_is_pickled_with_its_object() -> None:
    policy = pickled(Policy(allow_origins=Tenants(APP).ask))
    assert isinstance(policy, Policy)
    assert (policy.allows_origin(APP), policy.allows_origin(EVIL)) == (True, False)


def test_policy_that_holds_a_function_without_a_name_cannot_be_pickled_and_says_so() -> None:
    with pytest.raises((AttributeError, pickle.PicklingError), match="lambda"):
        pickle.dumps(Policy(allow_origins=lambda _origin, _environ: True))


def test_what_was_pickled_is_checked_again() -> None:
    safe = pickle.dumps(Policy(allow_origins="https://a.example", allow_credentials=True))
    changed = safe.replace(b"https://a.example", b"http://aa.example")
    with pytest.raises(PolicyError, match="insecure-origin-with-credentials"):
        pickle.loads(changed)  # noqa: S301  (our own bytes)


def test_subclass_of_a_policy_keeps_its_class() -> None:
    assert type(pickled(Named(allow_origins=APP))) is Named


class Named(Policy):
    """A user's own policy."""


def test_derived_data_is_not_a_field() -> None:
    policy = Policy(allow_origins=APP)
    assert "origin_set" not in fields_of(policy)
    with pytest.raises((AttributeError, TypeError)):  # Python 3.11 raises TypeError where later ones say why
        setattr(policy, "origin_set", None)  # noqa: B010  (mypy knows that it is none)
