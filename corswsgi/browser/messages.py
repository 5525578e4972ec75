"""The console's messages for a blocked request: each engine's words, and our own for the standard."""

from collections.abc import Callable

from corswsgi.browser.blocked import Blocked, encoded
from corswsgi.browser.chromium_words import chromium_words
from corswsgi.browser.engines import EngineName
from corswsgi.browser.firefox_words import firefox_words
from corswsgi.browser.webkit_words import webkit_words

__all__ = ["Blocked", "console_message"]


def console_message(engine: EngineName, blocked: Blocked) -> str:
    """Return the console's message, which has several lines if the engine writes several.

    If a redirect was not followed because the caller did not name its host, the message is ours for every engine.
    """
    return _CONSOLES["standard" if blocked.failure.code == "redirect-elsewhere" else engine](blocked)


def _standard(blocked: Blocked) -> str:
    """Return our own message: the standard has none."""
    where = {"request": "before anything was sent", "preflight": "at the preflight", "response": "at the response"}
    return (
        f"{blocked.origin} may not read {blocked.url}: blocked {where[blocked.stage]}, "
        f"because {encoded(blocked.failure.reason)}."
    )


_CONSOLES: dict[EngineName, Callable[[Blocked], str]] = {
    "standard": _standard,
    "chromium": chromium_words,
    "firefox": firefox_words,
    "webkit": webkit_words,
}
