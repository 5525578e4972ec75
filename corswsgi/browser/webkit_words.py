"""WebKit's console, word for word as seen in WebKitGTK 2.50 (``tests/real_browsers/consoles.json``)."""

from corswsgi.browser.blocked import Blocked, encoded, words_of, wrong_type
from corswsgi.browser.failure import FailureCode
from corswsgi.standard import OK_STATUSES

_THROWN = {
    "url-invalid": "URL is not valid or contains user credentials.",
    "url-with-credentials": "URL is not valid or contains user credentials.",
    "method-invalid": "Method is not a valid HTTP token.",
    "method-forbidden": "Method is forbidden.",
    "header-name-invalid": "Invalid header name: '{detail}'",
    "header-value-invalid": "Header '{detail}' has invalid value: '{element}'",
    "option-invalid": "Type error ({detail})",
    "body-not-allowed": "Request has method '{detail}' and cannot have a body",
    "no-cors-method": "Method must be GET, POST or HEAD in no-cors mode.",
}
_XHR_THROWN = {
    "method-forbidden": "SecurityError: The operation is insecure.",
    "method-invalid": "SyntaxError: The string did not match the expected pattern.",
    "url-invalid": "SyntaxError: The string did not match the expected pattern.",
    "header-name-invalid": "SyntaxError: The string did not match the expected pattern.",
    "header-value-invalid": "SyntaxError: The string did not match the expected pattern.",
}

WEBKIT_WORDS: dict[FailureCode, str] = {
    "allow-origin-missing": "Origin {origin} is not allowed by Access-Control-Allow-Origin. Status code: {status}",
    "allow-origin-wildcard": "Cannot use wildcard in Access-Control-Allow-Origin when credentials flag is true.",
    "allow-origin-multiple": "Access-Control-Allow-Origin cannot contain more than one origin.",
    "allow-origin-invalid": "Origin {origin} is not allowed by Access-Control-Allow-Origin. Status code: {status}",
    "allow-origin-mismatch": "Origin {origin} is not allowed by Access-Control-Allow-Origin. Status code: {status}",
    "allow-credentials": 'Credentials flag is true, but Access-Control-Allow-Credentials is not "true".',
    "preflight-not-ok": "Preflight response is not successful. Status code: {status}",
    "preflight-redirect": "Preflight response is not successful. Status code: {status}",
    "allow-methods-malformed": "Header Access-Control-Allow-Methods has an invalid value: {detail}",
    "allow-headers-malformed": "Header Access-Control-Allow-Headers has an invalid value: {detail}",
    "method-not-allowed": "Method {detail} is not allowed by Access-Control-Allow-Methods.",
    "header-not-allowed": "Request header field {element} is not allowed by Access-Control-Allow-Headers.",
    "url-scheme": "Cross origin requests are only supported for HTTP.",
    "redirect-with-credentials": "redirection URL {next} has credentials",
    "redirect-scheme": "not allowed to follow a cross-origin CORS redirection with non CORS scheme",
    "redirect-limit": "Load cannot follow more than 20 redirections",
    "redirect-mode": "Not allowed to follow a redirection while loading {url}",
    "resource-policy": (
        "Cancelled load to {url} because it violates the resource's Cross-Origin-Resource-Policy response header."
    ),
    "no-cors-redirect-mode": "No-Cors mode requires follow redirect mode\nNot allowed to request resource",
}

_ALONE = {
    "bad-port": "Not allowed to use restricted network port {detail}: {url}",
    "response-malformed": "Unhandled Promise Rejection: TypeError: Load failed",
}

# If a redirect fails, these follow the URL that it leads to.
_OF_A_REDIRECT = frozenset({
    "allow-origin-missing", "allow-origin-wildcard", "allow-origin-multiple", "allow-origin-invalid",
    "allow-origin-mismatch", "allow-credentials", "redirect-with-credentials", "redirect-scheme",
})  # fmt: skip

_APIS = {"fetch": "Fetch API", "eventsource": "EventSource"}


def webkit_words(blocked: Blocked) -> str:
    """Return WebKit's message: usually the reason, then the URL on a second line."""
    code = _code(blocked)
    words = words_of(blocked) | {"status": blocked.status or 0, "origin": blocked.request_origin or blocked.origin}
    if code in _THROWN:
        if blocked.api != "fetch" and code in _XHR_THROWN:
            return _XHR_THROWN[code]
        return f"Unhandled Promise Rejection: TypeError: {_THROWN[code].format(**words)}"
    if code in _ALONE:
        return _ALONE[code].format(**words)
    if code == "eventsource-type":
        return wrong_type(blocked.failure.detail or "application/octet-stream")
    api = _APIS.get(blocked.api, "XMLHttpRequest")
    if code in {"same-origin-mode", "data-url-invalid"}:
        return f"{api} cannot load {blocked.url}."
    last = f"{api} cannot load {blocked.url} due to access control checks."
    return f"{_reason(blocked, WEBKIT_WORDS[code].format(**words))}\n{last}" if code in WEBKIT_WORDS else last


def _code(blocked: Blocked) -> FailureCode:
    """Return the failure that WebKit reports: a preflight's status first, and several origins if there is a comma."""
    code = blocked.failure.code
    if blocked.stage == "preflight" and blocked.status is not None and blocked.status not in OK_STATUSES:
        return "preflight-not-ok"
    if code == "allow-origin-multiple" and "," not in blocked.failure.detail:
        return "allow-origin-mismatch"
    return code


def _reason(blocked: Blocked, said: str) -> str:
    code, next_url = blocked.failure.code, blocked.next_url or ""
    if code == "redirect-scheme" and next_url.startswith("ftp:"):
        return "FTP URLs are disabled"
    if not blocked.is_hop or code not in _OF_A_REDIRECT:
        return said
    where = encoded(_without_userinfo(next_url))
    return f"Cross-origin redirection to {where} denied by Cross-Origin Resource Sharing policy: {said}"


def _without_userinfo(url: str) -> str:
    scheme, mark, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}{mark}{authority.rpartition('@')[2]}{slash}{path}"
