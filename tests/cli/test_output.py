"""The output of commands: no foreign text moves a terminal's cursor."""

import io
import json
from pathlib import Path

import click
import pytest
from rich.console import Console
from rich.text import Text

from corswsgi.cli.output import echo, make_console, printable, printable_errors
from tests.support.commands import Write, run

ESCAPE = "\x1b[31mred\x1b[0m\r\n\x9b2J\u202ertl\ud800"
SHOWN = r"\x1b[31mred\x1b[0m\r\n\x9b2J\u202ertl\ud800"


def test_what_does_not_print_is_shown_as_python_escapes_it() -> None:
    assert printable(ESCAPE) == SHOWN
    assert printable("café \N{SNOWMAN} ~") == "café \N{SNOWMAN} ~"


def test_console_hides_it_in_texts_and_keeps_their_styles(capsys: pytest.CaptureFixture[str]) -> None:
    console = make_console()
    console.print(Text.assemble((ESCAPE, "bold"), ": ", f"x{ESCAPE}"))
    console.print(ESCAPE)
    console.print(Text("fine"), Text("too"))
    console.print(7)
    shown = SHOWN.replace(r"\r", "")  # which rich drops
    assert capsys.readouterr().out == f"{shown}: x{shown}\n{SHOWN}\nfine too\n7\n"


def test_styles_stand_where_they_stood() -> None:
    console = make_console()
    console.file = io.StringIO()
    with console.capture() as capture:
        console.print(Text.assemble(("a\nb", "bold"), ("c", "dim")))
    assert capture.get() == "a\\nbc\n"
    rich = Console(file=io.StringIO(), force_terminal=True, color_system="truecolor")
    type(console).print(console, "")
    rich.__class__ = type(console)
    rich.print(Text.assemble(("a\nb", "bold"), ("c", "dim")))
    assert isinstance(rich.file, io.StringIO)
    plain = rich.file.getvalue().replace("\x1b[1m", "<b>").replace("\x1b[2m", "<d>").replace("\x1b[0m", "</>")
    assert plain.replace("</><b>", "") == "<b>a\\nb</><d>c</>\n"


def test_lines_of_our_own_stay_lines(capsys: pytest.CaptureFixture[str]) -> None:
    echo('{\n  "a": "\x1b"\n}')
    echo("wrong\x07", err=True)
    assert capsys.readouterr() == ('{\n  "a": "\\x1b"\n}\n', "wrong\\x07\n")


def test_errors_of_click_are_hidden_too() -> None:
    for error in (click.ClickException("a\x1bb\nc"), click.UsageError("a\x1bb\nc")):
        with pytest.raises(click.ClickException) as caught, printable_errors():
            raise error
        assert caught.value.format_message() == "a\\x1bb\nc"
    with pytest.raises(click.FileError) as told, printable_errors():
        raise click.FileError("a\x1b", "b\x1b")
    assert "\x1b" not in told.value.format_message()


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "odd.toml"],
        ["check", "--json", "odd.toml"],
        ["check", "wrong.toml"],
        ["check", "no\x1b[31mthing.toml"],
        ["check", "--\x1b[31m"],
        ["\x1b[31m"],
        ["--\x1b[31m"],
        ["explain", "odd.toml", "/\x1b[31m", "--origin", "https://a.example"],
        ["explain", "odd.toml", "/%1b[31m", "--origin", "https://a.example\x1b[31m"],
        ["explain", "no\x1b[31m:app", "/", "--origin", "https://a.example"],
        ["audit", "odd.toml"],
        ["audit", "odd:app"],
        ["probe", "http://127.0.0.1:1/\x1b[31m"],
    ],
    ids=lambda arguments: ascii(" ".join(arguments)),
)
def test_no_command_prints_a_control_character(write: Write, arguments: list[str]) -> None:
    write("odd.toml", '["/a b"]\nallow_origins = "https://a.example"\n["/\\u202ea"]\ncors = false\n')
    write("wrong.toml", '["/\\u001b[31m"]\n"\\u001b[32m" = "\\u001b[33m"\nallow_origins = "\\u001b[34m\\n"\n')
    write("odd.py", "def app(e, s):\n    s('200 OK', [('X-A', '\\x1b[31m')]); return [b'\\x1b[31m']\n")
    result = run(*arguments)
    printed = result.stdout + result.stderr
    assert [character for character in printed if not character.isprintable() and character != "\n"] == []
    if "--json" in arguments:
        assert json.loads(result.stdout)["rows"][1]["path"] == "/\u202ea"


def test_no_command_prints_in_another_way() -> None:
    import corswsgi.cli  # noqa: PLC0415  (its folder is read)

    folder = Path(corswsgi.cli.__file__).parent
    sources = {path.name: path.read_text("utf-8") for path in folder.glob("*.py")}
    ways = ("click.echo(", "click.secho(", " print(", "sys.stdout", "Console(")
    others = {"output.py", "entry.py"}  # the second sets how streams escape, and prints nothing there
    found = {name: way for name, source in sources.items() for way in ways if way in source and name not in others}
    assert found == {}
