"""What the README says is true: its commands and tables are the real ones."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import corswsgi
from tests.support.documents import README, ROOT


def test_the_command_that_runs_the_tests_is_the_one_of_ci() -> None:
    [command] = re.findall(r"^\$ (.* pytest .*)$", README, re.MULTILINE)
    assert command in (ROOT / ".ci" / "run").read_text("utf-8").splitlines()


def codes_in(source: str) -> Iterator[str]:
    """Find the codes of problems: in calls as ``code=...``, in tuples of a code, a message and a hint."""
    for node in ast.walk(ast.parse(source)):
        first: ast.expr | None = None
        if isinstance(node, ast.keyword) and node.arg == "code":
            first = node.value
        elif isinstance(node, ast.Tuple) and len(node.elts) == 3:
            first = node.elts[0]
        if isinstance(first, ast.Constant) and re.fullmatch("[a-z]+(-[a-z]+)+", str(first.value)):
            yield str(first.value)


def test_every_code_of_a_problem_is_documented_once_and_tested() -> None:
    package = Path(corswsgi.__file__).parent
    sources = [path for path in package.rglob("*.py") if path.parent.name != "browser"]  # whose codes are no problems
    codes = {code for path in sources for code in codes_in(path.read_text("utf-8"))}
    documented = re.findall(r"^\| `([a-z-]+)` \|", README.partition("## Every refusal")[2], re.MULTILINE)
    assert sorted(documented) == sorted(codes)
    tests = "".join(path.read_text("utf-8") for path in Path(__file__).parent.rglob("test_*.py"))
    assert [code for code in codes if f'"{code}"' not in tests] == []
