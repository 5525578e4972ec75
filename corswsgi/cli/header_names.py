"""Names of headers that are nearly those of CORS: browsers ignore them, and report the header as missing.

The law of this module: it judges headers and sends nothing.
"""

from corswsgi.browser.headers import HeaderList
from corswsgi.cli.causes import Cause
from corswsgi.cli.words import joined
from corswsgi.near import nearest

_NAMES = {
    name.lower(): name
    for name in (
        "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Access-Control-Allow-Methods",
        "Access-Control-Allow-Headers", "Access-Control-Expose-Headers", "Access-Control-Max-Age",
    )
}  # fmt: skip
# Headers of requests, which some servers send
_ASKS = {
    "access-control-request-method": "Access-Control-Allow-Methods",
    "access-control-request-headers": "Access-Control-Allow-Headers",
}
_OTHERS = frozenset({"access-control-allow-private-network", "timing-allow-origin"})
_CLOSE = 0.8  # the shortest that people write, Access-Allow-Origin, has 0.83


def misspelt(headers: HeaderList) -> dict[str, str]:
    """Return the names in `headers` that mean a header of CORS which is missing, each with the right name."""
    found = {}
    for name in headers.names():
        plain = name.lower().replace("_", "-")
        if name.lower() in _NAMES or plain in _OTHERS:
            continue
        near = _ASKS[plain].lower() if plain in _ASKS else nearest(plain, _NAMES, cutoff=_CLOSE)
        if near and not headers.has(near):
            found[name] = _NAMES[near]
    return found


def misspelt_cause(headers: HeaderList, missing: str) -> Cause | None:
    """Explain that the header `missing` is there under another name. It names all headers that are misspelt."""
    found = misspelt(headers)
    if missing not in found.values():
        return None
    wrong = joined(f"{name} in place of {meant}" for name, meant in found.items())
    return Cause(
        "header-misspelt",
        f"the answer has {wrong}: browsers ignore names that they do not know",
        f"have the server write {joined(found.values())}",
        is_final=True,
    )
