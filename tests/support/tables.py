"""A policy for rows, and the row of a path."""

from corswsgi import Policy, PolicyTable

POLICY = Policy(allow_origins="*")


def row(table: PolicyTable, path: str) -> str | None:
    found = table.match(path)
    return found[0] if found else None
