"""Console lines that look like CORS but are not, each with its cause and fix.

The law of this module: it only reads lines. It sends nothing. A line that names only a status is not called a CORS
error, unless the browser kept the answer from the page.
"""

import re
from collections.abc import Container
from dataclasses import dataclass, replace

from corswsgi.browser.url import parse
from corswsgi.cli.causes import LOG, Cause, forbidden_preflight_cause, status_cause
from corswsgi.cli.not_cors_lines import LINES
from corswsgi.cli.old_consoles import plain_quotes
from corswsgi.cli.redirect_causes import unnamed_redirect_cause
from corswsgi.standard import REDIRECT_STATUSES


@dataclass(frozen=True, slots=True)
class NotCORS:
    """The subject of a line that is not about CORS. ``url`` is the one that it names, ``status`` that of the answer.

    ``says_why`` is false for a line that only repeats that a fetch failed.
    """

    code: str
    cause: str
    fix: str
    says_why: bool = True
    url: str | None = None
    status: int | None = None


_URL = re.compile(r"(?<!origin )(?<!origin ')(?<!Content at )(?<!failed - )https?://[^\s'<>()]+[^\s'<>().,;:]")
_DIRECTIVE = re.compile(r"(?:directive:?\s*'?|[('])((?:[a-z]+-)+(?:src|uri|ancestors|action))\b")

# Before CORS: though a console calls some of them CORS, no header of CORS would help
_BEFORE_CORS = frozenset({
    "local-network-access", "page-from-file", "url-without-scheme", "content-security-policy", "own-origin-only",
})  # fmt: skip

# Chromium writes net::ERR_FAILED beside the status of an answer that it keeps from the page
_KEPT = re.compile(r"net::ERR_(?:FAILED|ABORTED) (?P<status>[1-5]\d\d)\b")
# Consoles, network panels and logs of servers, with the status of an answer that is not 200 to 299
_ANSWERED = re.compile(
    r"(?:\b(?P<method>[A-Z]{3,7}) \S+ (?:HTTP/[\d.]+'? )?|the server responded with a status of |HTTP/[\d.]+ "
    r"|Request failed with status code |Http failure response for \S+: )(?P<status>30[12378]|[45]\d\d)\b"
)
_NO_REASON = NotCORS(
    "no-reason",
    "this line only says that the request failed, not why: there is another line above it",
    "copy the red line above it, which names the URL and the reason",
    says_why=False,
)
# A policy that is tried out, and blocks nothing
_REPORTS = re.compile(r"report[- ]only", re.IGNORECASE)
_REPORT_ONLY = NotCORS(
    "report-only-policy",
    "a Content Security Policy that only reports would forbid the request: it blocked nothing",
    "look for another red line; the policy is in Content-Security-Policy-Report-Only",
)
_SAYS_NOTHING = re.compile(
    r"Failed to (?:fetch|load resource)|Network ?Error|Load failed|ERR_(?:FAILED|NETWORK)|cannot load |fetch failed"
    r"|XMLHttpRequest error|0 Unknown Error|status(?: code)?:? 0\b|NS_ERROR_DOM_BAD_URI|\bxhr error|Loading failed for"
    r"|URI is not allowed in this document|error loading dynamically imported|download failed|\bCORS error"
    r"|\bCORS (?:Missing|Failed|Request|Preflight|Allow)\b|blocked by CORS policy\W*$|network error occurred",
    re.IGNORECASE,
)
_FORBIDDEN = 403
_BESIDE = "if there is a line about CORS as well, paste both; otherwise the page can read this answer"
# Causes of statuses, where `status_cause` would speak of missing headers
_READ: tuple[tuple[Container[int], str, str], ...] = (
    ({401, 407}, "nobody is logged in", "log in, and send the cookie (credentials: 'include') or the token"),
    ({403}, "a permission, a CSRF check or a firewall refused the request", LOG),
    ({500, *range(505, 600)}, "the server failed", LOG),
)


def read_not_cors(text: str) -> NotCORS | None:
    """Return what `text`, lines of a console, is about if that is not CORS; otherwise None."""
    plain = plain_quotes(text)
    if _REPORTS.search(plain):
        plain = "\n".join(line for line in plain.splitlines() if not _REPORTS.search(line))
        if not plain.strip():
            return _REPORT_ONLY
    for code, pattern, cause, fix in LINES:
        match = re.search(pattern, plain, re.IGNORECASE)
        if match:
            return _of_line(match, code, cause, fix)
    return _of_status(plain) or (_NO_REASON if _SAYS_NOTHING.search(text) else None)


def _of_line(match: re.Match[str], code: str, cause: str, fix: str) -> NotCORS:
    urls = _URL.findall(match.string)
    plain = [url for url in urls if url.startswith("http:")]
    url = next(iter(plain if code == "mixed-content" and plain else urls), None)
    parsed = parse(url or "")
    named = _DIRECTIVE.search(match.string)
    words = {
        "origin": parsed.origin if parsed else "the origin of the API",
        "directive": named[1] if named and named[1] != "default-src" else "connect-src",
    }
    return NotCORS(code, cause.format(**words), fix.format(**words), url=url)


def _of_status(plain: str) -> NotCORS | None:
    """Explain a line that names only the status of an answer."""
    match = _KEPT.search(plain) or _ANSWERED.search(plain)
    if match is None:
        return None
    status, url = int(match["status"]), next(iter(_URL.findall(plain)), None)
    is_kept = match.re is _KEPT
    preflight = not is_kept and match["method"] == "OPTIONS"
    known = _of_kept(status) if is_kept else _of_answered(status, preflight=preflight)
    return NotCORS("status-only", known.what, known.fix, url=url, status=status)


def _of_kept(status: int) -> Cause:
    if status == _FORBIDDEN:  # of OPTIONS or of the request, which the line does not say
        return forbidden_preflight_cause(None, is_certain=False)
    if status in REDIRECT_STATUSES:
        return unnamed_redirect_cause(status, preflight=False)
    what = f"the server answered with status {status}, and the browser kept the answer from the page"
    unknown = Cause("status-only", what, "copy the line about CORS above it, or ask the server: see the note")
    return status_cause(status, preflight=False) or unknown


def _of_answered(status: int, *, preflight: bool) -> Cause:
    """Explain a status that a page may have read: such a line does not show the headers."""
    known = status_cause(status, preflight=preflight)
    if known is None:
        return unnamed_redirect_cause(status, preflight=preflight)
    if preflight:
        return known
    for statuses, why, fix in _READ:
        if status in statuses:
            return replace(known, what=f"the answer has status {status}: {why}", fix=f"{fix}; {_BESIDE}")
    return replace(known, fix=f"{known.fix}; {_BESIDE}")


def comes_before_cors(line: NotCORS) -> bool:
    """Return whether `line` is the cause although the console calls it CORS."""
    return line.code in _BEFORE_CORS
