"""A failure, and what a console says of the request that failed."""

from dataclasses import dataclass

from corswsgi.browser.failure import Failure, Stage
from corswsgi.browser.request import Initiator
from corswsgi.standard import REDIRECT_STATUSES


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """A failure, its page, its first and its last URL, and where the last answer, a redirect, would have led.

    ``request_origin`` is what the request said, where redirects have made that another one than the page's.
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
        """Return whether it failed at a redirect, not at its end."""
        return self.stage == "response" and self.status in REDIRECT_STATUSES


def encoded(text: str) -> str:
    r"""Write what does not print as ``\u000B``, as Chromium does: one line, and nothing that a terminal obeys."""
    return "".join(char if " " <= char <= "~" else f"\\u{ord(char):04X}" for char in text)


def wrong_type(essence: str) -> str:
    """Return what Chromium and WebKit say of an EventSource with another Content-Type."""
    return (
        f'EventSource\'s response has a MIME type ("{encoded(essence)}") that is not "text/event-stream". '
        "Aborting the connection."
    )


def words_of(blocked: Blocked) -> dict[str, object]:
    """Return what the templates of the engines name."""
    failure = blocked.failure
    return {
        "detail": encoded(failure.detail),
        "element": encoded(failure.element),
        "origin": blocked.origin,
        "url": blocked.url,
        "next": encoded(blocked.next_url or ""),
        "status": blocked.status,
    }
