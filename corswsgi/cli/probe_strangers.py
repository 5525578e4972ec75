"""Preflights of strangers' pages, and whether a server grants their requests.

The law of this module: a grant counts only if the response cannot be read. If it can, other checks say more.
"""

from collections.abc import Callable, Iterator

from corswsgi.browser.response import Response
from corswsgi.browser.url import URL
from corswsgi.cli.fronts import ALLOW_ORIGIN
from corswsgi.cli.probe_checks import Hit, make_origin_hit
from corswsgi.cli.probe_headers import allows
from corswsgi.cli.probe_origins import STRANGER
from corswsgi.standard import CORS_SAFELISTED_METHODS, OK_STATUSES

_STRANGER = f"https://{STRANGER}"

# The origins, methods and headers of the preflights: any page can be 'null', and JSON is not safelisted
_ASKED = (
    (_STRANGER, "PUT", ""),
    (_STRANGER, "PATCH", ""),
    (_STRANGER, "DELETE", ""),
    (_STRANGER, "POST", "authorization,content-type"),
    ("null", "PUT", ""),
)


def preflights_for_strangers(ask: Callable[..., Response | None], url: URL) -> Iterator[Hit]:
    """Find a preflight that a stranger is granted although it cannot read the response: the request acts."""
    for origin, method, headers in _ASKED:
        asked = [("Access-Control-Request-Headers", headers)] if headers else []
        response = ask("OPTIONS", url, ("Origin", origin), ("Access-Control-Request-Method", method), *asked)
        if response is None or not _grants(response, origin, method, headers):
            continue
        plain = ask("GET", url, ("Origin", origin))
        if plain is not None and not allows(plain, origin):
            sent = f"preflight for {method}, Origin: {origin}"
            allowed = response.headers.get(ALLOW_ORIGIN) or ""
            yield make_origin_hit("preflight-for-any-origin", url, sent, allowed, response)
        return


def _grants(response: Response, origin: str, method: str, headers: str) -> bool:
    """Return whether a preflight is granted. Browsers keep all methods that it lists, not only the requested one."""
    listed = bool(response.headers.get("Access-Control-Allow-Methods"))
    has_headers = not headers or response.headers.has("Access-Control-Allow-Headers")
    is_sent = has_headers and (listed or method in CORS_SAFELISTED_METHODS)
    return allows(response, origin) and response.status in OK_STATUSES and is_sent
