"""The table that Django's settings describe, in django-cors-headers' names or in ours.

The law of this module: a setting keeps its meaning or is refused. If its meaning differs from what it seems to be, a
note says so.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from typing import cast

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.dispatch import Signal

from corswsgi.django import entries
from corswsgi.django.entries import Entry, Findings, default_headers, default_methods
from corswsgi.django.names import (
    OURS,
    SETTINGS,
    SWITCH,
    THEIRS,
    name_of,
    unknown_settings,
    value_of,
    vocabulary,
    vocabulary_without_settings,
)
from corswsgi.errors import PolicyError, Problem
from corswsgi.lenient import also_listing, as_written, insecure_regexes
from corswsgi.paths import PolicyTable
from corswsgi.paths.regexes import slow_regex_problems
from corswsgi.policy import Policy
from corswsgi.problems import add, do, mistake, no_cors, problem, reworded, set_to, write
from corswsgi.writes import Switch, switch_problems

__all__ = ["SWITCH", "Rules", "check_request_enabled", "default_headers", "default_methods", "read_settings"]

# Sent with `request` (without a body) for an origin that no setting allows. A receiver allows it by returning a true
# value. As in django-cors-headers, but only for the paths of CORS_URLS_REGEX.
check_request_enabled = Signal()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rules of the settings: a table or, if path patterns cannot express them, a regex for paths and its policy.

    `notes` are about accepted settings whose meaning is not what it seems to be.
    """

    table: PolicyTable
    paths: re.Pattern[str] | None = None
    policy: Policy | None = None
    notes: tuple[Problem, ...] = ()
    cross_origin_writes: Switch = "accept"


def read_settings() -> Rules:
    """Read the present settings. Raises `PolicyError` with all their mistakes."""
    rules, found = examine_settings()
    if rules is None:
        raise PolicyError(found.problems)
    return rules


def examine_settings() -> tuple[Rules | None, Findings]:
    """Read the present settings. Return their rules, or None if there are problems, and everything that was found."""
    found = Findings(notes=list(unknown_settings()))
    switch: Switch = getattr(settings, SWITCH, "accept")
    rules: Rules | None = None
    try:
        rules = _read_rules(found)
    except PolicyError as error:
        found.problems.extend(error.problems)
    found.problems.extend(replace(problem, field=SWITCH) for problem in switch_problems(switch))
    if found.problems or rules is None:
        return None, found
    return replace(rules, cross_origin_writes=switch, notes=tuple(found.notes)), found


def _read_rules(found: Findings) -> Rules:
    theirs = sorted(name for name in THEIRS if hasattr(settings, name))
    if hasattr(settings, OURS):
        return Rules(table=_read_ours(settings.CORS_POLICIES, theirs))
    if not theirs:
        table = PolicyTable({})
        table.vocabulary = vocabulary_without_settings((*default_methods, *default_headers))
        return Rules(table=table)
    return _read_theirs(found)


def _read_theirs(found: Findings) -> Rules:
    entries.private_network(found)
    policy = _read_policy(found)
    problems = found.problems
    paths = entries.regex_of("CORS_URLS_REGEX", value_of("CORS_URLS_REGEX", ""), problems)
    if paths is not None:
        problems += slow_regex_problems(paths, "CORS_URLS_REGEX", paths.pattern)
    problems.sort(key=_place)
    if problems or policy is None or paths is None:
        raise PolicyError([])
    rows = _as_rows(paths, policy)
    if rows is None:
        return Rules(table=PolicyTable({}), paths=paths, policy=policy)
    table = PolicyTable(rows)
    table.vocabulary = vocabulary()
    return Rules(table=table)


def _read_ours(policies: object, theirs: list[str]) -> PolicyTable:
    problems: list[Problem] = []
    if theirs:
        message = "{here} replaces the settings of django-cors-headers, which are set too: {theirs!s}"
        fix = do("remove {here}"), do("remove the other CORS_* settings")
        found = problem("settings-beside-table", OURS, policies, message, *fix, theirs=", ".join(theirs))
        problems.append(found)
    try:
        table = PolicyTable(policies)  # type: ignore[arg-type]  # it checks the type itself, and says what is wrong
    except PolicyError as error:
        problems += [replace(found, field=f"{OURS}: {found.field}") for found in error.problems]
    if problems:
        raise PolicyError(problems)
    return table


