"""What a row of a table allows, in words."""

from collections.abc import Iterable

from corswsgi.policy import Policy
from corswsgi.standard import CORS_NON_WILDCARD_REQUEST_HEADER_NAMES


def in_words(policy: Policy | None) -> str:
    """Say what pages may do under a row; what every page may is said only where nothing is added to it."""
    if policy is None:
        return "no CORS: nothing is added here"
    sends = _sent_methods(policy.allow_methods)
    companions = ["cookies"] if policy.allow_credentials else []
    if policy.allow_headers:
        companions.append(_sent_headers(policy.allow_headers))
    if companions:
        sends += f" with {_joined(companions)}"
    reads = ""
    if policy.expose_headers:
        reads = f", read {'any response header' if '*' in policy.expose_headers else _joined(policy.expose_headers)}"
    return f"pages of {_origins(policy)} may send {sends}{reads}{_kept(policy.max_age)}"


def _origins(policy: Policy) -> str:
    return _joined(_origin(str(pattern)) for pattern in policy.allow_origins)


def _origin(pattern: str) -> str:
    if pattern == "*":
        return "any origin"
    if pattern == "null":
        return "no origin (sandboxed frames, local files)"
    name = pattern.replace("://*.", "://").removesuffix(":*")
    below = "any subdomain of " if "://*." in pattern else ""
    return f"{below}{name}{' on any port' if pattern.endswith(':*') else ''}"


def _sent_methods(methods: tuple[str, ...]) -> str:
    return "any method" if "*" in methods else _joined(methods or ("GET", "HEAD", "POST"))


def _sent_headers(names: tuple[str, ...]) -> str:
    if "*" not in names:
        return f"the header{'s' if len(names) > 1 else ''} {_joined(names)}"
    covered = {name.lower() for name in names} >= CORS_NON_WILDCARD_REQUEST_HEADER_NAMES
    return "any header" if covered else "any header but Authorization"


def _kept(max_age: int | None) -> str:
    if max_age is None:
        return ""
    return f"; browsers ask anew after {max_age} s" if max_age else "; browsers ask every time"


def _joined(parts: Iterable[str]) -> str:
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last
