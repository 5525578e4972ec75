"""Django's settings to a table: in django-cors-headers' words, or in ours.

The law of this module: what a setting says keeps its meaning or is refused; where it means something else than it
seems to, a note tells so.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from io import BytesIO

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.dispatch import Signal

from corswsgi.errors import PolicyError, Problem
from corswsgi.paths import PolicyTable
from corswsgi.paths.regexes import slow_regex_problems
from corswsgi.policy import FIELDS, Policy
from corswsgi.problems import add, do, drop, mistake, no_cors, problem, rename, reworded, set_to, write
from corswsgi.standard import is_forbidden_request_header_name
from corswsgi.vocabularies import DJANGO, Vocabulary
from corswsgi.writes import Switch, switch_problems

# What django-cors-headers allows where the settings say nothing
default_methods = ("DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT")
default_headers = ("accept", "authorization", "content-type", "user-agent", "x-csrftoken", "x-requested-with")
_DEFAULT_MAX_AGE = 86_400  # seconds

_OURS = "CORS_POLICIES"
SWITCH = "CORS_CROSS_ORIGIN_WRITES"
_OLD_NAMES = {
    "CORS_ALLOWED_ORIGINS": "CORS_ORIGIN_WHITELIST",
    "CORS_ALLOWED_ORIGIN_REGEXES": "CORS_ORIGIN_REGEX_WHITELIST",
    "CORS_ALLOW_ALL_ORIGINS": "CORS_ORIGIN_ALLOW_ALL",
}
_SETTINGS = {field: known.django for field, known in FIELDS.items() if isinstance(known.django, str)}
_THEIRS = {
    *_OLD_NAMES, *_OLD_NAMES.values(), *_SETTINGS.values(), "CORS_URLS_REGEX", "CORS_ALLOW_PRIVATE_NETWORK",
}  # fmt: skip

# Sent with `request` (one without a body) for an origin that no setting allows: a receiver that gives something true
# allows it. As in django-cors-headers, but on the paths of CORS_URLS_REGEX only.
check_request_enabled = Signal()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the settings say: a table, or where path patterns cannot say it, a regex for paths and their policy.

    `notes` tell of what is accepted and means something else than it seems to.
    """

    table: PolicyTable
    paths: re.Pattern[str] | None = None
    policy: Policy | None = None
    notes: tuple[Problem, ...] = ()
    cross_origin_writes: Switch = "accept"


def read_settings() -> Rules:
    """Read the settings as they are now. Raises `PolicyError` with all their mistakes."""
    switch: Switch = getattr(settings, SWITCH, "accept")
    problems = [replace(problem, field=SWITCH) for problem in switch_problems(switch)]
    try:
        rules = _read_rules()
    except PolicyError as error:
        raise PolicyError([*error.problems, *problems]) from None
    if problems:
        raise PolicyError(problems)
    return replace(rules, cross_origin_writes=switch)


def _read_rules() -> Rules:
    theirs = sorted(name for name in _THEIRS if hasattr(settings, name))
    notes = list(_unknown_settings())
    if hasattr(settings, _OURS):
        table = _read_ours(settings.CORS_POLICIES, theirs)
        return Rules(table=table, notes=tuple(notes))
    if not theirs:
        return Rules(table=PolicyTable({}), notes=tuple(notes))
    problems = list(_private_network())
    policy = _read_policy(problems, notes)
    paths = _regex("CORS_URLS_REGEX", _setting("CORS_URLS_REGEX", ""), problems)
    if paths is not None:
        problems += slow_regex_problems(paths, _name("CORS_URLS_REGEX"), paths.pattern)
    if problems or policy is None or paths is None:
        raise PolicyError(sorted(problems, key=_place))
    rows = _as_rows(paths, policy)
    if rows is None:
        return Rules(table=PolicyTable({}), paths=paths, policy=policy, notes=tuple(notes))
    table = PolicyTable(rows)
    table.vocabulary = vocabulary()
    return Rules(table=table, notes=tuple(notes))


def _name(setting: str) -> str:
    """Give the name under which a setting stands: the old one, if only that does."""
    old = _OLD_NAMES.get(setting, setting)
    return old if hasattr(settings, old) and not hasattr(settings, setting) else setting


