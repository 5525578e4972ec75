"""The report of `probe` as text, JSON or SARIF.

The law of this module: all three have the same hits, and no text of a server reaches a terminal unescaped.
"""

import json
import re
from collections import Counter
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any
from urllib.parse import quote

from rich.text import Text

from corswsgi.cli.output import SEVERITY_STYLES, Severity, make_console, printable, shortened
from corswsgi.cli.probe_checks import CHECKS, Hit

_NO_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")

# https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html, section 3.27.10
_LEVELS: dict[Severity, str] = {"high": "error", "medium": "warning", "low": "note"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A run: ``finished`` if every request got a usable response, ``was_probed`` if at least one did."""

    target: str
    hits: list[Hit]
    requests: int
    urls: int
    finished: bool
    was_probed: bool
    notes: tuple[str, ...]


def print_report(report: Report) -> None:
    """Print the hits, the worst first, each cause once with all its URLs."""
    console = make_console()
    by_cause: dict[tuple[str, str, str], list[Hit]] = {}
    for hit in report.hits:
        by_cause.setdefault((hit.check, hit.sent, hit.severity), []).append(hit)
    for same in by_cause.values():
        hit = same[0]
        severity = (f"{hit.severity:6}", SEVERITY_STYLES[hit.severity])
        console.print(Text.assemble(severity, "  ", (hit.check, "bold"), f"  {shortened(printable(hit.url))}"))
        for other in same[1:]:
            console.print(Text(f"        also {shortened(printable(other.url))}"))
        console.print(Text(f"        {shortened(printable(hit.sent))}"))
        console.print(Text(f"        {shortened(printable(hit.answer))}"))
        console.print(Text(f"        {CHECKS[hit.check].why}", "dim"))
    counts = Counter(hit.severity for hit in report.hits)
    found = ", ".join(f"{counts[severity]} {severity}" for severity in SEVERITY_STYLES if counts[severity])
    nothing = "nothing found" if report.was_probed else "nothing was probed"
    console.print(Text(f"{found or nothing}: {report.requests} requests, URLs: {report.urls}"))
    for note in report.notes:
        console.print(Text(f"note: {shortened(printable(note))}"))


def report_as_json(report: Report) -> str:
    """Write a report as JSON."""
    told = {
        "target": report.target,
        "requests": report.requests,
        "urls": report.urls,
        "finished": report.finished and report.was_probed,
        "hits": [asdict(hit) | {"why": CHECKS[hit.check].why} for hit in report.hits],
        "notes": list(report.notes),
    }
    return json.dumps(told, indent=2)


def report_as_sarif(report: Report) -> str:
    """Write a report as SARIF 2.1.0. The place of a hit is its URL."""
    codes = list(dict.fromkeys(hit.check for hit in report.hits))
    rules = [
        {
            "id": code,
            "shortDescription": {"text": CHECKS[code].why},
            "defaultConfiguration": {"level": _LEVELS[CHECKS[code].severity]},
        }
        for code in codes
    ]
    driver = {"name": "corswsgi", "version": version("corswsgi"), "rules": rules}
    one_run = {
        "tool": {"driver": driver},
        "results": [_result(hit, codes) for hit in report.hits],
        "invocations": [
            {
                "executionSuccessful": report.finished and report.was_probed,
                "toolExecutionNotifications": [{"message": {"text": note}} for note in report.notes],
            }
        ],
    }
    schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
    return json.dumps({"$schema": schema, "version": "2.1.0", "runs": [one_run]}, indent=2)


def _as_uri(url: str) -> str:
    """Escape what a URL parser lets stand and a URI may not have: https://www.rfc-editor.org/rfc/rfc3986#appendix-A."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host}{slash}{quote(_NO_ESCAPE.sub('%25', path), safe='/?%:@!$&()*+,;=~')}"


def _result(hit: Hit, codes: list[str]) -> dict[str, Any]:
    return {
        "ruleId": hit.check,
        "ruleIndex": codes.index(hit.check),
        "level": _LEVELS[hit.severity],
        "message": {"text": f"{hit.sent}: {hit.answer}. {CHECKS[hit.check].why}"},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": _as_uri(hit.url)}}}],
    }
