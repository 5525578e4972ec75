"""Django's test client behind the policies."""

from collections.abc import Iterator

import pytest
from django.test import override_settings

from corswsgi.django.test import Client
from tests.support.asking import APP, EVIL
from tests.support.django_views import PARTNER, PUBLIC, TABLE

pytestmark = pytest.mark.usefixtures("project")


class TestClient:
    """Django's test client, behind the policies."""

    @pytest.fixture
    def client(self) -> Iterator[Client]:
        with override_settings(CORS_POLICIES=TABLE):
            yield Client()

    def test_response_has_the_headers_that_a_page_would_get(self, client: Client) -> None:
        response = client.get("/partners/7/", HTTP_ORIGIN=PARTNER)
        assert response.content == b"hello"
        assert sorted(response.items()) == [
            ("Access-Control-Allow-Origin", PARTNER),
            ("Content-Type", "text/html; charset=utf-8"),
            ("Vary", "Origin"),
        ]
        assert response.resolver_match.route == "partners/<int:number>/"

    def test_preflight_is_answered_before_the_application(self, client: Client) -> None:
        response = client.options("/items/", HTTP_ORIGIN=PARTNER, HTTP_ACCESS_CONTROL_REQUEST_METHOD="DELETE")
        assert (response.status_code, response.content) == (200, b"")
        assert response["Access-Control-Allow-Methods"] == "DELETE"

    def test_preflight_that_is_refused_says_why(self, client: Client) -> None:
        response = client.options("/items/", HTTP_ORIGIN=EVIL, HTTP_ACCESS_CONTROL_REQUEST_METHOD="DELETE")
        assert (response.status_code, response["Content-Type"]) == (403, "text/plain; charset=utf-8")
        assert response.content == b"CORS preflight refused: pages of this origin are not allowed here.\n"

    def test_path_beyond_ascii_and_streams_pass(self, client: Client) -> None:
        assert client.get("/café/", HTTP_ORIGIN=EVIL)["Access-Control-Allow-Origin"] == "*"
        assert b"".join(client.get("/stream/")) == b"onetwo"

    def test_change_of_settings_takes_effect(self, client: Client) -> None:
        with override_settings(CORS_POLICIES={"/plain/": PUBLIC}):
            assert client.get("/plain/", HTTP_ORIGIN=EVIL)["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Origin" not in client.get("/plain/", HTTP_ORIGIN=EVIL)

    def test_response_without_a_view_has_the_row_of_its_path(self, client: Client) -> None:
        for _ in range(2):
            response = client.get("/none/", HTTP_ORIGIN=APP)
            assert (response.status_code, response["Access-Control-Allow-Origin"]) == (404, APP)
