"""Responses, and what of them a script sees: https://fetch.spec.whatwg.org/#concept-filtered-response."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from corswsgi.browser.headers import HeaderList, MalformedError, extract_tokens
from corswsgi.browser.request import Request
from corswsgi.standard import CORS_SAFELISTED_RESPONSE_HEADER_NAMES, FORBIDDEN_RESPONSE_HEADER_NAMES, OK_STATUSES

ResponseType = Literal["basic", "cors", "opaque", "opaqueredirect", "error"]


@dataclass(slots=True, kw_only=True)
class Response:
    """Follow https://fetch.spec.whatwg.org/#concept-response, as it came: nothing is filtered yet.

    ``error`` is what a WSGI application raised in place of answering; its server would have sent a plain 500.
    """

    status: int
    headers: HeaderList
    body: bytes = b""
    type: ResponseType = "basic"
    error: Exception | None = None


class ReadableHeaders(Mapping[str, str]):
    """The headers that a script may read. Names are looked up in any case, several values are joined with a comma."""

    def __init__(self, headers: HeaderList) -> None:
        self._headers = headers

    def __getitem__(self, name: str) -> str:
        value = self._headers.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._headers.names())

    def __len__(self) -> int:
        return len(self._headers.names())

    def __repr__(self) -> str:
        return f"ReadableHeaders({dict(self)!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What ``fetch()`` gives to a script. An opaque reply has the status 0, no headers and no body."""

    status: int
    type: ResponseType
    url: str
    headers: ReadableHeaders = field(default_factory=lambda: ReadableHeaders(HeaderList()))
    body: bytes = b""

    @property
    def ok(self) -> bool:
        """Follow https://fetch.spec.whatwg.org/#dom-response-ok."""
        return self.status in OK_STATUSES

    def text(self) -> str:
        """Follow https://fetch.spec.whatwg.org/#dom-body-text: always UTF-8."""
        return self.body.decode("utf-8-sig", "replace")

    def json(self) -> Any:
        """Follow https://fetch.spec.whatwg.org/#dom-body-json; raises ``ValueError`` where the body is none."""
        return json.loads(self.text())


def response_type(request: Request, response: Response) -> ResponseType:
    """Tell how a response is filtered: https://fetch.spec.whatwg.org/#main-fetch, the step after the fetch."""
    return response.type if response.type == "opaqueredirect" else request.response_tainting


def readable_header_names(request: Request, response: Response) -> frozenset[str]:
    """Give the names of those headers of `response` that a script may read, in lower case.

    https://fetch.spec.whatwg.org/#concept-filtered-response-basic and what stands below it.
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


def reply(request: Request, response: Response) -> Reply:
    """Filter `response` for the script that sent `request`."""
    kind = response_type(request, response)
    url = request.current_url.sent
    if kind in {"opaque", "opaqueredirect"}:
        return Reply(status=0, type=kind, url=url if kind == "opaqueredirect" else "")
    names = readable_header_names(request, response)
    headers = HeaderList((name, value) for name, value in response.headers if name.lower() in names)
    return Reply(status=response.status, type=kind, url=url, headers=ReadableHeaders(headers), body=response.body)
