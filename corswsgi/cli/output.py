"""Where commands print: never wrapped, so that what is printed is the same on every terminal and in every file."""

import os
import sys
from typing import Literal

from rich.console import Console

Severity = Literal["high", "medium", "low"]


def make_console(*, stderr: bool = False) -> Console:
    """Make a console that colours on terminals only, and not under ``NO_COLOR`` (https://no-color.org)."""
    # without a colour system rich writes no escapes at all, not even for bold
    color_system: Literal["auto"] | None = None if os.environ.get("NO_COLOR") else "auto"
    file = sys.stderr if stderr else None  # now, so that it stays on the terminal while others are kept from it
    return Console(color_system=color_system, soft_wrap=True, highlight=False, file=file)


def printable(text: str) -> str:
    """Hide what does not print: nothing that a server or a file says moves a terminal's cursor."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


# From the worst on
SEVERITY_STYLES: dict[Severity, str] = {"high": "bold red", "medium": "yellow", "low": "cyan"}
