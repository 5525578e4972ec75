"""Console lines that look like CORS but are not, each with its cause and fix.

The law of this module: it only reads lines. It sends nothing.
"""

import re
from dataclasses import dataclass

from corswsgi.browser.url import parse
from corswsgi.cli.causes import forbidden_preflight_cause, status_cause
from corswsgi.cli.old_consoles import plain_quotes


@dataclass(frozen=True, slots=True)
class NotCORS:
    """What a line is about in place of CORS. ``says_why`` is false for lines that only repeat that a fetch failed.

    ``url`` is the one that the line names, ``status`` that of the answer.
    """

    code: str
    cause: str
    fix: str
    says_why: bool = True
    url: str | None = None
    status: int | None = None


_URL = re.compile(r"(?<!origin )(?<!origin ')https?://[^\s'<>()]+[^\s'<>().,;:]")
_DIRECTIVE = re.compile(r"(?:directive:?\s*'?|[('])((?:[a-z]+-)+(?:src|uri|ancestors|action))\b")

# Before CORS: though a console calls some of them CORS, no header of CORS would help
_BEFORE_CORS = frozenset({
    "local-network-access", "page-from-file", "url-without-scheme", "content-security-policy",
})  # fmt: skip

_LINES: tuple[tuple[str, str, str, str], ...] = (
    (
        "content-security-policy",
        r"Content[- ]Security[- ]Policy",
        "the page's Content Security Policy ({directive}) forbids the request: nothing was sent. It is not CORS",
        "add {origin} to {directive} in the Content-Security-Policy header of the page",
    ),
    (
        "mixed-content",
        r"Mixed Content|mixed (?:active|display) content|insecure content|was loaded over HTTPS",
        "mixed content: the page is https and asks an http URL, which browsers block. It is not CORS",
        "serve the API over https, and write https:// in the script",
    ),
    (
        "local-network-access",
        (r"address space|private network request|Local Network Access|loopback network|local network"
        r"|(?:PRIVATE|LOCAL)_NETWORK_ACCESS"),
        "Local Network Access: a page of the internet asks this machine or a private network. It is not CORS",
        "serve the page over https and allow the request in the browser's prompt, or serve the page locally",
    ),
    (
        "blocked-by-client",
        r"ERR_BLOCKED_BY_CLIENT",
        "an extension of the browser, usually an ad blocker, stopped the request. It is not CORS",
        "switch the extension off for this page, or rename a URL that looks like an advertisement",
    ),
    (
        "certificate-expired",
        r"ERR_CERT_DATE_INVALID|SEC_ERROR_EXPIRED|certificate[^\n]*expired",
        "the certificate of the server has expired, or the clock of this machine is wrong. It is not CORS",
        "renew the certificate, or set the clock",
    ),
    (
        "certificate-of-another-host",
        r"ERR_CERT_COMMON_NAME_INVALID|SSL_ERROR_BAD_CERT_DOMAIN",
        "the certificate of the server names another host than the URL. It is not CORS",
        "write a host in the script that the certificate names, or get one that names this host",
    ),
    (
        "no-tls",
        r"ERR_SSL_(?:PROTOCOL_ERROR|VERSION_OR_CIPHER_MISMATCH)|SSL_ERROR_RX_RECORD_TOO_LONG|SSL_ERROR_INTERNAL",
        "TLS failed: the server probably speaks http at this port, and the URL says https. It is not CORS",
        "write http:// in the script, or serve TLS at this port (then look at its certificate)",
    ),
    (
        "certificate",
        r"ERR_CERT_\w+|ERR_SSL_\w+|SSL_ERROR_\w+|SEC_ERROR_\w+|certificate[^\n]*(?:invalid|not trusted)",
        "the browser does not trust the certificate of the server, or TLS failed: there is no answer to judge",
        "open the URL in a tab of its own to see the certificate, and install one that the browser trusts",
    ),
    (
        "connection-refused",
        r"ERR_CONNECTION_REFUSED|NS_ERROR_CONNECTION_REFUSED|Could not connect to the server",
        "nothing listens at that host and port (connection refused): the server is not running, or elsewhere",
        "start the server, and compare its host and port with the URL in the script",
    ),
    (
        "unknown-host",
        r"ERR_NAME_NOT_RESOLVED|NS_ERROR_UNKNOWN_HOST|server with the specified hostname could not be found",
        "the host of the URL is not known to the browser (DNS): nothing was sent",
        "check the spelling of the host in the script",
    ),
    (
        "redirect-loop",
        r"ERR_TOO_MANY_REDIRECTS|NS_ERROR_REDIRECT_LOOP|too many (?:HTTP )?redirect|more than 20 redirections",
        "the redirects lead in a circle: two rules of the server undo each other",
        "compare the rules for http and https, for the slash at the end and for logins: curl -IL shows each step",
    ),
    (
        "no-answer",
        (r"ERR_(?:CONNECTION_\w+|TIMED_OUT|EMPTY_RESPONSE|ADDRESS_\w+|INTERNET_\w+|NETWORK_CHANGED|\w+_PROTOCOL_ERROR"
        r"|INVALID_HTTP_RESPONSE)|NS_ERROR_NET_\w+|network connection was lost|request timed out"),
        "the connection failed before there was an answer: the server crashed, is too slow, or cannot be reached",
        "look at the server's log, and ask the URL with curl",
    ),
    (
        "unsafe-port",
        r"ERR_UNSAFE_PORT|restricted network port|NS_ERROR_PORT_ACCESS",
        "browsers refuse this port, which belongs to another protocol: nothing was sent",
        "serve the API on another port, for example 8000",
    ),
    (
        "resource-policy",
        r"ERR_BLOCKED_BY_RESPONSE|ERR_BLOCKED_BY_ORB|OpaqueResponseBlocking|Cross-Origin-Resource-Policy",
        "Cross-Origin-Resource-Policy or Opaque Response Blocking kept the answer from the page. It is not CORS",
        "ask with mode 'cors', or have the server send Cross-Origin-Resource-Policy: cross-origin",
    ),
    (
        "cookie-rejected",
        r"Cookie [^\n]*(?:has been rejected|was (?:rejected|blocked)|will be soon rejected)|[Tt]his Set-Cookie",
        "the browser did not keep or send a cookie (SameSite, Secure or the domain). It is not CORS",
        "serve page and API under one host name, or set SameSite=None; Secure on the cookie",
    ),
    (
        "forbidden-header",
        r"Refused to set unsafe header",
        "the browser sets this header; scripts cannot. The request goes out without it",
        "remove the header from the script",
    ),
    (
        "header-not-exposed",
        r"Refused to get unsafe header",
        "the answer does not let the page read this header: Access-Control-Expose-Headers does not list it",
        "add the header to expose_headers of the policy",
    ),
    (
        "websocket",
        r"WebSocket connection to|can't establish a connection to the server at wss?:",
        "a WebSocket failed. CORS does not apply to WebSockets: the server answers the handshake, or refuses it",
        "look at the server's log: it may refuse the Origin of the page, or not serve WebSockets at this URL",
    ),
    (
        "page-from-file",
        (r"(?:origin 'null'|Unsafe attempt to load URL)[^\n]*(?:protocol schemes|file:)|file:///[^\n]*origin 'null'"
        r"|resource at file://"),
        "the page was opened as a file (file://), whose origin is null: it may not load other files or modules",
        "serve the page over http: python -m http.server, then open http://localhost:8000",
    ),
    (
        "url-without-scheme",
        r"only supported for (?:protocol )?schemes|ERR_UNKNOWN_URL_SCHEME",
        "the URL has no scheme that CORS knows: 'localhost:5000/x' is read as the scheme 'localhost:'",
        "write http:// in front of the host in the script",
    ),
    (
        "same-origin-mode",
        r"Request mode is .same-origin",
        "the script asks with mode: 'same-origin', and the URL is of another origin: nothing was sent",
        "remove mode: 'same-origin' from the script",
    ),
    (
        "event-stream",
        r"EventSource's response has a (?:MIME type|charset|Content-Type)",
        "an EventSource takes an answer with Content-Type: text/event-stream alone. It is not CORS",
        "have the server answer Content-Type: text/event-stream; a login or an error page may answer in its place",
    ),
    (
        "not-json",
        r"Unexpected token '?<|<!DOCTYPE|JSON\.parse: unexpected character at line 1 column 1|Unrecognized token '<'",
        "the answer is HTML, and the script reads JSON: a login, an error page or the page itself. It is not CORS",
        "look at the URL and the status in the network tab: the path may be wrong, or nobody is logged in",
    ),
    (
        "empty-answer",
        r"Unexpected end of (?:JSON )?input|JSON\.parse: unexpected end of data|Unexpected EOF",
        "the answer that the script reads is empty: with mode: 'no-cors' it always is",
        "remove mode: 'no-cors' from the script and have the server allow the page; otherwise look for a status 204",
    ),
    (
        "tainted-canvas",
        r"[Tt]ainted [Cc]anvas|canvas has been tainted|operation is insecure[^\n]*[Cc]anvas",
        "the canvas has an image that was loaded without CORS, and so the page cannot read it",
        'load the image with crossorigin="anonymous", and have its server send Access-Control-Allow-Origin',
    ),
    (
        "opaque-in-service-worker",
        r"opaque'? response was used for a request whose type is not no-cors",
        "a service worker answers with an opaque response, which it fetched with mode: 'no-cors'",
        "fetch with mode: 'cors' in the service worker, and have the server allow the page",
    ),
    (
        "framing",
        r"X-Frame-Options|Blocked a frame with origin|Cross-Origin-(?:Opener|Embedder)-Policy policy would",
        "the page may not use a frame or a window of another origin. It is not CORS",
        "use postMessage() between them, or change the headers of the framed page (frame-ancestors)",
    ),
    (
        "wrong-mime-type",
        r"Refused to (?:execute script|apply style)|disallowed MIME type|MIME type \(.text/html.\)",
        "the answer has another type than a script or a style: often the HTML of an error page. It is not CORS",
        "ask the URL in a tab of its own: its path is probably wrong",
    ),
    (
        "status-only",
        (r"the server responded with a status of (?P<status>[1-5]\d\d)"
        r"|net::ERR_(?:FAILED|ABORTED) (?P<failed>[1-5]\d\d)"),
        "the server answered with status {status}. A page may read it only if it has the headers of CORS",
        "look at the status first; if there is a line about CORS as well, copy that one",
    ),
    (
        "refused-before-sending",
        r"Not allowed to (?:request resource|load local resource)",
        "the browser sent nothing: mixed content, a Content Security Policy, a local file, or a content blocker",
        "look whether the page is https and the URL http, and at the Content-Security-Policy of the page",
    ),
)  # fmt: skip
_NO_REASON = NotCORS(
    "no-reason",
    "this line only says that the request failed, not why: there is another line above it",
    "copy the red line above it, which names the URL and the reason",
    says_why=False,
)
_SAYS_NOTHING = re.compile(
    r"Failed to (?:fetch|load resource)|Network ?Error|Load failed|ERR_(?:FAILED|NETWORK)|cannot load |fetch failed"
    r"|XMLHttpRequest error|0 Unknown Error|status(?: code)?:? 0\b|NS_ERROR_DOM_BAD_URI|\bxhr error",
    re.IGNORECASE,
)


