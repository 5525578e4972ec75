"""Servers in front of an application, detected by two responses: to the preflight and to the request itself.

The law of this module: it reads responses and sends nothing.
"""

from dataclasses import dataclass

from corswsgi.browser.response import Response
from corswsgi.cli.causes import Cause, is_ok
from corswsgi.cli.origin_causes import doubled_cause, mismatch_cause

REFUSED = b"CORS preflight refused:"  # the first words of our own 403

ALLOW_ORIGIN = "Access-Control-Allow-Origin"

UNROUTED_STATUSES = frozenset({404, 405, 410, 501})
_NO_SUCH_PATH = frozenset({404, 410})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """The responses to a page of `origin`: to a preflight, and to a request with `method` for the same URL."""

    origin: str
    preflight: Response
    actual: Response
    method: str = "GET"


def refusal_line(response: Response) -> str:
    """Return the line with which corswsgi refused a preflight, or the empty string for any other response."""
    first = response.body.split(b"\n", 1)[0]
    return first.decode("utf-8", "replace").strip() if first.startswith(REFUSED) else ""


def front_cause(answers: Answers) -> Cause | None:
    """Find the part of a server that keeps a preflight, or its origin, from the part that answers CORS."""
    preflight, actual = answers.preflight, answers.actual
    if refusal_line(preflight):
        return _refused(answers)
    if not is_ok(preflight.status):
        return None  # its status is more specific
    if _allows(actual, answers.origin):
        return _swallowed(answers)
    if _allow_origin(preflight) is None and _allow_origin(actual) is None and is_ok(actual.status):
        if any(preflight.headers.has(f"Access-Control-Allow-{name}") for name in ("Credentials", "Methods", "Headers")):
            return _without_allow_origin(answers)
        return _without_origin(answers) if varies(preflight) and varies(actual) else _without_policy(answers)
    return doubled_cause(actual.headers) or _of_another_origin(answers)


def unrouted_cause(answers: Answers) -> Cause | None:
    """Explain a preflight for which a server has no route, by the answer to the request."""
    origin, status, actual = answers.origin, answers.preflight.status, answers.actual
    by, method = f"OPTIONS is answered with status {status}", answers.method
    if status not in UNROUTED_STATUSES:
        return None
    if actual.status in _NO_SUCH_PATH:
        return Cause(
            "no-such-path",
            f"{by}, and {method} with {actual.status}: there is no such path, or no {method}",
            "compare the URL and the method in the script with the routes of the server",
        )
    if _allows(actual, origin) and status in _NO_SUCH_PATH:
        return Cause(
            "preflight-not-routed",
            f"{by}, although {method} is allowed: the router has no OPTIONS here",
            "put CORS in front of the router, around the application: OPTIONS must reach it before it looks for routes",
        )
    if not is_ok(actual.status) or _allow_origin(actual) is not None:
        return None
    return Cause(
        "no-policy-for-path",
        f"{by}, and {method} without a header of CORS: the server has no policy for this path",
        f"if pages of {origin} are yours, add a policy for this path that allows {origin}, around the application: it "
        "has to answer OPTIONS before the router does",
    )


def _refused(answers: Answers) -> Cause:
    origin, line = answers.origin, refusal_line(answers.preflight)
    what = f"corswsgi answers: {line}"
    if "origin" not in line:
        fix = "change the method or the headers that the script sends"
        return Cause("preflight-refused-by-policy", what, fix, is_of_policy=True)
    return Cause(
        "preflight-refused-by-policy",
        what,
        f"if pages of {origin} are yours, add it to the policy of this path; if it is listed there, "
        "look for a proxy in front that changes Origin",
        is_of_policy=True,
    )


