"""Changes that would let a blocked fetch pass: one line for each code."""

from collections.abc import Callable

from corswsgi.browser.failure import Failure, FailureCode, Stage
from corswsgi.browser.request import Request


def fix_for(failure: Failure, stage: Stage, request: Request | None) -> str:
    """Return, in one line, the change that the server's response or the script's call needs."""
    if request is None or failure.code not in {*_LISTS, *_OF_THE_SERVER}:
        return _OF_THE_SCRIPT[failure.code].format(detail=failure.detail)
    method = "OPTIONS" if stage == "preflight" else request.method
    answer = f"the answer to {method} {request.current_url.sent} must "
    if failure.code in _LISTS:
        return answer + _whole_list(failure, request)
    detail = ", ".join(failure.names) or failure.detail
    return answer + _OF_THE_SERVER[failure.code](request, detail)


def _allow_origin(request: Request, _detail: str) -> str:
    line = f"have exactly one Access-Control-Allow-Origin: {request.serialized_origin}"
    return f"{line} and Access-Control-Allow-Credentials: true" if request.credentials == "include" else line


# Who writes only what is missing loses what the list has
_LISTS: dict[FailureCode, str] = {
    "method-not-allowed": "name the method{s}{too}: Access-Control-Allow-Methods",
    "header-not-allowed": "name the header{s}{too}: Access-Control-Allow-Headers",
}


def _whole_list(failure: Failure, request: Request) -> str:
    names = failure.names or (failure.detail,)
    listed = [name for name in failure.listed if name != "*" or request.credentials != "include"]
    too = f" {', '.join(names)}, too" if listed else ""
    answer = _LISTS[failure.code].format(s="s" if len(names) > 1 else "", too=too)
    return f"{answer}: {', '.join(dict.fromkeys((*listed, *names)))}"


_OF_THE_SERVER: dict[FailureCode, Callable[[Request, str], str]] = {
    "allow-origin-missing": _allow_origin,
    "allow-origin-wildcard": _allow_origin,
    "allow-origin-multiple": _allow_origin,
    "allow-origin-invalid": _allow_origin,
    "allow-origin-mismatch": _allow_origin,
    "allow-credentials": lambda _request, _detail: "have Access-Control-Allow-Credentials: true",
    "preflight-redirect": lambda _request, detail: (
        f"have status 204 itself: browsers never follow a preflight to {detail}"
    ),
    "preflight-not-ok": lambda _request, detail: f"have the status 204, or another from 200 to 299: it has {detail}",
    "allow-methods-malformed": lambda _request, _detail: (
        "list methods in Access-Control-Allow-Methods with commas between them"
    ),
    "allow-headers-malformed": lambda _request, _detail: (
        "list names in Access-Control-Allow-Headers with commas between them"
    ),
    "redirect-mode": lambda _request, _detail: "not be a redirect; otherwise call with redirect='follow'",
    "redirect-location": lambda _request, detail: f"have one Location that is a URL: it has {detail!r}",
    "redirect-scheme": lambda _request, _detail: "have a Location of http: or https:",
    "redirect-limit": lambda _request, _detail: "end the redirects: 20 are followed",
    "redirect-with-credentials": lambda _request, _detail: "have a Location without a user and a password",
    "redirect-blocked": lambda _request, _detail: "have a Location without a user and a password",
    "resource-policy": lambda _request, _detail: "have Cross-Origin-Resource-Policy: cross-origin",
    "response-malformed": lambda _request, detail: f"not have a NUL in the header {detail}",
    "eventsource-status": lambda _request, detail: f"have the status 200: it has {detail}",
    "eventsource-type": lambda _request, _detail: "have Content-Type: text/event-stream",
    "websocket-redirect": lambda _request, _detail: "not be a redirect: a WebSocket follows none",
    "redirect-elsewhere": lambda _request, detail: f"not lead to another host, or ask {detail} yourself",
    "connection": lambda _request, detail: f"come at all: {detail}",
}

_OF_THE_SCRIPT: dict[FailureCode, str] = {
    "url-invalid": "pass a URL, or a path",
    "url-with-credentials": "send the user and the password in an Authorization header",
    "url-scheme": "pass a URL of http: or https:",
    "method-invalid": "pass a method: letters, digits and hyphens",
    "method-forbidden": "use another method: browsers never send {detail}",
    "header-name-invalid": "pass a header's name: letters, digits and hyphens",
    "header-value-invalid": "pass a value of one line and of latin-1 characters for {detail}",
    "option-invalid": "pass one of the values that the standard knows",
    "body-not-allowed": "send no body with {detail}, or use POST",
    "no-cors-method": "drop mode='no-cors': it only sends GET, HEAD and POST",
    "no-cors-redirect-mode": "drop mode='no-cors', or follow redirects",
    "same-origin-mode": "drop mode='same-origin'",
    "bad-port": "serve on another port than {detail}, which browsers block; 8000 or 8080 will do",
    "data-url-invalid": "write the data: URL with a comma, and with valid base64 after ;base64",
}
