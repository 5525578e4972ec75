"""What the documents say is true: their programs run and print what is shown, and their links lead somewhere."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.documents import ROOT, blocks_of

DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "benchmarks" / "README.md"]
TEXTS = {path: path.read_text("utf-8") for path in sorted(DOCUMENTS)}
# the programs of refusals.md are run by tests/cli/test_codes.py, each alone
WITH_PROGRAMS = [path for path, text in TEXTS.items() if any(blocks_of(text)) and path.name != "refusals.md"]


def named(paths: list[Path]) -> list[object]:
    return [pytest.param(path, id=str(path.relative_to(ROOT))) for path in paths]


@pytest.mark.parametrize("path", named(WITH_PROGRAMS))
def test_programs_run_in_their_order_and_print_what_is_shown(path: Path) -> None:
    subprocess.run([sys.executable, "-m", "tests.support.documents", str(path)], check=True, cwd=ROOT)  # noqa: S603


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
