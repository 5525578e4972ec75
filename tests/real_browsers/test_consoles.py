"""The simulator's words are those that the engines were seen to write, in every case that they block."""

import json
import re
from typing import TYPE_CHECKING

import pytest

from corswsgi.browser import CORSError, Handshake, Page
from corswsgi.browser.blocked import encoded
from tests.browser.serving import Server
from tests.browser.test_corpus import Case, answered
from tests.real_browsers.consoles import CONSOLES, chosen
from tests.real_browsers.corpus import serve_all

if TYPE_CHECKING:
    from corswsgi.browser.engines import EngineName

UNCAUGHT = {
    "chromium": "Uncaught (in promise) ",
    "firefox": "Uncaught (in promise) ",
    "webkit": "Unhandled Promise Rejection: ",
}
THROWN_BY_XHR = {"chromium": "Uncaught ", "firefox": "Uncaught ", "webkit": ""}

# Where an engine writes something else, and why it stays so.
LISTED = {
    ("webkit", "s-loc-two"): "WebKit joins two Locations to a URL, and asks that",
    ("firefox", "header-throw-006"): "Firefox ends the value at its NUL",
    ("firefox", "w-same-mode-null"): "the name of an opaque origin is a random one",
}


def cases_of(engine: str) -> dict[str, tuple[Case, list[str]]]:
    """Return the cases that an engine blocked and the simulator is to block, each with the lines of the console."""
    seen = json.loads(CONSOLES.read_text())[engine]
    return {
        case["id"]: (case, seen[case["id"]])
        for case in chosen()
        if case["id"] in seen and not case["id"].endswith("-down") and (engine, case["id"]) not in LISTED
    }


def blocked(case: Case, engine: "EngineName") -> Handshake:
    server = Server()
    serve_all(server, case)
    with pytest.raises(CORSError) as error:
        answered(Page(case["request"]["page_origin"], server, engine=engine), case["request"])
    return error.value.handshake


def expected(engine: str, case: Case, seen: list[str]) -> list[str]:
    """Return the lines of the console. Where there are none, an error is left that a script did not catch."""
    *lines, error = seen
    error = error.removeprefix("! ")
    is_thrown = case["request"].get("api", "fetch") == "fetch" or not error.startswith("TypeError: the ")
    if not lines and is_thrown:
        is_fetch = case["request"].get("api", "fetch") == "fetch"
        lines = [(UNCAUGHT if is_fetch else THROWN_BY_XHR)[engine] + error]
    # the page of the harness is not at /, and its servers have a reason for each status
    return [re.sub(r"/page/\d+/", "/", line).replace(" (Status)", " ()") for line in lines]


@pytest.mark.parametrize("engine", UNCAUGHT)
def test_the_console_says_word_for_word_what_was_seen(engine: "EngineName") -> None:
    found = cases_of(engine)
    assert len(found) > 200
    for case_id, (case, seen) in found.items():
        lines = expected(engine, case, seen)
        handshake = blocked(case, engine)
        names = re.findall(r"equest header field (\S+) is", " ".join(lines))
        if handshake.code == "header-not-allowed" and engine != "firefox":
            # of several that are missing it names one, in no order that can be known
            assert names[0].lower() in handshake.steps[-1].text, case_id
            lines = [line.replace(names[0], "*") for line in lines]
            message = re.sub(r"(?<=equest header field )\S+", "*", handshake.message or "")
        else:
            message = handshake.message or ""
        if lines and not _names_no_url(engine, case_id):
            assert message.split("\n") == [encoded_but_quotes(line) for line in lines], case_id


def _names_no_url(engine: str, case_id: str) -> bool:
    """Tell whether the message of a case cannot be found: Firefox's are found by the URL, which has no id here."""
    return engine == "firefox" and case_id.startswith("w-scheme-")


def encoded_but_quotes(line: str) -> str:
    """Write control characters as the simulator does, and leave Firefox's quotation marks."""
    return "".join(char if char in "‘’“”" else encoded(char) for char in line)  # noqa: RUF001  (they are)
