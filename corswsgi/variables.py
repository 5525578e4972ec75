"""Environment variables: inside the strings of a file, and as the fields of one policy.

The law of this module: a variable that is needed and missing is a mistake, and an empty variable allows nothing.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from math import prod
from typing import Any

from corswsgi.errors import Problem
from corswsgi.near import nearest
from corswsgi.problems import Mistake, add, do, mistake, no_cors, rename, reworded
from corswsgi.surfaces import Kind, Surfaces
from corswsgi.vocabularies import ENVIRONMENT

Environment = Mapping[str, str]

# "$${" is a literal "${"; any other "${" begins a variable, or is a mistake
_VARIABLE = re.compile(
    r"\$\$\{ | \$\{ (?: (?P<name> [A-Za-z_][A-Za-z0-9_]* ) (?: :- (?P<default> [^}]* ) )? \} )?", re.VERBOSE
)

SCALAR: frozenset[Kind] = frozenset({"flag", "seconds"})  # kinds of fields that are not lists
_WORDS = {"true": True, "1": True, "false": False, "0": False}  # the values of a variable for a flag, in any case
_NEAR = 0.8  # 1 means equal: the names differ in a letter or two at most
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")


# The limit for all values of a file's strings that contain several lists. One string with four variables of 30 values
# each would have 810,000, and as many problems.
MAX_COMBINED = 10_000


class Combinations:
    """The number of values of combined lists that a file may still have."""

    def __init__(self) -> None:
        self._left = MAX_COMBINED

    def take(self, lists: Iterable[list[str]]) -> bool:
        """Return whether the combinations of these lists fit. A single list always fits."""
        lengths = [len(values) for values in lists if len(values) > 1]
        if len(lengths) <= 1:
            return True
        self._left -= prod(lengths)
        return self._left >= 0


def has_variable(text: str) -> bool:
    """Return whether `text` has variables for `expanded` to replace."""
    return _VARIABLE.search(text) is not None


def expanded(
    text: str, environ: Environment, mistakes: list[Mistake], combinations: Combinations | None = None
) -> list[str]:
    """Replace the variables in `text`. Returns one string for each combination of values of variables with commas."""
    choices: list[list[str]] = []
    end = 0
    for variable in _VARIABLE.finditer(text):
        choices += [text[end : variable.start()]], _values(variable, environ, mistakes)
        end = variable.end()
    if not (combinations or Combinations()).take(choices):
        message = "strings that combine lists in variables make more than {most!s} values in this file"
        fix = do("write a list of strings with one variable in each")
        mistakes.append(mistake("too-many-values", message, fix, most=MAX_COMBINED))
        return []
    return ["".join(choice) for choice in product(*choices, [text[end:]])]


def _values(variable: re.Match[str], environ: Environment, mistakes: list[Mistake]) -> list[str]:
    name, default = variable["name"], variable["default"]
    if variable[0] == "$${":
        return ["${"]
    if name is None:
        fix = do("write ${NAME}"), do("write ${NAME:-default}")
        mistakes.append(mistake("malformed-variable", "'${' does not begin a variable here", *fix))
        return []
    value = environ.get(name)
    if default is not None and not (value and value.strip()):
        value = default
    if value is None:
        fixes = do("set it"), do("write {default!s}")
        message = "the environment variable {name!s} is not set"
        mistakes.append(mistake("missing-variable", message, *fixes, name=name, default=f"${{{name}:-default}}"))
        return []
    return listed(value) if "," in value else [value.strip()]


def listed(text: str) -> list[str]:
    """Return the values between commas, without the spaces around them and without empty ones."""
    return [value for part in text.split(",") if (value := part.strip())]


def scalar(kind: Kind, text: str) -> object:
    """Return the value of a flag or a number, None for an empty text, and the text itself for other texts."""
    if kind == "seconds":
        return int(text) if _INTEGER.fullmatch(text) else text or None
    return _WORDS.get(text.lower(), text or None)


def values_in(environ: Environment, prefix: str, fields: Mapping[str, Surfaces]) -> dict[str, Any]:
    """Return the values that the variables of `environ` set for the fields of a policy."""
    values: dict[str, Any] = {}
    for field, known in fields.items():
        if isinstance(known.variable, str):
            text = environ.get(prefix + known.variable, "").strip()
            value = scalar(known.kind, text) if known.kind in SCALAR else listed(text) or None
            if value is not None:
                values[field] = value
    return values


def misspelt(environ: Environment, prefix: str, fields: Mapping[str, Surfaces]) -> Iterator[Problem]:
    """Find variables that nothing reads and that mean a field whose own variable is not set.

    Other prefixes may begin with this one: the name of a variable behind another word is not a mistake.
    """
    fields_of = {known.variable: field for field, known in fields.items() if isinstance(known.variable, str)}
    vocabulary = ENVIRONMENT.naming({field: known.variable for field, known in fields.items()}, prefix)
    is_set = {name for name, value in environ.items() if value.strip()}
    for name in sorted(is_set):
        rest = name[len(prefix) :].upper()
        if name[: len(prefix)].upper() == prefix.upper() and name not in {prefix + known for known in fields_of}:
            meant = _meant(rest, fields, list(fields_of))
            if meant and prefix + meant not in is_set:
                found = mistake(
                    "unknown-field", "{name!s} is set, but nothing reads it", rename(fields_of[meant]), name=name
                )
                yield found.at(name, environ[name], vocabulary)


def _meant(word: str, fields: Mapping[str, Surfaces], known: list[str]) -> str | None:
    """Return the variable that a word means: it is another surface's name of the field, or nearly the variable's."""
    for field, names in fields.items():
        if isinstance(names.variable, str) and word in {field.upper(), *_upper(names.flask), *_upper(names.django)}:
            return names.variable
    if word.endswith(tuple(f"_{each}" for each in known)):
        return None
    return nearest(word, known, cutoff=_NEAR)


def _upper(name: object) -> list[str]:
    return [name.upper().removeprefix("CORS_")] if isinstance(name, str) else []


def by_variable(
    problems: Iterable[Problem],
    misspelt: Iterable[Problem],
    environ: Environment,
    prefix: str,
    fields: Mapping[str, Surfaces],
) -> Iterator[Problem]:
    """Return a policy's problems with the names of the variables as their fields, and those of misspelt variables."""
    variables = {name: known.variable for name, known in fields.items()}
    vocabulary = ENVIRONMENT.naming(variables, prefix)
    for found in problems:
        if found.code == "no-origins":
            name = vocabulary.word("allow_origins")
            unread = [each for each in sorted(environ) if each.startswith(prefix) and "ORIGIN" in each and each != name]
            yield _no_origins(unread).at(name, found.value, vocabulary)
            misspelt = [each for each in misspelt if each.field not in unread]
        else:
            yield reworded(found, vocabulary)
    yield from misspelt


def _no_origins(unread: list[str]) -> Mistake:
    """Return the mistake for a missing variable. `unread` are variables that may have been set in its place."""
    message = "{here} is empty or not set: no page of another origin may read anything"
    if unread:
        message = "{here} is empty or not set; {unread!s} is set, but nothing reads it"
    fix = add("allow_origins", "https://app.example.com", text="set {name!s} to the origins of your pages")
    return mistake("no-origins", message, fix, no_cors(), unread=next(iter(unread), ""))
