"""``corswsgi explain --console``: a console's error message, explained from its text alone.

The law of this module: it sends nothing, and a line that is not about CORS is not explained as if it were.
"""

import json
import sys
from dataclasses import asdict
from typing import Any

import click
from rich.text import Text

from corswsgi.browser.failure import FailureCode
from corswsgi.browser.url import parse
from corswsgi.cli.causes import Cause, mismatch_cause, null_origin_cause, status_cause
from corswsgi.cli.console import ConsoleLine, read_console
from corswsgi.cli.explain_output import BROWSER_NAMES
from corswsgi.cli.not_cors import NotCORS, comes_before_cors, read_not_cors
from corswsgi.cli.output import echo, make_console, printable

_MAX_LENGTH = 100_000  # characters of a console

# The fault of the response, and what the response must be
_MEANINGS: dict[str, tuple[str, str]] = {
    "allow-origin-missing": (
        "{answer} has no Access-Control-Allow-Origin header",
        "look at the status of the answer first; if that is fine, and pages of {origin} are yours, allow them",
    ),
    "allow-origin-wildcard": (
        "{answer} has Access-Control-Allow-Origin: *, which does not count for a request with credentials",
        "if pages of {origin} are yours, list {origin} in place of *, with Access-Control-Allow-Credentials: true",
    ),
    "allow-origin-multiple": (
        "{answer} has Access-Control-Allow-Origin more than once{detail}: two parts of the server send it",
        "take one of the two out: one place sends the headers of CORS",
    ),
    "allow-origin-mismatch": (
        "{answer} allows another origin{detail}, and the page is of {origin}",
        "open the page at the origin that the server allows; or, if pages of {origin} are yours, allow them too",
    ),
    "allow-credentials": (
        "{answer} does not have Access-Control-Allow-Credentials: true, and the request was made with credentials",
        "if pages of {origin} may act as the user, send Access-Control-Allow-Credentials: true",
    ),
    "preflight-redirect": (
        "{answer} is a redirect, and a preflight follows none: a slash, http for https, or a login",
        "have the script ask the URL that the redirect leads to; if that is a login, let OPTIONS pass before it",
    ),
    "preflight-not-ok": (
        "{answer} has no status of 200 to 299",
        "look at the status of OPTIONS in the network tab: a login, a router or a proxy answers in place of CORS",
    ),
    "allow-methods-malformed": (
        "{answer} has an Access-Control-Allow-Methods header that is not a list of methods{detail}",
        "list methods with commas between them",
    ),
    "allow-headers-malformed": (
        "{answer} has an Access-Control-Allow-Headers header that is not a list of names{detail}",
        "list names with commas between them",
    ),
    "method-not-allowed": (
        "{answer} does not list the method{detail} in Access-Control-Allow-Methods",
        "if pages of {origin} may send it, list the method in allow_methods; write it in upper case in the script too",
    ),
    "header-not-allowed": (
        "{answer} does not list the request header{detail} in Access-Control-Allow-Headers",
        "if pages of {origin} may send it, list the header in allow_headers",
    ),
    "redirect-with-credentials": (
        "the answer redirects to a URL with a user and a password in it",
        "have the server redirect without them, or have the script ask that URL at once",
    ),
    "connection": (
        "there was no answer at all: the server is down, the certificate is not trusted, or the browser blocked it",
        "open the URL in a tab of its own, and look at the network tab",
    ),
    "url-scheme": (
        "the URL, or a redirect, has another scheme than http and https",
        "write http:// or https:// in the script",
    ),
}
_ALIASES = {"allow-origin-invalid": "allow-origin-mismatch", "preflight-status": "preflight-not-ok"}


