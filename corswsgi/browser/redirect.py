"""Redirects: the next URL and how the request changes: https://fetch.spec.whatwg.org/#http-redirect-fetch."""

from dataclasses import replace

from corswsgi.browser.engines import Engine
from corswsgi.browser.failure import Failure, FailureCode
from corswsgi.browser.headers import HeaderList
from corswsgi.browser.referrer import policy_of
from corswsgi.browser.request import Request
from corswsgi.browser.response import Response
from corswsgi.browser.url import URL, parse
from corswsgi.standard import CORS_NON_WILDCARD_REQUEST_HEADER_NAMES, REQUEST_BODY_HEADER_NAMES

REDIRECT_FETCH = "https://fetch.spec.whatwg.org/#concept-http-redirect-fetch"
HTTP_FETCH = "https://fetch.spec.whatwg.org/#concept-http-fetch"
MAX_REDIRECTS = 20

_MOVED, _FOUND, _SEE_OTHER = 301, 302, 303


def redirect_mode_check(request: Request, response: Response, engine: Engine) -> Failure | None:
    """Return whether `request` continues if `response` is a redirect: https://fetch.spec.whatwg.org/#concept-http-fetch."""
    if request.mode == "websocket":
        reason = f"the status is {response.status}, a redirect, and a WebSocket follows none"
        return Failure(code="websocket-redirect", section=HTTP_FETCH, reason=reason)
    is_answer = not response.headers.has("Location") and not engine.redirects_without_location_fail
    if request.redirect == "error" and not is_answer:
        reason = f"the status is {response.status}, a redirect, and the redirect mode is error"
        return Failure(code="redirect-mode", section=HTTP_FETCH, reason=reason, detail=str(response.status))
    if request.redirect == "manual" and engine.checks_location_of_manual_redirects:
        location = location_check(request, response, engine)
        return location if isinstance(location, Failure) and location.code == "redirect-location" else None
    return None


def location_check(request: Request, response: Response, engine: Engine) -> URL | Failure | None:
    """Return the URL that the redirect `response` leads to, or None if it has no ``Location``."""
    if not response.headers.has("Location"):
        return None
    location = location_url(request, response, engine)
    text = response.headers.get("Location") or ""
    if location is None:
        is_repeated = len(response.headers.get_all("Location")) > 1
        return _failed("redirect-location", f"Location is {text!r}, not one URL", text, is_repeated=is_repeated)
    if not location.is_http:
        return _failed("redirect-scheme", f"Location is {text!r}, and {location.scheme}: is not a scheme of HTTP", text)
    if request.redirect_count == MAX_REDIRECTS:
        return _failed("redirect-limit", f"{MAX_REDIRECTS} redirects were followed already", text)
    return _userinfo_check(request, location, text, engine) or location


def _userinfo_check(request: Request, location: URL, text: str, engine: Engine) -> Failure | None:
    if not location.includes_credentials:
        return None
    reason = f"Location is {text!r}, with a user or a password"
    if request.mode == "cors" and not request.is_same_origin(location):
        return _failed("redirect-with-credentials", f"{reason}, at another origin than the page's", text)
    if request.response_tainting == "cors":
        return _failed("redirect-with-credentials", f"{reason}, in the answer of another origin", text)
    if engine.blocks_userinfo_in_redirects:
        return _failed("redirect-blocked", f"{reason}: the engine follows none of these", text)
    return None


def follow(request: Request, status: int, headers: HeaderList, location: URL) -> None:
    """Change `request` into the one that a redirect of that `status` to `location` asks for."""
    request.redirect_count += 1
    is_changed_by_all = status in {_MOVED, _FOUND} and request.method == "POST"
    if is_changed_by_all or (status == _SEE_OTHER and request.method not in {"GET", "HEAD"}):
        request.method = "GET"
        request.method_changed = True
        request.body = None
        request.headers.delete(REQUEST_BODY_HEADER_NAMES)
    request.referrer_policy = policy_of(headers) or request.referrer_policy
    if request.current_url.origin != location.origin:
        request.headers.delete(CORS_NON_WILDCARD_REQUEST_HEADER_NAMES)
    request.url_list.append(location)


def location_url(request: Request, response: Response, engine: Engine) -> URL | None:
    """Follow https://fetch.spec.whatwg.org/#concept-response-location-url. None if there is none or it fails."""
    values = response.headers.get_all("Location")
    if len(values) != 1:
        return None
    fragment = request.current_url.fragment
    text = values[0].encode("latin-1", "replace").decode("utf-8", "surrogateescape")
    url = parse(text, request.current_url, takes_bad_punycode=engine.takes_bad_punycode)
    if url is None or url.fragment is not None or fragment is None:
        return url
    return replace(url, fragment=fragment)


def _failed(code: FailureCode, reason: str, detail: str, *, is_repeated: bool = False) -> Failure:
    return Failure(code=code, section=REDIRECT_FETCH, reason=reason, detail=detail, is_repeated=is_repeated)
