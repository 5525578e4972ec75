"""The handshake with a server, as text and as JSON."""

import json
from typing import Any

import pytest

from corswsgi.browser import Page
from tests.browser.serving import API, APP, Answer, Server, allowing

TRANSCRIPT = f"""\
{APP} asks PUT {API}/x
(fetch, mode cors, credentials same-origin, engine standard)
  ✓ {API} is another origin, and a preflight comes first: PUT is not a CORS-safelisted method [#concept-main-fetch]

> OPTIONS {API}/x
    Accept: */*
  * Access-Control-Request-Method: PUT
  * Origin: {APP}
< 200
  * Access-Control-Allow-Origin: *
    X-Escape: \\x1b
  ✓ Access-Control-Allow-Origin allows {APP}, without credentials [#concept-cors-check]
  ✗ the method is PUT, and Access-Control-Allow-Methods lists no method [#cors-preflight-fetch-0]

Blocked at the preflight.
Console: {APP} may not read {API}/x: blocked at the preflight, because the method is PUT, and \
Access-Control-Allow-Methods lists no method.
Fix: the answer to OPTIONS {API}/x must name the method: Access-Control-Allow-Methods: PUT
"""


class TestHandshake:
    def test_its_text_tells_who_asked_whom_and_what_failed(self) -> None:
        server = Server(preflights={"/x": allowing(("X-Escape", "\x1b"))})
        assert Page(APP, server).explain(f"{API}/x", method="PUT").to_text() == TRANSCRIPT

    @pytest.mark.parametrize(
        ("options", "verdict"),
        [
            pytest.param(
                {},
                "Allowed: the page gets a response of type cors.\nIt may read Content-Type.\n"
                "It may not read Access-Control-Allow-Origin, X-A.\n",
                id="cors",
            ),
            pytest.param(
                {"mode": "no-cors"},
                "Allowed: the page gets a response of type opaque.\n"
                "It may not read Access-Control-Allow-Origin, Content-Type, X-A.\n",
                id="opaque",
            ),
        ],
    )
    def test_its_text_ends_with_what_the_page_may_read(self, options: dict[str, Any], verdict: str) -> None:
        server = Server({"/x": allowing(("Content-Type", "text/plain"), ("X-A", "1"))})
        assert Page(APP, server).explain(f"{API}/x", **options).to_text().endswith(f"\n\n{verdict}")

    def test_its_text_says_when_no_header_is_readable_and_none_is_hidden(self) -> None:
        text = Page(APP, Server({"/x": Answer()})).explain(f"{APP}/x").to_text()
        assert text.endswith("of type basic.\nIt may read no header.\n")

    def test_its_dict_is_what_json_has(self) -> None:
        handshake = Page(APP, Server({"/x": allowing()})).explain(f"{API}/x")
        found = handshake.to_dict()
        assert json.loads(json.dumps(found)) == found
        assert found["requests"] == [
            {
                "method": "GET",
                "url": f"{API}/x",
                "headers": [
                    ["Accept", "*/*"],
                    ["Referer", f"{APP}/"],
                    ["Origin", APP],
                    ["Sec-Fetch-Site", "same-site"],
                    ["Sec-Fetch-Mode", "cors"],
                    ["Sec-Fetch-Dest", "empty"],
                ],
                "preflight": False,
            }
        ]

    def test_a_failed_connection_has_a_request_and_no_response(self) -> None:
        text = Page(APP, "http://127.0.0.1:2").explain("/x").to_text()
        assert "\n> GET http://127.0.0.1:2/x\n" in text
        assert "\n<" not in text