def _setting(setting: str, default: object) -> object:
    return getattr(settings, _name(setting), default)


def _unknown_settings() -> Iterator[Problem]:
    known = {*_THEIRS, _OURS, SWITCH}
    for name in sorted(dir(settings)):
        if name.startswith("CORS_") and name not in known:
            [nearest] = get_close_matches(name, sorted(known), n=1, cutoff=0.0)
            message, fix = "nothing reads the setting {here}", rename(nearest)
            yield problem("unknown-setting", name, getattr(settings, name), message, fix)


def _read_ours(policies: object, theirs: list[str]) -> PolicyTable:
    problems: list[Problem] = []
    if theirs:
        message = "{here} replaces the settings of django-cors-headers, which are set too: {theirs!s}"
        fix = do("remove {here}"), do("remove the other CORS_* settings")
        found = problem("settings-beside-table", _OURS, policies, message, *fix, theirs=", ".join(theirs))
        problems.append(found)
    try:
        table = PolicyTable(policies)  # type: ignore[arg-type]  # it checks the type itself, and says what is wrong
    except PolicyError as error:
        problems += [replace(found, field=f"{_OURS}: {found.field}") for found in error.problems]
    if problems:
        raise PolicyError(problems)
    return table


def _private_network() -> Iterator[Problem]:
    value = _setting("CORS_ALLOW_PRIVATE_NETWORK", False)
    if value:
        message = "no browser reads Access-Control-Allow-Private-Network any more: browsers ask the user instead"
        yield problem("private-network", "CORS_ALLOW_PRIVATE_NETWORK", value, message, drop())


def _read_policy(problems: list[Problem], notes: list[Problem]) -> Policy | None:
    """Make the one policy that their settings say. What comes out is one only if there are no problems."""
    places: dict[str, list[str]] = {}
    fields: dict[str, object] = {"allow_origins": "*"}
    if not _allows_all(problems):
        entries = list(_origins(problems, notes))
        if not entries and not check_request_enabled.has_listeners():
            an_origin = add("allow_origins", "https://app.example.com", text="add an origin to {name!s}")
            found = mistake("no-origins", "{here} is empty: no other origin may read anything", an_origin, no_cors())
            notes.append(found.at(_name("CORS_ALLOWED_ORIGINS"), (), vocabulary()))
        places["allow_origins"] = [place for place, _ in entries]
        fields["allow_origins"] = [*(entry for _, entry in entries), _ask_receivers]
    headers = list(_headers(problems, notes))
    places["allow_headers"] = [place for place, _ in headers]
    fields["allow_headers"] = [header for _, header in headers]
    fields["allow_methods"] = _setting("CORS_ALLOW_METHODS", default_methods)
    fields["expose_headers"] = _setting("CORS_EXPOSE_HEADERS", ())
    fields["allow_credentials"] = _setting("CORS_ALLOW_CREDENTIALS", False)
    max_age = _setting("CORS_PREFLIGHT_MAX_AGE", _DEFAULT_MAX_AGE)
    fields["max_age"] = None if max_age == 0 else max_age  # theirs: no header
    for field, setting in _SETTINGS.items():
        if field not in fields and hasattr(settings, setting):
            fields[field] = getattr(settings, setting)
    try:
        return Policy(**fields)  # type: ignore[arg-type]  # it checks the types itself, and says what is wrong
    except PolicyError as error:
        problems += [_in_settings(found, places) for found in error.problems]
        return None


def _allows_all(problems: list[Problem]) -> bool:
    name = _name("CORS_ALLOW_ALL_ORIGINS")
    value = getattr(settings, name, False)
    if not isinstance(value, bool):
        message = "{here} must be {true} or {false}, not {value}"
        problems.append(problem("wrong-type", name, value, message, write(False, text="write {true} or {false}")))
    return value is True


def _entries(setting: str, default: object, problems: list[Problem]) -> Iterator[tuple[str, object]]:
    """Give each entry of a list with its place in the settings."""
    name, value = _name(setting), _setting(setting, default)
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, bytes | Mapping) or not isinstance(value, Iterable):
        message = "{here} must be a list of strings, not {value}"
        problems.append(problem("wrong-type", name, value, message, write(text="write a list of strings")))
    else:
        yield from ((f"{name}[{index}]", entry) for index, entry in enumerate(value))


