"""Applications that are not WSGI, or fail on every request: one line and a verdict, never a traceback."""

import sys
import threading
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import pytest

from corswsgi.browser.headers import HeaderList
from corswsgi.browser.transport import wsgi_transport
from corswsgi.cli.asking import careful
from corswsgi.cli.listening import listening
from tests.browser.test_request import url
from tests.support.commands import Write, run

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

A = "https://shop.example.org"
BROKEN = {
    "raises": ("raise LookupError('no tenant')", "LookupError: no tenant"),
    "exits": ("import sys; sys.exit(3)", "RuntimeError: the application calls sys.exit(3)"),
    "exits plainly": ("raise SystemExit", "RuntimeError: the application calls sys.exit()"),
    "status without a number": ("s('OK', []); return []", "with the status 'OK': write '200 OK'"),
    "status that is no text": ("s(200, []); return []", "with the status 200: write '200 OK'"),
    "no start_response": ("return []", "the application did not call start_response"),
    "body of numbers": ("s('200 OK', []); return [1]", "has int in it, not bytes"),
    "body of text": ("s('200 OK', []); return ['a']", "has str in it, not bytes"),
    "no body": ("s('200 OK', []); return None", "TypeError: "),
    "headers as a mapping": ("s('200 OK', {'A': 'b'}); return []", "not a list of pairs of strings"),
    "headers of numbers": ("s('200 OK', [('A', 1)]); return []", "not a list of pairs of strings"),
    "iterator that raises": ("s('200 OK', []); return (1 / 0 for _ in [1])", "ZeroDivisionError: division by zero"),
}


@pytest.mark.parametrize(("body", "says"), BROKEN.values(), ids=BROKEN)
def test_application_is_judged_and_its_exception_is_one_line(write: Write, body: str, says: str) -> None:
    write("broken.py", f"def app(e, s):\n    {body}\n")
    result = run("explain", "broken:app", "/x", "--origin", A)
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    assert "Blocked at the response, whose status is 500." in result.stdout
    [line] = [line for line in result.stdout.splitlines() if line.startswith("Note: the application raised ")]
    assert says in line
    [cause] = [line for line in result.stdout.splitlines() if line.startswith("Cause: the application raised ")]
    assert says in cause
    probed = run("probe", "broken:app")
    assert probed.exit_code == 2
    assert "Traceback" not in probed.output
    assert "answers every request with status 500" in probed.stdout
    assert "Traceback" not in run("audit", "broken:app").output


def test_status_without_a_reason_is_taken_as_servers_do(write: Write) -> None:
    write("short.py", "def app(e, s):\n    s('200', [('Access-Control-Allow-Origin', '*')])\n    return []\n")
    assert run("explain", "short:app", "/x", "--origin", A).exit_code == 0


def test_name_that_a_function_closes_over_and_that_is_not_set(write: Write) -> None:
    write(
        "unset.py",
        """
        def make():
            def app(environ, start_response):
                return later(environ, start_response)
            if environ_is_set:
                later = None
            return app

        environ_is_set = False
        app = make()
        """,
    )
    for arguments in (["explain", "unset:app", "/x", "--origin", A], ["audit", "unset:app"], ["probe", "unset:app"]):
        result = run(*arguments)
        assert result.exit_code in {1, 2}
        assert "Traceback" not in result.output


@pytest.mark.parametrize(
    "module",
    [
        pytest.param(
            """
            from flask import Flask

            app = Flask("shop")

            @app.get("/x")
            def x():
                print("\\x1b[31mhello")
                raise LookupError("no tenant")
            """,
            id="Flask",
        ),
        pytest.param(
            """
            from bottle import Bottle

            app = Bottle()

            @app.get("/x")
            def x():
                raise LookupError("no tenant")
            """,
            id="Bottle",
        ),
    ],
)
def test_exception_that_a_framework_answers_itself_is_named_from_what_it_logs(write: Write, module: str) -> None:
    write("framed.py", module)
    result = run("explain", "framed:app", "/x", "--origin", A)
    assert result.exit_code == 1
    assert result.stderr == ""
    assert "Traceback" not in result.output
    assert "\x1b" not in result.output
    assert "Note: the application raised LookupError: no tenant\n" in result.stdout


def test_warnings_of_corswsgi_are_told_once(write: Write) -> None:
    write(
        "warns.py",
        f"""
        import logging
        from corswsgi import CORSMiddleware, Policy
        from corswsgi.cli.target import empty_application

        def inner(environ, start_response):
            logging.getLogger("corswsgi").warning("a mark\\nis lost")
            return empty_application(environ, start_response)

        app = CORSMiddleware(inner, Policy(allow_origins="{A}"))
        """,
    )
    result = run("explain", "warns:app", "/x", "--origin", A, "-X", "PUT")
    assert result.stderr == ""
    result = run("explain", "warns:app", "/x", "--origin", A)
    assert result.stdout.count("Note: a mark is lost\n") == 1
    assert run("probe", "warns:app", "--origin", A).stdout.count("note: a mark is lost\n") == 1


