"""The first cause of a blocked handshake, and one fix for it.

The law of this module: it checks the status and the Location of a response before it asks for a header, and a fix
that widens a policy always names the origin that it is for.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from corswsgi.answers import WHY_WRITE_REFUSED
from corswsgi.browser import Handshake
from corswsgi.browser.headers import HeaderList, MalformedError, extract_tokens
from corswsgi.browser.network import UnreachableError
from corswsgi.browser.response import Response
from corswsgi.browser.url import parse
from corswsgi.cli.asking import Exchange, Recorder
from corswsgi.cli.causes import (
    Cause,
    event_source_cause,
    is_ok,
    not_modified_cause,
    refused_write_cause,
    response_header_cause,
    status_cause,
)
from corswsgi.cli.fronts import Answers, front_cause, varies
from corswsgi.cli.known_answers import known_answer_cause
from corswsgi.cli.origin_causes import doubled_cause, mismatch_cause, null_origin_cause, replaced_cause, unlisted_cause
from corswsgi.cli.redirect_causes import loop_cause, lost_redirect_cause, redirect_cause, tainted_cause
from corswsgi.standard import CORS_SAFELISTED_METHODS, NORMALIZED_METHODS, REDIRECT_STATUSES

# The failures that a policy decides on. The handshake itself explains all others
_OF_POLICIES = frozenset({
    "allow-origin-missing", "allow-origin-wildcard", "allow-origin-multiple", "allow-origin-invalid",
    "allow-origin-mismatch", "allow-credentials", "preflight-redirect", "preflight-status", "preflight-not-ok",
    "method-not-allowed", "header-not-allowed", "allow-methods-malformed", "allow-headers-malformed",
})  # fmt: skip
_ABOUT_ORIGIN = frozenset(code for code in _OF_POLICIES if code.startswith("allow-origin-"))
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
    if handshake.code not in _OF_POLICIES:
        return _besides_cors(handshake, last)
    if handshake.page_origin == "null" and handshake.code in _ABOUT_ORIGIN:
        return null_origin_cause()
    if is_refused_write(last.response):
        return refused_write_cause(last.headers.get("Origin") or handshake.page_origin, last.method)
    found = _of_answer(handshake, exchanges) or response_header_cause(_asked_names(last))
    if found is None and asks_more:
        found = _of_fronts(handshake, recorder)
    if found is None and handshake.code in {"allow-origin-mismatch", "allow-origin-invalid"}:
        found = mismatch_cause(handshake.page_origin, last.response.headers.get("Access-Control-Allow-Origin") or "")
    return found or _of_preflight_alone(handshake, exchanges)


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


def _asked_names(last: Exchange) -> list[str]:
    return [name for name in (last.headers.get("Access-Control-Request-Headers") or "").split(",") if name]


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
            return _by_extra("GET", front_cause(Answers(origin=origin, preflight=last.response, actual=actual)))
        preflight = preflights[-1].response if preflights else _preflight(recorder, last, origin)
    except UnreachableError:
        return None
    found = front_cause(Answers(origin=origin, preflight=preflight, actual=last.response))
    return found if preflights else _by_extra("OPTIONS", found)


def _by_extra(method: str, cause: Cause | None) -> Cause | None:
    """Report a request that no browser sends here, which `cause` follows from."""
    return cause and replace(cause, what=f"{cause.what} (asked by an extra {method})")


def _preflight(recorder: Recorder, last: Exchange, origin: str) -> Response:
    asked = HeaderList([("Accept", "*/*"), ("Origin", origin), ("Access-Control-Request-Method", last.method)])
    return recorder("OPTIONS", last.url, asked, None)


def whole_fix(handshake: Handshake, exchanges: Sequence[Exchange], cause: Cause | None = None) -> str | None:
    """List all headers that the last answer lacks; None where the handshake's own fix is more specific."""
    if cause is not None and cause.code == "response-header-in-request" and not cause.is_final:
        rest = whole_fix(handshake, exchanges)
        return f"{cause.fix}; then {rest}" if rest else cause.fix
    if cause is not None:
        return cause.fix
    if handshake.allowed or handshake.code not in _OF_POLICIES or not exchanges:
        return None
    last = exchanges[-1]
    method = last.headers.get("Access-Control-Request-Method") or last.method
    if method not in NORMALIZED_METHODS and method != method.upper():
        return f"have the script write {method.upper()!r}: methods are compared byte for byte, and it writes {method!r}"
    lines = _missing(handshake, last, method)
    if not lines:
        return None
    origin = last.headers.get("Origin") or handshake.page_origin
    widens = {f"Access-Control-Allow-Origin: {origin}", "Access-Control-Allow-Credentials: true"} & set(lines)
    condition = f"if pages of {origin} are yours, " if widens else ""
    once = ", each once" if lines[1:] else ""
    return f"{condition}have the answer to {last.method} {last.url.sent} carry{once}: {'; '.join(lines)}"


def _missing(handshake: Handshake, last: Exchange, method: str) -> list[str]:
    headers, include = last.response.headers, handshake.credentials == "include"
    origin = last.headers.get("Origin") or handshake.page_origin
    allowed = headers.get("Access-Control-Allow-Origin")
    lines = []
    if allowed != origin and (include or allowed != "*"):
        lines.append(f"Access-Control-Allow-Origin: {origin}")
    if include and headers.get("Access-Control-Allow-Credentials") != "true":
        lines.append("Access-Control-Allow-Credentials: true")
    if not last.is_preflight:
        return lines
    if not is_ok(last.response.status):
        lines.insert(0, "the status 204")
    methods = _tokens(headers, "Access-Control-Allow-Methods", include=include)
    if method not in CORS_SAFELISTED_METHODS and method not in methods and (include or "*" not in methods):
        lines.append(f"Access-Control-Allow-Methods: {', '.join([*methods, method])}")
    listed = _tokens(headers, "Access-Control-Allow-Headers", include=include)
    asked = [name for name in _asked_names(last) if not name.startswith("access-control-")]
    covered = {name.lower() for name in listed}
    wanted = [
        name for name in asked if name not in covered and (include or "*" not in covered or name == "authorization")
    ]
    if wanted:
        lines.append(f"Access-Control-Allow-Headers: {', '.join([*listed, *wanted])}")
    return lines


def _tokens(headers: HeaderList, name: str, *, include: bool) -> list[str]:
    """Return what a header lists, as far as it can be read; ``*`` says nothing beside credentials."""
    try:
        listed = list(extract_tokens(headers, name) or ())
    except MalformedError:
        listed = re.findall(r"[\w!#$%&'*+.^`|~-]+", ",".join(headers.get_all(name)))
    return [each for each in listed if each != "*" or not include]
