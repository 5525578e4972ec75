"""The options that `explain` has from curl: ``-H`` and ``-d``, with the header that curl adds.

The law of this module: an unreadable value ends the command with 2 before any request is sent.
"""

from pathlib import Path

import click

from corswsgi.cli.listening import in_one_line


def read_headers(_context: click.Context, _parameter: click.Parameter, lines: tuple[str, ...]) -> list[tuple[str, str]]:
    """Read the headers of a request, one per option."""
    for line in lines:
        if ":" not in line:
            raise click.BadParameter(f"{line!r} is not a header: write 'Name: value'")
    return [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]


def read_body(_context: click.Context, _parameter: click.Parameter, parts: tuple[str, ...]) -> str | None:
    """Join several bodies as curl does. ``@file`` is the content of a file without its line breaks."""
    return "&".join(map(_part, parts)) if parts else None


def _part(text: str) -> str:
    if not text.startswith("@"):
        return text
    try:
        return "".join(Path(text[1:]).read_text("utf-8").splitlines())
    except (OSError, UnicodeError, ValueError) as error:
        raise click.BadParameter(f"{text[1:]!r} cannot be read: {in_one_line(error)}") from error


def with_content_type(headers: tuple[tuple[str, str], ...], body: str | None) -> tuple[tuple[str, str], ...]:
    """Add the Content-Type that curl sends with a body, unless `headers` has one."""
    if body is None or any(name.lower() == "content-type" for name, _ in headers):
        return headers
    return (*headers, ("Content-Type", "application/x-www-form-urlencoded"))
