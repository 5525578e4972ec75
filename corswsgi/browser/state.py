"""The state of a simulated browser, which its pages share and which outlives each fetch."""

from collections.abc import Callable
from dataclasses import dataclass, field

from corswsgi.browser.cache import PreflightCache
from corswsgi.browser.cookies import CookieJar
from corswsgi.browser.engines import Engine
from corswsgi.browser.http_cache import HTTPCache
from corswsgi.browser.transport import Transport
from corswsgi.browser.url import URL


@dataclass(slots=True)
class Browser:
    """The parts of a browser that outlive a fetch: the transport, the caches and the cookies.

    `may_ask` decides whether a redirect is followed. With real requests, only to hosts that the caller has named.
    """

    engine: Engine
    transport: Transport
    clock: Callable[[], float]
    may_ask: Callable[[URL], bool]
    preflights: PreflightCache = field(init=False)
    responses: HTTPCache = field(init=False)
    cookies: CookieJar = field(init=False)

    def __post_init__(self) -> None:
        self.preflights = PreflightCache(self.clock, self.engine)
        self.responses = HTTPCache(self.clock, self.engine)
        self.cookies = CookieJar(self.clock, self.engine)
