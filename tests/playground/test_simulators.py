"""The simulated browsers beside the real ones."""

from typing import TYPE_CHECKING

import pytest

from corswsgi.playground.lessons import Call
from corswsgi.playground.recording import Exchange
from corswsgi.playground.simulators import MAX_BROWSERS, SimulatedBrowser, Simulators, engine_of
from tests.playground.conftest import CHROMIUM, PLACES

if TYPE_CHECKING:
    from corswsgi.browser.engines import EngineName


@pytest.mark.parametrize(
    ("user_agent", "engine"),
    [
        (CHROMIUM, "chromium"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0", "firefox"),
        ("Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15", "webkit"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Edg/156.0", "chromium"),
        ("Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/156.0 Mobile Safari/604.1", "webkit"),
        ("Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/153.0 Mobile Safari/605.1", "webkit"),
        ("curl/8", "standard"),
        ("", "standard"),
    ],
)
def test_engines_are_known_by_the_user_agent(user_agent: str, engine: str) -> None:
    assert engine_of(user_agent) == engine


def test_a_browser_keeps_its_simulator_and_old_ones_are_forgotten() -> None:
    simulators = Simulators(PLACES)
    first = simulators.of("0", "chromium")
    assert simulators.of("0", "chromium") is first
    assert simulators.of("0", "firefox") is not first
    for number in range(1, MAX_BROWSERS + 1):
        simulators.of(str(number), "chromium")
    assert simulators.of("0", "firefox") is not first
    assert simulators.of(str(MAX_BROWSERS), "chromium").engine == "chromium"


def exchange(method: str, path: str, **more: object) -> Exchange:
    answered = (("Access-Control-Allow-Origin", PLACES.origins["other"]), ("Access-Control-Allow-Credentials", "true"))
    return Exchange(
        number=1, method=method, host="localhost:5003", target=path, headers=(), status=200, reason="OK",
        response_headers=(*answered, *((str(name), str(value)) for name, value in more.items())),
    )  # fmt: skip


def test_webkit_lends_a_frame_the_cookies_of_the_page_around_it() -> None:
    browser = SimulatedBrowser(PLACES, "webkit")
    login = Call(page="other", method="POST", path="/login", credentials=True)
    cookie = {"Set-Cookie": "playground_session=1; Path=/; SameSite=Lax"}
    assert browser.lends_cookies(login)
    browser.explain(login, [exchange("POST", "/login", **cookie), exchange("POST", "/login")])
    handshake, _ = browser.explain(Call(path="/api/me", credentials=True), [exchange("GET", "/api/me")])
    assert ("Cookie", "playground_session=1") in handshake.requests[0].headers


@pytest.mark.parametrize(
    ("engine", "call"),
    [
        ("chromium", Call(page="other", credentials=True)),
        ("webkit", Call(page="front", credentials=True)),
        ("webkit", Call(page="null")),
    ],
)
def test_others_lend_nothing(engine: "EngineName", call: Call) -> None:
    assert not SimulatedBrowser(PLACES, engine).lends_cookies(call)
