"""The control API: lessons, tables and plays."""

from dataclasses import asdict

import pytest

from corswsgi.playground.control import notes_of
from corswsgi.playground.lessons import VERDICTS, Call, Lesson, Play
from corswsgi.playground.studio import Studio
from tests.playground.conftest import CHROMIUM, FRONT, PLACES, STRANGER, Browser

BOOK = "/api/books/1"
PUT = Call(method="PUT", path=BOOK, headers=(("Content-Type", "application/json"),), body="{}")
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0"
LESSONS = Studio(PLACES).lessons.values()


def test_the_page_learns_the_lessons_and_the_engine(browser: Browser) -> None:
    state = browser.ask("state")
    assert (state["engine"], state["own"], state["origins"]["front"]) == ("chromium", None, FRONT)
    assert [lesson["number"] for lesson in state["lessons"]] == [*range(1, 15)]
    assert sorted(state["sources"]) == ["check-start", "echo", "forget-preflights", "forget-vary"]
    assert all(source.startswith("def ") for source in state["sources"].values())


@pytest.mark.parametrize(
    ("lesson", "play"),
    [pytest.param(lesson, play, id=f"{lesson.id} {play.id}") for lesson in LESSONS for play in lesson.plays],
)
def test_each_play_comes_to_its_verdict(browser: Browser, lesson: Lesson, play: Play) -> None:
    table = lesson.table(play.table)
    if not table.problems:
        assert browser.ask("table", {"lesson": lesson.id, "text": table.toml, "variables": dict(table.variables)})[
            "served"
        ]
    for before in play.before:
        browser.play(lesson.id, lesson.play(before).call)
    if play.simulated:
        result = browser.ask("simulate", {"lesson": lesson.id, "call": _plain(play.call)})
    elif play.call.page_policy:
        result = browser.end(lesson.id, play.call, {"error": "TypeError", "violation": "connect-src"})
    else:
        result = browser.play(lesson.id, play.call)
    assert (result["verdict"], result["differences"], result["simulated"]) == (play.expect, [], play.simulated)
    if play.status and not play.simulated and play.expect == "read":
        assert result["seen"]["status"] == play.status
    if play.answered:
        assert result["exchanges"][-1]["status"] == play.answered
    if play.preflight is not None:
        assert any(each["preflight"] for each in result["exchanges"]) is play.preflight


def _plain(call: Call) -> dict[str, object]:
    return {"path": call.path, "page": call.page}


@pytest.mark.parametrize(
    ("lesson", "name", "codes"),
    [
        pytest.param(lesson, table.name, table.problems, id=f"{lesson.id} {table.name}")
        for lesson in LESSONS
        for table in lesson.tables
    ],
)
def test_each_table_of_a_lesson_is_served_or_refused_as_it_says(
    browser: Browser, lesson: Lesson, name: str, codes: tuple[str, ...]
) -> None:
    table = lesson.table(name)
    answer = browser.ask("table", {"lesson": lesson.id, "text": table.toml, "variables": dict(table.variables)})
    assert tuple(problem["code"] for problem in answer["problems"]) == codes
    assert answer["served"] is not bool(codes)


def test_what_was_blocked_comes_with_steps_console_and_a_fix_that_is_right(browser: Browser) -> None:
    result = browser.play("handshake", Call(method="DELETE", path=BOOK))
    why = result["why"]
    assert (result["verdict"], why["engine"], why["steps"][-1]["passed"]) == ("not-sent", "chromium", False)
    assert why["message"].startswith(f"Access to fetch at 'http://localhost:5003{BOOK}' from origin '{FRONT}'")
    assert browser.ask("table", {"lesson": "handshake", "text": why["advice"]["text"]})["served"]
    browser.pages = browser.pages.open_page(FRONT)
    assert browser.play("handshake", Call(method="DELETE", path=f"{BOOK}?again"))["verdict"] == "read"


def test_advice_that_nothing_can_follow_has_no_text(browser: Browser) -> None:
    null = browser.play("handshake", Call(page="null", path=BOOK))
    assert (null["verdict"], null["why"]["advice"]["text"]) == ("unread", None)
    by_hand = browser.play("by-hand", Call(path="/api/broken", server="forget-preflights"))
    assert (by_hand["verdict"], by_hand["why"]["advice"]) == ("unread", None)
    fine = browser.play("all-or-one", Call(path="/api/public/news"))
    assert (fine["verdict"], fine["why"]["advice"]) == ("read", None)


