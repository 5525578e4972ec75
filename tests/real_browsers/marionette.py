"""Firefox's remote control, as much as reads the console: https://firefox-source-docs.mozilla.org/testing/marionette/."""

import json
import socket
from typing import Any, Self

# The messages that the developer tools show beside those of scripts.
_LISTEN = """
globalThis.messages = [];
globalThis.listener = {
  observe: (message) => {
    if (message instanceof Ci.nsIScriptError) messages.push(message.errorMessage);
  },
};
Services.console.registerListener(listener);
const { gBrowser } = Services.wm.getMostRecentWindow("navigator:browser");
const triggeringPrincipal = Services.scriptSecurityManager.getSystemPrincipal();
gBrowser.selectedBrowser.fixupAndLoadURIString(arguments[0], { triggeringPrincipal });
"""


class Marionette:
    """A connection to the port that Firefox was told to listen on."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._stream = self._socket.makefile("rb")
        self._number = 0
        self._receive()  # the greeting
        self._ask("WebDriver:NewSession", {})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
        self._socket.close()

    def open(self, url: str) -> None:
        """Open `url`, and keep what is written to the console from now on."""
        self._script(_LISTEN, url)

    def messages(self) -> list[str]:
        """Return what was written since."""
        found: list[str] = self._script("return messages;")["value"]
        return found

    def _script(self, script: str, *arguments: str) -> Any:
        self._ask("Marionette:SetContext", {"value": "chrome"})
        options = {"script": script, "args": arguments, "newSandbox": False, "sandbox": "system"}
        return self._ask("WebDriver:ExecuteScript", options)

    def _ask(self, command: str, parameters: dict[str, Any]) -> Any:
        self._number += 1
        message = json.dumps([0, self._number, command, parameters]).encode()
        self._socket.sendall(f"{len(message)}:".encode() + message)
        _, _, error, result = self._receive()
        assert error is None, error
        return result

    def _receive(self) -> Any:
        length = b""
        while not length.endswith(b":"):
            length += self._stream.read(1)
        return json.loads(self._stream.read(int(length[:-1])))
