"""The report of ``corswsgi check --load``, which asks each store once and lists what it returned.

The law of this module: it reports an error of a store in one line.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from corswsgi.origins.loaded import LoadedOrigins
from corswsgi.paths import PolicyTable
from corswsgi.policy import FIELDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """One `LoadedOrigins` after a load: how many origins it holds, why it failed, and which entries are left out."""

    name: str
    count: int
    error: str | None
    refused: tuple[tuple[str, str], ...]  # an entry, and why


def load_each(table: PolicyTable) -> Iterator[Loaded]:
    """Load each `LoadedOrigins` of `table` once, in the order of the table."""
    seen: list[LoadedOrigins] = []
    for policy in table.rows.values():
        for field, known in FIELDS.items() if policy else ():
            patterns = getattr(policy, field) if known.kind == "origins" else ()
            for pattern in patterns:
                if isinstance(pattern, LoadedOrigins) and not any(pattern is each for each in seen):
                    seen.append(pattern)
                    yield _load(pattern)


def is_unscoped(pattern: object) -> bool:
    """Return whether an origin pattern is a `LoadedOrigins` that compares all requests with one list."""
    return isinstance(pattern, LoadedOrigins) and not pattern.has_scope


def _load(origins: LoadedOrigins) -> Loaded:
    logger = logging.getLogger("corswsgi")
    before, logger.disabled = logger.disabled, True  # its status has the same information
    try:
        origins.load_now()
    finally:
        logger.disabled = before
    status = origins.status()
    refused = zip(status.refused_entries, status.why_refused, strict=True)
    return Loaded(
        name=str(origins),
        count=status.count,
        error=status.error,
        refused=tuple((str(entry), why) for entry, why in refused),
    )
