"""Access to the playground: Host, token, policies of pages, and requests to the control page."""

import re
from collections.abc import Mapping
from importlib.resources import files

import pytest

from corswsgi.playground.places import Places
from corswsgi.playground.site import Site
from corswsgi.playground.studio import Studio
from tests.playground.conftest import PLACES, TOKEN, Browser

PAGE = f"http://localhost:5000/{TOKEN}/"
STATIC = files("corswsgi.playground") / "static"


class TestHost:
    @pytest.mark.parametrize(
        "host",
        [
            pytest.param("evil.example:5000", id="a name that was rebound"),
            pytest.param("localhost", id="without the port"),
            pytest.param("localhost:5004", id="another port"),
            pytest.param("127.0.0.1:5000", id="the control page by its number"),
            pytest.param("127.0.0.1:5002", id="the stranger by its number"),
            pytest.param("[::1]:5000", id="IPv6"),
            pytest.param("localhost.:5000", id="a dot at the end"),
            pytest.param("", id="none"),
        ],
    )
    @pytest.mark.parametrize("path", [f"/{TOKEN}/", "/frame", "/api/books/1", f"/{TOKEN}/state"])
    def test_hosts_that_are_not_ours_are_misdirected(self, browser: Browser, host: str, path: str) -> None:
        response = browser.client.open(path, headers=[("Host", host)])
        assert (response.status_code, browser.studio.recorder.count) == (421, 0)

    def test_a_host_in_upper_case_is_the_same_host(self, browser: Browser) -> None:
        assert browser.client.open(f"/{TOKEN}/", headers=[("Host", "LOCALHOST:5000")]).status_code == 200

    @pytest.mark.parametrize("host", ["localhost:5003", "127.0.0.1:5003"])
    def test_both_names_of_the_api_reach_the_api(self, browser: Browser, host: str) -> None:
        assert browser.get(f"http://{host}/api/books/1").json == {"title": "Frankenstein"}


class TestToken:
    @pytest.mark.parametrize("path", ["", "wrong/", "wrong/state", "playground.js", f"{TOKEN}x/", "t%C3%B6ken/"])
    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_the_control_page_needs_its_token(self, browser: Browser, path: str, method: str) -> None:
        response = browser.get(f"http://localhost:5000/{path}", method)
        assert response.status_code == 403
        assert response.text == "Open the address that `corswsgi playground` printed: this one lacks its token.\n"

    def test_each_playground_has_a_token_of_its_own(self) -> None:
        urls = {Site(PLACES, Studio(PLACES)).url for _ in range(2)}
        assert len(urls) == 2
        assert all(re.fullmatch(r"http://localhost:5000/[\w-]{24}/", url) for url in urls)


