"""What answers for one row: the core's middleware, asked anew where Flask-CORS's words depend on the request.

The law of this module: a policy decides, here as everywhere; what a request brings only chooses a narrower one.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from corswsgi.answers import MAX_REPEATED_LENGTH, MAX_REPEATED_NAMES, Header
from corswsgi.errors import PolicyError
from corswsgi.flask.options import NOBODYS_ORIGIN, Row
from corswsgi.middleware import CORSMiddleware, is_preflight
from corswsgi.paths import Policies
from corswsgi.policy import Policy

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from _typeshed import OptExcInfo

_VARY_ON_ALL = ("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers")


def put_in_front(row: Row, app: "WSGIApplication", settings: Mapping[str, Any]) -> "WSGIApplication":
    """Give the application that answers for `app` under `row`; `settings` are those of `CORSMiddleware`."""

    def put(policies: Policies) -> CORSMiddleware:
        return CORSMiddleware(app, policies, **settings)

    if row.policy is None:
        return put({"/**": None})
    if row.asks or is_silent(row):
        return _Narrowing(row, row.policy, put)
    return put(row.policy)


def is_silent(row: Row) -> bool:
    """Tell whether `row` answers ``*``, but only to a request with an origin (Flask-CORS's ``always_send=False``)."""
    return not row.always_send and row.policy is not None and row.policy.origin_set.any_origin


class _Narrowing:
    """Answers a preflight with what it asks for and the row allows; a request without an origin as the row says."""

    def __init__(self, row: Row, policy: Policy, put: Callable[[Policy], CORSMiddleware]) -> None:
        self._row = row
        self._policy = policy
        self._put = put  # in front of the application
        self._whole = put(policy)
        # the response varies then: `*` is for requests with an origin
        silent = Policy(allow_origins=NOBODYS_ORIGIN["origins"])
        self._without_origin = put(silent) if is_silent(row) else self._whole
        # one predicate for all origins: they are not checked again at each preflight
        null = [pattern for pattern in policy.allow_origins if pattern == "null"]
        origins = ("*",) if policy.origin_set.any_origin else (*null, policy.allows_origin)
        self._template = replace(policy, allow_origins=origins)
        self._narrowed = lru_cache(maxsize=64)(self._narrow)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if "HTTP_ORIGIN" not in environ:
            return self._without_origin(environ, start_response)
        if not self._row.asks or not is_preflight(environ):
            return self._whole(environ, start_response)
        method = environ["HTTP_ACCESS_CONTROL_REQUEST_METHOD"].upper()
        has_method = method in self._policy.allow_methods or "*" in self._policy.allow_methods
        names = self._granted(environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")) if has_method else ()
        return self._narrowed(has_method, names)(environ, _varying(start_response))

    def _granted(self, names: str) -> tuple[str, ...]:
        """Give those of the asked names that the row allows, spelt as they were asked."""
        if "*" in self._policy.allow_headers:
            return self._policy.allow_headers
        if len(names) > MAX_REPEATED_LENGTH or names.count(",") >= MAX_REPEATED_NAMES:
            return ()
        return tuple(sorted({name for name in map(str.strip, names.split(",")) if self._allows_header(name)}))

    def _allows_header(self, name: str) -> bool:
        return any(
            pattern.lower() == name.lower() if isinstance(pattern, str) else pattern.fullmatch(name)
            for pattern in self._row.header_patterns
        )

    def _narrow(self, has_method: bool, names: tuple[str, ...]) -> CORSMiddleware:  # noqa: FBT001  (cached by position)
        if not has_method:
            return self._put(replace(self._template, allow_methods=(), allow_headers=(), max_age=None))
        try:
            policy = replace(self._template, allow_headers=names)
        except PolicyError:  # a name that no browser asks for: only a regex lets it come this far
            policy = replace(self._template, allow_headers=())
        return self._put(policy)


def _varying(start_response: "StartResponse") -> "StartResponse":
    """Say of the answer to a preflight that it depends on all that was asked."""

    def start(status: str, headers: list[Header], exc_info: "OptExcInfo | None" = None) -> Callable[[bytes], object]:
        headers = [header for header in headers if header[0] != "Vary"]
        return start_response(status, [*headers, _VARY_ON_ALL], exc_info)

    return start
