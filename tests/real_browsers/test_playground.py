"""The playground's self-test in real engines: every lesson, every verdict equal to the simulator's and to the lesson's.

The law of this module: the page judges itself, in the browser; here its report is only read.
"""

import json
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from corswsgi.playground.places import Places
from corswsgi.playground.site import Site
from corswsgi.playground.studio import Studio
from tests.real_browsers.agreement import ENGINES
from tests.real_browsers.proxy import serving

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

    from corswsgi.browser.engines import EngineName

PLACES = Places(control=5000, front=5001, stranger=5002, api=5003)
MARK, END = "playground: ", "playground: end"


class Recording:
    """The playground as a proxy of everything serves it, with the hosts that were asked for."""

    def __init__(self) -> None:
        self.site = Site(PLACES, Studio(PLACES))
        self.hosts = set[str]()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        self.hosts.add(environ.get("HTTP_HOST", ""))
        return self.site(environ, start_response)


def report(engine: "EngineName") -> tuple[list[dict[str, Any]], set[str]]:
    """Open the self-test, and return what it says of each play, and the hosts that the browser asked."""
    app = Recording()
    with serving(app, []) as proxy:
        console = ENGINES[engine].browse(f"{app.site.url}?selftest", proxy, END)
    lines = [line.removeprefix(MARK) for line in console if line.startswith(f"{MARK}{{")]
    return [json.loads(line) for line in lines], app.hosts


@pytest.mark.parametrize("engine", ENGINES)
def test_every_lesson_comes_to_its_verdict_and_the_simulator_agrees(engine: "EngineName") -> None:
    if ENGINES[engine].find() is None:
        if engine == "chromium" and os.environ.get("CI"):
            pytest.fail("Chromium is not installed, and CI must not go without it", pytrace=False)
        pytest.skip(f"{ENGINES[engine].NAME} is not installed")
    checks, hosts = report(engine)
    plays = [f"{lesson.id} {play.id}" for lesson in Studio(PLACES).lessons.values() for play in lesson.plays]
    names = [check["name"] for check in checks]
    assert [check for check in checks if check["problems"]] == []
    assert [name for name in names if " table " not in name] == [*plays, "a table is refused, and mended"]
    if engine == "chromium":  # the others have services that ask hosts of their own
        assert hosts <= {urlsplit(origin).netloc for origin in PLACES.origins.values()}
