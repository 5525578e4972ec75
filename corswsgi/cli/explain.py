"""``corswsgi explain``: why a browser blocks a request, or which parts of the response a page may read.

The law of this module: it decides nothing. `corswsgi.browser` simulates the browser, `diagnosis` finds causes that
come before CORS, `explain_advice` knows the table.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import get_args

import click

from corswsgi.browser import Handshake
from corswsgi.browser.engines import ENGINES, EngineName
from corswsgi.browser.network import Network
from corswsgi.browser.request import API, Credentials, Mode
from corswsgi.browser.transport import Transport, wsgi_transport
from corswsgi.cli.asking import Exchange, Recorder, careful, is_elsewhere
from corswsgi.cli.bases import url_under_known_host
from corswsgi.cli.causes import Cause
from corswsgi.cli.console import ConsoleLine
from corswsgi.cli.curl_options import (
    CurlCommand,
    json_sent_as_form,
    origin_in_headers,
    read_body,
    read_headers,
    with_content_type,
)
from corswsgi.cli.diagnosis import find_cause, mixed_content_cause
from corswsgi.cli.explain_advice import Advice
from corswsgi.cli.explain_console import beside_a_line, explain_line, is_pasted, read_lines
from corswsgi.cli.explain_notes import notes_on, unanswered, unexposed, without_useless_notes
from corswsgi.cli.explain_output import Explanation, print_explanation
from corswsgi.cli.explain_table import advice_of, of_application
from corswsgi.cli.listening import Heard, listening
from corswsgi.cli.missing_headers import also_missing, whole_fix
from corswsgi.cli.output import echo
from corswsgi.cli.questions import Question, ask, replay
from corswsgi.cli.target import Target, UnusableError, layers, load_target
from corswsgi.per_view import Layer

_TOTAL_SECONDS = 17.0  # for all requests of one command


@click.command(
    cls=CurlCommand,
    short_help="Explain why a browser blocks a request, or allows it.",
    epilog="""\b
Examples:
  corswsgi explain http://localhost:5000/api/me --origin http://localhost:3000
  corswsgi explain shop:app /api/me --origin https://app.example.com -X PUT -H 'Authorization: x'
  corswsgi explain cors.toml /api/me --origin https://app.example.com --credentials include
  corswsgi explain --console "Access to fetch at 'http://localhost:5000/api' from origin ..."
  corswsgi explain shop:app --console -      (paste the lines, then Ctrl-D)
