"""The API of the control page: the lessons, the table to serve, and plays.

The law of this module: it takes JSON and returns JSON, and an invalid request is answered by a 400 with one line.
"""

import importlib.metadata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any
from urllib.parse import unquote

from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Request

from corswsgi.browser import Handshake, Page
from corswsgi.cli.explain_advice import Words, advise
from corswsgi.playground.comparing import as_text, differences, read_seen, simulated_verdict, verdict_of
from corswsgi.playground.edits import with_row
from corswsgi.playground.lessons import Call, read_call
from corswsgi.playground.simulators import Simulators, engine_of, fetch_arguments
from corswsgi.playground.studio import BY_HAND, OWN, SWITCHES, Studio, source_of
from corswsgi.vocabularies import TOML

_LENDS_COOKIES = (
    "WebKit lends a frame the cookies of the page around it. On a page of its own, this one would send and keep none."
)

MAX_QUESTION = 256 * 1024  # bytes


class Control:
    """The control API of a studio. ``answer`` takes a request and returns JSON values."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._simulators = Simulators(studio.places)
        self._questions: dict[str, Callable[[Mapping[str, Any], str], Mapping[str, Any]]] = {
            "state": self._state,
            "table": self._table,
            "begin": self._begin,
            "end": self._end,
            "simulate": self._simulate,
            "log": self._log,
            "row": self._row,
        }

    def answer(self, name: str, request: Request) -> Mapping[str, Any] | None:
        """Answer a request, or return None for an unknown one. Raises `BadRequest`."""
        question = self._questions.get(name)
        if question is None:
            return None
        request.max_content_length = MAX_QUESTION
        data = request.get_json()
        if not isinstance(data, dict):
            raise BadRequest("the question must be an object")
        try:
            return question(data, request.headers.get("User-Agent", ""))
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise BadRequest(f"the question makes no sense: {error!r}") from error

    def _state(self, _data: Mapping[str, Any], user_agent: str) -> Mapping[str, Any]:
        studio = self._studio
        return {
            "version": importlib.metadata.version("corswsgi"),
            "engine": engine_of(user_agent),
            "origins": studio.places.origins,
            "lessons": [lesson.to_dict() for lesson in studio.lessons.values()],
            "sources": {name: source_of(name) for name in BY_HAND},
            "own": studio.own and studio.own.to_dict(),
        }

    def _table(self, data: Mapping[str, Any], _user_agent: str) -> Mapping[str, Any]:
        variables = {str(name): str(value) for name, value in data.get("variables", {}).items()}
        return self._studio.offer(data["lesson"], str(data["text"]), variables)

    def _begin(self, data: Mapping[str, Any], _user_agent: str) -> Mapping[str, Any]:
        return {"count": self._studio.begin(data["lesson"], data["server"])}

    def _end(self, data: Mapping[str, Any], user_agent: str) -> Mapping[str, Any]:
        call, seen = read_call(data["call"]), read_seen(data["seen"])
        exchanges = self._studio.recorder.since(data["count"])
        simulator = self._simulators.of(str(data["browser"]), engine_of(user_agent))
        result: dict[str, Any] = {
            "verdict": verdict_of(seen, exchanges),
            "seen": asdict(seen),
            "exchanges": [each.to_dict() for each in exchanges],
            "simulated": False,
        }
        if seen.violation:
            return {**result, "differences": [f"something arrived: {each.method}" for each in exchanges], "why": None}
        handshake, found = simulator.explain(call, exchanges)
        lends_cookies = simulator.lends_cookies(call)
        found += differences(seen, exchanges, handshake, compare_cookies=not lends_cookies)
        notes = [_LENDS_COOKIES] if lends_cookies else []
        return {
            **result,
            "from_cache": not exchanges and (handshake.allowed or str(handshake.code).startswith("allow-")),
            "differences": found,
            "why": self._why(handshake, data["lesson"], call, notes),
            "text": as_text(call, seen, exchanges, handshake, found),
        }

    def _why(self, handshake: Handshake, lesson: str, call: Call, notes: Iterable[str] = ()) -> Mapping[str, Any]:
        return {
            "engine": handshake.engine,
            "steps": [asdict(step) for step in handshake.steps],
            "message": handshake.message,
            "fix": handshake.fix,
            "notes": [{"text": note, "fix": ""} for note in notes] + notes_of(handshake.to_dict()),
            "readable_headers": handshake.readable_headers,
            "unreadable_headers": handshake.unreadable_headers,
            "advice": self._advice(handshake, lesson) if call.server in SWITCHES else None,
        }

    def _advice(self, handshake: Handshake, lesson: str) -> Mapping[str, Any] | None:
        """Return the change that the table needs, in words and as the changed table."""
        studio, table = self._studio, self._studio.table(lesson)
        own = studio.own if lesson == OWN else None
        if not handshake.requests:
            return None
        of_views = own.advice(handshake) if own else ()
        if of_views:
            return {"lines": of_views, "text": None}
        advice = advise(handshake, table, Words(vocabulary=TOML)) if table else None
        if advice is None:
            return None
        text, variables = studio.texts[lesson], studio.variables[lesson]
        changed = None
        if advice.pattern and advice.policy and not (own and own.reason):
            changed = with_row(text, advice.pattern, advice.policy, variables)
        return {"lines": advice.lines, "text": changed}

    def _simulate(self, data: Mapping[str, Any], user_agent: str) -> Mapping[str, Any]:
        """Make a call to a lesson's server in the simulator only."""
        call = read_call(data["call"])
        self._studio.begin(data["lesson"], call.server)
        handshake = simulate(self._studio, call, engine_of(user_agent))
        return {
            "verdict": simulated_verdict(handshake),
            "seen": {"error": None if handshake.allowed else "TypeError", "status": None, "headers": [], "body": ""},
            "exchanges": exchanges_of(handshake),
            "simulated": True,
            "differences": [],
            "why": self._why(handshake, data["lesson"], call),
        }

    def _row(self, data: Mapping[str, Any], _user_agent: str) -> Mapping[str, Any]:
        path = unquote(str(data["path"]).partition("?")[0])
        return self._studio.row(data["lesson"], path, str(data["method"]))

    def _log(self, data: Mapping[str, Any], _user_agent: str) -> Mapping[str, Any]:
        return {"log": [each.to_dict() for each in self._studio.recorder.since(int(data.get("count", 0)))]}


