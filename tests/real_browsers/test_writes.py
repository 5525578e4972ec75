"""Real pages try to write to a shop that refuses writes of other origins: each write takes effect or gets a 403.

The simulator's pages try the same, and the same reaches the application.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest

from corswsgi import CORSMiddleware, Policy
from corswsgi.browser import CORSError, Page
from tests.real_browsers.agreement import ENGINES
from tests.real_browsers.harness import Fetch, Visit, observe

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

    from corswsgi.browser.engines import EngineName

SHOP = "https://shop.example"
ALLY = "https://ally.example"
EVIL = "https://evil.example"
SIBLING = "https://blog.shop.example"
PORT = "https://shop.example:8443"
PLAIN = "http://shop.example"
LOCAL, BESIDE = "http://localhost:8844", "http://localhost:5173"

TABLE = {
    "/account/**": Policy(allow_origins=ALLY, allow_credentials=True, allow_methods="PUT"),
    "/callback/**": Policy(accept_writes_from=ALLY),
    "/feed/**": Policy(allow_origins="*"),
}


@dataclass(frozen=True, kw_only=True)
class Write:
    """A write that a page tries, and whether it reaches the application."""

    id: str
    page: str
    api: str
    reaches: bool
    below: str = "/orders/"
    server: str = SHOP
    via: str = ""  # the origin of a server that redirects there
    policy: str = ""
    is_null_in: str = ""  # the engine that says Origin: null there, and its profile does not
    init: dict[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return f"{self.below}{self.id}"

    @property
    def url(self) -> str:
        target = f"{self.server}{self.path}"
        return f"{self.via}/go/{self.id}?to={target}" if self.via else target

    @property
    def fetch(self) -> Fetch:
        mode = {"mode": "no-cors"} if self.api == "fetch" and self.init.get("method", "POST") == "POST" else {}
        method = {"method": "GET"} if self.api == "websocket" else {"method": "POST"}
        body = {"body": {"total": "1"} if self.api == "form" else "total=1"} if self.api != "websocket" else {}
        return self.url, {"api": self.api, "credentials": "include", **method, **mode, **body, **self.init}


def _writes() -> Iterator[Write]:
    pages = {"own": SHOP, "sibling": SIBLING, "port": PORT, "evil": EVIL, "plain": PLAIN, "ally": ALLY}
    for name, page in pages.items():
        for api in ("form", "fetch", "beacon", "websocket"):
            yield Write(id=f"{name}-{api}", page=page, api=api, reaches=name == "own")
    for api in ("fetch", "beacon", "websocket"):
        yield Write(id=f"sandbox-{api}", page="null", api=api, reaches=False)
    for policy in ("no-referrer", "same-origin", "unsafe-url"):
        for api in ("form", "fetch"):
            named = f"{api}-{policy}"
            yield Write(id=f"own-{named}", page=SHOP, api=api, policy=policy, reaches=True)
            yield Write(id=f"sibling-{named}", page=SIBLING, api=api, policy=policy, reaches=False)
    for api in ("form", "fetch", "beacon", "websocket"):
        yield Write(id=f"ally-account-{api}", page=ALLY, api=api, below="/account/", reaches=True)
        yield Write(id=f"ally-callback-{api}", page=ALLY, api=api, below="/callback/", reaches=True)
        yield Write(id=f"evil-account-{api}", page=EVIL, api=api, below="/account/", reaches=False)
        yield Write(id=f"evil-feed-{api}", page=EVIL, api=api, below="/feed/", reaches=True)
    put = {"method": "PUT", "mode": "cors"}
    yield Write(id="ally-put", page=ALLY, api="fetch", below="/account/", init=put, reaches=True)
    yield Write(id="evil-put", page=EVIL, api="fetch", below="/account/", init=put, reaches=False)
    yield Write(id="evil-via-evil", page=EVIL, api="fetch", via=EVIL, reaches=False)
    via: dict[str, Any] = {"page": ALLY, "api": "fetch", "via": ALLY, "below": "/callback/"}
    # seen in Chromium 156: without CORS, after any redirect to another origin
    yield Write(id="ally-via-ally", reaches=True, is_null_in="chromium", **via)
    # Origin is null once the way has led over another site
    yield Write(id="ally-via-evil", page=ALLY, api="fetch", via=EVIL, below="/callback/", reaches=False)
    yield Write(id="own-via-own", page=SHOP, api="fetch", via=SHOP, reaches=True)
    yield Write(id="own-via-evil", page=SHOP, api="fetch", via=EVIL, reaches=False)
    for api in ("form", "fetch", "beacon", "websocket"):
        yield Write(id=f"local-own-{api}", page=LOCAL, server=LOCAL, api=api, reaches=True)
        yield Write(id=f"local-beside-{api}", page=BESIDE, server=LOCAL, api=api, reaches=False)


WRITES = list(_writes())


class Site:
    """Every server: a shop that refuses, and on other hosts one that redirects. It remembers what it was asked."""

    def __init__(self) -> None:
        self.null_in = ""
        self.arrived: dict[str, list[str | None]] = {}
        self.reached = set[str]()
        self._shop = CORSMiddleware(self._application, TABLE, cross_origin_writes="refuse")

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith("/go/"):
            to = parse_qs(environ["QUERY_STRING"])["to"][0]
            start_response("307 Temporary Redirect", [("Location", to), ("Content-Length", "0")])
            return []
        headers = ("REQUEST_METHOD", "HTTP_HOST", "HTTP_ORIGIN", "HTTP_SEC_FETCH_SITE", "HTTP_COOKIE")
        self.arrived[environ["PATH_INFO"]] = [environ.get(name) for name in headers]
        return self._shop(environ, start_response)

    def _application(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "OPTIONS":
            self.reached.add(environ["PATH_INFO"])
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "0")])
        return []


def browsed(engine: "EngineName", site: Site) -> None:
    """Have the pages of a real engine try everything; a form leaves its page, and so has one to itself."""
    visits = [Visit(write.page, [write.fetch], referrer_policy=write.policy) for write in WRITES]
    take: Callable[[Fetch], list[Any]] = lambda _: []  # noqa: E731  (its type is the harness')
    urls = [url for write in WRITES for url in (write.page, write.server, write.via) if url and url != "null"]
    observe(visits, site, take, ENGINES[engine].browse, urls)


def simulated(engine: "EngineName", site: Site) -> None:
    """Have simulated pages try everything."""
    for write in WRITES:
        policy: Any = write.policy or "strict-origin-when-cross-origin"
        page = Page(write.page, site, base_url=write.server, engine=engine, referrer_policy=policy)
        url, init = write.fetch
        try:
            if write.api == "form":
                page.submit(url, init["body"])
            elif write.api == "websocket":
                page.open_websocket(url)
            else:
                page.fetch(url, **init)
        except CORSError:
            pass  # no script may read it, which is not the question here


@pytest.fixture(scope="module", params=[(engine, who) for engine in ENGINES for who in ("real", "simulated")], ids=str)
def site(request: pytest.FixtureRequest) -> Site:
    engine, who = request.param
    site = Site()
    if who == "simulated":
        simulated(engine, site)
        return site
    if ENGINES[engine].find() is None:
        if engine == "chromium" and os.environ.get("CI"):
            pytest.fail("Chromium is not installed, and CI must not go without it", pytrace=False)
        pytest.skip(f"{ENGINES[engine].NAME} is not installed")
    browsed(engine, site)
    site.null_in = engine
    return site


@pytest.mark.parametrize("write", WRITES, ids=lambda write: write.id)
def test_a_write_reaches_the_application_only_where_its_row_says_so(site: Site, write: Write) -> None:
    assert write.path in site.arrived or write.id == "evil-put", "the browser did not send it"
    reaches = write.reaches and not (site.null_in and site.null_in == write.is_null_in)
    assert (write.path in site.reached) is reaches, site.arrived.get(write.path)
