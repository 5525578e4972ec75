"""The requests of `probe` to a URL, and its conclusions from the responses.

The law of this module: its requests change nothing. It sends GET, preflights, and one method that nobody knows. It
keeps to its limit of requests, and a request without a response does not lose earlier hits.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from corswsgi.browser.headers import HeaderList
from corswsgi.browser.network import LateError, UnreachableError
from corswsgi.browser.response import Response
from corswsgi.browser.transport import Transport
from corswsgi.browser.url import URL, parse
from corswsgi.cli.diagnosis import is_refused_write
from corswsgi.cli.fronts import ALLOW_ORIGIN, Answers, varies
from corswsgi.cli.listening import in_one_line
from corswsgi.cli.probe_checks import Hit, make_hit, make_origin_hit
from corswsgi.cli.probe_headers import (
    BLOCKING,
    allows,
    is_only_read,
    preflight_hits,
    response_hits,
    vary_hits,
    wrong_headers,
)
from corswsgi.cli.probe_origins import BRINGS, STRANGER, Try, lookalikes, strangers
from corswsgi.cli.probe_seen import Seen, Subject
from corswsgi.cli.probe_strangers import preflights_for_strangers
from corswsgi.cli.probe_verdict import WRITE, Asked, verdict
from corswsgi.cli.redirect_causes import is_login
from corswsgi.standard import OK_STATUSES, REDIRECT_STATUSES

_UNKNOWN_METHOD = "CORSWSGI-PROBE"
_FIRST_ERROR = 400
_BUSY = frozenset({429, 503})
_MAX_LATE = 2  # exchanges of one URL that reach their deadline
_MAX_FAILED = 3  # consecutive requests without a response, or with a 429 or 503


class EnoughError(Exception):
    """The limit of requests is reached."""


class LeftError(Exception):
    """A URL has stopped answering and is given up."""


@dataclass(slots=True)
class Prober:
    """Asks a server through `transport`, at most `max_requests` times. Calls `pause` before each request but the first.

    `headers` are sent with every request except preflights, which carry no credentials.
    """

    transport: Transport
    max_requests: int
    pause: Callable[[], object]
    headers: tuple[tuple[str, str], ...] = ()
    told: Callable[[], object] = lambda: None  # after each request
    late: Callable[[], int] = lambda: 0  # the number of exchanges that have reached their deadline
    requests: int = field(init=False, default=0)
    seen: Seen = field(init=False, default_factory=Seen)

    def ask(self, method: str, url: URL, *headers: tuple[str, str]) -> Response | None:
        """Send one request. Returns None without a response. Raises `EnoughError` and `LeftError`."""
        if self.requests >= self.max_requests:
            raise EnoughError
        if self.requests:
            self.pause()
        self.requests += 1
        is_preflight = any(name == "Access-Control-Request-Method" for name, _ in headers)
        sent = HeaderList([("Accept", "*/*"), *headers, *(() if is_preflight else self.headers)])
        before = self.late()
        try:
            response: Response | None = self._judged(method, self.transport(method, url, sent, None), before)
        except UnreachableError as error:
            response = None
            self.seen.error = str(error)
            if (method, self.seen.error) not in self.seen.unanswered:
                self.seen.unanswered.add((method, self.seen.error))
                self.seen.note(f"{method} {url.sent}{_with(headers)} got no answer: {error}")
            self.seen.late += isinstance(error, LateError)
        self.told()
        self._leave_if_it_is_time(response)
        return response

    def _judged(self, method: str, response: Response, late_before: int) -> Response:
        self.seen.late += self.late() - late_before
        self.seen.statuses[response.status] += 1
        if method == "GET":
            self.seen.statuses_of_get.add(response.status)
        self.seen.has_cors |= any(name.lower().startswith("access-control-") for name, _ in response.headers)
        if response.error is not None:
            self.seen.error = in_one_line(response.error)
        return response

    def _leave_if_it_is_time(self, response: Response | None) -> None:
        busy = response is not None and response.status in _BUSY
        self.seen.is_whole &= response is not None and not busy
        self.seen.failed = self.seen.failed + 1 if response is None or busy else 0
        if self.seen.late >= _MAX_LATE:
            self.seen.is_whole = False
            self.seen.note("the server is too slow: the rest was not asked")
            raise LeftError
        if self.seen.failed >= _MAX_FAILED:
            if busy and response is not None:
                self.seen.note(f"the server answers {response.status}: the rest was not asked; pass a longer --delay")
            raise LeftError

    def probe(self, url: URL, subject: Subject) -> Iterator[Hit]:
        """Try everything on `url`, and yield each hit at once."""
        url, allowed = self._follow(url, subject)
        plain = self.ask("GET", url)
        if allowed is None or plain is None:
            return
        yield from wrong_headers(url, subject.origin, allowed)
        yield from vary_hits(url, subject.origin, plain, allowed)
        yield from self._probe_cache(url, subject, allowed)
        if subject.is_allowed or allows(allowed, subject.origin):
            yield from self._probe_answers(url, subject, allowed)
        yield from self._probe_origins(url, subject)
        self._probe_writes(url)
        self._ask_again(url, subject, allowed)

    def _ask_again(self, url: URL, subject: Subject, first: Response) -> None:
        """Ask once more what was asked first: a firewall or a limit in the middle answers everything alike."""
        again = self.ask("GET", url, ("Origin", subject.origin))
        if again is None or again.status in _BUSY:
            return  # has been told
        if (again.status, allows(again, subject.origin)) != (first.status, allows(first, subject.origin)):
            self.seen.is_whole = False
            self.seen.note(
                f"{url.sent} was answered with status {first.status} first and {again.status} in the end: the server "
                "may refuse so many requests; pass a longer --delay"
            )

    def _probe_writes(self, url: URL) -> None:
        """Note whether the server refuses writes from pages of other origins. The method has no effect anywhere."""
        if self.seen.asked_to_write:
            return
        self.seen.asked_to_write = True
        was_whole = self.seen.is_whole
        sent = ("Origin", f"https://{STRANGER}"), ("Sec-Fetch-Site", "cross-site")
        response = self.ask(_UNKNOWN_METHOD, url, *sent)
        self.seen.is_whole = was_whole  # as above
        if response is not None and is_refused_write(response):
            self.seen.note(f"{url.sent}: cross_origin_writes refuses what pages of other origins send")

    def _follow(self, url: URL, subject: Subject) -> tuple[URL, Response | None]:
        """Send a request with an origin, and follow one redirect within the server's own origin."""
        origin = subject.origin
        response = self.ask("GET", url, ("Origin", origin))
        if response is None or response.status not in REDIRECT_STATUSES:
            return url, response
        target = parse(response.headers.get("Location") or "", url)
        if target is None or target.origin != url.origin:
            self.seen.note(f"{url.sent} redirects to {target.sent if target else 'nowhere'}, which was not asked")
            return url, response
        if target == url or is_login(url, target):
            return url, response  # the verdict and the notes say so
        target = replace(target, fragment=None)
        if subject.is_named and not allows(response, origin):
            self.seen.note(
                f"pages of {origin} are blocked at {url.sent}, which redirects to {target.sent}: ask that URL"
            )
        return target, self.ask("GET", target, ("Origin", origin))

    def _probe_answers(self, url: URL, subject: Subject, allowed: Response) -> Iterator[Hit]:
        """Check the preflight and error responses for an origin that is meant to read the URL."""
        origin = subject.origin
        asked = [("Origin", origin), ("Access-Control-Request-Method", "GET")]
        preflight = self.ask("OPTIONS", url, *asked, ("Access-Control-Request-Headers", "authorization"))
        if preflight is None:
            yield from self._without_preflight(url, subject, allowed)
            return
        answers = Answers(origin=origin, preflight=preflight, actual=allowed)
        is_busy = preflight.status in _BUSY
        hits = [] if is_busy else [*preflight_hits(url, answers), *response_hits(url, answers)]
        if is_only_read(answers):
            self.seen.note(
                f"{url.sent} is public, and OPTIONS is answered with status {preflight.status}: pages can read it, and "
                "send nothing that needs a preflight"
            )
        else:
            yield from hits
        if subject.is_named:
            blocking = (hit.check for hit in hits if hit.check in BLOCKING)
            broken = f"status {preflight.status}" if is_busy else next(blocking, None)
            is_asked = allows(allowed, origin) and broken is None
            write = self.ask("OPTIONS", url, ("Origin", origin), *WRITE) if is_asked else None
            asked_of_it = Asked(url=url, origin=origin, actual=allowed, preflight=preflight, write=write)
            self.seen.verdicts.append(verdict(asked_of_it, broken))
        if not allows(allowed, origin) and not allows(preflight, origin):
            return
        was_whole = self.seen.is_whole
        error = self.ask(_UNKNOWN_METHOD, url, ("Origin", origin))
        self.seen.is_whole = was_whole  # pages do not send it, so a server may close the connection
        if error is not None:
            known = {hit.check for hit in wrong_headers(url, origin, allowed)}
            found = wrong_headers(url, origin, error, f"{_UNKNOWN_METHOD}, Origin: {origin}")
            yield from (hit for hit in found if hit.check not in known)
        for method, response in (("GET", allowed), (_UNKNOWN_METHOD, error)):
            if response is not None and _is_error(response) and not response.headers.has(ALLOW_ORIGIN):
                yield make_hit("error-without-headers", url, f"{method}, Origin: {origin}", f"status {response.status}")
                return

    def _without_preflight(self, url: URL, subject: Subject, allowed: Response) -> Iterator[Hit]:
        """Find that pages that may GET get no response to their preflights."""
        if allows(allowed, subject.origin):
            sent = f"preflight, Origin: {subject.origin}"
            yield make_hit("preflight-not-ok", url, sent, f"no response: {self.seen.error}")
        if subject.is_named:
            asked = Asked(url=url, origin=subject.origin, actual=allowed, preflight=None)
            self.seen.verdicts.append(verdict(asked, "preflight-not-ok"))

    def _probe_cache(self, url: URL, subject: Subject, allowed: Response) -> Iterator[Hit]:
        """Find a cache that keeps one response for all origins: a fresh URL is answered differently."""
        if not subject.is_allowed or allowed.headers.get(ALLOW_ORIGIN) == "*":
            return
        stranger = f"https://{STRANGER}"
        cached = self.ask("GET", url, ("Origin", stranger))
        if cached is None:
            return
        if (
            varies(allowed)
            and not varies(cached)
            and cached.status in OK_STATUSES
            and not cached.headers.has(ALLOW_ORIGIN)
        ):
            yield make_hit("vary-missing-without-origin", url, f"Origin: {stranger}", "no Vary: Origin")
        if allows(allowed, subject.origin) is not allows(cached, subject.origin):
            return  # the responses differ, as they should
        fresh = replace(url, query=f"{url.query}&corswsgi-probe" if url.query else "corswsgi-probe")
        asked = stranger if allows(allowed, subject.origin) else subject.origin
        answer = self.ask("GET", fresh, ("Origin", asked))
        if answer is not None and allows(answer, subject.origin) is not allows(allowed, subject.origin):
            named = cached.headers.get(ALLOW_ORIGIN) or "none"
            vary = "Vary: Origin" if varies(cached) else "no Vary"
            yield make_hit("cache-ignores-vary", url, f"Origin: {stranger}", f"{ALLOW_ORIGIN}: {named}, {vary}")

    def _probe_origins(self, url: URL, subject: Subject) -> Iterator[Hit]:
        found = self.seen.mistakes
        for each in subject.tries:
            is_known = each.code in found or any(each.code in BRINGS.get(code, ()) for code in found)
            if is_known or each in self.seen.tried:
                continue
            self.seen.tried.add(each)
            response = self.ask("GET", url, ("Origin", each.origin))
            if response is None or response.headers.get(ALLOW_ORIGIN) != each.origin:
                continue
            if each.unless and self._allows(url, each.unless):
                continue
            found.add(each.code)
            yield make_origin_hit(each.code, url, f"Origin: {each.origin}", each.origin, response)
        if "any-origin-reflected" not in found and not self.seen.asked_as_stranger:
            self.seen.asked_as_stranger = True
            yield from preflights_for_strangers(self.ask, url)

    def _allows(self, url: URL, origin: str) -> bool:
        response = self.ask("GET", url, ("Origin", origin))
        return response is not None and response.headers.get(ALLOW_ORIGIN) == origin


def _is_error(response: Response) -> bool:
    """Return whether a response is an error of the application, and not one that asks to come later."""
    return response.status >= _FIRST_ERROR and response.status not in _BUSY


def _with(headers: tuple[tuple[str, str], ...]) -> str:
    return "".join(f", {name}: {value}" for name, value in headers)


def all_tries(origin: str, named: tuple[str, ...] = ()) -> tuple[Try, ...]:
    """Return the origins to try on a server that may allow `origin`, without those in `named`, which are allowed."""
    return tuple(each for each in (*strangers(), *lookalikes(origin)) if each.origin not in named)
