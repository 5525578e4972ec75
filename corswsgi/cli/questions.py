"""The requests of `explain`, sent by the simulator as by a page's script, to a server or its recorded responses.

The law of this module: the simulator decides what is sent and what the page gets.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import click

from corswsgi.browser import CORSError, Handshake, Page
from corswsgi.browser.engines import EngineName
from corswsgi.browser.request import API, Credentials, Mode
from corswsgi.browser.set_cookie import DroppedCookie
from corswsgi.browser.transport import Transport
from corswsgi.cli.asking import Exchange, Replay, SettingCookies
from corswsgi.cli.explain_output import BROWSER_NAMES
from corswsgi.cli.words import joined

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The request to explain, as a script would send it."""

    origin: str
    method: str
    headers: tuple[tuple[str, str], ...]
    body: str | None
    credentials: Credentials
    api: API
    mode: Mode = "cors"
    cookies: tuple[str, ...] = ()


def ask(
    server: "WSGIApplication | str", url: str, question: Question, engine: EngineName, transport: Transport
) -> Handshake:
    """Send the request as a script would. Raises ``click.UsageError`` for an impossible page or call."""
    if question.mode != "cors" and question.api != "fetch":
        raise click.UsageError(f"--mode is for fetch(): leave it out with --api {question.api}")
    try:
        page = Page(question.origin, server, engine=engine, transport=SettingCookies(transport, question.cookies))
        refused = _log_in(page, url) if question.cookies else ()
        handshake = page.explain(
            url,
            method=question.method,
            headers=question.headers,
            body=question.body,
            credentials=question.credentials,
            mode=question.mode,
            api=question.api,
        )
        return replace(handshake, cookies_refused=(*refused, *handshake.cookies_refused))
    except (TypeError, ValueError) as error:
        raise click.UsageError(str(error)) from error


def _log_in(page: Page, url: str) -> tuple[DroppedCookie, ...]:
    """Set the cookies of the question in the browser, whichever page set them. Return those that it does not keep."""
    try:
        return page.submit(urljoin(url, "/"), method="GET").handshake.cookies_refused
    except CORSError:  # such as a port that browsers block: the request itself shows it
        return ()


@dataclass(frozen=True, slots=True)
class Others:
    """The reactions of all browsers to the same responses. ``words`` are those of their consoles."""

    words: dict[EngineName, str]
    handshakes: dict[EngineName, Handshake]

    def notes_beside(self, standard: Handshake) -> Iterator[str]:
        """Yield notes on an allowed request, and on its cookies, that only some browsers have."""
        if not standard.allowed:
            return
        known: set[str] = {note.code for note in standard.notes} | {each.name for each in _dropped(standard)}
        found: dict[str, list[str]] = {}
        for engine, handshake in self.handshakes.items():
            notes: list[tuple[str, str, str]] = [
                (note.code, note.text, note.fix) for note in handshake.notes if note.code != "unauthenticated"
            ]
            notes += [(each.name, each.reason, each.fix) for each in _dropped(handshake)]
            for key, text, fix in notes:
                if key not in known:
                    found.setdefault(f"{text}; {fix}", []).append(BROWSER_NAMES[engine])
        for text, names in found.items():
            yield text if text.startswith(names[0]) else f"in {joined(names)}, {text}"


def _dropped(handshake: Handshake) -> tuple[DroppedCookie, ...]:
    return (*handshake.cookies_refused, *handshake.cookies_unsent)


def replay(server: "WSGIApplication | str", url: str, question: Question, exchanges: list[Exchange]) -> Others:
    """Replay the responses to each engine."""
    others = Others({}, {})
    for engine in BROWSER_NAMES:
        handshake = ask(server, url, question, engine, Replay(exchanges))
        others.handshakes[engine] = handshake
        if handshake.code == "connection":
            after = handshake.requests[-1]
            others.words[engine] = f"(does not block here: it sends {after.method} {after.url} next)"
        elif not handshake.allowed:
            others.words[engine] = handshake.message or ""
    return others
