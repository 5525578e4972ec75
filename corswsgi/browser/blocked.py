"""A failure, and the details that a console prints about the failed request."""

from dataclasses import dataclass

from corswsgi.browser.failure import Failure, Stage
from corswsgi.browser.request import Initiator
from corswsgi.standard import REDIRECT_STATUSES


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """A failure, its page, its first and last URL, and the target of the redirect that the last answer was, if any.

    ``request_origin`` is the origin that the request sent. Redirects can make it differ from the page's.
    """

    failure: Failure
    stage: Stage
    origin: str
    url: str
    first_url: str
    status: int | None
    api: Initiator
    next_url: str | None = None
    request_origin: str | None = None

    @property
    def is_hop(self) -> bool:
        """Return whether the fetch failed at a redirect and not at its last response."""
        return self.stage == "response" and self.status in REDIRECT_STATUSES


def encoded(text: str) -> str:
    r"""Escape unprintable characters like ``\u000B``, as Chromium does: one line without control codes."""
    return "".join(char if " " <= char <= "~" else f"\\u{ord(char):04X}" for char in text)


def wrong_type(essence: str) -> str:
    """Return the words of Chromium and WebKit for an EventSource with another Content-Type."""
    return (
        f'EventSource\'s response has a MIME type ("{encoded(essence)}") that is not "text/event-stream". '
        "Aborting the connection."
    )


def words_of(blocked: Blocked) -> dict[str, object]:
    """Return the values for the placeholders in the engines' templates."""
    failure = blocked.failure
    return {
        "detail": encoded(failure.detail),
        "element": encoded(failure.element),
        "origin": blocked.origin,
        "url": blocked.url,
        "next": encoded(blocked.next_url or ""),
        "status": blocked.status,
    }
