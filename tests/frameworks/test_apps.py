"""Every application of `apps/` is a real one of its framework, with the same routes behind the same table.

The law of this module: one table of expectations holds for all of them, through WebTest with its lint on.
"""

import io
from collections.abc import Iterable, Iterator
from functools import partial
from importlib import import_module
from types import ModuleType
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest
from flask import Flask
from webtest import TestApp, TestResponse

from corswsgi import CORSMiddleware
from tests.support.asking import Response, make_environ, run

NAMES = ["flask_app", "django_app", "bottle_app", "falcon_app", "pyramid_app", "plain_app"]

LISTED = "https://app.example.com"
UNLISTED = "https://other.example.net"

GRANTED = [
    ("Access-Control-Allow-Origin", LISTED),
    ("Access-Control-Allow-Credentials", "true"),
    ("Access-Control-Expose-Headers", "X-Profile-Version"),
    ("Vary", "Origin"),
]
REFUSED = [("Vary", "Origin")]
PUBLIC = [("Access-Control-Allow-Origin", "*")]
UNTOUCHED: list[tuple[str, str]] = []

# request, origin -> status, all headers of CORS and `Vary`
EXPECTATIONS = [
    pytest.param("GET /api/me", LISTED, 200, GRANTED, id="listed origin may read"),
    pytest.param("PUT /api/me", LISTED, 200, GRANTED, id="listed origin may write"),
    pytest.param("GET /api/me", UNLISTED, 200, REFUSED, id="unlisted origin gets no CORS headers"),
    pytest.param("GET /api/me", None, 200, REFUSED, id="without an origin the response still varies"),
    pytest.param("GET /api/public/news", LISTED, 200, PUBLIC, id="public to a listed origin"),
    pytest.param("GET /api/public/news", UNLISTED, 200, PUBLIC, id="public to an unlisted origin"),
    pytest.param("GET /api/public/news", None, 200, PUBLIC, id="public without an origin"),
    pytest.param("GET /api/admin/users", LISTED, 200, UNTOUCHED, id="row without a policy is untouched"),
    pytest.param("GET /api/nothing", LISTED, 404, GRANTED, id="404 is readable"),
    pytest.param("GET /api/nothing", UNLISTED, 404, REFUSED, id="404 is not readable to an unlisted origin"),
    pytest.param("GET /nothing", LISTED, 404, UNTOUCHED, id="404 without a row is untouched"),
    pytest.param("POST /api/me", LISTED, 405, GRANTED, id="405 is readable"),
    pytest.param("POST /api/me", UNLISTED, 405, REFUSED, id="405 is not readable to an unlisted origin"),
    pytest.param("GET /api/error", LISTED, 500, GRANTED, id="handled 500 is readable"),
    pytest.param("GET /api/error", UNLISTED, 500, REFUSED, id="handled 500 is not readable to an unlisted origin"),
    pytest.param("GET /api/crash", LISTED, 500, GRANTED, id="intercepted crash is readable"),
    pytest.param(
        "GET /api/crash", UNLISTED, 500, REFUSED, id="intercepted crash is not readable to an unlisted origin"
    ),
    pytest.param("GET /api/lines", LISTED, 200, GRANTED, id="stream is readable"),
    pytest.param("POST /api/login", LISTED, 200, GRANTED, id="response with cookies is readable"),
]

PREFLIGHT = {
    "Origin": LISTED,
    "Access-Control-Request-Method": "PUT",
    "Access-Control-Request-Headers": "content-type",
}


@pytest.fixture(params=NAMES)
def module(request: pytest.FixtureRequest) -> ModuleType:
    return import_module(f"tests.frameworks.apps.{request.param}")


def bare(module: ModuleType) -> WSGIApplication:
    """Return the application without the middleware."""
    app: Any = module.app
    return partial(Flask.wsgi_app, app) if isinstance(app, Flask) else app


def rewrapped(module: ModuleType, app: WSGIApplication) -> CORSMiddleware:
    """Put the table of `module` in front of `app`, without `intercept_exceptions`."""
    application = module.application
    middleware = application.wsgi_app if isinstance(application, Flask) else application
    assert isinstance(middleware, CORSMiddleware)
    return CORSMiddleware(app, middleware.table)


def ask(app: WSGIApplication, request: str, origin: str | None = None) -> TestResponse:
    method, path = request.split()
    headers = {} if origin is None else {"Origin": origin}
    if method == "PUT":
        return TestApp(app, lint=True).put_json(path, {"name": "Grace"}, headers=headers)
    return TestApp(app, lint=True).request(path, method=method, headers=headers, expect_errors=True)


