"""``corswsgi explain``: why a browser blocks a request, or what of the answer a page may read.

The law of this module: it decides nothing. `corswsgi.browser` plays the browser, `explain_advice` knows the table.
"""

import json
from dataclasses import replace
from typing import get_args
from urllib.parse import unquote, urlsplit

import click
from rich.text import Text

from corswsgi.browser import Handshake, Page
from corswsgi.browser.engines import ENGINES, EngineName
from corswsgi.browser.request import Credentials
from corswsgi.cli.explain_advice import Advice, advise
from corswsgi.cli.layers import deciders, the_decider
from corswsgi.cli.output import make_console, printable
from corswsgi.cli.target import Target, UnusableError, layers, load_target, table_of
from corswsgi.paths import PolicyTable

_STYLES = {
    "  ✓": "green", "  ✗": "bold red", "  *": "bold", ">": "bold cyan", "<": "bold cyan", "Blocked": "bold red",
    "Allowed": "bold green", "Console": "red", "Fix": "yellow",
}  # fmt: skip


def _header(_context: click.Context, _parameter: click.Parameter, lines: tuple[str, ...]) -> list[tuple[str, str]]:
    for line in lines:
        if ":" not in line:
            raise click.BadParameter(f"{line!r} is no header: write 'Name: value'")
    return [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]


@click.command(
    epilog="""\b
Examples:
  corswsgi explain shop:app /api/me --origin https://app.example.com -X PUT
  corswsgi explain cors.toml /api/me --origin http://localhost:3000 --credentials include
"""
)
@click.argument("target")
@click.argument("url")
@click.option("--origin", required=True, help="The origin of the page that asks.")
@click.option("-X", "--request", "method", metavar="METHOD", help="The method: GET, or POST when there is a body.")
@click.option("-H", "--header", "headers", multiple=True, callback=_header, help="A request header, 'Name: value'.")
@click.option("-d", "--data", "body", help="The body, as text.")
@click.option("--credentials", type=click.Choice(get_args(Credentials)), default="same-origin", show_default=True)
@click.option("--engine", type=click.Choice(list(ENGINES)), default="standard", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Write JSON, for machines.")
@click.pass_context
def explain(  # noqa: PLR0913  (one for each option)
    context: click.Context,
    target: str,
    url: str,
    *,
    origin: str,
    method: str | None,
    headers: list[tuple[str, str]],
    body: str | None,
    credentials: Credentials,
    engine: EngineName,
    as_json: bool,
) -> None:
    """Ask URL of TARGET as a page of another origin would, and say step by step why it is allowed or blocked.

    TARGET is an application (module:app), a file of policies (cors.toml, in front of an empty application), or a server
    (http://localhost:8000). URL is a path, or absolute.

    Exits with 0 when the page gets the response, with 1 when the browser blocks it, with 2 when TARGET cannot be asked.
    """
    found = load_target(target)
    try:
        page = Page(origin, found.server, engine=engine)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    asked = method or ("GET" if body is None else "POST")
    handshake = page.explain(url, method=asked, headers=headers, body=body, credentials=credentials)
    if handshake.code == "connection":
        raise UnusableError(f"{handshake.requests[-1].url} does not answer: {handshake.detail}")
    advice = _advise(handshake, found)
    if as_json:
        click.echo(json.dumps(handshake.to_dict() | {"advice": list(advice.lines) if advice else []}, indent=2))
    else:
        _print(handshake, advice)
    context.exit(0 if handshake.allowed else 1)


def _advise(handshake: Handshake, target: Target) -> Advice | None:
    """Ask for advice on the policy that decided: a view's, which is a table of one row, or the table."""
    if isinstance(target.server, str) or not handshake.requests:
        return None
    request = handshake.requests[-1]
    method = next((value for name, value in request.headers if name == "Access-Control-Request-Method"), request.method)
    decider = the_decider(deciders(layers(target.server), unquote(urlsplit(request.url).path), method))
    table = table_of(target.server)
    if decider is None or (table is not None and not decider.is_view):
        return advise(handshake, table) if table else None
    whose = f"the policy of the view `{decider.place}`" if decider.is_view else f"row `{decider.place}`"
    if decider.policy is None:
        return None if handshake.allowed else Advice(lines=(f"{whose} is None, no CORS: give it one to have it",))
    advice = advise(handshake, PolicyTable({"/**": decider.policy}))
    return advice and replace(advice, lines=tuple(line.replace("row `/**`", whose) for line in advice.lines))


def _print(handshake: Handshake, advice: Advice | None) -> None:
    console = make_console()
    for line in handshake.to_text().splitlines():
        style = next((style for start, style in _STYLES.items() if line.startswith(start)), "")
        console.print(Text(printable(line), style))
    for line in advice.lines if advice else ():
        console.print(Text.assemble(("Table: ", "bold yellow"), printable(line)))
