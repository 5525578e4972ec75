"""The knowledge of `probe` about a URL: what it knows before it sends requests, and the results.

The law of this module: it holds data and sends nothing.
"""

from collections import Counter
from dataclasses import dataclass, field

from corswsgi.cli.probe_origins import Try
from corswsgi.standard import OK_STATUSES

_NO_SUCH_METHOD = 405


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A URL's origins: one that may be allowed, whether it is meant to be, and those to be refused.

    ``is_named`` is true if the user asks for the verdict on this origin.
    """

    origin: str
    is_allowed: bool
    tries: tuple[Try, ...]
    is_named: bool = False


@dataclass(slots=True)
class Seen:
    """The results of one URL: the statuses, whether there were CORS headers, and the lines to report."""

    statuses: Counter[int] = field(default_factory=Counter)
    statuses_of_get: set[int] = field(default_factory=set)
    has_cors: bool = False
    is_whole: bool = True
    failed: int = 0
    late: int = 0
    error: str = ""
    mistakes: set[str] = field(default_factory=set)
    asked_as_stranger: bool = False
    asked_to_write: bool = False
    tried: set[Try] = field(default_factory=set)
    notes: dict[str, None] = field(default_factory=dict)  # in order, each once
    verdicts: list[str] = field(default_factory=list)
    unanswered: set[tuple[str, str]] = field(default_factory=set)

    @property
    def was_probed(self) -> bool:
        """Whether there was a usable response: to GET, neither an error nor a redirect, or one with CORS headers."""
        has_no_get = _NO_SUCH_METHOD in self.statuses_of_get
        statuses = self.statuses if has_no_get else self.statuses_of_get
        return self.has_cors or any(status in OK_STATUSES for status in statuses)

    def note(self, text: str) -> None:
        """Add a line to report, once."""
        self.notes[text] = None
