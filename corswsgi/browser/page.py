"""A page in a simulated browser: it fetches as a script of an origin would, and says why it is blocked."""

import copy
import time
from collections.abc import Callable, Iterable
from typing import Any, get_args
from wsgiref.types import WSGIApplication

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
from corswsgi.calls import helpful
from corswsgi.hosts import is_loopback

# The base of relative paths if the server is an application: a name that nobody owns (RFC 6761, section 6.5).
DEFAULT_BASE = "https://server.example"


class CORSError(Exception):
    """A browser blocks the request. ``str()`` has the words of its console, the reason and the fix.

    ``handshake`` is the record of everything that was sent and compared. If a WSGI application raised an exception,
    that is the cause (``__cause__``).
    """

    def __init__(self, handshake: Handshake) -> None:
        self.handshake = handshake
        reason = handshake.steps[-1].text if handshake.steps else ""
        super().__init__(f"{handshake.message}\nReason: {reason}\nFix: {handshake.fix}")


class Page:
    """A page of `origin` in a simulated browser, whose scripts talk to `server`.

    >>> from corswsgi import CORSMiddleware, Policy
    >>> def app(environ, start_response):
    ...     start_response("200 OK", [("Content-Type", "application/json")])
    ...     return [b'{"tea": 3}']
    >>> application = CORSMiddleware(app, Policy(allow_origins="http://localhost:5173"))
    >>> Page("http://localhost:5173", application).fetch("/api/prices").json()
    {'tea': 3}
    >>> Page("https://evil.example", application).fetch("/api/prices")
    Traceback (most recent call last):
        ...
    corswsgi.browser.page.CORSError: ...

    ``origin``
        The origin of the page, such as ``"https://app.example.com"``, or ``"null"`` for a sandboxed frame.
    ``server``
        A WSGI application, or the base URL of a running server.
    ``base_url``
        Where an application is served; a path such as ``/api/prices`` is relative to it. Without it, a page on loopback
        (``http://localhost:5173``) has its API beside it (``http://localhost:8000``). For any other page it is
        ``https://server.example``, which is another site, so that cookies with ``SameSite=Lax`` are not sent. An
        application also answers under the host of an absolute URL.
    ``engine``
        ``"standard"`` (the Fetch standard's text), ``"chromium"``, ``"firefox"`` or ``"webkit"``.
    ``referrer_policy``
        The referrer policy of the page, which is the one at ``{origin}/``.
    ``clock``
        A function that returns seconds, by which cached preflights, responses and cookies expire.
    ``transport``
        A function that sends the requests instead of the network. It decides itself where redirects may lead.

    Cookies, allowed preflights and cached responses live as long as the page. A running server is asked under the hosts
    that the caller has named and no others: a redirect to another host is not followed. Mixed content, content security
    policies and permission prompts also block requests. They are not CORS and are not simulated; `Handshake.notes`
    names mixed content.

    Raises ``ValueError`` for an origin, an engine, a policy or a base URL that is not one.
    """

    @helpful()
    def __init__(  # noqa: PLR0913  (each has a default)
        self,
        origin: str,
        server: WSGIApplication | str,
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

        A test can log in on one page, and try what a page of a stranger can do then. A path is relative to the same
        base URL. Raises ``ValueError`` for an origin that is not one.
        """
        page = copy.copy(self)
        page.origin = _serialised(origin)
        return page

    @helpful()
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
        """Send a request as a script's ``fetch()`` does, and return the part of the response that it may read.

        ``headers``
            A mapping, or pairs.
        ``body``
            Text, bytes, or a mapping or pairs for a form (``URLSearchParams``).
        ``json``
            A value that is sent as ``application/json``.
        ``files``
            Files of a form (``FormData``): a mapping of names to bytes, text, ``(file name, content)`` or ``(file name,
            content, type)``. `body` has the other fields.
        ``credentials``
            ``"include"`` sends and keeps cookies of the other origin; ``"same-origin"`` and ``"omit"`` do not.
        ``api``
            ``"fetch"``, ``"xhr"`` for an ``XMLHttpRequest``, ``"xhr-upload"`` for one with a listener to its upload,
            ``"eventsource"`` for an ``EventSource`` (with `credentials` ``"include"``: its ``withCredentials``), or
            ``"beacon"`` for ``navigator.sendBeacon()``, whose response no script sees.

        `method`, `mode` and `redirect` are those of https://fetch.spec.whatwg.org/#fetch-method.

        Raises `CORSError` if a browser blocks the request or the response, and ``TypeError`` or ``ValueError`` for
        arguments that do not go together.
        """
        call = Call(
            url=url, method=method, headers=headers, body=body, json=json, files=files,
            credentials=credentials, mode=mode, redirect=redirect, api=api,
        )  # fmt: skip
        return _answer(*self._call(call))

    @helpful()
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
        """Send a request as `fetch` does, and return the record of what happened.

        A request that is blocked is a result here, and not an error: `Handshake.allowed` is false. Raises ``TypeError``
        or ``ValueError`` as `fetch` does.
        """
        call = Call(
            url=url, method=method, headers=headers, body=body, json=json, files=files,
            credentials=credentials, mode=mode, redirect=redirect, api=api,
        )  # fmt: skip
        return self._call(call)[0]

    @helpful()
    def submit(
        self,
        url: str,
        data: Fields = (),
        *,
        method: str = "POST",
        files: Files | None = None,
        enctype: Encoding | None = None,
    ) -> Reply:
        """Submit a form, as ``form.submit()`` does, and return the page that comes.

        CORS does not cover forms: any page may send one, and cookies go along as their ``SameSite`` allows. The user
        sees the response, and a script of `origin` does not. `enctype` is ``application/x-www-form-urlencoded``,
        ``multipart/form-data`` (the default with `files`) or ``text/plain``. With the method GET, `data` becomes the
        query. This page stays open, and shares its cookies and caches.
        https://html.spec.whatwg.org/#form-submission-algorithm

        Raises `CORSError` if the request fails for another reason, such as a server that does not answer;
        ``ValueError`` for another method or encoding, ``TypeError`` for other data.
        """
        form = Form(url=url, data=data, method=method, files=files, enctype=enctype)
        call: dict[str, Any] = {
            "api": "form", "mode": "navigate", "credentials": "include", "method": method.upper(), "url": url,
        }  # fmt: skip
        return self._send(lambda: create_navigation(form, self.origin, self._base, self._browser.engine), call)

    @helpful()
    def open_websocket(self, url: str, *, protocols: Iterable[str] = ()) -> Reply:
        """Send the handshake of ``new WebSocket(url)``, and return the response: 101 if the server opens it.

        CORS does not cover WebSockets: any page may open one, and only the server can look at ``Origin``. A script sees
        no more than whether it was opened. `url` has the scheme ws, wss, http or https, or is a path.
        https://websockets.spec.whatwg.org/#opening-handshake

        Raises `CORSError` if the request fails for another reason.
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
        last = {name for name, _ in fetch.sent[-1].headers} if fetch.sent else set()
        ended = Ended(
            request=fetch.request,
            with_cookie="Cookie" in last,
            at_preflight=bool(fetch.sent) and fetch.sent[-1].preflight,
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
            return origin  # an extension's, or an app's with a scheme of its own
        raise ValueError(f"{origin!r} is not an origin: write {_likely_origin(origin)!r}, or 'null'")
    if url != _bare(url) or origin.endswith("/"):
        raise ValueError(f"{origin!r} is more than an origin: write {url.origin!r}")
    return url.origin


def _likely_origin(text: str) -> str:
    """Return what `text`, a host without a scheme, may stand for."""
    url = parse(f"https://{text}")
    if url is None or not (is_loopback(url.host) or "." in url.host):
        return "https://app.example.com"
    return f"{'http' if is_loopback(url.host) else 'https'}://{url.netloc}"


def _bare(url: URL) -> URL:
    return URL(scheme=url.scheme, host=url.host, port=url.port, path="/")
