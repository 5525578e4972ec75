"""Which request headers need a server's permission: https://fetch.spec.whatwg.org/#cors-safelisted-request-header."""

import re

from corswsgi.browser.engines import STANDARD, Engine
from corswsgi.browser.headers import HeaderList, split_value
from corswsgi.browser.mime import mime_type_essence
from corswsgi.standard import (
    METHOD_OVERRIDE_HEADER_NAMES,
    NO_CORS_SAFELISTED_REQUEST_HEADER_NAMES,
    is_forbidden_method,
    is_forbidden_request_header_name,
)

MAX_VALUE_LENGTH = 128  # bytes, https://fetch.spec.whatwg.org/#cors-safelisted-request-header
MAX_VALUES_LENGTH = 1024  # bytes, https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names

# https://fetch.spec.whatwg.org/#cors-unsafe-request-header-byte
_UNSAFE_BYTE = re.compile(r'[\x00-\x08\x0a-\x1f"():<>?@\[\\\]{}\x7f]')
_LANGUAGES = re.compile(r"[0-9A-Za-z *,\-.;=]*")
_FORM_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})

# Firefox's parser accepts no list, no byte above 0x7F, and only one semicolon at the end.
_ODD_CONTENT_TYPE = re.compile(r"[,\x80-\xff]|;.*;$")

# https://wicg.github.io/client-hints-infrastructure/, as Chromium checks them
_CLIENT_HINTS = {
    **dict.fromkeys(("device-memory", "downlink", "dpr"), re.compile(r"[0-9]+(\.[0-9]+)?")),
    **dict.fromkeys(("rtt", "viewport-width", "width"), re.compile("[0-9]+")),
    "ect": re.compile("slow-2g|2g|3g|4g"),
    "save-data": re.compile("on", re.IGNORECASE),
}


def is_forbidden_request_header(name: str, value: str, engine: Engine = STANDARD) -> bool:
    """Follow https://fetch.spec.whatwg.org/#forbidden-request-header."""
    if is_forbidden_request_header_name(name) or name.lower() in engine.forbidden_request_header_names:
        return True
    return name.lower() in METHOD_OVERRIDE_HEADER_NAMES and any(map(is_forbidden_method, split_value(value)))


def is_cors_safelisted_request_header(name: str, value: str, engine: Engine = STANDARD) -> bool:
    """Follow https://fetch.spec.whatwg.org/#cors-safelisted-request-header."""
    lowered = name.lower()
    match lowered:
        case "accept":
            safe = _UNSAFE_BYTE.search(value) is None
        case "accept-language" | "content-language":
            safe = _LANGUAGES.fullmatch(value) is not None
        case "content-type":
            safe = _UNSAFE_BYTE.search(value) is None and mime_type_essence(value) in _FORM_TYPES
            safe = safe and not (engine.refuses_odd_content_types and _ODD_CONTENT_TYPE.search(value))
        case "range":
            safe = _is_simple_range(value, engine)
        case _:
            hint = _CLIENT_HINTS.get(lowered) if engine.safelists_client_hints else None
            safe = hint is not None and hint.fullmatch(value) is not None
    return safe and len(value) <= MAX_VALUE_LENGTH


def is_no_cors_safelisted_request_header(name: str, value: str) -> bool:
    """Follow https://fetch.spec.whatwg.org/#no-cors-safelisted-request-header."""
    return name.lower() in NO_CORS_SAFELISTED_REQUEST_HEADER_NAMES and is_cors_safelisted_request_header(name, value)


def cors_unsafe_request_header_names(headers: HeaderList, engine: Engine = STANDARD) -> list[str]:
    """Follow https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names: in lower case, sorted, each once."""
    unsafe: list[str] = []
    potentially_unsafe: list[str] = []
    length = 0
    for name, value in headers.joined() if engine.judges_joined_values else headers:
        if is_cors_safelisted_request_header(name, value, engine):
            potentially_unsafe.append(name.lower())
            length += len(value)
        else:
            unsafe.append(name.lower())
    names = unsafe + potentially_unsafe if length > MAX_VALUES_LENGTH else unsafe
    return sorted(names if engine.repeats_asked_names else set(names))


def _is_simple_range(value: str, engine: Engine) -> bool:
    """Follow https://fetch.spec.whatwg.org/#simple-range-header-value. A safelisted range must have a start."""
    found = re.fullmatch("bytes=([0-9]+)-([0-9]*)", value, re.IGNORECASE if engine.ranges_in_any_case else re.NOFLAG)
    if found is None:
        return False
    if len(value) > MAX_VALUE_LENGTH:
        return False
    numbers = [int(digits) for digits in found.groups() if digits]
    return numbers == sorted(numbers) and (engine.range_limit is None or max(numbers) < engine.range_limit)
