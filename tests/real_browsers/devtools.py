"""The part of Chromium's remote control that reads the console: https://chromedevtools.github.io/devtools-protocol/.

It speaks over two pipes, the child's file descriptors 3 and 4: JSON texts, each with a NUL at its end.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Queue
from threading import Thread
from typing import Any

AT = " \t"  # between the text of a message and the URL that it is about


class DevTools:
    """A connection to the browser's only tab."""

    def __init__(self) -> None:
        self._to_browser, self._write = os.pipe()
        self._read, self._from_browser = os.pipe()
        self.fds = (self._to_browser, self._from_browser)
        self.messages: list[str] = []
        self._answers: Queue[Any] = Queue()
        self._number = 0

    def wrap(self, command: list[str]) -> list[str]:
        """Return the command that starts the browser with the pipes where it looks for them."""
        redirections = f"3<&{self._to_browser} 4>&{self._from_browser}"
        return ["/bin/sh", "-c", f'exec "$@" {redirections}', "sh", *command, "--remote-debugging-pipe"]

    @contextmanager
    def opening(self, url: str) -> Iterator[None]:
        """Open `url` in the tab that is there, and keep what its console shows from now on."""
        for descriptor in self.fds:
            os.close(descriptor)
        Thread(target=self._receive, daemon=True).start()
        try:
            target = self._ask("Target.getTargets")["targetInfos"][0]["targetId"]
            session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            for domain in ("Log", "Runtime"):
                self._ask(f"{domain}.enable", session)
            self._ask("Page.navigate", session, url=url)
            yield
        finally:
            os.close(self._write)

    def _ask(self, method: str, session: str | None = None, **parameters: Any) -> Any:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        os.write(self._write, json.dumps(message | ({"sessionId": session} if session else {})).encode() + b"\0")
        return self._answers.get(timeout=30)["result"]

    def _receive(self) -> None:
        rest = b""
        with os.fdopen(self._read, "rb", buffering=0) as stream:
            while chunk := stream.read(65_536):
                *texts, rest = (rest + chunk).split(b"\0")
                for text in texts:
                    self._take(json.loads(text))

    def _take(self, message: Any) -> None:
        match message:
            case {"id": _}:
                self._answers.put(message)
            case {"method": "Log.entryAdded", "params": {"entry": {"text": text, **more}}}:
                self.messages.append(f"{text}{AT}{more.get('url', '')}")
            case {"method": "Runtime.consoleAPICalled", "params": {"args": [{"value": value}]}}:
                self.messages.append(str(value))
