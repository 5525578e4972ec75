"""A table of policies from a TOML file.

The law of this module: a file is accepted or refused as a whole, with every mistake at its line, and nothing in it is
merged: one table of the file is one row::

    ["/api/**"]                                             # a path pattern
    allow_origins = ["${FRONT_ENDS:-http://localhost:*}"]   # the fields are those of `Policy`

    ["/api/admin/**"]
    cors = false                                            # no CORS below here
"""

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from corswsgi.calls import helpful
from corswsgi.errors import Place, PolicyError, Problem
from corswsgi.files.loading import named_in, origins_named
from corswsgi.files.toml_lines import Places
from corswsgi.paths import PolicyTable
from corswsgi.policy import FIELDS, Policy
from corswsgi.problems import Mistake, do, drop, mistake, reworded, write
from corswsgi.variables import SCALAR, Combinations, Environment, expanded, has_variable, scalar
from corswsgi.vocabularies import TOML, row_name, shown

FilePath = str | os.PathLike[str]


@helpful()
def load_policies(path: FilePath, *, environ: Environment | None = None) -> PolicyTable:
    """Return the table of policies in a TOML file (https://toml.io).

    Each table of the file is one row. Its header is the path pattern, in quotes; its keys are the fields of `Policy`,
    or ``cors = false`` alone, which turns CORS off for these paths. In a string ``${NAME}`` is replaced by that
    variable of `environ` (`os.environ` if None), ``${NAME:-default}`` by the default if it is missing or empty, and
    ``$${`` by a literal ``${``. In a list, a variable with commas in it becomes several entries; spaces around them and
    empty entries are dropped. Among origins ``{ load = "shop.tenants:origins" }`` names a `LoadedOrigins`, whose module
    is imported.

    Raises `PolicyError` with every mistake at once, each with its `place`. A file that cannot be read, is not TOML or
    has no row is a mistake, too.
    """
    return read_policies(path, environ)[0]


def read_policies(
    path: FilePath, environ: Environment | None = None, *, importing: bool = True
) -> tuple[PolicyTable, Places]:
    """Load policies, and also return the line of each row, field and entry. Imports nothing unless `importing`.

    Without `importing`, loaded origins are `NamedOrigins`.
    """
    file = os.fspath(path)
    return policies_in(_text(file), file, environ, importing=importing)


def policies_in(
    text: str, file: str, environ: Environment | None = None, *, importing: bool = True
) -> tuple[PolicyTable, Places]:
    """Read a table of policies from `text`, as `read_policies` reads a file; `file` is its name in problems."""
    document = _document(file, text)
    places = Places(file, text)
    variables = os.environ if environ is None else environ
    problems: list[Problem] = []
    combinations = Combinations()
    rows: dict[str, Policy | None] = {}
    for pattern, table in document.items():
        if isinstance(table, dict):
            rows[pattern] = _Row(pattern, places, (variables, combinations), problems, importing=importing).policy(
                table
            )
        else:
            problems.append(_stray_key(pattern, table, places.of(pattern)))
    if not document:
        no_rows = mistake("no-rows", "the file has no row", do('begin a row with a line such as ["/api/**"]'))
        problems.append(_of_file(places.of(), no_rows))
    try:
        policies = PolicyTable(rows)
    except PolicyError as error:
        # in `rows` a refused policy is None: problems found now are about patterns, and have them as their values
        found = (reworded(each, TOML, field=each.field) for each in error.problems)
        problems += [replace(each, place=places.of(cast("str", each.value))) for each in found]
    if problems:
        raise PolicyError(sorted(problems, key=_line))
    policies.vocabulary = TOML
    return policies, places


def _line(problem: Problem) -> int:
    return (problem.place and problem.place.line) or 0


def _of_file(place: Place, found: Mistake) -> Problem:
    return replace(found.at("policies", place.file, TOML), place=place)


def _text(file: str) -> str:
    try:
        if not stat.S_ISREG(os.stat(file).st_mode):  # noqa: PTH116  (pathlib is 3 ms of `import corswsgi`)
            raise ValueError("it is not a regular file")  # noqa: TRY301  (opening a FIFO waits for who writes into it)
        with open(file, "rb", opener=_open_at_once) as stream:
            data = stream.read()
    except (OSError, ValueError) as error:  # ValueError: also for a null character in the name
        found = mistake(
            "unreadable-file",
            "the file cannot be read: {reason!s}",
            do("pass the path of a TOML file; this one is {path!s}"),
            reason=error.strerror if isinstance(error, OSError) else error,
            path=shown(os.path.abspath(file), 1000),  # noqa: PTH100
        )
        raise PolicyError([_of_file(Place(file=file), found)]) from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = Place(file=file, line=data.count(b"\n", 0, error.start) + 1)
        message = "the file is not in UTF-8: {reason!s}"
        found = mistake("wrong-encoding", message, do("save the file as UTF-8"), reason=error.reason)
        raise PolicyError([_of_file(place, found)]) from None


def _open_at_once(file: str, flags: int) -> int:
    """Open a file without waiting, in case it has become a FIFO. Windows has no FIFOs."""
    return os.open(file, flags | getattr(os, "O_NONBLOCK", 0))


_SYNTAX = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)


