"""Harmless mistakes that Flask-CORS and django-cors-headers accept: they are left out with a note.

The law of this module: it only ever removes or shortens something. A note says what and why. The core stays strict.
"""

import re
from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import replace
from typing import NamedTuple

from corswsgi.checks import MAX_MAX_AGE, REQUEST_ONLY, RESPONSE_ONLY
from corswsgi.errors import Problem
from corswsgi.origins.grammars import is_partly_insecure
from corswsgi.origins.regexes import REGEX_ATOM
from corswsgi.policy import Policy
from corswsgi.problems import Mistake, do, problem
from corswsgi.standard import FORBIDDEN_RESPONSE_HEADER_NAMES, is_forbidden_request_header_name
from corswsgi.vocabularies import shown


class Note(NamedTuple):
    """An entry that was left out or changed, and why; the code of the problem that a `Policy` would have refused."""

    code: str
    value: object
    why: str


_EMPTY = "is empty and left out: is an environment variable not set?"
_NO_NAME = "is left out: it is not the name of a header"


def not_set(place: str) -> Problem:
    """Return the problem of a value that is None, as from an environment variable that is not set."""
    message = "{here} is None: is an environment variable not set?"
    return problem("wrong-type", place, None, message, do("set the variable, or pass a default value"))


def useful_origins(entries: Iterable[object], notes: list[Note]) -> list[object]:
    """Leave out empty origins, and all others if there is ``"*"``."""
    kept: list[object] = []
    for entry in entries:
        if isinstance(entry, str) and not entry.strip():
            notes.append(Note("origin-without-scheme", entry, _EMPTY))
        else:
            kept.append(entry)
    if "*" in kept and len(kept) > 1:
        why = "already allows every origin: the other origins have no effect"
        notes.append(Note("any-origin-beside-others", "*", why))
        return ["*"]
    return kept


# Regexes that match anything
ANYTHING = frozenset(f"{begin}{any_}{end}" for any_ in (".*", ".+") for begin in ("", "^") for end in ("", "$"))

# An end that allows strangers' origins: only a port can follow a host
OPEN_END = re.compile(r"(?<![:/])(?:\.[*+]\??)+\$?\Z")
# The beginning of a private address is followed by numbers. A regex that ends after the scheme means any host
_PRIVATE = re.compile(
    r"(:(?://|\\/\\/)(?:10|127|192\\\.168|172\\\.(?:1[6-9]|2[0-9]|3[01]))(?:\\\.[0-9]+)*(?:\\\.)?)(?:\.[*+]\??)+"
)
_SCHEME = re.compile(r"\^?\(?https?\??\)?:(?://|\\/\\/)")
_ANY_PORT = "(?::[0-9]+)?"
_HAS_PORT = re.compile(r"(?<!\?):(?!//|\\/)")


def with_dots(source: str) -> str:
    """Return a regex of origins in which each ``.`` that is not repeated is a literal dot."""
    return REGEX_ATOM.sub(lambda atom: r"\." if atom["dot"] else atom[0], source)


def closed_by_port(source: str) -> str:
    """Return a regex of origins that must match whole, with an optional port in place of an open end."""
    if _SCHEME.fullmatch(source):
        return source + ".*"
    source = _PRIVATE.sub(r"\1[0-9.]*", source)
    closed = OPEN_END.sub(lambda _: _ANY_PORT, source)
    if closed != source or is_closed(source) or has_alternatives(source) or _HAS_PORT.search(source):
        return closed
    return source + _ANY_PORT


def is_closed(regex: str) -> bool:
    """Return whether `regex` defines its own end, so that matching it whole changes nothing."""
    return not has_alternatives(regex) and regex.endswith(("$", r"\Z", ".*"))


def has_alternatives(regex: str) -> bool:
    """Return whether `regex` has alternatives outside of parentheses: in ``a|b$`` only one has the end."""
    return "|" in re.sub(r"\(.*\)", "", regex)


def as_written(found: Problem, written: Mapping[object, str]) -> Problem:
    """Return a problem that shows a regex as it was written, and not as it was mended."""
    if not isinstance(found.mistake, Mistake) or found.mistake.arguments.get("source") not in written:
        return found
    arguments = {**found.mistake.arguments, "source": written[found.mistake.arguments["source"]]}
    return replace(found, mistake=replace(found.mistake, arguments=arguments))


