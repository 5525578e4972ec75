"""Flask-CORS's options, read as a policy: its names, its defaults, and its precedence.

The law of this module: options in, one checked `Policy` out. An unsafe option raises a `PolicyError` that names it. An
option that has lost or changed its meaning leaves a note.
"""

import inspect
import os
import re
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from corswsgi.errors import PolicyError, Problem
from corswsgi.flask.names import DEFAULTS, KEYS, NAMES, OURS, unknown_option
from corswsgi.flask.regexes import read_header, read_origin
from corswsgi.lenient import (
    Note,
    as_written,
    day_at_most,
    insecure_regexes,
    not_set,
    readable_headers,
    sendable_headers,
    separate_names,
    useful_origins,
)
from corswsgi.paths.regexes import slow_regex_problems
from corswsgi.policy import FIELDS, Policy, nobody
from corswsgi.problems import do, problem, reworded
from corswsgi.vocabularies import FLASK, PYTHON, Vocabulary, shown

_WORDS = FLASK.naming({field: known.flask for field, known in FIELDS.items()})
_OLDER_NAMES = {"headers": "allow_headers"}  # from the oldest documentation: only `cross_origin` still accepts it

_VARY_NOTE = (
    "vary_header=False is ignored: without Vary, a cache would serve the response for one origin to another origin"
)
_ANY_METHOD_NOTE = "methods='*' allows any method here; Flask-CORS allows only GET, HEAD and POST"


@dataclass(frozen=True, eq=False)
class Row:
    """The policy of a view or a path (None for "no CORS here"), and the Flask-CORS options that a policy lacks.

    If ``asks`` is true, the response to a preflight names only what was asked for, as in Flask-CORS.
    """

    policy: Policy | None
    header_patterns: tuple[str | re.Pattern[str], ...] = ()
    automatic_options: bool = True
    always_send: bool = True
    asks: bool = False
    vocabulary: Vocabulary = PYTHON  # the vocabulary in which it was written


