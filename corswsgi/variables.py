"""Environment variables: inside the strings of a file, and as the fields of one policy.

The law of this module: a variable that is missing is a mistake where it is needed, and one that is empty allows
nothing.
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from itertools import product
from typing import Any

from corswsgi.errors import PolicyError, Problem
from corswsgi.policy import Policy

Environment = Mapping[str, str]
Mistake = tuple[str, str, str]  # a code, a message and a hint

# "$${" is a literal "${"; any other "${" begins a variable, or is a mistake
_VARIABLE = re.compile(
    r"\$\$\{ | \$\{ (?: (?P<name> [A-Za-z_][A-Za-z0-9_]* ) (?: :- (?P<default> [^}]* ) )? \} )?", re.VERBOSE
)

# The variable of each field, behind the prefix. What is dangerous has none: it is written where it is reviewed.
_VARIABLE_OF = {
    "allow_origins": "ALLOWED_ORIGINS",
    "allow_credentials": "ALLOW_CREDENTIALS",
    "allow_methods": "ALLOW_METHODS",
    "allow_headers": "ALLOW_HEADERS",
    "expose_headers": "EXPOSE_HEADERS",
    "max_age": "MAX_AGE",
}
_FLAGS = {field.name for field in fields(Policy) if field.type is bool}
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


def is_scalar(field: str) -> bool:
    """Tell whether a field of a policy is no list."""
    return field in _FLAGS or field == "max_age"


def scalar(field: str, text: str) -> object:
    """Give what a variable says to such a field: None when nothing, and the text itself when it is neither of both."""
    if field == "max_age":
        return int(text) if _INTEGER.fullmatch(text) else text or None
    return _WORDS.get(text.lower(), text or None)


def hint_in_text(hint: str) -> str:
    """Write a policy's hint for somebody who does not write Python."""
    for python, plain in _IN_TEXT.items():
        hint = hint.replace(python, plain)
    return hint


def policy_from_environment(environ: Environment | None, prefix: str, *, may_be_empty: bool) -> Policy:
    """Do what `Policy.from_env` promises."""
    variables = os.environ if environ is None else environ
    values: dict[str, Any] = {}
    for field, name in _VARIABLE_OF.items():
        text = variables.get(prefix + name, "").strip()
        value = scalar(field, text) if is_scalar(field) else listed(text) or None
        if value is not None:
            values[field] = value
    if may_be_empty:
        values.setdefault("allow_origins", _nobody)
    try:
        return Policy(**values)
    except PolicyError as error:
        raise PolicyError(_in_environment(error, variables, prefix)) from None


def _nobody(_origin: str, _environ: Mapping[str, object]) -> bool:
    return False


def _in_environment(error: PolicyError, environ: Environment, prefix: str) -> Iterator[Problem]:
    """Say of a policy's problems in which variable they stand."""
    for problem in error.problems:
        field, bracket, index = problem.field.partition("[")
        name = prefix + _VARIABLE_OF[field]
        hint = hint_in_text(re.sub(r", or say dangerously_\w+=True", "", problem.hint))
        if problem.code == "no-origins":
            hint = "set it to the origins of your pages, with commas between them, or say may_be_empty=True"
            unread = [each for each in sorted(environ) if each.startswith(prefix) and "ORIGIN" in each and each != name]
            if unread:
                hint += f"; {unread[0]} is set, and nothing reads it"
        yield replace(problem, field=name + bracket + index, hint=hint)
