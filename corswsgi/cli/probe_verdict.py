"""The verdict of `probe` on a named origin: what its pages can do, and the cause if they are blocked.

The law of this module: it reads responses and sends nothing. A run without findings does not mean that a page works.
"""

from dataclasses import dataclass

from corswsgi.browser.headers import HeaderList, MalformedError, extract_tokens
from corswsgi.browser.response import Response
from corswsgi.browser.url import URL, parse
from corswsgi.cli.causes import Cause, is_ok, status_cause
from corswsgi.cli.fronts import ALLOW_ORIGIN, Answers, front_cause, unrouted_cause
from corswsgi.cli.header_names import misspelt, misspelt_cause
from corswsgi.cli.origin_causes import doubled_cause, mismatch_cause
from corswsgi.cli.probe_headers import allows
from corswsgi.cli.redirect_causes import is_login, lost_redirect_cause, redirect_cause
from corswsgi.standard import REDIRECT_STATUSES

# A request that nearly every API has and that needs a preflight
WRITE = (("Access-Control-Request-Method", "PUT"), ("Access-Control-Request-Headers", "content-type"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The responses to a page of `origin`: to GET, to a preflight for GET, and to a preflight for PUT with JSON."""

    url: URL
    origin: str
    actual: Response
    preflight: Response | None
    write: Response | None = None


def verdict(asked: Asked, broken: str | None) -> str:
    """Write the verdict as one line. `broken` is the mistake of the preflight, if any."""
    pages, actual = f"pages of {asked.origin}", asked.actual
    if not allows(actual, asked.origin) or len(actual.headers.get_all(ALLOW_ORIGIN)) > 1:
        cause = _cause_of_response(asked)
        return f"{pages} are blocked, so there was nothing to compare with: {cause.what}; {cause.fix}"
    if actual.status in REDIRECT_STATUSES and actual.headers.has("Location"):
        return _redirected(asked)
    may = f"{pages} may GET{' without cookies' if actual.headers.get(ALLOW_ORIGIN) == '*' else ''}, and"
    if broken is not None:
        cause = _cause_of_preflight(asked)
        return f"{may} are blocked where a preflight comes first ({broken}): {cause.what}; {cause.fix}"
    if asked.write is None:
        return f"{may.removesuffix(', and')}; the preflight for PUT with JSON gets no answer"
    why = _why_not_written(asked.write, asked.origin)
    return f"{may} their preflights are answered; PUT with JSON is {f'blocked: {why}' if why else 'allowed'}"


def _redirected(asked: Asked) -> str:
    """Write the verdict on a redirect that allows the origin: what counts is the URL that it leads to."""
    url, location = asked.url, asked.actual.headers.get("Location") or ""
    target = parse(location, url)
    if target is None or target == url or is_login(url, target):
        cause = _redirect(url, asked.actual, preflight=False)
        return f"pages of {asked.origin} cannot read {url.sent}: {cause.what}; {cause.fix}" if cause else ""
    return f"pages of {asked.origin} are redirected from {url.sent} to {target.sent}, which was not asked: ask that URL"


def _cause_of_response(asked: Asked) -> Cause:
    actual, preflight, origin = asked.actual, asked.preflight, asked.origin
    found = _redirect(asked.url, actual, preflight=False) or doubled_cause(actual.headers)
    found = found or misspelt_cause(actual.headers, ALLOW_ORIGIN)
    if found is None and preflight is not None:
        found = unrouted_cause(Answers(origin=origin, preflight=preflight, actual=actual))
    if found is None and preflight is not None and preflight.status == actual.status:
        found = status_cause(preflight.status, preflight=True, server=_server(preflight))
    found = found or status_cause(actual.status, preflight=False, server=_server(actual), method="GET")
    if found is None and preflight is not None:
        if allows(preflight, origin) and not actual.headers.has(ALLOW_ORIGIN):
            return Cause(
                "response-without-headers",
                "their preflights are answered, and the response to GET has no Access-Control-Allow-Origin",
                "send the headers of CORS with every response, not only with those to OPTIONS",
            )
        found = front_cause(Answers(origin=origin, preflight=preflight, actual=actual))
    allowed = actual.headers.get(ALLOW_ORIGIN)
    return found or (None if allowed is None else mismatch_cause(origin, allowed)) or _not_listed(asked)


def _not_listed(asked: Asked) -> Cause:
    allowed = asked.actual.headers.get(ALLOW_ORIGIN)
    shown = "no header of CORS" if allowed is None else f"Access-Control-Allow-Origin: {allowed}"
    return Cause(
        "origin-not-listed",
        f"GET is answered with status {asked.actual.status} and {shown}",
        f"if pages of {asked.origin} are yours, have the server allow the origin for this path",
    )


def _cause_of_preflight(asked: Asked) -> Cause:
    preflight = asked.preflight
    if preflight is None:
        return Cause("no-answer", "OPTIONS gets no answer", "remove the rule that closes the connection for OPTIONS")
    redirect = _redirect(asked.url, preflight, preflight=True)
    answers = Answers(origin=asked.origin, preflight=preflight, actual=asked.actual)
    status = status_cause(preflight.status, preflight=True, server=_server(preflight))
    misnamed = misspelt_cause(preflight.headers, ALLOW_ORIGIN)
    found = redirect or misnamed or front_cause(answers) or unrouted_cause(answers)
    found = found or doubled_cause(preflight.headers) or status
    return found or _preflight_not_listed(preflight)


def _preflight_not_listed(preflight: Response) -> Cause:
    allowed = preflight.headers.get(ALLOW_ORIGIN)
    return Cause(
        "preflight-refused",
        f"OPTIONS is answered with status {preflight.status} and "
        + (f"Access-Control-Allow-Origin: {allowed}" if allowed else "no Access-Control-Allow-Origin"),
        "have the server answer OPTIONS with the headers that it sends with GET",
    )


def _redirect(url: URL, response: Response, *, preflight: bool) -> Cause | None:
    if response.status not in REDIRECT_STATUSES:
        return None
    location = response.headers.get("Location")
    target = parse(location, url) if location else None
    if target is None or not target.host or target == url:
        return lost_redirect_cause(response.status, location, is_same=target == url, preflight=preflight)
    return redirect_cause(url, target, response.status, preflight=preflight)


def _server(response: Response) -> str:
    return response.headers.get("Server") or ""


def _why_not_written(preflight: Response, origin: str) -> str:
    """Return why a preflight for PUT with JSON does not allow it, or nothing if it does."""
    headers = preflight.headers
    if not is_ok(preflight.status):
        return f"OPTIONS for it is answered with status {preflight.status}"
    if not allows(preflight, origin):
        return "the response to OPTIONS for it does not allow the origin"
    methods, names = (_listed(headers, name) for name in _LISTS)
    lacks = (not {"PUT", "*"} & methods, not {"content-type", "*"} & {name.lower() for name in names})
    return " and ".join(_why_not(headers, name) for name, is_lacking in zip(_LISTS, lacks, strict=True) if is_lacking)


_LISTS = ("Access-Control-Allow-Methods", "Access-Control-Allow-Headers")


def _why_not(headers: HeaderList, name: str) -> str:
    if headers.has(name):
        return f"{name} is {headers.get(name)}"
    wrong = next((wrong for wrong, meant in misspelt(headers).items() if meant == name), None)
    return f"{name} is missing{f' (there is {wrong}, which browsers ignore)' if wrong else ''}"


def _listed(headers: HeaderList, name: str) -> set[str]:
    try:
        return set(extract_tokens(headers, name) or ())
    except MalformedError:
        return set()
