"""The first cause of a blocked handshake, and one fix for it.

The law of this module: it checks the status and the Location of a response before it asks for a header, and a fix
that widens a policy always names the origin that it is for.
"""

from collections.abc import Sequence
from dataclasses import replace

from corswsgi.answers import WHY_WRITE_REFUSED
from corswsgi.browser import Handshake
from corswsgi.browser.headers import HeaderList
from corswsgi.browser.network import UnreachableError
from corswsgi.browser.response import Response
from corswsgi.browser.url import parse
from corswsgi.cli.asking import Exchange, Recorder
from corswsgi.cli.causes import (
    Cause,
    event_source_cause,
    not_modified_cause,
    refused_write_cause,
    response_header_cause,
    status_cause,
)
from corswsgi.cli.fronts import UNROUTED_STATUSES, Answers, front_cause, unrouted_cause, varies
from corswsgi.cli.header_names import misspelt_cause
from corswsgi.cli.known_answers import known_answer_cause, raised_cause
from corswsgi.cli.missing_headers import OF_POLICIES, asked_names, header_of, lower_case_cause
from corswsgi.cli.origin_causes import doubled_cause, mismatch_cause, null_origin_cause, replaced_cause, unlisted_cause
from corswsgi.cli.redirect_causes import loop_cause, lost_redirect_cause, redirect_cause, tainted_cause
from corswsgi.standard import REDIRECT_STATUSES

_ABOUT_ORIGIN = frozenset(code for code in OF_POLICIES if code.startswith("allow-origin-"))
_UNROUTED = frozenset(f"preflight-status-{status}" for status in UNROUTED_STATUSES)
_NOT_MODIFIED = 304
_SAID_OF_CORS = frozenset({401, 403, 407, *range(500, 600)})  # their causes name CORS, which an answer may have passed
_BEFORE_HEADERS = frozenset({"allow-origin-missing", "preflight-redirect", "preflight-status", "preflight-not-ok"})


def find_cause(handshake: Handshake, recorder: Recorder, *, asks_more: bool) -> Cause | None:
    """Find a cause that came before CORS. None if the policy alone is the cause.

    With `asks_more` it sends GET or OPTIONS, which change nothing, to detect a server in front.
    """
    exchanges = list(recorder.exchanges)
    if handshake.allowed or not exchanges:
        return None
    last = exchanges[-1]
    if handshake.code not in OF_POLICIES:
        return _besides_cors(handshake, last)
    if handshake.page_origin == "null" and handshake.code in _ABOUT_ORIGIN:
        return null_origin_cause()
    if last.response.error is not None:
        return raised_cause(last.response.error, preflight=last.is_preflight)
    if is_refused_write(last.response):
        return refused_write_cause(last.headers.get("Origin") or handshake.page_origin, last.method)
    found = _of_answer(handshake, exchanges) or response_header_cause(asked_names(last))
    found = found or misspelt_cause(last.response.headers, header_of(handshake.code))
    found = found or lower_case_cause(handshake, exchanges)
    if found is None and handshake.code in {"allow-origin-mismatch", "allow-origin-invalid"}:
        found = mismatch_cause(handshake.page_origin, last.response.headers.get("Access-Control-Allow-Origin") or "")
    if asks_more and (found is None or found.code in _UNROUTED):
        found = _of_fronts(handshake, recorder) or found
    return found or _of_preflight_alone(handshake, exchanges)


def mixed_content_cause(handshake: Handshake) -> Cause | None:
    """Return why a request that CORS allows is not sent: the page is of https, and the URL of http."""
    note = next((note for note in handshake.notes if note.code == "mixed-content"), None)
    if note is None or not handshake.allowed:
        return None
    return Cause("mixed-content", note.text, note.fix, is_final=True)


def _besides_cors(handshake: Handshake, last: Exchange) -> Cause | None:
    """Explain what no header of CORS would change."""
    response = last.response
    if handshake.code == "redirect-limit":
        return loop_cause(last.url, response.status)
    if handshake.code == "redirect-location":
        location = response.headers.get("Location")
        return lost_redirect_cause(response.status, location, is_same=False, preflight=False)
    if handshake.code == "eventsource-status":
        return event_source_cause(response.status, response.headers.get("Server") or "")
    return None


