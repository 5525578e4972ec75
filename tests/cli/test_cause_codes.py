"""Every code of a cause is in the list, and the list has no other."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import corswsgi.cli
from corswsgi.browser.failure import FailureCode
from corswsgi.browser.handshake import NoteCode
from corswsgi.cli.cause_codes import CAUSES, NOTES, STATUS_CAUSES, VERDICTS
from corswsgi.problems import CODES

COMMANDS = Path(corswsgi.cli.__file__).parent
NODES = [(path.stem, node) for path in COMMANDS.glob("*.py") for node in ast.walk(ast.parse(path.read_text("utf-8")))]
WITH_TABLES = {"known_answers", "not_cors_lines"}  # of a code, a pattern, what happened, and how to fix it


def written() -> Iterator[str]:
    """Find the codes that are written where a cause is made, or in a table of causes."""
    for module, node in NODES:
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"Cause", "NotCORS"}:
            yield from texts(node.args[0])
        elif isinstance(node, ast.Tuple) and len(node.elts) == 4 and module in WITH_TABLES:
            yield from texts(node.elts[0])
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "code" and module.endswith("causes"):
            yield from texts(node.value)


def texts(node: ast.expr) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and re.fullmatch("[a-z0-9-]+", each.value):
            yield each.value


def test_every_code_of_a_cause_is_in_the_list_and_the_list_has_no_other() -> None:
    of_statuses = {"preflight", "response", "-status-", *(f"{each}-" for each in STATUS_CAUSES)}
    found = set(written()) - of_statuses
    assert found == CAUSES.keys(), f"change corswsgi/cli/cause_codes.py: {sorted(found ^ CAUSES.keys())}"


def test_every_code_of_a_verdict_and_of_a_note_is_in_one_list() -> None:
    assert {*VERDICTS, *(set(get_args(FailureCode)) & CAUSES.keys())} == set(get_args(FailureCode))
    assert {*NOTES, *(set(get_args(NoteCode)) & CAUSES.keys())} == set(get_args(NoteCode))


def test_page_has_every_code_with_its_meaning() -> None:
    page = (COMMANDS.parents[1] / "docs" / "causes.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `([a-z0-9-]+)(?:-STATUS)?` \| (.*) \|$", page, re.MULTILINE))
    assert rows == {**STATUS_CAUSES, **CAUSES, **VERDICTS, **NOTES}


def test_cause_has_the_code_of_a_problem_only_where_both_are_about_the_same_mistake() -> None:
    """A page of the origin ``null``, and a row that allows it; a script that sends a header, a row that lists it."""
    assert CAUSES & CODES.keys() == {"null-origin", "response-header-in-request"}
