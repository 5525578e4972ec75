"""A playground without sockets: the same application, asked as a browser would ask it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from corswsgi.browser import CORSError, Page
from corswsgi.playground.lessons import Call
from corswsgi.playground.own import OwnApplication
from corswsgi.playground.places import Places
from corswsgi.playground.simulators import fetch_arguments
from corswsgi.playground.site import Site
from corswsgi.playground.studio import Studio
from tests.support.commands import serve, write

__all__ = ["CHROMIUM", "FRONT", "PLACES", "STRANGER", "TOKEN", "Browser", "browser", "serve", "with_own", "write"]

PLACES = Places(control=5000, front=5001, stranger=5002, api=5003)
FRONT, STRANGER = PLACES.origins["front"], PLACES.origins["stranger"]
TOKEN = "token"  # noqa: S105  (of tests)
CHROMIUM = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"


class Browser:
    """Asks a site, and plays the control page."""

    def __init__(self, own: OwnApplication | None = None) -> None:
        self.studio = Studio(PLACES, own)
        self.site = Site(PLACES, self.studio, TOKEN)
        self.client = Client(self.site, use_cookies=False)
        self.pages = Page(FRONT, self.site, engine="chromium")

    def get(self, url: str, method: str = "GET", **headers: str) -> TestResponse:
        """Send a request to a URL of the playground; `headers` are named as keywords."""
        names = [(name.replace("_", "-"), value) for name, value in headers.items()]
        host = url.split("/")[2]
        return self.client.open(url.partition(host)[2] or "/", method=method, base_url=f"http://{host}", headers=names)

    def post(self, path: str, **arguments: Any) -> TestResponse:
        """Send a POST to the control page."""
        return self.client.post(f"/{TOKEN}/{path}", base_url="http://localhost:5000", **arguments)

    def ask(self, question: str, data: object = None, user_agent: str = CHROMIUM) -> Mapping[str, Any]:
        """Ask the control API; fails where it refuses."""
        response = self.post(question, json=data or {}, headers=[("User-Agent", user_agent)])
        assert response.status_code == 200, response.text
        answer: Mapping[str, Any] = json.loads(response.text)
        return answer

    def refused(self, question: str, data: object) -> str:
        """Ask what makes no sense, and return the line that says so."""
        response = self.post(question, json=data)
        assert response.status_code == 400
        return response.text

    def begin(self, lesson: str, server: str = "table") -> int:
        """Have a lesson served, as before each play."""
        count: int = self.ask("begin", {"lesson": lesson, "server": server})["count"]
        return count

    def play(self, lesson: str, call: Call, name: str = "one") -> Mapping[str, Any]:
        """Make a call as the page's frame does, with a simulated browser in place of a real one, and have it judged."""
        count = self.begin(lesson, call.server)
        page = self.pages.open_page(PLACES.page_origin(call.page))
        seen: dict[str, Any]
        try:
            reply = page.fetch(PLACES.origins["api"] + call.path, **fetch_arguments(call))
            headers = [*reply.headers.items()]
            seen = {"type": reply.type, "status": reply.status, "headers": headers, "body": reply.text()}
        except CORSError:
            seen = {"error": "TypeError: Failed to fetch"}
        return self.end(lesson, call, seen, count, name)

    def end(
        self, lesson: str, call: Call, seen: Mapping[str, Any], count: int = 0, name: str = "one"
    ) -> Mapping[str, Any]:
        """Have a call judged."""
        return self.ask("end", {"lesson": lesson, "call": asdict(call), "seen": seen, "count": count, "browser": name})


@pytest.fixture
def browser() -> Browser:
    return Browser()


@pytest.fixture
def with_own() -> Callable[[str], Browser]:
    """Make a playground for a target."""
    return lambda target: Browser(OwnApplication(target))
