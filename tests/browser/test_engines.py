"""Engines: every quirk is asked somewhere, and says where it was seen."""

import dataclasses
import inspect
import re
from pathlib import Path

import pytest

from corswsgi.browser import engines

SOURCES = "".join(
    path.read_text("utf-8") for path in Path(engines.__file__).parent.glob("*.py") if path.name != "engines.py"
)
QUIRKS = [each.name for each in dataclasses.fields(engines.Engine) if each.name != "name"]


@pytest.mark.parametrize("quirk", QUIRKS)
def test_quirk_is_asked_and_belongs_to_an_engine(quirk: str) -> None:
    assert re.search(rf"engine\.{quirk}\b", SOURCES), f"nothing in corswsgi/browser/ reads engine.{quirk}"
    values = {getattr(engine, quirk) for engine in engines.ENGINES.values()}
    assert len(values) > 1, f"all engines do the same: {quirk} is not a quirk"


def test_every_difference_says_where_it_was_seen() -> None:
    source = inspect.getsource(engines)
    for _, arguments in re.findall(r"^(\w+) = Engine\(\n(.*?)^\)", source, re.MULTILINE | re.DOTALL):
        uncommented = MOST_LINES_OF_ONE_COMMENT
        for line in arguments.splitlines():
            if re.match(r"\s*# (seen in|documented)", line):
                uncommented = 0
            elif "name=" not in line and not line.strip().startswith("#"):
                uncommented += 1
            sentence = f"write above `{line.strip()}` in which version it was seen, or that it is documented"
            assert uncommented <= MOST_LINES_OF_ONE_COMMENT, sentence


MOST_LINES_OF_ONE_COMMENT = 2
