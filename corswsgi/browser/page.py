"""A page in a simulated browser: it fetches as a script of an origin would, and says why it is blocked."""

import copy
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from corswsgi.browser.engines import ENGINES, EngineName
from corswsgi.browser.failure import NetworkError
from corswsgi.browser.fetching import Browser, Fetch
from corswsgi.browser.fixes import fix_for
from corswsgi.browser.handshake import Handshake, Step
from corswsgi.browser.messages import Blocked, console_message
from corswsgi.browser.network import Network
from corswsgi.browser.request import API, Body, Call, Credentials, Headers, Mode, Redirect, Request, create_request
from corswsgi.browser.response import Reply, Response, readable_header_names, reply, response_type
from corswsgi.browser.transport import Transport, wsgi_transport
from corswsgi.browser.url import URL, parse

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

# What a path is relative to when the server is an application: a name that nobody has (RFC 6761, section 6.5).
DEFAULT_BASE = "https://server.example"


class CORSError(Exception):
    """A fetch that a browser blocks: the console's words, then the reason, then the fix.

    ``handshake`` tells the whole story. Where a WSGI application raised, that is the cause (``__cause__``).
    """

    def __init__(self, handshake: Handshake) -> None:
        self.handshake = handshake
        reason = handshake.steps[-1].text if handshake.steps else ""
        super().__init__(f"{handshake.message}\nReason: {reason}\nFix: {handshake.fix}")


