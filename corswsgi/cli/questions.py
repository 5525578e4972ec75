"""What `explain` asks, as a script of a page would: with the simulator, of a server or of its recorded responses.

The law of this module: the simulator decides what is sent and what the page gets.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import click

from corswsgi.browser import CORSError, Handshake, Page
from corswsgi.browser.engines import EngineName
from corswsgi.browser.request import API, Credentials
from corswsgi.browser.set_cookie import DroppedCookie
from corswsgi.browser.transport import Transport
from corswsgi.cli.asking import Exchange, Replay, SettingCookies

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_BROWSERS: tuple[EngineName, ...] = ("chromium", "firefox", "webkit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The request to explain, as a script would send it."""

    origin: str
    method: str
    headers: tuple[tuple[str, str], ...]
    body: str | None
    credentials: Credentials
    api: API
    cookies: tuple[str, ...] = ()


def ask(
    server: "WSGIApplication | str", url: str, question: Question, engine: EngineName, transport: Transport
) -> Handshake:
    """Ask as a script would. Raises ``click.UsageError`` for what no page and no script can be."""
    try:
        page = Page(question.origin, server, engine=engine, transport=SettingCookies(transport, question.cookies))
        refused = _log_in(page, url) if question.cookies else ()
        handshake = page.explain(
            url,
            method=question.method,
            headers=question.headers,
            body=question.body,
            credentials=question.credentials,
            api=question.api,
        )
        return replace(handshake, cookies_refused=(*refused, *handshake.cookies_refused))
    except (TypeError, ValueError) as error:
        raise click.UsageError(str(error)) from error


def _log_in(page: Page, url: str) -> tuple[DroppedCookie, ...]:
    """Give the browser the cookies of the question, whatever page has set them; return those that it does not keep."""
    try:
        return page.submit(urljoin(url, "/"), method="GET").handshake.cookies_refused
    except CORSError:  # such as a port that browsers block: the request itself tells
        return ()


def consoles(
    server: "WSGIApplication | str", url: str, question: Question, exchanges: list[Exchange]
) -> dict[EngineName, str]:
    """Replay the responses to each engine and return its console's words, if it blocks or differs."""
    words: dict[EngineName, str] = {}
    for engine in _BROWSERS:
        handshake = ask(server, url, question, engine, Replay(exchanges))
        if handshake.code == "connection":
            after = handshake.requests[-1]
            words[engine] = f"(does not block here: it sends {after.method} {after.url} next)"
        elif not handshake.allowed:
            words[engine] = handshake.message or ""
    return words
