"""MIME types: https://mimesniff.spec.whatwg.org/#parsing-a-mime-type, and how XMLHttpRequest changes a charset."""

import re
from typing import Literal

from corswsgi.browser.headers import HTTP_WHITESPACE
from corswsgi.standard import is_token

# https://mimesniff.spec.whatwg.org/#http-quoted-string-token-code-point
_QUOTED = re.compile(r"[\t -~\x80-\xff]*")
_PARAMETER = re.compile(r';[\t\n\r ]*([^;=]*)(?:=("(?:[^"\\]|\\.)*(?:"|\\?\Z)[^;]*|[^;]*))?', re.DOTALL)


def mime_type_essence(value: str) -> str | None:
    """Follow https://mimesniff.spec.whatwg.org/#parse-a-mime-type, without the parameters: they cannot make it fail."""
    media_type, slash, rest = value.strip(HTTP_WHITESPACE).partition("/")
    subtype = rest.partition(";")[0].rstrip(HTTP_WHITESPACE)
    return f"{media_type}/{subtype}".lower() if slash and is_token(media_type) and is_token(subtype) else None


def parameters(value: str) -> dict[str, str]:
    """Return the parameters of a MIME type by their names in lower case. The first of each name counts."""
    found: dict[str, str] = {}
    start = value.find(";")
    for name, text in _PARAMETER.findall(value[start:] if start >= 0 else ""):
        plain = _unquoted(text) if text.startswith('"') else text.rstrip(HTTP_WHITESPACE)
        if is_token(name) and _QUOTED.fullmatch(plain) and (plain or text.startswith('"')):
            found.setdefault(name.lower(), plain)
    return found


def serialize(essence: str, found: dict[str, str]) -> str:
    """Follow https://mimesniff.spec.whatwg.org/#serialize-a-mime-type."""
    written = essence
    for name, value in found.items():
        quoted = value if is_token(value) else '"' + re.sub(r'(["\\])', r"\\\1", value) + '"'
        written += f";{name}={quoted}"
    return written


def rewrite_charset(content_type: str, how: Literal["anew", "in place", "in place, always"]) -> str:
    """Return the type of a text that is sent as UTF-8: https://xhr.spec.whatwg.org/#the-send()-method, step 4.

    The standard serialises the whole type again. Some engines only replace the charset.
    """
    essence, found = mime_type_essence(content_type), parameters(content_type)
    charset = found.get("charset")
    if essence is None or charset is None:
        return content_type
    if charset.lower() == "utf-8" and how != "in place, always":
        return content_type
    if how == "anew":
        return serialize(essence, {**found, "charset": "UTF-8"})
    return re.sub(r'(;[\t\n\r ]*charset="?)[^";]*', r"\1UTF-8", content_type, count=1, flags=re.IGNORECASE)


def _unquoted(text: str) -> str:
    """Follow https://fetch.spec.whatwg.org/#collect-an-http-quoted-string, with the extract-value flag."""
    content = ""
    for found in re.finditer(r'\\(.)|([^"\\])|(\\\Z)|(")', text[1:], re.DOTALL):
        if found[4]:
            break
        content += found[1] or found[2] or "\\"
    return content
