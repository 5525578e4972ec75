"""``corswsgi codes``: every code that corswsgi reports, and the section of the documentation about one.

The law of this module: what it prints is the documentation. refusals.md and findings.md are in the package, and the
files of these names in docs/ are copies. docs/causes.md has the codes of `explain`, which have a line each.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from importlib.resources import files

import click
from rich.text import Text

from corswsgi.cli.audit_risks import RISKS
from corswsgi.cli.cause_codes import CAUSES, NOTES, STATUS_CAUSES, VERDICTS
from corswsgi.cli.output import echo, make_console, printable
from corswsgi.cli.probe_checks import CHECKS
from corswsgi.problems import CODES, CODES_OF_PROJECTS, Severity

_BY_CODE = re.compile(r"^### `(?P<code>[a-z-]+)`\n\n(?P<text>.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[(?P<text>[^\]]+)\]\((?P<page>\w+\.md)[^)]*\)")
_EFFECTS = {"warned": "left out or mended, with a warning"}
_DJANGO = "corswsgi."  # in front of the code in `manage.py check`
_STATUS = re.compile(r"-[1-5]\d\d$")  # at the end of the code of a status
# The codes that `explain` reports, and the place where each kind is shown
_EXPLAINED = {
    "cause": (
        CAUSES,
        "It is in the line `Cause:` of `explain` and in the verdict of `probe`, with a fix for your URL.",
    ),
    "verdict": (VERDICTS, "It is the `code` in the JSON of `explain`: the step of the standard that failed."),
    "note": (NOTES, "It is a note of `explain`, beside the verdict."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A code, what reports it, how bad it is, and its meaning in one line.

    ``in_flask`` and ``in_django`` have its effects where the options of Flask-CORS and the settings of
    django-cors-headers are read, if they differ: several where the effect depends on the option.
    """

    code: str
    reported_by: str
    severity: str
    meaning: str
    in_flask: tuple[Severity, ...] = ()
    in_django: tuple[Severity, ...] = ()


def known_codes() -> Iterator[Known]:
    """Yield every code: of problems and warnings, then of the findings of `audit` and `probe`."""
    for code, known in CODES.items():
        by = "check" if known.severity == "advised" else "configuration"
        severity = "refused" if known.severity == "refused" else "warning"
        effects = {"in_flask": known.in_flask, "in_django": known.in_django}
        yield Known(code=code, reported_by=by, severity=severity, meaning=known.meaning, **effects)
    for code, meaning in CODES_OF_PROJECTS.items():
        yield Known(code=code, reported_by="manage.py check", severity="warning", meaning=meaning)
    for risk in RISKS.values():
        yield Known(code=risk.code, reported_by="audit", severity=risk.severity, meaning=risk.why)
    for check in CHECKS.values():
        yield Known(code=check.code, reported_by="probe", severity=check.severity, meaning=check.why)


def explained_codes() -> Iterator[Known]:
    """Yield the codes of `explain`: of causes, verdicts and notes."""
    for kind, (codes_of_kind, _) in _EXPLAINED.items():
        for code, meaning in codes_of_kind.items():
            yield Known(code=code, reported_by="explain", severity=kind, meaning=meaning)
    for code, meaning in STATUS_CAUSES.items():
        yield Known(code=f"{code}-...", reported_by="explain", severity="cause", meaning=meaning)


def section_of(known: Known) -> str:
    """Return the section of a code, in Markdown and without its heading. Codes of `explain` have one line."""
    sections = {section["code"]: section["text"].strip() for section in _BY_CODE.finditer(_document())}
    if known.code in sections:
        return sections[known.code]
    return f"{known.meaning[0].upper()}{known.meaning[1:]}.\n\n{_EXPLAINED[known.severity][1]}"


def _document() -> str:
    folder = files("corswsgi.cli")
    return "".join((folder / name).read_text("utf-8") for name in ("refusals.md", "findings.md"))


@click.command(
    epilog="""\b
Examples:
  corswsgi codes
  corswsgi codes null-origin
"""
)
@click.argument("code", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def codes(code: str | None, *, as_json: bool) -> None:
    """Explain CODE, or list all codes.

    There are codes of problems and warnings of a configuration, of findings of audit and probe, and of the causes and
    verdicts of explain.

    Exits with 2 when there is no such code.
    """
    known = [*known_codes(), *explained_codes()]
    if code is None:
        _print_list(known, as_json=as_json)
        return
    meant = code.strip("(): ").lower().removeprefix(_DJANGO)  # as it may be pasted
    found = [each for each in known if each.code in {meant, _STATUS.sub("-...", meant)}]
    if not found:
        near = get_close_matches(meant, dict.fromkeys(each.code for each in known))
        hint = f"did you mean {' or '.join(near)}?" if near else "corswsgi codes lists all"
        raise click.UsageError(f"there is no code {code}: {hint}")
    text = section_of(found[0])
    if as_json:
        echo(json.dumps({"codes": [asdict(each) for each in found], "text": text}, indent=2))
    else:
        _print_section(found, text)


def _print_list(known: list[Known], *, as_json: bool) -> None:
    if as_json:
        echo(json.dumps({"codes": [asdict(each) for each in known]}, indent=2))
        return
    console = make_console()
    width = max(len(each.code) for each in known)
    for each in known:
        code = Text(each.code.ljust(width), "bold")
        console.print(Text.assemble(code, f"  {_how_bad(each).ljust(15)}", each.meaning.replace("`", "")))


def _how_bad(known: Known) -> str:
    is_of_command = known.reported_by in {"audit", "explain", "probe"}
    return f"{known.reported_by} {known.severity}" if is_of_command else known.severity


def _print_section(found: list[Known], text: str) -> None:
    console = make_console()
    how_bad = ", ".join(dict.fromkeys(map(_how_bad, found)))
    console.print(Text.assemble((found[0].code, "bold"), f" ({how_bad})"))
    is_code = False
    for line in _LINK.sub(_without_link, text).split("\n"):
        if line.startswith("```"):
            is_code = not is_code
        else:
            console.print(Text(printable(f"    {line}") if is_code else printable(line), "cyan" if is_code else ""))
    migrating = {"Flask-CORS's options": found[0].in_flask, "Django's settings": found[0].in_django}
    if any(migrating.values()):
        console.print()
    for words, effects in migrating.items():
        if effects:
            console.print(Text(f"In {words}: {' or '.join(_EFFECTS.get(each, each) for each in effects)}.", "dim"))


def _without_link(link: re.Match[str]) -> str:
    page = f"docs/{link['page']}"
    return page if link["text"] == link["page"] else f"{link['text']} ({page})"
