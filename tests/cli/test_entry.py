"""The command as a program: as a module and as a script, without its extra, and on a terminal."""

import errno
import io
import os
import runpy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from corswsgi.cli import entry
from corswsgi.cli.entry import plain_characters
from tests.support.checked import FINE, WRONG
from tests.support.commands import on_a_terminal


class TestCommand:
    """The command as it is run: a process, its streams and its status."""

    @staticmethod
    def run(*arguments: str, program: tuple[str, ...] = ("-m", "corswsgi")) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *program, *arguments]
        return subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603  (our own interpreter)

    @pytest.mark.parametrize(("text", "status"), [(FINE, 0), (WRONG, 1)], ids=["fine", "problems"])
    def test_module_and_script_are_one(self, file: Path, text: str, status: int) -> None:
        file.write_text(text)
        module = self.run("check", "cors.toml")
        command = [str(Path(sys.executable).with_name("corswsgi")), "check", "cors.toml"]
        script = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603  (our own script)
        said = "Explained by: corswsgi codes default-port\n" if status else ""
        assert (module.returncode, module.stderr) == (status, said)
        assert (script.returncode, script.stdout, script.stderr) == (status, module.stdout, said)
        assert "\x1b" not in module.stdout

    @pytest.mark.parametrize("arguments", [["check"], ["check", "nowhere.toml"], ["check", "."], ["chekc"]])
    def test_wrong_use_exits_with_2(self, file: Path, arguments: list[str]) -> None:
        result = self.run(*arguments)
        assert not file.exists()
        assert (result.returncode, result.stdout) == (2, "")
        assert "Usage: corswsgi" in result.stderr

    @pytest.mark.parametrize("missing", ["click", "rich.console"])
    def test_missing_extra_is_named_in_one_line(
        self, missing: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert self.run_here(monkeypatch, missing) == 2
        assert capsys.readouterr() == (
            "",
            "corswsgi: the command needs click and rich: pip install 'corswsgi[cli]'\n",
        )

    def test_other_missing_module_is_not_taken_for_the_extra(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(ModuleNotFoundError):
            self.run_here(monkeypatch, "corswsgi.cli.words")

    def test_module_exits_with_the_status_of_the_command(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        file.write_text(WRONG)
        assert self.run_here(monkeypatch) == 1

    def test_characters_that_an_output_does_not_have_are_replaced(self, file: Path) -> None:
        file.write_text('["/**"]\nallow_origins = "https://app.example.com"\n')
        command = [sys.executable, "-m", "corswsgi", "explain", "cors.toml", "/é", "--origin", "https://b.example"]
        environ = os.environ | {"PYTHONIOENCODING": "ascii"}
        result = subprocess.run(command, check=False, capture_output=True, env=environ)  # noqa: S603  (our own)
        assert (result.returncode, result.stderr) == (1, b"")
        assert b"\n  x " in result.stdout
        assert result.stdout.isascii()

    def test_error_handler_replaces_marks_and_escapes_letters(self) -> None:
        assert plain_characters(UnicodeEncodeError("ascii", "a✓é✗", 1, 4, "")) == ("+\\xe9x", 4)
        with pytest.raises(UnicodeDecodeError):
            plain_characters(UnicodeDecodeError("ascii", b"\xff", 0, 1, ""))

    @pytest.mark.parametrize("number", [errno.ENOSPC, errno.ENOENT], ids=["disk full", "another error"])
    def test_output_that_cannot_be_written_is_one_line(
        self, number: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def fail(**_options: object) -> None:
            raise OSError(number, "the reason")

        monkeypatch.setitem(sys.modules, "corswsgi.cli.commands", SimpleNamespace(commands=fail))
        with pytest.raises(SystemExit if number == errno.ENOSPC else OSError) as ended:
            entry.main()
        if isinstance(ended.value, SystemExit):
            assert ended.value.code == 2
            assert capsys.readouterr().err == "corswsgi: the output cannot be written: the reason\n"

    def test_stream_without_an_encoding_is_left_alone(self, monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
        file.write_text(FINE)
        monkeypatch.setattr(sys, "stdout", io.StringIO())
        assert self.run_here(monkeypatch) == 0

    def test_full_disk_is_one_line(self) -> None:
        with Path("/dev/full").open("w") as full:
            command = [sys.executable, "-m", "corswsgi", "codes"]
            result = subprocess.run(command, check=False, stdout=full, stderr=subprocess.PIPE)  # noqa: S603  (our own)
        assert (result.returncode, result.stderr.count(b"\n")) == (2, 1)

    @staticmethod
    def run_here(monkeypatch: pytest.MonkeyPatch, *missing: str) -> object:
        """Do what ``python -m corswsgi check cors.toml`` does, without some modules."""
        for name in [name for name in sys.modules if name.startswith("corswsgi.cli")]:
            monkeypatch.delitem(sys.modules, name)
        for name in missing:
            monkeypatch.setitem(sys.modules, name, None)
        monkeypatch.setattr(sys, "argv", ["corswsgi", "check", "cors.toml"])
        with pytest.raises(SystemExit) as ended:
            runpy.run_module("corswsgi", run_name="__main__")
        return ended.value.code

    @pytest.mark.parametrize(
        ("environ", "is_coloured"),
        [
            pytest.param({}, True, id="terminal"),
            pytest.param({"NO_COLOR": "1"}, False, id="terminal, NO_COLOR"),
            pytest.param({"TERM": "dumb"}, False, id="dumb terminal"),
        ],
    )
    def test_colours_are_for_terminals_without_no_color(
        self, file: Path, environ: dict[str, str], *, is_coloured: bool
    ) -> None:
        file.write_text(WRONG)
        text = on_a_terminal("check", "cors.toml", **environ)
        assert "default-port" in text
        assert ("\x1b[" in text) is is_coloured
