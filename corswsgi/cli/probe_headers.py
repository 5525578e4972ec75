"""The checks of `probe` for responses to an allowed origin: headers that browsers or caches misread.

The law of this module: it reads responses and sends nothing.
"""

import re
from collections.abc import Iterator

from corswsgi.browser.headers import MalformedError, extract_tokens
from corswsgi.browser.response import Response
from corswsgi.browser.url import URL
from corswsgi.cli.fronts import ALLOW_ORIGIN, UNROUTED_STATUSES, Answers, front_cause, names_origin, varies
from corswsgi.cli.probe_checks import Hit, make_hit
from corswsgi.standard import OK_STATUSES, REDIRECT_STATUSES, SERIALIZED_ORIGIN

_LOGIN_STATUSES = frozenset({401, 407})
_REFUSED = 403
_FIRST_ERROR = 400
_NO_METHODS = frozenset({"ALL", "ANY"})  # meant for any method, which is written *

# The findings because of which pages that may GET are blocked at a preflight
BLOCKING = frozenset({
    "preflight-redirected", "preflight-demands-login", "preflight-refused", "preflight-not-ok", "allow-origin-doubled",
    "preflight-answered-in-front", "preflight-changed-in-front",
})  # fmt: skip

_LISTS = ("Access-Control-Allow-Methods", "Access-Control-Allow-Headers", "Access-Control-Expose-Headers")


def allows(response: Response, origin: str) -> bool:
    """Return whether `response` allows `origin` or any origin."""
    return response.headers.get(ALLOW_ORIGIN) in {origin, "*"}


def wrong_headers(url: URL, origin: str, response: Response, sent: str = "") -> Iterator[Hit]:
    """Find headers that browsers read differently than they were meant."""
    sent, headers = sent or f"Origin: {origin}", response.headers
    values = headers.get_all(ALLOW_ORIGIN)
    credentials = headers.get("Access-Control-Allow-Credentials")
    if len(values) > 1 or any(value.count("://") > 1 or "," in value for value in values):
        yield make_hit("allow-origin-doubled", url, sent, f"{ALLOW_ORIGIN}: {', '.join(values)}")
    elif values and _is_malformed(values[0], origin):
        yield make_hit("allow-origin-malformed", url, sent, f"{ALLOW_ORIGIN}: {values[0]}")
    if "*" in values and credentials == "true":
        yield make_hit("credentials-with-wildcard", url, sent, f"{ALLOW_ORIGIN}: *, with credentials")
    if credentials is not None and credentials.lower() != "false" and credentials != "true":
        yield make_hit("allow-credentials-malformed", url, sent, f"Access-Control-Allow-Credentials: {credentials}")
    for name in _LISTS:
        try:
            tokens = extract_tokens(headers, name) or ()
        except MalformedError:
            yield make_hit("header-malformed", url, sent, f"{name}: {headers.get(name)}")
        else:
            # a method in lower case is another method: https://fetch.spec.whatwg.org/#methods; ALL is one, too
            if name == "Access-Control-Allow-Methods" and any(
                each != each.upper() or each in _NO_METHODS for each in tokens
            ):
                yield make_hit("header-malformed", url, sent, f"{name}: {headers.get(name)}")
    age = headers.get("Access-Control-Max-Age")
    if age is not None and re.fullmatch(r"-?[0-9]+", age) is None:
        yield make_hit("header-malformed", url, sent, f"Access-Control-Max-Age: {age}")


def _is_malformed(value: str, origin: str) -> bool:
    """Return whether `value` is not an origin, or nearly `origin`: another scheme, port or spelling of its host."""
    if value in {"*", "null", origin}:
        return False
    parsed, meant = SERIALIZED_ORIGIN.fullmatch(value), SERIALIZED_ORIGIN.fullmatch(origin)
    return parsed is None or (meant is not None and parsed["host"] == meant["host"])


