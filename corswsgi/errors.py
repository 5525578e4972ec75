"""`PolicyError`, the one exception of the package, and the problems that it carries."""

from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import field as a_field


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place in a file. ``str()`` returns ``cors.toml:12:5``; line and column count from 1, and may be unknown."""

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One problem of a configuration.

    ``code`` is a stable word such as ``null-origin``, for tests and dashboards; ``corswsgi codes null-origin`` explains
    it. ``field`` is where the problem was found (``"/api/**".allow_origins[1]``), and ``value`` the value found there.
    ``message`` names what is wrong and ``hint`` how to fix it, both in the words of the configuration that was read.
    ``place`` is the file and the line, if it was read from a file. ``str()`` returns one line.
    """

    code: str
    field: str
    value: object
    message: str
    hint: str
    place: Place | None = None
    mistake: object = a_field(default=None, repr=False, compare=False)  # of `corswsgi.problems`: the data of both texts

    def __str__(self) -> str:
        text = f"{self.field}: {self.message} ({self.code}); {self.hint}"
        return text if self.place is None else f"{self.place}: {text}"


class PolicyError(ValueError):
    """An invalid configuration. ``problems`` lists all of its problems, in the order of the configuration.

    An invalid configuration has no effect at all. ``str()`` returns one line for each problem.
    """

    problems: tuple[Problem, ...]

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(map(str, self.problems))
