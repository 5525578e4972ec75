"""Causes that came before CORS: the status of an answer, and what a script should not send.

The law of this module: it judges responses and sends nothing. It never advises to allow the origin ``null``.
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass

from corswsgi.browser.url import URL
from corswsgi.standard import OK_STATUSES

_PROXY_STATUSES = frozenset({502, 503, 504, *range(520, 528), 530})  # the last ones are Cloudflare's
_FIRST_ERROR, _NO_CONTENT = 400, 204


@dataclass(frozen=True, slots=True)
class Cause:
    """A reason why a request was blocked that is not about a policy: what happened, and how to fix it.

    ``code`` is stable. ``is_final`` says that no change of a policy helps, ``is_of_policy`` that only that does.
    ``location`` is where a redirect leads.
    """

    code: str
    what: str
    fix: str
    is_final: bool = False
    location: URL | None = None
    is_of_policy: bool = False


def status_cause(status: int, *, preflight: bool, server: str = "", method: str = "") -> Cause | None:
    """Explain a response with an error status, or return None for other statuses. `server` is its ``Server`` header."""
    if status < _FIRST_ERROR:
        return None
    if server.lower().startswith("airtunes"):
        return Cause(
            "airplay",
            f"AirPlay of macOS answered ({server}, status {status}), and not your server: it holds port 5000",
            "run the server on another port, or switch the AirPlay Receiver off in the settings of macOS",
            is_final=True,
        )
    by = f" ({server})" if server else ""
    rules = _PREFLIGHTS if preflight else _RESPONSES
    why, fix = next((why, fix) for statuses, why, fix in rules if status in statuses)
    answered = "OPTIONS is answered with" if preflight else "the answer has"
    what = f"{answered} status {status}{by}: {why.format(method=method or 'such method', status=status)}"
    return Cause(f"{'preflight' if preflight else 'response'}-status-{status}", what, fix)


def forbidden_preflight_cause(origin: str | None, *, is_certain: bool) -> Cause:
    """Explain a 403 whose body nobody has seen: that of corswsgi, or of something in front of a server.

    Without `is_certain` it may answer the request itself.
    """
    whose = f"pages of {origin} are yours" if origin else "the page is yours"
    answered = "OPTIONS is answered with" if is_certain else "OPTIONS, or the request itself, is answered with"
    return Cause(
        f"{'preflight' if is_certain else 'response'}-status-{403}",
        f"{answered} status 403: if the server is corswsgi, the row does not list {origin or 'the origin'} (the body "
        "begins with `CORS preflight refused:`); otherwise a firewall, a CSRF check or a permission refuses it",
        f"if {whose}, add {origin or 'its origin'} to allow_origins of the row; if the 403 is not corswsgi's, let "
        "OPTIONS pass before that check: put CORS outside of it",
    )


LOG = "look at the server's log, which names the reason"
_OF_PROXIES = (
    _PROXY_STATUSES,
    "the proxy answered, and the server behind it is down or too slow",
    "look at the log of the proxy and of the server behind it",
)

_PREFLIGHTS: tuple[tuple[Container[int], str, str], ...] = (
    (
        {401, 407},
        "a login comes before CORS, and a preflight never carries credentials",
        "let OPTIONS pass before the login: put CORS outside of it",
    ),
    (
        {403},
        "a firewall, a CSRF check or a permission refuses it, and a preflight carries no credentials or token",
        "let OPTIONS pass before that check: put CORS outside of it",
    ),
    (
        {404, 410},
        "no such path, or nothing there answers OPTIONS",
        "compare the URL in the script with the routes of the server, and put CORS in front of its router",
    ),
    (
        {405},
        "something in front answers OPTIONS itself, and it does not reach the application, or its router refuses it",
        "remove the rule that limits methods, or put CORS in front of the router: OPTIONS must reach it",
    ),
    ({429}, "a rate limit refuses it", "let OPTIONS pass before the rate limit"),
    _OF_PROXIES,
    (
        {501},
        "the server does not know OPTIONS, as servers of static files (python -m http.server) do not",
        "have the script ask the application, or put CORS in front of that server; its log shows what it was asked",
    ),
    (range(500, 600), "the server failed", LOG),
    (range(1000), "the server refuses the preflight", "let OPTIONS pass before the part that refuses it"),
)

_RESPONSES: tuple[tuple[Container[int], str, str], ...] = (
    (
        {401, 407},
        "a login comes before CORS, so that the page cannot even read the {status}",
        "log in first; put CORS outside of the login, so that pages can read its refusals",
    ),
    (
        {403},
        "a permission, a CSRF check or a firewall refused the request before CORS",
        "look at the server's log; put CORS outside of that check, so that pages can read its refusals",
    ),
    ({404, 410}, "no such path", "compare the URL in the script with the routes of the server"),
    (
        {405},
        "the server has no {method} at this path",
        "compare the method and the URL in the script with the routes of the server",
    ),
    (
        {413},
        "the body is larger than the server takes",
        "raise the limit (nginx: client_max_body_size), or send less",
    ),
    ({429}, "a rate limit refused the request", "send fewer requests, or raise the limit"),
    (
        {431},
        "the headers of the request are too large, mostly cookies: those of localhost are sent to each of its ports",
        "delete the cookies of this host, or raise the limit",
    ),
    _OF_PROXIES,
    (
        {501},
        "the server does not know {method}, as servers of static files (python -m http.server) do not",
        "have the script ask the application, and not the server of its files; the log shows what it was asked",
    ),
    (
        range(500, 600),
        "the server failed, and the missing header is a consequence",
        LOG,
    ),
    (range(1000), "the server refused the request", "look at the body of the answer and at the server's log"),
)


def not_modified_cause(origin: str, *, preflight: bool) -> Cause:
    """Explain a 304 without headers of CORS: browsers judge it as it came where the script asked for it."""
    if preflight:
        return Cause(
            "preflight-status-304",
            "OPTIONS is answered with status 304: a cache answers, or the part of the server that compares ETags",
            "let OPTIONS pass by that part; a preflight must be answered with a status from 200 to 299",
        )
    return Cause(
        "not-modified-without-headers",
        "the answer is 304 without headers of CORS: a cache, or the server, leaves them out where nothing has changed",
        f"if pages of {origin} are yours, send the headers of CORS with 304 as with 200 (Apache: `Header always set`); "
        "or leave If-None-Match and If-Modified-Since to the browser's own cache",
    )


def event_source_cause(status: int, server: str) -> Cause:
    """Explain a status with which an EventSource does not go on, whatever its headers."""
    known = status_cause(status, preflight=False, server=server)
    fix = known.fix if known else "have the server answer with status 200"
    if status == _NO_CONTENT:
        fix = "have the server answer with status 200: with 204 it tells the browser not to ask again"
    by = f" ({server})" if server else ""
    what = f"the answer has status {status}{by}, and an EventSource takes 200 alone"
    return Cause(f"response-status-{status}", what, fix, is_final=True)


def response_header_cause(names: Sequence[str]) -> Cause | None:
    """Explain headers of answers that a script sends, which only make a preflight necessary."""
    wrong = [name for name in names if name.lower().startswith("access-control-")]
    if not wrong:
        return None
    are = "are headers of answers" if wrong[1:] else "is a header of answers"
    return Cause(
        "response-header-in-request",
        f"the script sends {', '.join(wrong)}, which {are}: only the server sends that, and a page cannot allow itself",
        f"remove {', '.join(wrong)} from the script",
        is_final=not [name for name in names if name not in wrong],
    )


def refused_write_cause(origin: str, method: str) -> Cause:
    """Explain the 403 of `cross_origin_writes`."""
    return Cause(
        "write-refused",
        f"corswsgi refused the {method}, and the application was not asked: cross_origin_writes is on, and the row "
        f"does not let pages of {origin} send it",
        f"if pages of {origin} are yours, add the origin to allow_origins of the row; if they only post here, "
        "add it to accept_writes_from",
    )


def is_ok(status: int) -> bool:
    """Return whether `status` means success."""
    return status in OK_STATUSES
