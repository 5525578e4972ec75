"""What the documents say is true: their programs run and print what is shown, and their links lead somewhere."""

import re
import shlex
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from textwrap import dedent

import click
import pytest

from corswsgi.cli.commands import commands
from corswsgi.files import policies_in
from corswsgi.policy import FIELDS
from tests.support.documents import ROOT, blocks_of, files_of_tests

DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "benchmarks" / "README.md"]
TEXTS = {path: path.read_text("utf-8") for path in sorted(DOCUMENTS)}
# the programs of refusals.md are run by tests/cli/test_codes.py, each alone
WITH_PROGRAMS = [path for path, text in TEXTS.items() if any(blocks_of(text)) and path.name != "refusals.md"]


# Whole files: those of refusals.md are run elsewhere
_FILES = re.compile(r"^```toml\n(\[.*?)^```$|^  cors\.toml: \|\n((?:    [^\n]*\n)+)", re.MULTILINE | re.DOTALL)


def named(paths: list[Path]) -> list[object]:
    return [pytest.param(path, id=str(path.relative_to(ROOT))) for path in paths]


@pytest.mark.parametrize("path", named(WITH_PROGRAMS))
def test_programs_run_in_their_order_and_print_what_is_shown(path: Path) -> None:
    subprocess.run([sys.executable, "-m", "tests.support.documents", str(path)], check=True, cwd=ROOT)  # noqa: S603


@pytest.mark.parametrize("path", named([path for path, text in TEXTS.items() if files_of_tests(text)]))
def test_tests_are_found_and_pass(path: Path, tmp_path: Path) -> None:
    for number, text in enumerate(files_of_tests(TEXTS[path])):
        (tmp_path / f"test_{number}.py").write_text(text, "utf-8")
    command = [sys.executable, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)  # noqa: S603
    assert result.returncode == 0, result.stdout


def anchors(text: str) -> set[str]:
    """Make the anchors of a document's headings as forges do: lower case, words joined by hyphens."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", named(list(TEXTS)))
def test_links_lead_somewhere(path: Path) -> None:
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", TEXTS[path]):
        target, _, anchor = link.partition("#")
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        found = (path.parent / target).resolve() if target else path
        if not found.exists() or (anchor and anchor not in anchors(found.read_text("utf-8"))):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("path", named(list(TEXTS)))
def test_examples_that_are_named_are_there(path: Path) -> None:
    assert [name for name in re.findall(r"`(examples/[\w./]+)`", TEXTS[path]) if not (ROOT / name).exists()] == []


@pytest.mark.parametrize(
    "path", named([path for path, text in TEXTS.items() if path.name != "refusals.md" and _FILES.search(text)])
)
def test_files_of_policies_are_accepted(path: Path) -> None:
    environ = {"FRONT_ENDS": "https://app.example.com"}
    for toml, in_yaml in _FILES.findall(TEXTS[path]):
        table, _ = policies_in(toml or dedent(in_yaml), path.name, environ, importing=False)
        assert table.rows


def test_every_page_is_listed() -> None:
    listed = set(re.findall(r"^- \[([\w.]+)\]\(\1\): ", TEXTS[ROOT / "docs" / "README.md"], re.MULTILINE))
    assert listed == {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}


def test_page_of_the_configuration_has_every_field() -> None:
    table = re.findall(r"^\| `(\w+?)(?:\.\.\.)?` \| ", TEXTS[ROOT / "docs" / "configuration.md"], re.MULTILINE)
    assert [name for name in FIELDS if not name.startswith(tuple(table))] == []


COMMAND = re.compile(r"(?:^\$ |`|&& )corswsgi ([a-z]+(?: [^`\n&|]*)?)", re.MULTILINE)


@pytest.mark.parametrize("path", named([path for path, text in TEXTS.items() if COMMAND.search(text)]))
def test_commands_have_the_options_that_are_written(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are parsed, and not run: what they ask may not be there. Some are only named, without a target."""
    monkeypatch.chdir(tmp_path)
    for name in ("cors.toml", "examples/cors.toml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    for line in COMMAND.findall(TEXTS[path]):
        name, *arguments = shlex.split(line.replace("...", "x"))
        with suppress(click.MissingParameter):
            commands.commands[name].make_context(name, arguments)
