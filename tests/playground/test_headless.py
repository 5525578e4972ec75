"""The lessons in the simulator: unexpected verdicts are reported."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from corswsgi.playground import studio
from corswsgi.playground.headless import run_lessons
from corswsgi.playground.lessons import Lesson, load_lessons
from corswsgi.playground.places import Places


def test_every_verdict_is_the_expected_one() -> None:
    said: list[str] = []
    assert run_lessons(said.append)
    assert not [line for line in said if "(expected" in line]


def test_another_verdict_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(places: Places) -> Mapping[str, Any]:
        lesson: Lesson = load_lessons(places)["handshake"]
        return {"handshake": replace(lesson, plays=(replace(lesson.plays[0], expect="unread"),))}

    monkeypatch.setattr(studio, "load_lessons", wrong)
    said: list[str] = []
    assert not run_lessons(said.append)
    assert said[-1] == (
        "  ✓ GET a book: the script reads the answer, status 200 "
        "(expected: it arrived; the script may not read the answer)"
    )


def test_an_answer_from_the_cache_has_no_status(monkeypatch: pytest.MonkeyPatch) -> None:
    def twice(places: Places) -> Mapping[str, Any]:
        lesson: Lesson = load_lessons(places)["vary"]
        play = lesson.play("table-first")
        return {"vary": replace(lesson, plays=(play, replace(play, id="again", before=("table-first",))))}

    monkeypatch.setattr(studio, "load_lessons", twice)
    said: list[str] = []
    assert run_lessons(said.append)
    assert said[-1] == "  ✓ By the table: the front end asks: the script reads the answer"
