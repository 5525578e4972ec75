"""The headers that the browser adds to a request."""

from typing import Any

from corswsgi.browser import Page
from tests.browser.serving import API, APP, Server, allowing


class TestHeadersThatTheBrowserAdds:
    def sent(self, target: str = API, page: str = APP, **options: Any) -> list[tuple[str, str]]:
        handshake = Page(page, Server({"/x": allowing()})).explain(f"{target}/x", **options)
        return list(handshake.requests[-1].headers)

    def test_a_cors_request_names_its_origin(self) -> None:
        assert self.sent() == [
            ("Accept", "*/*"),
            ("Referer", f"{APP}/"),
            ("Origin", APP),
            ("Sec-Fetch-Site", "same-site"),
            ("Sec-Fetch-Mode", "cors"),
            ("Sec-Fetch-Dest", "empty"),
        ]

    def test_a_request_of_the_own_origin_names_it_when_it_may_change_something(self) -> None:
        assert "Origin" not in dict(self.sent(target=APP))
        assert "Origin" not in dict(self.sent(target=APP, method="HEAD"))
        assert dict(self.sent(target=APP, method="DELETE"))["Origin"] == APP

    def test_a_request_without_cors_names_it_unless_it_leaves_https(self) -> None:
        options = {"method": "POST", "mode": "no-cors"}
        assert dict(self.sent(**options))["Origin"] == APP
        assert dict(self.sent(target="http://api.example.com", **options)) == {
            "Accept": "*/*",
            "Content-Length": "0",
            "Origin": "null",
        }

    def test_headers_of_the_script_come_first_and_accept_is_left_alone(self) -> None:
        assert self.sent(target="http://api.example.com", method="POST", headers={"Accept": "a/b"}, body=b"xy") == [
            ("Accept", "a/b"),
            ("Content-Length", "2"),
            ("Origin", APP),
        ]
