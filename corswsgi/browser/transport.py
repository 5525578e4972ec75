"""How a simulated browser reaches a server: straight into a WSGI application, or over the network (`network`)."""

import base64
import logging
import re
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from corswsgi.browser.headers import HeaderList, normalize_value
from corswsgi.browser.response import Response
from corswsgi.browser.url import URL
from corswsgi.standard import DEFAULT_PORTS

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

Transport = Callable[[str, URL, HeaderList, bytes | None], Response]

logger = logging.getLogger("corswsgi")


def wsgi_transport(app: "WSGIApplication") -> Transport:
    """Serve `app` under whatever host a URL names.

    What the application raises is logged, and answered by the plain 500 that a server would send in its place.
    """

    def send(method: str, url: URL, headers: HeaderList, body: bytes | None) -> Response:
        from werkzeug.test import EnvironBuilder, run_wsgi_app  # noqa: PLC0415 (no part of `import corswsgi` needs it)

        builder = EnvironBuilder(method=method, base_url=f"{url.scheme}://{url.netloc}/", headers=headers, data=body)
        environ = builder.get_environ()
        builder.close()
        environ["SERVER_NAME"] = url.host
        environ["SERVER_PORT"] = url.port or DEFAULT_PORTS[url.scheme]
        environ["PATH_INFO"] = unquote_to_bytes(url.path).decode("latin-1")
        environ["QUERY_STRING"] = url.query or ""
        environ["REQUEST_URI"] = environ["RAW_URI"] = url.target
        try:
            chunks, status, received = run_wsgi_app(app, environ, buffered=True)
            content = b"".join(chunks)
        except Exception as error:
            logger.exception("The application raised for %s %s", ascii(method), ascii(url.sent))
            plain = HeaderList([("Content-Type", "text/plain; charset=utf-8")])
            return Response(status=500, headers=plain, body=b"Internal Server Error\n", error=error)
        return _response(int(status.split(maxsplit=1)[0]), received.to_wsgi_list(), content, method)

    return send


def data_response(url: URL) -> Response:
    """Follow https://fetch.spec.whatwg.org/#data-url-processor, where everything without a comma is empty."""
    media_type, _, data = url.target.partition(",")
    content = unquote_to_bytes(data)
    plain = re.sub(r";[ ]*base64\Z", "", media_type, flags=re.IGNORECASE)
    if plain != media_type:
        content = base64.b64decode(content + b"==", validate=False)
    content_type = plain.strip() or "text/plain;charset=US-ASCII"
    return Response(status=200, headers=HeaderList([("Content-Type", content_type)]), body=content)


def _response(status: int, headers: list[tuple[str, str]], body: bytes, method: str) -> Response:
    """Follow https://fetch.spec.whatwg.org/#concept-http-network-fetch: values lose the whitespace around them."""
    normalized = HeaderList((name, normalize_value(value)) for name, value in headers)
    return Response(status=status, headers=normalized, body=b"" if method == "HEAD" else body)