def config_options(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options in the ``CORS_*`` keys of an application, without keys that are None."""
    return {name: value for name in KEYS if (value := config.get(f"CORS_{name.upper()}")) is not None}


_HEADERS_NOTE = "{0} is ignored, as Flask-CORS 6 ignores it: write {1} to list request headers"


def without_headers(options: Mapping[str, Any], notes: list[str]) -> dict[str, Any]:
    """Leave out ``headers``, which Flask-CORS reads only in `cross_origin`."""
    if "headers" in options:
        notes.append(_HEADERS_NOTE.format("headers", "allow_headers"))
    return {name: value for name, value in options.items() if name != "headers"}


def note_of_headers(options: Mapping[str, Any], notes: list[str]) -> None:
    """Add a note where a view's ``headers`` say what Flask-CORS 6 ignores."""
    if "headers" in options:
        notes.append("headers is read as allow_headers; Flask-CORS 6 ignores it: write allow_headers, or remove it")


def config_notes(config: Mapping[str, Any]) -> list[str]:
    """Return notes about keys of an application that Flask-CORS ignores."""
    return [_HEADERS_NOTE.format("CORS_HEADERS", "CORS_ALLOW_HEADERS")] if "CORS_HEADERS" in config else []


def merged(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Merge the options of the layers: a later layer wins, and a newer name wins over an older one."""
    return {_OLDER_NAMES.get(name, name): value for layer in layers for name, value in layer.items()}


# An unknown configuration: options that are refused beside it are refused beside any other
NOBODYS_ORIGIN: Mapping[str, Any] = {"origins": "https://corswsgi.invalid"}


def read_options(options: Mapping[str, Any], notes: list[str]) -> Row:
    """Read the result of `merged`. Raises `PolicyError` with all mistakes, and notes changed meanings."""
    problems = [unknown_option(name, value) for name, value in options.items() if name not in NAMES]
    said = {**DEFAULTS, **{name: value for name, value in options.items() if name in NAMES}}
    left_out: dict[str, list[Note]] = {}
    if said["allow_private_network"]:
        notes.append(_PRIVATE_NETWORK_NOTE)
    if not said["vary_header"]:
        notes.append(_VARY_NOTE)
    if options.get("send_wildcard") is False:
        notes.append(_WILDCARD_NOTE)
    methods = _listed(_named(said["methods"], left_out.setdefault("methods", [])), str.upper)
    if "*" in methods:
        notes.append(_ANY_METHOD_NOTE)
    written: dict[object, str] = {}
    origins = _read_origins(said["origins"], problems, notes, written)
    if options.get("always_send") is True and "*" not in origins and origins != [NOBODYS_ORIGIN["origins"]]:
        notes.append(_ALWAYS_NOTE)
    listed = _as_list(said["allow_headers"] or ())
    wanted, granted = sendable_headers(listed, left_out.setdefault("allow_headers", []))
    headers = _read_each("allow_headers", wanted, read_header, problems, notes)
    credentials = said["supports_credentials"] is True
    exposed = readable_headers(
        _listed(said["expose_headers"], str), left_out.setdefault("expose_headers", []), credentials=credentials
    )
    max_age = day_at_most(_seconds(said["max_age"]), left_out.setdefault("max_age", []))
    notes += (f"{option}: {shown(value)} {why}" for option, each in left_out.items() for _, value, why in each)
    policy = _make_policy(
        {
            "allow_origins": origins,
            "allow_credentials": said["supports_credentials"],
            "allow_methods": methods,
            "allow_headers": _names(headers),
            "expose_headers": exposed,
            "max_age": max_age,
            **{field: said[option] for field, option in OURS.items() if option in said},
        },
        problems,
        written,
    )
    notes += (_INSECURE_NOTE.format(shown(written.get(each, each))) for each in insecure_regexes(policy))
    return Row(
        policy=policy,
        header_patterns=(*headers, *granted),  # one of the two types, because the policy was accepted
        automatic_options=bool(said["automatic_options"]),
        always_send=bool(said["always_send"]),
        vocabulary=_WORDS,
        asks="*" not in policy.allow_headers or policy.allow_methods != DEFAULTS["methods"],
    )


def _make_policy(fields: Mapping[str, Any], problems: list[Problem], written: Mapping[object, str]) -> Policy:
    try:
        policy = Policy(**fields)
    except PolicyError as error:
        found = (reworded(as_written(each, written), _WORDS) for each in error.problems)
        raise PolicyError([*problems, *found]) from None
    if problems:
        raise PolicyError(problems)
    return policy


def _read_each(
    name: str, value: Any, read: Callable[[object, list[str]], object], problems: list[Problem], notes: list[str]
) -> list[Any]:
    """Read one entry, or each entry of a list. Wrong types are left for the policy to refuse."""
    if isinstance(value, str | bytes | re.Pattern | Mapping) or not isinstance(value, Iterable):
        entries = {name: value}
    else:
        entries = {f"{name}[{index}]": entry for index, entry in enumerate(value)}
    is_read = []
    for place, entry in entries.items():
        try:
            is_read.append(read(entry, notes))
        except re.error as error:
            problems.append(malformed_regex(entry, place, error))
            is_read.append(nobody if read is read_origin else _NO_HEADER)
        if read is read_header and isinstance(is_read[-1], re.Pattern) and isinstance(is_read[-1].pattern, str):
            problems += slow_regex_problems(is_read[-1], place, entry)
    return is_read


_NO_HEADER = re.compile(r"[^\s\S]")


def _read_origins(value: Any, problems: list[Problem], notes: list[str], written: dict[object, str]) -> list[Any]:
    """Read the origins. An empty list allows nobody, as in Flask-CORS. `written` takes each regex as it was written."""
    left_out: list[Note] = []
    kept = useful_origins(_as_list(value), left_out)
    if not kept:
        left_out.append(Note("no-origins", value, "is empty: no page of another origin may read anything"))
        kept = [nobody]
    notes += (f"origins: {shown(each)} {why}" for _, each, why in left_out)
    for index, entry in enumerate(kept):
        if entry is None:
            place = "origins" if value is None else f"origins[{index}]"
            problems.append(not_set(place))
    found = [entry for entry in kept if entry is not None] or [nobody]
    one = isinstance(value, str | re.Pattern) and len(found) == 1
    entries = _read_each("origins", found[0] if one else found, read_origin, problems, notes)
    for entry, each in zip(entries, found, strict=True):
        if isinstance(entry, re.Pattern):
            written[entry.pattern] = each.pattern if isinstance(each, re.Pattern) else str(each)
    return [entry for entry in entries if entry is not nobody] or [nobody]


def _as_list(value: Any) -> list[Any]:
    if isinstance(value, str | bytes | re.Pattern | Mapping) or not isinstance(value, Iterable):
        return [value]
    return list(value)


def malformed_regex(entry: object, place: str, error: re.error) -> Problem:
    """Return the problem of a string that looks like a regex and is not a valid one."""
    message = "{value} looks like a regex, but is not valid: {reason!s}"
    fix = do("write a regex that Python's `re` accepts, or a pattern")
    return problem("malformed-regex", place, entry, message, fix, reason=error)


def _names(headers: list[Any]) -> list[Any]:
    """Return the names from `read_header`. Flask-CORS's `*` covers Authorization, the standard's does not."""
    names = [header for header in headers if not isinstance(getattr(header, "pattern", None), str)]
    return ["*", "Authorization", *(name for name in names if name != "*")] if "*" in names else names


def _named(value: Any, notes: list[Note]) -> Any:
    """Return a list without empty names, and those of one string apart; a string is split in any case."""
    if value is None or isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        return value
    return list(separate_names(value, notes))


def _listed(value: Any, spell: Callable[[str], str]) -> Any:
    """Return a sorted list of methods or names. Flask-CORS sends a string unchanged, with its commas."""
    if value is None:
        return ()
    if isinstance(value, str):
        value = filter(None, map(str.strip, value.split(",")))
    elif isinstance(value, bytes | Mapping) or not isinstance(value, Iterable):
        return (value,)  # the policy reports the problem
    return tuple(sorted((spell(entry) if isinstance(entry, str) else entry for entry in value), key=str))


def _seconds(value: object) -> object:
    """Return `max_age` in seconds: Flask-CORS also accepts a string or a float, and truncates a timedelta."""
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return int(value) if isinstance(value, str) and re.fullmatch("[0-9]{1,9}", value) else value


_INSECURE_NOTE = (
    "{0} also matches http: origins, which supports_credentials refuses: "
    "write https:, or set dangerously_allow_insecure_origins=True"
)
_PRIVATE_NETWORK_NOTE = "allow_private_network is ignored: browsers no longer read Access-Control-Allow-Private-Network"
_WILDCARD_NOTE = (
    "send_wildcard=False is ignored: when any origin is allowed, the response has *, never the request's origin"
)
_ALWAYS_NOTE = (
    "always_send=True is ignored for listed origins: responses to requests without Origin name no allowed origin"
)


_PACKAGE = str(Path(__file__).parent.parent) + os.sep


def tell(notes: Iterable[str]) -> None:
    """Warn of changed meanings, at the line outside this package that led here."""
    frame, level = inspect.currentframe(), 0
    while frame is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame, level = frame.f_back, level + 1
    for note in notes:
        warnings.warn(note, stacklevel=level + 1)
