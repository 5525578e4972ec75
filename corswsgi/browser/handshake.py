"""The record of a fetch between a page and its servers, step by step, for a person or a program."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from corswsgi.browser.engines import EngineName
from corswsgi.browser.failure import FailureCode, Stage
from corswsgi.browser.request import Credentials, Initiator, RequestMode
from corswsgi.browser.response import ResponseType
from corswsgi.browser.set_cookie import DroppedCookie

NoteCode = Literal[
    "unauthenticated",
    "django-disallowed-host",
    "csrf-refused",
    "cookie-deleted",
    "mixed-content",
    "local-network-access",
    "wildcard-authorization",
]

_MARKED = ("access-control-", "origin", "vary", "cookie", "set-cookie", "location", "cross-origin-resource-policy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A request as it was sent: its headers in order, each name once."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    preflight: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """The answer to a request, as it came."""

    status: int
    headers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One comparison of the standard. ``exchange`` is the number of requests that had been sent before it.

    A failed step ends the fetch, unless it is about a cookie: ``cookie`` is the cookie that was dropped.
    """

    section: str
    text: str
    passed: bool
    exchange: int
    cookie: DroppedCookie | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something beside the verdict that a developer should know. ``fix`` is one imperative."""

    code: NoteCode
    text: str
    fix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Handshake:
    """The record of a request: what was sent and received, every comparison, and the verdict.

    ``allowed`` is the verdict. ``stage`` is where the request was blocked: at the ``request`` (nothing was sent), at
    the ``preflight`` or at the ``response``. ``code`` is the kind of failure and ``detail`` the value that caused it.
    ``message`` has the words of the browser's console, and ``fix`` what would have to change, in one line.

    ``requests`` and ``responses`` went over the network. There is one response less if a connection failed, and none if
    the HTTP cache answered. ``readable_headers`` and ``unreadable_headers`` are names of headers of the last response;
    both are empty if it is blocked.

    ``cookies_refused`` were set by a response and not kept; ``cookies_unsent`` were kept and not sent. ``notes`` name
    what no comparison shows, such as a 401 that may be for want of a cookie.
    """

    page_origin: str
    engine: EngineName
    api: Initiator
    mode: RequestMode
    credentials: Credentials
    method: str
    url: str
    allowed: bool
    stage: Stage | None
    preflighted: bool
    type: ResponseType
    requests: tuple[Sent, ...]
    responses: tuple[Received, ...]
    readable_headers: tuple[str, ...]
    unreadable_headers: tuple[str, ...]
    steps: tuple[Step, ...]
    code: FailureCode | None = None
    detail: str | None = None
    message: str | None = None
    fix: str | None = None
    cookies_refused: tuple[DroppedCookie, ...] = ()
    cookies_unsent: tuple[DroppedCookie, ...] = ()
    notes: tuple[Note, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the record as values of JSON: numbers, strings, lists and dictionaries."""
        return {name: _plain(value) for name, value in asdict(self).items()}

    def to_text(self) -> str:
        """Return the record as text for a person. ``*`` marks the headers that decide.

        ``Referer`` and ``Sec-Fetch-*`` are left out of requests that CORS covers; `requests` has them.
        """
        lines = [
            f"{self.page_origin} asks {self.method} {self.url}",
            f"({self.api}, mode {self.mode}, credentials {self.credentials}, engine {self.engine})",
        ]
        for exchange in range(len(self.requests) + 1):
            if exchange:
                lines += ["", *self._exchange_lines(exchange - 1)]
            lines += [
                f"  {'✓' if step.passed else '✗'} {printable(step.text)} [{step.section.rpartition('/')[2]}]"
                for step in self.steps
                if step.exchange == exchange
            ]
        return "\n".join([*lines, "", *self._verdict_lines()]) + "\n"

    def _exchange_lines(self, index: int) -> list[str]:
        """Write a request and its response. A CORS request is written without the other headers that name the page."""
        sent = self.requests[index]
        shown = sent.headers
        if self.mode not in {"navigate", "websocket"}:
            shown = tuple(header for header in shown if not header[0].startswith(("Sec-Fetch-", "Referer")))
        lines = [f"> {sent.method} {sent.url}", *_header_lines(shown)]
        if index < len(self.responses):
            received = self.responses[index]
            lines += [f"< {received.status}", *_header_lines(received.headers)]
        return lines

    def _verdict_lines(self) -> list[str]:
        if not self.allowed:
            lines = [f"Blocked at the {self.stage}.", f"Console: {self.message}", f"Fix: {printable(self.fix or '')}"]
        else:
            lines = [f"Allowed: the page gets a response of type {self.type}."]
            if self.type in {"basic", "cors"}:
                lines += [f"It may read {', '.join(self.readable_headers) or 'no header'}."]
            if self.unreadable_headers:
                lines += [f"It may not read {', '.join(self.unreadable_headers)}."]
        for dropped in (*self.cookies_refused, *self.cookies_unsent):
            lines += [f"Cookie: {printable(dropped.reason)}", f"Fix: {printable(dropped.fix)}"]
        for note in self.notes:
            lines += [f"Note: {printable(note.text)}", f"Fix: {printable(note.fix)}"]
        return lines


def _header_lines(headers: tuple[tuple[str, str], ...]) -> list[str]:
    return [
        f"  {'*' if name.lower().startswith(_MARKED) else ' '} {name}: {printable(value)}" for name, value in headers
    ]


def printable(text: str) -> str:
    """Escape unprintable characters as Python does: a server's text cannot move a terminal's cursor or begin a line."""
    return text if text.isprintable() else "".join(map(_shown, text))


def _shown(character: str) -> str:
    return character if character.isprintable() else ascii(character)[1:-1]


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, tuple | list) else value
