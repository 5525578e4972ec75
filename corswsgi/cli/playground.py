"""``corswsgi playground``: a local page that lets a real browser send real requests, and shows why they fail.

The law of this module: if the page cannot be opened, the command prints one line and ends with 2.
"""

import threading
import webbrowser
from contextlib import suppress

import click

from corswsgi.cli.output import echo
from corswsgi.cli.target import UnusableError

_LAST_FIRST_PORT = 65_532  # three ports follow


@click.command(
    short_help="Open a page that sends real requests between origins.",
    epilog="""\b
Examples:
  corswsgi playground
  corswsgi playground shop:app
  corswsgi playground cors.toml --port 5000 --no-browser
  corswsgi playground --headless
""",
)
@click.argument("target", required=False)
@click.option(
    "--port",
    type=click.IntRange(0, _LAST_FIRST_PORT),
    default=0,
    help="Listen on this port and the next three. Default: free ports.",
)
@click.option("--no-browser", is_flag=True, help="Print the address; do not open a browser.")
@click.option("--headless", is_flag=True, help="Run the lessons in the simulator, print the verdicts, and end.")
@click.pass_context
def playground(context: click.Context, target: str | None, *, port: int, no_browser: bool, headless: bool) -> None:
    """Open a page that sends requests from several origins and shows why they pass or fail.

    TARGET is your application (module:app) or your table (cors.toml), beside the lessons. It listens on this machine
    only, and ends with Ctrl-C.

    Exits with 2 when a port is in use, there is no browser, or TARGET cannot be used. With --headless: 0 when every
    verdict is the expected one, 1 when not.
    """
    # so that the other commands do not import a server
    from corswsgi.playground.headless import run_lessons  # noqa: PLC0415
    from corswsgi.playground.own import OwnApplication  # noqa: PLC0415
    from corswsgi.playground.serving import serving  # noqa: PLC0415

    if headless:
        context.exit(0 if run_lessons(echo) else 1)
    browser = None if no_browser else _browser()
    own = OwnApplication(target) if target else None
    try:
        with serving(own, port) as site:
            echo(site.url)
            if browser:
                browser.open(site.url)
            echo("Press Ctrl-C to end.", err=True)
            with suppress(KeyboardInterrupt):
                wait_for_the_end()
    except OSError as error:
        raise UnusableError(f"the playground cannot listen on its ports: {error.strerror or error}") from error


def wait_for_the_end() -> None:
    """Wait for Ctrl-C, on an event that is never set."""
    threading.Event().wait()


def _browser() -> webbrowser.BaseBrowser:
    try:
        return webbrowser.get()
    except webbrowser.Error as error:
        raise UnusableError("there is no browser here: pass --no-browser, and open the printed address") from error