def insecure_regexes(policy: Policy) -> list[str]:
    """Return the regexes that also match ``http:`` origins, which a policy with credentials refuses."""
    if not policy.allow_credentials or policy.dangerously_allow_insecure_origins:
        return []
    regexes = [origin for origin in policy.allow_origins if isinstance(origin, re.Pattern)]
    return [regex.pattern for regex in regexes if is_partly_insecure(regex)]


def sendable_headers(entries: Iterable[object], notes: list[Note]) -> tuple[list[object], list[str]]:
    """Split names at commas and leave out those that scripts cannot set.

    Returns the names for a policy, and names of response headers that some pages send by mistake:
    only preflights list these.
    """
    kept: list[object] = []
    granted: list[str] = []
    for entry in separate_names(entries, notes):
        name = entry.lower() if isinstance(entry, str) else ""
        is_of_response = name in RESPONSE_ONLY or name.startswith("access-control-")
        if not isinstance(entry, str):
            kept.append(entry)
        elif _is_media_type(entry):
            notes.append(Note("not-a-token", entry, _NO_NAME))
        elif is_of_response and not is_forbidden_request_header_name(name):
            notes.append(
                Note("response-header-in-request", entry, "is a response header: pages do not need to send it")
            )
            granted.append(entry)
        elif is_forbidden_request_header_name(entry):
            notes.append(Note("forbidden-request-header", entry, "is left out: the browser sets it, scripts cannot"))
        else:
            kept.append(entry)
    return kept, granted


def _is_media_type(entry: str) -> bool:
    return "/" in entry and ":" not in entry


def also_listing(policy: Policy, granted: Iterable[str]) -> Policy:
    """Return a policy whose preflights also list names from `sendable_headers` that a `Policy` would refuse.

    It cannot be unpickled, because that checks the policy again.
    """
    names = tuple(granted)
    if not names or "*" in policy.allow_headers:
        return policy
    listing = copy(policy)
    object.__setattr__(listing, "allow_headers", (*policy.allow_headers, *names))
    return listing


def readable_headers(entries: Iterable[object], notes: list[Note], *, credentials: bool) -> list[object]:
    """Split names at commas, and leave out those that scripts cannot read."""
    kept: list[object] = []
    for entry in separate_names(entries, notes):
        if entry == "*" and credentials:
            why = "is left out: with credentials, browsers read it as the name of a header"
            notes.append(Note("any-exposed-header-with-credentials", entry, why))
        elif isinstance(entry, str) and entry.lower() in FORBIDDEN_RESPONSE_HEADER_NAMES:
            notes.append(Note("forbidden-response-header", entry, "is left out: scripts cannot read it"))
        elif isinstance(entry, str) and entry.lower() in REQUEST_ONLY:
            why = "is left out: it is a request header, which responses do not have"
            notes.append(Note("request-header-in-response", entry, why))
        elif isinstance(entry, str) and _is_media_type(entry):
            notes.append(Note("not-a-token", entry, _NO_NAME))
        else:
            kept.append(entry)
    return kept


def day_at_most(value: object, notes: list[Note]) -> object:
    """Limit a time to one day."""
    if isinstance(value, int) and not isinstance(value, bool) and value > MAX_MAX_AGE:
        why = f"is more than a day; {MAX_MAX_AGE} is used: no browser caches preflights for longer"
        notes.append(Note("max-age-too-long", value, why))
        return MAX_MAX_AGE
    return value


def separate_names(entries: Iterable[object], notes: list[Note]) -> Iterable[object]:
    """Yield the names of a list, split at commas and without empty ones."""
    for entry in entries:
        if isinstance(entry, str) and not entry.strip():
            notes.append(Note("not-a-token", entry, _EMPTY))
        elif isinstance(entry, str) and "," in entry:
            names = [name for part in entry.split(",") if (name := part.strip())]
            why = f"is read as {len(names)} names: {', '.join(map(shown, names))}"
            notes.append(Note("list-in-string", entry, why))
            yield from names
        else:
            yield entry
