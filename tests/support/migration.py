"""Configurations of Flask-CORS and django-cors-headers from public code, and their expected results.

A line of ``migration.jsonl`` is one configuration, the page of its owner, and the outcome: ``want`` is ``works``,
``refused``, ``works-or-refused``, ``view-closed`` or ``taken-or-told``; ``reads`` says which requests of the page pass
(null: either is good); ``strangers`` may read nothing; ``paths`` are further reads; ``warns``, ``says``, ``hint`` and
``never`` are about the texts of warnings and refusals.
"""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corswsgi import PolicyError, Problem
from corswsgi.browser import Page

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

Case = dict[str, Any]

REQUESTS: dict[str, dict[str, Any]] = {
    "GET": {},
    "POST json": {"method": "POST", "json": {}},
    "PUT json+auth": {"method": "PUT", "json": {}, "headers": {"Authorization": "Bearer x"}},
    "DELETE": {"method": "DELETE"},
    "PATCH json": {"method": "PATCH", "json": {}},
}


def cases(path: Path) -> list[Case]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def written(value: Any) -> Any:
    """Write a value of JSON in Python: ``{"$re": "..."}`` and keys that begin with ``$re`` are compiled regexes."""
    if isinstance(value, dict):
        if set(value) == {"$re"}:
            return re.compile(value["$re"])
        return {_key(key): written(each) for key, each in value.items()}
    if isinstance(value, list):
        return [written(each) for each in value]
    return value


def _key(key: str) -> Any:
    return re.compile(key.removeprefix("$re")) if key.startswith("$re") else key


@dataclass
class Outcome:
    """The result of a configuration: an application or problems, and notes."""

    app: "WSGIApplication | None" = None
    problems: tuple[Problem, ...] = ()
    notes: list[str] = field(default_factory=list)  # warnings and checks, while it was configured
    logged: Callable[[], list[tuple[str, str]]] = list  # level and line, by the logger, up to now

    @property
    def texts(self) -> str:
        """All that was said, to be searched."""
        said = [f"{each.field} {each.message} {each.hint}" for each in self.problems]
        return "\n".join([*said, *self.notes, *(line for _, line in self.logged())])


def attempt(configure: Callable[[], "WSGIApplication"]) -> Outcome:
    try:
        return Outcome(app=configure())
    except PolicyError as error:
        return Outcome(problems=error.problems)


def passes(app: "WSGIApplication", case: Case, request: str, *, origin: str = "", path: str = "") -> bool:
    """Ask as a page would, and return whether its script gets the answer."""
    page = case["page"]
    made = dict(REQUESTS[request])
    if request != "GET":
        made["headers"] = made.get("headers", {}) | page.get("headers", {})
    credentials: Any = "include" if page["cookies"] else "same-origin"
    asking = Page(origin or page["origin"], app)
    return asking.explain(f"https://api.shop.example{path or page['path']}", credentials=credentials, **made).allowed


def mistakes(case: Case, outcome: Outcome) -> Iterable[str]:
    """Say in what an outcome is not the wanted one."""
    want = case["want"]
    if outcome.app is None and want in {"works", "view-closed"}:
        yield f"refused: {outcome.texts}"
        return
    if outcome.app is not None:
        yield from _wrong_answers(case, outcome.app, want)
    yield from _wrong_words(case, outcome)


def _wrong_answers(case: Case, app: "WSGIApplication", want: str) -> Iterable[str]:
    if want == "refused":
        yield "not refused"
        return
    for request, expected in case.get("reads", {}).items():
        found = passes(app, case, request)
        if expected is not None and found != expected:
            yield f"{request} {'passes' if found else 'is blocked'}"
    for stranger in case.get("strangers", []):
        if passes(app, case, "GET", origin=stranger):
            yield f"{stranger} reads it"
    for origin, path, expected in case.get("paths", []):
        if passes(app, case, "GET", origin=origin, path=path) != expected:
            yield f"{origin} {'does not read' if expected else 'reads'} {path}"


def _wrong_words(case: Case, outcome: Outcome) -> Iterable[str]:
    said = outcome.texts
    if outcome.app is not None:
        yield from _wrong_warnings(case, outcome, said)
    if said or outcome.app is None:
        for group in case.get("says", []):
            if not any(word.lower() in said.lower() for word in group):
                yield f"says none of {group}: {said}"
    yield from (f"says {word}: {said}" for word in case.get("never", []) if word in said)
    if outcome.problems:
        yield from _wrong_hints(case, outcome, said)


def _wrong_warnings(case: Case, outcome: Outcome, said: str) -> Iterable[str]:
    if case["want"] == "view-closed" and "ERROR" not in [level for level, _ in outcome.logged()]:
        yield "no ERROR was logged"
    if case.get("warns") is True and not said:
        yield "no warning"
    if case.get("warns") is False and said:
        yield f"it warns: {said}"


def _wrong_hints(case: Case, outcome: Outcome, said: str) -> Iterable[str]:
    hints = " ".join(each.hint for each in outcome.problems)
    if case.get("hint") and not any(word in hints for word in case["hint"]):
        yield f"hints none of {case['hint']}: {hints}"
    if case["lib"] == "flask" and re.search(r"\ballow_(?:origins|methods|credentials)\b", said):
        yield f"foreign words: {said}"