class Page:
    """A page of `origin` whose scripts talk to `server`, a WSGI application or the base URL of a running server.

    A path is one of the server's: relative to the base URL, or to ``https://server.example`` for an application. An
    absolute URL is taken as it is; an application is served under whatever host the URL names. `origin` is a serialised
    origin, or ``null`` for a sandboxed frame. `engine` is ``standard``, ``chromium``, ``firefox`` or ``webkit``;
    `clock` returns seconds, by which what was cached expires. `transport` sends the requests in place of the network.

    What the page got (cookies, allowed preflights, cached responses) lives as long as it does. Left out: mixed content,
    content security policies and permission prompts, which block for other reasons than CORS.

    Raises ``ValueError`` for an origin, an engine or a base URL that is none.
    """

    def __init__(
        self,
        origin: str,
        server: "WSGIApplication | str",
        *,
        engine: EngineName = "standard",
        clock: Callable[[], float] = time.monotonic,
        transport: Transport | None = None,
    ) -> None:
        self.origin = _serialised(origin)
        if engine not in ENGINES:
            raise ValueError(f"{engine!r} is no engine: {', '.join(ENGINES)}")
        base = parse(server if isinstance(server, str) else DEFAULT_BASE)
        if base is None or not base.is_http:
            raise ValueError(f"{server!r} is no base URL of a server: write 'http://localhost:8000'")
        self._base = base
        if transport is None:
            transport = Network() if isinstance(server, str) else wsgi_transport(server)
        self._browser = Browser(ENGINES[engine], transport, clock)

    def open_page(self, origin: str) -> "Page":
        """Return a page of `origin` in the same browser: both share cookies, caches, engine and server.

        Raises ``ValueError`` for an origin that is none.
        """
        page = copy.copy(self)
        page.origin = _serialised(origin)
        return page

    def fetch(  # noqa: PLR0913  (they are fetch()'s own)
        self,
        url: str,
        *,
        method: str = "GET",
        headers: Headers | None = None,
        body: Body | None = None,
        json: Any = None,
        credentials: Credentials = "same-origin",
        mode: Mode = "cors",
        redirect: Redirect = "follow",
        api: API = "fetch",
    ) -> Reply:
        """Fetch as a script would, and give what it may see; raises `CORSError` where a browser blocks.

        `headers` is a mapping or pairs. `body` is text, bytes, or a mapping or pairs for a form (``URLSearchParams``);
        `json` is anything that JSON has, sent as ``application/json``. `api` is ``xhr`` for an ``XMLHttpRequest``,
        ``xhr-upload`` for one with a listener to its upload. https://fetch.spec.whatwg.org/#fetch-method
        """
        call = Call(
            url=url, method=method, headers=headers, body=body, json=json,
            credentials=credentials, mode=mode, redirect=redirect, api=api,
        )  # fmt: skip
        handshake, answer, error = self._run(call)
        if answer is None:
            raise CORSError(handshake) from error
        return answer

    def explain(  # noqa: PLR0913  (they are fetch()'s own)
        self,
        url: str,
        *,
        method: str = "GET",
        headers: Headers | None = None,
        body: Body | None = None,
        json: Any = None,
        credentials: Credentials = "same-origin",
        mode: Mode = "cors",
        redirect: Redirect = "follow",
        api: API = "fetch",
    ) -> Handshake:
        """Fetch as `fetch` does, and tell what happened: a blocked fetch is an answer, not an error."""
        call = Call(
            url=url, method=method, headers=headers, body=body, json=json,
            credentials=credentials, mode=mode, redirect=redirect, api=api,
        )  # fmt: skip
        return self._run(call)[0]

    def _run(self, call: Call) -> tuple[Handshake, Reply | None, Exception | None]:
        try:
            request = create_request(call, self.origin, self._base, self._browser.engine)
        except NetworkError as error:
            failure = error.failure
            step = Step(section=failure.section, text=failure.reason, passed=False, exchange=0)
            return self._blocked(call, None, error, None, [step]), None, None
        fetch = Fetch(self._browser, request)
        try:
            response = fetch.run()
        except NetworkError as error:
            return self._blocked(call, request, error, fetch, fetch.steps), None, fetch.error
        return self._allowed(call, request, response, fetch), reply(request, response), None

    def _allowed(self, call: Call, request: Request, response: Response, fetch: Fetch) -> Handshake:
        readable = readable_header_names(request, response)
        names = response.headers.names()
        return self._handshake(
            call,
            request,
            fetch,
            fetch.steps,
            allowed=True,
            stage=None,
            type=response_type(request, response),
            readable_headers=tuple(name for name in names if name.lower() in readable),
            unreadable_headers=tuple(name for name in names if name.lower() not in readable),
        )

    def _blocked(
        self, call: Call, request: Request | None, error: NetworkError, fetch: Fetch | None, steps: list[Step]
    ) -> Handshake:
        first, last = (request.url_list[0].href, request.current_url.href) if request else (call.url, call.url)
        blocked = Blocked(
            failure=error.failure,
            stage=error.stage,
            origin=self.origin,
            url=last,
            first_url=first,
            status=fetch.received[-1].status if fetch and fetch.received else None,
            api=call.api,
        )
        return self._handshake(
            call,
            request,
            fetch,
            steps,
            allowed=False,
            stage=error.stage,
            type="error",
            code=error.failure.code,
            detail=error.failure.detail,
            message=console_message(self._browser.engine.name, blocked),
            fix=fix_for(error.failure, error.stage, request),
        )

    def _handshake(
        self, call: Call, request: Request | None, fetch: Fetch | None, steps: list[Step], **verdict: Any
    ) -> Handshake:
        names: dict[str, Any] = {"readable_headers": (), "unreadable_headers": (), **verdict}
        sent = tuple(fetch.sent) if fetch else ()
        return Handshake(
            page_origin=self.origin,
            engine=self._browser.engine.name,
            api=call.api,
            mode=request.mode if request else call.mode,
            credentials=request.credentials if request else call.credentials,
            method=call.method,
            url=request.url_list[0].href if request else call.url,
            preflighted=any(one.preflight for one in sent),
            requests=sent,
            responses=tuple(fetch.received) if fetch else (),
            steps=tuple(steps),
            **names,
        )


def _serialised(origin: str) -> str:
    """Follow https://html.spec.whatwg.org/#ascii-serialisation-of-an-origin; raises ``ValueError``."""
    url = parse(origin)
    if origin == "null" or (url is not None and url.scheme == "file"):
        return "null"
    if url is None or url.origin == "null":
        if url is not None and url.path.startswith("//"):
            return origin  # an extension's, or an app's with a scheme of its own
        raise ValueError(f"{origin!r} is no origin: write 'https://app.example.com', or 'null'")
    if url != _bare(url) or origin.endswith("/"):
        raise ValueError(f"{origin!r} is more than an origin: write {url.origin!r}")
    return url.origin


def _bare(url: URL) -> URL:
    return URL(scheme=url.scheme, host=url.host, port=url.port, path="/")
