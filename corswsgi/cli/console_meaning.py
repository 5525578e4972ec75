"""The meaning of a console line: the failure, its cause before CORS, and the fix.

The law of this module: it only uses the line and sends nothing. Its advice allows an origin only if its pages are the
reader's own.
"""

import shlex
from collections.abc import Iterator

from corswsgi.browser.url import URL, parse
from corswsgi.cli.causes import Cause, forbidden_preflight_cause, response_header_cause, status_cause
from corswsgi.cli.console import ConsoleLine
from corswsgi.cli.console_failures import ALIASES, ELEMENTS, MEANINGS
from corswsgi.cli.not_cors_lines import WORDS
from corswsgi.cli.origin_causes import EXTENSIONS, doubled_cause_of, mismatch_cause, null_origin_cause, of_extension
from corswsgi.cli.redirect_causes import moved_cause, tainted_cause, unnamed_redirect_cause
from corswsgi.hosts import is_loopback
from corswsgi.standard import REDIRECT_STATUSES

_ASK = "ask the server itself: see the note"
_AIRPLAY = {"5000", "7000"}
_OF_REDIRECTS = {"allow-origin-missing", "allow-origin-mismatch", "allow-origin-missing-or-other"}
_OF_AIRPLAY = {
    "allow-origin-missing",
    "allow-origin-missing-or-other",
    "preflight-not-ok",
    None,
}  # it answers 403 without CORS headers
_FORBIDDEN = 403


def code_of(line: ConsoleLine) -> str | None:
    """Return the failure that a line is about, or None if the line does not say."""
    if not line.codes and line.engine == "firefox" and not line.detail and not line.header:
        # Firefox has the same words for all of these
        return "eventsource-failed" if line.api == "eventsource" else "connection"
    if {"allow-origin-missing", "allow-origin-mismatch"} <= set(line.codes):
        return "allow-origin-missing-or-other"  # so does WebKit for these two
    if {"preflight-redirect", "preflight-not-ok"} <= set(line.codes) and line.status not in REDIRECT_STATUSES:
        return "preflight-not-ok"  # so do both for these
    return next((ALIASES.get(each, each) for each in line.codes), None)


def cause_of(line: ConsoleLine, origin: str | None) -> Cause | None:
    """Return the cause that came before CORS, if the line names one."""
    if origin == "null":
        return null_origin_cause()
    moved = _moved(line, origin)
    if moved is not None:
        return moved
    if _may_be_ours(line):
        return forbidden_preflight_cause(origin, is_certain=line.stage == "preflight")
    status = None if line.status is None else status_cause(line.status, preflight=line.stage == "preflight")
    if line.status in REDIRECT_STATUSES and line.status is not None and code_of(line) in _OF_REDIRECTS:
        status = unnamed_redirect_cause(line.status, preflight=line.stage == "preflight")
    return status or _of_what_it_names(line, origin)


def _may_be_ours(line: ConsoleLine) -> bool:
    """Return whether the line may be about corswsgi's 403, which answers preflights and has no header of CORS."""
    if line.status != _FORBIDDEN or line.stage == "response":
        return False
    if line.engine == "webkit" and line.stage is None:
        return False  # of preflights it has other words
    return not (line.engine == "chromium" and code_of(line) == "preflight-not-ok")  # which had an allowed origin


def _of_what_it_names(line: ConsoleLine, origin: str | None) -> Cause | None:
    code, url = code_of(line), parse(line.url or "")
    if origin is None:
        return None
    if code == "connection" and url is not None:
        return _mixed(origin, url)
    if code == "allow-origin-multiple" and line.detail:
        return doubled_cause_of([line.detail])
    if code == "allow-origin-mismatch" and line.detail:
        return mismatch_cause(origin, line.detail)
    return response_header_cause([line.detail]) if code == "header-not-allowed" and line.detail else None


