"""`CORSMiddleware`: the one file that knows WSGI (PEP 3333).

The laws of this module: what no row covers passes untouched; a preflight under a row with a policy never reaches the
application; of what the application answers only headers of CORS and ``Vary`` change, in a copy of its list; nothing is
buffered; and no request makes it raise.
"""

# The annotations of a function that is made anew for each request cost 900 ns if they are more than text:
# benchmarks/, "GET without Origin"
from __future__ import annotations

import logging
import sys
from functools import cache
from typing import TYPE_CHECKING

from corswsgi.decision import ALLOWING, VARY_ON_ORIGIN, CompiledPolicy, Decision, Header, Reason
from corswsgi.paths import PathTrie, Policies, PolicyTable, make_table
from corswsgi.policy import option_problems

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from _typeshed import OptExcInfo

logger = logging.getLogger("corswsgi")

_PLAIN_TEXT: Header = ("Content-Type", "text/plain; charset=utf-8")
_NO_CONTENT = 204
_WHY: dict[Reason, bytes] = {
    "origin-not-allowed": b"CORS preflight refused: pages of this origin are not allowed here.\n",
    "request-method-malformed": b"CORS preflight refused: Access-Control-Request-Method is not a method.\n",
    "request-headers-malformed": b"CORS preflight refused: Access-Control-Request-Headers is not a list of names.\n",
    "request-headers-too-long": b"CORS preflight refused: Access-Control-Request-Headers is too long.\n",
}
_REFUSALS = {reason: ([_PLAIN_TEXT, ("Content-Length", str(len(why)))], why) for reason, why in _WHY.items()}
_CRASHED = b"Internal Server Error\n"


