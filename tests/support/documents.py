"""Run the programs and commands of a document in order, in one process of their own, and compare what they print.

``python -m tests.support.documents README.md`` runs one. A block of Python or of ``$ corswsgi`` prints what the block
of ``text`` right after it shows, and nothing where there is none. A block after ``<!-- not run -->`` is not run, and
one after ``<!-- file: shop/urls.py -->`` is a file of a Django project, one after ``<!-- pytest -->`` a file of tests.
"""

import contextlib
import io
import re
import shlex
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from click.testing import CliRunner

from corswsgi import PolicyError
from corswsgi.cli.commands import commands

ROOT = Path(__file__).parent.parent.parent

# What a server or a shell runs, and `tests/` runs elsewhere
_NOT_RUN = r"<!-- (?:not run|pytest|file: [\w./]+) -->\n"
_FILE = re.compile(r"^<!-- file: ([\w./]+) -->\n```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block: its language, its text, and the text that is shown right after it."""

    language: str
    text: str
    shown: str

    @property
    def is_command(self) -> bool:
        return self.language == "console" and bool(self.shown) and self.text.startswith("$ corswsgi ")


def blocks_of(document: str) -> Iterator[Block]:
    """Find the blocks that are run."""
    found = re.findall(rf"(?:^({_NOT_RUN}))?^```(\w+)\n(.*?)^```$", document, re.MULTILINE | re.DOTALL)
    for (skipped, language, text), (_, following, shown) in pairwise([*found, ("", "", "")]):
        block = Block(language=language, text=text, shown=shown if following == "text" else "")
        if not skipped and (language == "python" or block.is_command):
            yield block


def files_of(document: str) -> list[tuple[str, str]]:
    """Find the files of a Django project in a document: each name, and its text."""
    return _FILE.findall(document)


def files_of_tests(document: str) -> list[str]:
    """Find the blocks that pytest runs."""
    return re.findall(r"^<!-- pytest -->\n```python\n(.*?)^```$", document, re.MULTILINE | re.DOTALL)


def compare(path: Path) -> None:
    """Run the blocks of a document. Raises AssertionError where one prints something else. Runs its tests, too."""
    names: dict[str, object] = {"__name__": "__main__"}
    for block in blocks_of(path.read_text("utf-8")):
        printed = command(block.text) if block.is_command else run(block.text, names, path.name)
        expected = block.shown.strip()
        assert printed == expected, f"{path.name}:\n{block.text}\nprints\n\n{printed}\n\nnot\n\n{expected}"


def run(program: str, names: dict[str, object], document: str) -> str:
    """Return what a program prints: on its standard output, or as the error that ends it."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        try:
            exec(compile(program, document, "exec"), names)  # noqa: S102  (our own program)
            for name in re.findall(r"^def (test_\w+)\(\)", program, re.MULTILINE):
                exec(f"{name}()", names)  # noqa: S102  (likewise)
        except PolicyError as error:
            output.write("".join(traceback.format_exception_only(error)))
    return output.getvalue().replace("\r\n", "\n").strip()


def command(line: str) -> str:
    """Return what a command prints, whatever it finds; it must not be an error of its use."""
    result = CliRunner().invoke(commands, shlex.split(line)[2:], env={"FRONT_ENDS": None, "CORS_MAX_AGE": None})
    assert result.exit_code in {0, 1}, result.output
    return result.stdout.strip()


if __name__ == "__main__":
    import django
    from django.conf import settings

    settings.configure()
    django.setup()
    compare(Path(sys.argv[1]))
