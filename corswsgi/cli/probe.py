"""``corswsgi probe``: tries the known bypasses of CORS on your own server.

The law of this module: nothing is sent to another machine unless an option says that it may be tested. There is no
interactive question.
"""

import math
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from urllib.parse import unquote

import click

from corswsgi.browser.headers import is_header_value
from corswsgi.browser.network import Network
from corswsgi.browser.page import DEFAULT_BASE
from corswsgi.browser.transport import wsgi_transport
from corswsgi.browser.url import URL, parse
from corswsgi.cli.asking import careful
from corswsgi.cli.bases import url_under_known_host
from corswsgi.cli.listening import in_one_line, listening
from corswsgi.cli.output import echo, make_console
from corswsgi.cli.probe_origins import STRANGER
from corswsgi.cli.probe_output import Report, print_report, report_as_json, report_as_sarif
from corswsgi.cli.probe_run import Job, run
from corswsgi.cli.probe_seen import Subject
from corswsgi.cli.prober import Prober, all_tries
from corswsgi.cli.target import Target, load_target
from corswsgi.hosts import is_loopback
from corswsgi.origins import OriginSet
from corswsgi.paths import PolicyTable
from corswsgi.policy import Policy
from corswsgi.standard import SERIALIZED_ORIGIN, is_token

_DELAY = 0.1  # seconds, for servers
_REQUESTS = 200  # for each URL, at least
_LONGEST_DELAY = 3600  # seconds
_OWN = frozenset({"connection", "content-length", "host", "origin", "sec-fetch-site", "transfer-encoding", "upgrade"})
_BODIES = 4.0  # seconds: a stream never ends, and only its head is of interest


