"""The ways to a server: a call of an application, or loopback."""

import sys
import threading
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.validate import validator

import pytest

from corswsgi.browser.headers import HeaderList
from corswsgi.browser.network import Network, UnreachableError
from corswsgi.browser.transport import wsgi_transport
from tests.browser.serving import Answer, Server
from tests.browser.test_request import url

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

NONE = HeaderList()


class QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base class' name)
        pass


@pytest.fixture
def running() -> Iterator[tuple[str, Server]]:
    """Run a server on a free port of loopback, and yield its base URL."""
    server = Server({"/x": Answer(201, [("X-A", "1"), ("X-A", "2"), ("Content-Length", "2")], b"hi")})
    with make_server("127.0.0.1", 0, server, handler_class=QuietHandler) as httpd:
        thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{httpd.server_port}", server
        finally:
            httpd.shutdown()
            thread.join()


class TestApplication:
    def test_it_gets_the_request_as_it_is(self) -> None:
        server = Server({"/a b": Answer(headers=[("Content-Type", " a/b "), ("X-A", "1"), ("x-a", "2")], body=b"hi")})
        headers = HeaderList([("X-B", "é"), ("Content-Type", "a/b"), ("Content-Length", "4")])
        response = wsgi_transport(validator(server))(
            "POST", url("https://api.example:8443/a%20b?c=%2d"), headers, b"body"
        )
        (environ,) = server.arrived
        names = ("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "HTTP_HOST", "SERVER_NAME", "SERVER_PORT", "HTTP_X_B")
        assert {name: environ[name] for name in names} == {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/a b",
            "QUERY_STRING": "c=%2d",
            "HTTP_HOST": "api.example:8443",
            "SERVER_NAME": "api.example",
            "SERVER_PORT": "8443",
            "HTTP_X_B": "é",
        }
        assert (environ["CONTENT_TYPE"], environ["CONTENT_LENGTH"], environ["wsgi.url_scheme"]) == ("a/b", "4", "https")
        assert (response.status, response.body) == (200, b"hi")
        assert response.headers == [("Content-Type", "a/b"), ("X-A", "1"), ("x-a", "2")]

    def test_it_is_served_under_an_address_too(self) -> None:
        server = Server({"/": Answer()})
        wsgi_transport(server)("GET", url("http://[::1]/"), NONE, None)
        (environ,) = server.arrived
        assert (environ["HTTP_HOST"], environ["SERVER_NAME"], environ["SERVER_PORT"]) == ("[::1]", "[::1]", "80")

    def test_the_body_of_a_response_to_head_is_dropped(self) -> None:
        response = wsgi_transport(Server({"/": Answer(body=b"hi")}))("HEAD", url("http://a/"), NONE, None)
        assert response.body == b""

    def test_what_it_raises_is_logged_and_a_plain_500(self, caplog: pytest.LogCaptureFixture) -> None:
        def app(_environ: "WSGIEnvironment", _start_response: "StartResponse") -> Iterable[bytes]:
            raise LookupError("broken")

        response = wsgi_transport(app)("GET", url("http://a/x"), NONE, None)
        assert (response.status, response.headers) == (500, [("Content-Type", "text/plain; charset=utf-8")])
        assert isinstance(response.error, LookupError)
        assert caplog.messages == ["The application raised for 'GET' 'http://a/x'"]

    def test_exc_info_replaces_headers_that_were_not_sent(self) -> None:
        def app(_environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            start_response("200 OK", [("X-A", "1")])
            try:
                raise LookupError("broken")
            except LookupError:
                start_response("500 Internal Server Error", [("X-B", "2")], sys.exc_info())
            return [b"", b"readable"]

        response = wsgi_transport(app)("GET", url("http://a/"), NONE, None)
        assert (response.status, response.headers, response.body) == (500, [("X-B", "2")], b"readable")
        assert response.error is None

    def test_exc_info_raises_once_a_byte_was_sent(self) -> None:
        def app(_environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            start_response("200 OK", [("X-A", "1")])
            yield b"begun"
            try:
                raise LookupError("broken")
            except LookupError:
                start_response("500 Internal Server Error", [], sys.exc_info())

        response = wsgi_transport(app)("GET", url("http://a/"), NONE, None)
        assert (response.status, response.headers, response.body) == (200, [("X-A", "1")], b"begun")
        assert isinstance(response.error, LookupError)
        assert response.is_cut

    def test_what_write_was_called_with_comes_first(self) -> None:
        def app(_environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            start_response("200 OK", [])(b"first ")
            return [b"second"]

        assert wsgi_transport(app)("GET", url("http://a/"), NONE, None).body == b"first second"

    def test_its_body_is_closed_whatever_happens(self) -> None:
        class Body:
            is_closed = False

            def __iter__(self) -> Iterator[bytes]:
                raise LookupError("broken")

            def close(self) -> None:
                self.is_closed = True

        body = Body()

        def app(_environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            start_response("200 OK", [])
            return body

        assert wsgi_transport(app)("GET", url("http://a/"), NONE, None).status == 500
        assert body.is_closed

    @pytest.mark.parametrize("statuses", [(), ("200 OK", "200 OK"), ("OK",), ("",)], ids=repr)
    def test_an_application_that_breaks_the_rules_is_a_500(self, statuses: tuple[str, ...]) -> None:
        def app(_environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            for status in statuses:
                start_response(status, [])
            return []

        response = wsgi_transport(app)("GET", url("http://a/"), NONE, None)
        assert response.status == 500


class TestNetwork:
    def test_a_request_goes_to_the_server_and_back(self, running: tuple[str, Server]) -> None:
        base, server = running
        headers = HeaderList([("Origin", "https://app.example"), ("Content-Length", "1")])
        response = Network()("PUT", url(f"{base}/x?y"), headers, b"z")
        (environ,) = server.arrived
        assert (environ["REQUEST_METHOD"], environ["QUERY_STRING"], environ["CONTENT_LENGTH"]) == ("PUT", "y", "1")
        assert (environ["HTTP_ORIGIN"], environ["HTTP_USER_AGENT"]) == ("https://app.example", "corswsgi.browser")
        assert response.status == 201
        assert response.headers.get_all("X-A") == ["1", "2"]
        assert response.body == b"hi"

    def test_a_server_that_is_not_there_is_unreachable(self) -> None:
        with make_server("127.0.0.1", 0, Server(), handler_class=QuietHandler) as httpd:
            port = httpd.server_port
        with pytest.raises(UnreachableError):
            Network()("GET", url(f"http://127.0.0.1:{port}/"), NONE, None)
