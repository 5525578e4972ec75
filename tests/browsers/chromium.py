"""Headless Chromium: opens a page, gives what its console says, and leaves no process and no file behind."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Mapping

DEADLINE = 30  # seconds, for the browser's start and all its pages

_OPTIONS = [
    "--headless",
    "--enable-logging=stderr",
    "--no-sandbox",  # root cannot have it, and the pages are our own
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]

# [16:16:1121/030024.824379:INFO:CONSOLE:1] "the message", source: http://app.localhost/ (1)
_MESSAGE = re.compile(r'^\[[^\]\n]*:CONSOLE\b[^\]\n]*\] "(.*?)", source: [^\n]* \(\d+\)$', re.DOTALL | re.MULTILINE)


def find() -> str | None:
    """Give the path of the browser, if there is one."""
    return shutil.which("chromium") or shutil.which("google-chrome")


def browse(url: str, ports: Mapping[str, int], last: str) -> list[str]:
    """Open `url` and give the console's messages up to `last`, without it; fails when that does not come in time.

    The hosts in `ports` are found there on loopback, and ``*`` is for all others below ``localhost``.
    """
    command = find()
    assert command, "there is no Chromium"
    # the first that fits; no other name is looked up, whatever the browser itself would like to ask for
    rules = [f"MAP {host.replace('*', '*.localhost')} 127.0.0.1:{port}" for host, port in ports.items()]
    resolver = ", ".join([*rules, "MAP * ^NOTFOUND"])
    with tempfile.TemporaryDirectory(prefix="corswsgi-") as folder:
        options = [*_OPTIONS, f"--user-data-dir={folder}/profile", f"--host-resolver-rules={resolver}"]
        output = _output_until(f'] "{last}", source: ', [command, *options, url], folder)
    messages = _MESSAGE.findall(output)
    assert messages[-1:] == [last], f"the last page did not come to its end within {DEADLINE} seconds:\n{output}"
    return messages[:-1]


def _output_until(text: str, command: list[str], folder: str) -> str:
    """Run `command` until it writes a line with `text`, or until the deadline; its files go to `folder`."""
    with subprocess.Popen(  # noqa: S603  (the browser, with our own options)
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        env={"PATH": os.environ["PATH"], "HOME": folder, "TMPDIR": folder},
        start_new_session=True,  # a process group of its own, to be ended whole
    ) as process:
        assert process.stderr
        deadline = threading.Timer(DEADLINE, os.killpg, (process.pid, signal.SIGKILL))
        deadline.start()
        output = ""
        try:
            for line in process.stderr:
                output += line
                if text in line:
                    break
        finally:
            deadline.cancel()
            os.killpg(process.pid, signal.SIGKILL)  # not yet waited for, so the group is still there
            process.stderr.read()  # up to the end of the last process that writes there
    return output
