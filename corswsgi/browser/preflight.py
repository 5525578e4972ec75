"""The CORS-preflight request and the checks of its response: https://fetch.spec.whatwg.org/#cors-preflight-fetch."""

import re
from dataclasses import dataclass

from corswsgi.browser.engines import Engine
from corswsgi.browser.failure import Failure, FailureCode
from corswsgi.browser.headers import HeaderList, MalformedError, extract_seconds, extract_tokens
from corswsgi.browser.request import Request
from corswsgi.standard import CORS_NON_WILDCARD_REQUEST_HEADER_NAMES, CORS_SAFELISTED_METHODS

PREFLIGHT_FETCH = "https://fetch.spec.whatwg.org/#cors-preflight-fetch-0"
DEFAULT_MAX_AGE = 5  # seconds
_WELL_KNOWN = frozenset({
    "accept", "accept-language", "authorization", "cache-control", "content-language", "content-type",
    "if-modified-since", "if-none-match", "pragma", "range",
})  # fmt: skip
_MAX_SIGNED = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """The permissions in a preflight's response, for ``max_age`` seconds. ``methods`` is None without that header."""

    methods: tuple[str, ...] | None
    header_names: tuple[str, ...] | None
    max_age: int


def why_preflight(request: Request, unsafe: list[str]) -> str:
    """Describe why `request` needs a preflight. The empty string means that it needs none."""
    reasons = []
    if request.use_cors_preflight:
        reasons.append("the script listens to the upload")
    if request.method not in CORS_SAFELISTED_METHODS:
        reasons.append(f"{request.method} is not a CORS-safelisted method")
    if unsafe:
        reasons.append(f"not safelisted: {', '.join(unsafe)}")
    return "; ".join(reasons)


def preflight_request(request: Request, names: list[str], engine: Engine) -> Request:
    """Make the CORS-preflight request that asks for `request` and its header `names`. It carries no credentials."""
    preflight = Request(
        method="OPTIONS",
        url_list=[request.current_url] if engine.preflights_send_the_page_s_origin else list(request.url_list),
        origin=request.origin,
        response_tainting="cors",
        api=request.api,
        is_preflight=True,
        referrer_policy=request.referrer_policy,
    )
    preflight.headers.add("Accept", "*/*")
    preflight.headers.add("Access-Control-Request-Method", request.method)
    if names:
        preflight.headers.add("Access-Control-Request-Headers", ",".join(names))
    return preflight


def read_permission(request: Request, headers: HeaderList, engine: Engine) -> Permission | Failure:
    """Read the answer to the preflight of `request`, once the CORS check and the status have passed."""
    try:
        name, code = "Access-Control-Allow-Methods", _METHODS_MALFORMED
        methods = extract_tokens(headers, name)
        name, code = "Access-Control-Allow-Headers", _HEADERS_MALFORMED
        header_names = extract_tokens(headers, name)
    except MalformedError as element:
        value = headers.get(name) or ""
        reason = f"{name} is {value!r}, and its element {str(element)!r} is not a token: the whole header is ignored"
        return Failure(code=code, section=PREFLIGHT_FETCH, reason=reason, detail=value, element=str(element))
    if methods is None and request.use_cors_preflight:
        methods = (request.method,)
    return Permission(methods=methods, header_names=header_names, max_age=_max_age(headers, engine))


_METHODS_MALFORMED: FailureCode = "allow-methods-malformed"
_HEADERS_MALFORMED: FailureCode = "allow-headers-malformed"


def method_check(request: Request, permission: Permission) -> Failure | None:
    """Return whether `permission` covers the method, compared byte for byte. Safelisted methods always pass."""
    methods = permission.methods or ()
    wildcard = "*" in methods and request.credentials != "include"
    if request.method in CORS_SAFELISTED_METHODS or request.method in methods or wildcard:
        return None
    listed = ", ".join(methods) or "no method"
    literal = " (with credentials, * is only the method *)" if "*" in methods else ""
    reason = f"the method is {request.method}, and Access-Control-Allow-Methods lists {listed}{literal}"
    listed_now = tuple(methods)
    return Failure(
        code="method-not-allowed", section=PREFLIGHT_FETCH, reason=reason, detail=request.method, listed=listed_now
    )


def headers_check(request: Request, names: list[str], permission: Permission, engine: Engine) -> Failure | None:
    """Return whether `permission` covers all unsafe header `names`, ignoring case."""
    listed = {name.lower() for name in permission.header_names or ()}
    wildcard = "*" in listed and request.credentials != "include"
    missing = [name for name in names if name not in listed and not (wildcard and _is_wild(name, engine))]
    if not missing:
        return None
    shown = ", ".join(permission.header_names or ()) or "no header"
    literal = ""
    if "*" in listed:
        first = missing[0]
        literal = f" (* does not cover {first})" if wildcard else " (with credentials, * is only the header *)"
    which = f"the header {missing[0]}" if len(missing) == 1 else f"the headers {', '.join(missing)}"
    return Failure(
        code="header-not-allowed",
        section=PREFLIGHT_FETCH,
        reason=f"the request has {which}, and Access-Control-Allow-Headers lists {shown}{literal}",
        detail=missing[0],
        element=_as_written(request, missing[0]),
        names=tuple(dict.fromkeys(missing)),
        listed=tuple(permission.header_names or ()),
    )


def lists_header(permission: Permission, name: str) -> bool:
    """Return whether `permission` names a header itself and not by the wildcard."""
    return name in {listed.lower() for listed in permission.header_names or ()}


def _is_wild(name: str, engine: Engine) -> bool:
    return name not in CORS_NON_WILDCARD_REQUEST_HEADER_NAMES or engine.authorization_under_wildcard


def _as_written(request: Request, name: str) -> str:
    """Return a name as WebKit writes it: the well-known ones in their own spelling, others in the script's."""
    written = next((other for other, _ in request.headers if other.lower() == name), name)
    return name.title() if name in _WELL_KNOWN else written


def _max_age(headers: HeaderList, engine: Engine) -> int:
    """Return the seconds for which an answer may be kept, within the engine's limit."""
    seconds = extract_seconds(headers, "Access-Control-Max-Age")
    if engine.signed_max_age:
        found = re.fullmatch(r"[+-]?[0-9]{1,19}", headers.get("Access-Control-Max-Age") or "")
        seconds = max(int(found[0]), 0) if found and int(found[0]) <= _MAX_SIGNED else None
    if seconds is None and engine.malformed_max_age_is_zero and headers.get("Access-Control-Max-Age"):
        seconds = 0
    if seconds is None:
        seconds = DEFAULT_MAX_AGE
    return seconds if engine.max_age_limit is None else min(seconds, engine.max_age_limit)
