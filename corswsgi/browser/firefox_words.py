# ruff: noqa: RUF001  (the quotation marks are Firefox')
"""Firefox's console, word for word as seen in 153 (``tests/real_browsers/consoles.json``)."""

from corswsgi.browser.blocked import Blocked, encoded, words_of
from corswsgi.browser.failure import FailureCode

_THROWN = {
    "url-invalid": "{detail} is not a valid URL.",
    "url-with-credentials": "{detail} is an url with embedded credentials.",
    "method-invalid": "Invalid request method {detail}.",
    "method-forbidden": "Invalid request method {detail}.",
    "header-name-invalid": "{detail} is an invalid header name.",
    "header-value-invalid": "{element} is an invalid header value.",
    "option-invalid": "'{detail}' is not a valid value.",
    "body-not-allowed": "HEAD or GET Request cannot have a body.",
    "no-cors-method": "Invalid request method {detail}.",
}
_XHR_THROWN = {
    "method-forbidden": "SecurityError: The operation is insecure.",
    "method-invalid": "SyntaxError: An invalid or illegal string was specified",
    "url-invalid": "SyntaxError: An invalid or illegal string was specified",
    "header-name-invalid": "SyntaxError: An invalid or illegal string was specified",
    "header-value-invalid": "SyntaxError: An invalid or illegal string was specified",
}
_NETWORK_ERROR = "Uncaught (in promise) TypeError: NetworkError when attempting to fetch resource."
_NOT_HTTP = "CORS request not http)"
_NO_ANSWER = "CORS request did not succeed). Status code: (null)"

FIREFOX_WORDS: dict[FailureCode, str] = {
    "allow-origin-missing": "CORS header ‘Access-Control-Allow-Origin’ missing). Status code: {status}",
    "allow-origin-wildcard": "Credential is not supported if the CORS header ‘Access-Control-Allow-Origin’ is ‘*’)",
    "allow-origin-multiple": "CORS header ‘Access-Control-Allow-Origin’ does not match ‘{detail}’)",
    "allow-origin-invalid": "CORS header ‘Access-Control-Allow-Origin’ does not match ‘{detail}’)",
    "allow-origin-mismatch": "CORS header ‘Access-Control-Allow-Origin’ does not match ‘{detail}’)",
    "allow-credentials": "expected ‘true’ in CORS header ‘Access-Control-Allow-Credentials’)",
    "preflight-not-ok": "CORS preflight response did not succeed). Status code: {status}",
    "preflight-redirect": "CORS request external redirect not allowed)",
    "allow-methods-malformed": "invalid token ‘{element}’ in CORS header ‘Access-Control-Allow-Methods’)",
    "allow-headers-malformed": "invalid token ‘{element}’ in CORS header ‘Access-Control-Allow-Headers’)",
    "method-not-allowed": "Did not find method in CORS header ‘Access-Control-Allow-Methods’)",
    "header-not-allowed": (
        "header ‘{detail}’ is not allowed according to header ‘Access-Control-Allow-Headers’ from CORS preflight "
        "response)"
    ),
    "redirect-with-credentials": _NO_ANSWER,
    "redirect-scheme": _NO_ANSWER,
    "redirect-limit": _NO_ANSWER,
    "redirect-location": _NO_ANSWER,
    "response-malformed": _NO_ANSWER,
    "url-scheme": _NOT_HTTP,
    "connection": _NO_ANSWER,
}
_TWICE = "Multiple CORS header ‘Access-Control-Allow-Origin’ not allowed)"


def firefox_words(blocked: Blocked) -> str:
    """Return Firefox's message: several lines if a preflight, a redirect or an EventSource failed."""
    code = blocked.failure.code
    if code in _THROWN:
        if blocked.api != "fetch" and code in _XHR_THROWN:
            return f"Uncaught {_XHR_THROWN[code]}"
        words = words_of(blocked)
        if code == "header-name-invalid":
            words["detail"] = str(words["detail"]).lower()
        return f"Uncaught (in promise) TypeError: Window.fetch: {_THROWN[code].format(**words)}"
    return _other(blocked) or (_blocked_lines(blocked) if code in FIREFOX_WORDS else _NETWORK_ERROR)


def _other(blocked: Blocked) -> str | None:
    """Return the message for failures that are not about CORS."""
    match blocked.failure.code:
        case "eventsource-status" | "eventsource-type":
            return f"{_unconnected(blocked)}\n{_unconnected(blocked)}"
        case "websocket-redirect":
            return _unconnected(blocked).replace("http", "ws", 1)
        case "resource-policy":
            return (
                f"The resource at “{blocked.url}” was blocked due to its Cross-Origin-Resource-Policy header (or lack "
                "thereof). See https://developer.mozilla.org/docs/Web/HTTP/Cross-Origin_Resource_Policy_(CORP)#"
            )
        case "same-origin-mode":
            page = "moz-nullprincipal:{}" if blocked.origin == "null" else f"{blocked.origin}/"
            return f"Security Error: Content at {page} may not load data from {blocked.url}."
    return None


def _blocked_lines(blocked: Blocked) -> str:
    failure, code = blocked.failure, blocked.failure.code
    template = _TWICE if code == "allow-origin-multiple" and failure.is_repeated else FIREFOX_WORDS[code]
    lines = [_line(blocked, template)]
    if code == "redirect-scheme" and (blocked.next_url or "").startswith("view-source:"):
        target = encoded(blocked.next_url or "")
        lines.insert(0, f"Security Error: Content at {blocked.url} may not load or link to {target}.")
    if code == "preflight-redirect":
        lines.append(_line(blocked, FIREFOX_WORDS["preflight-not-ok"]))
    if template not in {_NO_ANSWER, _NOT_HTTP} and (blocked.stage == "preflight" or blocked.is_hop):
        lines.append(_line(blocked, _NO_ANSWER))
    if blocked.api == "eventsource":
        lines.append(_unconnected(blocked))
    return "\n".join(lines)


def _unconnected(blocked: Blocked) -> str:
    return f"Firefox can’t establish a connection to the server at {blocked.url}."


def _line(blocked: Blocked, template: str) -> str:
    is_quoted = blocked.failure.code == "allow-origin-wildcard" and template != _NO_ANSWER
    words = words_of(blocked) | {"status": blocked.status or "(null)"}
    return (
        "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at "
        f"{f'‘{blocked.url}’' if is_quoted else blocked.url}. (Reason: {template.format(**words)}."
    )
