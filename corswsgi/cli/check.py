"""``corswsgi check``: the problems of a file of policies or, if there are none, what it allows.

The law of this module: lines ``file:line: code: message`` are for tools as well as people, and are never wrapped.
"""

import json
import re
import sys
from collections.abc import Iterable
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from corswsgi.cli.check_loads import Loaded, load_each
from corswsgi.cli.check_warnings import warnings_about
from corswsgi.cli.output import echo, make_console, printable
from corswsgi.cli.words import in_words
from corswsgi.errors import PolicyError, Problem
from corswsgi.files import read_policies
from corswsgi.paths import PolicyTable
from corswsgi.policy import Policy


class _TableFile(click.Path):
    """A file of policies. For another target the error names the command that takes it."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path, or fail."""
        text = str(value)
        if re.match("https?://", text, re.IGNORECASE):
            self.fail(f"check reads a file in TOML; to ask a server, write: corswsgi probe {text}", param, ctx)
        if text.endswith(".py") or (re.fullmatch(r"[\w.]+:[\w.]+(?:\(.*\))?", text) and not Path(text).exists()):
            message = f"check reads TOML; to look into an application, write: corswsgi audit {text}"
            self.fail(message, param, ctx)
        return super().convert(value, param, ctx)


@click.command(
    short_help="Check a file of policies, and describe what it allows.",
    epilog="""\b
Examples:
  corswsgi check cors.toml
  FRONT_ENDS=https://app.example.com corswsgi check --json cors.toml
  corswsgi check --load cors.toml
""",
)
@click.argument("file", type=_TableFile(exists=True, dir_okay=False))
@click.option("--load", "loading", is_flag=True, help="Import the loaders that FILE names, and run each once.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def check(context: click.Context, file: str, *, loading: bool, as_json: bool) -> None:
    """List the problems of FILE, a table of policies in TOML, or what it allows.

    With --load, also list the loaded entries that are left out. Without it, nothing is imported.

    Exits with 0 when FILE is valid, even if there are warnings; with 1 when there are problems.
    """
    table: PolicyTable | None = None
    problems: tuple[Problem, ...] = ()
    warnings: list[Problem] = []
    try:
        if loading:
            sys.path.insert(0, str(Path.cwd()))
        table, places = read_policies(file, importing=loading)
        warnings = warnings_about(table, places)
    except PolicyError as error:
        problems = error.problems
    loaded = list(load_each(table)) if loading and table else []
    if as_json:
        found = _as_json(file, table, problems, warnings)
        echo(json.dumps(found | ({"loaded": [asdict(each) for each in loaded]} if loading else {}), indent=2))
    else:
        _print(table, problems, warnings)
        _print_loaded(loaded)
        _print_where_to_read([*problems, *warnings])
    context.exit(1 if problems or any(each.error for each in loaded) else 0)


def _as_json(
    file: str, table: PolicyTable | None, problems: Iterable[Problem], warnings: Iterable[Problem]
) -> dict[str, object]:
    return {
        "file": file,
        "problems": [_problem_as_json(problem) for problem in problems],
        "warnings": [_problem_as_json(warning) for warning in warnings],
        "rows": [
            {"path": pattern, "policy": policy and _policy_as_json(policy), "means": in_words(policy)}
            for pattern, policy in (table.rows.items() if table else ())
        ],
    }


def _problem_as_json(problem: Problem) -> dict[str, object]:
    place = problem.place
    return {
        "line": place and place.line,
        "column": place and place.column,
        "code": problem.code,
        "field": problem.field,
        "message": problem.message,
        "hint": problem.hint,
    }


def _policy_as_json(policy: Policy) -> dict[str, object]:
    return {field.name: _value_as_json(getattr(policy, field.name)) for field in fields(policy)}


def _value_as_json(value: object) -> object:
    return [each if isinstance(each, str) else str(each) for each in value] if isinstance(value, tuple) else value


def _print(table: PolicyTable | None, problems: Iterable[Problem], warnings: list[Problem]) -> None:
    console = make_console()
    for problem in problems:
        _print_problem(console, problem, Text(problem.code, "bold red"))
    if table is None:
        return
    for pattern, policy in table.rows.items():
        console.print(Text(printable(pattern), "bold"))
        console.print(Text(printable(f"    {in_words(policy)}")))
    for warning in warnings:
        _print_problem(console, warning, Text.assemble("warning: ", (warning.code, "bold yellow")))


def _print_problem(console: Console, problem: Problem, code: Text) -> None:
    place = printable(str(problem.place))
    console.print(Text.assemble((place, "bold"), ": ", code, printable(f": {problem.message}")))
    console.print(Text(printable(f"    {problem.field}: {problem.hint}"), "dim"))


def _print_where_to_read(found: list[Problem]) -> None:
    """Name the command that explains a code: on standard error, since standard output is for tools, too."""
    if found:
        make_console(stderr=True).print(Text(f"Explained by: corswsgi codes {found[0].code}", "dim"))


def _print_loaded(loaded: Iterable[Loaded]) -> None:
    console = make_console()
    for each in loaded:
        state = f"failed: {each.error}" if each.error else f"{each.count}, left out: {len(each.refused)}"
        console.print(Text(printable(f"{each.name}: {state}"), "bold red" if each.error else "bold"))
        for entry, why in each.refused:
            console.print(Text(printable(f"    {entry}: {why}")))
