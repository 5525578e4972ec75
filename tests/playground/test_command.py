"""``corswsgi playground``: one address, one browser, and one line for an error."""

import inspect
import socket
import webbrowser
from typing import Any

import pytest
from click.testing import Result

from corswsgi.cli.commands import commands
from corswsgi.cli.playground import wait_for_the_end
from tests.support.commands import Write, run


class FakeBrowser:
    """A browser that only records the URLs to open."""

    def __init__(self) -> None:
        self.opened: list[str] = []

    def open(self, url: str) -> bool:
        self.opened.append(url)
        return True


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> FakeBrowser:
    """Have Ctrl-C pressed as soon as the command waits."""
    fake = FakeBrowser()
    # in the module that the command is of, which tests of missing extras may have imported anew
    callback = commands.commands["playground"].callback
    assert callback is not None
    monkeypatch.setitem(inspect.unwrap(callback).__globals__, "wait_for_the_end", _interrupt)
    monkeypatch.setattr(webbrowser, "get", lambda: fake)
    return fake


def _interrupt() -> None:
    raise KeyboardInterrupt


def lines(result: Result) -> list[str]:
    return result.stdout.splitlines()


def test_it_waits_until_ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("threading.Event.wait", lambda _event: None)
    wait_for_the_end()


def test_one_address_is_printed_and_opened(browser: FakeBrowser) -> None:
    result = run("playground")
    assert result.exit_code == 0
    assert lines(result) == browser.opened
    assert browser.opened[0].startswith("http://localhost:")
    assert result.stderr == "Press Ctrl-C to end.\n"


def test_no_browser_is_opened_when_none_is_wanted(browser: FakeBrowser) -> None:
    result = run("playground", "--no-browser")
    assert (result.exit_code, len(lines(result)), browser.opened) == (0, 1, [])


def test_no_browser_at_all_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> Any:
        raise webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr(webbrowser, "get", none)
    result = run("playground")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "Error: there is no browser here: pass --no-browser, and open the printed address\n"


def test_a_port_in_use_is_one_line(browser: FakeBrowser) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        result = run("playground", "--port", str(server.getsockname()[1]))
    assert (result.exit_code, result.stdout, browser.opened) == (2, "", [])
    assert result.stderr == "Error: the playground cannot listen on its ports: Address already in use\n"


def test_a_port_that_is_none_is_refused() -> None:
    assert run("playground", "--port", "65533").exit_code == 2


@pytest.mark.parametrize(
    ("target", "start"),
    [
        ("nowhere:app", "Error: there is no module 'nowhere' in "),
        ("broken:app", "Error: broken cannot be imported: RuntimeError: a mistake"),
        ("wrong.toml", "Error: wrong.toml cannot be served:"),
    ],
)
def test_a_target_that_cannot_be_used_ends_the_command(
    write: Write, browser: FakeBrowser, target: str, start: str
) -> None:
    write("broken.py", "raise RuntimeError('a mistake')")
    write("wrong.toml", "x = 1")
    result = run("playground", target)
    assert (result.exit_code, result.stdout, browser.opened) == (2, "", [])
    assert result.stderr.startswith(start)


def test_a_target_is_served(write: Write, browser: FakeBrowser) -> None:
    write("cors.toml", '["/**"]\nallow_origins = "*"\n')
    assert run("playground", "cors.toml").exit_code == 0
    assert len(browser.opened) == 1


def test_headless_prints_each_verdict_and_calls_it_simulated(capsys: pytest.CaptureFixture[str]) -> None:
    result = run("playground", "--headless")
    assert result.exit_code == 0
    first, _, title, play, *_ = lines(result)
    assert first.startswith("Simulated: no browser made these requests.")
    assert title.startswith("1 The handshake: ")
    assert play == "  ✓ GET a book: the script reads the answer, status 200"
    assert "  ✗ DELETE a book: not in the table: blocked at the preflight; the request was not sent" in lines(result)
    assert "fails on purpose" not in result.output + str(capsys.readouterr())
