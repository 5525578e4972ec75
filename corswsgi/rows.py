"""The application for the paths of one row: it answers preflights, and adds the row's headers to responses.

The laws of this module: a preflight under a policy never reaches the application; nothing is buffered; and no request
makes it raise.
"""

from __future__ import annotations  # `adder` makes a function for each request: evaluating these costs 2 µs there

import logging
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from corswsgi.answers import (
    REFUSED,
    TIMING,
    TO_OTHERS,
    WHY,
    WHY_REFUSED,
    WHY_WRITE_REFUSED,
    CompiledPolicy,
    Header,
    entity_of,
    refused_write,
)
from corswsgi.decision import ALLOWING, Decision, OnDecision, Reason
from corswsgi.response_headers import adder, adder_of
from corswsgi.writes import Switch, WriteGuard, WriteRules, apart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from corswsgi.policy import Policy

    Tell = Callable[[Reason, WSGIEnvironment], None]

logger = logging.getLogger("corswsgi")

_NO_CONTENT = 204


def is_preflight(environ: WSGIEnvironment) -> bool:
    """Detect a CORS-preflight request (https://fetch.spec.whatwg.org/#cors-preflight-request) by what only it has."""
    return environ["REQUEST_METHOD"] == "OPTIONS" and bool(
        environ.get("HTTP_ACCESS_CONTROL_REQUEST_METHOD") and "HTTP_ORIGIN" in environ
    )


def _tell(on_decision: OnDecision, pattern: str | None, reason: Reason, environ: WSGIEnvironment) -> None:
    """Call `on_decision` for a request, if it is a CORS request."""
    if "HTTP_ORIGIN" not in environ:
        return
    decision = Decision(
        kind="preflight" if is_preflight(environ) else "actual",
        allowed=reason in ALLOWING,
        reason=reason,
        path_pattern=pattern,
        origin=environ["HTTP_ORIGIN"],
    )
    _hand_over(on_decision, decision)


def teller(on_decision: OnDecision | None, pattern: str | None) -> Tell | None:
    """Return a function that reports a row's decisions to `on_decision`, or None without `on_decision`."""
    return None if on_decision is None else partial(_tell, on_decision, pattern)


def _hand_over(on_decision: OnDecision, decision: Decision) -> None:
    try:
        on_decision(decision)
    except Exception:
        logger.exception("on_decision raised for %s", ascii(decision))


def make_guard(cross_origin_writes: Switch, on_decision: OnDecision | None) -> WriteGuard | None:
    """Return the guard that refuses or reports writes, or None if they are accepted."""
    if cross_origin_writes == "accept":
        return None
    return WriteGuard(cross_origin_writes, None if on_decision is None else partial(_hand_over, on_decision))


