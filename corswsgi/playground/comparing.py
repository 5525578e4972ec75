"""A comparison of a real browser with the simulator.

The law of this module: the verdict is the browser's. The simulator explains it, or the page shows that both differ.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from corswsgi.browser import Handshake
from corswsgi.playground.lessons import Call, Verdict
from corswsgi.playground.recording import OWN_COOKIE, Exchange, without_secrets

_COMPARED = ("origin", "access-control-request-method", "access-control-request-headers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The outcome in a page's script: an error or a response. ``violation`` is the CSP directive that forbade it."""

    error: str | None = None
    violation: str | None = None
    type: str | None = None
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""


def read_seen(data: Mapping[str, Any]) -> Seen:
    """Read the report of a page. Raises ``ValueError`` or ``TypeError`` for anything else."""
    return Seen(**{**data, "headers": tuple((str(name), str(value)) for name, value in data.get("headers", ()))})


def verdict_of(seen: Seen, exchanges: Sequence[Exchange]) -> Verdict:
    """Return the verdict: the script knows whether it may read, the log whether a request arrived."""
    if seen.violation:
        return "page-policy"
    if seen.error is None:
        return "read"
    return _blocked([each.is_preflight for each in exchanges])


def simulated_verdict(handshake: Handshake) -> Verdict:
    """Return the verdict of the simulator."""
    if handshake.allowed:
        return "read"
    return _blocked([sent.preflight for sent in handshake.requests])


def _blocked(are_preflights: Sequence[bool]) -> Verdict:
    if not are_preflights:
        return "nothing"
    return "not-sent" if all(are_preflights) else "unread"


def differences(
    seen: Seen, exchanges: Sequence[Exchange], handshake: Handshake, *, compare_cookies: bool = True
) -> list[str]:
    """List the visible differences between the browser and the simulator."""
    ours, theirs = simulated_verdict(handshake), verdict_of(seen, exchanges)
    found = [] if ours == theirs else [f"the verdict is {theirs!r} in the browser, {ours!r} in the simulator"]
    for sent, exchange in zip(handshake.requests, exchanges, strict=False):
        ours_by_name = {name.lower(): value for name, value in sent.headers}
        found += _of_request(ours_by_name, exchange)
        if compare_cookies:
            found += _of_cookies(ours_by_name, exchange)
    if handshake.allowed and seen.error is None:
        readable = sorted({name.lower() for name in handshake.readable_headers})
        names = sorted({name.lower() for name, _ in seen.headers} - _ADDED_BY_THE_SERVER)
        if names != readable:
            found.append(f"the script reads the headers {names} in the browser, {readable} in the simulator")
    return found


_ADDED_BY_THE_SERVER = frozenset({"date", "server", "connection"})  # beyond the part of the body that is recorded


def _of_request(ours: Mapping[str, str], exchange: Exchange) -> Iterable[str]:
    theirs = {name.lower(): value for name, value in exchange.headers}
    for name in _COMPARED:
        if ours.get(name) != theirs.get(name):
            there, here = theirs.get(name), ours.get(name)
            yield f"{exchange.method}: {name} is {there!r} in the browser, {here!r} in the simulator"


def _of_cookies(ours: Mapping[str, str], exchange: Exchange) -> Iterable[str]:
    theirs = {name.lower(): value for name, value in exchange.headers}
    cookies = [f"{OWN_COOKIE}=" in headers.get("cookie", "") for headers in (theirs, ours)]
    if cookies[0] != cookies[1]:
        sent = ["not sent", "sent"]
        yield f"{exchange.method}: the cookie is {sent[cookies[0]]} in the browser, {sent[cookies[1]]} in the simulator"


def as_text(call: Call, seen: Seen, exchanges: Iterable[Exchange], handshake: Handshake, found: Iterable[str]) -> str:
    """Write a case as text, to be sent in a report: the call, the outcome, the record and the expectation."""
    lines = [f"{call}", f"{seen}", ""]
    for each in exchanges:
        shown = each.to_dict()
        lines.append(f"> {each.method} {each.url}")
        lines += [f"  {name}: {value}" for name, value in shown["headers"]]
        lines.append(f"< {each.status}")
        lines += [f"  {name}: {value}" for name, value in shown["response_headers"]]
    said = _COOKIE_LINE.sub(lambda line: line[1] + without_secrets(line[2], line[3]), handshake.to_text())
    lines += ["", f"The simulator ({handshake.engine}) says:", said, *found]
    return "\n".join(lines) + "\n"


_COOKIE_LINE = re.compile(r"^(.*?((?:Set-)?Cookie): )(.*)$", re.MULTILINE)
