"""Marks on functions of all kinds, and what a layer makes of them; tests/flask and tests/django have the requests."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from bottle import Bottle

from corswsgi import Policy, marks
from corswsgi.bottle import install
from corswsgi.marks import Mark, current, held_by, mark_of, marked
from tests.support.asking import APP, ask

MARK = Mark(policy=Policy(allow_origins=APP))


def test_coroutine_function_says_that_it_ran_unless_it_returned_none() -> None:
    async def answers(value: object) -> object:
        return value

    copy = marked(answers, MARK)
    assert asyncio.run(copy(7)) == 7
    ran: list[Mark | None] = [None]
    token = current.set(ran)
    assert asyncio.run(copy(None)) is None
    assert ran == [None]
    assert asyncio.run(copy(7)) == 7
    assert ran == [mark_of(copy)]
    current.reset(token)


def test_function_that_is_decorated_again_and_again_has_one_mark() -> None:
    class Views:
        def get(self) -> int:
            return 7

    marks = {mark_of(marked(Views().get, MARK)) for _ in range(3)}
    assert len(marks) == 1
    assert marks.isdisjoint({mark_of(marked(lambda: 7, MARK)), mark_of(marked(Views().get, Mark()))})


def test_callable_without_weak_references_can_have_a_mark() -> None:
    class Callable7:
        __slots__ = ("__dict__",)

        def __call__(self) -> int:
            return 7

    copy = marked(Callable7(), MARK)
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


@pytest.mark.parametrize("is_next", [True, False])
def test_marked_function_that_runs_in_bottle_decides(*, is_next: bool) -> None:
    app = Bottle()
    app.route("/", callback=marked(lambda: "hello", MARK))
    if not is_next:
        wsgi = app.wsgi
        vars(app)["wsgi"] = partial(wsgi)
    install(app)
    assert ask(app, "/", origin=APP).cors == [("Access-Control-Allow-Origin", APP), ("Vary", "Origin")]


def test_process_whose_marks_are_all_found_searches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def view() -> None: ...

    def search(*_: object) -> list[object]:
        raise AssertionError

    monkeypatch.setattr(marks, "_functions", {})
    monkeypatch.setattr(marks, "_reached", search)
    assert marks.not_found([marked(view, MARK)], search) == []


def test_mark_that_closes_stays_when_another_marked_function_runs_inside() -> None:
    ran: list[Mark | None] = [None]
    seen: list[Mark | None] = []

    def view() -> int:
        seen.extend(ran)
        return 7

    closes = marked(partial(marked(view, MARK)), Mark(policy=None))
    token = current.set(ran)
    assert closes() == 7
    assert seen == ran == [mark_of(closes)]
    current.reset(token)


def test_mark_that_closed_stays_when_another_marked_function_runs_after_it() -> None:
    ran: list[Mark | None] = [None]
    closes, opens = marked(lambda: 7, Mark(policy=None)), marked(lambda: 8, MARK)
    token = current.set(ran)
    assert (closes(), opens()) == (7, 8)
    assert ran == [mark_of(closes)]
    current.reset(token)


def test_coroutine_function_that_closed_stays_when_another_runs_after_it() -> None:
    async def view() -> int:
        return 7

    ran: list[Mark | None] = [None]
    closes, opens = marked(view, Mark(policy=None)), marked(view, MARK)
    token = current.set(ran)
    assert (asyncio.run(closes()), asyncio.run(opens())) == (7, 7)
    assert ran == [mark_of(closes)]
    current.reset(token)


def test_function_that_requests_mark_again_and_again_is_not_remembered_for_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def view() -> int:
        return 7

    known = len(marks._functions)  # noqa: SLF001
    monkeypatch.setattr(marks, "_MOST_REACHED", known + 2)
    for _ in range(9):
        assert marked(view, Mark(policy=MARK.policy))() == 7
    assert len(marks._functions) <= known + 2  # noqa: SLF001
