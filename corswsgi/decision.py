"""`Decision`: what was decided about one CORS request, and why."""

from dataclasses import dataclass
from typing import Literal

Reason = Literal[
    "any-origin",  # the row allows "*"
    "origin-allowed",
    "origin-not-allowed",
    "request-method-malformed",  # these three only where a preflight's answer repeats what was asked
    "request-headers-malformed",
    "request-headers-too-long",
    "row-without-policy",  # the row says None
    "no-row",
]

ALLOWING = frozenset[Reason]({"any-origin", "origin-allowed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What was decided about one CORS request (https://fetch.spec.whatwg.org/#cors-request: it carries ``Origin``).

    ``allowed`` tells whether the row's headers were given to this origin; whether the method and the headers that a
    preflight asks for are among them is for the browser to compare. ``origin`` is what the client sent, unchecked: pass
    it through ``ascii()`` before it reaches a log.
    """

    kind: Literal["preflight", "actual"]
    allowed: bool
    reason: Reason
    path_pattern: str | None
    origin: str
