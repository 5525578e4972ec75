"""Run the README's programs and commands in order, in one process of their own, and compare what they print with it."""

import contextlib
import io
import re
import shlex
import traceback
from pathlib import Path

import django
from click.testing import CliRunner
from django.conf import settings

from corswsgi import PolicyError
from corswsgi.cli.commands import commands

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def compare() -> None:
    """Run each block of Python, and each command of ours that text comes after; that text is what it prints.

    Without such a block a program prints nothing. The tests that a program defines are run.
    """
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    names: dict[str, object] = {"__name__": "__main__"}
    for (language, program), (following, shown) in zip(blocks, [*blocks[1:], ("", "")], strict=True):
        is_ours = language == "console" and following == "text" and program.startswith("$ corswsgi ")
        if language == "python" or is_ours:
            printed = command(program) if is_ours else run(program, names)
            expected = shown if following == "text" else ""
            assert printed == expected.strip(), f"{program}\nprints\n\n{printed}\n\nnot\n\n{expected}"


def run(program: str, names: dict[str, object]) -> str:
    """Give what a program prints: on its standard output, or as the error that ends it."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        try:
            exec(compile(program, "README.md", "exec"), names)  # noqa: S102  (our own program)
            for name in re.findall(r"^def (test_\w+)\(\)", program, re.MULTILINE):
                exec(f"{name}()", names)  # noqa: S102  (likewise)
        except PolicyError as error:
            output.write("".join(traceback.format_exception_only(error)))
    return output.getvalue().replace("\r\n", "\n").strip()


def command(line: str) -> str:
    """Give what a command prints, whatever it finds; an error of its use is none of the README's."""
    result = CliRunner().invoke(commands, shlex.split(line)[2:], env={"FRONT_ENDS": None, "CORS_MAX_AGE": None})
    assert result.exit_code in {0, 1}, result.output
    return result.stdout.strip()


if __name__ == "__main__":
    settings.configure()
    django.setup()
    compare()
