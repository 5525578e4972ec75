"""Engines: every quirk is used somewhere, and its comment says where it was seen."""

import dataclasses
import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from corswsgi.browser import engines

TESTS = Path(__file__).parent.parent
CASES = {
    json.loads(line)["id"]
    for folder in ("browser/corpus", "real_browsers")
    for path in (TESTS / folder).glob("*.jsonl")
    for line in path.read_text("utf-8").splitlines()
}
SOURCES = "".join(
    path.read_text("utf-8") for path in Path(engines.__file__).parent.glob("*.py") if path.name != "engines.py"
)
QUIRKS = [each.name for each in dataclasses.fields(engines.Engine) if each.name != "name"]


@pytest.mark.parametrize("quirk", QUIRKS)
def test_quirk_is_asked_and_belongs_to_an_engine(quirk: str) -> None:
    assert re.search(rf"engine\.{quirk}\b", SOURCES), f"nothing in corswsgi/browser/ reads engine.{quirk}"
    values = {getattr(engine, quirk) for engine in engines.ENGINES.values()}
    assert len(values) > 1, f"all engines do the same: {quirk} is not a quirk"


def differences() -> Iterator[tuple[str, str]]:
    """Find each value of each engine, and the comment above it."""
    source = inspect.getsource(engines)
    for _, arguments in re.findall(r"^(\w+) = Engine\(\n(.*?)^\)", source, re.MULTILINE | re.DOTALL):
        for comment, value in re.findall(r"((?:^    # .*\n)*)^    (\w+=.*)\n", arguments, re.MULTILINE):
            if not value.startswith("name="):
                yield value, " ".join(re.findall("# (.*)", comment))


@pytest.mark.parametrize(("value", "comment"), list(differences()))
def test_difference_says_where_it_was_seen(value: str, comment: str) -> None:
    seen = re.match(r"seen in [\w. ]*\d \(|documented", comment)
    assert seen, f"write above `{value}` in which version it was seen, in which case, or that it is documented"
    cases = [
        case
        for names in re.findall(r"seen in [^(]*\(([^)]*)\)", comment)
        for case in re.findall(r"(?<![\w-])[a-z]\w*-[\w-]*\w", names)
    ]
    missing = set(cases) - CASES
    assert not missing, f"add to tests/real_browsers/more.jsonl the cases in which `{value}` was seen: {missing}"