def _moved(line: ConsoleLine, origin: str | None) -> Cause | None:
    first, last = parse(line.first_url or ""), parse(line.url or "")
    if first is None or last is None or code_of(line) not in _OF_REDIRECTS:
        return None
    if first.origin != last.origin and line.detail == origin:
        return tainted_cause(first, last)
    return moved_cause(first, last)


def _mixed(origin: str, url: URL) -> Cause | None:
    if not origin.startswith("https:") or url.scheme != "http" or is_loopback(url.host):
        return None
    return Cause("mixed-content", *WORDS["mixed-content"])


def meaning_of(line: ConsoleLine, origin: str | None) -> tuple[str, str]:
    """Return the failure and the fix, if there is no cause before CORS."""
    code, detail = code_of(line), line.detail or ""
    if line.header is not None:
        return f"the line is about {line.header}, in a language that is not read here", _ASK
    if code is None or code not in MEANINGS:
        what = f"the browser reports this reason ({detail})" if detail else "the browser reports no reason here"
        return what, _ASK
    words = {
        "answer": "the answer to the preflight (OPTIONS)" if line.stage == "preflight" else "the answer",
        "detail": f" ({detail})" if detail else "",
        "origin": origin or "its origin",
        "yours": f"pages of {origin} are yours" if origin else "the page is yours",
        "may": f"pages of {origin} may" if origin else "the page may",
        "anonymous": ' (crossorigin="anonymous")' if line.api.lower() in ELEMENTS else "",
        "star": ": * does not cover it" if detail.lower() == "authorization" else "",
    }
    what, fix = MEANINGS[_closer(line, code)]
    if code == "method-not-allowed" and detail != detail.upper():
        fix = f"have the script write {detail.upper()!r}: methods are compared byte for byte"
    return what.format(**words), fix.format(**words)


def _closer(line: ConsoleLine, code: str) -> str:
    """Return the meaning where the refusal of corswsgi is the likeliest of several."""
    if line.status not in {None, _FORBIDDEN}:
        return code
    if code == "preflight-not-ok" and line.engine != "chromium":
        return "preflight-not-answered-well"
    return "preflight-allow-origin-missing" if (line.stage, code) == ("preflight", "allow-origin-missing") else code


def remarks_on(line: ConsoleLine, origin: str | None, browser: str) -> Iterator[str]:
    """Yield the information that a line lacks, and how to get it from the server."""
    if origin is None:
        yield f"{browser} does not name the page's origin: pass it as --origin http://..."
    if line.url is None:
        yield "the URL is in the next line of the console: paste both lines"
    elif not line.codes and not line.detail and not line.header and line.status is None:
        yield "the reason is in the line above: paste both lines"
    url = parse(line.first_url or line.url or "")
    if url is None or not url.is_http:
        return
    if origin is not None:
        if origin.partition("://")[0] in EXTENSIONS:
            yield of_extension(url)
        yield f"to ask the server itself: corswsgi explain {shlex.quote(url.sent)} --origin {origin}{_options(line)}"
        if line.method and line.method != line.detail:
            yield f"the line does not name the method, and {line.method} is a guess: pass -X and -H as the script asks"
    yield from _of_elements(line)
    is_airplay_s = line.status in {None, _FORBIDDEN} and code_of(line) in _OF_AIRPLAY
    if is_airplay_s and is_loopback(url.host) and url.port in _AIRPLAY:
        yield f"on macOS, AirPlay holds port {url.port} and answers in place of the server: try another port"


def _of_elements(line: ConsoleLine) -> Iterator[str]:
    """Yield a note on when the element of the line needs CORS."""
    if not (code_of(line) or "").startswith("allow-"):
        return
    note = ELEMENTS.get(line.api.lower())
    if note is not None:
        yield note


def _options(line: ConsoleLine) -> str:
    """Return the options with which the command sends the request of the line, as far as it is known."""
    words = ["-X", line.method] if line.method else []
    words += [word for name, value in line.headers for word in ("-H", f"{name}: {value}")]
    words += ["--credentials", "include"] if line.includes_credentials else []
    return "".join(f" {shlex.quote(word)}" for word in words)
