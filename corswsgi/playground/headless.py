"""The lessons without a browser: each play in the simulator, straight into the lesson's server.

The law of this module: no line looks like a browser's verdict. Each line says that it is simulated.
"""

from collections.abc import Callable

from corswsgi.browser import Handshake, Page
from corswsgi.playground.comparing import simulated_verdict
from corswsgi.playground.control import simulate
from corswsgi.playground.lessons import VERDICTS, Lesson, Play
from corswsgi.playground.places import Places
from corswsgi.playground.studio import Studio

_PLACES = Places(control=5000, front=5001, stranger=5002, api=5003)


def run_lessons(say: Callable[[str], object]) -> bool:
    """Make all plays of all lessons and `say` each verdict. Returns whether all are the expected ones."""
    studio = Studio(_PLACES)
    fine = True
    say("Simulated: no browser made these requests. `corswsgi playground` has your own browser make them.")
    for lesson in studio.lessons.values():
        say(f"\n{lesson.number} {lesson.title}: {lesson.summary.replace('`', '')}")
        for play in lesson.plays:
            handshake = _run(studio, lesson, play)
            verdict = "page-policy" if play.call.page_policy else simulated_verdict(handshake)
            is_expected = verdict == play.expect
            fine &= is_expected
            status = f", status {handshake.responses[-1].status}" if verdict == "read" and handshake.responses else ""
            sign = "✓" if verdict == "read" else "✗"
            surprise = "" if is_expected else f" (expected: {VERDICTS[play.expect]})"
            say(f"  {sign} {play.title}: {VERDICTS[verdict]}{status}{surprise}")
    return fine


def _run(studio: Studio, lesson: Lesson, play: Play) -> Handshake:
    """Make a play in a new browser, after the plays that come before it."""
    table = lesson.table(play.table)
    studio.offer(lesson.id, table.toml, table.variables)
    page = Page(studio.places.origins["front"], studio.serve, engine="standard")
    for each in (*map(lesson.play, play.before), play):
        studio.begin(lesson.id, each.call.server)
        handshake = simulate(studio, each.call, "standard", page)
    return handshake
