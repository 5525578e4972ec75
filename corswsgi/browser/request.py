"""The request that a script's call makes, or the error that it throws: everything before something is sent.

https://fetch.spec.whatwg.org/#dom-request and, for ``api="xhr"``, https://xhr.spec.whatwg.org/#the-open()-method.
"""

import json as json_format
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast, get_args
from urllib.parse import urlencode

from corswsgi.browser.engines import STANDARD, Engine
from corswsgi.browser.failure import Failure, FailureCode, NetworkError
from corswsgi.browser.headers import HeaderList, is_header_value, normalize_value
from corswsgi.browser.safelist import is_forbidden_request_header, is_no_cors_safelisted_request_header
from corswsgi.browser.url import URL, parse
from corswsgi.standard import CORS_SAFELISTED_METHODS, NORMALIZED_METHODS, is_forbidden_method, is_token

Credentials = Literal["omit", "same-origin", "include"]
Mode = Literal["cors", "no-cors", "same-origin"]
Redirect = Literal["follow", "error", "manual"]
API = Literal["fetch", "xhr", "xhr-upload"]
Tainting = Literal["basic", "cors", "opaque"]
Headers = Mapping[str, Any] | Iterable[tuple[str, Any]]
Body = str | bytes | Mapping[str, Any] | Iterable[tuple[str, Any]]

_REQUEST = "https://fetch.spec.whatwg.org/#dom-request"
_NULL_BODY_METHODS = frozenset({"GET", "HEAD"})
_MAX_BYTE = 0xFF


