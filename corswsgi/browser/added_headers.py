"""The headers that a browser adds to a request: https://fetch.spec.whatwg.org/#concept-http-network-or-cache-fetch."""

from corswsgi.browser.engines import Engine
from corswsgi.browser.headers import HeaderList
from corswsgi.browser.metadata import fetch_metadata
from corswsgi.browser.referrer import origin_without_cors, referer
from corswsgi.browser.request import Request

# https://fetch.spec.whatwg.org/#document-accept-header-value
_DOCUMENT_ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

# https://websockets.spec.whatwg.org/#concept-websocket-establish; the key is the sample of RFC 6455, section 1.3
WEBSOCKET_HEADERS = (
    ("Upgrade", "websocket"),
    ("Connection", "Upgrade"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ("Sec-WebSocket-Version", "13"),
)


def headers_to_send(request: Request, engine: Engine, cookie: str | None) -> HeaderList:
    """Return the script's headers, then those that the browser adds. Each name occurs once."""
    headers = HeaderList(request.headers)
    if not headers.has("Accept") and request.mode != "websocket":
        # https://fetch.spec.whatwg.org/#concept-fetch
        headers.add("Accept", _DOCUMENT_ACCEPT if request.mode == "navigate" else "*/*")
    if request.body is not None or request.method in {"POST", "PUT"}:
        headers.add("Content-Length", str(len(request.body or b"")))
    if request.mode != "websocket":
        _add(headers, "Referer", _referer(request, engine))
    _add(headers, "Origin", _origin(request, engine))
    headers += fetch_metadata(request, engine)
    if request.api == "eventsource" and request.method == "GET":
        headers += [("Pragma", "no-cache"), ("Cache-Control", "no-cache")]  # its cache mode is no-store
    if request.mode == "websocket":
        headers += WEBSOCKET_HEADERS
    _add(headers, "Cookie", cookie)
    return headers.joined()


def _referer(request: Request, engine: Engine) -> str | None:
    by_scheme = engine.referrer_downgrades_by_scheme
    return referer(request.origin, request.current_url, request.referrer_policy, by_scheme=by_scheme)


def _origin(request: Request, engine: Engine) -> str | None:
    """Follow https://fetch.spec.whatwg.org/#append-a-request-origin-header."""
    if request.response_tainting == "cors" or request.mode == "websocket":
        return request.serialized_origin
    keeps = engine.keeps_origin_of_changed_methods and request.method_changed and request.mode == "cors"
    if request.method in {"GET", "HEAD"} and not keeps:
        return None
    navigations_alone = engine.hides_origin_without_cors == "navigations"
    if request.mode == "cors" or (navigations_alone and request.mode != "navigate"):
        return request.serialized_origin
    return origin_without_cors(
        request.serialized_origin,
        request.current_url,
        request.referrer_policy,
        hides_on_downgrade=engine.hides_origin_on_downgrade,
    )


def _add(headers: HeaderList, name: str, value: str | None) -> None:
    if value is not None:
        headers.add(name, value)
