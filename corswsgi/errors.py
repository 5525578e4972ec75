"""What is wrong with a table, said all at once: the package's one exception and what it carries."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in a file: ``str()`` gives ``cors.toml:12``, with what is known of line and column (both from 1)."""

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake of a configuration.

    ``code`` is stable kebab-case, safe to match in tests and dashboards; ``field`` is the place
    (``"/api/**".allow_origins[1]``), ``value`` what stood there, ``message`` what is wrong with it and ``hint`` what to
    write instead. ``place`` is the file and the line, for a configuration that was read from one. ``str()`` gives one
    line.
    """

    code: str
    field: str
    value: object
    message: str
    hint: str
    place: Place | None = None

    def __str__(self) -> str:
        text = f"{self.field}: {self.message} ({self.code}); {self.hint}"
        return text if self.place is None else f"{self.place}: {text}"


class PolicyError(ValueError):
    """A configuration that is refused; ``problems`` holds every mistake of it, in the order in which they stand.

    Nothing of a refused configuration takes effect. ``str()`` prints one line for each problem.
    """

    problems: tuple[Problem, ...]

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))


def shown(value: object, limit: int = 120) -> str:
    """Give `value` as it stands in a message: its ``repr``, on one line, of `limit` characters at most."""
    try:
        text = " ".join(repr(value).splitlines())
    except Exception:  # noqa: BLE001  (the repr of an integer of 5000 digits raises, and anybody's own may)
        text = object.__repr__(value)
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def row_name(pattern: object) -> str:
    """Give the name of a table's row, as the first part of a problem's field: ``"/api/**"``."""
    return f'"{repr(pattern)[1:-1]}"' if isinstance(pattern, str) else shown(pattern)


def in_row(pattern: object, problems: Iterable[Problem]) -> list[Problem]:
    """Say of a policy's problems which row of a table they stand in."""
    return [replace(problem, field=f"{row_name(pattern)}.{problem.field}") for problem in problems]


def list_in_string(text: str) -> tuple[str, str, str] | None:
    """Find the classic trap, several values in one string: the code, the message and the hint of that problem."""
    values = [value for value in re.split(r"[\s,]+", text) if value]
    if values == [text] or not text:
        return None
    hint = f"write a list: {shown(values)}" if len(values) > 1 else f"write {shown(''.join(values))}"
    return "list-in-string", f"{shown(text)} has a comma or a space in it", hint
