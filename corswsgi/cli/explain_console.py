"""``corswsgi explain --console``: a console's error message, explained from its text alone.

The law of this module: it sends nothing, and a line that is not about CORS is not explained as if it were.
"""

import json
import re
import shlex
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from corswsgi.browser import Handshake
from corswsgi.browser.url import parse
from corswsgi.cli.causes import is_ok
from corswsgi.cli.console import ConsoleLine, read_console
from corswsgi.cli.console_meaning import cause_of, code_of, meaning_of, remarks_on
from corswsgi.cli.explain_output import BROWSER_NAMES
from corswsgi.cli.not_cors import NotCORS, comes_before_cors, read_not_cors
from corswsgi.cli.output import echo, make_console, printable

_MAX_LENGTH, _MAX_LINE = 20_000, 4_000  # characters of a console, and of each of its lines
_EXAMPLE = (
    "copy the red line of the console that names the URL and the reason, for "
    "example \"Access to fetch at 'http://...' from origin 'http://...' has been blocked by CORS policy: ...\""
)


def is_pasted(text: str) -> bool:
    """Return whether `text`, passed as a target, is a console line."""
    return re.search(r"\s", text.strip()) is not None and (read_console(text) or read_not_cors(text)) is not None


def read_lines(text: str) -> "ConsoleLine | NotCORS":
    """Read the lines of a console, from a file or, with ``-``, from standard input.

    Raises ``click.UsageError`` if there are none.
    """
    if text == "-":
        text = sys.stdin.buffer.read(_MAX_LENGTH).decode("utf-8", "replace")
    elif (file := _file(text)) is not None:
        with file.open("rb") as opened:
            text = opened.read(_MAX_LENGTH).decode("utf-8", "replace")
    text = text[:_MAX_LENGTH].encode("utf-8", "replace").decode()  # an argument may have bytes that are not UTF-8
    text = "\n".join(line[:_MAX_LINE] for line in text.splitlines())
    if not text.strip():
        raise click.UsageError(f"the line is empty: {_EXAMPLE}")
    other = read_not_cors(text)
    line = read_console(text)
    if other is not None and (line is None or comes_before_cors(other) or (other.says_why and _says_nothing(line))):
        if not other.says_why:
            raise click.UsageError(f"{other.cause}; {other.fix}")
        return other
    if line is None:
        raise click.UsageError(f"that is not a line about CORS: {_EXAMPLE}")
    return line


def _file(text: str) -> Path | None:
    """Return the file that `text` names: one word, which no console line is."""
    name = text.strip().removeprefix("@")
    if not name or re.search(r"\s", name):
        return None
    with suppress(OSError, ValueError):  # no file can have this name
        return path if (path := Path(name)).is_file() else None
    return None


def _says_nothing(line: ConsoleLine) -> bool:
    return not line.codes and not line.detail and not line.header and line.status is None


def explain_line(line: "ConsoleLine | NotCORS", origin: str | None, *, as_json: bool) -> int:
    """Print what a line says; returns the status to exit with."""
    told = _not_cors(line, origin) if isinstance(line, NotCORS) else _cors(line, origin)
    if as_json:
        about = None if isinstance(line, NotCORS) else asdict(line)
        echo(json.dumps({"console": about, **told}, indent=2))
    else:
        console = make_console()
        for label, text in _lines(told):
            console.print(Text.assemble((f"{label}: ", "bold"), printable(text)))
    return 1


def _lines(told: dict[str, Any]) -> list[tuple[str, str]]:
    labels = {"page": "Page", "url": "Asked", "failed": "Blocked", "cause": "Cause", "fix": "Fix"}
    lines = [(label, told[key]) for key, label in labels.items() if told.get(key)]
    return lines + [("Note", note) for note in told["remarks"]]


def _not_cors(line: NotCORS, origin: str | None) -> dict[str, Any]:
    url = parse(line.url or "")
    remarks = []
    if line.status is not None and url is not None:
        page = origin or "http://..."
        remarks = [f"to ask the server itself: corswsgi explain {shlex.quote(url.sent)} --origin {page}"]
    return {
        "code": line.code, "page": origin, "url": line.url, "status": line.status, "cause": line.cause, "fix": line.fix,
        "remarks": remarks,
    }  # fmt: skip


def _cors(line: ConsoleLine, origin: str | None) -> dict[str, Any]:
    cause = cause_of(line, origin)
    what, fix = meaning_of(line, origin)
    browser = BROWSER_NAMES[line.engine]
    return {
        "code": code_of(line),
        "browser": browser,
        "page": origin,
        "url": _asked(line),
        "failed": what,
        "cause": cause and cause.what,
        "fix": cause.fix if cause else fix,
        "remarks": list(remarks_on(line, origin, browser)),
    }


def _asked(line: ConsoleLine) -> str | None:
    if line.url is None or line.first_url in {None, line.url}:
        return line.url
    return f"{line.url}, redirected from {line.first_url}"


def beside_a_line(
    line: ConsoleLine, handshake: Handshake, method: str | None, body: str | None, *, is_application: bool
) -> Iterator[str]:
    """Yield how a target that was asked differs from the line: its answer, and the request where the line names none.

    `method` and `body` are those that were passed beside the line.
    """
    if handshake.allowed and line.codes:
        yield _not_as_the_line(line, is_application=is_application)
    if method is not None or not line.method or line.method == line.detail:
        return
    status = handshake.responses[-1].status if handshake.responses else None
    guess = f"the line does not name the method: {line.method} was asked"
    if handshake.allowed and body is None and status is not None and not is_ok(status):
        yield f"{guess}, without a body, which may be the reason for the {status}; pass -X and -d for another"
    else:
        yield f"{guess}; pass -X for another"


def _not_as_the_line(line: ConsoleLine, *, is_application: bool) -> str:
    url = parse(line.url or "")
    if not is_application:
        return (
            "this server allows what the line says is blocked: it changed since, or the page asked otherwise (-X, -H)"
        )
    where = "the server of the line" if url is None else f"the server at {url.netloc}"
    return (
        f"this application allows what the line says is blocked: {where} is another one, or was not restarted; "
        "or the page asked otherwise (-X, -H)"
    )