def _of_preflight_alone(handshake: Handshake, exchanges: Sequence[Exchange]) -> Cause | None:
    """Explain a preflight that is allowed, where the answer to the request itself has no header of CORS."""
    last = exchanges[-1]
    if handshake.code != "allow-origin-missing" or last.is_preflight or not any(e.is_preflight for e in exchanges):
        return None
    return Cause(
        "preflight-alone-allowed",
        f"OPTIONS is answered with the headers of CORS, and {last.method} without: they come from two parts of the "
        "server",
        f"if pages of {handshake.page_origin} are yours, have the part that answers {last.method} send "
        f"Access-Control-Allow-Origin: {last.headers.get('Origin')} as well",
    )


def _of_answer(handshake: Handshake, exchanges: Sequence[Exchange]) -> Cause | None:
    last = exchanges[-1]
    response, preflight = last.response, last.is_preflight
    server = response.headers.get("Server") or ""
    status = status_cause(response.status, preflight=preflight, server=server, method=handshake.method)
    if status is not None and status.is_final:
        return status
    found = _redirect(handshake, exchanges) or doubled_cause(response.headers)
    if found is not None:
        return found
    answers = Answers(origin=handshake.page_origin, preflight=response, actual=response)
    if preflight and front_cause(answers) is not None and response.status == 403:  # noqa: PLR2004
        return front_cause(answers)
    if handshake.code not in _BEFORE_HEADERS:
        is_wildcard = handshake.code == "allow-origin-wildcard"
        return replaced_cause(response.headers, handshake.page_origin) if is_wildcard else None
    if response.status == _NOT_MODIFIED:
        return not_modified_cause(handshake.page_origin, preflight=preflight)
    if response.status in _SAID_OF_CORS and not preflight and varies(response):
        status = unlisted_cause(handshake.page_origin, response.status)
    return _of_notes(handshake) or known_answer_cause(response, preflight=preflight) or status


def _of_notes(handshake: Handshake) -> Cause | None:
    """Return what the browser notes of an answer that says more than its status."""
    note = next((note for note in handshake.notes if note.code in {"django-disallowed-host", "csrf-refused"}), None)
    return None if note is None else Cause(note.code, note.text, note.fix, is_final=True)


def is_refused_write(response: Response) -> bool:
    """Return whether this is the 403 of `cross_origin_writes`, of this process or of a server."""
    return response.status == 403 and response.body == WHY_WRITE_REFUSED  # noqa: PLR2004


def _redirect(handshake: Handshake, exchanges: Sequence[Exchange]) -> Cause | None:
    last = exchanges[-1]
    if last.response.status in REDIRECT_STATUSES and handshake.code in _BEFORE_HEADERS:
        location, status = last.response.headers.get("Location"), last.response.status
        target = parse(location, last.url) if location else None
        if target is None or not target.host or target == last.url:
            return lost_redirect_cause(status, location, is_same=target == last.url, preflight=last.is_preflight)
        return redirect_cause(last.url, target, status, preflight=last.is_preflight)
    if last.url == exchanges[0].url:
        return None
    if last.headers.get("Origin") == "null":
        return tainted_cause(exchanges[0].url, last.url)
    asked = [exchange for exchange in exchanges if not exchange.is_preflight and exchange.url != last.url][-1]
    return redirect_cause(asked.url, last.url, asked.response.status, preflight=False)


def _of_fronts(handshake: Handshake, recorder: Recorder) -> Cause | None:
    """Send the other of the two requests and compare the responses."""
    last = recorder.exchanges[-1]
    origin = last.headers.get("Origin") or handshake.page_origin
    preflights = [each for each in recorder.exchanges if each.is_preflight]
    try:
        if last.is_preflight:
            actual = recorder("GET", last.url, HeaderList([("Accept", "*/*"), ("Origin", origin)]), None)
            answers = Answers(origin=origin, preflight=last.response, actual=actual)
            return _by_extra("GET", front_cause(answers) or unrouted_cause(answers))
        preflight = preflights[-1].response if preflights else _preflight(recorder, last, origin)
    except UnreachableError:
        return None
    answers = Answers(origin=origin, preflight=preflight, actual=last.response, method=last.method)
    found = front_cause(answers) or unrouted_cause(answers)
    return found if preflights else _by_extra("OPTIONS", found)


def _by_extra(method: str, cause: Cause | None) -> Cause | None:
    """Report a request that no browser sends here, which `cause` follows from."""
    return cause and replace(cause, what=f"{cause.what} (asked by an extra {method})")


def _preflight(recorder: Recorder, last: Exchange, origin: str) -> Response:
    asked = HeaderList([("Accept", "*/*"), ("Origin", origin), ("Access-Control-Request-Method", last.method)])
    return recorder("OPTIONS", last.url, asked, None)
