"""Responses, and which of their headers a script may read: https://fetch.spec.whatwg.org/#concept-filtered-response."""

from dataclasses import dataclass
from typing import Literal

from corswsgi.browser.headers import HeaderList, MalformedError, extract_tokens
from corswsgi.browser.request import Request
from corswsgi.standard import CORS_SAFELISTED_RESPONSE_HEADER_NAMES, FORBIDDEN_RESPONSE_HEADER_NAMES

ResponseType = Literal["basic", "cors", "opaque", "opaqueredirect", "error"]


@dataclass(slots=True, kw_only=True)
class Response:
    """Follow https://fetch.spec.whatwg.org/#concept-response, not yet filtered.

    ``error`` is the exception that a WSGI application raised. ``is_cut`` is true if it had sent its headers before, so
    that only the body ends early. Otherwise this is the plain 500 that its server would have sent.
    """

    status: int
    headers: HeaderList
    body: bytes = b""
    type: ResponseType = "basic"
    error: Exception | None = None
    is_cut: bool = False


def response_type(request: Request, response: Response) -> ResponseType:
    """Return how a response is filtered: https://fetch.spec.whatwg.org/#main-fetch, the step after the fetch."""
    return response.type if response.type == "opaqueredirect" else request.response_tainting


def readable_header_names(request: Request, response: Response) -> frozenset[str]:
    """Return the names of those headers of `response` that a script may read, in lower case.

    https://fetch.spec.whatwg.org/#concept-filtered-response-basic and the definitions below it.
    """
    present = frozenset(name.lower() for name, _ in response.headers)
    match response_type(request, response):
        case "basic":
            return present - FORBIDDEN_RESPONSE_HEADER_NAMES
        case "cors":
            exposed = cors_exposed_header_names(response.headers)
            everything = present if "*" in exposed and request.credentials != "include" else frozenset()
            readable = CORS_SAFELISTED_RESPONSE_HEADER_NAMES | exposed | everything
            return (present & readable) - FORBIDDEN_RESPONSE_HEADER_NAMES
        case _:
            return frozenset()


def cors_exposed_header_names(headers: HeaderList) -> frozenset[str]:
    """Follow https://fetch.spec.whatwg.org/#concept-response-cors-exposed-header-name-list, in lower case."""
    try:
        return frozenset(name.lower() for name in extract_tokens(headers, "Access-Control-Expose-Headers") or ())
    except MalformedError:
        return frozenset()
