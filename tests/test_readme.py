"""What the README says is true: its commands and tables are the real ones."""

import re
from pathlib import Path

from corswsgi.problems import CODES
from tests.support.documents import README, ROOT


def test_the_command_that_runs_the_tests_is_the_one_of_ci() -> None:
    [command] = re.findall(r"^\$ (.* pytest .*)$", README, re.MULTILINE)
    assert command in (ROOT / ".ci" / "run").read_text("utf-8").splitlines()


def test_every_code_of_a_problem_is_tested() -> None:
    tests = "".join(path.read_text("utf-8") for path in Path(__file__).parent.rglob("test_*.py"))
    assert [code for code in CODES if f'"{code}"' not in tests] == []
