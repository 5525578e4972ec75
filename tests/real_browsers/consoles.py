"""The console messages of engines for blocked requests: ``python -m tests.real_browsers.consoles [ENGINE ...]``.

Keeps it in ``consoles.json``, one line for each case that is blocked; the simulator's words are tested against that.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.real_browsers import chromium, firefox, webkit
from tests.real_browsers.corpus import cases, run_alone
from tests.real_browsers.devtools import AT

if TYPE_CHECKING:
    from tests.browser.test_corpus import Case
    from tests.real_browsers.harness import Browse, Seen

_FAILED = "Failed to load resource: net::ERR_FAILED"
CONSOLES = Path(__file__).with_name("consoles.json")
BROWSES: "dict[str, Browse]" = {
    "chromium": chromium.browse_and_read,
    "firefox": firefox.browse_and_read,
    "webkit": webkit.browse,
}


def chosen() -> "list[Case]":
    """Return the cases of one request: only of them it is clear what a message is about."""
    unseen = {"form", "beacon", "websocket"}
    return [case for case in cases() if "request" in case and case["request"].get("api") not in unseen]


def lines(engine: str, found: "dict[str, Seen]") -> dict[str, list[str]]:
    """Return what the console says of each blocked case, and what an uncaught error would add."""
    return {case_id: said(engine, seen) for case_id, seen in found.items() if seen.error is not None}


def said(engine: str, seen: "Seen") -> list[str]:
    """Return the messages about one case; the developer tools add the URL to those of the network."""
    messages = [message.partition(AT)[0] for message in seen.console]
    if engine == "chromium":  # each failure ends in this, whatever the reason
        messages = [message for message in messages if message != _FAILED] or messages[:1]
    return [*messages, f"! {seen.error}"]


def main(arguments: Sequence[str]) -> int:
    """Read the consoles of those engines that are asked for, or of all."""
    kept: dict[str, Any] = json.loads(CONSOLES.read_text()) if CONSOLES.exists() else {}
    for engine in arguments or BROWSES:
        kept[engine] = lines(engine, run_alone(chosen(), BROWSES[engine]))
    CONSOLES.write_text(json.dumps(kept, indent=0, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
