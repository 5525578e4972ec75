"""What `probe` asks a server, and what it makes of the answers.

The law of this module: nothing that it sends changes anything. It sends GET, preflights, and one method that nobody
knows; it follows no redirect, and never sends more than it may.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from corswsgi.browser.headers import HeaderList
from corswsgi.browser.response import Response
from corswsgi.browser.transport import Transport
from corswsgi.browser.url import URL
from corswsgi.cli.output import Severity
from corswsgi.cli.probe_origins import BRINGS, Try, lookalikes, strangers
from corswsgi.standard import REDIRECT_STATUSES

_LESS: dict[Severity, Severity] = {"high": "medium", "medium": "low", "low": "low"}

_ALLOW_ORIGIN = "Access-Control-Allow-Origin"
_UNKNOWN_METHOD = "CORSWSGI-PROBE"
_LOGIN_STATUSES = frozenset({401, 403, 407})
_FIRST_ERROR = 400


@dataclass(frozen=True, slots=True)
class Check:
    """A mistake: how bad it is where cookies come along, and why it matters."""

    code: str
    severity: Severity
    why: str


CHECKS = {
    check.code: check
    for check in (
        Check("any-origin-reflected", "high", "every page on the web may read this"),
        Check("null-origin-allowed", "high", "every page can put a sandboxed frame into itself, which sends 'null'"),
        Check(
            "origin-prefix-matched", "high", "whoever owns a domain can name a host that begins like the allowed one"
        ),
        Check("origin-suffix-matched", "high", "anybody can register a name that ends like the allowed one"),
        Check("origin-substring-matched", "high", "anybody can name a host that has the allowed one in it"),
        Check("unescaped-dot-matched", "high", "a dot of a regex stands for any character: such a name can be had"),
        Check(
            "special-characters-matched", "high", "some browsers take such a host of an attacker's domain for a name"
        ),
        Check("userinfo-matched", "high", "the host is what comes after the '@', and not the allowed one"),
        Check("two-origins-matched", "medium", "what is looked at is not what is compared: one value has two origins"),
        Check("third-party-host-allowed", "high", "anybody can have a page there"),
        Check("localhost-lookalike-allowed", "high", "it is a name like any other, and anybody's"),
        Check("insecure-scheme-matched", "medium", "whoever sits on the network path can speak as a page over http"),
        Check("any-port-matched", "medium", "another service on the same host is another origin"),
        Check("case-ignored", "low", "no browser sends it so: origins are not compared byte for byte"),
        Check("trailing-dot-matched", "low", "it is another origin: origins are not compared byte for byte"),
        Check("allow-origin-doubled", "medium", "browsers refuse more than one: two parts of the server both answer"),
        Check("credentials-with-wildcard", "medium", "browsers refuse it: somebody wants any page to act as the user"),
        Check("vary-missing", "medium", "a cache hands one page the answer that names another's origin"),
        Check(
            "vary-missing-without-origin", "low", "a cache keeps the answer without headers, and blocks pages with it"
        ),
        Check("preflight-redirected", "medium", "browsers follow no redirect of a preflight: they block"),
        Check("preflight-demands-login", "medium", "a preflight never carries credentials: it can never log in"),
        Check("preflight-sets-cookies", "low", "browsers drop cookies of a preflight; it ran code that is not for it"),
        Check("error-without-headers", "low", "the page sees a CORS error in place of the real one"),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A mistake that was found: what was sent, and what came back."""

    severity: Severity
    check: str
    url: str
    sent: str
    answer: str


class EnoughError(Exception):
    """As many requests have been sent as may be."""


