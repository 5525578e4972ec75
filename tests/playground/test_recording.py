"""The log: requests, responses and visible cookies, and the replay of the record."""

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import pytest

from corswsgi.playground.recording import MAX_BODY, MAX_ENTRIES, Exchange, Recorder, Replay
from tests.support.asking import ask, make_environ, run

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment


class Body:
    """The body of a response that wants to be closed."""

    def __init__(self) -> None:
        self.is_closed = False

    def __iter__(self) -> Iterator[bytes]:
        yield b"hello "
        yield b"there"

    def close(self) -> None:
        self.is_closed = True


def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    start_response("201 Created", [("Content-Type", "text/plain"), ("Set-Cookie", "a=b; Path=/")])
    return [b"hello ", environ["PATH_INFO"].encode()]


def test_a_request_and_its_answer_pass_unchanged_and_are_kept() -> None:
    recorder = Recorder(app)
    response = ask(recorder, "/x", "PUT", origin="http://localhost:1")
    assert (response.status, response.headers, response.body) == (
        "201 Created",
        [("Content-Type", "text/plain"), ("Set-Cookie", "a=b; Path=/")],
        b"hello /x",
    )
    [entry] = recorder.since(0)
    assert (recorder.count, recorder.since(1)) == (1, [])
    assert entry.to_dict() == {
        "number": 1,
        "method": "PUT",
        "url": "http://127.0.0.1/x",
        "target": "/x",
        "preflight": False,
        "headers": [["Origin", "http://localhost:1"], ["Host", "127.0.0.1"]],
        "status": 201,
        "reason": "Created",
        "response_headers": [["Content-Type", "text/plain"], ["Set-Cookie", "a=(hidden); Path=/"]],
        "length": 8,
    }


def test_a_body_is_closed_and_kept_up_to_a_length() -> None:
    body = Body()

    def streaming(_environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        write = start_response("200 OK", [("Content-Type", "text/plain")])
        assert callable(write)
        return body

    recorder = Recorder(streaming)
    assert ask(recorder).body == b"hello there"
    assert body.is_closed
    assert (bytes(recorder.since(0)[0].body), recorder.since(0)[0].length) == (b"hello there", 11)

    def long(_environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"x" * MAX_BODY, b"y"]

    recorder = Recorder(long)
    ask(recorder)
    assert (len(recorder.since(0)[0].body), recorder.since(0)[0].length) == (MAX_BODY, MAX_BODY + 1)


def test_a_second_start_of_the_response_counts() -> None:
    def failing(_environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        try:
            raise ValueError
        except ValueError:
            start_response("500 Oops", [("Content-Type", "text/html")], sys.exc_info())
        return [b""]

    recorder = Recorder(failing)
    ask(recorder)
    assert (recorder.since(0)[0].status, recorder.since(0)[0].reason) == (500, "Oops")


def test_the_log_has_an_end_and_a_preflight_is_known() -> None:
    recorder = Recorder(app)
    for _ in range(MAX_ENTRIES + 1):
        ask(recorder)
    assert [recorder.since(0)[0].number, len(recorder.since(0))] == [2, MAX_ENTRIES]
    environ = make_environ("/x", "OPTIONS", access_control_request_method="PUT")
    run(recorder, {**environ, "QUERY_STRING": "a=b", "CONTENT_TYPE": "text/plain"})
    entry = recorder.since(recorder.count - 1)[0]
    assert (entry.is_preflight, entry.target, entry.header("Content-Type")) == (True, "/x?a=b", "text/plain")
    assert entry.header("Origin") is None


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("playground_session=1", "playground_session=1"),
        ("a=secret; playground_session=1; b=secret", "a=(hidden); playground_session=1; b=(hidden)"),
        ("playground_session_id=secret", "playground_session_id=(hidden)"),
        ("a=secret=secret; b", "a=(hidden); b"),
    ],
)
def test_cookies_of_other_programs_lose_their_values(sent: str, shown: str) -> None:
    recorder = Recorder(app)
    ask(recorder, cookie=sent)
    assert ["Cookie", shown] in recorder.since(0)[0].to_dict()["headers"]


def test_the_playground_s_own_set_cookie_is_shown() -> None:
    exchange = Exchange(number=1, method="GET", host="h", target="/", headers=())
    exchange.response_headers = (("set-cookie", "playground_session=1; Path=/"), ("Set-Cookie", "x=1"))
    assert exchange.to_dict()["response_headers"] == [
        ["set-cookie", "playground_session=1; Path=/"],
        ["Set-Cookie", "x=(hidden)"],
    ]


def test_a_record_answers_once_and_says_what_is_missing() -> None:
    recorder, replay = Recorder(app), Replay()
    environ = {**make_environ("/x"), "HTTP_HOST": "localhost:1", "RAW_URI": "/x"}
    run(recorder, environ)
    replay.load(recorder.since(0))
    first, second = run(replay, environ), run(replay, environ)
    assert (first.status, first.body, second.status) == ("201 Created", b"hello /x", "502 Not Recorded")
    assert (replay.missing, replay.left) == (["GET http://localhost:1/x"], [])


def test_what_was_never_answered_is_missing_too() -> None:
    replay = Replay()
    unanswered = Exchange(number=1, method="GET", host="localhost:1", target="/x", headers=())
    replay.load([unanswered])
    environ = {**make_environ("/x"), "HTTP_HOST": "localhost:1", "RAW_URI": "/x"}
    assert run(replay, environ).status == "502 Not Recorded"
    assert replay.left == [unanswered]
