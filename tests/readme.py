"""Run the README's programs in their order, in one process of their own, and compare what they print with it."""

import contextlib
import io
import re
import traceback
from pathlib import Path

import django
from django.conf import settings

from corswsgi import PolicyError

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def compare() -> None:
    """Run each block of Python; the block of text after it is what it prints, and without one it prints nothing."""
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    names: dict[str, object] = {"__name__": "__main__"}
    for (language, program), (following, shown) in zip(blocks, [*blocks[1:], ("", "")], strict=True):
        if language == "python":
            printed = run(program, names)
            expected = shown if following == "text" else ""
            assert printed == expected.strip(), f"{program}\nprints\n\n{printed}\n\nnot\n\n{expected}"


def run(program: str, names: dict[str, object]) -> str:
    """Give what a program prints: on its standard output, or as the error that ends it."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        try:
            exec(compile(program, "README.md", "exec"), names)  # noqa: S102  (our own program)
        except PolicyError as error:
            output.write("".join(traceback.format_exception_only(error)))
    return output.getvalue().replace("\r\n", "\n").strip()


if __name__ == "__main__":
    settings.configure()
    django.setup()
    compare()
