"""The data that each surface needs about a field of `Policy`. It is written beside the field, in policy.py.

The law of this module: for each surface, a field has a name there or a reason why the surface does not offer it.
tests/test_fields.py checks this for every field.
"""

from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from typing import Any, Literal

# The type of a field: a list of origin patterns, a list of names, True or False, or a number of seconds
Kind = Literal["origins", "names", "flag", "seconds"]


@dataclass(frozen=True, slots=True)
class NotThere:
    """The reason why a surface does not offer a field."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """The part of a field in the sentence by which `check` and `audit` describe a row.

    The sentence is "pages of <subject> may <send> with <with>, <also>; <end>". In `text` and `many` the value replaces
    ``{}``. `many` is for a list with several entries, `everything` for a list with ``*``, and `nothing` for a value
    that is empty or 0. None and a value whose text is empty have no clause.
    """

    part: Literal["subject", "send", "with", "also", "end"]
    text: str
    many: str = ""
    everything: str = ""
    nothing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surfaces:
    """The names of one field and its description."""

    kind: Kind
    variable: str | NotThere  # in the environment, without the prefix
    flask: str | NotThere  # the option of `corswsgi.flask`: Flask-CORS's, if it has one
    django: str | NotThere  # the setting: django-cors-headers', if it has one
    clause: Clause | NotThere
    takes: str  # the field's row in the documentation's table, in Markdown


def described(  # noqa: PLR0913  (one for each surface)
    *,
    default: object,
    kind: Kind,
    variable: str | NotThere,
    flask: str | NotThere,
    django: str | NotThere,
    clause: Clause | NotThere,
    takes: str,
) -> Any:
    """Return a field of a dataclass with a default and its `Surfaces`."""
    surfaces = Surfaces(kind=kind, variable=variable, flask=flask, django=django, clause=clause, takes=takes)
    return field(default=default, metadata={"surfaces": surfaces})


def surfaces_of(policy: type) -> Mapping[str, Surfaces]:
    """Return the `Surfaces` of a dataclass's fields by name."""
    return {each.name: known for each in fields(policy) if (known := _surfaces(each)) is not None}


def _surfaces(each: Field[Any]) -> Surfaces | None:
    return each.metadata.get("surfaces")
