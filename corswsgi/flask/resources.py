"""`resources`: paths and their options, as in Flask-CORS.

The law of this module: if all keys are patterns or can be read as such, the core's table decides. If one is a regex,
keys are tried in Flask-CORS's order, on every reading of the path, with and without a slash at its end.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeGuard

from corswsgi.decision import Decider
from corswsgi.errors import PolicyError, Problem
from corswsgi.flask.answers import is_silent, put_in_front
from corswsgi.flask.options import Row, malformed_regex, merged, read_options, without_headers
from corswsgi.flask.regexes import prefix_of, read_path, up_to_a_segment
from corswsgi.middleware import CORSMiddleware
from corswsgi.paths import Policies, PolicyTable, make_table
from corswsgi.paths.regexes import in_both_spellings, row_by_regexes, slow_regex_problems
from corswsgi.paths.trie import PathTrie
from corswsgi.per_view import Table
from corswsgi.policy import Policy
from corswsgi.problems import Step, do, drop, in_row, problem, write
from corswsgi.rows import hand_back
from corswsgi.vocabularies import PYTHON, row_name

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

Key = str | re.Pattern[str]
Find = Callable[[str], Row | None]  # a path as PATH_INFO has it
_Reading = tuple[Key, list[str] | re.Pattern[str], Row]  # what a key is read as: patterns, or a regex


class Resources:
    """The rows of an application or a blueprint. ``patterns`` is their table, or None if one key is a regex.

    ``rows`` has the name of each row: its pattern or regex, the first one if it has several.
    """

    def __init__(self, find: Find, rows: Iterable[tuple[str, Row]], patterns: PolicyTable | None) -> None:
        self.find = find
        self.rows: dict[Row, str] = {}
        for name, row in rows:
            self.rows.setdefault(row, name)
        self.patterns = patterns

    def in_front(self) -> Table:
        """Return the application that answers in front of `hand_back`: the core's middleware, if that is enough."""
        if self.patterns is not None and not any(row.asks or is_silent(row) for row in self.rows):
            return CORSMiddleware(hand_back, self.patterns)
        return _InFront(self)


