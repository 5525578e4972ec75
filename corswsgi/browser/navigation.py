"""The requests that CORS does not check: submitted forms and the handshakes of WebSockets."""

from dataclasses import dataclass, replace

from corswsgi.browser.body import Encoding, Fields, Files, encode_form
from corswsgi.browser.engines import Engine
from corswsgi.browser.headers import HeaderList
from corswsgi.browser.request import Request, checked_url, thrown
from corswsgi.browser.url import URL
from corswsgi.standard import is_token

_HTTP = {"ws": "http", "wss": "https"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form as ``form.submit()`` finds it. Raises ``ValueError`` for a method that forms do not have."""

    url: str
    data: Fields = ()
    method: str = "POST"
    files: Files | None = None
    enctype: Encoding | None = None

    def __post_init__(self) -> None:
        if self.method.upper() not in {"GET", "POST"}:
            raise ValueError(f"{self.method!r} is not a method of forms: GET, POST")


def create_navigation(form: Form, origin: str, base: URL, engine: Engine) -> Request:
    """Make the request of a form: https://html.spec.whatwg.org/#form-submission-algorithm. Raises `NetworkError`."""
    url, method = checked_url(form.url, base, engine, allows_userinfo=True), form.method.upper()
    request = Request(method=method, url_list=[url], origin=origin, api="form", mode="navigate", credentials="include")
    if method == "GET":
        query, _ = encode_form(form.data, form.files, "application/x-www-form-urlencoded")
        request.url_list = [replace(url, query=query.decode())]
        return request
    encoding = form.enctype
    if encoding is None:
        encoding = "application/x-www-form-urlencoded" if form.files is None else "multipart/form-data"
    request.body, content_type = encode_form(form.data, form.files, encoding)
    request.headers.add("Content-Type", content_type)
    return request


def create_websocket(text: str, protocols: tuple[str, ...], origin: str, base: URL, engine: Engine) -> Request:
    """Make the request of a handshake: https://websockets.spec.whatwg.org/#concept-websocket-establish."""
    url = checked_url(text, base, engine, allows_userinfo=True)
    if url.scheme not in {*_HTTP, *_HTTP.values()}:
        raise thrown("url-invalid", f"{text!r} is not a URL of ws: or wss:", text)
    if not all(map(is_token, protocols)) or len(set(protocols)) < len(protocols):
        raise thrown("option-invalid", "each protocol must be a token, and come once", f"protocols: {protocols}")
    headers = HeaderList([("Sec-WebSocket-Protocol", ", ".join(protocols))] if protocols else [])
    return Request(
        method="GET",
        url_list=[replace(url, scheme=_HTTP.get(url.scheme, url.scheme), fragment=None)],
        origin=origin,
        headers=headers,
        api="websocket",
        mode="websocket",
        credentials="include",
        redirect="error",
    )