class TestPages:
    @pytest.mark.parametrize(
        ("name", "kind"),
        [
            ("", "text/html; charset=utf-8"),
            ("playground.js", "text/javascript; charset=utf-8"),
            ("playground.css", "text/css; charset=utf-8"),
            ("icon.svg", "image/svg+xml; charset=utf-8"),
        ],
    )
    def test_the_control_page_is_strict(self, browser: Browser, name: str, kind: str) -> None:
        response = browser.get(PAGE + name)
        assert response.status_code == 200
        assert [header for header in response.headers if header[0] != "Content-Length"] == [
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "no-referrer"),
            ("Cache-Control", "no-store"),
            (
                "Content-Security-Policy",
                (
                    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
                    "frame-src http://localhost:5001 http://localhost:5002 http://127.0.0.1:5001; base-uri 'none'; "
                    "form-action 'none'; frame-ancestors 'none'"
                ),
            ),
            ("Content-Type", kind),
            ("X-Frame-Options", "DENY"),
            ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
        ]

    @pytest.mark.parametrize(
        ("path", "connects"),
        [
            ("/frame", "http://localhost:5003 http://127.0.0.1:5003"),
            ("/frame-with-policy", "'none'"),
        ],
    )
    def test_pages_in_frames_reach_the_api_and_nobody_else(self, browser: Browser, path: str, connects: str) -> None:
        for origin in ("http://localhost:5001", "http://localhost:5002", "http://127.0.0.1:5001"):
            response = browser.get(origin + path)
            assert response.headers.getlist("Content-Security-Policy") == [
                (
                    f"default-src 'none'; script-src {origin}; base-uri 'none'; form-action 'none'; "
                    f"frame-ancestors http://localhost:5000; connect-src {connects}"
                )
            ]
            assert 'data-control="http://localhost:5000"' in response.text

    def test_pages_in_frames_have_a_script_of_their_own(self, browser: Browser) -> None:
        response = browser.get("http://localhost:5001/frame.js")
        assert response.text == (STATIC / "frame.js").read_text()
        assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"

    @pytest.mark.parametrize(
        ("url", "method", "status"),
        [
            pytest.param("http://localhost:5001/", "GET", 404, id="no page of the front end"),
            pytest.param("http://localhost:5001/frame", "POST", 405, id="a write to the front end"),
            pytest.param(PAGE + "frame.js", "GET", 404, id="no page of the control page"),
            pytest.param(PAGE + "../site.py", "GET", 404, id="a file beside the static ones"),
            pytest.param(PAGE, "PUT", 405, id="a method of nobody"),
            pytest.param(PAGE + "state", "GET", 404, id="a question is not a page"),
            pytest.param(PAGE + "state", "OPTIONS", 405, id="no preflight is ever allowed"),
        ],
    )
    def test_there_is_nothing_else(self, browser: Browser, url: str, method: str, status: int) -> None:
        response = browser.get(url, method, Origin="http://localhost:5002")
        assert response.status_code == status
        assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
        assert not [name for name, _ in response.headers if name.startswith("Access-Control-")]

    @pytest.mark.parametrize("name", ["index.html", "playground.js", "playground.css", "frame.html", "frame.js"])
    def test_nothing_is_loaded_from_elsewhere(self, name: str) -> None:
        text = (STATIC / name).read_text()
        assert not re.findall(r"(?:https?:)?//[a-z0-9-]+\.[a-z]|url\(|@import|innerHTML|eval\(", text)


class TestQuestions:
    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            pytest.param({}, 200, id="not a browser"),
            pytest.param({"Origin": "http://localhost:5000", "Sec_Fetch_Site": "same-origin"}, 200, id="the page"),
            pytest.param({"Origin": "http://localhost:5001"}, 403, id="the front end"),
            pytest.param({"Origin": "null"}, 403, id="a sandboxed frame"),
            pytest.param({"Sec_Fetch_Site": "same-site"}, 403, id="another port"),
            pytest.param({"Sec_Fetch_Site": "none"}, 403, id="the address bar"),
        ],
    )
    def test_only_the_control_page_asks(self, browser: Browser, headers: Mapping[str, str], status: int) -> None:
        names = [(name.replace("_", "-"), value) for name, value in headers.items()]
        assert browser.post("state", json={}, headers=names).status_code == status

    @pytest.mark.parametrize(
        ("arguments", "status"),
        [
            pytest.param({"data": b"{", "content_type": "application/json"}, 400, id="no JSON"),
            pytest.param({"data": b"{}", "content_type": "text/plain"}, 415, id="what any form can send"),
            pytest.param({"json": []}, 400, id="a list"),
            pytest.param({"json": {"text": "x" * 300_000}}, 413, id="too long"),
        ],
    )
    def test_a_question_is_an_object_in_json(self, browser: Browser, arguments: dict[str, object], status: int) -> None:
        assert browser.post("table", **arguments).status_code == status

    def test_there_are_no_other_questions(self, browser: Browser) -> None:
        assert browser.post("shutdown", json={}).status_code == 404


def test_placeholders_become_origins() -> None:
    places = Places(control=1, front=2, stranger=3, api=4)
    assert places.fill("{front} {stranger} {other} {api} {other_api} {control} {x} ${front_end}") == (
        "http://localhost:2 http://localhost:3 http://127.0.0.1:2 http://localhost:4 http://127.0.0.1:4 "
        "http://localhost:1 {x} ${front_end}"
    )
    assert [places.page_origin(page) for page in ("front", "null")] == ["http://localhost:2", "null"]