def read_not_cors(text: str) -> NotCORS | None:
    """Return what `text`, lines of a console, is about if that is not CORS; otherwise None."""
    plain = plain_quotes(text)
    for code, pattern, cause, fix in _LINES:
        match = re.search(pattern, plain, re.IGNORECASE)
        if match:
            return _of_line(match, code, cause, fix)
    return _NO_REASON if _SAYS_NOTHING.search(text) else None


def _of_line(match: re.Match[str], code: str, cause: str, fix: str) -> NotCORS:
    urls = _URL.findall(match.string)
    plain = [url for url in urls if url.startswith("http:")]
    url = next(iter(plain if code == "mixed-content" and plain else urls), None)
    parsed = parse(url or "")
    named = _DIRECTIVE.search(match.string)
    names = match.groupdict()
    status = names.get("status") or names.get("failed")
    words = {
        "origin": parsed.origin if parsed else "the origin of the API",
        "directive": named[1] if named and named[1] != "default-src" else "connect-src",
        "status": status,
    }
    found = NotCORS(code, cause.format(**words), fix.format(**words), url=url, status=int(status) if status else None)
    return found if found.status is None else _with_status(found, found.status)


def _with_status(line: NotCORS, status: int) -> NotCORS:
    """Explain an answer of which the line names the status alone."""
    known = status_cause(status, preflight=False)
    if status == 403:  # noqa: PLR2004  (of OPTIONS or of the request, which the line does not say)
        known = forbidden_preflight_cause(None, is_certain=False)
    if known is not None:
        return NotCORS(line.code, known.what, known.fix, url=line.url, status=status)
    return NotCORS(
        line.code,
        f"the server answered with status {status}, and the browser kept the answer from the page",
        "copy the line about CORS above it, or ask the server: see the note",
        url=line.url,
        status=status,
    )


def comes_before_cors(line: NotCORS) -> bool:
    """Return whether `line` is the cause although the console calls it CORS."""
    return line.code in _BEFORE_CORS
