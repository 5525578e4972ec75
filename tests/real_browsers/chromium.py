"""Headless Chromium: opens a page behind the proxy, and returns its console."""

import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.real_browsers import process
from tests.real_browsers.devtools import DevTools
from tests.real_browsers.proxy import Proxy

NAME = "Chromium"

_OPTIONS = [
    "--headless",
    "--enable-logging=stderr",
    "--no-sandbox",  # root cannot have it, and the pages are our own
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-features=HttpsUpgrades",  # a page of an http: origin is to stay one
    "--allow-running-insecure-content",  # mixed content is not about CORS
    "--ignore-certificate-errors",
    "--no-first-run",
]

# Debian's builds block the cookies of other sites; this is what others come with.
_PREFERENCES = {"profile": {"cookie_controls_mode": 0, "block_third_party_cookies": False}}

# [16:16:1121/030024.824379:INFO:CONSOLE:1] "the message", source: http://app.localhost/ (1)
_MESSAGE = re.compile(r'^\[[^\]\n]*:CONSOLE\b[^\]\n]*\] "(.*?)", source: [^\n]* \(\d+\)$', re.DOTALL | re.MULTILINE)


def find() -> str | None:
    """Give the path of the browser, if there is one."""
    return shutil.which("chromium") or shutil.which("google-chrome")


def version() -> str:
    """Give the version of the browser that is found."""
    return process.version(find() or NAME)


def browse(url: str, proxy: Proxy, last: str) -> list[str]:
    """Open `url` and return the console's messages before `last`. Fails if it does not come in time."""
    with _profile() as folder:
        output = process.output_until(f'] "{last}", source: ', [*_command(folder, proxy), url], folder)
    messages = _MESSAGE.findall(output)
    assert messages[-1:] == [last], f"the last page did not come to its end:\n{output}"
    return messages[:-1]


def browse_and_read(url: str, proxy: Proxy, last: str) -> list[str]:
    """Do as `browse` does, and give the network's errors as well, as the developer tools show them."""
    tools = DevTools()
    with _profile() as folder:
        command = tools.wrap([*_command(folder, proxy), "about:blank"])
        process.output_until(f'] "{last}", source: ', command, folder, remote=lambda: tools.opening(url), fds=tools.fds)
    assert last in tools.messages, "the last page did not come to its end"
    return tools.messages


def _command(folder: str, proxy: Proxy) -> list[str]:
    command = find()
    assert command, "there is no Chromium"
    through = [f"--proxy-server=http://127.0.0.1:{proxy.port}", "--proxy-bypass-list=<-loopback>"]
    return [command, *_OPTIONS, f"--user-data-dir={folder}/profile", *through]


@contextmanager
def _profile() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="corswsgi-", ignore_cleanup_errors=True) as folder:
        preferences = Path(folder, "profile", "Default", "Preferences")
        preferences.parent.mkdir(parents=True)
        preferences.write_text(json.dumps(_PREFERENCES))
        yield folder
