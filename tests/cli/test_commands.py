"""Every command is listed, has its examples, and is documented."""

import importlib
import os
import pkgutil
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import corswsgi.cli
from corswsgi.cli.commands import commands

ROOT = Path(__file__).parents[2]
DOCUMENTS = "\n".join(path.read_text("utf-8") for path in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")))


def defined() -> set[str]:
    """Find the commands that the modules of `corswsgi.cli` define."""
    found = set[str]()
    for module in pkgutil.iter_modules(corswsgi.cli.__path__):
        values = vars(importlib.import_module(f"corswsgi.cli.{module.name}")).values()
        found |= {str(value.name) for value in values if isinstance(value, click.Command)}
    return found - {commands.name}


def test_every_command_is_listed() -> None:
    missing = defined() - commands.commands.keys()
    assert not missing, f"add these commands to corswsgi/cli/commands.py: {sorted(missing)}"


@pytest.mark.parametrize("name", sorted(commands.commands))
def test_command_has_a_module_of_its_name_and_is_documented(name: str) -> None:
    callback = commands.commands[name].callback
    assert callback is not None
    assert callback.__module__ == f"corswsgi.cli.{name}"
    assert re.search(rf"\bcorswsgi {name}\b", DOCUMENTS), f"write about corswsgi {name} in README.md or docs/"


def test_table_of_the_documentation_has_each_command_once() -> None:
    rows = re.findall(r"^\| \[`([a-z]+)`\]\(\S+\) ", (ROOT / "docs" / "commands.md").read_text("utf-8"), re.MULTILINE)
    assert sorted(rows) == sorted(commands.commands), "the table in docs/commands.md needs each command once"


SHOWN = re.findall(
    r"^```console\n\$ corswsgi ([^\n]+)\n```\n\n```text\n(.*?)^```\n",
    (ROOT / "docs" / "commands.md").read_text("utf-8"),
    re.MULTILINE | re.DOTALL,
)


@pytest.mark.parametrize(("line", "shown"), [pytest.param(*each, id=each[0][:40]) for each in SHOWN])
def test_documentation_shows_what_a_command_prints(line: str, shown: str) -> None:
    environ = {name: value for name, value in os.environ.items() if name not in {"FRONT_ENDS", "CORS_MAX_AGE"}}
    command = [sys.executable, "-m", "corswsgi", *shlex.split(line)]
    result = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)  # noqa: S603
    assert result.stdout == shown


def test_documentation_shows_each_command_once() -> None:
    assert {line.split()[0] for line, _ in SHOWN} >= {"audit", "check", "codes", "explain", "probe"}


@pytest.mark.parametrize("name", sorted(commands.commands))
def test_help_says_what_the_command_does(name: str) -> None:
    command = commands.commands[name]
    assert command.help, f"corswsgi {name} has no help"


def test_list_of_commands_has_whole_sentences() -> None:
    """At the width of a terminal of 80 columns."""
    listed = CliRunner().invoke(commands, ["--help"], terminal_width=80).stdout.partition("Commands:\n")[2].splitlines()
    assert len(listed) == len(commands.commands)
    assert [line for line in listed if not line.endswith(".") or line.endswith("...")] == []
