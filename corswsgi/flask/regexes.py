"""Flask-CORS's regexes, as strings or compiled, read as patterns if they look like patterns.

The law of this module: whatever remains a regex is matched whole. Each reading that changes the matches leaves a note
with the entry, the old meaning and the new spelling. ``re.error`` passes through if a string is not a regex.
"""

import re

from corswsgi.lenient import ANYTHING, closed_by_port, has_alternatives, is_closed, with_dots
from corswsgi.origins import OriginRules, origin_problems
from corswsgi.origins.grammars import why_without_match
from corswsgi.policy import nobody
from corswsgi.vocabularies import shown

# Flask-CORS reads a string with one of these as a regex, and matches it at the start, open at its end.
_MARKS = frozenset("*\\]?$^[]()")
_ONLY_IN_REGEXES = _MARKS - {"*"} | {"|"}
_OPEN = "a regex that anything may follow"

# Regexes that match anything, and strings that Flask-CORS reads as such
_ANYTHING = ANYTHING | {"*"}
_ANY_PATH = _ANYTHING | {"/*", "/.*"}


def read_origin(entry: object, notes: list[str]) -> object:
    """Return the entry of ``allow_origins`` that replaces `entry`. The policy checks other types."""
    text = entry.pattern if isinstance(entry, re.Pattern) else entry
    if isinstance(text, str) and text in _ANYTHING:
        return "*"
    if isinstance(entry, str):
        if not _is_marked(entry) or entry.lstrip().startswith(("[", '"', "'", "$")):
            return entry  # a list, quotes or a placeholder: the policy reports it
        if not origin_problems(entry, "", OriginRules()):
            _note(notes, entry, "a regex", "a pattern")
            return entry
        if _is_glob(entry):
            return entry  # the policy reports the problem
        regex = re.compile(entry, re.IGNORECASE)
    elif isinstance(entry, re.Pattern) and isinstance(entry.pattern, str):
        regex = entry
    else:
        return entry
    return _closed_regex(regex, notes)


def _closed_regex(regex: re.Pattern[str], notes: list[str]) -> object:
    """Return a regex that lets in no stranger at its end, or nobody's origin where it matches none."""
    old = regex.pattern
    dotted = with_dots(old)
    source = closed_by_port(dotted)
    closed = re.compile(source, regex.flags)
    matchless = why_without_match(closed)
    if matchless is not None:
        notes.append(f"{shown(old)} is left out: it matches no origin, as {matchless.arguments['why']}")
        return nobody
    if source != old or not is_closed(old):
        in_theirs = "a regex" if source == dotted and is_closed(dotted) else _OPEN
        if dotted != old:
            in_theirs += ", in which '.' is any character"
        _note(notes, old, in_theirs, _closed(source))
    return closed


def read_header(entry: object, notes: list[str]) -> object:
    """Return the name of a request header, ``"*"`` or a regex of names. The policy checks other types."""
    if isinstance(entry, str):
        if entry in _ANYTHING:
            return "*"
        if not _is_marked(entry):
            return entry
        if _is_glob(entry):
            source = re.escape(entry).replace(r"\*", ".*")
            _note(notes, entry, _OPEN, shown(source))
        else:
            source = entry
        regex = re.compile(source, re.IGNORECASE)
    elif isinstance(entry, re.Pattern) and isinstance(entry.pattern, str):
        regex = entry
    else:
        return entry
    if not is_closed(regex.pattern):
        _note(notes, regex.pattern, _OPEN, _closed(regex.pattern))
    return regex


def read_path(entry: str | re.Pattern[str], notes: list[str]) -> list[str] | re.Pattern[str]:
    """Return the path patterns for a key of ``resources`` (none if it can match no path), or a regex of paths."""
    if isinstance(entry, str):
        if entry in _ANY_PATH or _LAST_STARS.sub("/*", entry) == "/*":
            return ["/**"]
        if entry.endswith("/**"):
            return [entry]  # not a valid regex: "multiple repeat"
        if not entry.startswith("/") and (_is_glob(entry) or not _is_marked(entry)):
            _note(notes, entry, "matching no path", f"left out: write {'/' + entry!r} if that is meant")
            return []
        if not _is_marked(entry):
            return [entry]
        if _is_glob(entry):
            return _glob_of_paths(entry, notes)
        entry = re.compile(entry)
    if not is_closed(entry.pattern):
        _note(notes, entry.pattern, _OPEN, "what it matches up to the end of a segment, and everything below")
    return entry


def up_to_a_segment(regex: re.Pattern[str]) -> re.Pattern[str]:
    """Return a regex for the start of a path: the text that `regex` matches must end where a segment ends."""
    source = re.sub(r"\A\(\?[aiLmsux]+\)", "", regex.pattern)  # its flags are those of the regex
    return re.compile(rf"(?:{source})(?:(?<=/)|(?=/|\Z))", regex.flags)


def prefix_of(key: str | re.Pattern[str]) -> str | None:
    """Return what all paths begin with that a key covers for Flask-CORS, if its only star is at its end."""
    if not isinstance(key, str) or not _is_glob(key) or "." in key or key.count("*") > 1 or not key.endswith("*"):
        return None
    return key[:-2]  # the star repeats the character before it, or leaves it out


def _glob_of_paths(entry: str, notes: list[str]) -> list[str]:
    last = _LAST_STARS.sub("/*", entry)
    stem = last.removesuffix("*")
    if not last.endswith("*"):
        patterns = [last]
    elif stem.endswith("/"):
        patterns = [f"{stem}**"]
    else:
        patterns = [f"{stem}/**", f"{stem}*/**"]
    in_theirs = "a regex in which '*' repeats the character before it"
    if stem.endswith("/"):
        in_theirs = f"a regex that also matches {shown(stem[:-1] + 's')}"
    _note(notes, entry, in_theirs, " and ".join(map(repr, patterns)))
    return patterns


# For Flask-CORS all of it is one run of slashes
_LAST_STARS = re.compile(r"(?:/\*)+/?\Z")


def _is_marked(text: str) -> bool:
    return not _MARKS.isdisjoint(text)


def _is_glob(text: str) -> bool:
    """Return whether a pattern with stars is meant: no other character of regexes, and no ``.*``."""
    return "*" in text and ".*" not in text and _ONLY_IN_REGEXES.isdisjoint(text)


def _closed(regex: str) -> str:
    """Return a regex with the same matches that is closed (``is_closed``)."""
    return shown(f"(?:{regex})$" if has_alternatives(regex) else regex if is_closed(regex) else f"{regex}$")


def _note(notes: list[str], entry: str, in_theirs: str, new: str) -> None:
    notes.append(f"Flask-CORS reads {shown(entry)} as {in_theirs}; here it is {new}")
