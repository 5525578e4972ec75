# ruff: noqa: RUF001  (the quotation marks are Firefox')
"""What an engine's console says when it blocks: Chromium's words as seen, Firefox' and WebKit's as documented."""

from collections.abc import Callable
from dataclasses import dataclass

from corswsgi.browser.engines import EngineName
from corswsgi.browser.failure import Failure, FailureCode, Stage
from corswsgi.browser.request import Initiator


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """A failure and what a console says of the fetch that failed: its page, its first and its last URL."""

    failure: Failure
    stage: Stage
    origin: str
    url: str
    first_url: str
    status: int | None
    api: Initiator


def console_message(engine: EngineName, blocked: Blocked) -> str:
    """Return the console's words: several lines where the engine writes several.

    A redirect that was not followed because the caller did not name its host has our words, whatever the engine.
    """
    return _CONSOLES["standard" if blocked.failure.code == "redirect-elsewhere" else engine](blocked)


def _standard(blocked: Blocked) -> str:
    """Speak for the standard, which has no words of its own: these are ours."""
    where = {"request": "before anything was sent", "preflight": "at the preflight", "response": "at the response"}
    return (
        f"{blocked.origin} may not read {blocked.url}: blocked {where[blocked.stage]}, "
        f"because {_encoded(blocked.failure.reason)}."
    )


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

_CHROMIUM_LOADS = {
    "no-cors-redirect-mode": 'Request mode is "no-cors" but the redirect mode is not "follow".',
    "same-origin-mode": (
        'Request mode is "same-origin" but the URL\'s origin is not same as the request origin {origin}.'
    ),
    "url-scheme": 'URL scheme "{detail}" is not supported.',
}

_CHROMIUM_NET_ERRORS = {
    "redirect-mode": "ERR_FAILED",
    "redirect-location": "ERR_INVALID_REDIRECT",
    "redirect-scheme": "ERR_UNSAFE_REDIRECT",
    "redirect-limit": "ERR_TOO_MANY_REDIRECTS",
    "bad-port": "ERR_UNSAFE_PORT",
    "data-url-invalid": "ERR_INVALID_URL",
    "resource-policy": "ERR_BLOCKED_BY_RESPONSE.NotSameOrigin",
    "connection": "ERR_FAILED",
}

_VALID_VALUE = " Have the server send the header with a valid value."
_WITH_CREDENTIALS = (
    " The credentials mode of requests initiated by the XMLHttpRequest is controlled by the withCredentials attribute."
)

_CHROMIUM: dict[FailureCode, str] = {
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
}

# What Chromium adds for fetch(), and for XMLHttpRequest.
_CHROMIUM_ADDS: dict[tuple[FailureCode, str], str] = {
    ("allow-origin-multiple", "fetch"): _VALID_VALUE,
    ("allow-origin-invalid", "fetch"): _VALID_VALUE,
    ("allow-origin-mismatch", "fetch"): _VALID_VALUE,
    ("allow-origin-wildcard", "XMLHttpRequest"): _WITH_CREDENTIALS,
    ("allow-credentials", "XMLHttpRequest"): _WITH_CREDENTIALS,
}

# Of these Chromium says that the preflight's answer did not pass the check, of the others it does not.
_OF_THE_PREFLIGHT = frozenset({
    "allow-credentials", "allow-origin-invalid", "allow-origin-mismatch", "allow-origin-missing",
    "allow-origin-multiple", "allow-origin-wildcard", "preflight-redirect", "preflight-not-ok",
})  # fmt: skip


def _chromium(blocked: Blocked) -> str:
    code, api = blocked.failure.code, "fetch" if blocked.api == "fetch" else "XMLHttpRequest"
    words = {"detail": _encoded(blocked.failure.detail), "origin": blocked.origin}
    if code in _THROWN:
        call = "'fetch' on 'Window'" if api == "fetch" else "'open' on 'XMLHttpRequest'"
        return f"Uncaught (in promise) TypeError: Failed to execute {call}: {_THROWN[code].format(**words)}"
    if code in _CHROMIUM_LOADS:
        return f"Fetch API cannot load {blocked.url}. {_CHROMIUM_LOADS[code].format(**words)}"
    if code in _CHROMIUM_NET_ERRORS:
        return f"Failed to load resource: net::{_CHROMIUM_NET_ERRORS[code]}"
    if code == "redirect-blocked":
        return (
            "Subresource requests whose URLs contain embedded credentials (e.g. `https://user:pass@host/`) are blocked."
        )
    if code == "eventsource-status":
        return f"Failed to load resource: the server responded with a status of {words['detail']} ()"
    if code == "eventsource-type":
        return (
            f'EventSource\'s response has a MIME type ("{words["detail"]}") that is not "text/event-stream". '
            "Aborting the connection."
        )
    if code == "websocket-redirect":
        return f"WebSocket connection to '{blocked.url}' failed: Error during WebSocket handshake"
    redirected = "" if blocked.url == blocked.first_url else f" (redirected from '{blocked.first_url}')"
    preflight = "Response to preflight request doesn't pass access control check: "
    return (
        f"Access to {api} at '{blocked.url}'{redirected} from origin '{blocked.origin}' has been blocked by CORS "
        f"policy: {preflight if blocked.stage == 'preflight' and code in _OF_THE_PREFLIGHT else ''}"
        f"{_CHROMIUM[code].format(**words)}{_CHROMIUM_ADDS.get((code, api), '')}"
    )


