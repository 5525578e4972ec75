"""Chromium's console, word for word as seen in 156 (``tests/real_browsers/consoles.json``)."""

from corswsgi.browser.blocked import Blocked, encoded, words_of, wrong_type
from corswsgi.browser.failure import FailureCode

_THROWN = {
    "url-invalid": "Failed to parse URL from {detail}",
    "url-with-credentials": "Request cannot be constructed from a URL that includes credentials: {detail}",
    "method-invalid": "'{detail}' is not a valid HTTP method.",
    "method-forbidden": "'{detail}' HTTP method is unsupported.",
    "header-name-invalid": "Invalid name",
    "header-value-invalid": "Invalid value",
    "option-invalid": "The provided value is not a valid enum value ({detail}).",
    "body-not-allowed": "Request with GET/HEAD method cannot have body.",
    "no-cors-method": "'{detail}' is unsupported in no-cors mode.",
}
_XHR_THROWN = {
    "method-invalid": "SyntaxError: Failed to execute 'open' on 'XMLHttpRequest': {words}",
    "method-forbidden": "SecurityError: Failed to execute 'open' on 'XMLHttpRequest': {words}",
    "url-invalid": "SyntaxError: Failed to execute 'open' on 'XMLHttpRequest': Invalid URL",
    "header-name-invalid": "SyntaxError: Failed to execute 'setRequestHeader' on 'XMLHttpRequest': {words}",
    "header-value-invalid": "SyntaxError: Failed to execute 'setRequestHeader' on 'XMLHttpRequest': {words}",
}

_LOADS = {
    "no-cors-redirect-mode": 'Request mode is "no-cors" but the redirect mode is not "follow".',
    "same-origin-mode": (
        'Request mode is "same-origin" but the URL\'s origin is not same as the request origin {origin}.'
    ),
    "url-scheme": 'URL scheme "{detail}" is not supported.',
}

_NET_ERRORS = {
    "redirect-mode": "ERR_FAILED",
    "redirect-location": "ERR_INVALID_REDIRECT",
    "resource-policy": "ERR_BLOCKED_BY_RESPONSE.NotSameOrigin",
    "connection": "ERR_FAILED",
    "redirect-limit": "ERR_TOO_MANY_REDIRECTS",
    "bad-port": "ERR_UNSAFE_PORT",
    "data-url-invalid": "ERR_INVALID_URL",
    "response-malformed": "ERR_INVALID_HTTP_RESPONSE",
}

_PROXY_AUTHENTICATION = "407"
_VALID_VALUE = " Have the server send the header with a valid value."
_WITH_CREDENTIALS = (
    " The credentials mode of requests initiated by the XMLHttpRequest is controlled by the withCredentials attribute."
)
_SCHEMES = (
    "chrome, chrome-experimental-site-token-provider, chrome-extension, chrome-untrusted, data, http, https, "
    "isolated-app"
)

CHROMIUM_WORDS: dict[FailureCode, str] = {
    "allow-origin-missing": "No 'Access-Control-Allow-Origin' header is present on the requested resource.",
    "allow-origin-wildcard": (
        "The value of the 'Access-Control-Allow-Origin' header in the response must not be the wildcard '*' when the "
        "request's credentials mode is 'include'."
    ),
    "allow-origin-multiple": (
        "The 'Access-Control-Allow-Origin' header contains multiple values '{detail}', but only one is allowed."
    ),
    "allow-origin-invalid": "The 'Access-Control-Allow-Origin' header contains the invalid value '{detail}'.",
    "allow-origin-mismatch": (
        "The 'Access-Control-Allow-Origin' header has a value '{detail}' that is not equal to the supplied origin."
    ),
    "allow-credentials": (
        "The value of the 'Access-Control-Allow-Credentials' header in the response is '{detail}' which must be 'true' "
        "when the request's credentials mode is 'include'."
    ),
    "preflight-not-ok": "It does not have HTTP ok status.",
    "preflight-redirect": "Redirect is not allowed for a preflight request.",
    "allow-methods-malformed": "Cannot parse Access-Control-Allow-Methods response header field in preflight response.",
    "allow-headers-malformed": "Cannot parse Access-Control-Allow-Headers response header field in preflight response.",
    "method-not-allowed": "Method {detail} is not allowed by Access-Control-Allow-Methods in preflight response.",
    "header-not-allowed": (
        "Request header field {detail} is not allowed by Access-Control-Allow-Headers in preflight response."
    ),
    # the location is never filled in
    "redirect-with-credentials": (
        "Redirect location '' contains a username and password, which is disallowed for cross-origin requests."
    ),
    "redirect-scheme": f"Cross origin requests are only supported for protocol schemes: {_SCHEMES}.",
}

