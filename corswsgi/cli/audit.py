"""``corswsgi audit``: every route of an application, the policy that decides on it, and what deserves a second look.

The law of this module: it looks, and asks nothing: no view of the application runs.
"""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any, cast

import click
from rich.text import Text

from corswsgi.cli.audit_risks import RISKS, Audited, Finding, audit_routes, audit_rows, unused_rows
from corswsgi.cli.layers import prepare
from corswsgi.cli.output import SEVERITY_STYLES, Severity, make_console, printable
from corswsgi.cli.routes import find_routes
from corswsgi.cli.target import UnusableError, layers, load_target, table_of
from corswsgi.cli.words import in_words

_LEVELS = list(SEVERITY_STYLES)  # from the worst on
_NEVER = "never"


@click.command(
    epilog="""\b
Examples:
  corswsgi audit shop:app
  corswsgi audit shop:app --fail-on low --json
"""
)
@click.argument("target")
@click.option(
    "--fail-on",
    type=click.Choice([*_LEVELS, _NEVER]),
    default="medium",
    show_default=True,
    help="Exit with 1 from here.",
)
@click.option("--json", "as_json", is_flag=True, help="Write JSON, for machines.")
@click.pass_context
def audit(context: click.Context, target: str, *, fail_on: str, as_json: bool) -> None:
    """List the routes of TARGET with the policies that decide on them, the riskiest first.

    TARGET is an application (module:app): of Flask, Django or Bottle with its routes and its views' policies, of
    anything else with the rows of its table; or a file of policies (cors.toml).

    Exits with 0 without findings of the level --fail-on or worse, with 1 with some, with 2 when there is nothing to
    look at.
    """
    found = load_target(target)
    if isinstance(found.server, str):
        raise click.UsageError("a running server does not tell its routes: write module:app")
    prepare(layers(found.server))
    table = table_of(found.server)
    routes = find_routes(layers(found.server))
    if routes is None and table is None:
        raise UnusableError(f"{target} has no table, and is of no framework whose routes are known")
    audited = audit_rows(table) if routes is None and table else audit_routes(routes or [], layers(found.server))
    findings = unused_rows(table, routes) if table and routes is not None else []
    audited.sort(key=lambda each: min((_LEVELS.index(finding.severity) for finding in each.findings), default=9))
    counts = Counter(finding.severity for each in audited for finding in each.findings)
    counts.update(finding.severity for finding in findings)
    if as_json:
        click.echo(json.dumps(_as_json(target, audited, findings), indent=2))
    else:
        _print(audited, findings)
        told = ", ".join(f"{counts[level]} {level}" for level in SEVERITY_STYLES if counts[level])
        click.echo(f"{told or 'no findings'}, routes: {len(audited)}")
    failing = [] if fail_on == _NEVER else _LEVELS[: _LEVELS.index(cast("Severity", fail_on)) + 1]
    context.exit(1 if any(counts[level] for level in failing) else 0)


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
    return in_words(each.decider.policy) if each.decider else "no CORS: no row and no view says anything of it"


def _print(audited: Iterable[Audited], findings: Iterable[Finding]) -> None:
    console = make_console()
    for each in audited:
        console.print(Text.assemble((printable(each.route.path), "bold"), f"  {', '.join(each.methods)}".rstrip()))
        where = f"{each.decider}: " if each.decider else ""
        console.print(Text(printable(f"    {where}{_means(each)}")))
        for finding in each.findings:
            console.print(_line(finding))
    for finding in findings:
        console.print(_line(finding))


def _line(finding: Finding) -> Text:
    risk = RISKS[finding.risk]
    severity = (f"    {risk.severity}: ", SEVERITY_STYLES[risk.severity])
    return Text.assemble(severity, (risk.code, "bold"), printable(f": {finding.about}: {risk.why}"))
