"""Marks on functions of all kinds, and what a layer makes of them; tests/flask and tests/django have the requests."""

import asyncio
from collections.abc import Callable
from functools import WRAPPER_ASSIGNMENTS, partial
from inspect import signature
from typing import Any

import pytest

from corswsgi import Policy, marks
from corswsgi.marks import RAN, Mark, held_by, mark_of, marked, without_record
from tests.support.asking import APP

MARK = Mark(policy=Policy(allow_origins=APP))


def nowhere() -> None:
    """Say that no request is served at present."""


def test_coroutine_function_says_that_it_ran_unless_it_returned_none() -> None:
    async def answers(value: object) -> object:
        return value

    environ: dict[str, object] = {}
    copy = marked(answers, MARK, lambda: environ)
    assert asyncio.run(copy(None)) is None
    assert environ == {RAN: None}
    assert asyncio.run(copy(7)) == 7
    assert environ == {RAN: mark_of(copy)}


def test_function_that_is_decorated_again_and_again_has_one_mark() -> None:
    class Views:
        def get(self) -> int:
            return 7

    marks = {mark_of(marked(Views().get, MARK, nowhere)) for _ in range(3)}
    assert len(marks) == 1
    assert marks.isdisjoint({mark_of(marked(lambda: 7, MARK, nowhere)), mark_of(marked(Views().get, Mark(), nowhere))})


def test_callable_without_weak_references_can_have_a_mark() -> None:
    class Callable7:
        __slots__ = ("__dict__",)

        def __call__(self) -> int:
            return 7

    copy = marked(Callable7(), MARK, nowhere)
    assert copy() == 7
    mark = mark_of(copy)
    assert mark is not None
    assert mark.function == "Callable7"


def test_name_that_is_not_set_yet_is_not_held() -> None:
    def outer() -> Callable[[], Any]:
        def inner() -> Any:
            return later

        assert list(held_by(inner)) == []
        later = 7
        assert list(held_by(inner)) == [7]
        return inner

    assert outer()() == 7


def test_process_whose_marks_are_all_found_searches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def view() -> None: ...

    def search(*_: object) -> list[object]:
        raise AssertionError

    monkeypatch.setattr(marks, "_functions", {})
    monkeypatch.setattr(marks, "_reached", search)
    assert marks.not_found([marked(view, MARK, nowhere)], search) == []


def test_mark_that_closes_stays_when_another_marked_function_runs_inside() -> None:
    environ: dict[str, object] = {}
    seen: list[object] = []

    def view() -> int:
        seen.append(environ[RAN])
        return 7

    closes = marked(partial(marked(view, MARK, lambda: environ)), Mark(policy=None), lambda: environ)
    assert closes() == 7
    assert [environ[RAN]] == seen == [mark_of(closes)]


def test_mark_that_closed_stays_when_another_marked_function_runs_after_it() -> None:
    environ: dict[str, object] = {}
    closes, opens = (marked(lambda: 7, mark, lambda: environ) for mark in (Mark(policy=None), MARK))
    assert (closes(), opens()) == (7, 7)
    assert environ == {RAN: mark_of(closes)}


def test_coroutine_function_that_closed_stays_when_another_runs_after_it() -> None:
    async def view() -> int:
        return 7

    environ: dict[str, object] = {}
    closes, opens = (marked(view, mark, lambda: environ) for mark in (Mark(policy=None), MARK))
    assert (asyncio.run(closes()), asyncio.run(opens())) == (7, 7)
    assert environ == {RAN: mark_of(closes)}


def test_function_without_record_is_the_copy_in_everything_else() -> None:
    secret = 7

    def view(first: int, second: int = 2, *, third: int = 3) -> tuple[int, ...]:
        """Add up."""
        return first, second, third, secret

    environ: dict[str, object] = {}
    copy = marked(view, MARK, lambda: environ)
    plain = without_record(copy)
    assert plain is not None
    assert plain(1) == (1, 2, 3, 7)
    assert environ == {}
    vars(copy)["is_public"] = True
    assert vars(plain)["is_public"]
    assert mark_of(plain) is mark_of(copy)
    assert signature(plain) == signature(view)
    assert [getattr(plain, name) for name in WRAPPER_ASSIGNMENTS] == [
        getattr(copy, name) for name in WRAPPER_ASSIGNMENTS
    ]


@pytest.mark.parametrize(
    "function",
    [len, partial(len), [].append, marked(len, MARK, lambda: None), marked(partial(len), MARK, lambda: None)],
)
def test_only_copies_of_plain_functions_have_a_function_without_record(function: object) -> None:
    assert without_record(function) is None


def test_object_that_is_equal_to_a_copy_is_not_a_copy() -> None:
    def view() -> int:
        return 7

    class Proxy:
        def __init__(self, function: object) -> None:
            self._function = function

        def __getattr__(self, name: str) -> object:
            return getattr(self._function, name)

        def __eq__(self, other: object) -> bool:
            return self._function == other

        def __hash__(self) -> int:
            return hash(self._function)

        def __call__(self) -> int:
            return 8

    copy = marked(view, MARK, lambda: None)
    assert without_record(Proxy(copy)) is None
    assert marked(Proxy(copy), MARK, lambda: None)() == 8


def test_function_that_requests_mark_again_and_again_is_not_remembered_for_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def view() -> int:
        return 7

    known = len(marks._functions)  # noqa: SLF001
    monkeypatch.setattr(marks, "_MOST_REACHED", known + 2)
    for _ in range(9):
        assert marked(view, Mark(policy=MARK.policy), nowhere)() == 7
    assert len(marks._functions) <= known + 2  # noqa: SLF001
