"""Responses of known software in front of an application or inside it, recognised by a header or the body.

The law of this module: it judges responses and sends nothing.
"""

import re
from collections.abc import Callable
from html import unescape

from corswsgi.browser.response import Response
from corswsgi.cli.asking import TooSlowError
from corswsgi.cli.causes import Cause
from corswsgi.cli.listening import in_one_line


def known_answer_cause(response: Response, *, preflight: bool) -> Cause | None:
    """Explain a response that known software sent in place of the application."""
    answered = "OPTIONS is answered with" if preflight else "the answer has"
    raised = _raised(response)
    if raised is not None:
        return Cause(
            "debugger",
            f"{answered} status {response.status}: the application raised {raised}, and its debug mode answers, "
            "without headers of CORS",
            "correct the exception (the log and the response have its traceback); with corswsgi, "
            "intercept_exceptions=True lets pages read such errors",
            is_final=True,
        )
    for code, is_it, what, fix in _KNOWN:
        if is_it(response):
            return Cause(code, f"{answered} status {response.status}: {what}", fix, is_final=True)
    return None


def raised_cause(error: BaseException, *, preflight: bool) -> Cause:
    """Explain an exception that the application did not handle: its server answers a plain 500."""
    asked = "at OPTIONS, " if preflight else ""
    if isinstance(error, TooSlowError):
        fix = "look for what it waits for: a database, another server, a lock, input"
        return Cause("no-answer", f"{asked}{error}", fix, is_final=True)
    return Cause(
        "application-raised",
        f"{asked}the application raised {in_one_line(error)[:_LONGEST]}, and its server answers a plain 500, without "
        "headers of CORS",
        "correct the exception; with corswsgi, intercept_exceptions=True lets pages read such errors",
        is_final=True,
    )


def _raised(response: Response) -> str | None:
    """Return the exception that a page of Werkzeug's debugger or of Django's debug mode names."""
    title = _DEBUGGERS.search(response.body) if response.status == _FAILED else None
    if title is None:
        return None
    name = (title["werkzeug"] or title["django"]).decode("utf-8", "replace")
    return " ".join(unescape(name).split())[:_LONGEST]


def _has(name: str, value: str = "") -> Callable[[Response], bool]:
    return lambda response: response.headers.has(name) and value in (response.headers.get(name) or "").lower()


def _says(pattern: bytes, *statuses: int) -> Callable[[Response], bool]:
    found = re.compile(pattern, re.IGNORECASE)
    return lambda response: response.status in statuses and found.search(response.body) is not None


_FAILED, _LONGEST = 500, 120
_DEBUGGERS = re.compile(
    rb"<title>(?P<werkzeug>[^<]*?)//\s*Werkzeug Debugger\s*</title>"
    rb"|<title>(?P<django>\w+(?:\s+at\s[^<]*)?)</title>(?=.*DEBUG)",
    re.DOTALL,
)
_KNOWN: tuple[tuple[str, Callable[[Response], bool], str, str], ...] = (
    (
        "bot-challenge",
        _has("cf-mitigated", "challenge"),
        "Cloudflare asks for its challenge, which no script can pass",
        "exempt the path of the API from the challenge in Cloudflare's rules, OPTIONS included",
    ),
    (
        "ngrok-warning",
        _has("ngrok-error-code"),
        "ngrok answers with a page of its own (its warning, or a tunnel that is down), and not your server",
        "look at the tunnel; for the warning, have the script send the header ngrok-skip-browser-warning",
    ),
    (
        "http-to-https-port",
        _says(
            rb"plain HTTP request was sent to HTTPS port|HTTP request to an HTTPS server|speaking plain HTTP", 400, 497
        ),
        "the server speaks https at this port, and the URL says http",
        "have the script ask the URL with https://",
    ),
    (
        "no-such-route-in-gateway",
        _says(rb"Missing Authentication Token", 403),
        "Amazon's API Gateway says so where it has no such path or method",
        "compare the path, its stage included, and the method with the deployed routes",
    ),
    (
        "bucket-without-cors",
        _says(rb"CORS is not enabled for this bucket|This CORS request is not allowed", 403),
        "the bucket has no CORS rule that allows the request",
        "add a CORSRule to the bucket, with the origin and the method, if the pages of that origin are yours",
    ),
)
