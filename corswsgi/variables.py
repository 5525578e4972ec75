"""Environment variables: inside the strings of a file, and as the fields of one policy.

The law of this module: a variable that is missing is a mistake where it is needed, and one that is empty allows
nothing.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import product
from typing import Any

from corswsgi.errors import Problem
from corswsgi.surfaces import Kind, Surfaces

Environment = Mapping[str, str]
Mistake = tuple[str, str, str]  # a code, a message and a hint

# "$${" is a literal "${"; any other "${" begins a variable, or is a mistake
_VARIABLE = re.compile(
    r"\$\$\{ | \$\{ (?: (?P<name> [A-Za-z_][A-Za-z0-9_]* ) (?: :- (?P<default> [^}]* ) )? \} )?", re.VERBOSE
)

SCALAR: frozenset[Kind] = frozenset({"flag", "seconds"})  # kinds of fields that are no lists
_WORDS = {"true": True, "1": True, "false": False, "0": False}  # what a variable may say to a flag, in any case
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")

# What a policy's hints call by its name in Python
_IN_TEXT = {
    "=True": " = true",
    "True or False": "true or false",
    "the row None in place of a policy": "the row `cors = false` in place of fields",
    ", or a timedelta of whole seconds": "",
    ", or a timedelta": "",
}


def has_variable(text: str) -> bool:
    """Tell whether `expanded` has something to do in `text`."""
    return _VARIABLE.search(text) is not None


def expanded(text: str, environ: Environment, mistakes: list[Mistake]) -> list[str]:
    """Put variables into `text`: gives a string for each way to take one value of each variable with commas in it."""
    choices: list[list[str]] = []
    end = 0
    for variable in _VARIABLE.finditer(text):
        choices += [text[end : variable.start()]], _values(variable, environ, mistakes)
        end = variable.end()
    return ["".join(choice) for choice in product(*choices, [text[end:]])]


def _values(variable: re.Match[str], environ: Environment, mistakes: list[Mistake]) -> list[str]:
    name, default = variable["name"], variable["default"]
    if variable[0] == "$${":
        return ["${"]
    if name is None:
        hint = "write ${NAME}, ${NAME:-default}, or $${ for a literal ${"
        mistakes.append(("malformed-variable", "'${' begins no variable here", hint))
        return []
    value = environ.get(name)
    if default is not None and not (value and value.strip()):
        value = default
    if value is None:
        hint = f"set it, or write ${{{name}:-default}}"
        mistakes.append(("missing-variable", f"the environment has no variable {name}", hint))
        return []
    return listed(value) if "," in value else [value.strip()]


def listed(text: str) -> list[str]:
    """Give the values between commas, without the spaces around them and without empty ones."""
    return [value for part in text.split(",") if (value := part.strip())]


def scalar(kind: Kind, text: str) -> object:
    """Return the value of a flag or a number: None for an empty text, and the text itself if it is neither."""
    if kind == "seconds":
        return int(text) if _INTEGER.fullmatch(text) else text or None
    return _WORDS.get(text.lower(), text or None)


def hint_in_text(hint: str) -> str:
    """Write a policy's hint for somebody who does not write Python."""
    for python, plain in _IN_TEXT.items():
        hint = hint.replace(python, plain)
    return hint


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


def by_variable(
    problems: Iterable[Problem], environ: Environment, prefix: str, fields: Mapping[str, Surfaces]
) -> Iterator[Problem]:
    """Name the variable of each of a policy's problems."""
    for problem in problems:
        field, bracket, index = problem.field.partition("[")
        name = f"{prefix}{fields[field].variable}"
        hint = hint_in_text(re.sub(r", or say dangerously_\w+=True", "", problem.hint))
        if problem.code == "no-origins":
            hint = "set it to the origins of your pages, with commas between them, or say may_be_empty=True"
            unread = [each for each in sorted(environ) if each.startswith(prefix) and "ORIGIN" in each and each != name]
            if unread:
                hint += f"; {unread[0]} is set, and nothing reads it"
        yield replace(problem, field=name + bracket + index, hint=hint)