def _headers(
    _context: click.Context, _parameter: click.Parameter, lines: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    pairs = tuple((name, value.strip()) for name, _, value in (line.partition(":") for line in lines))
    for line, (name, value) in zip(lines, pairs, strict=True):
        if ":" not in line or not is_token(name) or not is_header_value(value) or not value.isascii():
            raise click.BadParameter(f"{line!r} cannot be sent: write 'Name: value', in ASCII and on one line")
        if name.lower() in _OWN or name.lower().startswith("access-control-"):
            raise click.BadParameter(f"{name} cannot be chosen: probe sends it itself, or leaves it out")
    return pairs


def _origins(_context: click.Context, _parameter: click.Parameter, origins: tuple[str, ...]) -> tuple[str, ...]:
    for origin in origins:
        if SERIALIZED_ORIGIN.fullmatch(origin) is None:
            url = parse(origin if "://" in origin else f"https://{origin}")
            is_host = url is not None and url.is_http and ("." in url.host or is_loopback(url.host))
            written = url.origin if url is not None and is_host else "https://app.example.com"
            raise click.BadParameter(f"{origin!r} is not an origin: write {written}")
    return origins


def _delay(_context: click.Context, _parameter: click.Parameter, seconds: float | None) -> float | None:
    if seconds is not None and math.isnan(seconds):
        raise click.BadParameter("'nan' is not a number of seconds")
    return seconds


@click.command(
    short_help="Try the known bypasses of CORS on a server.",
    epilog="""\b
Examples:
  corswsgi probe shop:app /api/me /api/orders
  corswsgi probe http://localhost:8000 /api/me --origin https://app.example.com
""",
)
@click.argument("target")
@click.argument("urls", nargs=-1, metavar="[URL]...")
@click.option("--urls", "file", type=click.File(), help="A file of URLs, one a line, or - for standard input.")
@click.option("--origin", "origins", multiple=True, callback=_origins, help="An origin that the server should allow.")
@click.option(
    "-H",
    "--header",
    "headers",
    multiple=True,
    callback=_headers,
    help="A header to send, such as one for a login: 'Name: value'.",
)
@click.option(
    "--policies", type=click.Path(exists=True, dir_okay=False), help="A file of policies to put in front of TARGET."
)
@click.option(
    "--delay",
    type=click.FloatRange(0, _LONGEST_DELAY),
    callback=_delay,
    help="Seconds between requests. Default: 0.1 for servers, otherwise 0.",
)
@click.option(
    "--max-requests",
    type=click.IntRange(1),
    help="Stop after this many requests. Default: as many as the origins need.",
)
@click.option(
    "--i-am-allowed-to-test-this-host", "may_test", is_flag=True, help="Required for any host but this machine."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--sarif", "as_sarif", is_flag=True, help="Print SARIF, for code scanning.")
@click.pass_context
def probe(  # noqa: PLR0913  (one for each option)
    context: click.Context,
    target: str,
    urls: tuple[str, ...],
    *,
    file: Iterable[str] | None,
    origins: tuple[str, ...],
    headers: tuple[tuple[str, str], ...],
    policies: str | None,
    delay: float | None,
    max_requests: int | None,
    may_test: bool,
    as_json: bool,
    as_sarif: bool,
) -> None:
    """Try the known bypasses of CORS on TARGET, and look for headers that browsers or caches stumble over.

    TARGET is an application (module:app), a file of policies (cors.toml), or a server (http://localhost:8000/api/me).
    Without a URL, all rows of its table are tried, or the root. With --origin, look-alikes of that origin are tried. It
    sends GET, OPTIONS and a method that no server knows.

    Exits with 0 when nothing is found, with 1 when something is, with 2 when TARGET did not answer everything.
    """
    if as_json and as_sarif:
        raise click.UsageError("choose one of --json and --sarif")
    console = make_console(stderr=True)
    with listening() as heard:
        found = load_target(target, policies)
        listed = (*urls, *_lines(file))
        if file is not None and not listed:
            raise click.UsageError("the file of URLs has none: write one a line")
        parsed = _parse_urls(found, listed)
        _check_permission(found, parsed, may_test=may_test)
        jobs = [Job(url=url, subjects=tuple(_subjects(url, found.table, origins))) for url in parsed]
        server = found.server
        network = Network(bodies=_BODIES)
        prober = Prober(
            network if isinstance(server, str) else wsgi_transport(careful(server, late=partial(_count, network))),
            max_requests or sum(max(_REQUESTS, job.most) for job in jobs),
            partial(time.sleep, (_DELAY if isinstance(server, str) else 0) if delay is None else delay),
            headers,
            late=lambda: network.late,
        )
        report = run(prober, jobs, target, console)
    report = replace(report, notes=(*heard.warnings, *heard.remarks, *report.notes))
    if as_json:
        echo(report_as_json(report))
    elif as_sarif:
        echo(report_as_sarif(report))
    else:
        print_report(report)
    context.exit(_status(report))


def _count(network: Network) -> None:
    """Count an application that hangs, as `Network` counts servers."""
    network.late += 1


def _status(report: Report) -> int:
    return 1 if report.hits else 0 if report.finished and report.was_probed else 2


def _lines(file: Iterable[str] | None) -> Iterator[str]:
    """Yield the URLs in a file. Empty lines and those that begin with ``#`` are skipped."""
    try:
        for line in file or ():
            text = line.strip()
            if text and not text.startswith("#"):
                yield text
    except (OSError, UnicodeError) as error:
        raise click.UsageError(f"the file of URLs cannot be read: {in_one_line(error)}") from error


def _check_permission(target: Target, urls: list[URL], *, may_test: bool) -> None:
    strange = next((url.host for url in urls if not is_loopback(url.host)), None)
    if isinstance(target.server, str) and strange and not may_test:
        if strange in {"0.0.0.0", "[::]"}:  # noqa: S104  (what servers print that listen on every address)
            raise click.UsageError(f"{strange} is not the address of a server: write 127.0.0.1 for this machine")
        raise click.UsageError(
            f"{strange} is not this machine: pass --i-am-allowed-to-test-this-host if you may test it"
        )


def _parse_urls(target: Target, urls: tuple[str, ...]) -> list[URL]:
    base = parse(target.server if isinstance(target.server, str) else DEFAULT_BASE)
    if not urls and target.url is not None:
        urls = (target.url,)
    elif not urls:
        urls = tuple(dict.fromkeys(map(_example, target.table.rows))) if target.table else ("/",)
    parsed = []
    for text in dict.fromkeys(urls):
        url = parse(url_under_known_host(target.server, text), base)
        if url is None or not url.is_http:
            raise click.UsageError(f"{text!r} is not a URL: write a path, or http://...")
        parsed.append(url)
    return parsed


def _example(pattern: str) -> str:
    """Return a path that `pattern` matches."""
    return pattern.removesuffix("/**").replace("*", "corswsgi-probe") or "/"


def _subjects(url: URL, table: PolicyTable | None, origins: tuple[str, ...]) -> Iterator[Subject]:
    """Yield the origins to try on `url`. Origins that its row allows by name or wildcard are not mistakes."""
    if table is None:
        # if no allowed origin is known, the server's own may be one
        for origin in origins or (url.origin,):
            named = bool(origins)
            yield Subject(origin=origin, is_allowed=named, is_named=named, tries=all_tries(origin, origins))
        return
    found = table.match(unquote(url.path))
    policy = found[1] if found else None
    written = OriginSet(each for each in policy.allow_origins if isinstance(each, str)) if policy else None
    for origin in origins or _allowed(policy):
        tries = all_tries(origin, origins)
        if written is not None:
            tries = tuple(each for each in tries if not written.allows(each.origin, {}))
        named = bool(origins)
        is_allowed = named or (policy is not None and policy.allows_origin(origin))
        yield Subject(origin=origin, is_allowed=is_allowed, is_named=named, tries=tries)


def _allowed(policy: Policy | None) -> list[str]:
    """Return an origin for each pattern of `policy`, or an arbitrary one if no pattern can be read."""
    patterns = [pattern for pattern in policy.allow_origins if isinstance(pattern, str)] if policy else []
    named = [pattern.replace("*.", "corswsgiprobe.").removesuffix(":*") for pattern in patterns if pattern != "*"]
    return named or [f"https://{STRANGER}"]
