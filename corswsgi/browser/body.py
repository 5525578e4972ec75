"""Bodies of requests, and the Content-Type that comes with each: https://fetch.spec.whatwg.org/#concept-bodyinit-extract.

Forms: https://html.spec.whatwg.org/#form-submission-algorithm.
"""

import json as json_format
import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_args
from urllib.parse import quote_plus

Fields = Mapping[str, Any] | Iterable[tuple[str, Any]]
File = str | bytes | tuple[str, str | bytes] | tuple[str, str | bytes, str]
Files = Mapping[str, File] | Iterable[tuple[str, File]]
Body = str | bytes | Fields
Encoding = Literal["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"]

_NEWLINE = re.compile(r"\r\n|\r|\n")


def extract(body: Body | None, json: Any, files: Files | None) -> tuple[bytes | None, str | None]:
    """Return the bytes and the type of a body that a script passes. Raises ``TypeError`` for values of other types.

    With `files` the body is ``FormData``, which includes the fields of `body`.
    """
    if json is not None:
        return to_json(json).encode(), "application/json"
    if files is not None:
        return multipart(() if body is None else pairs(body), files)
    if body is None or isinstance(body, bytes):
        return body, None
    if isinstance(body, str):
        return scalar(body).encode(), "text/plain;charset=UTF-8"
    return urlencoded(pairs(body)).encode(), "application/x-www-form-urlencoded;charset=UTF-8"


def encode_form(fields: Fields, files: Files | None, encoding: Encoding) -> tuple[bytes, str]:
    """Return the body of a form and its type, which has a boundary for multipart and never a charset."""
    if encoding not in get_args(Encoding):
        raise ValueError(f"{encoding!r} is not an encoding of forms: {', '.join(get_args(Encoding))}")
    names = [(_crlf(name), _crlf(value)) for name, value in pairs(fields)]
    if encoding == "multipart/form-data":
        return multipart(names, files or ())
    names += [(_crlf(name), filename) for name, (filename, _, _) in map(_file, _items(files or ()))]
    if encoding == "text/plain":
        return "".join(f"{name}={value}\r\n" for name, value in names).encode(), encoding
    return urlencoded(names).encode(), encoding


def pairs(fields: Body) -> list[tuple[str, str]]:
    """Return fields as text. Raises ``TypeError`` unless they are a mapping or pairs."""
    return [(scalar(str(name)), scalar(str(value))) for name, value in _items(fields)]


def scalar(text: str) -> str:
    """Follow https://infra.spec.whatwg.org/#javascript-string-convert: a lone surrogate becomes U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def urlencoded(fields: Iterable[tuple[str, str]]) -> str:
    """Follow https://url.spec.whatwg.org/#concept-urlencoded-serializer."""
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in fields)


def multipart(fields: Iterable[tuple[str, str]], files: Files) -> tuple[bytes, str]:
    """Follow https://html.spec.whatwg.org/#multipart/form-data-encoding-algorithm. The boundary is our own."""
    parts: list[tuple[str, str | None, bytes]] = [
        (f'form-data; name="{_escaped(name)}"', None, _crlf(value).encode()) for name, value in fields
    ]
    for name, (filename, content, content_type) in map(_file, _items(files)):
        disposition = f'form-data; name="{_escaped(name)}"; filename="{_escaped(filename)}"'
        parts.append((disposition, content_type, content))
    number = 0
    while any(f"corswsgi-{number}".encode() in content for _, _, content in parts):
        number += 1
    boundary = f"----corswsgi-{number}"
    lines = b""
    for disposition, kind, content in parts:
        lines += f"--{boundary}\r\nContent-Disposition: {disposition}\r\n".encode()
        lines += b"" if kind is None else f"Content-Type: {kind}\r\n".encode()
        lines += b"\r\n" + content + b"\r\n"
    return lines + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def to_json(value: Any) -> str:
    """Write JSON as ``JSON.stringify()`` does, without spaces. Raises ``TypeError`` or ``ValueError`` if it cannot."""
    text = json_format.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return re.sub("[\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", text)


def _items(fields: Any) -> Iterable[tuple[Any, Any]]:
    if isinstance(fields, str | bytes) or not isinstance(fields, Iterable):
        raise TypeError(f"{type(fields).__name__} is not a mapping, and not pairs of a name and a value")
    items = list(fields.items() if isinstance(fields, Mapping) else fields)
    if not all(isinstance(item, tuple | list) and len(item) == 2 for item in items):  # noqa: PLR2004  (a pair)
        raise TypeError("a body, data or files must be a mapping, or pairs of a name and a value")
    return [(name, value) for name, value in items]


def _file(item: tuple[Any, Any]) -> tuple[str, tuple[str, bytes, str]]:
    """Return the field, the file's name, its content and its type of a file as a caller passes it."""
    name, value = item
    filename, content, *rest = value if isinstance(value, tuple) else (str(name), value)
    if not isinstance(content, str | bytes):
        raise TypeError(f"the file {name!r} must be bytes or text, or a tuple of a file name and one of them")
    data = content if isinstance(content, bytes) else scalar(content).encode()
    return scalar(str(name)), (scalar(str(filename)), data, str(rest[0]) if rest else "application/octet-stream")


def _crlf(text: str) -> str:
    return _NEWLINE.sub("\r\n", text)


def _escaped(text: str) -> str:
    return _crlf(text).replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")


def _quoted(text: str) -> str:
    return quote_plus(text, safe="*").replace("~", "%7E")