def guarded(guard: WriteGuard, rules: WriteRules, policy: Policy | None, serve: WSGIApplication) -> WSGIApplication:
    """Return `serve` behind `rules`. `guard` handles the writes that they refuse."""
    why_refused, refuses = rules.why_refused, guard.refuses
    policy_of_answer = None if policy is None or not policy.allow_origins else CompiledPolicy(policy)

    def others(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        reason = why_refused(environ)
        if reason is not None:
            guard.tell(rules, reason, environ)
            if refuses:
                start_response("403 Forbidden", refused_write(policy_of_answer, environ))
                return [WHY_WRITE_REFUSED]
        return serve(environ, start_response)

    return apart(serve, others)


def telling(reason: Reason, app: WSGIApplication, tell: Tell | None) -> WSGIApplication:
    """Return `app`, or an application that reports each request to `on_decision` first."""
    if tell is None:
        return app

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        tell(reason, environ)
        return app(environ, start_response)

    return serve


class Preflight(NamedTuple):
    """The common parts of the responses to allowed preflights."""

    status: str
    entity: list[Header]

    @classmethod
    def of_status(cls, status: int) -> Preflight:
        """Return these parts for a status. 204 has no body, and so no headers of one (RFC 9110, section 15.3.5)."""
        if status == _NO_CONTENT:
            return cls(f"{status} No Content", [])
        return cls(f"{status} OK", entity_of(b""))


def serving(
    pattern: str, policy: Policy, app: WSGIApplication, preflight: Preflight, tell: Tell | None
) -> WSGIApplication:
    """Put a policy that has origins in front of `app`."""
    return _under(pattern, CompiledPolicy(policy), app, preflight, tell)


def _under(
    pattern: str, policy: CompiledPolicy, app: WSGIApplication, preflight: Preflight, tell: Tell | None
) -> WSGIApplication:
    put = _open if policy.any_origin else _listed
    return put(pattern, policy, app, preflight, tell)


def _open(
    pattern: str, policy: CompiledPolicy, app: WSGIApplication, preflight: Preflight, tell: Tell | None
) -> WSGIApplication:
    """Put a policy that allows any origin in front of `app`. No response depends on the origin, so it is not read."""
    granted = [(TIMING, "*"), *policy.granted] if policy.with_timing else policy.granted
    adding = adder_of(granted, pattern)
    answer = policy.preflight + preflight.entity

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if tell is not None:
            tell("any-origin", environ)
        if environ["REQUEST_METHOD"] == "OPTIONS" and is_preflight(environ):
            start_response(preflight.status, answer.copy())
            return []
        return app(environ, adding(start_response, environ))

    return serve


def _listed(  # noqa: C901  (a call for a part of it is 50 ns: benchmarks/, "GET, allowed")
    pattern: str, policy: CompiledPolicy, app: WSGIApplication, preflight: Preflight, tell: Tell | None
) -> WSGIApplication:
    """Put a policy that allows some origins in front of `app`."""
    exact, longest, matches = policy.exact, policy.longest, policy.matches
    granted, with_timing = policy.granted, policy.with_timing
    adding, adding_to_others = adder(pattern), adder_of(TO_OTHERS, pattern)
    status, answer = preflight.status, policy.preflight + preflight.entity
    repeat = partial(_repeat, policy, preflight, tell) if policy.repeats else None

    def serve(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        origin = environ.get("HTTP_ORIGIN")
        if origin is None:
            return app(environ, adding_to_others(start_response, environ))
        # like `OriginSet.allows`, without the call: benchmarks/, "preflight, allowed"
        allowed = (len(origin) <= longest and origin in exact) or (matches is not None and matches(origin, environ))
        if environ["REQUEST_METHOD"] == "OPTIONS" and environ.get("HTTP_ACCESS_CONTROL_REQUEST_METHOD"):
            if not allowed:
                if tell is not None:
                    tell("origin-not-allowed", environ)
                start_response("403 Forbidden", REFUSED.copy())
                return [WHY_REFUSED]
            if repeat is not None:
                return repeat(environ, start_response)
            if tell is not None:
                tell("origin-allowed", environ)
            start_response(status, [("Access-Control-Allow-Origin", origin), *answer])
            return []
        if tell is not None:
            tell("origin-allowed" if allowed else "origin-not-allowed", environ)
        if allowed:
            extra = [("Access-Control-Allow-Origin", origin), *granted]
            if with_timing:
                extra.insert(0, (TIMING, origin))
            return app(environ, adding(extra, start_response, environ))
        return app(environ, adding_to_others(start_response, environ))

    return serve


def _repeat(
    policy: CompiledPolicy,
    preflight: Preflight,
    tell: Tell | None,
    environ: WSGIEnvironment,
    start_response: StartResponse,
) -> list[bytes]:
    """Answer a preflight of an allowed origin by repeating the requested names."""
    reason, headers = policy.repeat(
        environ["HTTP_ACCESS_CONTROL_REQUEST_METHOD"], environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")
    )
    if tell is not None:
        tell(reason, environ)
    if reason != "origin-allowed":
        why = WHY[reason]
        start_response("403 Forbidden", [*entity_of(why), *headers])
        return [why]
    start_response(
        preflight.status, [("Access-Control-Allow-Origin", environ["HTTP_ORIGIN"]), *headers, *preflight.entity]
    )
    return []


class Answers(NamedTuple):
    """The answers of a row: ``serve`` is an application in front of `hand_back`.

    ``grants`` returns the headers that the row adds to the response to a request that is not a preflight. It is None
    if the row adds none, or does more, such as report its decisions: then `serve` has to be called.
    """

    serve: WSGIApplication
    grants: Callable[[WSGIEnvironment], list[Header]] | None = None


def hand_back(_environ: WSGIEnvironment, start_response: StartResponse) -> Any:
    """Act as the application behind a row: return the function that starts a response with the row's headers."""
    return start_response


def in_front_of(
    policy: Policy | None, place: str, *, preflight_status: int = 204, on_decision: OnDecision | None = None
) -> Answers:
    """Put the policy of a view in front of `hand_back`. Decisions name its `place`."""
    tell = teller(on_decision, place)
    if policy is None or not policy.allow_origins:
        return Answers(telling("row-without-policy", hand_back, tell))
    preflight = Preflight.of_status(preflight_status)
    # Views with one policy share its grants, and the memory that each request touches: benchmarks/views.py
    shared = _shared.get(id(policy))
    if shared is None:
        if len(_shared) >= _MOST_SHARED:
            _shared.clear()
        compiled = CompiledPolicy(policy)
        shared = _shared[id(policy)] = compiled, compiled.grants
    compiled, grants = shared
    return Answers(_under(place, compiled, hand_back, preflight, tell), grants if tell is None else None)


_MOST_SHARED = 1_000
# A compiled policy keeps its policy alive, so its id stays
_shared: dict[int, tuple[CompiledPolicy, Callable[[WSGIEnvironment], list[Header]]]] = {}