@dataclass(slots=True, kw_only=True)
class Request:
    """Follow https://fetch.spec.whatwg.org/#concept-request: it changes on its way, through redirects."""

    method: str
    url_list: list[URL]
    origin: str
    headers: HeaderList = field(default_factory=HeaderList)
    body: bytes | None = None
    mode: Mode = "cors"
    credentials: Credentials = "same-origin"
    redirect: Redirect = "follow"
    api: API = "fetch"
    response_tainting: Tainting = "basic"
    redirect_count: int = 0

    @property
    def current_url(self) -> URL:
        """Follow https://fetch.spec.whatwg.org/#concept-request-current-url."""
        return self.url_list[-1]

    @property
    def use_cors_preflight(self) -> bool:
        """Follow https://fetch.spec.whatwg.org/#use-cors-preflight-flag, which a listener to an upload sets."""
        return self.api == "xhr-upload"

    @property
    def serialized_origin(self) -> str:
        """Follow https://fetch.spec.whatwg.org/#byte-serializing-a-request-origin; redirects may make it null."""
        for last, url in zip(self.url_list, self.url_list[1:], strict=False):
            if url.origin != last.origin and not self.is_same_origin(last):
                return "null"
        return self.origin

    def is_same_origin(self, url: URL) -> bool:
        """Tell whether the page and `url` have the same origin; an opaque origin is no other's."""
        return self.origin == url.origin != "null"

    @property
    def includes_credentials(self) -> bool:
        """Tell whether cookies come along (https://fetch.spec.whatwg.org/#concept-http-network-or-cache-fetch)."""
        return self.credentials == "include" or (
            self.credentials == "same-origin" and self.response_tainting == "basic"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a script passes to ``fetch()``, or sets on an ``XMLHttpRequest``, as it is written there."""

    url: str
    method: str = "GET"
    headers: Headers | None = None
    body: Body | None = None
    json: Any = None
    credentials: Credentials = "same-origin"
    mode: Mode = "cors"
    redirect: Redirect = "follow"
    api: API = "fetch"

    def __post_init__(self) -> None:
        if self.body is not None and self.json is not None:
            raise ValueError("pass body or json, not both")
        if self.api not in get_args(API):
            raise ValueError(f"{self.api!r} is none of {', '.join(get_args(API))}")


def create_request(call: Call, origin: str, base: URL, engine: Engine = STANDARD) -> Request:
    """Make the request of `call`, from a page of `origin`; raises `NetworkError` where the call would throw.

    `base` is what a relative URL is relative to.
    """
    url = _checked_url(call, base)
    _check_options(call)
    method = _checked_method(call)
    request = Request(method=method, url_list=[url], origin=origin, api=call.api, credentials=call.credentials)
    if call.api == "fetch":
        request.mode, request.redirect = call.mode, call.redirect
    elif call.credentials == "omit":
        request.credentials = "same-origin"  # withCredentials is true or false
    for name, value in _pairs(call.headers):
        _append(request, name, value, engine)
    _set_body(request, call, engine)
    return request


def _thrown(code: FailureCode, reason: str, detail: str, section: str = _REQUEST) -> NetworkError:
    return NetworkError(Failure(code=code, section=section, reason=reason, detail=detail), "request")


def _checked_url(call: Call, base: URL) -> URL:
    text = call.url.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # a USVString
    url = parse(text, base)
    if url is None:
        raise _thrown("url-invalid", f"{call.url!r} is not a URL", call.url)
    if url.includes_credentials and call.api == "fetch":
        raise _thrown("url-with-credentials", "fetch() takes no URL with a user or a password in it", call.url)
    return url


def _check_options(call: Call) -> None:
    for option, value, allowed in (
        ("credentials", call.credentials, Credentials),
        ("mode", call.mode, Mode),
        ("redirect", call.redirect, Redirect),
    ):
        if value not in get_args(allowed):
            reason = f"{value!r} is no {option} mode: {', '.join(get_args(allowed))}"
            raise _thrown("option-invalid", reason, f"{option}: {value}")


def _checked_method(call: Call) -> str:
    """Follow https://fetch.spec.whatwg.org/#concept-method-normalize, and what comes before it."""
    method = call.method
    if not is_token(method):
        raise _thrown("method-invalid", f"{method!r} is no token, and so no method", method)
    if is_forbidden_method(method):
        section = "https://fetch.spec.whatwg.org/#forbidden-method"
        raise _thrown("method-forbidden", f"{method} is a forbidden method", method, section)
    if method.upper() in NORMALIZED_METHODS:
        method = method.upper()
    if call.api == "fetch" and call.mode == "no-cors" and method not in CORS_SAFELISTED_METHODS:
        raise _thrown("no-cors-method", f"{method} is no CORS-safelisted method, and the mode is no-cors", method)
    return method


def _pairs(headers: Headers | None) -> Iterable[tuple[str, Any]]:
    if headers is None:
        return ()
    return headers.items() if isinstance(headers, Mapping) else headers


def _append(request: Request, name: str, value: object, engine: Engine) -> None:
    """Follow https://fetch.spec.whatwg.org/#concept-headers-append and https://xhr.spec.whatwg.org/#dom-xmlhttprequest-setrequestheader."""
    section = "https://fetch.spec.whatwg.org/#concept-headers-append"
    text = normalize_value(str(value))
    if not is_token(name):
        raise _thrown("header-name-invalid", f"{name!r} is no token, and so no header's name", name, section)
    if not is_header_value(text) or any(ord(char) > _MAX_BYTE for char in text):
        raise _thrown("header-value-invalid", f"{text!r} cannot be the value of {name}", name, section)
    if is_forbidden_request_header(name, text, engine):
        return
    existing = request.headers.get(name)
    combined = text if existing is None else f"{existing}, {text}"
    if request.mode == "no-cors" and not is_no_cors_safelisted_request_header(name, combined):
        return
    if request.api != "fetch" and existing is not None:
        request.headers[:] = [(n, combined if n.lower() == name.lower() else v) for n, v in request.headers]
    else:
        request.headers.add(name, text)


def _set_body(request: Request, call: Call, engine: Engine) -> None:
    """Follow https://fetch.spec.whatwg.org/#concept-bodyinit-extract."""
    body, content_type = _extracted(call)
    if body is None:
        return
    if request.method in _NULL_BODY_METHODS:
        if request.api == "fetch":
            raise _thrown("body-not-allowed", f"a request with the method {request.method} has no body", request.method)
        return
    request.body = body
    if content_type and not request.headers.has("Content-Type"):
        _append(request, "Content-Type", content_type, engine)


def _extracted(call: Call) -> tuple[bytes | None, str | None]:
    if call.json is not None:
        text = json_format.dumps(call.json, ensure_ascii=False, separators=(",", ":"))
        return text.encode(), "application/json"
    if call.body is None or isinstance(call.body, bytes):
        return call.body, None
    if isinstance(call.body, str):
        return call.body.encode(), "text/plain;charset=UTF-8"
    fields = cast("Mapping[str, Any] | list[tuple[str, Any]]", call.body)
    return urlencode(fields, doseq=False).encode(), "application/x-www-form-urlencoded;charset=UTF-8"
