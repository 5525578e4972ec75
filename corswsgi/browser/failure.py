"""The ways in which a fetch fails: a code for each, with the values that the standard compares."""

from dataclasses import dataclass
from typing import Literal

Stage = Literal["request", "preflight", "response"]

FailureCode = Literal[
    # the script's own call: `fetch()` throws, nothing is sent
    "url-invalid",
    "url-with-credentials",
    "url-scheme",
    "method-invalid",
    "method-forbidden",
    "header-name-invalid",
    "header-value-invalid",
    "option-invalid",
    "body-not-allowed",
    "no-cors-method",
    "no-cors-redirect-mode",
    "same-origin-mode",
    "bad-port",
    "data-url-invalid",
    # the CORS check, of a preflight's answer or of the response
    "allow-origin-missing",
    "allow-origin-wildcard",
    "allow-origin-multiple",
    "allow-origin-invalid",
    "allow-origin-mismatch",
    "allow-credentials",
    # other requirements on the response to a preflight
    "preflight-redirect",
    "preflight-not-ok",
    "allow-methods-malformed",
    "allow-headers-malformed",
    "method-not-allowed",
    "header-not-allowed",
    # redirects
    "redirect-mode",
    "redirect-location",
    "redirect-scheme",
    "redirect-limit",
    "redirect-with-credentials",
    "redirect-blocked",
    # the rest
    "resource-policy",
    "response-malformed",
    "eventsource-status",
    "eventsource-type",
    "websocket-redirect",
    "redirect-elsewhere",
    "connection",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A step of the standard that failed.

    ``section`` is the address of that step, ``reason`` says which values were compared, and ``detail`` is the value,
    the method, the header's name or the URL that it failed on. ``names`` are all headers that were not allowed, and
    ``listed`` the methods or headers that the answer to the preflight names. ``is_repeated`` is true if the header came
    more than once. ``element`` is used by some consoles in place of ``detail``: the one bad element of a list, the
    value of a header, or a header's name as the script wrote it.
    """

    code: FailureCode
    section: str
    reason: str
    detail: str = ""
    element: str = ""
    names: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()
    is_repeated: bool = False


class NetworkError(Exception):
    """Follow https://fetch.spec.whatwg.org/#concept-network-error: how a fetch ends when a step of it fails."""

    def __init__(self, failure: Failure, stage: Stage) -> None:
        self.failure = failure
        self.stage = stage
        super().__init__(failure.reason)
