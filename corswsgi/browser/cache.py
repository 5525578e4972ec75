"""The CORS-preflight cache: https://fetch.spec.whatwg.org/#cors-preflight-cache."""

from collections.abc import Callable
from dataclasses import dataclass

from corswsgi.browser.engines import Engine
from corswsgi.browser.preflight import Permission
from corswsgi.browser.request import Request
from corswsgi.standard import CORS_NON_WILDCARD_REQUEST_HEADER_NAMES, CORS_SAFELISTED_METHODS

_UNLISTED_WITHOUT_HEAD = CORS_SAFELISTED_METHODS - {"HEAD"}


@dataclass(slots=True, kw_only=True)
class _Entry:
    """One method or header name: https://fetch.spec.whatwg.org/#cache-entry. It expires at ``until``, by the clock."""

    origin: str
    url: str
    credentials: bool
    method: str | None = None
    header_name: str | None = None
    until: float


class PreflightCache:
    """The preflight cache: what servers have allowed, until it expires by `clock`, in seconds."""

    def __init__(self, clock: Callable[[], float], engine: Engine) -> None:
        self._clock = clock
        self._engine = engine
        self._entries: list[_Entry] = []

    def allows_method(self, request: Request) -> bool:
        """Follow https://fetch.spec.whatwg.org/#concept-cache-match-method; safelisted ones need no entry."""
        unlisted = CORS_SAFELISTED_METHODS if self._engine.kept_preflights_cover_head else _UNLISTED_WITHOUT_HEAD
        if request.method in unlisted and not request.use_cors_preflight:
            return True
        return any(self._covers_method(entry, request.method) for entry in self._matches(request))

    def allows_header_name(self, request: Request, name: str) -> bool:
        """Follow https://fetch.spec.whatwg.org/#concept-cache-match-header."""
        return any(self._covers_header_name(entry, name) for entry in self._matches(request))

    def store(self, request: Request, permission: Permission) -> None:
        """Store permissions, and renew those already stored: https://fetch.spec.whatwg.org/#cors-preflight-fetch-0."""
        if self._engine.one_preflight_per_url:
            self.clear(request)
        until = self._clock() + permission.max_age
        for method in permission.methods or ():
            known = [entry for entry in self._matches(request) if self._covers_method(entry, method)]
            self._keep(known, request, until, method=method)
        for name in permission.header_names or ():
            known = [entry for entry in self._matches(request) if self._covers_header_name(entry, name)]
            self._keep(known, request, until, header_name=name.lower())

    def clear(self, request: Request) -> None:
        """Follow https://fetch.spec.whatwg.org/#concept-cache-clear."""
        origin, url = _key(request)
        self._entries = [entry for entry in self._entries if (entry.origin, entry.url) != (origin, url)]

    def _matches(self, request: Request) -> list[_Entry]:
        """Follow https://fetch.spec.whatwg.org/#concept-cache-match. Remove expired entries."""
        now, key = self._clock(), _key(request)
        self._entries = [entry for entry in self._entries if now < entry.until]
        with_credentials = request.credentials == "include"
        return [
            entry
            for entry in self._entries
            if (entry.origin, entry.url) == key and self._serves(entry, with_credentials=with_credentials)
        ]

    def _serves(self, entry: _Entry, *, with_credentials: bool) -> bool:
        is_same = entry.credentials == with_credentials
        return is_same or (entry.credentials and not self._engine.keeps_preflights_by_credentials)

    def _keep(
        self,
        known: list[_Entry],
        request: Request,
        until: float,
        *,
        method: str | None = None,
        header_name: str | None = None,
    ) -> None:
        for entry in known:
            entry.until = until
        if not known:
            origin, url = _key(request)
            credentials = request.credentials == "include"
            entry = _Entry(
                origin=origin, url=url, credentials=credentials, method=method, header_name=header_name, until=until
            )
            self._entries.append(entry)

    def _is_wildcard(self, entry: _Entry, value: str | None) -> bool:
        """Return whether `value` is a wildcard: some engines keep a ``*`` sent with credentials as a mere name."""
        kept = self._engine.kept_wildcards
        return value == "*" and kept != "as names" and not (kept == "by answer" and entry.credentials)

    def _covers_method(self, entry: _Entry, method: str) -> bool:
        return entry.method == method or self._is_wildcard(entry, entry.method)

    def _covers_header_name(self, entry: _Entry, name: str) -> bool:
        if entry.header_name == name.lower():
            return True
        non_wildcard = name.lower() in CORS_NON_WILDCARD_REQUEST_HEADER_NAMES
        return self._is_wildcard(entry, entry.header_name) and (
            not non_wildcard or self._engine.authorization_under_kept_wildcard
        )


def _key(request: Request) -> tuple[str, str]:
    return request.serialized_origin, request.current_url.href