class CORSMiddleware:
    """A WSGI application that puts a table of CORS policies in front of `app`, another one.

    `policies` is what `PolicyTable` takes: a mapping of path patterns to policies, a table, or one `Policy` for all
    paths. `preflight_status` is the status of an allowed preflight, 200 to 299. With `intercept_exceptions`, what the
    application raises under a row with a policy, before a byte of its response was sent, is logged and answered by a
    plain 500 that carries the row's headers: the page sees a 500, not a CORS error. `on_decision` gets a `Decision` for
    every CORS request, in the thread that serves it, before the application runs; what it raises is logged and changes
    nothing.

    Raises `PolicyError` with all mistakes at once. What is answered when follows
    https://fetch.spec.whatwg.org/#http-cors-protocol.
    """

    table: PolicyTable

    def __init__(
        self,
        app: WSGIApplication,
        policies: Policies,
        *,
        preflight_status: int = 204,
        intercept_exceptions: bool = False,
        on_decision: Callable[[Decision], object] | None = None,
    ) -> None:
        problems = option_problems(
            app=app,
            preflight_status=preflight_status,
            intercept_exceptions=intercept_exceptions,
            on_decision=on_decision,
        )
        self._serve(make_table(policies, problems))
        self._app = app
        self._intercept_exceptions = intercept_exceptions
        self._on_decision = on_decision
        no_content = preflight_status == _NO_CONTENT
        self._preflight_status = f"{preflight_status} {'No Content' if no_content else 'OK'}"
        # 204 has no body, and so none of the headers of one (RFC 9110, section 15.3.5)
        self._preflight_entity = [] if no_content else [_PLAIN_TEXT, ("Content-Length", "0")]

    def reconfigure(self, policies: Policies) -> None:
        """Serve another table from the next request on; each request sees one table, whole.

        Raises `PolicyError` when `policies` is refused, and goes on serving the old table.
        """
        self._serve(PolicyTable(policies))

    def _serve(self, table: PolicyTable) -> None:
        trie = PathTrie(
            (pattern, (pattern, None if policy is None else CompiledPolicy(policy)))
            for pattern, policy in table.rows.items()
        )
        self._find = trie.find  # the one name that requests read
        self.table = table

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request, as PEP 3333 says."""
        pattern, policy = self._find(environ.get("PATH_INFO") or "/") or _NO_ROW
        if policy is None:
            if self._on_decision is not None:
                self._report("no-row" if pattern is None else "row-without-policy", environ, pattern)
            return self._app(environ, start_response)
        origin = environ.get("HTTP_ORIGIN")
        if origin is None:
            headers = policy.to_no_origin
        elif environ["REQUEST_METHOD"] == "OPTIONS" and (asked := environ.get("HTTP_ACCESS_CONTROL_REQUEST_METHOD")):
            names = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")
            reason, headers = policy.preflight(origin, asked, names, environ)
            if self._on_decision is not None:
                self._report(reason, environ, pattern)
            if reason in ALLOWING:
                start_response(self._preflight_status, headers + self._preflight_entity)
                return []
            entity, body = _REFUSALS[reason]
            start_response("403 Forbidden", entity + headers)
            return [body]
        else:
            reason, headers = policy.to_any_origin or policy.actual(origin, environ)
            if self._on_decision is not None:
                self._report(reason, environ, pattern)
        start = _adding(headers, start_response)
        if self._intercept_exceptions:
            return _intercepted(self._app, environ, start)
        return self._app(environ, start)

    def _report(self, reason: Reason, environ: WSGIEnvironment, pattern: str | None) -> None:
        """Tell `on_decision` of a CORS request; whoever has none does not come here."""
        assert self._on_decision is not None
        if "HTTP_ORIGIN" not in environ:
            return
        decision = Decision(
            kind="preflight" if _is_preflight(environ) else "actual",
            allowed=reason in ALLOWING,
            reason=reason,
            path_pattern=pattern,
            origin=environ["HTTP_ORIGIN"],
        )
        try:
            self._on_decision(decision)
        except Exception:
            logger.exception("on_decision raised for %s", ascii(decision))


_NO_ROW: tuple[None, None] = (None, None)


def _is_preflight(environ: WSGIEnvironment) -> bool:
    """Tell a CORS-preflight request (https://fetch.spec.whatwg.org/#cors-preflight-request) by what only it has."""
    return environ["REQUEST_METHOD"] == "OPTIONS" and bool(
        environ.get("HTTP_ACCESS_CONTROL_REQUEST_METHOD") and "HTTP_ORIGIN" in environ
    )


def _adding(extra: list[Header], start_response: StartResponse) -> StartResponse:
    """Wrap `start_response` so that it adds `extra`. A closure of two variables: benchmarks/, "actual requests"."""

    def start(status: str, headers: list[Header], exc_info: OptExcInfo | None = None) -> Callable[[bytes], object]:
        for name, _ in headers:
            if name not in _OTHERS and name.lower().startswith(_OURS):
                headers = _merged(headers, extra)
                break
        else:
            headers = [*headers, *extra]  # a copy: the application may use its list again
        if exc_info is None:
            return start_response(status, headers)
        return start_response(status, headers, exc_info)

    return start


_OURS = ("access-control-", "vary")

# Names that are not ours, as applications spell them most: one look-up in place of two calls, a quarter of the time for
# five headers (benchmarks/, "GET without Origin")
_OTHERS = frozenset({
    "Accept-Ranges", "Age", "Allow", "Cache-Control", "Connection", "Content-Disposition", "Content-Encoding",
    "Content-Language", "Content-Length", "Content-Location", "Content-Range", "Content-Security-Policy",
    "Content-Type", "Cross-Origin-Opener-Policy", "Date", "ETag", "Expires", "Last-Modified", "Link", "Location",
    "Pragma", "Referrer-Policy", "Retry-After", "Server", "Set-Cookie", "Strict-Transport-Security",
    "WWW-Authenticate", "X-Content-Type-Options", "X-Frame-Options", "X-Request-Id",
})  # fmt: skip


def _merged(headers: list[Header], extra: list[Header]) -> list[Header]:
    """Add `extra` to an application's headers that have CORS headers or `Vary` already: replace those, merge this."""
    kept: list[Header] = []
    vary = -1
    on = ""
    for header in headers:
        name = header[0]
        if name not in _OTHERS:
            name = name.lower()
            if name == "vary":
                vary = len(kept)
                on += "," + header[1].lower()
            elif name.startswith("access-control-"):
                continue
        kept.append(header)
    if len(kept) < len(headers):
        _warn_of_replaced_headers()
    if vary == -1 or extra[-1] != VARY_ON_ORIGIN:
        return kept + extra
    # few have it, so few are split
    if not (("origin" in on or "*" in on) and {"origin", "*"} & {name.strip() for name in on.split(",")}):
        name, value = kept[vary]
        kept[vary] = (name, f"{value}, Origin" if value.strip() else "Origin")
    return kept + extra[:-1]


@cache
def _warn_of_replaced_headers() -> None:
    """Say once per process that the table is the only authority."""
    logger.warning(
        "The application sets Access-Control-* headers itself, on a path that has a row in the table of policies: they "
        "are replaced by the row's. Take them out of the application, or give the path no row. (Said once.)"
    )


def _intercepted(app: WSGIApplication, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    try:
        body = app(environ, start)
    except Exception as error:  # noqa: BLE001  (it is logged, with its traceback)
        return [_answer_crash(error, environ, start)]
    file_wrapper = environ.get("wsgi.file_wrapper")
    if isinstance(body, list | tuple) or (isinstance(file_wrapper, type) and isinstance(body, file_wrapper)):
        return body  # as it is, for what servers do with these: nothing in them can raise
    return _Intercepted(body, environ, start)


def _answer_crash(error: Exception, environ: WSGIEnvironment, start: StartResponse) -> bytes:
    """Start a plain 500 in place of the response, and give its body; raises anew when that one was sent already."""
    headers = [_PLAIN_TEXT, ("Content-Length", str(len(_CRASHED)))]
    start("500 Internal Server Error", headers, sys.exc_info())
    logger.error(
        "%s %s raised: answered 500 with the row's headers",
        ascii(environ["REQUEST_METHOD"]),
        ascii(environ.get("PATH_INFO", "")),
        exc_info=error,
    )
    return b"" if environ["REQUEST_METHOD"] == "HEAD" else _CRASHED


class _Intercepted:
    """A response that is made while it is sent; it becomes a plain 500 when it raises before its first byte."""

    __slots__ = ("_body", "_chunks", "_environ", "_sent", "_start")

    def __init__(self, body: Iterable[bytes], environ: WSGIEnvironment, start: StartResponse) -> None:
        self._body = body
        self._chunks: Iterator[bytes] | None = None
        self._environ = environ
        self._start = start
        self._sent = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            if self._chunks is None:
                self._chunks = iter(self._body)
            chunk = next(self._chunks)
        except StopIteration:
            raise
        except Exception as error:
            if self._sent:
                raise
            self._chunks = iter(())
            chunk = _answer_crash(error, self._environ, self._start)
        self._sent = self._sent or bool(chunk)
        return chunk

    def close(self) -> None:
        close = getattr(self._body, "close", None)
        if close is not None:
            close()
