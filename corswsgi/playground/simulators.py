"""Simulated browsers, one for each real browser, which get the recorded responses.

The law of this module: the simulator sends nothing. It judges the same responses that the real browser got.
"""

import re
import threading
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from corswsgi.browser import Handshake, Page
from corswsgi.browser.engines import EngineName
from corswsgi.playground.lessons import Call
from corswsgi.playground.places import Places
from corswsgi.playground.recording import Exchange, Replay

MAX_BROWSERS = 8

_IOS = re.compile("CriOS|FxiOS|EdgiOS|iPhone|iPad")


def engine_of(user_agent: str) -> EngineName:
    """Return the engine of a browser by its ``User-Agent``, or ``standard`` for an unknown browser."""
    if "AppleWebKit" in user_agent and _IOS.search(user_agent):
        return "webkit"
    for mark, engine in (("Firefox/", "firefox"), ("Chrome/", "chromium"), ("AppleWebKit/", "webkit")):
        if mark in user_agent:
            return engine  # type: ignore[return-value]
    return "standard"


def fetch_arguments(call: Call) -> dict[str, Any]:
    """Return the arguments of `Page.explain` for a call."""
    return {
        "method": call.method,
        "headers": call.headers,
        "body": call.body,
        "credentials": "include" if call.credentials else "same-origin",
        "redirect": call.redirect,
        "api": call.api,
    }


class SimulatedBrowser:
    """Pages of all origins in one simulated browser, which gets the responses of the real one."""

    def __init__(self, places: Places, engine: EngineName) -> None:
        self.engine = engine
        self._places = places
        self._replay = Replay()
        self._first = Page(places.origins["front"], self._replay, engine=engine)

    def explain(self, call: Call, exchanges: Iterable[Exchange]) -> tuple[Handshake, list[str]]:
        """Judge a call by its recorded exchanges.

        Returns the handshake, and the differences between browser and simulator: the requests that only one of them
        sent.
        """
        exchanges = list(exchanges)
        self._replay.load(exchanges)
        page = self._first.open_page(self._places.page_origin(call.page))
        handshake = page.explain(self._places.origins["api"] + call.path, **fetch_arguments(call))
        differences = [
            f"the simulator expects {asked}, and the browser did not send it" for asked in self._replay.missing
        ]
        differences += [
            f"the browser sent {each.method} {each.url}, and the simulator does not expect it"
            for each in self._replay.left
        ]
        if self.lends_cookies(call):
            self._hear_cookies(exchanges)
        return handshake, differences

    def lends_cookies(self, call: Call) -> bool:
        """Return whether the browser attaches cookies as if the page around the frame made the call.

        Seen in WebKitGTK 2.50: the site of a request is that of the top-level page. So a frame of another site, or a
        sandboxed one, sends and keeps the cookies of ``localhost``. Simulated pages are never in a frame.
        """
        return self.engine == "webkit" and call.page in {"other", "null"} and call.credentials

    def _hear_cookies(self, exchanges: Iterable[Exchange]) -> None:
        """Let the simulated browser keep the cookies of `exchanges`, as in a page on the API's own site."""
        for each in exchanges:
            if any(name.lower() == "set-cookie" for name, _ in each.response_headers):
                self._replay.load([replace(each, method="GET")])
                self._first.explain(each.url, mode="no-cors", credentials="include")


class Simulators:
    """Simulated browsers by the random name that each real browser's page has chosen."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._lock = threading.Lock()
        self._browsers: dict[str, SimulatedBrowser] = {}

    def of(self, name: str, engine: EngineName) -> SimulatedBrowser:
        """Return the simulator of this name. The oldest one is dropped if there are too many."""
        with self._lock:
            found = self._browsers.get(name)
            if found is None or found.engine != engine:
                if len(self._browsers) >= MAX_BROWSERS:
                    del self._browsers[next(iter(self._browsers))]
                found = self._browsers[name] = SimulatedBrowser(self._places, engine)
            return found
