"""The standard's fetch, algorithm by algorithm and in its order: https://fetch.spec.whatwg.org/#fetching."""

from collections.abc import Iterable
from dataclasses import replace
from typing import NoReturn

from corswsgi.browser.added_headers import headers_to_send
from corswsgi.browser.check import CORS_CHECK, RESOURCE_POLICY_CHECK, cors_check, passed_check, resource_policy_check
from corswsgi.browser.cookies import CookieContext
from corswsgi.browser.data_url import data_response
from corswsgi.browser.event_source import EVENT_SOURCE, event_stream_check
from corswsgi.browser.failure import Failure, FailureCode, NetworkError, Stage
from corswsgi.browser.handshake import Received, Sent, Step
from corswsgi.browser.headers import HeaderList
from corswsgi.browser.http_cache import NOT_MODIFIED
from corswsgi.browser.network import UnreachableError
from corswsgi.browser.ports import is_bad_port
from corswsgi.browser.preflight import (
    PREFLIGHT_FETCH,
    headers_check,
    lists_header,
    method_check,
    preflight_request,
    read_permission,
    why_preflight,
)
from corswsgi.browser.redirect import HTTP_FETCH, REDIRECT_FETCH, follow, location_check, redirect_mode_check
from corswsgi.browser.request import Request
from corswsgi.browser.response import Response
from corswsgi.browser.safelist import cors_unsafe_request_header_names
from corswsgi.browser.set_cookie import DroppedCookie
from corswsgi.browser.state import Browser
from corswsgi.standard import OK_STATUSES, REDIRECT_STATUSES

MAIN_FETCH = "https://fetch.spec.whatwg.org/#concept-main-fetch"
COOKIES = "https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis"
NETWORK_FETCH = "https://fetch.spec.whatwg.org/#concept-http-network-or-cache-fetch"


