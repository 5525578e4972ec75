"""The lessons: data files, each with its text, tables, plays and the verdicts that browsers must reach.

The law of this module: an invalid lesson does not load, and the test of all lessons says why.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import Any, Literal, get_args

from corswsgi.browser.request import API, Redirect
from corswsgi.playground.places import PageName, Places

Verdict = Literal["read", "unread", "not-sent", "nothing", "page-policy"]
ServerName = Literal["table", "report", "refuse", "echo", "check-start", "forget-preflights", "forget-vary"]

VERDICTS: Mapping[Verdict, str] = {
    "read": "the script reads the answer",
    "unread": "it arrived; the script may not read the answer",
    "not-sent": "blocked at the preflight; the request was not sent",
    "nothing": "nothing was sent; the script gets an error",
    "page-policy": "the page's own policy forbids it; nothing was sent",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call in a page's script: ``fetch()`` or ``XMLHttpRequest``."""

    page: PageName = "front"
    method: str = "GET"
    path: str = "/"
    credentials: bool = False
    headers: tuple[tuple[str, str], ...] = ()
    body: str | None = None
    redirect: Redirect = "follow"
    api: API = "fetch"
    server: ServerName = "table"
    page_policy: bool = False  # the page's Content-Security-Policy forbids the API


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """A call of a lesson and its outcome: the verdict, the status that the script reads, whether there is a preflight.

    ``answered`` is the status of the response, even if no script may read it. ``before`` names the plays that come
    first. ``differs`` names the engines in which the script reads another status. A simulated play is not made in a
    real browser.
    """

    id: str
    title: str
    call: Call
    expect: Verdict
    table: str = ""
    status: int | None = None
    answered: int | None = None
    preflight: bool | None = None
    before: tuple[str, ...] = ()
    differs: Mapping[str, int] = field(default_factory=dict)
    simulated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table that a lesson offers. ``variables`` has the values of its ``${NAME}``."""

    name: str
    toml: str
    variables: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()  # the codes of a table that is refused on purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """One lesson. ``text`` and ``answer`` have paragraphs between empty lines, and code between backticks."""

    id: str
    number: int
    title: str
    summary: str
    text: str
    question: str
    answer: str
    tables: tuple[Table, ...]
    plays: tuple[Play, ...]
    code: Mapping[str, str]
    layout: Literal["list", "grid", "diff"] = "list"
    fresh: bool = True  # each play uses a new URL, so that no cached preflight or response answers

    def play(self, play_id: str) -> Play:
        """Return the play of this id."""
        return next(play for play in self.plays if play.id == play_id)

    def table(self, name: str) -> Table:
        """Return the table of this name, or the first one for an empty name."""
        return next(table for table in self.tables if name in {table.name, ""})

    @property
    def servers(self) -> tuple[ServerName, ...]:
        """The servers that the plays use, each once."""
        return tuple(dict.fromkeys(play.call.server for play in self.plays))

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {**asdict(self), "servers": self.servers}


@cache
def load_lessons(places: Places) -> Mapping[str, Lesson]:
    """Read all lessons in order, with the origins of `places`. Raises ``ValueError`` for an invalid one."""
    folder = files("corswsgi.playground") / "lessons"
    texts = [file.read_text("utf-8") for file in folder.iterdir() if file.name.endswith(".toml")]
    lessons = sorted((read_lesson(places.fill(text)) for text in texts), key=lambda lesson: lesson.number)
    return {lesson.id: lesson for lesson in lessons}


def read_lesson(text: str) -> Lesson:
    """Read one lesson. Raises ``ValueError`` if it is invalid, and ``TypeError`` for an unknown field."""
    data = tomllib.loads(text)
    tables = tuple(Table(**{**table, "problems": tuple(table.get("problems", ()))}) for table in data.pop("tables"))
    lesson = Lesson(tables=tables, plays=tuple(_play(play) for play in data.pop("plays")), **data)
    lesson = replace(lesson, text=lesson.text.strip(), answer=lesson.answer.strip())
    ids = [play.id for play in lesson.plays]
    names = ["", *(table.name for table in tables)]
    for play in lesson.plays:
        if (
            play.expect not in VERDICTS
            or play.call.server not in get_args(ServerName)
            or play.table not in names
            or not {*play.before} <= {*ids}
        ):
            raise ValueError(f"lesson {lesson.id}: play {play.id} names something that is not there")
    return lesson


def _play(data: dict[str, Any]) -> Play:
    call = read_call(data.pop("call", {}))
    return Play(call=call, before=tuple(data.pop("before", ())), **data)


_PAGES, _APIS, _REDIRECTS = get_args(PageName), get_args(API), get_args(Redirect)


def read_call(data: Mapping[str, Any]) -> Call:
    """Read a call from a lesson or from the page. Raises ``ValueError`` or ``TypeError`` if it is invalid."""
    headers = tuple((str(name), str(value)) for name, value in data.get("headers", ()))
    call = Call(**{**data, "headers": headers})
    texts = (call.method, call.path, call.body or "")
    if call.page not in _PAGES or call.api not in _APIS or call.redirect not in _REDIRECTS:
        raise ValueError("no such page, api or redirect mode")
    if not all(isinstance(text, str) for text in texts) or not call.path.startswith("/"):
        raise ValueError("the path must begin with a slash")
    return call
