"""The playground's self-test in real engines: every lesson, every verdict equal to the simulator's and to the lesson's.

The law of this module: the page judges itself, in the browser; here its report is only read.
"""

import os
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING
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
# What the engines ask of their own makers
SERVICES = re.compile(r"(?:\A|\.)(?:google|googleapis|gstatic|gvt1|mozilla|firefox)\.(?:com|org|net)(?::443)?\Z")
MARK, END = "playground: ", "playground: end"


class Recording:
    """The playground as a proxy of everything serves it, with the hosts that were asked for."""

    def __init__(self) -> None:
        self.site = Site(PLACES, Studio(PLACES))
        self.hosts = set[str]()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        self.hosts.add(environ.get("HTTP_HOST", ""))
        return self.site(environ, start_response)


def report(engine: "EngineName") -> tuple[dict[str, str], set[str]]:
    """Open the self-test, and return what it says of each check, and the hosts that the browser asked."""
    app = Recording()
    with serving(app, []) as proxy:
        console = ENGINES[engine].browse(f"{app.site.url}?selftest", proxy, END)
    lines = [line.removeprefix(MARK).partition(": ") for line in console if line.startswith(MARK)]
    return {name: outcome for name, _, outcome in lines}, app.hosts


@pytest.mark.parametrize("engine", ENGINES)
def test_every_lesson_comes_to_its_verdict_and_the_simulator_agrees(engine: "EngineName") -> None:
    if ENGINES[engine].find() is None:
        if engine == "chromium" and os.environ.get("CI"):
            pytest.fail("Chromium is not installed, and CI must not go without it", pytrace=False)
        pytest.skip(f"{ENGINES[engine].NAME} is not installed")
    checks, hosts = report(engine)
    plays = [f"{lesson.id} {play.id}" for lesson in Studio(PLACES).lessons.values() for play in lesson.plays]
    assert {name: outcome for name, outcome in checks.items() if outcome != "as expected"} == {}
    assert [name for name in checks if " table " not in name] == [*plays, "mending"]
    ours = {urlsplit(origin).netloc for origin in PLACES.origins.values()}
    assert {host for host in hosts if not SERVICES.search(host)} <= ours