def _origins(problems: list[Problem], notes: list[Problem]) -> Iterator[tuple[str, object]]:
    for place, entry in _entries("CORS_ALLOWED_ORIGINS", (), problems):
        if entry == "*":
            message = "'*' is not allowed in {here}: a setting of its own allows every origin"
            fix = set_to("CORS_ALLOW_ALL_ORIGINS", True)
            problems.append(mistake("misplaced-wildcard", message, fix).at(place, entry, vocabulary()))
        else:
            yield place, entry
    for place, entry in _entries("CORS_ALLOWED_ORIGIN_REGEXES", (), problems):
        regex = _regex(place, entry, problems)
        if regex is None:
            continue
        if re.search(r"(?<!\\)\$\Z|\\Z\Z|\.\*\Z", regex.pattern) is None:
            message = "{regex} must match the whole origin; in django-cors-headers anything could follow"
            fix = do("match the whole origin, port included, and end the regex with '$'")
            notes.append(problem("regex-matched-whole", place, entry, message, fix, regex=regex.pattern))
        yield place, regex


def _headers(problems: list[Problem], notes: list[Problem]) -> Iterator[tuple[str, object]]:
    """Give the request headers without those that no page can set: lists that are copied from project to project."""
    for place, entry in _entries("CORS_ALLOW_HEADERS", default_headers, problems):
        if isinstance(entry, str) and is_forbidden_request_header_name(entry):
            message = "{value} is left out: the browser sets it; scripts cannot set it"
            notes.append(problem("forbidden-request-header", place, entry, message, drop()))
        else:
            yield place, entry


def _regex(place: str, value: object, problems: list[Problem]) -> re.Pattern[str] | None:
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


# A regex for paths that says no more than a path pattern can: words and slashes, then an end or anything
_SIMPLE_PATHS = re.compile(
    r"\^? (?P<path> (?: / [\w\-]+ )* /? ) (?: (?P<end> \$ | \\Z ) | (?: \.\* \$? )? )", re.ASCII | re.VERBOSE
)


def _as_rows(paths: re.Pattern[str], policy: Policy) -> dict[str, Policy | None] | None:
    """Say a regex for paths in path patterns, None if they cannot."""
    simple = _SIMPLE_PATHS.fullmatch(paths.pattern)
    if simple is None or paths.flags != re.UNICODE:
        return None
    path = simple["path"]
    if simple["end"]:
        return {path: policy} if path else None
    if path in {"", "/"}:
        return {"/**": policy}
    return {f"{path}**": policy} if path.endswith("/") else None


def _ask_receivers(origin: str, environ: Mapping[str, object]) -> bool:  # noqa: ARG001  (the request carries it)
    if not check_request_enabled.has_listeners():
        return False
    request = WSGIRequest({**environ, "wsgi.input": BytesIO(), "CONTENT_LENGTH": "0"})  # the body is the application's
    return any(answer for _, answer in check_request_enabled.send(sender=None, request=request))


def _place(found: Problem) -> tuple[str, int]:
    """Give the order of problems: by setting, and in a list as they stand."""
    setting, _, index = found.field.partition("[")
    return setting, int(index.removesuffix("]") or 0)


def _in_settings(found: Problem, places: Mapping[str, list[str]]) -> Problem:
    """Say of a policy's problem which setting it stands in, in the words of the settings."""
    name, bracket, index = found.field.partition("[")
    if name in places and bracket:
        place = places[name][int(index.removesuffix("]"))]
    elif name == "allow_origins":
        place = _name("CORS_ALLOW_ALL_ORIGINS")
    else:
        place = _SETTINGS[name] + bracket + index
    return reworded(found, vocabulary(), field=place)


def vocabulary() -> Vocabulary:
    """Return the words for what the settings say now, some of which may have their old names."""
    words = {name: known.django for name, known in FIELDS.items()}
    return DJANGO.naming(words | {"allow_origins": _name("CORS_ALLOWED_ORIGINS")})
