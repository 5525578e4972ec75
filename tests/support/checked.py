"""Files of policies that `corswsgi check` looks at."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from corswsgi.cli.commands import commands

ORIGINS = 'allow_origins = ["https://app.example.com"]\n'
FINE = f'["/api/**"]\n{ORIGINS}'
WRONG = '["/api/**"]\nallow_origins = ["https://app.example.com:443"]\nmax_age = -1\n'


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Name a file of a folder of its own, in which the command runs, with no wish about colours."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    return Path("cors.toml")


def check(file: Path, text: str, *options: str) -> Result:
    file.write_text(text, "utf-8")
    return CliRunner().invoke(commands, ["check", str(file), *options])


def warnings(file: Path, text: str) -> list[tuple[int, str, str]]:
    """Give the line, the code and the field of each warning."""
    result = check(file, text, "--json")
    assert result.exit_code == 0
    return [(each["line"], each["code"], each["field"]) for each in json.loads(result.stdout)["warnings"]]