# The lines that Chromium adds for fetch() and for XMLHttpRequest.
_ADDS: dict[tuple[FailureCode, str], str] = {
    ("allow-origin-multiple", "fetch"): _VALID_VALUE,
    ("allow-origin-invalid", "fetch"): _VALID_VALUE,
    ("allow-origin-mismatch", "fetch"): _VALID_VALUE,
    ("allow-origin-wildcard", "XMLHttpRequest"): _WITH_CREDENTIALS,
    ("allow-credentials", "XMLHttpRequest"): _WITH_CREDENTIALS,
}

# For these failures Chromium adds that the response to the preflight did not pass the access control check.
_OF_THE_PREFLIGHT = frozenset({
    "allow-credentials", "allow-origin-invalid", "allow-origin-mismatch", "allow-origin-missing",
    "allow-origin-multiple", "allow-origin-wildcard", "preflight-redirect", "preflight-not-ok",
})  # fmt: skip

_APIS = {"fetch": "fetch", "xhr": "XMLHttpRequest", "xhr-upload": "XMLHttpRequest"}


def chromium_words(blocked: Blocked) -> str:
    """Return Chromium's message. If several headers are missing, Chromium names one of them; which one is not known."""
    code = blocked.failure.code
    if code in _THROWN:
        return _thrown(blocked)
    if code in _LOADS:
        return _loads(blocked)
    other = _other(blocked)
    if other is not None:
        return other
    api = _APIS.get(blocked.api, "resource")
    words = words_of(blocked)
    url = blocked.next_url if code == "redirect-scheme" and blocked.next_url else blocked.url
    redirected = "" if url == blocked.first_url else f" (redirected from '{blocked.first_url}')"
    preflight = "Response to preflight request doesn't pass access control check: "
    return (
        f"Access to {api} at '{encoded(url)}'{redirected} from origin '{blocked.origin}' has been blocked by CORS "
        f"policy: {preflight if blocked.stage == 'preflight' and code in _OF_THE_PREFLIGHT else ''}"
        f"{CHROMIUM_WORDS[code].format(**words)}{_ADDS.get((code, api), '')}"
    )


def _thrown(blocked: Blocked) -> str:
    code = blocked.failure.code
    words = _THROWN[code].format(**words_of(blocked))
    if blocked.api == "fetch" or code not in _XHR_THROWN:
        return f"Uncaught (in promise) TypeError: Failed to execute 'fetch' on 'Window': {words}"
    return f"Uncaught {_XHR_THROWN[code].format(words=words)}"


def _loads(blocked: Blocked) -> str:
    code = blocked.failure.code
    if code == "url-scheme" and blocked.api != "fetch":
        return f"{blocked.failure.detail.upper()} is not supported."
    return f"Fetch API cannot load {blocked.url}. {_LOADS[code].format(**words_of(blocked))}"


def _other(blocked: Blocked) -> str | None:
    """Return the message for failures that are not about CORS."""
    failure, error = blocked.failure, _net_error(blocked)
    if error is not None:
        return f"Failed to load resource: net::{error}"
    if failure.code == "redirect-scheme" and (blocked.next_url or "").startswith("view-source:"):
        return f"Not allowed to load local resource: {encoded(blocked.next_url or '')}"
    socket = blocked.url.replace("http", "ws", 1)
    handshake = f"WebSocket connection to '{socket}' failed: Error during WebSocket handshake"
    words = {
        "redirect-blocked": "Uncaught (in promise) TypeError: Failed to fetch",
        "eventsource-status": f"Failed to load resource: the server responded with a status of {failure.detail} ()",
        "eventsource-type": wrong_type(failure.detail or "text/plain"),
        "websocket-redirect": f"{handshake}: Unexpected response code: {blocked.status}",
    }
    return words.get(failure.code)


def _net_error(blocked: Blocked) -> str | None:
    """Return the network stack's own name for a failure."""
    failure, error = blocked.failure, _NET_ERRORS.get(blocked.failure.code)
    match failure.code:
        case "redirect-scheme" if (blocked.next_url or "").startswith("data:"):
            error = "ERR_UNSAFE_REDIRECT"
        case "redirect-location" if failure.is_repeated:
            error = "ERR_RESPONSE_HEADERS_MULTIPLE_LOCATION"
        case "resource-policy" if failure.detail == "same-site":
            error = "ERR_BLOCKED_BY_RESPONSE.NotSameSite"
        case "preflight-not-ok" if failure.detail == _PROXY_AUTHENTICATION:
            error = "ERR_UNEXPECTED_PROXY_AUTH"
        case "connection" if "host is not known" in failure.detail:
            error = "ERR_NAME_NOT_RESOLVED"
        case "connection" if "refused" in failure.detail:
            error = "ERR_CONNECTION_REFUSED"
    return error
