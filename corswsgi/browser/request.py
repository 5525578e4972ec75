"""The request that a script's call makes, or the error that it throws before anything is sent.

https://fetch.spec.whatwg.org/#dom-request; for XMLHttpRequest https://xhr.spec.whatwg.org/#the-open()-method; for
EventSource https://html.spec.whatwg.org/#server-sent-events; for beacons https://w3c.github.io/beacon/.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from corswsgi.browser.body import Body, Files, extract, scalar
from corswsgi.browser.engines import STANDARD, Engine
from corswsgi.browser.failure import Failure, FailureCode, NetworkError
from corswsgi.browser.headers import HeaderList, is_header_value, normalize_value
from corswsgi.browser.mime import rewrite_charset
from corswsgi.browser.referrer import DEFAULT_POLICY, ReferrerPolicy
from corswsgi.browser.safelist import (
    is_cors_safelisted_request_header,
    is_forbidden_request_header,
    is_no_cors_safelisted_request_header,
)
from corswsgi.browser.url import URL, parse
from corswsgi.standard import CORS_SAFELISTED_METHODS, NORMALIZED_METHODS, is_forbidden_method, is_token

Credentials = Literal["omit", "same-origin", "include"]
Mode = Literal["cors", "no-cors", "same-origin"]
Redirect = Literal["follow", "error", "manual"]
API = Literal["fetch", "xhr", "xhr-upload", "eventsource", "beacon"]
Tainting = Literal["basic", "cors", "opaque"]
Headers = Mapping[str, Any] | Iterable[tuple[str, Any]]
# the API that makes a request: a script's call, `Page.submit` or `Page.open_websocket`
Initiator = API | Literal["form", "websocket"]
RequestMode = Mode | Literal["navigate", "websocket"]

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
    mode: RequestMode = "cors"
    credentials: Credentials = "same-origin"
    redirect: Redirect = "follow"
    api: Initiator = "fetch"
    referrer_policy: ReferrerPolicy = DEFAULT_POLICY
    response_tainting: Tainting = "basic"
    redirect_count: int = 0
    method_changed: bool = False
    ignores_upload_listener: bool = False
    is_preflight: bool = False

    @property
    def current_url(self) -> URL:
        """Follow https://fetch.spec.whatwg.org/#concept-request-current-url."""
        return self.url_list[-1]

    @property
    def use_cors_preflight(self) -> bool:
        """Follow https://fetch.spec.whatwg.org/#use-cors-preflight-flag, which a listener to an upload sets."""
        return self.api == "xhr-upload" and not self.ignores_upload_listener

    @property
    def destination(self) -> str:
        """Follow https://fetch.spec.whatwg.org/#concept-request-destination, as Sec-Fetch-Dest writes it."""
        return "document" if self.mode == "navigate" else "empty"

    @property
    def serialized_origin(self) -> str:
        """Follow https://fetch.spec.whatwg.org/#byte-serializing-a-request-origin; redirects may make it null."""
        for last, url in zip(self.url_list, self.url_list[1:], strict=False):
            if url.origin != last.origin and not self.is_same_origin(last):
                return "null"
        return self.origin

    def is_same_origin(self, url: URL) -> bool:
        """Return whether the page and `url` have the same origin; an opaque origin equals no other."""
        return self.origin == url.origin != "null"

    @property
    def includes_credentials(self) -> bool:
        """Return whether cookies come along (https://fetch.spec.whatwg.org/#concept-http-network-or-cache-fetch)."""
        return self.credentials == "include" or (
            self.credentials == "same-origin" and self.response_tainting == "basic"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """The arguments that a script passes to ``fetch()``, or sets on an ``XMLHttpRequest``, as it is written there."""

    url: str
    method: str = "GET"
    headers: Headers | None = None
    body: Body | None = None
    json: Any = None
    files: Files | None = None
    credentials: Credentials = "same-origin"
    mode: Mode = "cors"
    redirect: Redirect = "follow"
    api: API = "fetch"

    def __post_init__(self) -> None:
        if self.json is not None and not (self.body is None and self.files is None):
            raise ValueError("pass body or json, not both" if self.files is None else "pass files or json, not both")
        if self.files is not None and isinstance(self.body, str | bytes):
            raise ValueError("with files, body must be the other fields of the form: a mapping or pairs")
        if self.api not in get_args(API):
            raise ValueError(f"{self.api!r} is none of {', '.join(get_args(API))}")
        if self.api == "eventsource" and (self.headers or self.content or self.method.upper() != "GET"):
            raise ValueError("an EventSource sends a GET, with no headers and no body of the script's own")
        if self.api == "beacon" and self.headers:
            raise ValueError("a beacon has no headers of the script's own")

    @property
    def content(self) -> bool:
        """Return whether there is a body."""
        return not (self.body is None and self.json is None and self.files is None)


def create_request(call: Call, origin: str, base: URL, engine: Engine = STANDARD) -> Request:
    """Make the request of `call`, from a page of `origin`; raises `NetworkError` where the call would throw.

    `base` is the base of relative URLs. Raises ``TypeError`` or ``ValueError`` for a body that cannot be encoded.
    """
    url = checked_url(call.url, base, engine, allows_userinfo=call.api != "fetch")
    _check_options(call)
    method = "POST" if call.api == "beacon" else _checked_method(call)
    request = Request(method=method, url_list=[url], origin=origin, api=call.api, credentials=call.credentials)
    if call.api == "fetch":
        request.mode, request.redirect = call.mode, call.redirect
    elif call.api == "beacon":
        request.credentials = "include"
    elif call.credentials == "omit":
        request.credentials = "same-origin"  # withCredentials is true or false
    request.ignores_upload_listener = method in _NULL_BODY_METHODS and not engine.upload_listeners_preflight_get
    for name, value in _pairs(call.headers):
        _append(request, name, value, engine)
    if call.api == "eventsource":
        request.headers = HeaderList([("Accept", "text/event-stream")])
    _set_body(request, call, engine)
    return request


def thrown(code: FailureCode, reason: str, detail: str, section: str = _REQUEST, *, element: str = "") -> NetworkError:
    """Return the error of a call that throws before anything is sent."""
    return NetworkError(Failure(code=code, section=section, reason=reason, detail=detail, element=element), "request")


def checked_url(text: str, base: URL, engine: Engine, *, allows_userinfo: bool) -> URL:
    """Parse the URL that a script passes. Raises `NetworkError`."""
    url = parse(scalar(text), base, takes_bad_punycode=engine.takes_bad_punycode)
    if url is None:
        raise thrown("url-invalid", f"{text!r} is not a URL", text)
    if url.includes_credentials and not allows_userinfo:
        raise thrown("url-with-credentials", "fetch() takes no URL with a user or a password in it", text)
    return url


def _check_options(call: Call) -> None:
    for option, value, allowed in (
        ("credentials", call.credentials, Credentials),
        ("mode", call.mode, Mode),
        ("redirect", call.redirect, Redirect),
    ):
        if value not in get_args(allowed):
            reason = f"{value!r} is not a {option} mode: {', '.join(get_args(allowed))}"
            raise thrown("option-invalid", reason, f"{option}: {value}")


def _checked_method(call: Call) -> str:
    """Follow https://fetch.spec.whatwg.org/#concept-method-normalize, and the step before it."""
    method = call.method
    if not is_token(method):
        raise thrown("method-invalid", f"{method!r} is not a token, so it is not a method", method)
    if is_forbidden_method(method):
        section = "https://fetch.spec.whatwg.org/#forbidden-method"
        raise thrown("method-forbidden", f"{method} is a forbidden method", method, section)
    if method.upper() in NORMALIZED_METHODS:
        method = method.upper()
    if call.api == "fetch" and call.mode == "no-cors" and method not in CORS_SAFELISTED_METHODS:
        raise thrown("no-cors-method", f"{method} is not a CORS-safelisted method, and the mode is no-cors", method)
    return method


def _pairs(headers: Headers | None) -> Iterable[tuple[str, Any]]:
    if headers is None:
        return ()
    return headers.items() if isinstance(headers, Mapping) else headers


def _append(request: Request, name: object, value: object, engine: Engine) -> None:
    """Follow https://fetch.spec.whatwg.org/#concept-headers-append and https://xhr.spec.whatwg.org/#dom-xmlhttprequest-setrequestheader."""
    section = "https://fetch.spec.whatwg.org/#concept-headers-append"
    name, text = str(name), normalize_value(str(value))
    if not is_token(name):
        raise thrown("header-name-invalid", f"{name!r} is not a token, so it is not a header name", name, section)
    if not is_header_value(text) or any(ord(char) > _MAX_BYTE for char in text):
        raise thrown("header-value-invalid", f"{text!r} cannot be the value of {name}", name, section, element=text)
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
    body, content_type = extract(call.body, call.json, call.files)
    if call.api == "beacon":
        is_safe = not content_type or is_cors_safelisted_request_header("Content-Type", content_type, engine)
        request.mode = "no-cors" if is_safe else "cors"
    if body is None:
        return
    if request.method in _NULL_BODY_METHODS:
        if request.api == "fetch":
            raise thrown("body-not-allowed", f"a request with the method {request.method} has no body", request.method)
        return
    request.body = body
    given = request.headers.get("Content-Type")
    if content_type and given is None:
        _append(request, "Content-Type", content_type, engine)
    elif given is not None and request.api != "fetch" and isinstance(call.body, str):
        written = rewrite_charset(given, engine.xhr_charset)
        request.headers[:] = [(n, written if n.lower() == "content-type" else v) for n, v in request.headers]
