"""`Decision`: the answer to one request, and why. `Decider`: the policy that decides, and its place.

`OnDecision` is the type of the functions that get each `Decision`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from corswsgi.policy import Policy
from corswsgi.vocabularies import PYTHON, Vocabulary, row_name

Reason = Literal[
    "any-origin",  # the row allows "*"
    "origin-allowed",
    "origin-not-allowed",
    "request-method-malformed",  # these three only if the response to a preflight repeats the requested names
    "request-headers-malformed",
    "request-headers-too-long",
    "row-without-policy",  # the row is None, or only sets accept_writes_from
    "no-row",
    "no-origin",  # this and the next two only if a write is refused
    "method-not-allowed",
    "credentials-not-allowed",
]

ALLOWING = frozenset[Reason]({"any-origin", "origin-allowed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The decision about one CORS request (https://fetch.spec.whatwg.org/#cors-request), for logs and metrics.

    ``kind`` is ``"preflight"`` or ``"actual"``. ``allowed`` is true if the headers of the policy were sent to this
    origin; the browser compares the method and the headers of a preflight by itself. ``reason`` is one of a fixed list
    of words, ``path_pattern`` the pattern of the row, or the rule of the view, and None without one. ``origin`` is what
    the client sent, unchecked: pass it through ``ascii()`` before it reaches a log.

    If ``cross_origin_writes`` is ``"report"`` or ``"refuse"``, each write that is not allowed also has a decision of
    the kind ``"write"``, or ``"websocket"`` for a handshake. ``origin`` is empty if such a request has no ``Origin``.
    """

    kind: Literal["preflight", "actual", "write", "websocket"]
    allowed: bool
    reason: Reason
    path_pattern: str | None
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decider:
    """The policy that decides on a request, and where it was written: in the row of a table, or on a view.

    ``policy`` is None where the row or the view says "no CORS". ``place`` is the row's pattern or the view's route.
    ``vocabulary`` has the words in which the policy was written.
    """

    policy: Policy | None
    place: str
    is_view: bool
    vocabulary: Vocabulary = PYTHON

    def __str__(self) -> str:
        return f"view {self.place}" if self.is_view else f"row {row_name(self.place)}"


OnDecision = Callable[[Decision], object]
