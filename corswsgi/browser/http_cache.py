"""A browser's HTTP cache, as far as it affects CORS (RFC 9111): one stored response for each URL.

Left out: heuristic freshness, ranges, ``stale-while-revalidate``.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from corswsgi.browser.engines import STANDARD, Engine
from corswsgi.browser.headers import HeaderList, parse_date
from corswsgi.browser.request import Request
from corswsgi.browser.response import Response
from corswsgi.browser.site import site_of
from corswsgi.standard import OK_STATUSES, REDIRECT_STATUSES

_CONDITIONAL = ("If-Modified-Since", "If-None-Match", "If-Unmodified-Since", "If-Match", "If-Range")
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_PARTIAL_CONTENT, NOT_MODIFIED = 206, 304

# the URL, the site of the page and, in engines that split the cache by them, whether there were credentials
_Key = tuple[str, str, bool | None]


@dataclass(slots=True, kw_only=True)
class Stored:
    """A response, the headers of the request that got it, and the time of the clock until which it is fresh."""

    response: Response
    request_headers: HeaderList
    until: float

    @property
    def validators(self) -> HeaderList:
        """Return the headers that a validation request adds (https://fetch.spec.whatwg.org/#concept-http-network-or-cache-fetch)."""
        pairs = (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified"))
        headers = self.response.headers
        return HeaderList((name, headers.get(source) or "") for name, source in pairs if headers.has(source))


class HTTPCache:
    """The stored responses, fresh or stale by `clock`, in seconds."""

    def __init__(self, clock: Callable[[], float], engine: Engine = STANDARD) -> None:
        self._clock = clock
        self._engine = engine
        self._stored: dict[_Key, Stored] = {}

    def key(self, request: Request) -> _Key:
        """Return the key under which a response to `request` is stored.

        It has the site of the page: https://fetch.spec.whatwg.org/#http-cache-partitions.
        """
        splits = self._engine.cache_splits_by_credentials
        return request.current_url.sent, site_of(request.origin), request.includes_credentials if splits else None

    def select(self, method: str, key: _Key, headers: HeaderList) -> Stored | None:
        """Find the stored response that may answer a request: RFC 9111, section 4."""
        stored = self._stored.get(key)
        if stored is None or method != "GET" or any(map(headers.has, _CONDITIONAL)) or _is_no_store(headers):
            return None
        vary = {name.strip() for name in (stored.response.headers.get("Vary") or "").split(",") if name.strip()}
        same = all(headers.get(name) == stored.request_headers.get(name) for name in vary)
        return stored if same and "*" not in vary else None

    def is_fresh(self, stored: Stored, headers: HeaderList) -> bool:
        """Return whether `stored` answers a request with these `headers` without asking the server."""
        return self._clock() < stored.until and not re.search(
            "no-cache|max-age=0", f"{headers.get('Cache-Control')}, {headers.get('Pragma')}", re.IGNORECASE
        )

    def store(self, method: str, key: _Key, headers: HeaderList, response: Response) -> None:
        """Store a response if it may be stored (RFC 9111, section 3). Drop those that a write invalidates (4.4)."""
        changed = response.status in OK_STATUSES or response.status in REDIRECT_STATUSES
        if method not in _SAFE_METHODS and changed:
            self._stored = {other: stored for other, stored in self._stored.items() if other[0] != key[0]}
        if method != "GET" or not self._may_store(response.status) or headers.has("Range"):
            return
        self._stored.pop(key, None)
        lifetime = _lifetime(response.headers)
        stored = Stored(
            response=response, request_headers=HeaderList(headers), until=self._clock() + max(lifetime or 0, 0)
        )
        if not _is_no_store(response.headers) and (lifetime is not None or stored.validators):
            self._stored[key] = stored

    def drop_blocked(self, request: Request, *, is_redirect: bool) -> None:
        """Drop the stored response to a `request` that CORS blocked, in engines that drop it."""
        drops = self._engine.drops_blocked_responses
        if is_redirect:
            is_dropped = self._engine.drops_blocked_redirects
        else:
            is_dropped = drops == "all" or (drops == "of fetch" and not request.api.startswith("xhr"))
        if is_dropped:
            self._stored.pop(self.key(request), None)

    def _may_store(self, status: int) -> bool:
        if status == NOT_MODIFIED or (status == _PARTIAL_CONTENT and not self._engine.stores_partial_content):
            return False
        return status not in self._engine.unstored_statuses

    def freshen(self, stored: Stored, headers: HeaderList) -> Response:
        """Update `stored` by a 304 and return the response: RFC 9111, section 4.3.4."""
        newer = frozenset(name.lower() for name, _ in headers) - {"content-length"}
        kept = [(name, value) for name, value in stored.response.headers if name.lower() not in newer]
        added = [(name, value) for name, value in headers if name.lower() in newer]
        stored.response = replace(stored.response, headers=HeaderList(kept + added))
        stored.until = self._clock() + max(_lifetime(stored.response.headers) or 0, 0)
        return stored.response


def _is_no_store(headers: HeaderList) -> bool:
    return "no-store" in (headers.get("Cache-Control") or "").lower()


def _lifetime(headers: HeaderList) -> float | None:
    """Follow RFC 9111, section 4.2.1, less the response's age. None if no header sets a lifetime."""
    directives = (headers.get("Cache-Control") or "").lower()
    age = headers.get("Age") or "0"
    already = int(age) if re.fullmatch("[0-9]{1,9}", age) else 0
    if "no-cache" in directives:
        return 0
    found = re.search(r"(?<![a-z-])max-age=\"?([0-9]{1,9})", directives)
    if found:
        return int(found[1]) - already
    expires = headers.get("Expires")
    if expires is None:
        return None
    date = parse_date(headers.get("Date") or "") or time.time()
    return (parse_date(expires) or 0) - date - already