@dataclass(slots=True)
class Prober:
    """Asks a server through `transport`, at most `max_requests` times; calls `pause` before each but the first."""

    transport: Transport
    max_requests: int
    pause: Callable[[], object]
    told: Callable[[], object] = lambda: None  # after each request
    requests: int = field(init=False, default=0)

    def ask(self, method: str, url: URL, *headers: tuple[str, str]) -> Response:
        """Send one request. Raises `EnoughError`, and what the transport raises."""
        if self.requests >= self.max_requests:
            raise EnoughError
        if self.requests:
            self.pause()
        self.requests += 1
        response = self.transport(method, url, HeaderList([("Accept", "*/*"), *headers]), None)
        self.told()
        return response

    def probe(self, url: URL, subject: "Subject") -> Iterator[Hit]:
        """Ask for `url` in all the ways, and give what is found as soon as it is."""
        plain = self.ask("GET", url)
        allowed = self.ask("GET", url, ("Origin", subject.origin))
        yield from _wrong_headers(url, subject.origin, allowed)
        yield from _without_vary(url, subject.origin, plain, allowed)
        if subject.is_allowed or allowed.headers.get(_ALLOW_ORIGIN) in {subject.origin, "*"}:
            yield from self._probe_answers(url, subject.origin, allowed)
        yield from self._probe_origins(url, subject)

    def _probe_answers(self, url: URL, origin: str, allowed: Response) -> Iterator[Hit]:
        """Look at the preflight and at errors, as a page sees them that is meant to read this."""
        asked = [("Origin", origin), ("Access-Control-Request-Method", "GET")]
        preflight = self.ask("OPTIONS", url, *asked, ("Access-Control-Request-Headers", "authorization"))
        sent, answer = f"preflight, Origin: {origin}", f"status {preflight.status}"
        if preflight.status in REDIRECT_STATUSES:
            yield _hit("preflight-redirected", url, sent, answer)
        elif preflight.status in _LOGIN_STATUSES:
            yield _hit("preflight-demands-login", url, sent, answer)
        cookies = preflight.headers.get_all("Set-Cookie")
        if cookies:
            yield _hit("preflight-sets-cookies", url, sent, f"Set-Cookie: {cookies[0]}")
        yield from _wrong_headers(url, origin, preflight, sent)
        error = self.ask(_UNKNOWN_METHOD, url, ("Origin", origin))
        for method, response in (("GET", allowed), (_UNKNOWN_METHOD, error)):
            if response.status >= _FIRST_ERROR and not response.headers.has(_ALLOW_ORIGIN):
                yield _hit("error-without-headers", url, f"{method}, Origin: {origin}", f"status {response.status}")
                return

    def _probe_origins(self, url: URL, subject: "Subject") -> Iterator[Hit]:
        found = set[str]()
        for each in subject.tries:
            if each.code in found or any(each.code in BRINGS.get(code, ()) for code in found):
                continue
            response = self.ask("GET", url, ("Origin", each.origin))
            if response.headers.get(_ALLOW_ORIGIN) != each.origin:
                continue
            if each.unless and self._allows(url, each.unless):
                continue
            found.add(each.code)
            yield _origin_hit(each.code, url, each.origin, response)

    def _allows(self, url: URL, origin: str) -> bool:
        return self.ask("GET", url, ("Origin", origin)).headers.get(_ALLOW_ORIGIN) == origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is known of a URL: an origin that may be allowed, whether it is meant to be, and which should not be."""

    origin: str
    is_allowed: bool
    tries: tuple[Try, ...]


def all_tries(origin: str) -> tuple[Try, ...]:
    """Give what to try on a server that may allow `origin`."""
    return (*strangers(), *lookalikes(origin))


def _origin_hit(code: str, url: URL, origin: str, response: Response) -> Hit:
    with_credentials = response.headers.get("Access-Control-Allow-Credentials") == "true"
    answer = f"{_ALLOW_ORIGIN}: {origin}" + (", with credentials" if with_credentials else "")
    hit = _hit(code, url, f"Origin: {origin}", answer)
    severity = hit.severity if with_credentials else _LESS[hit.severity]
    return Hit(severity=severity, check=code, url=hit.url, sent=hit.sent, answer=hit.answer)


def _wrong_headers(url: URL, origin: str, response: Response, sent: str = "") -> Iterator[Hit]:
    sent = sent or f"Origin: {origin}"
    values = response.headers.get_all(_ALLOW_ORIGIN)
    if len(values) > 1 or any("," in value for value in values):
        yield _hit("allow-origin-doubled", url, sent, f"{_ALLOW_ORIGIN}: {', '.join(values)}")
    if "*" in values and response.headers.get("Access-Control-Allow-Credentials") == "true":
        yield _hit("credentials-with-wildcard", url, sent, f"{_ALLOW_ORIGIN}: *, with credentials")


def _without_vary(url: URL, origin: str, plain: Response, allowed: Response) -> Iterator[Hit]:
    """Look for what lets caches mix answers up: those that differ by origin, and do not say so."""
    named = allowed.headers.get(_ALLOW_ORIGIN)
    if named in {None, "*", plain.headers.get(_ALLOW_ORIGIN)}:
        return
    if not _varies(allowed):
        yield _hit("vary-missing", url, f"Origin: {origin}", _vary_of(allowed))
    if not _varies(plain):
        yield _hit("vary-missing-without-origin", url, "no Origin", _vary_of(plain))


def _varies(response: Response) -> bool:
    names = {name.strip().lower() for name in (response.headers.get("Vary") or "").split(",")}
    return bool({"origin", "*"} & names)


def _vary_of(response: Response) -> str:
    vary = response.headers.get("Vary")
    return f"Vary: {vary}" if vary else "no Vary"


def _hit(code: str, url: URL, sent: str, answer: str) -> Hit:
    return Hit(severity=CHECKS[code].severity, check=code, url=url.sent, sent=sent, answer=answer)