def _document(file: str, text: str) -> dict[str, object]:
    import tomllib  # noqa: PLC0415  (5 ms of `import corswsgi`)

    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: of tomllib's own, or an integer of 5,000 digits
        reason, line, column = str(error), None, None
        located = _SYNTAX.fullmatch(reason)
        if located:
            reason = located[1]
            line = int(located[2] or text.count("\n") + 1)
            column = int(located[3]) if located[3] else None
        header = re.match(r"\s*\[\s*(/[^\]\s]*)", text.split("\n")[line - 1]) if line else None
        fix = do("put the path pattern in quotes: [{pattern}]" if header else "see https://toml.io/en/v1.0.0")
        place = Place(file=file, line=line, column=column)
        arguments = {"reason": reason, "pattern": header and header[1]}
        found = mistake("toml-syntax", "this is not TOML: {reason!s}", fix, **arguments)
        raise PolicyError([_of_file(place, found)]) from None


def _stray_key(name: str, value: object, place: Place) -> Problem:
    if name.startswith("/"):
        message = "{key} must be a TOML table"
        fix = do("write [{key}] on a line of its own, and the fields of a policy or `cors = false` below it")
    else:
        message = "the key {key} is outside of every row"
        fix = do('write it into the row of a path, below a line such as ["/api/**"]')
    return replace(mistake("key-outside-row", message, fix, key=name).at(name, value, TOML), place=place)


class _Row:
    """A row of a file while it is read. Replaces variables and adds mistakes to `problems`."""

    def __init__(
        self,
        pattern: str,
        places: Places,
        variables: tuple[Environment, Combinations],
        problems: list[Problem],
        *,
        importing: bool,
    ) -> None:
        self._importing = importing
        self._pattern = pattern
        self._places = places
        self._environ, self._combinations = variables
        self._problems = problems
        self._sources: dict[str, list[int]] = {}  # for lists: the entry of the file that each entry is from
        self._names: dict[str, str] = {}  # keys as problems name them, in quotes unless they are identifiers

    def policy(self, table: Mapping[str, object]) -> Policy | None:
        """Return the policy, or None if the row turns CORS off or is refused."""
        if "${" in self._pattern:
            fix = do("write the path as the application sees it")
            self._report(mistake("variable-in-path", "a path pattern cannot have variables", fix), self._pattern)
        if "cors" in table:
            self._check_cors(table)
            return None
        before = len(self._problems)
        values: dict[str, Any] = {}
        for name, written in table.items():
            self._names[shown(name)] = name
            value = self._value(name, written)
            if value is not None:
                values[name] = value
        is_whole = len(self._problems) == before  # otherwise origins may be missing because a variable is missing
        try:
            policy = Policy(**values)
        except PolicyError as error:
            for problem in error.problems:
                if is_whole or problem.code != "no-origins":
                    self._report_of_policy(problem)
            return None
        for name, sources in self._sources.items():
            self._places.recount((self._pattern, name), sources)
        return policy

    def _check_cors(self, table: Mapping[str, object]) -> None:
        value = table["cors"]
        others = [name for name in table if name != "cors"]
        if value is not False:
            message = "the only valid value of `cors` is false, not {value}"
            instead = do("write the fields of a policy in its place"), write(False)
            self._report(mistake("cors-not-false", message, *((drop(),) if others else instead)), value, "cors")
        elif others:
            message = "`cors` cannot be used beside the fields of a policy: {others!s}"
            fix = drop(), do("remove the other fields")
            self._report(mistake("cors-beside-fields", message, *fix, others=", ".join(others)), value, "cors")

    def _value(self, name: str, written: object) -> object:
        """Replace the variables in a field's value. Returns None, which no file contains, to leave a field out."""
        if isinstance(written, list):
            entries = [
                (index, value) for index, entry in enumerate(written) for value in self._entries(entry, name, index)
            ]
            self._sources[name] = [index for index, _ in entries]
            return [value for _, value in entries]
        if isinstance(written, dict):
            return self._entries(written, name)
        if not isinstance(written, str) or not has_variable(written):
            return written
        if name in FIELDS and FIELDS[name].kind in SCALAR:
            return scalar(FIELDS[name].kind, ",".join(self._expanded(written, name)))
        return self._entries(written, name)

    def _entries(self, entry: object, name: str, index: int | None = None) -> list[object]:
        load = named_in(entry) if name in FIELDS and FIELDS[name].kind == "origins" else None
        if load is not None:
            found = origins_named(load, importing=self._importing)
            if not isinstance(found, Mistake):
                return [found]
            self._report(found, load, name, index)
            return []
        if not isinstance(entry, str) or not has_variable(entry):
            return [entry]
        return [value for value in self._expanded(entry, name, index) if value]

    def _expanded(self, text: str, name: str, index: int | None = None) -> list[str]:
        mistakes: list[Mistake] = []
        values = expanded(text, self._environ, mistakes, self._combinations)
        for found in mistakes:
            self._report(found, text, name, index)
        return values

    def _report_of_policy(self, problem: Problem) -> None:
        """Return the place of a policy's problem in the file, where the indexes of a list with variables differ."""
        field, index = self._names.get(problem.field, problem.field), None
        entry = re.fullmatch(r"(\w+)\[(\d+)\]", problem.field)
        if entry:
            field = entry[1]
            index = self._sources[field][int(entry[2])] if field in self._sources else None
        self._report(cast("Mistake", problem.mistake), problem.value, field, index)

    def _report(self, found: Mistake, value: object, field: str | None = None, index: int | None = None) -> None:
        place = self._places.of(*(part for part in (self._pattern, field, index) if part is not None))
        name = row_name(self._pattern) + (f".{field}" if field else "") + (f"[{index}]" if index is not None else "")
        self._problems.append(replace(found.at(name, value, TOML), place=place))
