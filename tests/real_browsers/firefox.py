"""Headless Firefox: opens a page behind the proxy, and returns what its scripts write to the console."""

import hashlib
import json
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.real_browsers import process
from tests.real_browsers.marionette import Marionette
from tests.real_browsers.proxy import Proxy

NAME = "Firefox"

_PREFERENCES: dict[str, bool | int | str] = {
    "app.update.enabled": False,
    "browser.safebrowsing.downloads.remote.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "datareporting.policy.dataSubmissionEnabled": False,
    "devtools.console.stdout.content": True,
    "dom.security.https_first": False,  # a page of an http: origin is to stay one
    "dom.security.https_first_schemeless": False,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.proxy.allow_hijacking_localhost": True,
    "network.proxy.http": "127.0.0.1",
    "network.proxy.no_proxies_on": "",
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.type": 1,
    "security.mixed_content.block_active_content": False,  # mixed content is not about CORS
    "toolkit.telemetry.enabled": False,
}

_MESSAGE = re.compile(r'^console\.\w+: "(.*)"$', re.MULTILINE)
_SHA_256 = "OID.2.16.840.1.101.3.4.2.1"


def find() -> str | None:
    """Give the path of the browser, if there is one."""
    return shutil.which("firefox-esr") or shutil.which("firefox")


def version() -> str:
    """Give the version of the browser that is found."""
    return process.version(find() or NAME)


def browse(url: str, proxy: Proxy, last: str) -> list[str]:
    """Open `url` and return the console's messages before `last`. Fails if it does not come in time."""
    command = find()
    assert command, "there is no Firefox"
    with tempfile.TemporaryDirectory(prefix="corswsgi-", ignore_cleanup_errors=True) as folder:
        _write_profile(Path(folder), proxy)
        options = ["--headless", "--no-remote", "--profile", folder]
        output = process.output_until(f'"{last}"', [command, *options, url], folder)
    messages = _MESSAGE.findall(output)
    assert messages[-1:] == [last], f"the last page did not come to its end:\n{output}"
    return messages[:-1]


def browse_and_read(url: str, proxy: Proxy, last: str) -> list[str]:
    """Do as `browse` does, and add what the browser itself writes to the console."""
    command = find()
    assert command, "there is no Firefox"
    written: list[str] = []
    with tempfile.TemporaryDirectory(prefix="corswsgi-", ignore_cleanup_errors=True) as folder:
        _write_profile(Path(folder), proxy, {"marionette.port": 0, "remote.prefs.recommended": False})

        @contextmanager
        def remote() -> Iterator[None]:
            with Marionette(_port(Path(folder, "MarionetteActivePort"))) as marionette:
                marionette.open(url)
                yield
                written.extend(marionette.messages())

        remote_control = ["--marionette", "--remote-allow-system-access"]
        options = ["--headless", "--no-remote", *remote_control, "--profile", folder, "about:blank"]
        output = process.output_until(f'"{last}"', [command, *options], folder, remote=remote)
    messages = _MESSAGE.findall(output)
    assert messages[-1:] == [last], f"the last page did not come to its end:\n{output}"
    return messages[:-1] + written


def _port(file: Path) -> int:
    """Wait for Firefox to write down which port it listens on."""
    deadline = time.monotonic() + process.DEADLINE
    while time.monotonic() < deadline:
        if file.exists() and (text := file.read_text()):
            return int(text)
        time.sleep(0.05)
    raise AssertionError("Firefox did not listen in time")


def _write_profile(folder: Path, proxy: Proxy, more: Mapping[str, bool | int | str] | None = None) -> None:
    preferences = {
        **_PREFERENCES,
        **(more or {}),
        "network.proxy.http_port": proxy.port,
        "network.proxy.ssl_port": proxy.port,
    }
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in preferences.items()]
    (folder / "user.js").write_text("\n".join(lines))
    digest = hashlib.sha256(proxy.certificate).digest().hex(":").upper()
    overrides = [f"{place}:\t{_SHA_256}\t{digest}\t\n" for place in proxy.places]
    (folder / "cert_override.txt").write_text("".join(overrides))
