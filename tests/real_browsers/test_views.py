"""In real Chromium no preflight for one view of a URL opens another view of it: nothing is kept for the whole URL."""

import os

import pytest
from flask import Flask

from corswsgi import Policy
from corswsgi.flask import CORS, cross_origin
from tests.real_browsers import chromium
from tests.real_browsers.harness import Fetch, Visit, observe, recorded

APP = "http://app.example.localhost"
API = "http://api.example.localhost"
READ = Policy(
    allow_origins=APP,
    allow_credentials=True,
    allow_methods="DELETE",
    allow_headers=["Content-Type", "X-A"],
    max_age=600,
)
COOKIES = {"credentials": "include"}
VISITS: dict[str, list[tuple[str, dict[str, object]]]] = {
    "GET opens no DELETE": [
        ("/item", {**COOKIES, "headers": {"X-A": "1"}}),
        ("/item", {**COOKIES, "method": "DELETE"}),
    ],
    "headers of GET open no POST": [
        ("/note", {**COOKIES, "headers": {"Content-Type": "application/json"}}),
        ("/note", {**COOKIES, "method": "POST", "headers": {"Content-Type": "application/json"}, "body": "[1]"}),
    ],
    "one policy is kept": [
        ("/kept", {**COOKIES, "headers": {"X-A": "1"}}),
        ("/kept", {**COOKIES, "method": "DELETE"}),
    ],
}


def application() -> Flask:
    """Make an application of URLs whose views differ, and of one whose views do not."""
    app = Flask("views")
    mark = cross_origin(READ)
    app.get("/item")(mark(read))
    app.delete("/item", endpoint="erase")(write)
    app.get("/note", endpoint="note")(mark(read))
    app.post("/note", endpoint="add")(cross_origin(None)(write))
    app.route("/kept", methods=["GET", "DELETE"], endpoint="kept")(mark(read))
    CORS(app, {})
    return app


def read() -> str:
    return "read"


def write() -> str:
    return "written"


@pytest.fixture(scope="module")
def arrived() -> dict[str, list[list[str]]]:
    """Let Chromium make all visits, and return the requests that each of their fetches became."""
    if chromium.find() is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is not installed, and CI must not go without it", pytrace=False)
        pytest.skip("Chromium is not installed")
    log: list[str] = []

    def take(_: Fetch) -> list[str]:
        taken = log.copy()
        log.clear()
        return taken

    visits = [Visit(APP, [(API + path, options) for path, options in fetches]) for fetches in VISITS.values()]
    seen = observe(visits, recorded(application(), "server", log), take, chromium.browse)
    return {name: [each.arrived for each in fetches] for name, fetches in zip(VISITS, seen, strict=True)}


def test_preflight_of_get_does_not_open_a_delete_of_another_view(arrived: dict[str, list[list[str]]]) -> None:
    assert arrived["GET opens no DELETE"] == [["server: OPTIONS", "server: GET"], ["server: OPTIONS"]]


def test_preflight_of_get_does_not_open_a_post_of_a_closed_view(arrived: dict[str, list[list[str]]]) -> None:
    assert arrived["headers of GET open no POST"] == [["server: OPTIONS", "server: GET"], ["server: OPTIONS"]]


def test_preflight_is_kept_where_one_policy_is_for_all_views(arrived: dict[str, list[list[str]]]) -> None:
    assert arrived["one policy is kept"] == [["server: OPTIONS", "server: GET"], ["server: DELETE"]]