class _InFront:
    """Passes each request to the application of its row."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._answers = {row: put_in_front(row, name, {}).serve for row, name in resources.rows.items()}

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        row = self._resources.find(environ.get("PATH_INFO") or "/")
        return (hand_back if row is None else self._answers[row])(environ, start_response)

    def decides(self, environ: "WSGIEnvironment") -> Decider | None:
        """Return the row that decides on this request. If a regex found it, its place is the path."""
        path_info = environ.get("PATH_INFO") or "/"
        row = self._resources.find(path_info)
        if row is None:
            return None
        patterns = self._resources.patterns
        match = patterns.match_path_info(path_info) if patterns else None
        if patterns is None or match is None:
            place = path_info.encode("latin-1").decode("utf-8", "replace")
            name = "the key of `resources` that matches `{pattern}`"
        else:
            place, written = match[0], patterns.names.get(match[0])  # the key as it was written
            name = written.replace("{", "{{").replace("}", "}}") if written else row.vocabulary.row
        return Decider(policy=row.policy, place=place, is_view=False, vocabulary=replace(row.vocabulary, row=name))


def of_table(policies: Policies) -> Resources:
    """Return the rows of a table."""
    table = PolicyTable(policies)
    rows = {pattern: Row(policy) for pattern, policy in table.rows.items()}
    return Resources(PathTrie(rows.items()).find, rows.items(), table)


def of_options(options: Mapping[str, Any], notes: list[str]) -> Resources:
    """Read the result of `merged`, which includes ``resources``. Raises `PolicyError` with the mistakes of all."""
    problems: list[Problem] = []
    common = {name: value for name, value in options.items() if name != "resources"}
    rows = _read_rows(options.get("resources", "/*"), common, problems, notes)
    readings: list[_Reading] = []
    for key, row in rows:
        try:
            reading = read_path(key, notes)
        except re.error as error:
            problems.append(malformed_regex(key, row_name(key), error))
            continue
        if isinstance(reading, re.Pattern):
            problems += slow_regex_problems(reading, row_name(key), key)
        readings.append((key, reading, row))
    patterns = _table(readings, problems)
    if _needs_turns(readings):
        tries = [
            each for key, reading, row in sorted(readings, key=_flask_cors_order) for each in _tries(key, reading, row)
        ]
        keys = [(key if isinstance(key, str) else key.pattern, row) for key, _, row in readings]
        return Resources(_in_turn(tries), (*keys, ("", _CLOSED)), None)
    by_pattern = {pattern: row for _, reading, row in readings for pattern in _patterns(reading)}
    closed = _closed_patterns(readings) - set(by_pattern)
    if closed:
        by_pattern |= dict.fromkeys(sorted(closed), _CLOSED)
        names, words = patterns.names, patterns.vocabulary
        patterns = PolicyTable({pattern: row.policy for pattern, row in by_pattern.items()})
        patterns.names, patterns.vocabulary = names, words
    return Resources(PathTrie(by_pattern.items()).find, by_pattern.items(), patterns)


def _read_rows(
    spec: object, common: Mapping[str, Any], problems: list[Problem], notes: list[str]
) -> list[tuple[Key, Row]]:
    if not isinstance(spec, Mapping):
        keys = [spec] if isinstance(spec, str | re.Pattern) or not isinstance(spec, Iterable) else list(spec)
        row = _read_row(common, problems, notes)
        problems += [_wrong_key(key) for key in keys if not _is_key(key)]
        return [(key, row) for key in keys if _is_key(key)]
    rows: list[tuple[Key, Row]] = []
    for key, own in spec.items():
        found: list[Problem] = []
        if not isinstance(own, Mapping):
            found.append(problem("wrong-type", "options", own, "{value} is not a dict of options", _dict_for(own)))
        elif not _is_key(key):
            problems.append(_wrong_key(key))
        else:
            rows.append((key, _read_row(merged(common, without_headers(own, notes)), found, notes)))
        problems += in_row(key, found)
    return rows


def _dict_for(own: object) -> Step:
    """Return what to write in place of what is not a dict of options: origins, most often."""
    if own is None:
        return drop("remove the key: what no key covers has no CORS")
    if isinstance(own, Policy):
        return do("pass policies as CORS(app, {'/api/**': Policy(...)})")
    if isinstance(own, str | re.Pattern | list | tuple | set | frozenset):
        return write({"origins": own})
    return do("write a dict such as {'origins': ['https://app.example.com']}")


def _read_row(options: Mapping[str, Any], problems: list[Problem], notes: list[str]) -> Row:
    try:
        return read_options(options, notes)
    except PolicyError as error:
        problems += error.problems
        return Row(None)


def _is_key(key: object) -> TypeGuard[Key]:
    return isinstance(key, str) or (isinstance(key, re.Pattern) and isinstance(key.pattern, str))


def _wrong_key(key: object) -> Problem:
    message = "a key of `resources` must be a string or a compiled regex, not {value}"
    fix = "write one dict, of all paths" if isinstance(key, Mapping) else "write a path pattern such as '/api/**'"
    return problem("wrong-type", "resources", key, message, do(fix))


def _table(readings: list[_Reading], problems: list[Problem]) -> PolicyTable:
    """Check the patterns among the readings as a table. Raises all problems."""
    rows: dict[str, Any] = {}
    names: dict[str, str] = {}
    words = PYTHON
    for key, reading, row in readings:
        for pattern in _patterns(reading):
            if pattern in rows:
                message = "another key is the same pattern, {pattern}"
                fix = drop("remove one of the two keys")
                problems.append(problem("resource-twice", row_name(key), key, message, fix, pattern=pattern))
            rows[pattern] = row.policy
            names[pattern] = row.vocabulary.row.format(pattern=key)
            words = row.vocabulary
    table = make_table(rows, problems)
    table.names, table.vocabulary = names, words
    return table


def _patterns(reading: list[str] | re.Pattern[str]) -> list[str]:
    return [] if isinstance(reading, re.Pattern) else reading


def _flask_cors_order(entry: tuple[Key, object, object]) -> tuple[int, int, int]:
    """Sort as Flask-CORS does: literal paths, compiled regexes, strings with stars; those with more slashes first."""
    key, reading, _ = entry
    if isinstance(key, re.Pattern):
        return 1, -key.pattern.count("/"), -len(key.pattern)
    return (0 if reading == [key] and "*" not in key else 2), -key.count("/"), -len(key)


# Paths that a key covers only for Flask-CORS are closed, so that a wider key does not open them
_CLOSED = Row(None)
_Try = tuple[Callable[[str], bool], Row]


def _tries(key: Key, reading: list[str] | re.Pattern[str], row: Row) -> list[_Try]:
    if isinstance(reading, re.Pattern):
        here = in_both_spellings(up_to_a_segment(reading), whole=False)
        return [(here, row), (_in_any_spelling(reading), _CLOSED)]
    table = PolicyTable(dict.fromkeys(reading))
    tries: list[_Try] = [(lambda path: table.match(path) is not None, row)]
    if reading not in ([], ["/**"]) and isinstance(key, str) and "*" in key and not key.endswith("**"):
        tries.append((_in_any_spelling(re.compile(key)), _CLOSED))
    return tries


def _in_any_spelling(regex: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda path: any(regex.match(each) for each in (path, f"{path}/", path.removesuffix("/") or "/"))


def _needs_turns(readings: list[_Reading]) -> bool:
    """Return whether no table says in which order the keys are tried, or what they cover beside their patterns."""
    if any(isinstance(reading, re.Pattern) for _, reading, _ in readings):
        return True
    return len(readings) > 1 and any(
        _beside(key, reading) is None for key, reading, _ in readings if isinstance(reading, list)
    )


def _beside(key: Key, reading: list[str]) -> list[str] | None:
    """Return patterns for what a key covers for Flask-CORS and not here, ``/apis``; None where no pattern says it."""
    if not isinstance(key, str) or "*" not in key or key.endswith("**") or reading in ([], ["/**"]):
        return []
    prefix = prefix_of(key)
    if not prefix or prefix.endswith("/"):
        return None
    return [f"{prefix}/**", f"{prefix}*/**"]


def _closed_patterns(readings: list[_Reading]) -> set[str]:
    """Return the patterns to close, because another key may cover them."""
    if len(readings) == 1:
        return set()
    return {pattern for key, reading, _ in readings for pattern in _beside(key, _patterns(reading)) or ()}


def _in_turn(tries: list[tuple[Callable[[str], bool], Row]]) -> Find:
    def find(path: str) -> Row | None:
        return next((row for covers, row in tries if covers(path)), None)

    return lambda path_info: row_by_regexes(path_info, find)