def test_a_table_that_is_refused_is_told_at_its_line_and_the_one_before_it_is_served(browser: Browser) -> None:
    wrong = f'["/api/**"]\nallow_origins = ["{FRONT}/"]\n'
    answer = browser.ask("table", {"lesson": "handshake", "text": wrong})
    assert (answer["served"], [(each["line"], each["code"]) for each in answer["problems"]]) == (
        False,
        [(2, "origin-with-trailing-slash")],
    )
    assert browser.play("handshake", PUT)["verdict"] == "read"
    right = wrong.replace('/"', '"')
    answer = browser.ask("table", {"lesson": "handshake", "text": right})
    assert (answer["served"], answer["problems"], answer["warnings"]) == (True, [], [])
    assert [row["pattern"] for row in answer["rows"]] == ["/api/**"]
    assert "Policy(" in answer["python"]
    assert "resources=" in answer["flask_cors"]
    assert browser.play("handshake", Call(method="PUT", path=f"{BOOK}?again"))["verdict"] == "not-sent"


def test_text_that_is_not_toml_has_a_line_too(browser: Browser) -> None:
    answer = browser.ask("table", {"lesson": "handshake", "text": "[/api]\n"})
    assert [(each["line"], each["code"]) for each in answer["problems"]] == [(1, "toml-syntax")]


def test_warnings_are_told_and_the_table_is_served(browser: Browser) -> None:
    text = '["/api/**"]\nallow_origins = ["https://a.example"]\nmax_age = 86400\n'
    answer = browser.ask("table", {"lesson": "handshake", "text": text})
    assert (answer["served"], [(each["line"], each["code"]) for each in answer["warnings"]]) == (
        True,
        [(3, "max-age-above-browsers")],
    )


def test_a_difference_is_told_and_offered_as_text(browser: Browser) -> None:
    count = browser.begin("handshake")
    browser.get(f"http://localhost:5003{BOOK}", Origin=FRONT, Cookie="other=secret")
    result = browser.end("handshake", Call(path=BOOK), {"error": "TypeError: Failed to fetch"}, count)
    assert (result["verdict"], result["differences"]) == (
        "unread",
        ["the verdict is 'unread' in the browser, 'read' in the simulator"],
    )
    assert f"> GET http://localhost:5003{BOOK}\n" in result["text"]
    assert "other=(hidden)" in result["text"]
    assert "secret" not in str(result)


def test_requests_that_one_side_alone_made_are_a_difference(browser: Browser) -> None:
    count = browser.begin("handshake")
    browser.get(f"http://localhost:5003{BOOK}", "PUT", Origin=STRANGER, Cookie="playground_session=1")
    result = browser.end("handshake", Call(path=BOOK), {"error": "TypeError: Failed to fetch"}, count)
    assert result["differences"] == [
        f"the simulator expects GET http://localhost:5003{BOOK}, and the browser did not send it",
        f"the browser sent PUT http://localhost:5003{BOOK}, and the simulator does not expect it",
        f"PUT: origin is '{STRANGER}' in the browser, '{FRONT}' in the simulator",
        "PUT: the cookie is sent in the browser, not sent in the simulator",
    ]


def test_headers_that_a_script_reads_are_compared(browser: Browser) -> None:
    count = browser.begin("handshake")
    browser.get(f"http://localhost:5003{BOOK}", Origin=FRONT)
    seen = {"type": "cors", "status": 200, "headers": [["etag", '"1"'], ["date", "today"]]}
    assert browser.end("handshake", Call(path=BOOK), seen, count)["differences"] == [
        (
            "the script reads the headers ['etag'] in the browser, "
            "['content-length', 'content-type', 'x-request-id'] in the simulator"
        )
    ]


def test_a_page_that_forbids_itself_is_judged_without_cors(browser: Browser) -> None:
    count = browser.begin("not-cors")
    call = Call(path=BOOK, page_policy=True)
    result = browser.end("not-cors", call, {"error": "TypeError", "violation": "connect-src"}, count)
    assert (result["verdict"], result["why"], result["differences"]) == ("page-policy", None, [])
    browser.get(f"http://localhost:5003{BOOK}")
    result = browser.end("not-cors", call, {"error": "TypeError", "violation": "connect-src"}, count)
    assert result["differences"] == ["something arrived: GET"]


def test_what_is_kept_answers_without_the_server(browser: Browser) -> None:
    call = Call(path="/api/greeting")
    assert browser.play("vary", call)["from_cache"] is False
    kept = browser.play("vary", call)
    assert (kept["verdict"], kept["exchanges"], kept["from_cache"], kept["differences"]) == ("read", [], True, [])
    wrong = browser.play("vary", Call(method="TRACE", path=BOOK))
    assert (wrong["verdict"], wrong["from_cache"], wrong["differences"]) == ("nothing", False, [])


