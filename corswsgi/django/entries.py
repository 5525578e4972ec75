"""The lists in django-cors-headers' settings: origins, regexes of origins and names of headers, entry by entry.

The law of this module: a harmless mistake is left out or mended, with a note, and every entry keeps its place in the
settings. Leaving an entry out never allows more.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from corswsgi.django.names import name_of, value_of, vocabulary
from corswsgi.errors import Problem
from corswsgi.lenient import (
    ANYTHING,
    OPEN_END,
    Note,
    closed_by_port,
    day_at_most,
    is_closed,
    not_set,
    readable_headers,
    sendable_headers,
    separate_names,
    useful_origins,
    with_dots,
)
from corswsgi.origins import OriginRules, origin_problems
from corswsgi.origins.grammars import why_without_match
from corswsgi.problems import do, drop, mistake, problem, set_to, write

# The defaults of django-cors-headers
default_methods = ("DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT")
default_headers = ("accept", "authorization", "content-type", "user-agent", "x-csrftoken", "x-requested-with")
_DEFAULT_MAX_AGE = 86_400  # seconds

Entry = tuple[str, Any]  # a value after its place in the settings


@dataclass(frozen=True, slots=True)
class Findings:
    """Mistakes in the settings, and accepted settings whose meaning is not obvious."""

    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    written: dict[object, str] = field(default_factory=dict)  # regexes as they were written, by what is read

    def note(self, place: str, said: Note) -> None:
        """Add a note on the entries at `place` that `corswsgi.lenient` left out or split."""
        code, value, why = said
        fix = do("write each name as a string of its own") if code == "list-in-string" else drop()
        if not str(value).strip():
            fix = do("set the variable, or remove what is empty")
        self.notes.append(problem(code, place, value, "{value} {why!s}", fix, why=why))


def origins(found: Findings, *, credentials: bool) -> Iterator[Entry]:
    """Yield the origins, and the regexes of origins; ``"*"`` is a regex that matches anything."""
    listed = list(_useful("CORS_ALLOWED_ORIGINS", found))
    for place, entry in listed:
        if entry == "*":
            message = "'*' is not allowed in {here}: a setting of its own allows every origin"
            others = (drop(),) if len(listed) > 1 else ()
            fix = *others, set_to("CORS_ALLOW_ALL_ORIGINS", True)
            found.problems.append(mistake("misplaced-wildcard", message, *fix).at(place, entry, vocabulary()))
        else:
            yield place, entry
    for place, entry in _useful("CORS_ALLOWED_ORIGIN_REGEXES", found):
        if isinstance(entry, str) and "*" in entry and not origin_problems(entry, place, OriginRules()):
            found.notes.append(problem("regex-matched-whole", place, entry, _A_PATTERN, do(_MOVE_IT)))
            yield place, entry
            continue
        regex = regex_of(place, entry, found.problems)
        if regex is not None:
            yield from _read_regex(place, regex, found, credentials=credentials)


_A_PATTERN = "{value} is a pattern, not a regex: it is read as it would be in CORS_ALLOWED_ORIGINS"
_MOVE_IT = "move it to CORS_ALLOWED_ORIGINS"


def _read_regex(place: str, regex: re.Pattern[str], found: Findings, *, credentials: bool) -> Iterator[Entry]:
    if regex.pattern in ANYTHING and not credentials:
        yield place, "*"
        return
    matchless = why_without_match(regex)
    if matchless is not None:
        found.note(
            place, Note("regex-without-match", regex.pattern, f"matches no origin: {matchless.arguments['why']}")
        )
        return
    yield place, _mended(place, regex, found, credentials=credentials)


def methods(found: Findings) -> Iterator[Entry]:
    """Yield the methods."""
    return _each("CORS_ALLOW_METHODS", default_methods, separate_names, found)


def request_headers(found: Findings, granted: list[str]) -> Iterator[Entry]:
    """Yield the request headers that scripts can set. Adds response headers, which some pages send, to `granted`."""

    def read(entries: list[object], said: list[Note]) -> list[object]:
        kept, of_responses = sendable_headers(entries, said)
        granted.extend(of_responses)
        return kept

    return _each("CORS_ALLOW_HEADERS", default_headers, read, found)


def exposed_headers(found: Findings, *, credentials: bool) -> Iterator[Entry]:
    """Yield the response headers that scripts can read."""

    def read(entries: list[object], said: list[Note]) -> list[object]:
        return readable_headers(entries, said, credentials=credentials)

    return _each("CORS_EXPOSE_HEADERS", (), read, found)


def max_age(found: Findings) -> object:
    """Return for how long browsers may keep a preflight's response. None if django-cors-headers sends no header."""
    said: list[Note] = []
    value = day_at_most(value_of("CORS_PREFLIGHT_MAX_AGE", _DEFAULT_MAX_AGE), said)
    for each in said:
        found.note("CORS_PREFLIGHT_MAX_AGE", each)
    return None if value == 0 else value


