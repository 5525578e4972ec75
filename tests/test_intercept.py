"""With ``intercept_exceptions=True`` an exception is a 500 that the page can read, while nothing was sent."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from corswsgi import CORSMiddleware, Policy
from tests.support.asking import APP, EVIL, Response, Start, ask, make_environ, run

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

POLICY = Policy(allow_origins=APP, allow_credentials=True, allow_methods="PUT", expose_headers="X-Request-Id")
ORIGIN = ("Access-Control-Allow-Origin", APP)
CREDENTIALS = ("Access-Control-Allow-Credentials", "true")
EXPOSED = ("Access-Control-Expose-Headers", "X-Request-Id")
VARY = ("Vary", "Origin")


def crashing(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    raise LookupError("crash")


def crashing_after_start(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/html"), ("Set-Cookie", "a=1")])
    raise LookupError("crash")


def crashing_generator(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterator[bytes]:
    start_response("200 OK", [("Content-Type", "text/html")])
    yield b""
    raise LookupError("crash")


def crashing_iterable(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    class Body:
        def __iter__(self) -> Iterator[bytes]:
            raise LookupError("crash")

    start_response("200 OK", [("Content-Type", "text/html")])
    return Body()


CRASHING = [crashing, crashing_after_start, crashing_generator, crashing_iterable]


class TestInterceptExceptions:
    """With it, what leaves the app is logged and answered by a plain 500 that carries the row's headers."""

    CRASH = Response(
        "500 Internal Server Error",
        [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", "22"),
            ORIGIN,
            CREDENTIALS,
            EXPOSED,
            VARY,
        ],
        b"Internal Server Error\n",
    )

    def test_empty_chunks_are_no_byte_of_the_response(self) -> None:
        def yielding(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterator[bytes]:
            write = start_response("200 OK", [("Content-Type", "text/html")])
            assert write(b"") is None
            yield b""
            raise LookupError("crash")

        start = Start()
        response = CORSMiddleware(yielding, POLICY, intercept_exceptions=True)(make_environ(origin=APP), start)
        assert list(response) == [self.CRASH.body]
        assert start.calls == [(self.CRASH.status, self.CRASH.headers)]

    @pytest.mark.parametrize("app", CRASHING)
    def test_crash_before_the_first_byte_is_a_500_that_the_page_can_read(
        self, app: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        middleware = CORSMiddleware(app, POLICY, intercept_exceptions=True)
        assert ask(middleware, "/a\nb", origin=APP) == self.CRASH
        [record] = caplog.records
        assert record.getMessage() == "'GET' '/a\\nb' raised: answered 500 with the row's headers"
        assert record.exc_info is not None
        assert record.exc_info[0] is LookupError

    @pytest.mark.parametrize("app", [crashing, crashing_after_start, crashing_iterable])
    def test_server_hears_of_the_500_alone_and_has_nothing_to_take_back(self, app: Any) -> None:
        start = Start()
        response = CORSMiddleware(app, POLICY, intercept_exceptions=True)(make_environ(origin=APP), start)
        assert list(response) == [self.CRASH.body]
        assert start.calls == [(self.CRASH.status, self.CRASH.headers)]

    def test_start_response_called_again_without_exc_info_is_a_crash(self, caplog: pytest.LogCaptureFixture) -> None:
        def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            start_response("200 OK", [("Content-Type", "text/html")])
            start_response("200 OK", [("Content-Type", "text/html")])
            return [b"never"]

        middleware = CORSMiddleware(app, POLICY, intercept_exceptions=True)
        assert run(middleware, make_environ(origin=APP)) == self.CRASH
        assert "start_response was called again" in caplog.text

    @pytest.mark.parametrize("body", [[b"list"], iter([b"iterator"])], ids=["list", "iterator"])
    def test_headers_that_the_server_refuses_are_a_crash(
        self, body: Iterable[bytes], caplog: pytest.LogCaptureFixture
    ) -> None:
        class Strict(Start):
            def __call__(self, *args: Any) -> Any:
                result = super().__call__(*args)
                assert all("\n" not in value for _, value in args[1]), "a line break in a header"
                return result

        def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            start_response("302 Found", [("Location", "/\nSet-Cookie: forged")])
            return body

        start = Strict()
        response = CORSMiddleware(app, POLICY, intercept_exceptions=True)(make_environ(origin=APP), start)
        assert b"".join(response) == self.CRASH.body
        assert (start.status, start.headers) == (self.CRASH.status, self.CRASH.headers)
        assert "a line break in a header" in caplog.text

    @pytest.mark.parametrize("app", CRASHING)
    def test_without_it_the_exception_passes_through(self, app: Any, caplog: pytest.LogCaptureFixture) -> None:
        with pytest.raises(LookupError, match="crash"):
            run(CORSMiddleware(app, POLICY), make_environ(origin=APP))
        assert caplog.records == []

    def test_without_a_policy_the_exception_passes_through(self) -> None:
        for policies in ({"/api/**": POLICY}, {"/**": None}):
            with pytest.raises(LookupError, match="crash"):
                ask(CORSMiddleware(crashing, policies, intercept_exceptions=True), origin=APP)

    def test_other_origin_gets_the_500_without_the_headers(self) -> None:
        middleware = CORSMiddleware(crashing, POLICY, intercept_exceptions=True)
        assert ask(middleware, origin=EVIL).cors == [VARY]

    def test_list_of_headers_that_the_application_uses_again_is_copied(self) -> None:
        def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            headers = [("Content-Type", "text/plain")]
            start_response("200 OK", headers)
            headers.clear()
            return iter([b"hello"])

        middleware = CORSMiddleware(app, POLICY, intercept_exceptions=True)
        assert ask(middleware, origin=EVIL) == Response("200 OK", [("Content-Type", "text/plain"), VARY], b"hello")

    def test_head_gets_no_body(self) -> None:
        middleware = CORSMiddleware(crashing, POLICY, intercept_exceptions=True)
        response = run(middleware, make_environ(method="HEAD", origin=APP))
        assert (response.headers, response.body) == (self.CRASH.headers, b"")

    def test_crash_after_the_first_byte_passes_through_whatever_the_server_would_let_happen(self) -> None:
        def half(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterator[bytes]:
            start_response("200 OK", [("Content-Type", "text/html")])
            yield b"half"
            raise LookupError("crash")

        started: list[object] = []
        middleware: Any = CORSMiddleware(half, POLICY, intercept_exceptions=True)
        body = iter(middleware(make_environ(origin=APP), lambda status, *_: started.append(status)))
        assert next(body) == b"half"
        with pytest.raises(LookupError, match="crash"):
            next(body)
        assert started == ["200 OK"]

    def test_crash_after_the_first_byte_passes_through(self, caplog: pytest.LogCaptureFixture) -> None:
        def half(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterator[bytes]:
            start_response("200 OK", [("Content-Type", "text/html")])
            yield b"half"
            raise LookupError("crash")

        def written(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            start_response("200 OK", [("Content-Type", "text/html")])(b"half")
            raise LookupError("crash")

        for app in (half, written):
            with pytest.raises(LookupError, match="crash"):
                ask(CORSMiddleware(app, POLICY, intercept_exceptions=True), origin=APP)
        assert caplog.records == []

    @pytest.mark.parametrize("leaving", [KeyboardInterrupt, SystemExit, GeneratorExit])
    def test_what_ends_the_process_passes_through(self, leaving: type[BaseException]) -> None:
        def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            raise leaving

        with pytest.raises(leaving):
            ask(CORSMiddleware(app, POLICY, intercept_exceptions=True), origin=APP)


@pytest.mark.parametrize("covered", [True, False])
def test_exception_by_which_an_application_ends_what_it_took_over_passes(covered: bool) -> None:
    def hand_over(environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
        if not covered:
            start_response("200 OK", [])
        raise StopIteration

    app = CORSMiddleware(hand_over, Policy(allow_origins="*"), intercept_exceptions=True)
    with pytest.raises(StopIteration):
        app(make_environ(), Start())


def test_request_with_upgrade_is_not_intercepted() -> None:
    def take_over(environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
        raise ConnectionError("the socket is somebody else's now")

    app = CORSMiddleware(take_over, Policy(allow_origins="*"), intercept_exceptions=True)
    start = Start()
    with pytest.raises(ConnectionError):
        app(make_environ(upgrade="websocket"), start)
