"""A page in a simulated browser: it fetches as a script of an origin would, and says why it is blocked."""

import copy
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, get_args

from corswsgi.browser.body import Body, Encoding, Fields, Files
from corswsgi.browser.engines import ENGINES, EngineName
from corswsgi.browser.failure import NetworkError
from corswsgi.browser.fetching import Fetch
from corswsgi.browser.handshake import Handshake, Note
from corswsgi.browser.navigation import Form, create_navigation, create_websocket
from corswsgi.browser.network import Network
from corswsgi.browser.notes import Ended, notes
from corswsgi.browser.referrer import DEFAULT_POLICY, ReferrerPolicy
from corswsgi.browser.reply import Reply, reply
from corswsgi.browser.request import API, Call, Credentials, Headers, Mode, Redirect, Request, create_request
from corswsgi.browser.response import Response
from corswsgi.browser.state import Browser
from corswsgi.browser.transport import Transport, wsgi_transport
from corswsgi.browser.url import URL, parse
from corswsgi.browser.verdict import allowed, blocked, thrown
from corswsgi.hosts import is_loopback

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

# The base of relative paths if the server is an application: a name that nobody owns (RFC 6761, section 6.5).
DEFAULT_BASE = "https://server.example"


class CORSError(Exception):
    """A request that a browser blocks: the console's words, then the reason, then the fix.

    ``handshake`` is everything that happened. Where a WSGI application raised, that is the cause (``__cause__``).
    """

    def __init__(self, handshake: Handshake) -> None:
        self.handshake = handshake
        reason = handshake.steps[-1].text if handshake.steps else ""
        super().__init__(f"{handshake.message}\nReason: {reason}\nFix: {handshake.fix}")


