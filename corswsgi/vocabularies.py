"""The words in which each surface names what a policy says: Python, TOML, the environment, Flask-CORS, Django.

A vocabulary is data: a word for each field whose name differs, how an assignment and a value are written, and how CORS
is turned off. `corswsgi.problems` renders messages and hints with it. To add a surface, add a vocabulary here.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace


def shown(value: object, limit: int = 120) -> str:
    """Return the ``repr`` of `value`, on one line, of `limit` characters at most."""
    try:
        text = " ".join(literal(value).splitlines())
    except Exception:  # noqa: BLE001  (the repr of an integer of 5000 digits raises, and anybody's own may)
        text = object.__repr__(value)
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def literal(value: object) -> str:
    """Return the ``repr`` of a value, with raw literals for strings that have backslashes and for regexes."""
    if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
        flags = value.flags & ~re.UNICODE
        return f"re.compile({literal(value.pattern)}{f', {re.RegexFlag(flags)!r}' if flags else ''})"
    if type(value) is tuple or type(value) is list:
        entries = ", ".join(map(literal, value))
        return f"[{entries}]" if isinstance(value, list) else f"({entries}{',' if len(value) == 1 else ''})"
    return _raw(value) or repr(value)


def _raw(value: object) -> str | None:
    """Return a string with backslashes as a raw literal, which is how regexes are written, or None if it has none."""
    if type(value) is not str or "\\" not in value or not value.isprintable() or "'" in value or value.endswith("\\"):
        return None
    return f"r'{value}'"


def row_name(pattern: object) -> str:
    """Return the name of a table's row, which is the first part of a problem's field: ``"/api/**"``."""
    return f'"{repr(pattern)[1:-1]}"' if isinstance(pattern, str) else shown(pattern)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """How one surface names and writes what a policy says.

    ``words`` has the words that differ from Python's; an empty word means that this surface has none. ``assignment``
    and ``elsewhere`` are templates of ``{name}`` and ``{entry}``: how a field is set here, and how one is set that has
    no word here ("" where it cannot be). ``no_cors`` is the imperative that turns CORS off. ``row``, ``off`` and
    ``new_row`` name a row, describe one without CORS and write a new one, of assignments with ``between`` between them.
    ``no_row`` says that no row matches a path; ``defaults`` are entries that a new row has without being told.
    """

    name: str
    words: Mapping[str, str]
    assignment: str
    no_cors: str
    write_one: Callable[[object], str] = lambda value: shown(value, 1000)
    write_list: Callable[[Iterable[object]], str] = lambda values: shown(list(values), 1000)
    quote: Callable[[object], str] = lambda value: shown(value, 60)
    elsewhere: str = ""
    row: str = "row `{pattern}`"
    off: str = "is None, no CORS"
    new_row: str = "add {pattern!r}: Policy({fields})"
    no_row: str = "no row matches `{path}`"
    between: str = ", "
    defaults: frozenset[str] = frozenset()

    def word(self, name: str) -> str:
        """Return the word for a field of `Policy`, or for ``true``, ``false`` and the like."""
        return self.words.get(name, name)

    def assigned(self, name: str, value: object) -> str:
        """Write the assignment of a value to a field."""
        entry = self.write_list(value) if isinstance(value, list | tuple) else self.write_one(value)
        return self.assignment.format(name=self.word(name), entry=entry)

    def row_of(self, pattern: str, fields: Mapping[str, object]) -> list[str]:
        """Write a new row, in one line or several."""
        written = {name: value for name, value in fields.items() if not self._is_default(value)}
        assignments = self.between.join(self.assigned(name, value) for name, value in written.items())
        return self.new_row.format(pattern=pattern, quoted=self.write_one(pattern), fields=assignments).split("\n")

    def _is_default(self, value: object) -> bool:
        entries = value if isinstance(value, list | tuple) else [value]
        return {str(entry).lower() for entry in entries} <= self.defaults

    def naming(self, words: Mapping[str, object], prefix: str = "") -> "Vocabulary":
        """Return this vocabulary with `words` for fields, behind `prefix`; not a string means: no word here."""
        named = {name: prefix + word if isinstance(word, str) else "" for name, word in words.items()}
        return replace(self, words={**self.words, **named})


_IN_PYTHON = {
    "true": "True",
    "false": "False",
    "or_timedelta": ", or a timedelta",
    "or_regex": ", a compiled regex or a function",
    "a_regex": "a compiled regex, re.compile(...), or a wildcard such as 'https://*.example.com'",
}

# Files and variables
_WITHOUT_PYTHON = {"or_timedelta": "", "or_regex": "", "a_regex": "a wildcard such as 'https://*.example.com'"}

PYTHON = Vocabulary(
    name="python",
    words=_IN_PYTHON,
    assignment="{name}={entry}",
    no_cors="use None instead of a Policy to turn CORS off here",
)


def _in_toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        import json  # noqa: PLC0415  (only a mistake needs it)

        return json.dumps(value, ensure_ascii=not value.isprintable())
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_in_toml, value))}]"
    return "a table" if isinstance(value, Mapping) else str(value)


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004


TOML = Vocabulary(
    name="toml",
    words=_WITHOUT_PYTHON,
    assignment="{name} = {entry}",
    no_cors="write `cors = false` alone to turn CORS off here",
    write_one=_in_toml,
    write_list=lambda values: _in_toml(list(values)),
    quote=lambda value: _short(_in_toml(value)),
    row='row `["{pattern}"]`',
    off="has `cors = false`",
    new_row="add [{quoted}]\n{fields}",
    between="\n",
)


def _in_variable(value: object) -> str:
    """Write a value as it stands in a variable: without quotes, if it is plain."""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return text if re.fullmatch(r"[\w:/.*@\[\]-]+", text, re.ASCII) else shown(text, 1000)


# The words of these three are beside the fields, in policy.py: a surface adds them with `naming`
ENVIRONMENT = Vocabulary(
    name="environment",
    words=_WITHOUT_PYTHON | {"true": "true (or 1)", "false": "false (or 0)"},
    assignment="{name}={entry}",
    no_cors="pass may_be_empty=True to allow nobody",
    write_one=_in_variable,
    write_list=lambda values: ",".join(map(_in_variable, values)),
)

FLASK = Vocabulary(
    name="flask",
    words=_IN_PYTHON,
    assignment="{name}={entry}",
    no_cors="leave these paths out of `resources`",
    row="`resources[{pattern!r}]`",
    new_row="add resources[{pattern!r}] = dict({fields})",
)

DJANGO = Vocabulary(
    name="django",
    words=_IN_PYTHON | {"a_regex": "it in CORS_ALLOWED_ORIGIN_REGEXES"},
    assignment="{name} = {entry}",
    no_cors="remove all CORS_* settings",
    elsewhere="use CORS_POLICIES with {field!s}={entry!s}",
    row="the settings",
    new_row="have CORS_URLS_REGEX match {pattern!r}",
)
