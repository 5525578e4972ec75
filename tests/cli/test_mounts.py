"""Applications that a dispatcher mounts are audited below their prefixes."""

import json

import pytest

from tests.support.commands import Write, run

MODULE = """
from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from corswsgi import CORSMiddleware, Policy
from corswsgi.flask import CORS

first, second = Flask("first", static_folder=None), Flask("second", static_folder=None)
first.add_url_rule("/x", "x", lambda: "")
second.add_url_rule("/me", "me", lambda: "")

def not_found(environ, start_response):
    start_response("404 Not Found", [])
    return []
"""
PUBLIC = "Policy(allow_origins='*')"


@pytest.mark.parametrize(
    ("app", "place", "others"),
    [
        pytest.param(
            f"CORSMiddleware(DispatcherMiddleware(first, {{'/shop': second}}), {{'/shop/**': {PUBLIC}}})",
            'row "/shop/**"',
            ["/x"],
            id="a table around all",
        ),
        pytest.param(
            f"DispatcherMiddleware(first, {{'/shop': CORSMiddleware(second, {{'/me': {PUBLIC}}})}})",
            'row "/me"',
            ["/x"],
            id="a table inside",
        ),
        pytest.param(
            "CORS(second) and DispatcherMiddleware(first, {'/shop': second})", 'row "/**"', ["/x"], id="Flask's words"
        ),
        pytest.param(
            f"DispatcherMiddleware(not_found, {{'/shop': CORSMiddleware(second, {{'/me': {PUBLIC}}})}})",
            'row "/me"',
            [],
            id="nothing but mounts",
        ),
    ],
)
def test_route_of_a_mounted_application_is_audited(write: Write, app: str, place: str, others: list[str]) -> None:
    write("shop.py", f"{MODULE}\napp = {app}\n")
    result = run("audit", "shop:app", "--json")
    told = json.loads(result.stdout)
    assert result.exit_code == 1
    assert [route["path"] for route in told["routes"]] == ["/shop/me", *others]
    [first, *_] = told["routes"]
    assert (first["from"], first["findings"][0]["risk"]) == (place, "private-for-any-origin")
    assert [each for each in told["findings"] if each["risk"] == "unused-row"] == []
