"""The options that `explain` has from curl: ``-H`` and ``-d``, with the header that curl adds.

The law of this module: an unreadable value ends the command with 2 before any request is sent.
"""

import json
from contextlib import suppress
from pathlib import Path

import click

from corswsgi.cli.listening import in_one_line

_FORM = "application/x-www-form-urlencoded"
_SEND_JSON = "-d '...' -H 'Content-Type: application/json'"
_UNREAD = frozenset({400, 415, 422})  # the answers to a body that a server cannot read
# The names that other tools have for an option
_OTHER_NAMES = {
    "--method": "-X", "--headers": "-H", "--body": "-d", "--data-raw": "-d",
    "--data-ascii": "-d", "--data-binary": "-d", "--form": "-d", "--cookies": "--cookie", "-b": "--cookie",
    "-I": "-X HEAD", "--head": "-X HEAD", "-L": "--follow", "--location": "--follow",
    "-u": "-H 'Authorization: Basic ...'", "--user": "-H 'Authorization: Basic ...'",
}  # fmt: skip


class CurlCommand(click.Command):
    """A command whose ``--json`` is for its output, and whose errors name its options to those who know curl."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments. Raises ``click.UsageError``."""
        after = args[args.index("--json") + 1 :][:1] if "--json" in args else []
        if any(_is_json(each) or each.startswith("@") for each in after):
            raise _json_is_output(ctx)
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            if error.option_name not in _OTHER_NAMES:
                raise
            message = f"there is no option {error.option_name}: use {_OTHER_NAMES[error.option_name]}"
            raise click.UsageError(message, ctx) from error
        except click.BadOptionUsage as error:
            if error.option_name != "--json":
                raise
            raise _json_is_output(ctx) from error


def _json_is_output(context: click.Context) -> click.UsageError:
    return click.UsageError(f"--json is for the output, and takes no value; to send JSON: {_SEND_JSON}", context)


def _is_json(text: str) -> bool:
    """Return whether `text` is an object, an array or a string of JSON."""
    with suppress(ValueError, RecursionError):
        return isinstance(json.loads(text), dict | list | str)
    return text.lstrip().startswith(("{", "["))


def json_sent_as_form(headers: tuple[tuple[str, str], ...], body: str | None, status: int | None) -> str | None:
    """Return a note on an answer of `status` to a body that looks like JSON and was sent as a form."""
    is_form = any(name.lower() == "content-type" and value.startswith(_FORM) for name, value in headers)
    if status not in _UNREAD or body is None or not is_form or not _is_json(body):
        return None
    return (
        f"the body looks like JSON and was sent as a form, as curl sends it, which may be the reason for the {status}; "
        f"to send JSON: {_SEND_JSON}"
    )


def read_headers(_context: click.Context, _parameter: click.Parameter, lines: tuple[str, ...]) -> list[tuple[str, str]]:
    """Read the headers of a request, one per option."""
    for line in lines:
        if ":" not in line:
            raise click.BadParameter(f"{line!r} is not a header: write 'Name: value'")
    return [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]


def origin_in_headers(headers: list[tuple[str, str]]) -> tuple[str | None, list[tuple[str, str]]]:
    """Return the origin of the page, which people who know curl write as a header, and the other headers."""
    origin = next((value for name, value in headers if name.lower() == "origin"), None)
    if not origin:
        return None, headers
    return origin, [(name, value) for name, value in headers if name.lower() != "origin"]


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
    return (*headers, ("Content-Type", _FORM))