class Page:
    """A page of `origin` whose scripts talk to `server`, a WSGI application or the base URL of a running server.

    A path is relative to the base URL. For an application that is `base_url`; without it, a page on loopback
    (``http://localhost:5173``) has its API beside it (``http://localhost:8000``), and any other page has
    ``https://server.example``, which is another site. An absolute URL is taken as it is; an application is served under
    whatever host the URL names. `origin` is a serialised origin, or ``null`` for a sandboxed frame; the page is the one
    at ``{origin}/``, and has `referrer_policy`. `engine` is ``standard``, ``chromium``, ``firefox`` or ``webkit``;
    `clock` returns seconds, by which what was cached expires. `transport` sends the requests in place of the network,
    and decides itself where redirects may lead.

    Cookies, allowed preflights and cached responses live as long as the page. A real server is asked under the hosts
    that the caller has named and no others: a redirect to another one is not followed. Mixed content, content security
    policies and permission prompts also block, for other reasons than CORS: `Handshake.notes` speaks of the first, and
    none of them is simulated.

    Raises ``ValueError`` for an origin, an engine, a policy or a base URL that is not one.
    """

    def __init__(  # noqa: PLR0913  (each has a default)
        self,
        origin: str,
        server: "WSGIApplication | str",
        *,
        base_url: str | None = None,
        engine: EngineName = "standard",
        referrer_policy: ReferrerPolicy = DEFAULT_POLICY,
        clock: Callable[[], float] = time.monotonic,
        transport: Transport | None = None,
    ) -> None:
        self.origin = _serialised(origin)
        if engine not in ENGINES:
            raise ValueError(f"{engine!r} is not an engine: {', '.join(ENGINES)}")
        if referrer_policy not in get_args(ReferrerPolicy):
            raise ValueError(f"{referrer_policy!r} is not a referrer policy: {', '.join(get_args(ReferrerPolicy))}")
        if isinstance(server, str) and base_url is not None:
            raise ValueError("base_url is for applications: the URL of a server is its base already")
        text = server if isinstance(server, str) else base_url or default_base_url(self.origin)
        base = parse(text)
        if base is None or not base.is_http:
            raise ValueError(f"{text!r} is not the base URL of a server: write 'http://localhost:8000'")
        self._base = base
        self._policy: ReferrerPolicy = referrer_policy
        self._is_real = isinstance(server, str) and transport is None
        self._named = {base.host}
        if transport is None:
            transport = Network() if isinstance(server, str) else wsgi_transport(server)
        self._browser = Browser(ENGINES[engine], transport, clock, self._may_ask)

    def open_page(self, origin: str) -> "Page":
        """Return a page of `origin` in the same browser: both share cookies, caches, engine and server.

        So a test can log in on one page, and see what a page of a stranger can do then. A path is relative to the same
        base URL. Raises ``ValueError`` for an origin that is not one.
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
        files: Files | None = None,
        credentials: Credentials = "same-origin",
        mode: Mode = "cors",
        redirect: Redirect = "follow",
        api: API = "fetch",
    ) -> Reply:
        """Fetch as a script would, and return what it may see; raises `CORSError` where a browser blocks.

        `headers` is a mapping or pairs. `body` is text, bytes, or a mapping or pairs for a form (``URLSearchParams``);
        `json` is anything that JSON has, sent as ``application/json``; `files` makes ``FormData`` (multipart), with the
        fields of `body`: a mapping of names to bytes, text, ``(file name, content)`` or ``(file name, content, type)``.
        `api` is ``xhr`` for an ``XMLHttpRequest``, ``xhr-upload`` for one with a listener to its upload,
        ``eventsource`` for an ``EventSource`` (`credentials` ``include`` is its ``withCredentials``) and ``beacon`` for
        ``navigator.sendBeacon()``, of which no script sees the answer. https://fetch.spec.whatwg.org/#fetch-method

        Raises ``TypeError`` or ``ValueError`` for arguments that do not go together, and for a body of another type.
        """
        call = Call(
            url=url, method=method, headers=headers, body=body, json=json, files=files,
            credentials=credentials, mode=mode, redirect=redirect, api=api,
        )  # fmt: skip
        return _answer(*self._call(call))

    def explain(  # noqa: PLR0913  (they are fetch()'s own)
        self,
        url: str,
        *,
        method: str = "GET",
        headers: Headers | None = None,
        body: Body | None = None,
        json: Any = None,
        files: Files | None = None,
        credentials: Credentials = "same-origin",
        mode: Mode = "cors",
        redirect: Redirect = "follow",
        api: API = "fetch",
    ) -> Handshake:
        """Fetch as `fetch` does, and return what happened: a blocked fetch is an answer, not an error.

        Raises ``TypeError`` or ``ValueError`` as `fetch` does.
        """
        call = Call(
            url=url, method=method, headers=headers, body=body, json=json, files=files,
            credentials=credentials, mode=mode, redirect=redirect, api=api,
        )  # fmt: skip
        return self._call(call)[0]

    def submit(
        self,
        url: str,
        data: Fields = (),
        *,
        method: str = "POST",
        files: Files | None = None,
        enctype: Encoding | None = None,
    ) -> Reply:
        """Submit a form, as a script of the page does with ``form.submit()``, and return the page that comes.

        No CORS: any page may send it, cookies go along as ``SameSite`` says, and a user sees the answer where no script
        of `origin` would. `enctype` is ``application/x-www-form-urlencoded``, ``multipart/form-data`` (the default with
        `files`) or ``text/plain``; with the method GET, `data` becomes the query. The jar and the caches stay this
        page's. https://html.spec.whatwg.org/#form-submission-algorithm

        Raises `CORSError` where the request fails for another reason, such as a server that does not answer;
        ``ValueError`` for another method or encoding, ``TypeError`` for other data.
        """
        form = Form(url=url, data=data, method=method, files=files, enctype=enctype)
        call: dict[str, Any] = {
            "api": "form", "mode": "navigate", "credentials": "include", "method": method.upper(), "url": url,
        }  # fmt: skip
        return self._send(lambda: create_navigation(form, self.origin, self._base, self._browser.engine), call)

    def open_websocket(self, url: str, *, protocols: Iterable[str] = ()) -> Reply:
        """Send the handshake of ``new WebSocket(url)``, and return the answer: 101 where the server opens it.

        No CORS: any page may send it, and only the server can look at ``Origin``. A script sees no more than whether it
        opened. `url` has the scheme ws or wss, http or https, or is a path.
        https://websockets.spec.whatwg.org/#opening-handshake

        Raises `CORSError` where the request fails for another reason.
        """
        names = tuple(protocols)
        call: dict[str, Any] = {
            "api": "websocket", "mode": "websocket", "credentials": "include", "method": "GET", "url": url,
        }  # fmt: skip
        return self._send(lambda: create_websocket(url, names, self.origin, self._base, self._browser.engine), call)

    def _call(self, call: Call) -> tuple[Handshake, Reply | None, Exception | None]:
        said = {name: getattr(call, name) for name in ("api", "mode", "credentials", "method", "url")}
        return self._run(lambda: create_request(call, self.origin, self._base, self._browser.engine), said)

    def _send(self, create: Callable[[], Request], call: dict[str, Any]) -> Reply:
        return _answer(*self._run(create, call))

    def _run(
        self, create: Callable[[], Request], call: dict[str, Any]
    ) -> tuple[Handshake, Reply | None, Exception | None]:
        """Make the request and send it. If making it throws, `call` is used for the record."""
        try:
            request = create()
        except NetworkError as error:
            return thrown(self._browser.engine.name, error, origin=self.origin, **call), None, None
        request.referrer_policy = self._policy
        self._named.add(request.current_url.host)
        engine, method = self._browser.engine.name, call["method"]
        fetch = Fetch(self._browser, request)
        try:
            response = fetch.run()
        except NetworkError as error:
            handshake = blocked(method, engine, fetch, error, self._notes(fetch, fetch.last_response))
            return handshake, None, fetch.error
        handshake = allowed(method, engine, fetch, response, self._notes(fetch, response))
        return handshake, reply(request, response, handshake), None

    def _notes(self, fetch: Fetch, response: Response | None) -> tuple[Note, ...]:
        with_cookie = bool(fetch.sent) and any(name == "Cookie" for name, _ in fetch.sent[-1].headers)
        ended = Ended(
            request=fetch.request,
            with_cookie=with_cookie,
            response=response,
            engine=self._browser.engine,
            by_wildcard=fetch.by_wildcard,
        )
        return notes(ended, self._browser.cookies)

    def _may_ask(self, url: URL) -> bool:
        if not self._is_real or url.host in self._named:
            return True
        return is_loopback(url.host) and any(map(is_loopback, self._named))


def default_base_url(origin: str) -> str:
    """Return the base URL of an application that was passed without one, for a page of `origin`.

    For a page on loopback it is on loopback as well, so that both are one site and a framework in development mode
    accepts the host. Otherwise it is ``https://server.example``.
    """
    page = parse(origin)
    if page is None or not page.is_http or not is_loopback(page.host):
        return DEFAULT_BASE
    return f"{page.scheme}://{page.host}:{8001 if page.port == '8000' else 8000}"


def _answer(handshake: Handshake, answer: Reply | None, error: Exception | None) -> Reply:
    if answer is None:
        raise CORSError(handshake) from error
    return answer


def _serialised(origin: str) -> str:
    """Follow https://html.spec.whatwg.org/#ascii-serialisation-of-an-origin; raises ``ValueError``."""
    url = parse(origin)
    if origin == "null" or (url is not None and url.scheme == "file"):
        return "null"
    if url is None or url.origin == "null":
        if url is not None and url.path.startswith("//"):
            return origin  # of an extension, or of an app with its own scheme
        raise ValueError(f"{origin!r} is not an origin: write 'https://app.example.com', or 'null'")
    if url != _bare(url) or origin.endswith("/"):
        raise ValueError(f"{origin!r} is more than an origin: write {url.origin!r}")
    return url.origin


def _bare(url: URL) -> URL:
    return URL(scheme=url.scheme, host=url.host, port=url.port, path="/")
