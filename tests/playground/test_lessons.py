"""The lessons as data: refusals of invalid ones, and the parts that each must have."""

import ast
import re

import pytest

from corswsgi.playground.lessons import Lesson, load_lessons, read_call, read_lesson
from tests.playground.conftest import PLACES

LESSONS = load_lessons(PLACES)
GOOD = """
id = "x"
number = 1
title = "X"
summary = "x"
text = "x"
question = "x"
answer = "x"
code = {}
tables = [{ name = "T", toml = "" }]
[[plays]]
id = "a"
title = "A"
expect = "read"
"""


def test_a_good_one_is_read() -> None:
    lesson = read_lesson(GOOD)
    assert (lesson.play("a").call.method, lesson.table("").name, lesson.servers) == ("GET", "T", ("table",))


@pytest.mark.parametrize(
    "more",
    [
        pytest.param('table = "U"', id="a table that is not there"),
        pytest.param('before = ["b"]', id="a play that is not there"),
        pytest.param('call = { server = "evil" }', id="a server that is not there"),
        pytest.param('call = { page = "evil" }', id="a page that is not there"),
        pytest.param('call = { path = "evil" }', id="a path without a slash"),
        pytest.param('call = { redirect = "x" }', id="no redirect mode"),
        pytest.param('call = { api = "x" }', id="no api"),
    ],
)
def test_a_bad_play_is_refused(more: str) -> None:
    with pytest.raises(ValueError, match=r"not there|no such page|must begin"):
        read_lesson(GOOD + more)


def test_a_verdict_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="lesson x: play a names something that is not there"):
        read_lesson(GOOD.replace('"read"', '"seen"'))


def test_unknown_fields_are_refused() -> None:
    with pytest.raises(TypeError):
        read_lesson(GOOD + "colour = 1")


def test_a_call_is_text() -> None:
    with pytest.raises(ValueError, match="must begin with a slash"):
        read_call({"path": "/", "body": 1})


def test_the_lessons_are_fourteen_and_in_order() -> None:
    assert [(lesson.number, lesson.id) for lesson in LESSONS.values()] == [*enumerate(LESSONS, 1)]
    assert len(LESSONS) == 14


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=list(LESSONS))
class TestEachLesson:
    def test_it_is_written_whole(self, lesson: Lesson) -> None:
        assert [*lesson.code] == ["flask", "django", "wsgi"]
        assert 1 <= len(re.split(r"\n\s*\n", lesson.text)) <= 3
        assert lesson.question.endswith("?") or "?" in lesson.question
        assert lesson.answer
        assert lesson.summary.endswith(".")
        assert "{front}" not in str(lesson)

    def test_its_code_is_python(self, lesson: Lesson) -> None:
        for code in lesson.code.values():
            ast.parse(code)

    def test_its_plays_are_named_once(self, lesson: Lesson) -> None:
        ids = [play.id for play in lesson.plays]
        assert len(ids) == len({*ids}) > 1
        assert all(not play.call.path.startswith("//") for play in lesson.plays)
        assert not any(lesson.table(play.table).problems for play in lesson.plays)

    def test_unsafe_servers_are_where_they_are_explained(self, lesson: Lesson) -> None:
        by_hand = {*lesson.servers} - {"table", "report", "refuse"}
        assert by_hand == {
            "wildcard": {"echo", "check-start"},
            "by-hand": {"forget-preflights"},
            "vary": {"forget-vary"},
        }.get(lesson.id, set())
