"""Commands and codes in the documents are the real ones."""

import re
from pathlib import Path

import pytest

from corswsgi.cli.codes import known_codes
from corswsgi.problems import CODES
from tests.support.documents import ROOT


def test_the_command_that_runs_the_tests_is_the_one_of_ci() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    [command] = re.findall(r"^\$ (.* -m pytest && .*)$", text, re.MULTILINE)
    assert command in (ROOT / ".ci" / "run").read_text("utf-8").splitlines()


def test_every_code_of_a_problem_is_tested() -> None:
    tests = "".join(path.read_text("utf-8") for path in Path(__file__).parent.rglob("*.py"))
    untested = [code for code in CODES if f'"{code}"' not in tests]
    assert untested == [], f"no test names these codes: {untested}"


MEANINGS = {
    "refusals.md": {code: known.meaning for code, known in CODES.items()},
    "findings.md": {each.code: each.meaning for each in known_codes() if each.code not in CODES},
}


@pytest.mark.parametrize("page", MEANINGS)
def test_every_code_has_a_section_that_begins_with_its_meaning(page: str) -> None:
    text = (ROOT / "corswsgi" / "cli" / page).read_text("utf-8")
    sections = re.findall(r"^### `([a-z-]+)`\n\n(.)(.*)\.$", text, re.MULTILINE)
    found = {code: first.lower() + rest for code, first, rest in sections}
    expected = {code: meaning[0].lower() + meaning[1:] for code, meaning in MEANINGS[page].items()}
    assert found == expected, f"write a section for each code into corswsgi/cli/{page}"
    same = (ROOT / "docs" / page).read_text("utf-8") == text
    assert same, f"edit corswsgi/cli/{page}, and copy it: cp corswsgi/cli/{page} docs/{page}"


def test_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 250, "move something into docs/"
