"""The policy that decided on a handshake, of a view or a row of the table, and the change that it needs.

The law of this module: it asks the application's layers which policy decides, and runs no part of the application.
"""

import sys
from dataclasses import replace
from urllib.parse import unquote, urlsplit

from corswsgi.browser import Handshake
from corswsgi.cli.causes import Cause
from corswsgi.cli.explain_advice import Advice, Words, advise
from corswsgi.cli.layers import deciders, the_decider
from corswsgi.cli.target import Target, layers
from corswsgi.paths import PolicyTable
from corswsgi.per_view import FRONT, Layer

_NO_SUCH_PATH = frozenset({"preflight-status-404", "preflight-status-410"})
_OF_LOGINS = frozenset(f"{stage}-status-{status}" for stage in ("preflight", "response") for status in (401, 403, 407))
_FORBIDDEN = 403
_REFUSED_BY_ROUTER = frozenset({"preflight-status-405", "preflight-status-501"})


def advice_of(handshake: Handshake, target: Target, cause: Cause | None = None) -> Advice | None:
    """Return what to change in the policy that decided. A path that does not exist needs no row: `cause` says so."""
    advice = _advise(handshake, target)
    if advice is None or cause is None or not advice.is_uncovered or handshake.responses[-1].status not in {404, 410}:
        return advice
    line = f"{advice.because}: a page could not read this {handshake.responses[-1].status}"
    return Advice(lines=(line,))


def of_application(
    cause: Cause, advice: Advice | None, handshake: Handshake, target: Target
) -> tuple[Cause | None, str]:
    """Return `cause` in words for an application, which has no proxy in front of it, and a reason if that says more.

    A preflight that the application's router or login refuses has no row: with a row, corswsgi would answer it first.
    """
    status = handshake.responses[-1].status
    if advice is not None and advice.is_uncovered and cause.code in _OF_LOGINS and _is_outermost(target):
        if handshake.stage == "preflight":
            return None, _reaches(advice, status)
        first = "log in first" if status != _FORBIDDEN else "look at the log of the application"
        what = f"the answer has status {status}, and {advice.because}: a page cannot read it"
        fix = (
            f"{first}; if pages of {handshake.page_origin} are yours, change the policy as below: they can then read it"
        )
        return replace(cause, what=what, fix=fix), ""
    if cause.code in _NO_SUCH_PATH:
        what = f"OPTIONS is answered with status {status}: no such path"
        return replace(cause, what=what, fix="compare the URL in the script with the routes of the application"), ""
    if cause.code not in _REFUSED_BY_ROUTER:
        return cause, ""
    if advice is not None and advice.is_uncovered:
        return None, _reaches(advice, status)
    what = f"OPTIONS is answered with status {status}: it reaches the application, whose router refuses it"
    origin = handshake.page_origin
    fix = f"if pages of {origin} are yours, put a policy around the application: it answers OPTIONS before the router"
    return replace(cause, what=what, fix=fix), ""


def _reaches(advice: Advice, status: int) -> str:
    return f"{advice.because}, and so OPTIONS reaches the application, which answers with status {status}"


def _is_outermost(target: Target) -> bool:
    """Return whether a layer of corswsgi sees a request before everything else does, such as a login."""
    app = target.server
    flask = getattr(sys.modules.get("flask"), "Flask", None)
    inner = getattr(app, "wsgi_app", None) if flask is not None and isinstance(app, flask) else None
    return any(isinstance(each, Layer) for each in (app, inner, getattr(app, FRONT, None)))


def _advise(handshake: Handshake, target: Target) -> Advice | None:
    if not handshake.requests:
        return None
    table = target.table
    if isinstance(target.server, str):
        return advise(handshake, table) if table else None
    request = handshake.requests[-1]
    method = next((value for name, value in request.headers if name == "Access-Control-Request-Method"), request.method)
    decider = the_decider(deciders(layers(target.server), unquote(urlsplit(request.url).path), method))
    if decider is None or (table is not None and not decider.is_view):
        return advise(handshake, table) if table else _uncovered(handshake, target)
    vocabulary = decider.vocabulary
    row = vocabulary.row.format(pattern=decider.place)
    name = f"the policy of the view `{decider.place}`" if decider.is_view else row
    if decider.policy is None:
        off = f"{name} {vocabulary.off}"
        line = f"{off}; if pages of {handshake.page_origin} are yours, write a policy that allows them"
        return None if handshake.allowed else Advice(lines=(line,), because=off, is_change=True)
    words = Words(vocabulary=vocabulary, names={"/**": name})
    return advise(handshake, PolicyTable({"/**": decider.policy}), words)


def _uncovered(handshake: Handshake, target: Target) -> Advice | None:
    """Advise on a path that no regex covers: a key of Flask-CORS's ``resources``, or ``CORS_URLS_REGEX``."""
    if handshake.allowed:
        return None
    path, origin = unquote(urlsplit(handshake.requests[-1].url).path), handshake.page_origin
    modules = {type(layer).__module__ for layer in layers(target.server)}
    if any(module.startswith("corswsgi.flask.") for module in modules):
        uncovered, change = f"no key of `resources` covers `{path}`", f"add {path!r}: {{'origins': [{origin!r}]}}"
    elif any(module.startswith("corswsgi.django.") for module in modules):
        uncovered, change = f"CORS_URLS_REGEX does not match `{path}`", f"have CORS_URLS_REGEX match {path!r}"
    else:
        return None
    lines = (f"{uncovered}; if pages of {origin} are yours, {change}",)
    return Advice(lines=lines, because=uncovered, is_uncovered=True, is_change=True)
