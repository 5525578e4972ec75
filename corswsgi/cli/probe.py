"""``corswsgi probe``: the known ways to get past a server's CORS, tried on one that is yours.

The law of this module: nothing is sent to a host of another machine before somebody says that it may be tested.
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from urllib.parse import unquote

import click
from rich.progress import Progress
from rich.text import Text

from corswsgi.browser.network import Network, UnreachableError
from corswsgi.browser.page import DEFAULT_BASE
from corswsgi.browser.transport import wsgi_transport
from corswsgi.browser.url import URL, parse
from corswsgi.cli.output import SEVERITY_STYLES, make_console, printable
from corswsgi.cli.probe_checks import CHECKS, EnoughError, Hit, Prober, Subject, all_tries
from corswsgi.cli.probe_origins import STRANGER
from corswsgi.cli.target import Target, UnusableError, load_target
from corswsgi.hosts import is_loopback
from corswsgi.paths import PolicyTable
from corswsgi.policy import Policy

_DELAY = 0.1  # seconds, for servers


@click.command(
    epilog="""\b
Examples:
  corswsgi probe shop:app /api/me /api/orders
  corswsgi probe http://localhost:8000 /api/me --origin https://app.example.com
"""
)
@click.argument("target")
@click.argument("urls", nargs=-1, metavar="[URL]...")
@click.option("--origin", "origins", multiple=True, help="An origin that is allowed; what is like it is tried.")
@click.option("--delay", type=click.FloatRange(0), help="Seconds between requests; 0.1 for servers, else none.")
@click.option("--max-requests", type=click.IntRange(1), default=500, show_default=True, help="Send no more than these.")
@click.option("--i-am-allowed-to-test-this-host", "may_test", is_flag=True, help="Needed for any but this machine.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON, for machines.")
@click.pass_context
def probe(  # noqa: PLR0913  (one for each option)
    context: click.Context,
    target: str,
    urls: tuple[str, ...],
    *,
    origins: tuple[str, ...],
    delay: float | None,
    max_requests: int,
    may_test: bool,
    as_json: bool,
) -> None:
    """Try the known bypasses of CORS on TARGET, and look for headers that browsers or caches stumble over.

    TARGET is an application (module:app), a file of policies (cors.toml), or a server (http://localhost:8000). Without
    a URL, all rows of its table are tried, or the root. It sends GET, OPTIONS and a method that nobody knows.

    Exits with 0 when nothing is found, with 1 when something is, with 2 when TARGET cannot be asked.
    """
    found = load_target(target)
    parsed = _parse_urls(found, urls)
    if isinstance(found.server, str) and not may_test:
        strange = next((url.host for url in parsed if not is_loopback(url.host)), None)
        if strange:
            raise click.UsageError(f"{strange} is not this machine: say --i-am-allowed-to-test-this-host, if so it is")
    jobs = [(url, subject) for url in parsed for subject in _subjects(url, found.table, origins)]
    pause = partial(time.sleep, (_DELAY if isinstance(found.server, str) else 0) if delay is None else delay)
    transport = Network() if isinstance(found.server, str) else wsgi_transport(found.server)
    prober = Prober(transport, max_requests, pause)
    hits, is_whole = _probe(prober, jobs)
    if as_json:
        written = [asdict(hit) | {"why": CHECKS[hit.check].why} for hit in hits]
        told = {"target": target, "requests": prober.requests, "finished": is_whole, "hits": written}
        click.echo(json.dumps(told, indent=2))
    else:
        _print(hits, prober.requests, len(parsed), is_whole=is_whole)
    context.exit(1 if hits else 0)


def _parse_urls(target: Target, urls: tuple[str, ...]) -> list[URL]:
    base = parse(target.server if isinstance(target.server, str) else DEFAULT_BASE)
    if not urls:
        urls = tuple(dict.fromkeys(map(_example, target.table.rows))) if target.table else ("/",)
    parsed = []
    for text in urls:
        url = parse(text, base)
        if url is None or not url.is_http:
            raise click.UsageError(f"{text!r} is no URL: write a path, or http://...")
        parsed.append(url)
    return parsed


def _example(pattern: str) -> str:
    """Give a path that `pattern` matches."""
    return pattern.removesuffix("/**").replace("*", "corswsgi-probe") or "/"


def _subjects(url: URL, table: PolicyTable | None, origins: tuple[str, ...]) -> Iterator[Subject]:
    """Say what to try on `url`; what its row allows is no mistake."""
    if table is None:
        # without a word on what is allowed, a server's own origin may be
        for origin in origins or (url.origin,):
            yield Subject(origin=origin, is_allowed=bool(origins), tries=all_tries(origin))
        return
    found = table.match(unquote(url.path))
    policy = found[1] if found else None
    for origin in origins or _allowed(policy):
        is_allowed = policy is not None and policy.allows_origin(origin)
        tries = all_tries(origin)
        if policy is not None:
            tries = tuple(each for each in tries if not policy.allows_origin(each.origin))
        yield Subject(origin=origin, is_allowed=is_allowed, tries=tries)


def _allowed(policy: Policy | None) -> list[str]:
    """Give an origin for each pattern of `policy`, and any other where it has none that can be read."""
    patterns = [pattern for pattern in policy.allow_origins if isinstance(pattern, str)] if policy else []
    named = [pattern.replace("*.", "corswsgi-probe.").removesuffix(":*") for pattern in patterns if pattern != "*"]
    return named or [f"https://{STRANGER}"]


def _probe(prober: Prober, jobs: list[tuple[URL, Subject]]) -> tuple[list[Hit], bool]:
    """Do it all, with a bar for the person who waits. The second is whether it came to the end."""
    hits: list[Hit] = []
    console = make_console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("probing", total=sum(len(subject.tries) + 4 for _, subject in jobs))
        prober.told = partial(progress.advance, bar)
        try:
            for url, subject in jobs:
                hits += prober.probe(url, subject)
        except EnoughError:
            return _sorted(hits), False
        except UnreachableError as error:
            raise UnusableError(f"{url.sent} does not answer: {error}") from error
    return _sorted(hits), True


def _sorted(hits: list[Hit]) -> list[Hit]:
    return sorted(dict.fromkeys(hits), key=lambda hit: list(SEVERITY_STYLES).index(hit.severity))


def _print(hits: list[Hit], requests: int, urls: int, *, is_whole: bool) -> None:
    console = make_console()
    for hit in hits:
        severity = (f"{hit.severity:6}", SEVERITY_STYLES[hit.severity])
        console.print(Text.assemble(severity, "  ", (hit.check, "bold"), f"  {printable(hit.url)}"))
        console.print(Text(f"        {printable(hit.sent)}"))
        console.print(Text(f"        {printable(hit.answer)}"))
        console.print(Text(f"        {CHECKS[hit.check].why}", "dim"))
    counts = Counter(hit.severity for hit in hits)
    found = ", ".join(f"{counts[severity]} {severity}" for severity in SEVERITY_STYLES if counts[severity])
    console.print(Text(f"{found or 'nothing found'}: {requests} requests, URLs: {urls}"))
    if not is_whole:
        sys.stderr.write(f"stopped after {requests} requests: more with --max-requests\n")
