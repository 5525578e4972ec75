"""Fields of a policy that are written under another name, without a name, or where a policy is expected.

The law of this module: only the hint guesses. The configuration itself is refused.
"""

import re
from collections.abc import Callable, Collection, Mapping

from corswsgi.errors import PolicyError, Problem
from corswsgi.near import WORDS, in_snake_case, meant, says_all
from corswsgi.problems import do, problem, rename, set_to
from corswsgi.surfaces import Surfaces
from corswsgi.vocabularies import shown

_NEAR = 0.4  # 1 means equal
_EXAMPLE = "https://app.example.com"

Fields = Mapping[str, Surfaces]


def meant_field(name: str, fields: Fields, *, cutoff: float = _NEAR) -> str | None:
    """Return the field that `name` probably means: its name in another surface, or nearly its own name."""
    snake = in_snake_case(name)
    for field, known in fields.items():
        names = (each for each in (known.variable, known.flask, known.django) if isinstance(each, str))
        if snake in {each.lower().removeprefix("cors_") for each in names}:
            return field
    return meant(name, fields.keys(), WORDS, cutoff=cutoff)


def unknown_fields(unknown: Mapping[str, object], fields: Fields) -> list[Problem]:
    """Return the problem of each field that a policy does not have."""
    problems = []
    for name, value in unknown.items():
        right = meant_field(name, fields)
        fix = rename(right) if right else do("use a field such as {allow_origins} or {max_age}")
        if right == "allow_origins" and value is True and says_all(in_snake_case(name)):
            fix = set_to("allow_origins", "*")
        here = name if name.isidentifier() else shown(name)
        problems.append(problem("unknown-field", here, value, "{name} is not a field of a policy", fix, name=name))
    return problems


def fields_meant(values: tuple[object, ...]) -> Mapping[str, object]:
    """Return the fields that `values`, which were passed without names, probably are. Empty if it is unclear."""
    if len(values) == 1 and isinstance(values[0], Mapping):
        return {} if any(not isinstance(name, str) or name.startswith("/") for name in values[0]) else values[0]
    if len(values) == 1 and _is_list_of_origins(values[0]):
        return {"allow_origins": values[0]}
    if values and all(map(_is_origin, values)):
        return {"allow_origins": values[0] if len(values) == 1 else list(values)}
    return {}


def unnamed_fields(
    values: tuple[object, ...], named: Mapping[str, object], policy: Callable[..., object]
) -> list[Problem]:
    """Return the problems of fields without names, ``Policy("https://app.example.com")``, and of all fields."""
    fields = fields_meant(values)
    value = values[0] if len(values) == 1 else values
    place, fix = "policy", do(f"write {as_policy(fields, 100)}")
    if not isinstance(value, Mapping):
        message = "a policy takes its fields by name, and {value} has none"
        place = "allow_origins" if fields else "policy"
    elif any(str(name).startswith("/") for name in value):
        message, fix = "a policy has no paths", do("pass the paths to CORSMiddleware(app, policies)")
    else:
        message = "a policy takes its fields by name, not as a dict"
    problems = [problem("unnamed-field", place, value, message, fix)]
    try:
        policy(**{**fields, **named})
    except PolicyError as error:
        problems += (found for found in error.problems if found.code != "no-origins")
    return problems


def as_policy(fields: Mapping[str, object], most: int) -> str:
    """Write the policy of `fields` in `most` characters, or an example if nothing is known of them."""
    written = ", ".join(f"{name}={shown(value, most)}" for name, value in fields.items())
    if not written or "=<" in written or len(written) > most:  # "<": the repr of a function is not code
        names = ", ".join(f"{name}=..." for name in fields)
        written = names if 0 < len(names) <= most else f"allow_origins={_EXAMPLE!r}"
    return f"Policy({written})"


def fields_in_place_of_paths(policies: object, fields: Fields) -> Mapping[str, object]:
    """Return the fields of a policy that are passed in place of a table, under their right names. Empty for others."""
    if not isinstance(policies, Mapping):
        return fields_meant((policies,))
    found = {meant_field(str(name), fields, cutoff=0.8): value for name, value in policies.items()}
    return {} if None in found else {str(name): value for name, value in found.items()}


def _is_origin(value: object) -> bool:
    return isinstance(value, re.Pattern) or (isinstance(value, str) and not value.startswith("/")) or callable(value)


def _is_list_of_origins(value: object) -> bool:
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Collection):
        return False
    return len(value) > 0 and all(map(_is_origin, value))
