"""Event sources."""

from typing import TYPE_CHECKING

import pytest

from corswsgi.browser import Page
from tests.browser.serving import API, APP, Answer, Server, allowing

if TYPE_CHECKING:
    from corswsgi.browser.engines import EngineName


class TestEventSource:
    def test_an_event_source_asks_for_events_anew(self) -> None:
        server = Server({"/x": allowing(("Content-Type", "text/event-stream"))})
        handshake = Page(APP, server).explain(f"{API}/x", api="eventsource")
        headers = dict(handshake.requests[0].headers)
        assert (handshake.allowed, handshake.preflighted, headers["Accept"], headers["Cache-Control"]) == (
            True, False, "text/event-stream", "no-cache",
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("answer", "code"),
        [
            pytest.param(allowing(("Content-Type", "text/plain")), "eventsource-type", id="another type"),
            pytest.param(allowing(), "eventsource-type", id="no type"),
            pytest.param(allowing(("Content-Type", "text/event-stream"), status=500), "eventsource-status", id="500"),
            pytest.param(Answer(), "allow-origin-missing", id="CORS first"),
        ],
    )
    @pytest.mark.parametrize("engine", ["standard", "chromium", "firefox", "webkit"])
    def test_an_event_source_takes_a_stream_alone(self, engine: "EngineName", answer: Answer, code: str) -> None:
        handshake = Page(APP, Server({"/x": answer}), engine=engine).explain(f"{API}/x", api="eventsource")
        assert (handshake.stage, handshake.code) == ("response", code)
        assert handshake.message
        assert handshake.fix