def _swallowed(answers: Answers) -> Cause | None:
    """Explain a preflight that fails although the request itself is allowed."""
    preflight, actual = answers.preflight, answers.actual
    if not any(name.lower().startswith("access-control-allow-") for name, _ in preflight.headers):
        is_router = preflight.headers.has("Allow")
        return Cause(
            "preflight-answered-in-front",
            f"OPTIONS is answered with status {preflight.status} and no header of CORS, although GET is allowed: "
            f"{'the framework or ' if is_router else ''}something in front of the application answers OPTIONS itself",
            f"{'have CORS answer OPTIONS before the router does, around the application; or ' if is_router else ''}"
            "remove the rule in front that answers OPTIONS (nginx `if ($request_method = OPTIONS)`, `limit_except`; "
            "Apache `R=`; HAProxy `http-request return`; Caddy `respond`)",
        )
    has_methods = preflight.headers.has("Access-Control-Allow-Methods")
    if not has_methods and preflight.body and preflight.body == actual.body:
        return Cause(
            "preflight-changed-in-front",
            "OPTIONS gets the answer to GET: it reaches the application as another request, or the application takes "
            "them for the same",
            "have the front pass OPTIONS and Access-Control-Request-Method unchanged (Varnish: `return (pass)`); "
            "without one, answer OPTIONS before the application: with Access-Control-Allow-Methods, and no body",
        )
    if _allow_origin(preflight) == "*" and _allow_origin(actual) == answers.origin:
        return Cause(
            "preflight-answered-in-front",
            f"OPTIONS is answered with Access-Control-Allow-Origin: *, and GET with {answers.origin}: "
            "something in front of the application answers OPTIONS itself",
            "remove the rule in front that answers OPTIONS, and leave CORS to the application",
        )
    return None


def _of_another_origin(answers: Answers) -> Cause | None:
    """Explain a server that answers only preflights of the origins that it allows."""
    origin, allowed = answers.origin, _allow_origin(answers.actual)
    if allowed is None or _allow_origin(answers.preflight) is not None:
        return None
    return mismatch_cause(origin, allowed) or Cause(
        "allow-origin-other",
        f"the server allows {allowed} (in the answer to GET), and the page is of {origin}",
        f"open the page at {allowed}; or, if pages of {origin} are yours, add {origin} to the list of the server",
    )


def _without_allow_origin(answers: Answers) -> Cause:
    origin = answers.origin
    return Cause(
        "allow-origin-missing",
        f"the headers of CORS come without Access-Control-Allow-Origin: something in front removes it, or {origin} "
        "is not on the server's list",
        "remove the rule that hides it (nginx `proxy_hide_header`, Apache `Header unset`, HAProxy `del-header`); "
        f"if there is none and pages of {origin} are yours, add the origin to the list",
    )


def _without_origin(answers: Answers) -> Cause:
    origin = answers.origin
    return Cause(
        "origin-does-not-arrive",
        f"the answers vary by Origin and allow none: {origin} is not on the server's list, or Origin does not arrive",
        f"if pages of {origin} are yours, add it to the list; if it is there, look for a proxy that drops or changes "
        "Origin (`proxy_set_header Origin`, `RequestHeader unset Origin`)",
    )


def _without_policy(answers: Answers) -> Cause:
    origin = answers.origin
    return Cause(
        "no-policy-for-path",
        "neither answer (to the request, and to OPTIONS) has a header of CORS: the server has no policy for this path, "
        "or another path reaches it",
        f"if pages of {origin} are yours, add a policy for this path that allows {origin}; if there is one, look for a "
        "proxy that cuts or adds a prefix (nginx: the slash at the end of `proxy_pass`)",
    )


def _allow_origin(response: Response) -> str | None:
    return response.headers.get(ALLOW_ORIGIN)


def _allows(response: Response, origin: str) -> bool:
    return _allow_origin(response) in {origin, "*"}


def varies(response: Response) -> bool:
    """Return whether the ``Vary`` of `response` includes Origin."""
    return any(map(names_origin, response.headers.get_all("Vary")))


def names_origin(vary: str) -> bool:
    """Return whether a value of ``Vary`` includes Origin."""
    return bool({"origin", "*"} & {name.strip().lower() for name in vary.split(",")})