def read_lines(text: str) -> "ConsoleLine | NotCORS":
    """Read the lines of a console, or ``-`` from standard input. Raises ``click.UsageError`` if there are none."""
    if text == "-":
        text = sys.stdin.read(_MAX_LENGTH)
    text = text[:_MAX_LENGTH]
    other = read_not_cors(text)
    line = read_console(text)
    if other is not None and (line is None or comes_before_cors(other)):
        if not other.says_why:
            raise click.UsageError(f"{other.cause}; {other.fix}")
        return other
    if line is None:
        raise click.UsageError(
            "that is not a line about CORS: copy the red line of the console that names the URL and the reason, for "
            "example \"Access to fetch at 'http://...' from origin 'http://...' has been blocked by CORS policy: ...\""
        )
    return line


def explain_line(line: "ConsoleLine | NotCORS", origin: str | None, *, as_json: bool) -> int:
    """Explain a line, and return the exit status."""
    told = _not_cors(line) if isinstance(line, NotCORS) else _cors(line, origin)
    if as_json:
        about = None if isinstance(line, NotCORS) else asdict(line)
        echo(json.dumps({"console": about, **told}, indent=2))
    else:
        console = make_console()
        for label, text in _lines(told):
            console.print(Text.assemble((f"{label}: ", "bold"), printable(text)))
    return 1


def _lines(told: dict[str, Any]) -> list[tuple[str, str]]:
    labels = {"page": "Page", "url": "Asked", "failed": "Blocked", "cause": "Cause", "fix": "Fix"}
    lines = [(label, told[key]) for key, label in labels.items() if told.get(key)]
    return lines + [("Note", note) for note in told["remarks"]]


def _not_cors(line: NotCORS) -> dict[str, Any]:
    return {"code": line.code, "cause": line.cause, "fix": line.fix, "remarks": []}


def _cors(line: ConsoleLine, origin: str | None) -> dict[str, Any]:
    code = next((_ALIASES.get(each, each) for each in line.codes), None)
    cause = _cause(line, code, origin)
    what, fix = _meaning(line, code, origin)
    return {
        "code": code,
        "browser": BROWSER_NAMES[line.engine],
        "page": origin,
        "url": _asked(line),
        "failed": what,
        "cause": cause and cause.what,
        "fix": cause.fix if cause else fix,
        "remarks": _remarks(line, origin),
    }


def _cause(line: ConsoleLine, code: FailureCode | str | None, origin: str | None) -> Cause | None:
    if origin == "null":
        return null_origin_cause()
    if line.status is not None:
        found = status_cause(line.status, preflight=line.stage == "preflight")
        if found is not None:
            return found
    if code == "allow-origin-mismatch" and origin is not None and line.detail:
        return mismatch_cause(origin, line.detail)
    return None


def _meaning(line: ConsoleLine, code: str | None, origin: str | None) -> tuple[str, str]:
    detail = f" ({line.detail})" if line.detail else ""
    if code is None or code not in _MEANINGS:
        return f"the browser reports this reason{detail}" if detail else "the browser reports no reason here", (
            "ask the server itself: see the note"
        )
    words = {
        "answer": "the answer to the preflight (OPTIONS)" if line.stage == "preflight" else "the answer",
        "detail": detail,
        "origin": origin or "your page's origin",
        "url": line.url or "this URL",
    }
    what, fix = _MEANINGS[code]
    return what.format(**words), fix.format(**words)


def _asked(line: ConsoleLine) -> str | None:
    if line.url is None or line.first_url in {None, line.url}:
        return line.url
    return f"{line.url}, redirected from {line.first_url}"


def _remarks(line: ConsoleLine, origin: str | None) -> list[str]:
    remarks = []
    if origin is None:
        remarks.append(f"{BROWSER_NAMES[line.engine]} does not name the page's origin: pass it as --origin http://...")
    if line.url is None:
        remarks.append("the URL is in the next line of the console: paste both lines")
    elif not line.codes:
        remarks.append("the reason is in the line above: paste both lines")
    url = parse(line.url or "")
    if url is not None and url.is_http and origin is not None:
        remarks.append(f"to ask the server itself: corswsgi explain {url.sent} --origin {origin}")
    return remarks
