"""WebKitGTK's MiniBrowser on a virtual display: opens a page behind the proxy, and returns its console."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.real_browsers import process
from tests.real_browsers.proxy import Proxy

NAME = "WebKitGTK"

_OPTIONS = [
    "--ignore-tls-errors",
    "--enable-write-console-messages-to-stdout=true",
]

# https://app.example/page/0/:50:17: CONSOLE INFO the message
_MESSAGE = re.compile(r"^(?:\S+: )?CONSOLE (?:[A-Z]+ )??(?:LOG|INFO|DEBUG|WARNING|ERROR) (.*)$", re.MULTILINE)


def find() -> str | None:
    """Give the path of the browser, if it is there and has a display to be started on."""
    if shutil.which("Xvfb") is None:
        return None
    places = Path("/usr").glob("lib*/**/webkit2gtk-4.*/MiniBrowser")
    return next((str(place) for place in places), None)


def version() -> str:
    """Give the version of the browser that is found."""
    with _display() as display:
        return process.version(find() or NAME, {"DISPLAY": display})


def browse(url: str, proxy: Proxy, last: str) -> list[str]:
    """Open `url` and return the console's messages before `last`. Fails if it does not come in time."""
    command = find()
    assert command, "there is no MiniBrowser"
    with tempfile.TemporaryDirectory(prefix="corswsgi-", ignore_cleanup_errors=True) as folder, _display() as display:
        environment = {
            "DISPLAY": display,
            "XDG_RUNTIME_DIR": folder,
        }
        options = [*_OPTIONS, f"--proxy=http://127.0.0.1:{proxy.port}"]
        output = process.output_until(f" {last}\n", [command, *options, url], folder, environment)
    messages = _MESSAGE.findall(output)
    assert messages[-1:] == [last], f"the last page did not come to its end:\n{output}"
    return messages[:-1]


@contextmanager
def _display() -> Iterator[str]:
    """Start a display of our own, on a number that is free."""
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", "800x600x24", "-nolisten", "tcp"]
    with subprocess.Popen(  # noqa: S603  (our own words)
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="ascii"
    ) as server:
        assert server.stdout
        try:
            yield f":{server.stdout.readline().strip()}"
        finally:
            server.terminate()
