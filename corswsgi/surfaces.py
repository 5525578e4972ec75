"""The data that each surface needs about a field of `Policy`; it stands beside the field, in policy.py.

The law of this module: a surface knows a field by its name there, or by the reason why it does not offer the field.
tests/test_fields.py holds it for every field.
"""

from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from typing import Any, Literal

# How a field is written: a list of origin patterns, a list of names, True or False, or a number of seconds
Kind = Literal["origins", "names", "flag", "seconds"]


@dataclass(frozen=True, slots=True)
class NotThere:
    """The reason why a surface does not offer a field."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """The part of a field in the sentence by which `check` and `audit` describe a row.

    The sentence is "pages of <subject> may <send> with <with>, <also>; <end>". In `text` and `many` the value replaces
    ``{}``; `many` is for a list of several, `everything` for one with ``*``, and `nothing` for a value that is empty or
    0. None has no clause, and neither has a value whose text is empty.
    """

    part: Literal["subject", "send", "with", "also", "end"]
    text: str
    many: str = ""
    everything: str = ""
    nothing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surfaces:
    """The names of one field, and how it is described."""

    kind: Kind
    variable: str | NotThere  # of the environment, without its prefix
    flask: str | NotThere  # the option of `corswsgi.flask`, in Flask-CORS's words where it has one
    django: str | NotThere  # the setting, in django-cors-headers' words where it has one
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
    """Return what is written beside the fields of a dataclass, by the name of the field."""
    return {each.name: known for each in fields(policy) if (known := _surfaces(each)) is not None}


def _surfaces(each: Field[Any]) -> Surfaces | None:
    return each.metadata.get("surfaces")