def sent_by(app: WSGIApplication, request: str) -> Response:
    method, path = request.split()
    body = b'{"name": "Grace"}'
    entity = {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": "application/json"}
    return run(app, make_environ(path, method, origin=LISTED) | entity)


def is_of_cors(name: str) -> bool:
    return name.lower() == "vary" or name.lower().startswith("access-control-")


@pytest.mark.parametrize(("request_line", "origin", "status", "headers"), EXPECTATIONS)
def test_what_pages_may_read_is_what_the_table_says(
    module: ModuleType, request_line: str, origin: str | None, status: int, headers: list[tuple[str, str]]
) -> None:
    if module.__name__.endswith("falcon_app") and status >= 400 and request_line != "GET /api/crash":
        # Falcon's own error pages vary on `Accept`: `Origin` is merged into that line, which stays where it is
        headers = [("vary", "Accept, Origin" if headers else "Accept"), *headers[:-1]]
    response = ask(module.application, request_line, origin)
    assert response.status_int == status
    assert [header for header in response.headerlist if is_of_cors(header[0])] == headers


@pytest.mark.parametrize(
    "request_line",
    dict.fromkeys(str(each.values[0]) for each in EXPECTATIONS if each.values[0] != "GET /api/crash"),
)
def test_all_but_cors_headers_is_the_applications_own(module: ModuleType, request_line: str) -> None:
    # without WebTest, which adds a Content-Length where an application starts its response before it returns
    wrapped, own = (sent_by(app, request_line) for app in (module.application, bare(module)))
    assert wrapped.status == own.status
    assert wrapped.body == own.body
    assert [header for header in wrapped.headers if not is_of_cors(header[0])] == [
        header for header in own.headers if not is_of_cors(header[0])
    ]


def counted(app: WSGIApplication, calls: list[str]) -> WSGIApplication:
    def counting(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        calls.append(environ["REQUEST_METHOD"])
        return app(environ, start_response)

    return counting


def test_preflight_of_a_listed_origin_is_answered_without_the_application(module: ModuleType) -> None:
    response = TestApp(module.application, lint=True).options("/api/me", headers=PREFLIGHT)
    assert response.status == "204 No Content"
    assert response.body == b""
    assert response.headerlist == [
        ("Access-Control-Allow-Origin", LISTED),
        ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Allow-Methods", "PUT"),
        ("Access-Control-Allow-Headers", "Content-Type"),
        ("Access-Control-Max-Age", "600"),
        ("Vary", "Origin"),
    ]


def test_preflight_of_an_unlisted_origin_is_refused_without_the_application(module: ModuleType) -> None:
    response = TestApp(module.application, lint=True).options(
        "/api/me", headers={**PREFLIGHT, "Origin": UNLISTED}, status=403
    )
    assert response.text == "CORS preflight refused: pages of this origin are not allowed here.\n"
    assert response.headerlist == [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", "67"),
        ("Vary", "Origin"),
    ]


@pytest.mark.parametrize("origin", [LISTED, UNLISTED])
@pytest.mark.parametrize("path", ["/api/me", "/api/login", "/api/crash", "/api/nothing", "/api/public/news"])
def test_preflight_never_reaches_the_application(module: ModuleType, path: str, origin: str) -> None:
    calls: list[str] = []
    client = TestApp(rewrapped(module, counted(bare(module), calls)), lint=True)
    client.options(path, headers={**PREFLIGHT, "Origin": origin}, expect_errors=True)
    assert calls == []
    client.get("/api/me", headers={"Origin": origin})
    assert calls == ["GET"]


@pytest.mark.parametrize("path", ["/api/admin/users", "/nothing"])
def test_preflight_without_a_policy_is_the_applications_own_request(module: ModuleType, path: str) -> None:
    calls: list[str] = []
    app = rewrapped(module, counted(bare(module), calls))
    wrapped, own = (
        TestApp(each, lint=True).options(path, headers=PREFLIGHT, expect_errors=True) for each in (app, bare(module))
    )
    assert calls == ["OPTIONS"]
    assert (wrapped.status, wrapped.headerlist, wrapped.body) == (own.status, own.headerlist, own.body)


def test_crash_leaves_the_middleware_where_it_is_not_intercepted(module: ModuleType) -> None:
    with pytest.raises(RuntimeError, match=r"^the database is gone$"):
        ask(rewrapped(module, bare(module)), "GET /api/crash", LISTED)


def test_intercepted_crash_is_a_plain_500_and_logged(module: ModuleType, caplog: pytest.LogCaptureFixture) -> None:
    response = ask(module.application, "GET /api/crash", LISTED)
    assert response.text == "Internal Server Error\n"
    assert response.headerlist == [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", "22"),
        *GRANTED,
    ]
    [record] = [record for record in caplog.records if record.name == "corswsgi"]
    assert record.getMessage() == "'GET' '/api/crash' raised: answered 500 with the row's headers"
    assert record.exc_info is not None
    assert repr(record.exc_info[1]) == "RuntimeError('the database is gone')"


def test_stream_leaves_chunk_by_chunk_and_is_closed(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def lines() -> Iterator[bytes]:
        try:
            for line in (b"one\n", b"two\n", b"three\n"):
                made.append(line)
                yield line
        finally:
            made.append(b"closed")

    monkeypatch.setattr(module, "lines", lines)
    body: Any = module.application(make_environ("/api/lines", origin=LISTED), lambda *_: None)
    chunks = iter(body)
    assert next(chunks) == b"one\n"
    assert made == [b"one\n"]
    assert next(chunks) == b"two\n"
    assert made == [b"one\n", b"two\n"]
    body.close()
    assert made == [b"one\n", b"two\n", b"closed"]


def test_cookies_stay_lines_of_their_own(module: ModuleType) -> None:
    cookies = ask(module.application, "POST /api/login", LISTED).headers.getall("Set-Cookie")
    assert [cookie.partition(";")[0].strip() for cookie in cookies] == ["session=42", "theme=dark"]