def test_two_browsers_have_caches_of_their_own(browser: Browser) -> None:
    call = Call(path="/api/greeting")
    browser.play("vary", call, "one")
    assert browser.play("vary", call, "two")["differences"] == [
        f"the simulator expects GET http://localhost:5003{call.path}, and the browser did not send it",
        "the verdict is 'read' in the browser, 'unread' in the simulator",
    ]


def test_the_log_has_what_arrived(browser: Browser) -> None:
    browser.play("handshake", PUT)
    log = browser.ask("log")["log"]
    assert [(each["method"], each["preflight"], each["status"]) for each in log] == [
        ("OPTIONS", True, 204),
        ("PUT", False, 200),
    ]
    assert browser.ask("log", {"count": 2})["log"] == []


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api/books/1?x=1", ('row "/api/**"', f"pages of {FRONT} may send PUT")),
        ("/api%2Fbooks", ('row "/api/**"', f"pages of {FRONT} may send PUT")),
        ("/login", (None, "")),
    ],
)
def test_the_row_of_a_path_is_told(browser: Browser, path: str, expected: tuple[str | None, str]) -> None:
    row = browser.ask("row", {"lesson": "handshake", "path": path, "method": "GET"})
    assert (row["from"], row["means"][: len(expected[1])]) == expected


@pytest.mark.parametrize(
    ("question", "data"),
    [
        pytest.param("begin", {"lesson": "nothing", "server": "table"}, id="no such lesson"),
        pytest.param("begin", {"lesson": "handshake", "server": "echo"}, id="an unsafe server in another lesson"),
        pytest.param("begin", {"lesson": "own", "server": "echo"}, id="an unsafe server before the user's own"),
        pytest.param("begin", {"lesson": "own", "server": "table"}, id="no application of the user's own"),
        pytest.param("begin", {}, id="nothing"),
        pytest.param("table", {"lesson": "own", "text": ""}, id="no table of the user's own"),
        pytest.param("table", {"lesson": "handshake", "text": "", "variables": []}, id="variables that are none"),
        pytest.param("log", {"count": "x"}, id="no number"),
        pytest.param("end", {"call": {"path": "//evil.example", "page": "evil"}}, id="no page"),
        pytest.param("simulate", {"call": {"path": "x"}, "lesson": "handshake"}, id="no path"),
        pytest.param("simulate", {"call": {"path": "/", "body": 1}, "lesson": "handshake"}, id="no body"),
        pytest.param("simulate", {"call": {"origin": "x"}, "lesson": "handshake"}, id="an unknown field"),
    ],
)
def test_questions_that_make_no_sense_are_refused(browser: Browser, question: str, data: object) -> None:
    assert browser.refused(question, data).startswith("the question makes no sense: ")


def test_engines_have_simulators_of_their_own(browser: Browser) -> None:
    assert browser.ask("state", user_agent=FIREFOX)["engine"] == "firefox"
    assert browser.ask("state", user_agent=CHROMIUM)["engine"] == "chromium"


def test_what_is_beside_the_verdict_is_told_with_its_fix() -> None:
    cookie = {"name": "s", "reason": "it is Lax", "fix": "use one site"}
    note = {"code": "x", "text": "no cookie was sent", "fix": "log in"}
    assert notes_of({"cookies_refused": [cookie], "cookies_unsent": [cookie], "notes": [note]}) == [
        {"text": "it is Lax", "fix": "use one site"},
        {"text": "it is Lax", "fix": "use one site"},
        {"text": "no cookie was sent", "fix": "log in"},
    ]


def test_every_verdict_has_words() -> None:
    assert {play.expect for lesson in LESSONS for play in lesson.plays} <= {*VERDICTS}


def test_cookies_that_webkit_lends_a_frame_are_no_difference(browser: Browser) -> None:
    webkit = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15"
    count = browser.begin("cookies")
    for _ in range(2):
        browser.get("http://localhost:5003/api/me", Origin=PLACES.origins["other"], Cookie="playground_session=1")
    call = Call(page="other", path="/api/me", credentials=True)
    seen = {"type": "cors", "status": 401, "headers": [["content-type", "x"], ["content-length", "1"]]}
    data = {"lesson": "cookies", "call": asdict(call), "seen": seen, "count": count + 1, "browser": "x"}
    result = browser.ask("end", data, user_agent=webkit)
    assert result["differences"] == []
    assert result["why"]["notes"][0]["text"].startswith("WebKit lends a frame the cookies of the page around it.")
    result = browser.ask("end", {**data, "count": count}, user_agent=webkit)
    assert result["differences"] == [
        "the browser sent GET http://localhost:5003/api/me, and the simulator does not expect it"
    ]
