"""The API of the lessons: it identifies users by a cookie, and does not handle CORS."""

import logging
import sys

import pytest
from werkzeug.test import Client

from corswsgi.playground.api import CrashOnPurposeError, make_api, quiet
from tests.playground.conftest import PLACES


@pytest.fixture
def client() -> Client:
    return Client(make_api(PLACES))


def test_the_profile_needs_a_login(client: Client) -> None:
    assert client.get("/api/me").status_code == 401
    assert client.post("/login").headers["Set-Cookie"].endswith("; Path=/; HttpOnly; SameSite=Lax")
    assert client.get("/api/me").json == {"name": "Ada", "card": "4000 0000 0000 0002"}
    client.post("/logout")
    assert client.get("/api/me").status_code == 401


@pytest.mark.parametrize(
    ("wanted", "attributes"),
    [("none", "SameSite=None; Secure"), ("strict", "SameSite=Strict"), ("absent", "HttpOnly"), ("x", "HttpOnly")],
)
def test_the_cookie_is_as_it_is_asked_for(client: Client, wanted: str, attributes: str) -> None:
    assert client.post(f"/login?samesite={wanted}").headers["Set-Cookie"].endswith(attributes)


def test_a_logout_ends_the_session_for_whoever_has_the_cookie(client: Client) -> None:
    client.post("/login")
    other = Client(client.application)
    cookie = client.get_cookie("playground_session")
    assert cookie
    client.post("/logout")
    assert other.get("/api/me", headers={"Cookie": f"playground_session={cookie.value}"}).status_code == 401


def test_what_is_not_served_is_said(client: Client) -> None:
    assert client.get("/nowhere").status_code == 404
    response = client.options("/api/public/news")
    assert (response.status_code, response.headers["Allow"]) == (405, "GET")


@pytest.mark.parametrize(
    ("path", "status", "location"),
    [
        ("/api/shelf", 308, "/api/shelf/"),
        ("/api/moved", 307, "http://127.0.0.1:5003/api/books/1"),
        ("/api/secured", 307, "https://localhost/api/books/1"),
    ],
)
def test_redirects_stay_on_this_machine(client: Client, path: str, status: int, location: str) -> None:
    response = client.get(path)
    assert (response.status_code, response.headers["Location"]) == (status, location)


def test_nothing_is_said_of_cors(client: Client) -> None:
    for path in ("/api/books/1", "/api/shelf/", "/api/admin/users", "/api/greeting", "/api/public/news"):
        response = client.get(path, headers={"Origin": "http://localhost:5001"})
        assert response.status_code == 200
        assert not [name for name in response.headers.keys() if name.startswith("Access-Control")]  # noqa: SIM118


def test_a_crash_on_purpose_is_kept_out_of_the_log(client: Client) -> None:
    with pytest.raises(CrashOnPurposeError):
        client.get("/api/broken")
    for error, is_logged in ((CrashOnPurposeError(), False), (ValueError(), True)):
        try:
            raise error
        except type(error):
            record = logging.LogRecord("x", logging.ERROR, "", 0, "", (), sys.exc_info())
        assert quiet(record) is is_logged
    assert quiet(logging.LogRecord("x", logging.ERROR, "", 0, "", (), None))
