"""The application that answers for one row: the core's middleware, or one that depends on the request.

The law of this module: a policy decides, and a request can only choose a narrower one.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from corswsgi.answers import MAX_REPEATED_LENGTH, MAX_REPEATED_NAMES, VARY_ON_ALL, Header
from corswsgi.flask.options import NOBODYS_ORIGIN, Row
from corswsgi.policy import Policy
from corswsgi.rows import Answers, in_front_of, is_preflight
from corswsgi.standard import SERIALIZED_ORIGIN, is_forbidden_request_header_name, is_token

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

    from _typeshed import OptExcInfo


def put_in_front(row: Row, place: str, settings: Mapping[str, Any]) -> Answers:
    """Return the answers of `row`, in front of `hand_back`, with `CORSMiddleware`'s settings."""

    def put(policy: Policy | None) -> Answers:
        return in_front_of(policy, place, **settings)

    if row.policy is not None and (row.asks or is_silent(row)):
        return Answers(_Narrowing(row, row.policy, put))
    return put(row.policy)


def is_silent(row: Row) -> bool:
    """Return whether `row` answers ``*``, but only to requests with an origin (Flask-CORS's ``always_send=False``)."""
    return not row.always_send and row.policy is not None and row.policy.origin_set.any_origin


class _Narrowing:
    """Answers a preflight that passes with the requested names, and requests without an origin like the row."""

    def __init__(self, row: Row, policy: Policy, put: Callable[[Policy], Answers]) -> None:
        self._row = row
        self._policy = policy
        self._whole = put(policy).serve
        # then the response varies: `*` is for requests with an origin
        silent = Policy(allow_origins=NOBODYS_ORIGIN["origins"])
        self._without_origin = put(silent).serve if is_silent(row) else self._whole

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if "HTTP_ORIGIN" not in environ:
            return self._without_origin(environ, start_response)
        if self._row.asks and is_preflight(environ):
            start_response = self._narrowing(environ, start_response)
        return self._whole(environ, start_response)

    def _narrowing(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> "StartResponse":
        """Narrow the response to an origin that is already known to be allowed."""

        def start(
            status: str, headers: list[Header], exc_info: "OptExcInfo | None" = None
        ) -> Callable[[bytes], object]:
            kept = [header for header in headers if header[0] not in _WHOLE]
            if any(name == "Access-Control-Allow-Origin" for name, _ in headers):
                kept += self._lists(environ, dict(headers))
            return start_response(status, [*kept, VARY_ON_ALL], exc_info)

        return start

    def _lists(self, environ: "WSGIEnvironment", whole: dict[str, str]) -> Iterator[Header]:
        """Yield the headers that list what is allowed: for a preflight that passes, those of Flask-CORS.

        For one that does not, the lists are whole: consoles and network tabs then show what is listed, in place of
        nothing. An Origin that no browser sends (``www.example.com``) gets what Flask-CORS answers, which is nothing.
        """
        method = environ["HTTP_ACCESS_CONTROL_REQUEST_METHOD"].upper()
        passes = method in self._policy.allow_methods or "*" in self._policy.allow_methods
        is_browser_s = SERIALIZED_ORIGIN.fullmatch(environ["HTTP_ORIGIN"]) is not None
        if not passes and not is_browser_s:
            return
        if "*" not in self._policy.allow_headers:
            granted, all_granted = self._granted(environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", ""))
            is_whole = is_browser_s and not (passes and all_granted)
            whole["Access-Control-Allow-Headers"] = self._all_names(granted) if is_whole else granted
        if not passes:
            whole.pop("Access-Control-Max-Age", None)
        yield from ((name, whole[name]) for name in _WHOLE[:3] if whole.get(name))

    def _granted(self, names: str) -> tuple[str, bool]:
        """Return the requested names that the row allows, in the spelling of the request, and whether these are all."""
        if len(names) > MAX_REPEATED_LENGTH or names.count(",") >= MAX_REPEATED_NAMES:
            return "", False
        asked = {name for name in map(str.strip, names.split(",")) if name}
        granted = {name for name in asked if self._allows_header(name)}
        return ", ".join(sorted(granted)), granted == asked

    def _all_names(self, granted: str) -> str:
        """Return all names that the row lists, and those that one of its regexes has granted."""
        listed = [name for name in self._row.header_patterns if isinstance(name, str)]
        known = {name.lower() for name in listed}
        more = [name for name in granted.split(", ") if name and name.lower() not in known]
        return ", ".join([*listed, *more])

    def _allows_header(self, name: str) -> bool:
        return (
            is_token(name)
            and not is_forbidden_request_header_name(name)
            and any(
                pattern.lower() == name.lower() if isinstance(pattern, str) else pattern.fullmatch(name)
                for pattern in self._row.header_patterns
            )
        )


# The narrowed headers, in the order of the response
_WHOLE = ("Access-Control-Allow-Methods", "Access-Control-Allow-Headers", "Access-Control-Max-Age", "Vary")
