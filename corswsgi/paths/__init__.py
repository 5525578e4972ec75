"""Path patterns, and the table that finds the one row for a path.

The laws of this module: the path is the one that the wrapped application routes on, decoded once, by the server. The
most specific pattern decides, in whatever order the rows are written. A table is refused if two patterns tie.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from types import MappingProxyType
from typing import Any

from corswsgi.errors import PolicyError, Problem
from corswsgi.paths.patterns import pattern_problems, tie_problems
from corswsgi.paths.trie import PathTrie, to_wsgi
from corswsgi.policy import FIELDS, Policy
from corswsgi.problems import do, in_row, no_cors, problem
from corswsgi.vocabularies import PYTHON, Vocabulary, row_name

_SHOWN_ROWS = 3  # in the repr of a table


class PolicyTable:
    """The policies of all paths: an immutable table, checked as a whole when it is made.

    >>> table = PolicyTable({"/api/**": Policy(allow_origins="*"), "/api/admin/**": None})
    >>> table.match("/api/news")
    ('/api/**', Policy(allow_origins=('*',)))

    `policies` maps path patterns, written in Unicode, to a `Policy`, to the fields of one as a mapping, or to None,
    which turns CORS off for these paths. One `Policy` alone is short for ``{"/**": policy}``. In a pattern ``*`` is one
    segment or a part of one, and ``**`` at the end is everything below. The most specific pattern decides; rows never
    merge, and their order never matters.

    Raises `PolicyError` with the mistakes of all rows. A `Policy` that is made inside the mapping raises its own before
    the table is made; fields as a mapping are checked here, all together.
    """

    __slots__ = ("_rows", "_trie", "names", "vocabulary")

    _rows: Mapping[str, Policy | None]
    _trie: PathTrie[tuple[str, Policy | None]]
    vocabulary: Vocabulary  # the words in which the table was written, for advice; `names` has those of some rows
    names: Mapping[str, str]

    def __init__(self, policies: "Policies") -> None:
        self.vocabulary, self.names = PYTHON, MappingProxyType({})
        if isinstance(policies, PolicyTable):
            self.vocabulary, self.names = policies.vocabulary, policies.names
            self._rows, self._trie = policies._rows, policies._trie  # noqa: SLF001  (of its own class)
            return
        if isinstance(policies, Policy):
            policies = {"/**": policies}
        if not isinstance(policies, Mapping) or not any(map(_is_row, policies.items())):
            _refuse_fields(policies)
        problems: list[Problem] = []
        rows: dict[str, Policy | None] = {}
        for pattern, row in policies.items():
            found = list(pattern_problems(pattern))
            problems += found
            policy = _policy(pattern, row, problems)
            if not found:
                rows[pattern] = policy
        problems += tie_problems(rows)
        if problems:
            raise PolicyError(problems)
        self._rows = MappingProxyType(rows)
        self._trie = PathTrie((pattern, (pattern, policy)) for pattern, policy in rows.items())

    @property
    def rows(self) -> Mapping[str, Policy | None]:
        """The patterns and their policies, as they were written; not to be changed."""
        return self._rows

    def match(self, path: str) -> tuple[str, Policy | None] | None:
        """Return the row that serves `path`: its pattern and its policy, or None for no row.

        `path` is written in Unicode and decoded, as patterns are, and not as `PATH_INFO` has it.
        """
        return self.match_path_info(to_wsgi(path))

    def match_path_info(self, path_info: str) -> tuple[str, Policy | None] | None:
        """Match like `match`, for a path as `PATH_INFO` has it: each character is one byte (PEP 3333)."""
        return self._trie.find(path_info or "/")

    def __repr__(self) -> str:
        rows = ", ".join(f"{pattern!r}: {policy!r}" for pattern, policy in islice(self.rows.items(), _SHOWN_ROWS))
        more = len(self.rows) - _SHOWN_ROWS
        return f"PolicyTable({{{rows}{f', and {more} more' if more > 0 else ''}}})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PolicyTable) and self.rows == other.rows

    def __hash__(self) -> int:
        return hash(frozenset(self.rows))

    def __reduce__(self) -> tuple[type["PolicyTable"], tuple[dict[str, Policy | None]]]:
        return PolicyTable, (dict(self.rows),)


def rows_in_words(table: PolicyTable) -> str:
    """Return the number of rows of `table` in words, for the repr of its owner."""
    return f"{len(table.rows)} row{'' if len(table.rows) == 1 else 's'}"


Policies = Mapping[str, Policy | Mapping[str, object] | None] | PolicyTable | Policy

# Returns the table to serve now, the same object until something changes. Called for each request. Never raises.
PolicySource = Callable[[], PolicyTable]


def make_table(policies: Policies | PolicySource, problems: Iterable[Problem]) -> PolicyTable:
    """Make a table, or raise its problems together with `problems`, which were found before."""
    problems = list(problems)
    if callable(policies):
        if problems:
            raise PolicyError(problems)  # it is not called: it may be the application in the wrong place
        table = policies()
        if not isinstance(table, PolicyTable):
            message = "the policies function returned {value}; it must return a PolicyTable"
            fix = do("return PolicyTable(...) from the function")
            raise PolicyError([problem("wrong-type", "policies", table, message, fix)])
        return table
    try:
        table = PolicyTable(policies)
    except PolicyError as error:
        raise PolicyError([*problems, *error.problems]) from None
    if problems:
        raise PolicyError(problems)
    return table


def _is_row(item: tuple[object, object]) -> bool:
    return str(item[0]).startswith("/") or item[1] is None or isinstance(item[1], Mapping | Policy)


def _refuse_fields(policies: object) -> None:
    """Raise `PolicyError` if `policies` is not a mapping, or is one with the fields of a single policy."""
    from corswsgi.misnamed import as_policy, fields_in_place_of_paths  # noqa: PLC0415  (only a mistake needs it)

    fields = fields_in_place_of_paths(policies, FIELDS)
    if fields or not isinstance(policies, Mapping):
        written = f"{{'/api/**': {as_policy(fields, 75)}}}" if fields else "a dict such as {'/api/**': Policy(...)}"
        message = "policies must map path patterns to policies, not be {value}"
        raise PolicyError([problem("wrong-type", "policies", policies, message, do(f"write {written}, or one Policy"))])


def _policy(pattern: object, row: object, problems: list[Problem]) -> Policy | None:
    if row is None or isinstance(row, Policy):
        return row
    if isinstance(row, Mapping):
        fields: Mapping[str, Any] = {str(name): value for name, value in row.items()}
        try:
            return Policy(**fields)
        except PolicyError as error:
            problems += in_row(pattern, error.problems)
            return None
    from corswsgi.misnamed import as_policy, fields_meant  # noqa: PLC0415  (only a mistake needs it)

    fix = do(f"write {as_policy(fields_meant((row,)), 50)}"), no_cors()
    problems.append(problem("wrong-type", row_name(pattern), row, "{value} is not a policy", *fix))
    return None
