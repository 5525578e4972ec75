"""Real pages in a real browser: the outcome of each ``fetch()`` for the script, the servers and the console.

There is no driver: a page POSTs what it saw to its own server. Nothing here knows an engine, the modules beside it do.
The law of this module: the fetches of a lane are made one after the other, so what arrives at the paths of a lane
between two of them belongs to the first.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.real_browsers.proxy import Proxy, serving

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_PAGE = Path(__file__).with_name("page.html").read_text()
_PATH = re.compile(r"(?<=[\w\]])/[\w./-]+")
_PAGES = "/page/"  # all else is asked of the site
# The hosts of pages and sites (RFC 6761); to others go the requests that an engine has of its own.
_OUR_HOST = re.compile(r"((.+\.)?(localhost|example)\.?|127\.0\.0\.1|\[::1\])(:[0-9]+)?")
_SANDBOX = "https://sandbox.example"  # where pages with the origin null come from
_FETCH, _END = "fetch ", "end"  # what the page writes to the console, before each fetch and after the last

_ONWARD = """<!doctype html><title>corswsgi</title><link rel="icon" href="data:,"><script>
(async ({ report, next }) => {
  const seen = { type: null, status: null, headers: [], body: null };
  await fetch(report, { method: "POST", mode: "no-cors", credentials: "omit", body: JSON.stringify(seen) });
  next ? location.href = next : console.info("end");
})({});
</script>"""

# Opens a URL in an engine that finds every host behind the proxy, and gives the messages of the console up to the one
# named last.
Browse = Callable[[str, Proxy, str], Iterable[str]]

Fetch = tuple[str, dict[str, Any]]  # what a script passes to fetch(): a URL and options; `api` and `wait_ms` are ours
Take = Callable[[Fetch], list[Any]]  # gives what the site has recorded of this fetch, which has ended


@dataclass(frozen=True, slots=True)
class Visit:
    """The origin of a page, and the fetches that its script makes. Those of one `lane` wait for one another."""

    page: str
    fetches: Sequence[Fetch]
    lane: Callable[[Fetch], str] = field(default=lambda _: "")
    referrer_policy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The outcome of one fetch: the error or the readable response, the console's messages, the arrived requests."""

    error: str | None = None
    type: str | None = None
    status: int | None = None
    headers: list[list[str]] = field(default_factory=list)
    body: str | None = None
    console: list[str] = field(default_factory=list)
    arrived: list[Any]


def recorded(app: "WSGIApplication", at: str, log: list[str]) -> "WSGIApplication":
    """Wrap `app` so that `log` gets a line for every request, before `app` does: ``<at>: PUT``."""

    def recorder(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        log.append(f"{at}: {environ['REQUEST_METHOD']}")
        return app(environ, start_response)

    return recorder


def observe(
    visits: Sequence[Visit], site: "WSGIApplication", take: Take, browse: Browse, urls: Iterable[str] = ()
) -> list[list[Seen]]:
    """Make all visits in one browser; `site` is the application that answers as every host that they fetch from.

    `urls` are what is asked for over TLS, pages and all.
    """
    pages = _Pages(visits, site, take)
    with serving(
        pages, sorted({_place(url) for url in (*urls, _SANDBOX) if url.lower().startswith("https:")})
    ) as proxy:
        console = _by_fetch(browse(pages.url(0), proxy, _END), pages.places)
    return [
        [
            Seen(**pages.results[path], console=console[path], arrived=pages.arrived[path])
            for path in (f"{_PAGES}{number}/{index}" for index in range(len(visit.fetches)))
        ]
        for number, visit in enumerate(visits)
    ]


def _ignored(*_answer: object) -> Callable[[bytes], object]:
    """Take the status and the headers of an answer that is not sent."""
    return lambda _: None


def _place(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or 443}"


def _by_fetch(console: Iterable[str], places: dict[str, str]) -> dict[str, list[str]]:
    """Sort messages by what they are about: the fetch whose id they name in a path, or the one under way."""
    messages: dict[str, list[str]] = defaultdict(list)
    under_way = ""
    for message in console:
        if message.startswith(_FETCH):
            under_way = message.removeprefix(_FETCH)
        else:
            names = (name for path in _PATH.findall(message) for name in path.rstrip(".").split("/"))
            named = (places[name] for name in names if name in places)
            messages[next(named, under_way)].append(message)
    return messages


class _Pages:
    """The pages and, everywhere else, the site. ``/page/0/`` is the first visit's, ``/page/0/2`` its third result."""

    def __init__(self, visits: Sequence[Visit], site: "WSGIApplication", take: Take) -> None:
        self._visits = visits
        self._site = site
        self._take = take
        self.places = {
            init["id"]: f"{_PAGES}{number}/{index}"
            for number, visit in enumerate(visits)
            for index, (_, init) in enumerate(visit.fetches)
            if "id" in init
        }
        self.results: dict[str, dict[str, Any]] = {}
        self.arrived: dict[str, list[Any]] = {}
        self._asked = Counter[str]()
        self._current = 0
        # a form leaves its page, and is the only one there: what it asked for comes, and goes on to the next page
        self._forms = {
            urlsplit(url).path: number
            for number, visit in enumerate(visits)
            for url, init in visit.fetches
            if init.get("api") == "form"
        }

    def url(self, number: int) -> str:
        page = self._visits[number].page
        return f"{_SANDBOX if page == 'null' else page}{_PAGES}{number}/"

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if not _OUR_HOST.fullmatch(environ.get("HTTP_HOST", "")):
            start_response("404 Not Found", [("Content-Length", "0")])
            return []
        if not path.startswith(_PAGES):
            is_form = self._forms.get(path) == self._current
            answer = self._site(environ, _ignored if is_form else start_response)
            self._asked[path] += 1
            return self._onward(self._current, start_response) if is_form else answer
        number, _, index = path.removeprefix(_PAGES).partition("/")
        visit = self._visits[int(number)]
        headers, body = [], b""
        if index == "asked":
            asked = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode()
            headers = [("Access-Control-Allow-Origin", "*")]  # for pages with an opaque origin
            body = str(self._asked[urlsplit(asked).path]).encode()
        elif index:
            self.results[path] = json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
            self.arrived[path] = self._take(visit.fetches[int(index)])
        else:
            self._current = int(number)
            headers = [("Content-Type", "text/html")]
            headers += [("Content-Security-Policy", "sandbox allow-scripts")] if visit.page == "null" else []
            headers += [("Referrer-Policy", visit.referrer_policy)] if visit.referrer_policy else []
            body = self._page(int(number)).encode()
        start_response("200 OK", [*headers, ("Content-Length", str(len(body)))])
        return [body]

    def _onward(self, number: int, start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a form with a page that reports it, and goes on to the next."""
        script = json.dumps({"report": f"{_PAGES}{number}/0", "next": self._next(number)})
        body = _ONWARD.replace("{}", script, 1).encode()
        start_response("200 OK", [("Content-Type", "text/html"), ("Content-Length", str(len(body)))])
        return [body]

    def _next(self, number: int) -> str | None:
        return self.url(number + 1) if number + 1 < len(self._visits) else None

    def _page(self, number: int) -> str:
        visit = self._visits[number]
        lanes: dict[str, list[tuple[int, Fetch]]] = defaultdict(list)
        for index, fetch in enumerate(visit.fetches):
            lanes[visit.lane(fetch)].append((index, fetch))
        script = json.dumps({"lanes": [*lanes.values()], "next": self._next(number)}).replace("<", "\\u003c")
        return _PAGE.replace("{}", script, 1)
