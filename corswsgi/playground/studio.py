"""The present state of the playground: the lesson, its server, its table, and the log of the API.

The law of this module: a refused table changes nothing, and an unsafe server is only ever in front of the playground's
own API, never in front of the user's application.
"""

import inspect
import logging
import threading
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from corswsgi.cli.check_warnings import warnings_about
from corswsgi.cli.words import in_words
from corswsgi.errors import PolicyError, Problem
from corswsgi.files import policies_in
from corswsgi.middleware import CORSMiddleware
from corswsgi.paths import PolicyTable
from corswsgi.playground import by_hand
from corswsgi.playground.api import make_api, quiet
from corswsgi.playground.lessons import Lesson, load_lessons
from corswsgi.playground.recording import Recorder
from corswsgi.playground.renderings import as_flask_cors, as_python
from corswsgi.writes import Switch

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from corswsgi.playground.own import OwnApplication
    from corswsgi.playground.places import Places

_logger = logging.getLogger("corswsgi")

OWN = "own"  # the id of the user's application among the lessons

# The servers of a lesson's table, by their `cross_origin_writes`
SWITCHES: Mapping[str, Switch] = {"table": "accept", "report": "report", "refuse": "refuse"}

BY_HAND = {
    "echo": by_hand.echo_any_origin,
    "check-start": by_hand.compare_the_start,
    "forget-preflights": by_hand.forget_preflights,
    "forget-vary": by_hand.forget_vary,
}


class Studio:
    """The API of a playground at `places`. ``serve`` is a WSGI application; ``recorder`` has its log."""

    def __init__(self, places: "Places", own: "OwnApplication | None" = None) -> None:
        self.places = places
        self.own = own
        self.lessons: Mapping[str, Lesson] = load_lessons(places)
        self.texts: dict[str, str] = {}  # the table of each lesson
        self.variables: dict[str, Mapping[str, str]] = {}
        self._lock = threading.Lock()
        self._apps: dict[tuple[str, str], WSGIApplication] = {}
        self._tables: dict[str, list[CORSMiddleware]] = {}
        _logger.addFilter(quiet)
        for lesson in self.lessons.values():
            self._add(lesson)
        if own:
            self.texts[OWN], self.variables[OWN] = own.text, own.variables
        first = OWN if own else next(iter(self.lessons))
        self._serving: WSGIApplication = own.serve if own else self._apps[first, "table"]
        self.recorder = Recorder(self._serve)

    def _add(self, lesson: Lesson) -> None:
        api = make_api(self.places)
        good = next(table for table in lesson.tables if not table.problems)
        table, _ = policies_in(good.toml, "table", good.variables)
        self.texts[lesson.id], self.variables[lesson.id] = good.toml, good.variables
        self._tables[lesson.id] = []
        for name, switch in SWITCHES.items():
            middleware = CORSMiddleware(api, table, intercept_exceptions=True, cross_origin_writes=switch)
            self._tables[lesson.id].append(middleware)
            self._apps[lesson.id, name] = middleware
        trusted = [self.places.origins["front"], self.places.origins["stranger"]]
        for hand in {*BY_HAND} & {*lesson.servers}:
            self._apps[lesson.id, hand] = BY_HAND[hand](api, trusted)

    def _serve(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        started = False

        def starting(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            nonlocal started
            started = True
            return start_response(status, headers, exc_info)

        try:
            return self._serving(environ, starting)
        except Exception:
            if started:
                raise
            _logger.exception("The application raised for %s", ascii(environ["PATH_INFO"]))
            start_response("500 Internal Server Error", [("Content-Type", "text/plain"), ("Content-Length", "0")])
            return []

    @property
    def serve(self) -> "WSGIApplication":
        """The API, in the state at the moment of each request."""
        return self.recorder

    def begin(self, lesson_id: str, server: str = "table") -> int:
        """Serve a lesson from the next request on. Returns the number of requests so far.

        Raises ``LookupError`` for an unknown lesson or server.
        """
        with self._lock:
            own = self.own if lesson_id == OWN and server == "table" else None
            self._serving = own.serve if own else self._apps[lesson_id, server]
            return self.recorder.count

    def offer(self, lesson_id: str, text: str, variables: Mapping[str, str]) -> dict[str, Any]:
        """Serve the table `text` of a lesson if it is valid, and return its meaning or its problems.

        Raises ``LookupError`` for an unknown lesson.
        """
        if lesson_id == OWN and self.own:
            variables = self.own.variables
        elif lesson_id not in self._tables:
            raise LookupError(lesson_id)
        try:
            table, places = policies_in(text, "table", variables)
        except PolicyError as error:
            return {"served": False, "problems": [_problem(each) for each in error.problems]}
        with self._lock:
            if lesson_id == OWN and self.own:
                if text.strip() != self.texts[OWN].strip():  # unchanged so far
                    self.own.reconfigure(table)
            else:
                for middleware in self._tables[lesson_id]:
                    middleware.reconfigure(table)
            self.texts[lesson_id], self.variables[lesson_id] = text, variables
        return {
            "served": True,
            "problems": [],
            "warnings": [_problem(each) for each in warnings_about(table, places)],
            **described(table),
        }

    def table(self, lesson_id: str) -> PolicyTable | None:
        """Return the table of a lesson, or None for an application without one."""
        if lesson_id == OWN and self.own:
            return self.own.table
        return self._tables[lesson_id][0].table

    def row(self, lesson_id: str, path: str, method: str) -> dict[str, Any]:
        """Describe the row, or the view of the user's application, that decides on a request."""
        if lesson_id == OWN and self.own:
            return self.own.row(path, method)
        table = self.table(lesson_id)
        found = table.match(path) if table else None
        return {"from": found and f'row "{found[0]}"', "means": in_words(found[1]) if found else ""}


def described(table: PolicyTable) -> dict[str, Any]:
    """Return a table in words, in Python and as Flask-CORS's options."""
    return {
        "rows": [{"pattern": pattern, "means": in_words(policy)} for pattern, policy in table.rows.items()],
        "python": as_python(table),
        "flask_cors": as_flask_cors(table),
    }


def source_of(server: str) -> str:
    """Return the source of a server written by hand."""
    return inspect.getsource(BY_HAND[server])


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "line": problem.place and problem.place.line,
        "code": problem.code,
        "field": problem.field,
        "message": problem.message,
        "hint": problem.hint,
    }