def vary_hits(url: URL, origin: str, plain: Response, allowed: Response) -> Iterator[Hit]:
    """Find responses that caches would mix up: they differ by origin, and have no ``Vary: Origin``."""
    named = allowed.headers.get(ALLOW_ORIGIN)
    if named in {None, "*", plain.headers.get(ALLOW_ORIGIN)}:
        return
    if not varies(allowed):
        yield make_hit("vary-missing", url, f"Origin: {origin}", _vary_of(allowed))
    elif not varies(plain):
        yield make_hit("vary-missing-without-origin", url, "no Origin", _vary_of(plain))
    else:
        # nginx before 1.23 reads the last line alone, Traffic Server 9 the first
        lines = allowed.headers.get_all("Vary")
        if not (names_origin(lines[0]) and names_origin(lines[-1])):
            yield make_hit(
                "vary-in-several-lines", url, f"Origin: {origin}", "; ".join(f"Vary: {each}" for each in lines)
            )


def _vary_of(response: Response) -> str:
    vary = response.headers.get("Vary")
    return f"Vary: {vary}" if vary else "no Vary"


def preflight_hits(url: URL, answers: Answers) -> Iterator[Hit]:
    """Check the response to a preflight from an allowed origin, if there is one."""
    preflight = answers.preflight
    sent, answer = f"preflight, Origin: {answers.origin}", f"status {preflight.status}"
    if not allows(answers.actual, answers.origin) and not allows(preflight, answers.origin):
        cause = front_cause(answers)
        if cause is not None and (cause.code == "allow-origin-missing" or _is_without_origin(cause.code, preflight)):
            yield make_hit(cause.code, url, sent, f"{answer}, {_vary_of(preflight)}, no {ALLOW_ORIGIN}")
        return
    cause = front_cause(answers)
    if preflight.status in REDIRECT_STATUSES:
        yield make_hit("preflight-redirected", url, sent, answer)
    elif preflight.status in _LOGIN_STATUSES:
        yield make_hit("preflight-demands-login", url, sent, answer)
    elif preflight.status == _REFUSED:
        yield make_hit("preflight-refused", url, sent, answer)
    elif cause is not None and cause.code in BLOCKING - {"allow-origin-doubled"}:
        yield make_hit(cause.code, url, sent, f"{answer}: {cause.what}")
    elif preflight.status not in OK_STATUSES:
        yield make_hit("preflight-not-ok", url, sent, answer)
    elif not preflight.headers.has(ALLOW_ORIGIN):
        yield make_hit("preflight-refused", url, sent, f"{answer}, no {ALLOW_ORIGIN}")
    cookies = preflight.headers.get_all("Set-Cookie")
    if cookies:
        yield make_hit("preflight-sets-cookies", url, sent, f"Set-Cookie: {cookies[0].partition('=')[0]}=...")
    yield from wrong_headers(url, answers.origin, preflight, sent)


def is_only_read(answers: Answers) -> bool:
    """Return whether a URL is public without credentials and has no OPTIONS.

    A URL that pages only read needs no preflight. Fonts and open data are served like this. Pages that send more are
    blocked, and the verdict on their origin says so.
    """
    headers = answers.actual.headers
    is_public = headers.get(ALLOW_ORIGIN) == "*" and not headers.has("Access-Control-Allow-Credentials")
    has_methods = any(name.lower().startswith("access-control-allow-m") for name, _ in answers.preflight.headers)
    return is_public and answers.preflight.status in UNROUTED_STATUSES and not has_methods


def response_hits(url: URL, answers: Answers) -> Iterator[Hit]:
    """Look for a request that is blocked although its preflight is allowed: headers are set for OPTIONS alone."""
    actual, origin = answers.actual, answers.origin
    is_bare = actual.status < _FIRST_ERROR and not actual.headers.has(ALLOW_ORIGIN)
    if is_bare and allows(answers.preflight, origin):
        yield make_hit("response-without-headers", url, f"GET, Origin: {origin}", f"status {actual.status}")


def _is_without_origin(code: str, preflight: Response) -> bool:
    """Return whether the application itself answered OPTIONS, as it does where Origin does not arrive."""
    return code == "origin-does-not-arrive" and (preflight.headers.has("Allow") or bool(preflight.body))