def _read_policy(found: Findings) -> Policy | None:
    """Make the one policy of django-cors-headers' settings. The result is valid only if there are no problems."""
    places: dict[str, list[str]] = {}
    credentials = value_of("CORS_ALLOW_CREDENTIALS", False)
    fields: dict[str, object] = {"allow_origins": "*", "allow_credentials": credentials}

    def put(field: str, listed: Iterable[Entry], *more: object) -> None:
        pairs = list(listed)
        places[field] = [place for place, _ in pairs]
        fields[field] = [*(entry for _, entry in pairs), *more]

    if not _allows_all(found.problems):
        before = len(found.problems)
        put("allow_origins", entries.origins(found, credentials=credentials is True), ask_receivers)
        if len(found.problems) == before and not places["allow_origins"] and not check_request_enabled.has_listeners():
            _note_no_origins(found)
        if "*" in cast("list[object]", fields["allow_origins"]):  # of a regex that matches anything
            fields["allow_origins"] = "*"
    granted: list[str] = []
    put("allow_methods", entries.methods(found))
    put("allow_headers", entries.request_headers(found, granted))
    put("expose_headers", entries.exposed_headers(found, credentials=credentials is True))
    fields["max_age"] = entries.max_age(found)
    for field, setting in SETTINGS.items():
        if field not in fields and hasattr(settings, setting):
            fields[field] = getattr(settings, setting)
    try:
        policy = Policy(**fields)  # type: ignore[arg-type]  # it checks the types itself, and says what is wrong
    except PolicyError as error:
        found.problems.extend(_in_settings(as_written(each, found.written), places) for each in error.problems)
        return None
    _note_insecure(found, policy, places.get("allow_origins", ()))
    return also_listing(policy, granted)


def _note_insecure(found: Findings, policy: Policy, places: Iterable[str]) -> None:
    """Note the regexes that match ``http:`` origins, which a policy with credentials refuses."""
    message = "{regex} also matches http: origins, which are not allowed with credentials"
    fix = write(text="write https: in the regex"), set_to("dangerously_allow_insecure_origins", True)
    insecure = insecure_regexes(policy)
    for place, entry in zip(places, policy.allow_origins, strict=False):  # the last one asks receivers
        if isinstance(entry, re.Pattern) and entry.pattern in insecure:
            written = found.written.get(entry.pattern, entry.pattern)
            partly = mistake("insecure-origin-with-credentials", message, *fix, regex=written)
            found.notes.append(partly.at(place, written, vocabulary()))


def _note_no_origins(found: Findings) -> None:
    an_origin = add("allow_origins", "https://app.example.com", text="add an origin to {name!s}")
    empty = mistake("no-origins", "{here} is empty: no other origin may read anything", an_origin, no_cors())
    found.notes.append(empty.at(name_of("CORS_ALLOWED_ORIGINS"), (), vocabulary()))


def _allows_all(problems: list[Problem]) -> bool:
    name = name_of("CORS_ALLOW_ALL_ORIGINS")
    value = getattr(settings, name, False)
    if not isinstance(value, bool):
        message = "{here} must be {true} or {false}, not {value}"
        problems.append(problem("wrong-type", name, value, message, write(False, text="write {true} or {false}")))
    return value is True


# A regex for paths that a path pattern can express: words and slashes, then an end or anything
_SIMPLE_PATHS = re.compile(
    r"\^? (?P<path> (?: / [\w\-]+ )* /? ) (?: (?P<end> \$ | \\Z ) | (?: \.\* \$? )? )", re.ASCII | re.VERBOSE
)


def _as_rows(paths: re.Pattern[str], policy: Policy) -> dict[str, Policy | None] | None:
    """Return path patterns that match the same as a regex for paths, or None."""
    simple = _SIMPLE_PATHS.fullmatch(paths.pattern)
    if simple is None or paths.flags != re.UNICODE:
        return None
    path = simple["path"]
    if simple["end"]:
        return {path: policy} if path else None
    if path in {"", "/"}:
        return {"/**": policy}
    return {f"{path}**": policy} if path.endswith("/") else None


class _Receivers:
    """A predicate of origins: whether a receiver of `check_request_enabled` allows it."""

    def __call__(self, origin: str, environ: Mapping[str, object]) -> bool:  # noqa: ARG002  (the request carries it)
        if not check_request_enabled.has_listeners():
            return False
        request = WSGIRequest(
            {**environ, "wsgi.input": BytesIO(), "CONTENT_LENGTH": "0"}
        )  # the body is left to the application
        return any(answer for _, answer in check_request_enabled.send(sender=None, request=request))

    def __str__(self) -> str:
        """Describe the origins for `audit`, or return the empty string if no receiver is connected."""
        return "origins that receivers of check_request_enabled allow" if check_request_enabled.has_listeners() else ""

    def __reduce__(self) -> str:
        """Copy and pickle as the one instance of this module."""
        return "ask_receivers"


ask_receivers = _Receivers()


def _place(found: Problem) -> tuple[str, int]:
    """Return the sort key of a problem: by setting, then by position in a list."""
    setting, _, index = found.field.partition("[")
    return setting, int(index.removesuffix("]") or 0)


def _in_settings(found: Problem, places: Mapping[str, list[str]]) -> Problem:
    """Return a policy's problem as a problem of the setting that causes it."""
    name, bracket, index = found.field.partition("[")
    if name in places and bracket:
        place = places[name][int(index.removesuffix("]"))]
    elif name == "allow_origins":
        place = name_of("CORS_ALLOW_ALL_ORIGINS")
    else:
        place = SETTINGS[name] + bracket + index
    return reworded(found, vocabulary(), field=place)
