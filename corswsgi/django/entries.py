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
from corswsgi.lenient import Note, day_at_most, readable_headers, sendable_headers, separate_names, useful_origins
from corswsgi.origins.grammars import why_without_match
from corswsgi.origins.regexes import REGEX_ATOM
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

    def note(self, code: str, place: str, said: Note) -> None:
        """Add a note on the entries at `place` that `corswsgi.lenient` left out or split."""
        value, why = said
        fix = do("write each name as a string of its own") if code == "list-in-string" else drop()
        if not str(value).strip():
            fix = do("set the variable, or remove what is empty")
        self.notes.append(problem(code, place, value, "{value} {why!s}", fix, why=why))


def origins(found: Findings) -> Iterator[Entry]:
    """Yield the origins, and the regexes of origins."""
    for place, entry in _useful("CORS_ALLOWED_ORIGINS", found):
        if entry == "*":
            message = "'*' is not allowed in {here}: a setting of its own allows every origin"
            fix = set_to("CORS_ALLOW_ALL_ORIGINS", True)
            found.problems.append(mistake("misplaced-wildcard", message, fix).at(place, entry, vocabulary()))
        else:
            yield place, entry
    for place, entry in _useful("CORS_ALLOWED_ORIGIN_REGEXES", found):
        regex = regex_of(place, entry, found.problems)
        matchless = None if regex is None else why_without_match(regex)
        if matchless is not None:
            found.note("regex-without-match", place, (entry, f"matches no origin: {matchless.arguments['why']}"))
        elif regex is not None:
            yield place, _mended(place, regex, found)


def methods(found: Findings) -> Iterator[Entry]:
    """Yield the methods."""
    return _each("CORS_ALLOW_METHODS", default_methods, separate_names, lambda _: "list-in-string", found)


def request_headers(found: Findings, granted: list[str]) -> Iterator[Entry]:
    """Yield the request headers that scripts can set. Adds response headers, which some pages send, to `granted`."""

    def read(entries: list[object], said: list[Note]) -> list[object]:
        kept, of_responses = sendable_headers(entries, said)
        granted.extend(of_responses)
        return kept

    def code_of(name: str) -> str:
        is_granted = name in granted
        return "response-header-in-request" if is_granted else "forbidden-request-header"

    return _each("CORS_ALLOW_HEADERS", default_headers, read, code_of, found)


def exposed_headers(found: Findings, *, credentials: bool) -> Iterator[Entry]:
    """Yield the response headers that scripts can read."""

    def read(entries: list[object], said: list[Note]) -> list[object]:
        return readable_headers(entries, said, credentials=credentials)

    def code_of(name: str) -> str:
        return "any-exposed-header-with-credentials" if name == "*" else "forbidden-response-header"

    return _each("CORS_EXPOSE_HEADERS", (), read, code_of, found)


def max_age(found: Findings) -> object:
    """Return for how long browsers may keep a preflight's response. None if django-cors-headers sends no header."""
    said: list[Note] = []
    value = day_at_most(value_of("CORS_PREFLIGHT_MAX_AGE", _DEFAULT_MAX_AGE), said)
    for each in said:
        found.note("max-age-too-long", "CORS_PREFLIGHT_MAX_AGE", each)
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


_NOT_SET = "{here} is None: an environment variable that is not set?"
_SET_IT = do("set the variable, or pass a default value")


def _entries(setting: str, default: object, found: Findings) -> Iterator[Entry]:
    """Yield each entry of a list with its place in the settings."""
    name, value = name_of(setting), value_of(setting, default)
    if value is None:
        found.problems.append(problem("wrong-type", name, value, _NOT_SET, _SET_IT))
    elif isinstance(value, str):
        yield name, value
    elif isinstance(value, bytes | Mapping) or not isinstance(value, Iterable):
        message = "{here} must be a list of strings, not {value}"
        found.problems.append(problem("wrong-type", name, value, message, write(text="write a list of strings")))
    else:
        for index, entry in enumerate(value):
            place = f"{name}[{index}]"
            if entry is None:
                found.problems.append(problem("wrong-type", place, entry, _NOT_SET, _SET_IT))
            else:
                yield place, entry


def _each(
    setting: str,
    default: object,
    read: Callable[[list[object], list[Note]], Iterable[object]],
    code_of: Callable[[str], str],
    found: Findings,
) -> Iterator[Entry]:
    """Yield the parts of each entry that `read` keeps, and note the rest."""
    for place, entry in _entries(setting, default, found):
        said: list[Note] = []
        yield from ((place, kept) for kept in read([entry], said))
        for note in said:
            found.note(_code(str(note[0]), code_of), place, note)


def _code(value: str, code_of: Callable[[str], str]) -> str:
    if "," in value:
        return "list-in-string"
    return code_of(value) if value.strip() else "not-a-token"


def _useful(setting: str, found: Findings) -> Iterator[Entry]:
    """Yield the entries of a list of origins that are not empty."""
    for place, entry in _entries(setting, (), found):
        said: list[Note] = []
        yield from ((place, kept) for kept in useful_origins([entry], said))
        for note in said:
            found.note("origin-without-scheme", place, note)


def _mended(place: str, regex: re.Pattern[str], found: Findings) -> re.Pattern[str]:
    """Return a regex of origins with its dots escaped, and note its meaning here."""
    source = REGEX_ATOM.sub(lambda atom: r"\." if atom["dot"] else atom[0], regex.pattern)
    if source != regex.pattern:
        message = "{regex} has an unescaped '.', any character: it is read as {read}"
        fix = write(source, text=r"write '\.' for a dot")
        found.notes.append(
            problem("regex-with-unescaped-dot", place, regex.pattern, message, fix, regex=regex.pattern, read=source)
        )
    if re.search(r"(?<!\\)\$\Z|\\Z\Z|\.\*\Z", source) is None:
        message = "{regex} must match the whole origin; in django-cors-headers anything could follow"
        fix = do("match the whole origin, port included, and end the regex with '$'")
        found.notes.append(problem("regex-matched-whole", place, regex.pattern, message, fix, regex=regex.pattern))
    return regex if source == regex.pattern else re.compile(source, regex.flags)
