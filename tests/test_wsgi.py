"""PEP 3333: everything between application and server works as if corswsgi were not there."""

import io
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING
from wsgiref.util import FileWrapper
from wsgiref.validate import validator

import pytest
from werkzeug.middleware.lint import HTTPWarning, LintMiddleware

from corswsgi import CORSMiddleware, Policy
from tests.support.asking import APP, EVIL, Headers, Response, Start, ask, hello, make_environ, preflight, run

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

POLICY = Policy(allow_origins=APP, allow_credentials=True, allow_methods="PUT", expose_headers="X-Request-Id")
PUBLIC = Policy(allow_origins="*")
TEXT = ("Content-Type", "text/plain")
GRANTED = [
    ("Access-Control-Allow-Origin", APP),
    ("Access-Control-Allow-Credentials", "true"),
    ("Access-Control-Expose-Headers", "X-Request-Id"),
    ("Vary", "Origin"),
]


def streaming(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterator[bytes]:
    start_response("200 OK", [TEXT])
    yield b"one "
    yield b"two"


def writing(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    write = start_response("200 OK", [TEXT])
    write(b"one ")
    return [b"two"]


def not_modified(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    start_response("304 Not Modified", [("ETag", '"7"'), ("Vary", "Accept")])
    return []


def nothing(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    start_response("200 OK", [TEXT, ("Content-Length", "0")])
    return ()


def recovering(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    start_response("200 OK", [TEXT])
    try:
        raise LookupError("before anything was sent")
    except LookupError:
        start_response("404 Not Found", [TEXT], sys.exc_info())
    return [b"gone"]


def login(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    start_response("200 OK", [("Set-Cookie", "a=1"), TEXT, ("Set-Cookie", "b=2")])
    return [b"hello"]


@pytest.mark.parametrize("checker", [validator, LintMiddleware], ids=["wsgiref.validate", "Werkzeug's lint"])
@pytest.mark.parametrize("policy", [POLICY, PUBLIC], ids=["listed", "any"])
@pytest.mark.parametrize("intercept_exceptions", [False, True], ids=["", "intercepting"])
@pytest.mark.parametrize("app", [hello, streaming, writing, not_modified, nothing, recovering, login])
@pytest.mark.parametrize("method", ["GET", "OPTIONS", "PUT"])
def test_checkers_around_and_between_find_nothing_and_nothing_else_changes(
    checker: Callable[["WSGIApplication"], "WSGIApplication"],
    policy: Policy,
    intercept_exceptions: bool,
    app: "WSGIApplication",
    method: str,
) -> None:
    wrapped = CORSMiddleware(checker(app), policy, intercept_exceptions=intercept_exceptions)
    bare = run(app, make_environ(method=method))
    for headers in ({}, {"origin": APP}, {"origin": EVIL}):
        response = run(checker(wrapped), make_environ(method=method, **headers))
        assert (response.status, response.body) == (bare.status, bare.body)
        ours = response.cors
        assert [each for each in response.headers if each not in ours] == [
            each for each in bare.headers if each[0] != "Vary"
        ]


@pytest.mark.parametrize("checker", [validator, LintMiddleware], ids=["wsgiref.validate", "Werkzeug's lint"])
@pytest.mark.parametrize("preflight_status", [200, 204])
@pytest.mark.parametrize("origin", [APP, EVIL])
def test_checkers_find_nothing_in_preflights(
    checker: Callable[["WSGIApplication"], "WSGIApplication"], preflight_status: int, origin: str
) -> None:
    app = checker(CORSMiddleware(checker(hello), POLICY, preflight_status=preflight_status))
    environ = make_environ(method="OPTIONS", origin=origin, access_control_request_method="PUT")
    if checker is LintMiddleware and preflight_status == 204 and origin == APP:
        # Werkzeug's checker asks for what RFC 9110, section 8.6, forbids, and what Werkzeug's own responses do not have
        with pytest.warns(HTTPWarning, match="^204 responses must have an empty content length.$"):
            response = run(app, environ)
    else:
        response = run(app, environ)
    assert response.status[:3] == (str(preflight_status) if origin == APP else "403")


@pytest.mark.parametrize("checker", [validator, LintMiddleware], ids=["wsgiref.validate", "Werkzeug's lint"])
def test_head_has_the_headers_of_get(checker: Callable[["WSGIApplication"], "WSGIApplication"]) -> None:
    app = checker(CORSMiddleware(checker(hello), POLICY))
    head, get = (run(app, make_environ(method=method, origin=APP)) for method in ("HEAD", "GET"))
    assert (head.headers, head.body) == (get.headers, b"")


def test_a_generator_is_started_by_the_server_alone() -> None:
    started = threading.Event()

    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterator[bytes]:
        started.set()
        yield from streaming(environ, start_response)

    for intercept_exceptions in (False, True):
        middleware = CORSMiddleware(app, POLICY, intercept_exceptions=intercept_exceptions)
        start = Start()
        body = iter(middleware(make_environ(origin=APP), start))
        assert not started.is_set()
        assert next(body) == b"one "
        assert start.calls == [("200 OK", [TEXT, *GRANTED])]
        assert list(body) == [b"two"]
        started.clear()


def test_the_first_chunk_leaves_before_the_second_is_made() -> None:
    made: list[int] = []

    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        start_response("200 OK", [TEXT])
        return chunks()

    def chunks() -> Iterator[bytes]:
        for number in range(2):
            made.append(number)
            yield b"chunk"

    for intercept_exceptions in (False, True):
        made.clear()
        middleware = CORSMiddleware(app, POLICY, intercept_exceptions=intercept_exceptions)
        body = iter(middleware(make_environ(origin=APP), Start()))
        assert next(body) == b"chunk"
        assert made == [0]


def test_the_body_is_the_applications_own_object() -> None:
    body = [b"hello"]

    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        start_response("200 OK", [TEXT])
        return body

    assert CORSMiddleware(app, POLICY)(make_environ(), Start()) is body
    assert CORSMiddleware(app, POLICY, intercept_exceptions=True)(make_environ(), Start()) is body


def test_what_a_file_wrapper_made_reaches_the_server_as_it_is() -> None:
    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        start_response("200 OK", [TEXT])
        wrapped: Iterable[bytes] = environ["wsgi.file_wrapper"](io.BytesIO(b"file"))
        return wrapped

    for intercept_exceptions in (False, True):
        middleware = CORSMiddleware(app, POLICY, intercept_exceptions=intercept_exceptions)
        environ = make_environ(origin=APP) | {"wsgi.file_wrapper": FileWrapper}
        assert type(middleware(environ, Start())) is FileWrapper


def test_a_file_wrapper_that_is_a_function_works_with_intercept_exceptions() -> None:
    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        start_response("200 OK", [TEXT])
        wrapped: Iterable[bytes] = environ["wsgi.file_wrapper"](io.BytesIO(b"file"))
        return wrapped

    middleware = CORSMiddleware(app, POLICY, intercept_exceptions=True)
    environ = make_environ(origin=APP) | {"wsgi.file_wrapper": lambda file: iter([file.read()])}
    assert run(middleware, environ).body == b"file"


class Closing:
    """A response that counts how often it is closed."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self.chunks = iter(chunks)
        self.closed = 0

    def __iter__(self) -> Iterator[bytes]:
        return self.chunks

    def close(self) -> None:
        self.closed += 1


@pytest.mark.parametrize("intercept_exceptions", [False, True])
def test_the_response_is_closed_exactly_once(intercept_exceptions: bool) -> None:
    body = Closing([b"one ", b"two"])

    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        start_response("200 OK", [TEXT])
        return body

    response = ask(CORSMiddleware(app, POLICY, intercept_exceptions=intercept_exceptions), origin=APP)
    assert (response.body, body.closed) == (b"one two", 1)


@pytest.mark.parametrize("policy", [POLICY, PUBLIC], ids=["listed", "any"])
def test_a_header_list_that_the_app_uses_again_is_never_changed(policy: Policy) -> None:
    used_again: Headers = [TEXT, ("Vary", "Accept"), ("Access-Control-Allow-Origin", "http://old.example")]
    before = list(used_again)

    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        start_response("200 OK", used_again)
        return [b"hello"]

    middleware = CORSMiddleware(app, policy)
    responses = {str(ask(middleware, origin=APP).headers) for _ in range(3)}
    assert len(responses) == 1
    assert used_again == before


def test_a_server_that_changes_the_headers_it_gets_changes_no_later_answer() -> None:
    def greedy(_: str, headers: Headers, __: object = None, /) -> Callable[[bytes], object]:
        headers.append(("Server", "greedy"))
        headers[0] = ("Access-Control-Allow-Origin", "*")
        return print

    for policy in (POLICY, PUBLIC):
        middleware = CORSMiddleware(hello, policy)
        environs = [
            make_environ(),
            make_environ(origin=APP),
            make_environ(origin=EVIL),
            make_environ(method="OPTIONS", origin=APP, access_control_request_method="PUT"),
            make_environ(method="OPTIONS", origin=EVIL, access_control_request_method="PUT"),
        ]
        before = [run(middleware, environ) for environ in environs]
        for environ in environs:
            middleware(environ, greedy)
        assert [run(middleware, environ) for environ in environs] == before


def test_headers_that_are_no_list_are_taken_as_servers_take_them() -> None:
    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        start_response("200 OK", (TEXT,))  # type: ignore[arg-type]
        return [b"hello"]

    def iterating(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        start_response("200 OK", iter([TEXT]))  # type: ignore[arg-type]
        return [b"hello"]

    for each in (app, iterating):
        assert run(CORSMiddleware(each, POLICY), make_environ(origin=APP)).headers == [TEXT, *GRANTED]


def test_exc_info_before_anything_was_sent_replaces_the_headers_once() -> None:
    assert ask(CORSMiddleware(recovering, POLICY), origin=APP) == Response("404 Not Found", [TEXT, *GRANTED], b"gone")


def test_exc_info_after_something_was_sent_is_raised_by_the_server() -> None:
    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterator[bytes]:
        start_response("200 OK", [TEXT])
        yield b"half"
        try:
            raise LookupError("too late")
        except LookupError:
            start_response("500 Oh No", [TEXT], sys.exc_info())

    for intercept_exceptions in (False, True):
        middleware = CORSMiddleware(app, POLICY, intercept_exceptions=intercept_exceptions)
        with pytest.raises(LookupError, match="too late"):
            run(middleware, make_environ(origin=APP))


def test_start_response_without_exc_info_is_called_with_two_arguments() -> None:
    start = Start()
    CORSMiddleware(hello, POLICY)(make_environ(), start)
    assert [len(call) for call in start.calls] == [2]


def test_two_middlewares_answer_once_and_the_outer_one_decides() -> None:
    inner = CORSMiddleware(hello, {"/**": PUBLIC})
    outer = CORSMiddleware(inner, {"/api/**": POLICY})
    assert ask(outer, "/api", origin=APP).cors == GRANTED
    assert ask(outer, "/api", origin=EVIL).cors == [("Vary", "Origin")]
    assert ask(outer, "/other", origin=EVIL).cors == [("Access-Control-Allow-Origin", "*")]
    assert preflight(outer, "/api", EVIL).status == "403 Forbidden"
    twice = CORSMiddleware(CORSMiddleware(hello, POLICY), POLICY)
    assert sorted(ask(twice, "/", origin=APP).cors) == sorted(GRANTED)


def test_a_mounted_app_is_matched_by_the_path_that_it_routes_on() -> None:
    middleware = CORSMiddleware(hello, {"/items/**": POLICY, "/": PUBLIC})

    def at(script_name: str, path: str) -> Headers:
        return run(validator(middleware), make_environ(path, origin=APP) | {"SCRIPT_NAME": script_name}).cors

    assert at("/shop", "/items/1") == GRANTED
    assert at("/items", "/1") == []
    assert at("/shop", "") == [("Access-Control-Allow-Origin", "*")]
