"""``data:`` URLs, which hold their response themselves: https://fetch.spec.whatwg.org/#data-urls."""

import base64
import re
from urllib.parse import unquote_to_bytes

from corswsgi.browser.headers import HTTP_WHITESPACE, HeaderList
from corswsgi.browser.mime import mime_type_essence, parameters, serialize
from corswsgi.browser.response import Response
from corswsgi.browser.url import URL

_DEFAULT_TYPE = "text/plain;charset=US-ASCII"


def data_response(url: URL) -> Response | None:
    """Follow https://fetch.spec.whatwg.org/#data-url-processor; None is failure."""
    media_type, comma, data = url.target.partition(",")
    if not comma:
        return None
    content = unquote_to_bytes(data)
    media_type = media_type.strip(HTTP_WHITESPACE)
    plain = re.sub(r";[ ]*base64\Z", "", media_type, flags=re.IGNORECASE)
    if plain != media_type:
        decoded = _forgiving_base64(content)
        if decoded is None:
            return None
        content = decoded
    plain = f"text/plain{plain}" if plain.startswith(";") else plain
    essence = mime_type_essence(plain)
    content_type = serialize(essence, parameters(plain)) if essence else _DEFAULT_TYPE
    return Response(status=200, headers=HeaderList([("Content-Type", content_type)]), body=content)


def _forgiving_base64(data: bytes) -> bytes | None:
    """Follow https://infra.spec.whatwg.org/#forgiving-base64-decode; None is failure."""
    text = re.sub(rb"[\t\n\f\r ]", b"", data)
    if len(text) % 4 == 0:
        text = re.sub(rb"={1,2}\Z", b"", text)
    if len(text) % 4 == 1 or not re.fullmatch(rb"[A-Za-z0-9+/]*", text):
        return None
    return base64.b64decode(text + b"=" * (-len(text) % 4))