class Fetch:
    """A fetch in progress and its record. `run` returns the response or raises `NetworkError`."""

    def __init__(self, browser: Browser, request: Request) -> None:
        self.browser = browser
        self.request = request
        self.steps: list[Step] = []
        self.sent: list[Sent] = []
        self.received: list[Received] = []
        self.error: Exception | None = None
        self.last_response: Response | None = None
        self.by_wildcard = False
        self.refused: list[DroppedCookie] = []
        self.unsent: list[DroppedCookie] = []
        self._first_unsafe = self._unsafe_header_names()
        self._needed_preflight = bool(why_preflight(request, self._first_unsafe))

    def run(self) -> Response:
        """Follow https://fetch.spec.whatwg.org/#concept-main-fetch."""
        request, url = self.request, self.request.current_url
        if is_bad_port(url):
            section = "https://fetch.spec.whatwg.org/#block-bad-port"
            self._fail("bad-port", section, f"port {url.port} belongs to another protocol than HTTP", url.port)
        if request.mode in {"navigate", "websocket"}:
            return self._leave_cors_out()
        if request.response_tainting == "basic" and request.is_same_origin(url):
            self._pass(MAIN_FETCH, f"{url.sent} is of the page's own origin: no CORS")
            return self._http_fetch()
        if url.scheme == "data":
            self._pass(MAIN_FETCH, "a data: URL holds its response itself: no CORS")
            response = data_response(url)
            if response is None:
                section = "https://fetch.spec.whatwg.org/#data-url-processor"
                self._fail("data-url-invalid", section, "the data: URL has no comma, or is not base64", url.href)
            return response
        self._check_mode(request)
        if request.mode == "no-cors":
            request.response_tainting = "opaque"
            self._pass(MAIN_FETCH, f"the mode is no-cors: the page sees nothing of what {url.origin} answers")
            return self._http_fetch()
        return self._cors_fetch()

    def _leave_cors_out(self) -> Response:
        """Go to a page, or open a WebSocket: https://fetch.spec.whatwg.org/#concept-main-fetch, its second case."""
        request, url = self.request, self.request.current_url
        if not url.is_http:
            self._fail("url-scheme", MAIN_FETCH, f"{url.scheme}: is not a scheme of HTTP", url.scheme)
        what = "a WebSocket handshake" if request.mode == "websocket" else "a navigation"
        self._pass(MAIN_FETCH, f"{what}: no CORS, and any page may send it to {url.origin}")
        return self._http_fetch()

    def _check_mode(self, request: Request) -> None:
        url = request.current_url
        if request.mode == "same-origin":
            self._fail("same-origin-mode", MAIN_FETCH, f"the mode is same-origin, and {url.origin} is another origin")
        if request.mode == "no-cors" and request.redirect != "follow":
            self._fail("no-cors-redirect-mode", MAIN_FETCH, f"no-cors does not go with redirect={request.redirect}")
        if not url.is_http:
            self._fail("url-scheme", MAIN_FETCH, f"{url.scheme}: is not a scheme of HTTP", url.scheme)

    def _cors_fetch(self) -> Response:
        """Fetch with the CORS protocol: https://fetch.spec.whatwg.org/#concept-main-fetch, its last two cases."""
        request, url = self.request, self.request.current_url
        request.response_tainting = "cors"
        engine = self.browser.engine
        unsafe = self._unsafe_header_names()
        if engine.asks_first_names_after_redirects:
            unsafe = self._first_unsafe
        because = why_preflight(request, unsafe)
        if not because and engine.preflights_again_after_redirects and self._needed_preflight:
            because = "the engine asks again after a redirect"
        if not because:
            self._pass(MAIN_FETCH, f"{url.origin} is another origin; method and headers need no preflight")
            return self._http_fetch()
        self._pass(MAIN_FETCH, f"{url.origin} is another origin, and a preflight comes first: {because}")
        try:
            self._preflight(unsafe)
            return self._http_fetch()
        except NetworkError:
            if not engine.keeps_preflights_after_errors:
                self.browser.preflights.clear(request)
            raise

    def _unsafe_header_names(self) -> list[str]:
        """Name the script's unsafe headers. In the standard, the `Accept` that each fetch gets is checked as well."""
        headers = HeaderList(self.request.headers)
        if self.browser.engine.counts_added_accept and not headers.has("Accept"):
            headers.add("Accept", "*/*")
        return cors_unsafe_request_header_names(headers, self.browser.engine)

    def _preflight(self, unsafe: list[str]) -> None:
        """Ask the cache, then the server: https://fetch.spec.whatwg.org/#concept-http-fetch."""
        request, cache = self.request, self.browser.preflights
        is_needed = bool(why_preflight(request, unsafe))
        if is_needed and cache.allows_method(request) and all(cache.allows_header_name(request, n) for n in unsafe):
            self._pass(HTTP_FETCH, "an earlier preflight allows it: no new one is sent")
            return
        if self.browser.engine.drops_insufficient_preflights:
            cache.clear(request)
        self._preflight_fetch(unsafe)

    def _preflight_fetch(self, unsafe: list[str]) -> None:
        """Follow https://fetch.spec.whatwg.org/#cors-preflight-fetch-0."""
        request, engine = self.request, self.browser.engine
        preflight = preflight_request(request, unsafe, engine)
        response = self._send(preflight, HeaderList(), "preflight")
        location = response.headers.get("Location")
        if response.status in REDIRECT_STATUSES and location is not None:
            reason = f"the preflight's answer is a redirect, {response.status} to {location}"
            self._fail("preflight-redirect", PREFLIGHT_FETCH, reason, location, "preflight")
        asking = replace(request, url_list=preflight.url_list)
        self._judge(cors_check(asking, response.headers), "preflight", CORS_CHECK, passed_check(asking))
        if response.status not in OK_STATUSES:
            reason = f"the preflight's status is {response.status}, not 200 to 299"
            self._fail("preflight-not-ok", PREFLIGHT_FETCH, reason, str(response.status), "preflight")
        permission = read_permission(request, response.headers, engine)
        if isinstance(permission, Failure):
            self._raise(permission, "preflight")
        passed = f"the method {request.method} is allowed"
        self._judge(method_check(request, permission), "preflight", PREFLIGHT_FETCH, passed)
        passed = "every header that needs it is allowed"
        self._judge(headers_check(request, unsafe, permission, engine), "preflight", PREFLIGHT_FETCH, passed)
        self.by_wildcard = "authorization" in unsafe and not lists_header(permission, "authorization")
        self.browser.preflights.store(request, permission)

    def _http_fetch(self) -> Response:
        """Follow https://fetch.spec.whatwg.org/#concept-http-fetch."""
        request = self.request
        response = self._network_or_cache_fetch()
        if request.response_tainting == "cors":
            failure = cors_check(request, response.headers)
            if failure is not None and response is self.last_response:
                self.browser.responses.drop_blocked(request, is_redirect=response.status in REDIRECT_STATUSES)
            self._judge(failure, "response", CORS_CHECK, passed_check(request))
        if request.response_tainting == "opaque":
            failure = resource_policy_check(request.origin, request.current_url, response.headers)
            self._judge(failure, "response", RESOURCE_POLICY_CHECK, "no Cross-Origin-Resource-Policy forbids it")
        if response.status not in REDIRECT_STATUSES:
            if request.api == "eventsource":
                self._judge(event_stream_check(response), "response", EVENT_SOURCE, "it is a stream of events")
            return response
        failure = redirect_mode_check(request, response, self.browser.engine)
        if failure is not None:
            self._raise(failure, "response")
        return (
            replace(response, type="opaqueredirect") if request.redirect == "manual" else self._redirect_fetch(response)
        )

    def _redirect_fetch(self, response: Response) -> Response:
        """Follow https://fetch.spec.whatwg.org/#concept-http-redirect-fetch."""
        location = location_check(self.request, response, self.browser.engine)
        if location is None:
            return response
        if isinstance(location, Failure):
            self._raise(location, "response")
        if not self.browser.may_ask(location):
            reason = f"the redirect leads to {location.origin}, which the caller did not name: nothing is sent there"
            self._fail("redirect-elsewhere", REDIRECT_FETCH, reason, location.sent)
        was_tainted = self.request.serialized_origin == "null"
        follow(self.request, response.status, response.headers, location)
        tainted = not was_tainted and self.request.serialized_origin == "null"
        self._pass(
            REDIRECT_FETCH,
            f"{response.status} leads on to {location.sent} as {self.request.method}"
            + (": two foreign origins in a row, from here on the request's origin is null" if tainted else ""),
        )
        return self.run()

    def _network_or_cache_fetch(self) -> Response:
        """Follow https://fetch.spec.whatwg.org/#concept-http-network-or-cache-fetch."""
        request, cache = self.request, self.browser.responses
        key = cache.key(request)
        headers = self._headers_to_send(request)
        stored = cache.select(request.method, key, headers)
        if stored and cache.is_fresh(stored, headers):
            self._pass(NETWORK_FETCH, "the HTTP cache holds a fresh response: the server is not asked")
            return stored.response
        validators = stored.validators if stored else HeaderList()
        response = self._send(request, validators, "response")
        if stored and validators and response.status == NOT_MODIFIED:
            self._pass(NETWORK_FETCH, "the stored response is still good, with the headers of the 304")
            return cache.freshen(stored, response.headers)
        cache.store(request.method, key, headers, response)
        return response

    def _headers_to_send(self, request: Request) -> HeaderList:
        return headers_to_send(request, self.browser.engine, self.browser.cookies.header(CookieContext.of(request)))

    def _send(self, request: Request, more: HeaderList, stage: Stage) -> Response:
        """Follow https://fetch.spec.whatwg.org/#concept-http-network-fetch."""
        url = request.current_url
        headers = HeaderList([*self._headers_to_send(request), *more])
        if stage != "preflight":
            self._drop(self.browser.cookies.unsent(CookieContext.of(request)), self.unsent)
        self.sent.append(
            Sent(method=request.method, url=url.sent, headers=tuple(headers), preflight=stage == "preflight")
        )
        try:
            response = self.browser.transport(request.method, url, headers, request.body)
        except UnreachableError as error:
            self._fail("connection", NETWORK_FETCH, f"the server does not answer: {error}", str(error), stage)
        self.last_response = response
        self.received.append(Received(status=response.status, headers=tuple(response.headers)))
        broken = next((name for name, value in response.headers if "\0" in value), None)
        if broken is not None:
            self._fail("response-malformed", NETWORK_FETCH, f"the header {broken} contains a NUL", broken, stage)
        if response.error is not None:
            self.error = response.error
            then = "the body ends there" if response.is_cut else "its server answers a plain 500"
            self._pass(NETWORK_FETCH, f"the application raised {response.error!r}: {then}")
        if stage != "preflight":
            context = CookieContext.of(request)
            kept = [self.browser.cookies.store(context, v) for v in response.headers.get_all("Set-Cookie")]
            self._drop((dropped for dropped in kept if dropped), self.refused)
        return response

    def _drop(self, cookies: Iterable[DroppedCookie], dropped: list[DroppedCookie]) -> None:
        for cookie in cookies:
            dropped.append(cookie)
            self.steps.append(
                Step(section=COOKIES, text=cookie.reason, passed=False, exchange=len(self.sent), cookie=cookie)
            )

    def _pass(self, section: str, text: str) -> None:
        self.steps.append(Step(section=section, text=text, passed=True, exchange=len(self.sent)))

    def _judge(self, failure: Failure | None, stage: Stage, section: str, passed: str) -> None:
        if failure is None:
            self._pass(section, passed)
        else:
            self._raise(failure, stage)

    def _fail(
        self, code: FailureCode, section: str, reason: str, detail: str = "", stage: Stage = "response"
    ) -> NoReturn:
        self._raise(Failure(code=code, section=section, reason=reason, detail=detail), stage)

    def _raise(self, failure: Failure, stage: Stage) -> NoReturn:
        self.steps.append(Step(section=failure.section, text=failure.reason, passed=False, exchange=len(self.sent)))
        raise NetworkError(failure, stage if self.sent else "request")