def test_warnings_of_python_are_told(write: Write) -> None:
    write(
        "warns.py",
        f"""
        import warnings
        from corswsgi import CORSMiddleware, Policy
        from corswsgi.cli.target import empty_application

        warnings.warn("an option is \\x1b[31mignored", stacklevel=1)
        warnings.warn("old", DeprecationWarning, stacklevel=1)
        app = CORSMiddleware(empty_application, Policy(allow_origins="{A}"))
        """,
    )
    says = r"an option is \x1b[31mignored" + "\n"
    assert f"Note: {says}" in run("explain", "warns:app", "/x", "--origin", A).stdout
    assert "old" not in run("explain", "warns:app", "/x", "--origin", A).output
    del sys.modules["warns"]
    assert f"note: {says}" in run("probe", "warns:app", "--origin", A).stdout
    del sys.modules["warns"]
    assert run("audit", "warns:app").stderr == f"note: {says}"


def test_body_that_does_not_end_is_left() -> None:
    def endless(_environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterator[bytes]:
        start_response("200 OK", [("Content-Type", "text/event-stream")])
        while True:
            yield b"data: tick\n\n"

    times = iter(range(100))
    send = wsgi_transport(careful(endless, clock=lambda: float(next(times))))
    response = send("GET", url("http://a.example/"), HeaderList(), None)
    assert (response.status, len(response.body)) == (200, 9 * len(b"data: tick\n\n"))
    send = wsgi_transport(careful(endless, clock=lambda: 0.0))
    assert len(send("GET", url("http://a.example/"), HeaderList(), None).body) > 1 << 20


def test_start_response_with_an_exception_replaces_what_was_not_sent() -> None:
    def replacing(_environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterator[bytes]:
        start_response("200 OK", [])
        try:
            raise LookupError
        except LookupError:
            write = start_response("500 Oops", [("X-A", "1")], sys.exc_info())
        write(b"a")
        yield b"b"

    response = wsgi_transport(careful(replacing))("GET", url("http://a.example/"), HeaderList(), None)
    assert (response.status, response.headers, response.body) == (500, [("X-A", "1")], b"ab")


def test_body_is_closed() -> None:
    closed: list[bool] = []

    class Body:
        def __iter__(self) -> Iterator[bytes]:
            return iter([b"a"])

        def close(self) -> None:
            closed.append(True)

    def app(_environ: "WSGIEnvironment", start_response: "StartResponse") -> Body:
        start_response("200 OK", [])
        return Body()

    wsgi_transport(careful(app))("GET", url("http://a.example/"), HeaderList(), None)
    assert closed == [True]


def test_nothing_is_heard_where_nothing_is_said() -> None:
    with listening() as heard:
        pass
    assert (heard.exception, heard.warnings) == ("", [])


class TestHanging:
    """An application that waits for what never comes: the commands end."""

    HANGS = "def app(e, s):\n    try:\n        while True:\n            pass\n    except Exception:\n        pass\n"

    @pytest.fixture(autouse=True)
    def short_deadline(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("corswsgi.cli.asking.EXCHANGE_SECONDS", 0.25)

    def test_explain_says_that_it_does_not_answer(self, write: Write) -> None:
        write("hangs.py", self.HANGS)
        result = run("explain", "hangs:app", "/x", "--origin", A)
        assert result.exit_code == 1
        assert (
            "Cause: the application does not answer within 0.25 seconds\n"
            "Fix: look for what it waits for: a database, another server, a lock, input\n"
        ) in result.stdout
        assert "Note: the application raised" not in result.stdout

    def test_probe_leaves_it_after_two(self, write: Write) -> None:
        write("hangs.py", self.HANGS)
        result = run("probe", "hangs:app", "/x", "/y", "--origin", A)
        assert result.exit_code == 2
        assert "the server is too slow: the rest was not asked" in result.stdout

    def test_response_that_has_begun_counts(self, write: Write) -> None:
        write(
            "streams.py",
            f"""\
            def app(environ, start_response):
                start_response("200 OK", [("Access-Control-Allow-Origin", "{A}")])
                yield b"first"
                while True:
                    pass
            """,
        )
        assert run("explain", "streams:app", "/x", "--origin", A).exit_code == 0

    def test_other_threads_have_no_limit(self) -> None:
        def app(_environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            start_response("200 OK", [])
            return [b"x"]

        answers: list[int] = []
        send = wsgi_transport(careful(app))
        ask = threading.Thread(
            target=lambda: answers.append(send("GET", url("http://a.example/"), HeaderList(), None).status)
        )
        ask.start()
        ask.join()
        assert answers == [200]
