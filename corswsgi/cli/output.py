"""The output of commands: never wrapped, so that it is the same on every terminal and in every file.

The law of this module: everything that a command prints goes through `printable`, in a console of `make_console`, in
`echo` or in an error. So no text of a server or a file moves a terminal's cursor or begins a line.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import click
from rich.console import Console
from rich.text import Text

from corswsgi.browser.handshake import printable as printable  # noqa: PLC0414  (for all commands)

Severity = Literal["high", "medium", "low"]

_LONGEST = 1000  # characters of a line of a report


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of finding: its severity (for `probe`, if cookies are sent along), and why it matters."""

    code: str
    severity: Severity
    why: str


class _PlainConsole(Console):
    """A console that hides unprintable characters."""

    def print(self, *objects: Any, **options: Any) -> None:
        """Print texts, each in one line."""
        super().print(*(_without_controls(each) for each in objects), **options)


def make_console(*, stderr: bool = False) -> Console:
    """Make a console that colours on terminals only, and not under ``NO_COLOR`` (https://no-color.org)."""
    # without a colour system rich writes no escapes at all, not even for bold
    color_system: Literal["auto"] | None = None if os.environ.get("NO_COLOR") else "auto"
    file = sys.stderr if stderr else None  # the terminal, even while output is captured
    return _PlainConsole(color_system=color_system, soft_wrap=True, highlight=False, file=file)


def echo(text: str, *, err: bool = False) -> None:
    """Print lines of our own, such as JSON, with unprintable characters escaped."""
    click.echo("\n".join(map(printable, text.split("\n"))), err=err)


def shortened(line: str) -> str:
    """Cut a very long line, such as one with a header of a hostile server. The JSON has all of it."""
    if len(line) <= _LONGEST:
        return line
    return f"{line[:_LONGEST]}... ({len(line) - _LONGEST} characters more: --json has them)"


@contextmanager
def printable_errors() -> Iterator[None]:
    """Escape unprintable characters in the errors of click, which name arguments and files."""
    try:
        yield
    except click.ClickException as error:
        for name in ("message", "ui_filename"):  # the second is of `click.FileError`
            if name in vars(error):
                vars(error)[name] = "\n".join(map(printable, vars(error)[name].split("\n")))
        raise


def _without_controls(printed: object) -> object:
    """Return a text with the same styles and unprintable characters escaped."""
    if isinstance(printed, str):
        return printable(printed)
    if not isinstance(printed, Text) or printed.plain.isprintable():
        return printed
    pieces = printed.divide(range(1, len(printed)))
    for piece in pieces:
        if not piece.plain.isprintable():
            piece.plain = printable(piece.plain)
            piece.stylize(piece.spans[-1].style if piece.spans else "")
    return Text("", style=printed.style).join(pieces)


# The worst first
SEVERITY_STYLES: dict[Severity, str] = {"high": "bold red", "medium": "yellow", "low": "cyan"}
