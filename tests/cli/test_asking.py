"""Requests of commands: replays for other engines, fronts detected by two responses, and the options of `explain`."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from corswsgi import CORSMiddleware, Policy
from corswsgi.browser.headers import HeaderList
from corswsgi.browser.response import Response
from corswsgi.browser.transport import wsgi_transport
from corswsgi.cli.asking import GoesOnError, Recorder, Replay
from corswsgi.cli.causes import Cause
from corswsgi.cli.fronts import Answers, front_cause, refusal_line
from tests.browser.test_request import url
from tests.cli.test_explain_causes import ALLOWED, PREFLIGHT, A, advice, answer, answering
from tests.cli.test_probe_cases import closing_on
from tests.support.commands import Serve, Write, run

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class TestEngines:
    def test_words_of_each_browser_stand_beside_the_standard_s(self, serve: Serve) -> None:
        server = serve(answering(GET=answer()))
        lines = run("explain", server, "/x", "--origin", A).stdout.splitlines()
        words = {line.partition(": ")[0]: line for line in lines}
        assert "may not read" in words["Standard"]
        assert "has been blocked by CORS policy: No 'Access-Control-Allow-Origin'" in words["Chromium"]
        assert "CORS header \u2018Access-Control-Allow-Origin\u2019 missing" in words["Firefox"]
        assert [line for line in lines if line.startswith("Safari: ")] == [
            f"Safari: Origin {A} is not allowed by Access-Control-Allow-Origin. Status code: 200",
            f"Safari: Fetch API cannot load {server}/x due to access control checks.",
        ]

    def test_server_is_asked_once_for_all_of_them(self) -> None:
        asked: list[str] = []

        def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            asked.append(environ["REQUEST_METHOD"])
            start_response("200 OK", ALLOWED if environ["REQUEST_METHOD"] != "PUT" else [])
            return []

        recorder = Recorder(wsgi_transport(app))
        recorder("PUT", url("http://a.example/"), HeaderList(), None)
        replay = Replay(recorder.exchanges)
        assert replay("PUT", url("http://a.example/"), HeaderList(), None).status == 200
        with pytest.raises(GoesOnError):
            replay("PUT", url("http://a.example/"), HeaderList(), None)
        assert asked == ["PUT"]

    def test_answers_are_replayed_in_their_order(self) -> None:
        def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            start_response("200 OK", [("X-A", environ["PATH_INFO"])])
            return []

        recorder = Recorder(wsgi_transport(app))
        for path in ("/a", "/b", "/a"):
            recorder("GET", url(f"http://a.example{path}"), HeaderList(), None)
        replay = Replay(recorder.exchanges)
        assert replay("GET", url("http://a.example/b"), HeaderList(), None).headers == [("X-A", "/b")]

    def test_engine_that_goes_on_where_the_standard_blocks_is_told(self, serve: Serve) -> None:
        star = [*ALLOWED, ("Access-Control-Allow-Headers", "*")]
        server = serve(answering(OPTIONS=answer(204, star)))
        result = run("explain", server, "/x", "--origin", A, "-H", "Authorization: Bearer x")
        assert result.exit_code == 1
        assert f"Chromium, Firefox, Safari: (does not block here: it sends GET {server}/x next)" in result.stdout

    def test_engine_that_asks_first_where_the_standard_does_not_is_told(self, serve: Serve) -> None:
        server = serve(answering(OPTIONS=answer(405)))
        result = run("explain", server, "/x", "--origin", A, "-H", f"Range: bytes=0-{2**64}")
        assert result.exit_code == 0
        assert f"(does not block here: it sends OPTIONS {server}/x next)" in result.stdout

    def test_engine_that_was_asked_for_is_the_only_one(self, serve: Serve) -> None:
        server = serve(answering(GET=answer()))
        for engine, label in (("standard", "Standard"), ("firefox", "Console")):
            lines = run("explain", server, "/x", "--origin", A, "--engine", engine).stdout.splitlines()
            assert [line for line in lines if line.startswith(f"{label}: ")]
            assert [line for line in lines if line.startswith(("Chromium: ", "Safari: "))] == []

    def test_json_has_all_of_it(self, serve: Serve) -> None:
        told = json.loads(run("explain", serve(answering(GET=answer(404))), "/x", "--origin", A, "--json").stdout)
        assert set(told["consoles"]) == {"chromium", "firefox", "webkit"}
        assert told["cause"]["code"] == "response-status-404"
        assert told["fix"] == told["cause"]["fix"]
        assert told["remarks"] == []


class TestFronts:
    """Two answers: to the preflight, and to the request itself."""

    def cause(self, preflight: Response, actual: Response) -> Cause | None:
        return front_cause(Answers(origin=A, preflight=preflight, actual=actual))

    def response(self, status: int, headers: Iterable[tuple[str, str]] = (), body: bytes = b"") -> Response:
        return Response(status=status, headers=HeaderList(headers), body=body)

    def test_line_of_our_own_refusal_is_shown(self) -> None:
        refused = self.response(403, [], b"CORS preflight refused: pages of this origin are not allowed here.\n")
        assert refusal_line(refused) == "CORS preflight refused: pages of this origin are not allowed here."
        found = self.cause(refused, self.response(200))
        assert found is not None
        assert "CORS preflight refused: pages of this origin are not allowed here." in found.what
        assert f"if pages of {A} are yours, add it to the policy of this path" in found.fix
        malformed = self.response(403, [], b"CORS preflight refused: Access-Control-Request-Headers is too long.\n")
        found = self.cause(malformed, self.response(200))
        assert found is not None
        assert found.fix == "change the method or the headers that the script sends"

    def test_sound_answers_have_no_cause(self) -> None:
        assert self.cause(self.response(204, PREFLIGHT), self.response(200, ALLOWED)) is None
        assert self.cause(self.response(204, PREFLIGHT), self.response(200)) is None

    def test_explain_shows_the_line_of_a_running_server(self, serve: Serve) -> None:
        def app(_environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            start_response("200 OK", [])
            return []

        server = serve(CORSMiddleware(app, Policy(allow_origins="https://b.example", allow_methods="PUT")))
        status, told = advice(server, "/x", "-X", "PUT")
        assert status == 1
        assert "Cause: corswsgi answers: CORS preflight refused: " in told

    def test_second_answer_that_does_not_come_changes_nothing(self) -> None:
        with closing_on(lambda head: head.startswith(b"OPTIONS"), origin=b"https://b.example") as server:
            status, told = advice(server, "/x")
        assert status == 1
        assert "\nFix: " in told


def test_page_of_the_server_s_own_origin_reads_all(serve: Serve) -> None:
    server = serve(answering(GET=answer()))
    result = run("explain", server, "/x", "--origin", server)
    assert (result.exit_code, "It may not read" in result.stdout) == (0, False)


class TestOptions:
    def sent(self, *arguments: str) -> list[tuple[str, str]]:
        told = json.loads(run("explain", "bare:app", "/x", "--origin", A, *arguments, "--json").stdout)
        return [(name, value) for name, value in told["requests"][-1]["headers"]]

    @pytest.fixture(autouse=True)
    def bare(self, write: Write) -> None:
        write("bare.py", "def app(e, s):\n    s('200 OK', [('Access-Control-Allow-Origin', '*')])\n    return []\n")

    def test_data_is_sent_as_curl_sends_it(self, tmp_path: Path) -> None:
        assert ("Content-Type", "application/x-www-form-urlencoded") in self.sent("-d", "a=1", "-d", "b=2")
        assert ("Content-Length", "7") in self.sent("-d", "a=1", "-d", "b=2")
        (tmp_path / "body").write_text("a=1\nb\r\n")
        assert ("Content-Length", "4") in self.sent("-d", "@body")
        headers = self.sent("-d", "{}", "-H", "content-type: text/plain")
        assert [value for name, value in headers if name.lower() == "content-type"] == ["text/plain"]

    def test_file_of_data_that_is_not_there(self) -> None:
        result = run("explain", "bare:app", "/x", "--origin", A, "-d", "@nowhere")
        assert (result.exit_code, "'nowhere' cannot be read: FileNotFoundError" in result.stderr) == (2, True)

    def test_header_that_no_script_can_set_is_told(self) -> None:
        result = run("explain", "bare:app", "/x", "--origin", A, "-H", "Cookie: sid=1")
        assert result.exit_code == 0
        assert "Note: no script can set Cookie, which the browser sets itself: it was left out" in result.stdout

    def test_xhr_is_asked_as_one(self) -> None:
        result = run("explain", "bare:app", "/x", "--origin", A, "--api", "xhr", "--credentials", "include")
        assert "Access to XMLHttpRequest at" in result.stdout

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            ([], "name a TARGET and a URL, or paste the red line with --console"),
            (["bare:app", "/x"], "name the origin of the page: --origin https://app.example.com"),
            (["bare:app", "--origin", A], "name a URL to ask, for example /api/me"),
        ],
    )
    def test_missing_argument_is_asked_for(self, arguments: list[str], says: str) -> None:
        result = run("explain", *arguments)
        assert (result.exit_code, result.stdout) == (2, "")
        assert says in result.stderr
