"""A folder for the targets of commands, applications on loopback, and commands on a terminal."""

import os
import pty
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
import pytest
from click.testing import CliRunner, Result
from django.conf import settings
from django.utils.functional import empty

from corswsgi.cli.commands import commands

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

Write = Callable[[str, str], None]
Serve = Callable[["WSGIApplication"], str]


def run(*arguments: str) -> Result:
    """Run a command in this process; what it raises fails the test."""
    return CliRunner().invoke(commands, arguments, catch_exceptions=False)


@pytest.fixture
def django_settings() -> Iterator[None]:
    """Configure Django for a test, and leave it as it was: an example has it to itself."""
    before = settings._wrapped  # noqa: SLF001  (nothing public undoes `configure`)
    settings._wrapped = empty  # noqa: SLF001
    settings.configure(MIDDLEWARE=[])
    django.setup()
    yield
    settings._wrapped = before  # noqa: SLF001


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Work in a folder of this test: writes files there, whose modules are forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path[:])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("FORCE_COLOR", raising=False)

    def write(name: str, text: str) -> None:
        (tmp_path / name).write_text(dedent(text), "utf-8")
        monkeypatch.setitem(sys.modules, name.partition(".")[0], sys)  # so that it is put back to nothing
        monkeypatch.delitem(sys.modules, name.partition(".")[0])

    return write


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base class' name)
        pass


@contextmanager
def serving(app: "WSGIApplication") -> Iterator[str]:
    """Serve `app` on a free port of loopback, and yield its base URL."""
    with make_server("127.0.0.1", 0, app, handler_class=_QuietHandler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve applications until the test ends."""
    with ExitStack() as stack:
        yield lambda app: stack.enter_context(serving(app))


def on_a_terminal(*arguments: str, **environ: str) -> str:
    """Run ``corswsgi`` on a terminal of 256 colours, and return what it writes there. It must exit with 1."""
    ours, its = pty.openpty()
    command = [sys.executable, "-m", "corswsgi", *arguments]
    with subprocess.Popen(  # noqa: S603  (our own interpreter)
        command, stdin=its, stdout=its, stderr=its, env=os.environ | {"TERM": "xterm-256color"} | environ
    ) as process:
        os.close(its)
        written = b""
        try:
            while chunk := os.read(ours, 65536):
                written += chunk
        except OSError:  # what Linux says when the other end is closed
            pass
        os.close(ours)
        assert process.wait() == 1
    return written.decode()
