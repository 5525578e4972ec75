"""The corpus in a real engine and in the simulator's profile of it: the outcome of each case, in the same terms.

The law of this module: both are answered by the same application, and what a case does not foresee is refused.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from corswsgi.browser import CORSError, Handshake, Page
from tests.browser.serving import Clock, Server
from tests.browser.test_corpus import Case, answered, read, serve
from tests.real_browsers.harness import Browse, Fetch, Seen, Visit, observe

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from corswsgi.browser.engines import EngineName

NAMES = ("fetch", "mode", "redirect", "cache", "engine-differs", "spec", "engines")
_MORE = Path(__file__).with_name("more.jsonl")  # where engines were found to differ, beyond the corpus
_WHO = Path(__file__).with_name("who.jsonl")  # who asks, as each API says it under each referrer policy
_UNSEEN = {"form", "beacon", "websocket"}  # of these no script sees an answer
_LANES = 4  # and one for each case that waits
_PAGE_PATH = re.compile(r"/page/\d+/$")  # the simulator's page is at /
_REFUSAL = {"status": 403, "headers": []}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A request as it arrived: for a preflight with what it asks, and of the other headers those that a case names.

    The Referer is not known of a page with an opaque origin. ``fetch`` is Sec-Fetch-Site, -Mode and -Dest.
    """

    method: str
    url: str
    origin: str | None
    cookies: list[str]
    asked_method: str | None
    asked_headers: list[str] | None
    referer: str | None
    fetch: list[str] | None
    named: dict[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The outcome of one fetch. The type is unknown for a blocked fetch and for an XMLHttpRequest."""

    allowed: bool
    type: str | None
    status: int | None
    readable: list[str]
    sent: list[Sent]

    def difference(self, other: "Outcome") -> dict[str, tuple[Any, Any]]:
        """Give what is not the same in `other`: here and there."""
        here, there = asdict(self), asdict(other)
        return {key: (here[key], there[key]) for key in here if here[key] != there[key]}


def cases() -> list[Case]:
    """Read all cases; what one does not foresee has an answer now: a refusal."""
    found = [json.loads(line) for place in (_MORE, _WHO) for line in place.read_text().splitlines()]
    found += json.loads(json.dumps([case for name in NAMES for case in read(name)]))
    for case in found:
        for part in (part for step in steps(case) for part in parts(step)):
            part["preflight_response"] = part.get("preflight_response") or _REFUSAL
            part["response"] = part.get("response") or _REFUSAL
    return found


def steps(case: Case) -> list[Case]:
    """Give the requests of a case, each with its answers."""
    return case.get("steps") or [case]


def parts(step: Case) -> list[Case]:
    """Give the URLs that a request leads to, each with its answers."""
    hops: list[Case] = step.get("hops") or []
    if not hops:
        step["url"] = step["request"]["url"]
    return hops or [step]


def simulated(case: Case, engine: "EngineName") -> list[Outcome]:
    """Run a case in the simulator, and return the outcome of each of its requests."""
    server, clock = Server(), Clock()
    first = steps(case)[0]["request"]
    policy = first.get("referrer_policy", "strict-origin-when-cross-origin")
    page = Page(first["page_origin"], server, engine=engine, clock=clock, referrer_policy=policy)
    outcomes = []
    for number, step in enumerate(steps(case)):
        clock.now += step.get("wait_ms", 0) / 1000
        serve_all(server, step)
        try:
            reply = answered(page.open_page(step["request"]["page_origin"]), step["request"])
        except CORSError as error:
            handshake, status = error.handshake, None
        else:
            handshake, status = reply.handshake, reply.status
        outcomes.append(_explained_outcome(handshake, status, _arrivals(server, case, number), step))
    return outcomes


def _explained_outcome(handshake: Handshake, status: int | None, sent: list[Sent], step: Case) -> Outcome:
    if handshake.api in _UNSEEN:
        return Outcome(allowed=True, type=None, status=None, readable=[], sent=sent)
    is_fetch = handshake.api == "fetch"
    is_shown = handshake.api != "eventsource"  # a script sees its events alone
    is_read = handshake.allowed and handshake.type in {"basic", "cors"}
    return Outcome(
        allowed=handshake.allowed,
        type=handshake.type if handshake.allowed and is_fetch else None,
        status=status if is_read else None,
        readable=_named_readable(handshake.readable_headers, step) if is_read and is_shown else [],
        sent=sent,
    )


def run_alone(chosen: Sequence[Case], browse: Browse) -> dict[str, Seen]:
    """Run cases of one request in a real engine, one after the other: so the console speaks of one of them."""
    site = _Site(chosen)
    pages: dict[tuple[str, str], list[Fetch]] = {}
    for case in chosen:
        request = {**case["request"], "id": case["id"]}
        page = request["page_origin"], request.get("referrer_policy", "")
        pages.setdefault(page, []).append((request["url"], request))
    visits = [Visit(origin, fetches, referrer_policy=policy) for (origin, policy), fetches in pages.items()]
    urls = [part["url"] for case in chosen for part in parts(case)]
    results = observe(visits, site, site.take, browse, [*(page for page, _ in pages), *urls])
    return {
        request["id"]: seen
        for visit, found in zip(visits, results, strict=True)
        for (_, request), seen in zip(visit.fetches, found, strict=True)
    }


def observed(chosen: Sequence[Case], browse: Browse) -> dict[str, list[Outcome]]:
    """Run cases in a real engine, and return the outcome of each request by its id."""
    site = _Site(chosen)
    pages: dict[tuple[str, str, str], list[Fetch]] = {}
    for case in chosen:
        for step in steps(case):
            request = {**step["request"], "id": case["id"], "wait_ms": step.get("wait_ms", 0)}
            alone = case["id"] if request.get("api") == "form" else ""
            page = request["page_origin"], request.get("referrer_policy", ""), alone
            pages.setdefault(page, []).append((request["url"], request))
    lanes = {
        case["id"]: case["id"] if any(step.get("wait_ms") for step in steps(case)) else str(number % _LANES)
        for number, case in enumerate(chosen)
    }
    visits = [
        Visit(origin, fetches, lambda fetch: lanes[fetch[1]["id"]], policy)
        for (origin, policy, _), fetches in pages.items()
    ]
    outcomes: dict[str, list[Outcome]] = {case["id"]: [] for case in chosen}
    urls = [part["url"] for case in chosen for step in steps(case) for part in parts(step)]
    for visit, results in zip(
        visits, observe(visits, site, site.take, browse, [*(page for page, _, _ in pages), *urls]), strict=True
    ):
        for (_, request), seen in zip(visit.fetches, results, strict=True):
            step = steps(site.cases[request["id"]])[len(outcomes[request["id"]])]
            outcomes[request["id"]].append(_seen_outcome(seen, step))
    return outcomes


def _seen_outcome(seen: Seen, step: Case) -> Outcome:
    if step["request"].get("api") in _UNSEEN:
        return Outcome(allowed=True, type=None, status=None, readable=[], sent=seen.arrived)
    is_opaque = seen.type in {"opaque", "opaqueredirect"}
    return Outcome(
        allowed=seen.error is None,
        type=seen.type,
        status=None if is_opaque else seen.status,
        readable=_named_readable((name for name, _ in seen.headers), step),
        sent=seen.arrived,
    )


class _Site:
    """Answers each case by its paths, with the answers of the request that it has come to."""

    def __init__(self, chosen: Sequence[Case]) -> None:
        self.cases = {case["id"]: case for case in chosen}
        self._server = {case["id"]: Server() for case in chosen}
        self._come_to = dict.fromkeys(self.cases, 0)
        self._ids = {
            urlsplit(part["url"]).path: case["id"] for case in chosen for step in steps(case) for part in parts(step)
        }
        for case in chosen:
            serve_all(self._server[case["id"]], steps(case)[0])

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        case_id = self._ids.get(environ["PATH_INFO"])
        if case_id is None:  # what an engine asks for of its own
            start_response("404 Not Found", [("Content-Length", "0")])
            return []
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        return self._server[case_id](environ, start_response)

    def take(self, fetch: Fetch) -> list[Sent]:
        """Give what arrived for this request of a case, and go on to the next."""
        case_id = fetch[1]["id"]
        server, number = self._server[case_id], self._come_to[case_id]
        arrived = _arrivals(server, self.cases[case_id], number)
        following = steps(self.cases[case_id])[number + 1 :]
        if following:
            self._come_to[case_id] += 1
            serve_all(server, following[0])
        return arrived


def serve_all(server: Server, step: Case) -> None:
    for part in parts(step):
        serve(server, part["url"], part["preflight_response"], part["response"])
        answer = server.answers[urlsplit(part["url"]).path]
        answer.body = b"x" * int(dict(answer.headers).get("Content-Length", "0"))


def _arrivals(server: Server, case: Case, number: int) -> list[Sent]:
    """Take what arrived for one request of a case. Cookies that other cases have left behind do not count."""
    before = [part["response"]["headers"] for step in steps(case)[:number] for part in parts(step)]
    cookies = {value.partition("=")[0] for headers in before for name, value in headers if name == "Set-Cookie"}
    names = steps(case)[number].get("expect", {}).get("sent_headers", ())
    knows_referer = steps(case)[number]["request"]["page_origin"] != "null"
    arrived = [_sent(environ, names, cookies, knows_referer=knows_referer) for environ in server.arrived]
    server.arrived.clear()
    return arrived


def _sent(environ: "WSGIEnvironment", names: Iterable[str], cookies: set[str], *, knows_referer: bool) -> Sent:
    headers = {name.removeprefix("HTTP_").replace("_", "-").lower(): value for name, value in environ.items()}
    asked = headers.get("access-control-request-headers")
    sent_cookies = headers.get("cookie", "").split("; ")
    return Sent(
        method=environ["REQUEST_METHOD"],
        url=f"{environ['wsgi.url_scheme']}://{environ['HTTP_HOST']}{unquote(environ['PATH_INFO'])}",
        origin=headers.get("origin"),
        cookies=[cookie for cookie in sent_cookies if cookie.partition("=")[0] in cookies],
        asked_method=headers.get("access-control-request-method"),
        asked_headers=None if asked is None else [name.strip() for name in asked.split(",")],
        referer=_PAGE_PATH.sub("/", headers["referer"]) if knows_referer and "referer" in headers else None,
        fetch=_fetch_metadata(headers),
        named={name: headers.get(name.lower()) for name in names},
    )


def _fetch_metadata(headers: dict[str, str]) -> list[str] | None:
    found = [headers.get(f"sec-fetch-{name}") for name in ("site", "mode", "dest")]
    return None if found == [None] * 3 else [value or "-" for value in found]


def _named_readable(readable: Iterable[str], step: Case) -> list[str]:
    """Give, of what a script may read, the headers that the last answer of the case names."""
    named = {name.lower() for name, _ in parts(step)[-1]["response"]["headers"]}
    return sorted({name.lower() for name in readable} & named)
