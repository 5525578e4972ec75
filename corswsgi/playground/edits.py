"""Changes of one row of a TOML table in place: comments, order and variables elsewhere are kept.

The law of this module: the changed text reads as the table with that one row changed. If no change in place achieves
that, the row is rewritten or, failing that, the whole table.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import fields

from corswsgi.errors import PolicyError
from corswsgi.files import policies_in
from corswsgi.paths import PolicyTable
from corswsgi.playground.renderings import as_toml, row_as_toml, toml_value
from corswsgi.policy import Policy


def with_row(text: str, pattern: str, policy: Policy, environ: Mapping[str, str]) -> str:
    """Return `text`, a valid table, with `policy` in the row `pattern`."""
    table, places = policies_in(text, "table", environ)
    expected = PolicyTable({**table.rows, pattern: policy})
    if pattern not in table.rows:
        return f"{text.rstrip()}\n\n{row_as_toml(pattern, policy)}".lstrip()
    lines = text.splitlines()
    starts = sorted((places.of(each).line or 1) - 1 for each in table.rows)
    first = (places.of(pattern).line or 1) - 1
    last = _end_of_row(lines, first, next((start for start in starts if start > first), len(lines)))
    row = lines[first:last]
    for field in fields(policy):
        if field.init and getattr(policy, field.name) != getattr(table.rows[pattern] or policy, field.name):
            row = _with_field(row, field.name, toml_value(getattr(policy, field.name)))
    anew = row_as_toml(pattern, policy).splitlines()
    for candidate in (row, anew):
        changed = _joined(lines[:first], candidate, lines[last:])
        if _reads_as(changed, expected, environ):
            return changed
    return as_toml(expected)


def _joined(*parts: list[str]) -> str:
    return "\n".join(line for part in parts for line in part) + "\n"


def _end_of_row(lines: list[str], first: int, end: int) -> int:
    """Find the end of the row that begins on line `first`: before the comments of the row on line `end`."""
    while end > first + 1 and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")):
        end -= 1
    return end


def _with_field(row: list[str], name: str, value: str) -> list[str]:
    """Return the row with a field changed or added at its end."""
    start = next((n for n, line in enumerate(row) if line.partition("=")[0].strip() == name), None)
    if start is None:
        return [*row, f"{name} = {value}"]
    end = next(n for n in range(start + 1, len(row) + 1) if _is_whole(row[start:n]) or n == len(row))
    comment = row[start].partition("#")[2] if end == start + 1 and '"' not in row[start].partition("#")[2] else ""
    return [*row[:start], f"{name} = {value}" + (f"  #{comment}" if comment else ""), *row[end:]]


def _is_whole(lines: list[str]) -> bool:
    try:
        tomllib.loads("\n".join(lines))
    except tomllib.TOMLDecodeError:
        return False
    return True


def _reads_as(text: str, expected: PolicyTable, environ: Mapping[str, str]) -> bool:
    try:
        return policies_in(text, "table", environ)[0].rows == expected.rows
    except PolicyError:
        return False
