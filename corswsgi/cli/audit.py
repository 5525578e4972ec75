"""``corswsgi audit``: the routes of an application, their policies, and the ones that deserve a second look.

The law of this module: it only inspects. It sends no request, and no view of the application runs.
"""

import json
from collections import Counter
from collections.abc import Iterable
from functools import partial
from typing import Any, cast

import click
from rich.text import Text

from corswsgi.cli.audit_risks import (
    RISKS,
    Audited,
    Finding,
    audit_routes,
    audit_rows,
    open_everywhere,
    open_writes,
    unused_rows,
)
from corswsgi.cli.foreign import foreign_cors
from corswsgi.cli.layers import deciders, prepare
from corswsgi.cli.listening import listening
from corswsgi.cli.mounts import mounts
from corswsgi.cli.output import SEVERITY_STYLES, Severity, echo, make_console, printable
from corswsgi.cli.routes import find_routes
from corswsgi.cli.target import Target, UnusableError, layers, load_target
from corswsgi.cli.words import in_words
from corswsgi.errors import PolicyError

_LEVELS = list(SEVERITY_STYLES)  # the worst first
_NEVER = "never"


@click.command(
    short_help="List routes with the policies that decide on them.",
    epilog="""\b
Examples:
  corswsgi audit shop:app
  corswsgi audit shop:app --fail-on low --json
""",
)
@click.argument("target")
@click.option(
    "--fail-on",
    type=click.Choice([*_LEVELS, _NEVER]),
    default="medium",
    show_default=True,
    help="The lowest severity that fails the command.",
)
@click.option(
    "--policies", type=click.Path(exists=True, dir_okay=False), help="A file of policies to put in front of TARGET."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def audit(context: click.Context, target: str, *, fail_on: str, policies: str | None, as_json: bool) -> None:
    """List the routes of TARGET with the policies that decide on them, the riskiest first.

    TARGET is an application (module:app) or a file of policies (cors.toml). Flask, Django and Bottle are audited by
    route and view, everything else by the rows of its table. No view runs.

    Exits with 0 if there is nothing at or above --fail-on, with 1 if there are findings, with 2 if there is nothing to
    audit. If other code answers CORS in the application, use probe.
    """
    with listening() as heard:
        audited, findings, foreign = _look(load_target(target, policies), target)
    findings += [Finding(risk="warning-of-corswsgi", about=warning) for warning in heard.warnings]
    is_ours = any(each.decider is not None for each in audited)
    findings += [Finding(risk="foreign-cors", about=name) for name in foreign if is_ours]
    for remark in heard.remarks:
        echo(f"note: {remark}", err=True)
    audited.sort(key=lambda each: min((_LEVELS.index(finding.severity) for finding in each.findings), default=9))
    counts = Counter(finding.severity for each in audited for finding in each.findings)
    counts.update(finding.severity for finding in findings)
    unseen = None if is_ours else _unseen(target, foreign)
    if as_json:
        echo(json.dumps(_as_json(target, audited, findings) | {"unseen": unseen}, indent=2))
    else:
        _print(audited, findings)
        told = ", ".join(f"{counts[level]} {level}" for level in SEVERITY_STYLES if counts[level])
        echo(f"{told or ('no findings' if is_ours else 'nothing was audited')}, routes: {len(audited)}")
        if unseen:
            echo(unseen)
    failing = [] if fail_on == _NEVER else _LEVELS[: _LEVELS.index(cast("Severity", fail_on)) + 1]
    context.exit(1 if any(counts[level] for level in failing) else 0 if is_ours else 2)


def _look(found: Target, target: str) -> tuple[list[Audited], list[Finding], list[str]]:
    """Audit the routes and rows of an application. The third item names foreign libraries that answer CORS."""
    if isinstance(found.server, str):
        raise click.UsageError("a running server does not tell its routes: write module:app")
    inner = list(layers(found.server))
    try:
        prepare([*inner, *(layer for mount in mounts(inner) for layer in mount.own)])
    except PolicyError as error:
        raise UnusableError(f"{target} cannot be served: a policy is refused:\n{error}") from error
    inner = list(layers(found.server))
    mounted = list(mounts(inner))
    routes = find_routes(inner)
    if routes is None and found.table is None and not any(mount.routes for mount in mounted):
        unseen = _unseen(target, foreign_cors(inner))
        raise UnusableError(f"{target} has no table, and is of no framework whose routes are known: {unseen}")
    audited = (
        audit_rows(found.table)
        if routes is None and found.table
        else audit_routes(routes or [], partial(deciders, inner))
    )
    audited += (each for mount in mounted for each in audit_routes(mount.routes, mount.deciders))
    all_routes = [*(routes or ()), *(route for mount in mounted for route in mount.routes)]
    findings = unused_rows(found.table, all_routes) if found.table and routes is not None else []
    findings += open_writes(all_routes, inner)
    findings += open_everywhere(audited) if routes else []
    return audited, findings, foreign_cors([*inner, *(layer for mount in mounted for layer in mount.own)])


def _unseen(target: str, foreign: list[str]) -> str:
    named = f"{', '.join(foreign)} {'set' if foreign[1:] else 'sets'} headers of CORS here, and " if foreign else ""
    return (
        f"{named}only policies of corswsgi can be seen: headers that the application itself sets are not; "
        f"ask for them with corswsgi probe {target}"
    )


def _as_json(target: str, audited: Iterable[Audited], findings: Iterable[Finding]) -> dict[str, object]:
    return {
        "target": target,
        "routes": [
            {
                "path": each.route.path,
                "methods": list(each.methods),
                "from": each.decider and str(each.decider),
                "means": _means(each),
                "findings": [_finding_as_json(finding) for finding in each.findings],
            }
            for each in audited
        ],
        "findings": [_finding_as_json(finding) for finding in findings],
    }


def _finding_as_json(finding: Finding) -> dict[str, Any]:
    risk = RISKS[finding.risk]
    return {"severity": risk.severity, "risk": risk.code, "about": finding.about, "why": risk.why}


def _means(each: Audited) -> str:
    return in_words(each.decider.policy) if each.decider else "no CORS: no row and no view has a policy for it"


def _print(audited: Iterable[Audited], findings: Iterable[Finding]) -> None:
    """Print the routes of one policy together, each with its own findings where they differ."""
    console = make_console()
    groups: dict[str, list[Audited]] = {}
    for each in audited:
        where = f"{each.decider}: " if each.decider else ""
        groups.setdefault(f"    {where}{_means(each)}", []).append(each)
    for means, routes in groups.items():
        differ = len({each.findings for each in routes}) > 1
        for each in routes:
            console.print(Text.assemble((printable(each.route.path), "bold"), f"  {', '.join(each.methods)}".rstrip()))
            for finding in each.findings if differ else ():
                console.print(_line(finding))
        console.print(Text(printable(means)))
        for finding in () if differ else routes[0].findings:
            console.print(_line(finding))
    findings = list(findings)
    if findings:
        console.print(Text("The application as a whole", "bold"))
    for finding in findings:
        console.print(_line(finding))


def _line(finding: Finding) -> Text:
    risk = RISKS[finding.risk]
    severity = (f"    {risk.severity}: ", SEVERITY_STYLES[risk.severity])
    return Text.assemble(severity, (risk.code, "bold"), printable(f": {finding.about}: {risk.why}"))
