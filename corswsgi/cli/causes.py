"""Causes that come before CORS: an error status, a redirect, headers that two parts of a server send.

The law of this module: it judges responses and sends nothing. It never advises to allow the origin ``null``.
"""

import re
from collections.abc import Container
from dataclasses import dataclass

from corswsgi.browser.headers import HeaderList
from corswsgi.browser.url import URL
from corswsgi.standard import OK_STATUSES

_LOGIN = re.compile(
    r"(?:^|[/_\-.])(log-?in|sign-?in|log-?on|sso|auth\w*|oauth2?|oidc|saml2?|cas|idp|accounts?|sessions?)(?=$|[/_\-.?])",
    re.IGNORECASE,
)
_PROXY_STATUSES = frozenset({502, 503, 504})
_FIRST_ERROR = 400


@dataclass(frozen=True, slots=True)
class Cause:
    """A reason why a request was blocked that is not about a policy: what happened, and how to fix it.

    ``code`` is stable. ``is_final`` says that no change of a policy helps. ``location`` is where a redirect leads.
    """

    code: str
    what: str
    fix: str
    is_final: bool = False
    location: URL | None = None


_NULL_FIX = "serve the page from http://localhost, or from an origin of its own"


def null_origin_cause() -> Cause:
    """Explain a page whose origin is ``null``."""
    return Cause(
        "null-origin",
        "the page's origin is null: it is a file (file://) or a sandboxed frame, as any attacker's page can be",
        f"{_NULL_FIX}; never allow null",
        is_final=True,
    )


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


_LOGS = "look at the log of the proxy and of the server behind it"

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
    (_PROXY_STATUSES, "the proxy answered, and the server behind it is down or too slow", _LOGS),
    (range(500, 600), "the server failed", "look at the server's log, which names the reason"),
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
    (_PROXY_STATUSES, "the proxy answered, and the server behind it is down or too slow", _LOGS),
    (
        range(500, 600),
        "the server failed, and the missing header is a consequence",
        "look at the server's log, which names the reason",
    ),
    (range(1000), "the server refused the request", "look at the body of the answer and at the server's log"),
)


def redirect_cause(asked: URL, target: URL, status: int, *, preflight: bool) -> Cause:
    """Explain a redirect from `asked` to `target`: a preflight never follows it, and a missing header stops it."""
    leads = f"{'OPTIONS' if preflight else 'the request'} is redirected ({status}) to {target.sent}"
    code = "preflight-redirected" if preflight else "redirected"
    if _LOGIN.search(f"{target.host}{target.path}") and target.path.rstrip("/") != asked.path.rstrip("/"):
        if preflight:
            what = (
                f"{leads}, a login: a preflight carries no credentials and follows no redirect, so it can never log in"
            )
            return Cause(code, what, "let OPTIONS pass before the login: put CORS outside of it", location=target)
        fix = "log in first, and have the server answer 401 in place of the redirect for requests of scripts"
        return Cause(code, f"{leads}, a login: a script cannot log in there", fix, is_final=True, location=target)
    why = _why_moved(asked, target)
    fix = f"have the script ask {target.sent}"
    if preflight:
        follows = "a preflight follows no redirect"
        if not why:
            fix = f"if that is a login, let OPTIONS pass before it; otherwise {fix}"
        return Cause(code, f"{leads}{why}: {follows}", fix, is_final=bool(why), location=target)
    return Cause(
        code, f"{leads}{why}: browsers stop at a redirect without headers of CORS", fix, is_final=True, location=target
    )


def lost_redirect_cause(status: int, location: str | None, *, is_same: bool, preflight: bool) -> Cause:
    """Explain a redirect that leads nowhere: without a Location, to the same URL, or to what is not an http URL."""
    where = (
        "to itself" if is_same else f"to {location!r}, which is not an http URL" if location else "without a Location"
    )
    asked = "OPTIONS" if preflight else "the request"
    passes = "OPTIONS pass before it" if preflight else "it answer scripts with 401"
    return Cause(
        "redirect-lost",
        f"{asked} is redirected ({status}) {where}: the part of the server that redirects is misconfigured",
        f"look for that part, such as a login in front, and let {passes}",
        is_final=True,
    )


def _why_moved(asked: URL, target: URL) -> str:
    same_path = target.path == asked.path
    if same_path and target.host == asked.host and (asked.scheme, target.scheme) == ("http", "https"):
        return ", the same over https"
    if same_path:
        return ", the same path of another host" if target.netloc != asked.netloc else ", the same path"
    if target.path.rstrip("/") == asked.path.rstrip("/"):
        slash = "a slash at the end is too many" if asked.path.endswith("/") else "a slash at the end is missing"
        return f" ({slash})"
    return ""


def tainted_cause(first: URL, last: URL) -> Cause:
    """Explain an origin that is ``null`` because a redirect led from one foreign origin to another."""
    return Cause(
        "origin-lost-in-redirect",
        f"{first.sent} redirects to {last.sent}, another origin: browsers send Origin: null there",
        f"have the script ask {last.sent} at once",
        is_final=True,
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


def doubled_cause(headers: HeaderList) -> Cause | None:
    """Explain more than one ``Access-Control-Allow-Origin``, or a list in it."""
    values = headers.get_all("Access-Control-Allow-Origin")
    if len(values) > 1:
        times = "twice" if len(values) == 2 else f"{len(values)} times"  # noqa: PLR2004
        what = f"Access-Control-Allow-Origin is sent {times} ({', '.join(values)}): two parts of the server answer"
    elif values and "," in values[0]:
        what = (
            f"Access-Control-Allow-Origin has several values ({values[0]}): two parts of the server send it, or a list"
        )
    else:
        return None
    fix = "take one of the two out: one place sends the headers of CORS, the application or the proxy in front of it"
    return Cause("allow-origin-doubled", what, fix, is_final=True)


def replaced_cause(headers: HeaderList) -> Cause | None:
    """Explain ``*`` beside credentials. No sound server sends both: something in front has added the ``*``."""
    if headers.get("Access-Control-Allow-Origin") != "*" or headers.get("Access-Control-Allow-Credentials") != "true":
        return None
    return Cause(
        "allow-origin-replaced",
        "the answer allows * and credentials at once: a proxy in front replaces Access-Control-Allow-Origin",
        "remove the line that sets the header to * (`Header set`, `add_header`, `set-header`), and list the origins",
    )


def mismatch_cause(origin: str, allowed: str) -> Cause | None:
    """Explain an ``Access-Control-Allow-Origin`` that nearly equals `origin`, or return None for other values."""
    near = allowed.strip().rstrip("/").lower()
    if near == origin.lower():
        why = "a slash at the end" if allowed.rstrip("/") == origin else "other letters or spaces"
        return Cause(
            "allow-origin-misspelt",
            f"Access-Control-Allow-Origin is {allowed!r}: browsers compare byte for byte, and it differs by {why}",
            f"write it as browsers do: {origin}",
        )
    if "://" not in near and near == origin.partition("://")[2]:
        return Cause(
            "allow-origin-misspelt",
            f"Access-Control-Allow-Origin is {allowed!r}, a host without a scheme, which is not an origin",
            f"write it as browsers do: {origin}",
        )
    return None


def is_ok(status: int) -> bool:
    """Return whether `status` means success."""
    return status in OK_STATUSES