def notes_of(said: Mapping[str, Any]) -> list[Mapping[str, str]]:
    """Return the notes of a handshake, and its dropped cookies, each with the fix."""
    found = (*said.get("cookies_refused", ()), *said.get("cookies_unsent", ()), *said.get("notes", ()))
    return [{"text": each.get("reason") or each.get("text"), "fix": each["fix"]} for each in found]


def simulate(studio: Studio, call: Call, engine: Any, page: Page | None = None) -> Handshake:
    """Make a call in a simulated page, in a new browser or in the browser of `page`."""
    origin = studio.places.page_origin(call.page)
    page = page.open_page(origin) if page else Page(origin, studio.serve, engine=engine)
    return page.explain(studio.places.origins["api"] + call.path, **fetch_arguments(call))


def exchanges_of(handshake: Handshake) -> list[dict[str, Any]]:
    """Return the exchanges of a simulated browser in the form in which a real one's are recorded."""
    received = [*handshake.responses, *[None] * len(handshake.requests)]
    return [
        {
            "number": number,
            "method": sent.method,
            "url": sent.url,
            "preflight": sent.preflight,
            "headers": sent.headers,
            "status": got and got.status,
            "response_headers": got.headers if got else (),
            "length": None,
        }
        for number, (sent, got) in enumerate(zip(handshake.requests, received, strict=False), 1)
    ]
