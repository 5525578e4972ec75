"""docs/design.md is true: its rooms are those of the package, and its walks name files that exist, few enough."""

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

import corswsgi

PACKAGE = Path(corswsgi.__file__).parent
ROOT = PACKAGE.parent
DESIGN = (ROOT / "docs" / "design.md").read_text("utf-8")
WALKS = dict(re.findall(r"^### (To add [^\n]*)\n(.*?)(?=^##)", DESIGN, re.MULTILINE | re.DOTALL))


def test_every_room_is_drawn_and_every_drawn_room_is_there() -> None:
    [tree] = re.findall(r"^```\ncorswsgi/\n(.*?)^```", DESIGN, re.MULTILINE | re.DOTALL)
    drawn = set[str]()
    for line in tree.splitlines():
        if line.startswith("  ") and line[2] != " ":
            drawn |= {name for name in re.split(" {3,}", line)[0].split() if name.endswith((".py", "/"))}
    there = {path.name + "/" * path.is_dir() for path in PACKAGE.iterdir() if path.suffix == ".py" or path.is_dir()}
    there -= {"__pycache__/", "__main__.py"}
    missing, gone = there - drawn, drawn - there
    assert not missing, f"draw these rooms in docs/design.md: {sorted(missing)}"
    assert not gone, f"docs/design.md draws rooms that are not there: {sorted(gone)}"


def test_every_file_of_a_room_whose_files_are_drawn_is_drawn_once() -> None:
    [tree] = re.findall(r"^```\ncorswsgi/\n(.*?)^```", DESIGN, re.MULTILINE | re.DOTALL)
    for room, lines in re.findall(r"^  (\w+)/ [^\n]*\n((?:    [^\n]*\n)+)", tree, re.MULTILINE):
        drawn = [name for line in lines.splitlines() for name in re.split(" {3,}", line.strip())[0].split()]
        files = {path.name for path in (PACKAGE / room).glob("*.py")} - {"__init__.py"}
        found = {file: [name for name in drawn if fnmatch(file, name)] for file in files}
        wrong = {file: names for file, names in found.items() if len(names) != 1}
        assert not wrong, f"draw these files of {room}/ once in docs/design.md: {wrong}"
        gone = {*drawn} - {name for names in found.values() for name in names} - {"__init__.py"}
        assert not gone, f"docs/design.md draws files of {room}/ that are not there: {sorted(gone)}"


def test_there_are_nine_walks() -> None:
    assert len(WALKS) == 9


@pytest.mark.parametrize("title", WALKS)
def test_walk_touches_at_most_three_places_and_names_the_test_that_fails(title: str) -> None:
    steps = re.findall(r"^\d\. ", WALKS[title], re.MULTILINE)
    assert 1 <= len(steps) <= 3
    named = re.findall(r"`((?:corswsgi|tests)/[\w/]+\.\w+)`", WALKS[title])
    assert any(name.startswith("tests/") for name in named)
    assert [name for name in named if not (ROOT / name).exists()] == []