""",
)
@click.argument("target", required=False)
@click.argument("url", required=False)
@click.option("--origin", help="The origin of the page: http://localhost:3000.")
@click.option(
    "--console", metavar="LINE", help="The red lines of the browser's console, a file with them, or - for stdin."
)
@click.option("-X", "--request", "method", metavar="METHOD", help="Any method. Default: GET, or POST with -d.")
@click.option(
    "-H", "--header", "headers", multiple=True, callback=read_headers, help="A request header, 'Name: value'."
)
@click.option("-d", "--data", "body", multiple=True, callback=read_body, help="The body, sent as curl sends it.")
@click.option("--cookie", "cookies", multiple=True, help="A cookie that the browser has: 'sid=1; SameSite=Lax'.")
@click.option(
    "--credentials",
    type=click.Choice(get_args(Credentials)),
    default="same-origin",
    show_default=True,
    help="The script's credentials mode; include sends cookies.",
)
@click.option(
    "--mode",
    type=click.Choice(get_args(Mode)),
    default="cors",
    show_default=True,
    help="The mode of the script's fetch().",
)
@click.option(
    "--api", type=click.Choice(get_args(API)), default="fetch", show_default=True, help="What the script asks with."
)
@click.option(
    "--engine", type=click.Choice(list(ENGINES)), help="One engine. Default: the standard, and each browser's words."
)
@click.option(
    "--policies", type=click.Path(exists=True, dir_okay=False), help="A file of policies to put in front of TARGET."
)
@click.option("--follow", is_flag=True, help="Follow a redirect from this machine to another one.")
@click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON.")
@click.pass_context
def explain(  # noqa: PLR0913  (one for each option)
    context: click.Context,
    target: str | None,
    url: str | None,
    *,
    origin: str | None,
    console: str | None,
    method: str | None,
    headers: list[tuple[str, str]],
    body: str | None,
    cookies: tuple[str, ...],
    credentials: Credentials,
    mode: Mode,
    api: API,
    engine: EngineName | None,
    policies: str | None,
    follow: bool,
    as_json: bool,
) -> None:
    """Request URL of TARGET as a page of another origin would, and explain step by step why it is allowed or blocked.

    TARGET is an application (module:app, module:make_app(), shop.py), a file of policies (cors.toml, in front of an
    empty application), or a server (http://localhost:8000). URL is a path, or absolute.
    The URL of a server may be given alone.
    With --console, explain that line; with TARGET as well, repeat the request of the page.

    The output ends with the verdict, its cause and one fix, the row of the table to change, and each browser's words.

    Exits with 0 when the page gets the response, with 1 when the browser blocks it, with 2 when TARGET cannot be asked
    or the line is not understood.
    """
    if console is None and target is not None and is_pasted(target):
        console, target = target, None
    line = read_lines(console) if console is not None else None
    if isinstance(line, ConsoleLine):
        origin = origin or line.origin
    if origin is None:
        origin, headers = origin_in_headers(headers)
    if line is not None and (target is None or origin is None or not isinstance(line, ConsoleLine)):
        context.exit(explain_line(line, origin, as_json=as_json))
    if target is None:
        raise click.UsageError("name a TARGET and a URL, or paste the red line with --console")
    if origin is None:
        raise click.UsageError("name the origin of the page: --origin https://app.example.com")
    question = Question(
        origin=origin,
        method=method or (line.method if line else "") or ("GET" if body is None else "POST"),
        headers=with_content_type((*headers, *(line.headers if line else ())), None if api == "beacon" else body),
        body=body,
        credentials="include" if line and line.includes_credentials else credentials,
        mode=mode,
        api=api,
        cookies=cookies,
    )
    with listening() as heard:
        found = load_target(target, policies)
        url = url or found.url or (line.url if line else None) or ("/" if isinstance(found.server, str) else None)
        if url is None:
            raise click.UsageError("name a URL to ask, for example /api/me")
        explanation = _explain(found, url, question, engine, heard, follow=follow, remarks=tuple(_of_a_host(url)))
    if line is not None:
        of_app = not isinstance(found.server, str)
        beside = beside_a_line(line, explanation.handshake, method, body, is_application=of_app)
        explanation = replace(explanation, notes=(*beside, *explanation.notes))
    explanation = replace(explanation, notes=(*explanation.notes, *heard.remarks))
    if as_json:
        echo(json.dumps(explanation.to_dict(), indent=2))
    else:
        print_explanation(explanation)
    context.exit(1 if explanation.is_blocked else 0)


def _of_a_host(url: str) -> tuple[str, ...]:
    """Report a path that browsers read as a host, as a base that ends with a slash makes it."""
    if not url.startswith("//"):
        return ()
    host, slash, path = url[2:].partition("/")
    return (f"{url!r} names the host {host!r}, in a script as here: for the path write {f'/{host}{slash}{path}'!r}",)


def _explain(  # noqa: PLR0913  (each is an option)
    target: Target,
    url: str,
    question: Question,
    engine: EngineName | None,
    heard: Heard,
    *,
    follow: bool,
    remarks: tuple[str, ...],
) -> Explanation:
    server = target.server
    is_real = isinstance(server, str)
    transport: Transport = Network(total=_TOTAL_SECONDS) if isinstance(server, str) else wsgi_transport(careful(server))
    recorder = Recorder(transport, follow=follow or not is_real)
    url = url_under_known_host(target.server, url, question.origin)
    handshake = without_useless_notes(
        ask(target.server, url, question, engine or "standard", recorder), question.headers
    )
    if recorder.elsewhere is not None:
        raise UnusableError(
            f"{handshake.url} leads to {recorder.elsewhere.sent}, on another machine: nothing was sent there; "
            "pass --follow to ask it"
        )
    if handshake.code == "connection":
        raise UnusableError(unanswered(handshake.requests[-1].url, handshake.detail or ""))
    exchanges = list(recorder.exchanges)
    cause = find_cause(handshake, recorder, asks_more=is_real) or mixed_content_cause(handshake)
    table = None if cause and cause.is_final else advice_of(handshake, target, cause)
    reason = table.because if table and handshake.code == "allow-origin-missing" else ""
    if cause is not None and not is_real:
        cause, reason = of_application(cause, table, handshake, target)
    others = None if engine else replay(target.server, url, question, exchanges)
    return Explanation(
        handshake=handshake,
        engine=engine,
        cause=cause,
        reason=reason,
        also=also_missing(handshake, exchanges),
        fix=_fix(handshake, exchanges, cause, table),
        consoles=others.words if others else {},
        table=table.lines if table else (),
        notes=(
            *_unasked(cause, exchanges, question, follow=recorder.follow),
            *(others.notes_beside(handshake) if others else ()),
            *remarks,
            *_of_the_body(handshake, question),
            *notes_on(handshake, question.headers, exchanges, heard),
            *_uncovered(target, handshake),
            *unexposed(handshake, has_table=table is not None),
        ),
    )


def _of_the_body(handshake: Handshake, question: Question) -> Iterator[str]:
    status = handshake.responses[-1].status if handshake.responses else None
    note = json_sent_as_form(question.headers, question.body, status)
    if note is not None:
        yield note


def _fix(handshake: Handshake, exchanges: list[Exchange], cause: Cause | None, table: Advice | None) -> str | None:
    """Return one imperative. It names the table where that is the place for what an answer lacks."""
    if table is None or not table.is_change or not (cause is None or cause.is_of_policy):
        return whole_fix(handshake, exchanges, cause) or handshake.fix
    fix = whole_fix(handshake, exchanges) or handshake.fix or ""
    condition, verb, rest = fix.rpartition("have the answer to ")
    if not verb:
        return fix
    return f"{condition}change the policy as below, so that the answer to {rest.replace(' carry', ' carries', 1)}"


def _unasked(cause: Cause | None, exchanges: list[Exchange], question: Question, *, follow: bool) -> Iterator[str]:
    """Report a redirect to another machine that was not followed."""
    if cause is None or cause.location is None or follow or not is_elsewhere(exchanges[0].url, cause.location):
        return
    there = cause.location.sent
    yield (
        f"{there} is on another machine, and nothing was sent there: to ask it, pass --follow, or "
        f"corswsgi explain {there} --origin {question.origin}"
    )


def _uncovered(target: Target, handshake: Handshake) -> Iterator[str]:
    """Report an application that has no policy at all: another file may put one in front of it."""
    if isinstance(target.server, str) or handshake.allowed or handshake.code != "allow-origin-missing":
        return
    if not any(isinstance(layer, Layer) for layer in layers(target.server)):
        yield (
            "this application has no policies of corswsgi: if another file wraps it, name that one, or pass "
            "--policies cors.toml"
        )
