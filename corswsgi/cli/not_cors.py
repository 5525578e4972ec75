"""Console lines that look like CORS but are not, each with its cause and fix.

The law of this module: it only reads lines. It sends nothing.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NotCORS:
    """The real subject of a line. ``says_why`` is false for lines that only repeat that a fetch failed."""

    code: str
    cause: str
    fix: str
    says_why: bool = True


_LINE_ABOVE = "copy the red line above it, which names the URL and the reason"

_LINES: tuple[tuple[str, NotCORS], ...] = tuple(
    (pattern, NotCORS(code, cause, fix, code != "no-reason"))
    for code, pattern, cause, fix in (
        (
            "content-security-policy",
            r"Content[- ]Security[- ]Policy",
            "the page's Content Security Policy (connect-src) forbids the request: nothing was sent. It is not CORS",
            "add the origin of the API to connect-src in the Content-Security-Policy header of the page",
        ),
        (
            "mixed-content",
            r"Mixed Content|mixed (?:active|display) content|(?:insecure content|was loaded over HTTPS)",
            "mixed content: the page is https and asks an http URL, which browsers block. It is not CORS",
            "serve the API over https, and write https:// in the script",
        ),
        (
            "local-network-access",
            r"address space|private network request|Local Network Access|loopback network|local network",
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
            "certificate",
            r"ERR_CERT_\w+|ERR_SSL_\w+|SSL_ERROR_\w+|SEC_ERROR_\w+|certificate[^\n]*(?:invalid|not trusted|expired)",
            "the browser does not trust the certificate of the server, or TLS failed: there is no answer to judge",
            "open the URL in a tab of its own to see the certificate, and install one that the browser trusts",
        ),
        (
            "connection-refused",
            r"ERR_CONNECTION_REFUSED|Could not connect to the server",
            "nothing listens at that host and port (connection refused): the server is not running, or elsewhere",
            "start the server, and compare its host and port with the URL in the script",
        ),
        (
            "unknown-host",
            r"ERR_NAME_NOT_RESOLVED|server with the specified hostname could not be found",
            "the host of the URL is not known to the browser (DNS): nothing was sent",
            "check the spelling of the host in the script",
        ),
        (
            "no-answer",
            r"ERR_(?:CONNECTION_\w+|TIMED_OUT|EMPTY_RESPONSE|ADDRESS_\w+|INTERNET_\w+|NETWORK_CHANGED|\w+_PROTOCOL_ERROR)",
            "the connection failed before there was an answer: the server crashed, is too slow, or cannot be reached",
            "look at the server's log, and ask the URL with curl",
        ),
        (
            "unsafe-port",
            r"ERR_UNSAFE_PORT",
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
            r"WebSocket connection to",
            "a WebSocket failed. CORS does not apply to WebSockets: the server answers the handshake, or refuses it",
            "look at the server's log: it may refuse the Origin of the page, or not serve WebSockets at this URL",
        ),
        (
            "page-from-file",
            r"(?:origin 'null'|Unsafe attempt to load URL)[^\n]*(?:protocol schemes|file:)|file:///[^\n]*origin 'null'",
            "the page was opened as a file (file://), whose origin is null: it may not load other files or modules",
            "serve the page over http: python -m http.server, then open http://localhost:8000",
        ),
        (
            "url-without-scheme",
            r"only supported for (?:protocol )?schemes",
            "the URL has no scheme that CORS knows: 'localhost:5000/x' is read as the scheme 'localhost:'",
            "write http:// in front of the host in the script",
        ),
        (
            "status-only",
            r"the server responded with a status of (?:[1345]\d\d)",
            "the server answered with an error. A page may read it only if it has the headers of CORS",
            "look at the status first; if there is a line about CORS as well, copy that one",
        ),
        (
            "no-reason",
            r"Failed to (?:fetch|load resource)|Network ?Error|Load failed|ERR_(?:FAILED|NETWORK)|cannot load ",
            "this line only says that the request failed, not why: there is another line above it",
            _LINE_ABOVE,
        ),
    )
)


def read_not_cors(text: str) -> NotCORS | None:
    """Return the subject of `text`, lines of a console, if that is not CORS. Otherwise return None."""
    return next((line for pattern, line in _LINES if re.search(pattern, text, re.IGNORECASE)), None)


def comes_before_cors(line: NotCORS) -> bool:
    """Return whether `line` is the cause although the console calls it CORS."""
    return line.code in {"local-network-access", "page-from-file", "url-without-scheme", "content-security-policy"}
