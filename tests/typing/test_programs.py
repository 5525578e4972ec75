"""Type checkers accept and refuse the programs beside this file, in strict mode, as a user's editor does."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from shutil import copy

import pytest

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
ACCEPTED, REFUSED = sorted((FOLDER / "accepted").glob("*.py")), sorted((FOLDER / "refused").glob("*.py"))
DEADLINE = 300  # seconds, on a busy machine


def run(*command: str) -> str:
    done = subprocess.run(  # noqa: S603  (a type checker of our own environment)
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, timeout=DEADLINE, check=False
    )
    assert done.returncode in {0, 1}, done.stderr or done.stdout
    return done.stdout


def lines_of_mypy(project: Path) -> set[tuple[str, int]]:
    """Return the file and line of each error that mypy reports."""
    cache = f"--cache-dir={project / 'cache'}"
    files = map(str, project.glob("*.py"))
    printed = run("mypy", "--strict", "--config-file=", cache, "--no-error-summary", *files)
    return {(Path(name).name, int(line)) for name, line in re.findall(r"^(\S+):(\d+): error:", printed, re.MULTILINE)}


def lines_of_pyright(project: Path) -> set[tuple[str, int]]:
    """Return the file and line of each error that pyright reports."""
    config = {"typeCheckingMode": "strict", "extraPaths": [str(ROOT)]}
    (project / "pyrightconfig.json").write_text(json.dumps(config))
    printed = json.loads(run("pyright", "--outputjson", "--project", str(project), "--pythonpath", sys.executable))
    assert printed["summary"]["filesAnalyzed"] == len(list(project.glob("*.py")))
    return {
        (Path(each["file"]).name, each["range"]["start"]["line"] + 1)
        for each in printed["generalDiagnostics"]
        if each["severity"] == "error"
    }


def marked_lines() -> set[tuple[str, int]]:
    return {
        (file.name, number)
        for file in REFUSED
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1)
        if line.endswith("# refused")
    }


@pytest.mark.parametrize("lines_of", [lines_of_mypy, lines_of_pyright])
@pytest.mark.parametrize(
    ("files", "lines"), [(ACCEPTED, set()), (REFUSED, marked_lines())], ids=["accepted", "refused"]
)
def test_type_checker_finds_errors_in_the_marked_lines_alone(
    lines_of: Callable[[Path], set[tuple[str, int]]], files: list[Path], lines: set[tuple[str, int]], tmp_path: Path
) -> None:
    for file in files:
        copy(file, tmp_path)  # so that no configuration of ours is found
    assert lines_of(tmp_path) == lines