def _encoded(text: str) -> str:
    r"""Write what does not print as ``\u000B``, as Chromium does: one line, and nothing that a terminal obeys."""
    return "".join(char if " " <= char <= "~" else f"\\u{ord(char):04X}" for char in text)


_FIREFOX: dict[FailureCode, str] = {
    "allow-origin-missing": "CORS header ‘Access-Control-Allow-Origin’ missing). Status code: {status}",
    "allow-origin-wildcard": ("Credential is not supported if the CORS header ‘Access-Control-Allow-Origin’ is ‘*’)"),
    "allow-origin-multiple": "Multiple CORS header ‘Access-Control-Allow-Origin’ not allowed)",
    "allow-origin-invalid": "CORS header ‘Access-Control-Allow-Origin’ does not match ‘{detail}’)",
    "allow-origin-mismatch": "CORS header ‘Access-Control-Allow-Origin’ does not match ‘{detail}’)",
    "allow-credentials": "expected ‘true’ in CORS header ‘Access-Control-Allow-Credentials’)",
    "preflight-not-ok": "CORS preflight response did not succeed). Status code: {status}",
    "preflight-redirect": "CORS request external redirect not allowed)",
    "allow-methods-malformed": "invalid token ‘{detail}’ in CORS header ‘Access-Control-Allow-Methods’)",
    "allow-headers-malformed": "invalid token ‘{detail}’ in CORS header ‘Access-Control-Allow-Headers’)",
    "method-not-allowed": "Did not find method in CORS header ‘Access-Control-Allow-Methods’)",
    "header-not-allowed": (
        "header ‘{detail}’ is not allowed according to header ‘Access-Control-Allow-Headers’ from CORS preflight "
        "response)"
    ),
    "redirect-with-credentials": "CORS request external redirect not allowed)",
    "redirect-scheme": "CORS request not http)",
    "url-scheme": "CORS request not http)",
    "connection": "CORS request did not succeed). Status code: {status}",
}


def _firefox(blocked: Blocked) -> str:
    code = blocked.failure.code
    if code in _THROWN:
        return f"Uncaught (in promise) TypeError: {_THROWN[code].format(detail=_encoded(blocked.failure.detail))}"
    if code not in _FIREFOX:
        return "Uncaught (in promise) TypeError: NetworkError when attempting to fetch resource."
    words = {"detail": _encoded(blocked.failure.detail), "status": blocked.status or "(null)"}
    return (
        "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at "
        f"{blocked.url}. (Reason: {_FIREFOX[code].format(**words)}."
    )


_WEBKIT: dict[FailureCode, str] = {
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
    "header-not-allowed": "Request header field {detail} is not allowed by Access-Control-Allow-Headers.",
}


def _webkit(blocked: Blocked) -> str:
    code = blocked.failure.code
    words = {
        "detail": _encoded(blocked.failure.detail),
        "origin": blocked.origin,
        "status": 0 if blocked.status is None else blocked.status,
    }
    if code in _THROWN:
        return f"Unhandled Promise Rejection: TypeError: {_THROWN[code].format(**words)}"
    api = "Fetch API" if blocked.api == "fetch" else "XMLHttpRequest"
    last = f"{api} cannot load {blocked.url} due to access control checks."
    return f"{_WEBKIT[code].format(**words)}\n{last}" if code in _WEBKIT else last


_CONSOLES: dict[EngineName, Callable[[Blocked], str]] = {
    "standard": _standard,
    "chromium": _chromium,
    "firefox": _firefox,
    "webkit": _webkit,
}
