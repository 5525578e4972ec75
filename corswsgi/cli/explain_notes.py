"""Notes beside the verdict of an explanation: on the call itself and on the application.

The law of this module: it judges requests and responses and sends nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from corswsgi.browser import Handshake
from corswsgi.browser.url import parse
from corswsgi.cli.asking import Exchange, TooSlowError
from corswsgi.cli.diagnosis import is_refused_write
from corswsgi.cli.explain_advice import OF_NO_INTEREST
from corswsgi.cli.listening import Heard, in_one_line
from corswsgi.cli.origin_causes import EXTENSIONS, of_extension
from corswsgi.cli.redirect_causes import is_login
from corswsgi.standard import is_forbidden_request_header_name

# The failures of connections, and their fixes
_UNAUTHORIZED = 401
_UNANSWERED = (
    ("WRONG_VERSION_NUMBER", "the port probably speaks http: ask {plain}"),
    ("TLS failed", "look at the certificate and at the TLS versions of the server"),
    ("certificate", "install a certificate that browsers trust, for this host (mkcert makes one for this machine)"),
    ("refused", "start the server, and compare its host and port with the URL"),
    ("host is not known", "check the spelling of the host"),
    ("closed connection", "if it speaks https, ask {tls}; otherwise look at the server's log"),
    ("reset", "if it speaks https, ask {tls}; otherwise look at the server's log"),
    ("time", "look at the server's log: it is too slow, or hangs"),
    ("", "look at the server's log, and ask the URL with curl"),
)


def unanswered(url: str, detail: str) -> str:
    """Explain a URL without a response, and the fix."""
    fix = next(fix for sign, fix in _UNANSWERED if sign in detail)
    there = {"plain": url.replace("https:", "http:", 1), "tls": url.replace("http:", "https:", 1)}
    return f"{url} does not answer: {detail}; {fix.format(**there)}"


def notes_on(
    handshake: Handshake, headers: Sequence[tuple[str, str]], exchanges: Sequence[Exchange], heard: Heard
) -> Iterator[str]:
    """Yield notes on a request that was sent with `headers`, and on its responses."""
    for name, _ in headers:
        if is_forbidden_request_header_name(name):
            instead = "; pass --cookie for a cookie that the browser has" if name.lower() == "cookie" else ""
            yield f"no script can set {name}, which the browser sets itself: it was left out{instead}"
    response = exchanges[-1].response if exchanges else None
    error = None if response is None else response.error
    exception = in_one_line(error) if error is not None else heard.exception
    if exception and not isinstance(error, TooSlowError):  # that is the cause
        yield f"the application raised {exception}"
    if response is not None and is_refused_write(response) and not heard.warnings:
        yield "this 403 is corswsgi's: cross_origin_writes is on, and the row does not let this page send the request"
    yield from _lost_body(exchanges)
    if handshake.allowed:
        yield from _not_logged_in(handshake, headers, exchanges)
    if handshake.allowed and handshake.mode == "no-cors" and handshake.api == "fetch":
        yield (
            "with mode: 'no-cors' the response is always empty to the script: remove the mode; if pages of "
            f"{handshake.page_origin} are yours, have the server allow them"
        )
    if handshake.stage == "preflight" and handshake.api == "xhr-upload":
        yield "a listener on `upload` of an XMLHttpRequest makes a preflight necessary: without it there may be none"
    url = parse(handshake.url)
    if not handshake.allowed and url is not None and handshake.page_origin.partition("://")[0] in EXTENSIONS:
        yield of_extension(url)
    yield from heard.warnings


def unexposed(handshake: Handshake, *, has_table: bool) -> Iterator[str]:
    """Report headers that a script may want and that the page may not read."""
    names = [name for name in handshake.unreadable_headers if not OF_NO_INTEREST.fullmatch(name)]
    if handshake.allowed and handshake.type == "cors" and names and not has_table:
        yield f"for the page to read more, have the server send Access-Control-Expose-Headers: {', '.join(names)}"


def without_useless_notes(handshake: Handshake, headers: Sequence[tuple[str, str]]) -> Handshake:
    """Leave out the note on a missing login if the cookie is in a header that scripts cannot set, or was not kept."""
    if not handshake.cookies_refused and not any(name.lower() == "cookie" for name, _ in headers):
        return handshake
    return replace(handshake, notes=tuple(note for note in handshake.notes if note.code != "unauthenticated"))


def _not_logged_in(
    handshake: Handshake, headers: Sequence[tuple[str, str]], exchanges: Sequence[Exchange]
) -> Iterator[str]:
    """Report a login in place of the answer, and a 401 to a request that could not carry a login."""
    if not exchanges or handshake.type != "cors":
        return
    first, last = exchanges[0], exchanges[-1]
    if first.url != last.url and is_login(first.url, last.url):
        yield (
            f"the page gets the answer of {last.url.sent}, a login, in place of what the script asked for: "
            "have the server answer 401 in place of the redirect for requests of scripts"
        )
    has_token = any(name.lower() == "authorization" for name, _ in headers)
    if last.response.status == _UNAUTHORIZED and handshake.credentials != "include" and not has_token:
        if handshake.cookies_unsent:
            return  # a step says so
        yield (
            f"the request carried no login: the credentials mode {handshake.credentials} sends no cookies to another "
            "origin, and there is no Authorization; pass credentials: 'include' to fetch(), or send a token"
        )


def _lost_body(exchanges: Sequence[Exchange]) -> Iterator[str]:
    """Report a redirect that turned a POST into a GET."""
    asked = [exchange for exchange in exchanges if not exchange.is_preflight]
    for before, after in pairwise(asked):
        if before.response.status in {301, 302} and before.method == "POST" and after.method == "GET":
            yield (
                f"the redirect ({before.response.status}) turned POST into GET and dropped its body: have the script "
                f"ask {after.url.sent}"
            )
