"""The policies, asked by Django's test client: `manage.py test`."""

from django.test import SimpleTestCase, override_settings

from corswsgi.django.test import Client


class PoliciesTest(SimpleTestCase):
    client_class = Client

    def test_page_of_the_application_may_read_the_profile(self) -> None:
        response = self.client.get("/api/me", HTTP_ORIGIN="https://app.example.com")
        assert response["Access-Control-Allow-Origin"] == "https://app.example.com"

    def test_page_of_the_settings_may_write_it(self) -> None:
        response = self.client.options(
            "/api/me", HTTP_ORIGIN="https://settings.example.com", HTTP_ACCESS_CONTROL_REQUEST_METHOD="PUT"
        )
        assert response["Access-Control-Allow-Methods"] == "PUT"

    @override_settings(CORS_ALLOWED_ORIGINS=["https://other.example.com"])
    def test_settings_of_a_test_take_effect(self) -> None:
        response = self.client.get("/api/me", HTTP_ORIGIN="https://app.example.com")
        assert "Access-Control-Allow-Origin" not in response
