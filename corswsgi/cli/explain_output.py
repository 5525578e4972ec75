"""Explanations as text or JSON: the exchanges, the verdict, the cause and the fix.

The law of this module: everything is printed through `printable`, and the JSON has all that the text has.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rich.text import Text

from corswsgi.browser import Handshake
from corswsgi.browser.engines import EngineName
from corswsgi.cli.causes import Cause, is_ok
from corswsgi.cli.output import make_console, printable, shortened

_SHOWN = 4  # so many exchanges at the beginning and at the end
_COOKIES = 8
BROWSER_NAMES: dict[EngineName, str] = {"chromium": "Chromium", "firefox": "Firefox", "webkit": "Safari"}

_STYLES = {
    "  ✓": "green", "  ✗": "bold red", "  *": "bold", ">": "bold cyan", "<": "bold cyan", "Blocked": "bold red",
    "Allowed": "bold green", "Console": "red", "Standard": "red", "Cause": "bold", "Fix": "yellow",
    "Table": "bold yellow", "Note": "cyan", "Cookie": "bold red", **dict.fromkeys(BROWSER_NAMES.values(), "red"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A handshake and everything that explains it.

    ``engine`` is the one that was asked for; if none was, ``consoles`` has the words of each browser. ``reason`` is why
    the table does not allow the page, ``also`` the other things that the answer lacks, ``table`` the advice on the
    table. ``notes`` are about the call itself.
    """

    handshake: Handshake
    engine: EngineName | None
    cause: Cause | None
    reason: str
    also: str
    fix: str | None
    consoles: dict[EngineName, str]
    table: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def is_blocked(self) -> bool:
        """Whether the browser keeps the request or its response from the page, because of CORS or before it."""
        return not self.handshake.allowed or self.cause is not None

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON values: the fields of the handshake, and more."""
        return self.handshake.to_dict() | {
            "allowed": not self.is_blocked,
            "fix": self.fix,
            "reason": None if self.handshake.allowed else self._reason(),
            "cause": self.cause and {"code": self.cause.code, "what": self.cause.what, "fix": self.cause.fix},
            "consoles": self.consoles,
            "advice": list(self.table),
            "remarks": list(self.notes),
        }

    def lines(self) -> Iterator[str]:
        """Yield the lines of the verdict: the cause first, and the words of browsers last."""
        handshake = self.handshake
        yield self._verdict()
        if not self.is_blocked:
            yield from self._beside("\nFix: ")
            yield from self._readable()
        else:
            yield f"Cause: {self.cause.what if self.cause else self._reason()}"
            yield f"Fix: {self.fix}"
        for line in self.table:
            yield f"Table: {line}"
        if self.is_blocked:
            yield from self._beside("; ")
        for note in self.notes:
            yield f"Note: {note}"
        if not handshake.allowed or self.consoles:
            yield from self._console()

    def _reason(self) -> str:
        """Return what the step compared at which the fetch ended."""
        failed = (step.text for step in reversed(self.handshake.steps) if not step.passed and not step.cookie)
        return self.reason or f"{next(failed, '')}{self.also}"

    def _verdict(self) -> str:
        handshake = self.handshake
        status = handshake.responses[-1].status if handshake.responses else None
        is_fine = status is None or is_ok(status)
        if handshake.allowed and self.is_blocked:
            return "Blocked at the request, as mixed content: CORS would allow it."
        if handshake.allowed and handshake.type == "opaque":
            its_status = "" if is_fine else f", whose status is {status}"
            return f"Allowed: the request is sent; the page cannot read it, a response of type opaque{its_status}."
        if handshake.allowed:
            read = f"the page can read this {status}, " if not is_fine else "the page gets "
            return f"Allowed: {read}a response of type {handshake.type}."
        return f"Blocked at the {handshake.stage}{'' if is_fine else f', whose status is {status}'}."

    def _readable(self) -> Iterator[str]:
        handshake = self.handshake
        if handshake.type == "opaque":
            return
        yield f"It may read {', '.join(handshake.readable_headers) or 'no header'}."
        if handshake.unreadable_headers:
            yield f"It may not read {', '.join(handshake.unreadable_headers)}."

    def _console(self) -> Iterator[str]:
        if self.engine is not None:
            label = "Standard" if self.engine == "standard" else "Console"
            yield from _labelled(label, self.handshake.message or "")
            return
        if not self.handshake.allowed:
            yield from _labelled("Standard", self.handshake.message or "")
        by_words: dict[str, list[str]] = {}
        for engine, words in self.consoles.items():
            by_words.setdefault(words, []).append(BROWSER_NAMES[engine])
        for words, names in by_words.items():
            yield from _labelled(", ".join(names), words)

    def _beside(self, before_fix: str) -> Iterator[str]:
        """Yield what happened to cookies, and what else there is to know, each with its fix."""
        handshake = self.handshake
        cookies = (*handshake.cookies_refused, *handshake.cookies_unsent)
        said = [("Cookie", each.reason, each.fix) for each in cookies[:_COOKIES]]
        if len(cookies) > _COOKIES:
            said.append(("Cookie", f"{len(cookies) - _COOKIES} more are not kept or not sent", "see --json for each"))
        said += [
            ("Note", each.text, each.fix)
            for each in handshake.notes
            if self.cause is None or each.code != self.cause.code
        ]
        for label, text, fix in said:
            yield from f"{label}: {text}{before_fix}{fix}".split("\n")


def _labelled(label: str, words: str) -> Iterator[str]:
    """Write messages of several lines, each below its label."""
    return (f"{label}: {line}" for line in words.splitlines())


def _shortened(exchanges: list[str]) -> list[str]:
    """Leave out the middle of many exchanges, as a circle of redirects has them."""
    left_out = len(exchanges) - 2 * _SHOWN
    if left_out <= 0:
        return exchanges
    return [*exchanges[:_SHOWN], f"  ... {left_out} exchanges more: --json has them", *exchanges[-_SHOWN:]]


def print_explanation(explanation: Explanation) -> None:
    """Print the exchanges and their explanation."""
    console = make_console()
    exchanges = explanation.handshake.to_text().split("\n\n")[:-1]  # its own verdict stands after the last gap
    for line in map(shortened, (*"\n\n".join(_shortened(exchanges)).splitlines(), "", *explanation.lines())):
        start, colon, rest = line.partition(": ")
        if colon and start in {"Table", "Cause", "Note"}:
            console.print(Text.assemble((f"{start}: ", _STYLES[start]), printable(rest)))
        else:
            style = next((style for start, style in _STYLES.items() if line.startswith(start)), "")
            console.print(Text(printable(line), style))
