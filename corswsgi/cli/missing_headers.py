"""All that the last answer of a blocked handshake lacks: browsers stop at the first of several.

The law of this module: it judges responses and sends nothing, and a fix that allows an origin always names it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from corswsgi.browser import Handshake
from corswsgi.browser.headers import HeaderList, MalformedError, extract_tokens
from corswsgi.cli.asking import Exchange
from corswsgi.cli.causes import Cause, is_ok
from corswsgi.cli.words import joined
from corswsgi.standard import CORS_SAFELISTED_METHODS, NORMALIZED_METHODS

# The failures that a policy decides on. The handshake itself explains all others
OF_POLICIES = frozenset({
    "allow-origin-missing", "allow-origin-wildcard", "allow-origin-multiple", "allow-origin-invalid",
    "allow-origin-mismatch", "allow-credentials", "preflight-redirect", "preflight-status", "preflight-not-ok",
    "method-not-allowed", "header-not-allowed", "allow-methods-malformed", "allow-headers-malformed",
})  # fmt: skip


def asked_names(last: Exchange) -> list[str]:
    """Return the names of the headers that a preflight asks for."""
    return [name for name in (last.headers.get("Access-Control-Request-Headers") or "").split(",") if name]


def whole_fix(handshake: Handshake, exchanges: Sequence[Exchange], cause: Cause | None = None) -> str | None:
    """List all headers that the last answer lacks; None where the handshake's own fix is more specific."""
    if cause is not None and cause.code == "response-header-in-request" and not cause.is_final:
        rest = whole_fix(handshake, exchanges)
        return f"{cause.fix}; then {rest}" if rest else cause.fix
    if cause is not None:
        return cause.fix
    if handshake.allowed or handshake.code not in OF_POLICIES or not exchanges:
        return None
    last = exchanges[-1]
    method = last.headers.get("Access-Control-Request-Method") or last.method
    if method not in NORMALIZED_METHODS and method != method.upper():
        return f"have the script write {method.upper()!r}: methods are compared byte for byte, and it writes {method!r}"
    lines = [each.line for each in _missing(handshake, last, method)]
    if not lines:
        return None
    origin = last.headers.get("Origin") or handshake.page_origin
    widens = {f"Access-Control-Allow-Origin: {origin}", "Access-Control-Allow-Credentials: true"} & set(lines)
    condition = f"if pages of {origin} are yours, " if widens else ""
    once = ", each once" if lines[1:] else ""
    return f"{condition}have the answer to {last.method} {last.url.sent} carry{once}: {'; '.join(lines)}"


def also_missing(handshake: Handshake, exchanges: Sequence[Exchange]) -> str:
    """Return the end of a sentence: all that the last answer lacks, except for the header at which the fetch ended."""
    if handshake.allowed or handshake.code not in OF_POLICIES or not exchanges:
        return ""
    last = exchanges[-1]
    method = last.headers.get("Access-Control-Request-Method") or last.method
    first = header_of(handshake.code)
    others = [each.words for each in _missing(handshake, last, method) if each.header != first]
    return f"; it also {joined(others)}" if others else ""


def lower_case_cause(handshake: Handshake, exchanges: Sequence[Exchange]) -> Cause | None:
    """Explain a method that a server lists in lower case."""
    last = exchanges[-1]
    method = last.headers.get("Access-Control-Request-Method") or ""
    listed = _tokens(last.response.headers, "Access-Control-Allow-Methods", include=False)
    near = next((each for each in listed if each.upper() == method), None)
    if handshake.code != "method-not-allowed" or near is None:
        return None
    return Cause(
        "method-in-lower-case",
        f"Access-Control-Allow-Methods lists {near}, and the method is {method}: browsers compare them byte for byte"
        f"{also_missing(handshake, exchanges)}",
        whole_fix(handshake, exchanges) or "",
    )


# The beginning of a failure's code, and the header that it is about
_HEADERS_OF_CODES = {
    "allow-origin": "Access-Control-Allow-Origin",
    "allow-credentials": "Access-Control-Allow-Credentials",
    "allow-methods": "Access-Control-Allow-Methods",
    "method-": "Access-Control-Allow-Methods",
    "allow-headers": "Access-Control-Allow-Headers",
    "header-": "Access-Control-Allow-Headers",
}


def header_of(code: str | None) -> str:
    """Return the header that the failure `code` is about, or the empty string."""
    return next((name for start, name in _HEADERS_OF_CODES.items() if (code or "").startswith(start)), "")


@dataclass(frozen=True, slots=True)
class _Missing:
    """Something that an answer lacks: the line to send, and words after "it also". A status is not a `header`: ""."""

    header: str
    line: str
    words: str


def _missing(handshake: Handshake, last: Exchange, method: str) -> Iterator[_Missing]:
    headers, include = last.response.headers, handshake.credentials == "include"
    origin = last.headers.get("Origin") or handshake.page_origin
    allowed = headers.get("Access-Control-Allow-Origin")
    if last.is_preflight and not is_ok(last.response.status):
        yield _Missing("", "the status 204", "has no status of 200 to 299")
    if allowed != origin and (include or allowed != "*"):
        name = "Access-Control-Allow-Origin"
        yield _Missing(name, f"{name}: {origin}", "does not allow the origin")
    if include and headers.get("Access-Control-Allow-Credentials") != "true":
        name = "Access-Control-Allow-Credentials"
        yield _Missing(name, f"{name}: true", "does not allow credentials")
    if last.is_preflight:
        yield from _missing_lists(last, method, include=include)


def _missing_lists(last: Exchange, method: str, *, include: bool) -> Iterator[_Missing]:
    headers = last.response.headers
    name = "Access-Control-Allow-Methods"
    methods = _tokens(headers, name, include=include)
    if method not in {*CORS_SAFELISTED_METHODS, *methods} and (include or "*" not in methods):
        line = ", ".join(dict.fromkeys([*(each.upper() for each in methods), method]))
        yield _Missing(name, f"{name}: {line}", f"does not list {method} in {name}")
    name = "Access-Control-Allow-Headers"
    listed = _tokens(headers, name, include=include)
    asked = [each for each in asked_names(last) if not each.startswith("access-control-")]
    covered = {each.lower() for each in listed}
    wanted = [
        each for each in asked if each not in covered and (include or "*" not in covered or each == "authorization")
    ]
    if wanted:
        yield _Missing(name, f"{name}: {', '.join([*listed, *wanted])}", f"does not list {', '.join(wanted)} in {name}")


def _tokens(headers: HeaderList, name: str, *, include: bool) -> list[str]:
    """Return what a header lists, as far as it can be read; ``*`` allows nothing with credentials."""
    try:
        listed = list(extract_tokens(headers, name) or ())
    except MalformedError:
        listed = re.findall(r"[\w!#$%&'*+.^`|~-]+", ",".join(headers.get_all(name)))
        if name == "Access-Control-Allow-Methods":
            listed = [each for each in listed if each.upper() in {*NORMALIZED_METHODS, "PATCH"}]
    return [each for each in listed if each != "*" or not include]
