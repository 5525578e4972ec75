"""A response as a script sees it: https://fetch.spec.whatwg.org/#concept-filtered-response."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from corswsgi.browser.handshake import Handshake
from corswsgi.browser.headers import HeaderList
from corswsgi.browser.request import Request
from corswsgi.browser.response import Response, ResponseType, readable_header_names, response_type
from corswsgi.browser.set_cookie import DroppedCookie
from corswsgi.standard import OK_STATUSES

# https://fetch.spec.whatwg.org/#null-body-status
NULL_BODY_STATUSES = frozenset({101, 103, 204, 205, 304})

_NO_LOGIN = frozenset({401, 403})


class ReadableHeaders(Mapping[str, str]):
    """The headers that a script may read. Names are looked up in any case; several values are joined with a comma."""

    def __init__(self, headers: HeaderList) -> None:
        self._headers = headers

    def __getitem__(self, name: str) -> str:
        value = self._headers.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._headers.names())

    def __len__(self) -> int:
        return len(self._headers.names())

    def __repr__(self) -> str:
        return f"ReadableHeaders({dict(self)!r})"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Reply:
    """A response as ``fetch()`` returns it to a script. An opaque one has the status 0, no headers and no body.

    ``redirected`` is true if redirects were followed. ``handshake`` is the record of everything that happened,
    including what the script cannot see: the requests as they were sent, and the cookies that were dropped. The
    ``repr`` has the reason why a cookie was not kept or sent, and at its end the fix: test runners cut out its middle.
    """

    status: int
    type: ResponseType
    url: str
    handshake: Handshake = field(repr=False, compare=False)
    redirected: bool = False
    headers: ReadableHeaders = field(default_factory=lambda: ReadableHeaders(HeaderList()))
    body: bytes = b""

    @property
    def ok(self) -> bool:
        """Return whether the status is 200 to 299 (https://fetch.spec.whatwg.org/#dom-response-ok)."""
        return self.status in OK_STATUSES

    @property
    def cookies_refused(self) -> tuple[DroppedCookie, ...]:
        """The cookies that the server set and the browser did not keep, each with the reason and the fix."""
        return self.handshake.cookies_refused

    @property
    def cookies_unsent(self) -> tuple[DroppedCookie, ...]:
        """The cookies of this host that the browser has and did not send, each with the reason and the fix."""
        return self.handshake.cookies_unsent

    def __repr__(self) -> str:
        values = {each.name: getattr(self, each.name) for each in fields(self) if each.repr}
        reason, fix = self._about_cookies() or (None, None)
        named = {"status": values.pop("status")} | ({"reason": reason} if reason else {}) | values
        named |= {"fix": fix} if fix else {}
        return f"Reply({', '.join(f'{name}={value!r}' for name, value in named.items())})"

    def _about_cookies(self) -> tuple[str, str] | None:
        """Return why a cookie was not kept or sent, or may be missing, and the fix."""
        for dropped in (*self.cookies_refused, *self.cookies_unsent):
            return dropped.reason, dropped.fix
        for note in self.handshake.notes:
            return note.text, note.fix
        sent = self.handshake.requests[-1:]
        with_login = any(name.lower() in {"authorization", "cookie"} for each in sent for name, _ in each.headers)
        if (
            self.status in _NO_LOGIN
            and self.type == "cors"
            and self.handshake.credentials != "include"
            and not with_login
        ):
            return (
                "the script asked without credentials: no cookie is sent",
                "pass credentials='include', also to the login",
            )
        return None

    def text(self) -> str:
        """Return the body as text, always decoded as UTF-8 (https://fetch.spec.whatwg.org/#dom-body-text)."""
        return self.body.decode("utf-8-sig", "replace")

    def json(self) -> Any:
        """Return the body parsed as JSON (https://fetch.spec.whatwg.org/#dom-body-json).

        Raises ``ValueError`` if it is not JSON. The error names the status, and what may be the cause.
        """
        try:
            return json.loads(self.text())
        except ValueError as error:
            error.add_note(f"The response to {self.url} has the status {self.status}.")
            for note in self.handshake.notes:
                error.add_note(f"{note.text}: {note.fix}")
            raise


def reply(request: Request, response: Response, handshake: Handshake) -> Reply:
    """Filter `response` for the script that sent `request`. The sender of a beacon sees none of it."""
    kind = response_type(request, response)
    url = request.current_url.sent
    if kind in {"opaque", "opaqueredirect"} or request.api == "beacon":
        shown = url if kind == "opaqueredirect" else ""
        return Reply(status=0, type="opaque" if request.api == "beacon" else kind, url=shown, handshake=handshake)
    names = readable_header_names(request, response)
    headers = HeaderList((name, value) for name, value in response.headers if name.lower() in names)
    return Reply(
        status=response.status,
        type=kind,
        url=url,
        handshake=handshake,
        redirected=len(request.url_list) > 1,
        headers=ReadableHeaders(headers),
        body=b"" if response.status in NULL_BODY_STATUSES else response.body,
    )