def private_network(found: Findings) -> None:
    """Note that the setting has no effect."""
    value = value_of("CORS_ALLOW_PRIVATE_NETWORK", False)
    if value:
        message = "{here} has no effect: browsers no longer read Access-Control-Allow-Private-Network"
        found.notes.append(problem("private-network", "CORS_ALLOW_PRIVATE_NETWORK", value, message, drop()))


def regex_of(place: str, value: object, problems: list[Problem]) -> re.Pattern[str] | None:
    """Compile a regex of the settings. If it is invalid, add a problem and return None."""
    if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
        return value
    if not isinstance(value, str):
        fix = write("^https://app\\.example\\.com$", text="write a regex as a string")
        problems.append(problem("wrong-type", place, value, "{here} must be a regex, not {value}", fix))
        return None
    try:
        return re.compile(value)
    except (re.error, OverflowError, RecursionError) as error:
        fix = do("write a regex that Python's `re` accepts")
        found = problem("malformed-regex", place, value, "{value} is not a regex: {reason!s}", fix, reason=error)
        problems.append(found)
        return None


def _entries(setting: str, default: object, found: Findings) -> Iterator[Entry]:
    """Yield each entry of a list with its place in the settings."""
    name, value = name_of(setting), value_of(setting, default)
    if value is None:
        found.problems.append(not_set(name))
    elif isinstance(value, str):
        yield name, value
    elif isinstance(value, bytes | Mapping) or not isinstance(value, Iterable):
        message = "{here} must be a list of strings, not {value}"
        found.problems.append(problem("wrong-type", name, value, message, write(text="write a list of strings")))
    else:
        for index, entry in enumerate(value):
            place = f"{name}[{index}]"
            if entry is None:
                found.problems.append(not_set(place))
            else:
                yield place, entry


def _each(
    setting: str,
    default: object,
    read: Callable[[list[object], list[Note]], Iterable[object]],
    found: Findings,
) -> Iterator[Entry]:
    """Yield the parts of each entry that `read` keeps, and note the rest."""
    for place, entry in _entries(setting, default, found):
        said: list[Note] = []
        yield from ((place, kept) for kept in read([entry], said))
        for note in said:
            found.note(place, note)


def _useful(setting: str, found: Findings) -> Iterator[Entry]:
    """Yield the entries of a list of origins that are not empty."""
    for place, entry in _entries(setting, (), found):
        said: list[Note] = []
        yield from ((place, kept) for kept in useful_origins([entry], said))
        for note in said:
            found.note(place, note)


def _mended(place: str, regex: re.Pattern[str], found: Findings, *, credentials: bool) -> re.Pattern[str]:
    """Return a regex of origins with its dots escaped and its end closed, and note its meaning here."""
    old = regex.pattern
    source = with_dots(old)
    if source != old:
        message = "{regex} has an unescaped '.', any character: it is read as {read}"
        fix = write(source, text=r"write '\.' for a dot")
        found.notes.append(problem("regex-with-unescaped-dot", place, old, message, fix, regex=old, read=source))
    closed = source if credentials and OPEN_END.search(source) else closed_by_port(source)
    if closed != source or not is_closed(source):
        message = "only a port can follow {regex}; in django-cors-headers anything could"
        fix = do("match the whole origin, port included, and end the regex with '$'")
        found.notes.append(problem("regex-matched-whole", place, old, message, fix, regex=old))
    found.written[closed] = old
    return regex if closed == old else re.compile(closed, regex.flags)
