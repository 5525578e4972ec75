"""Which policy decided on a handshake, and what to change in it: a view's, or a row of the table.

The law of this module: it asks the layers of the application, and runs none of it.
"""

from dataclasses import replace
from urllib.parse import unquote, urlsplit

from corswsgi.browser import Handshake
from corswsgi.cli.explain_advice import Advice, advise
from corswsgi.cli.layers import deciders, the_decider
from corswsgi.cli.target import Target, layers
from corswsgi.paths import PolicyTable


def advice_of(handshake: Handshake, target: Target) -> tuple[str, ...]:
    """Return what to change in the policy that decided, a line each."""
    advice = _advise(handshake, target)
    return advice.lines if advice else ()


def _advise(handshake: Handshake, target: Target) -> Advice | None:
    if not handshake.requests:
        return None
    if isinstance(target.server, str):
        return advise(handshake, target.table) if target.table else None
    request = handshake.requests[-1]
    method = next((value for name, value in request.headers if name == "Access-Control-Request-Method"), request.method)
    decider = the_decider(deciders(layers(target.server), unquote(urlsplit(request.url).path), method))
    if decider is None or (target.table is not None and not decider.is_view):
        return advise(handshake, target.table) if target.table else None
    whose = f"the policy of the view `{decider.place}`" if decider.is_view else f"row `{decider.place}`"
    if decider.policy is None:
        return None if handshake.allowed else Advice(lines=(f"{whose} is None, no CORS: give it one to have it",))
    advice = advise(handshake, PolicyTable({"/**": decider.policy}))
    return advice and replace(advice, lines=tuple(line.replace("row `/**`", whose) for line in advice.lines))
