"""The user's own application: its routes, its table, edits in memory alone."""

from collections.abc import Callable
from pathlib import Path

import click
import pytest

from corswsgi.playground.lessons import Call
from corswsgi.playground.own import OwnApplication
from tests.playground.conftest import FRONT, STRANGER, Browser
from tests.support.commands import Write

SHOP = f"""
    import flask, re
    from corswsgi import CORSMiddleware, Policy

    app = flask.Flask(__name__)
    done = []

    @app.route("/cart/<int:id>", methods=["GET", "PUT"])
    def cart(id):
        done.append(id)
        return {{"id": id}}

    @app.get("/cart/login")
    def login():
        response = flask.make_response("hello")
        response.set_cookie("session", "secret")
        return response

    @app.get("/crash")
    def crash():
        raise RuntimeError("a mistake of the shop")

    app.wsgi_app = CORSMiddleware(app.wsgi_app, {{"/cart/**": Policy(allow_origins="{FRONT}", max_age=60)}})

    from corswsgi.flask import CORS, cross_origin

    views = flask.Flask("views")
    CORS(views, {{"/**": None}})
    views.add_url_rule("/me", "me", cross_origin(Policy(allow_origins="{FRONT}"))(lambda: "me"))

    bare = flask.Flask("bare")
    bare.add_url_rule("/", view_func=lambda: "hello")

    def plain(environ, start_response):
        if environ["PATH_INFO"] == "/late":
            start_response("200 OK", [])
        raise RuntimeError("a mistake of the shop")

    by_regex = CORSMiddleware(plain, {{"/**": Policy(allow_origins=re.compile(r"https://a\\.example"))}})
"""


@pytest.fixture
def shop(write: Write, with_own: Callable[[str], Browser]) -> Callable[[str], Browser]:
    write("shop.py", SHOP)
    return with_own


def test_its_routes_and_its_table_are_shown(shop: Callable[[str], Browser]) -> None:
    own = shop("shop:app").ask("state")["own"]
    assert (own["name"], own["has_table"], own["reason"], own["is_file"]) == ("shop:app", True, "", False)
    assert own["text"] == f'["/cart/**"]\nallow_origins = ["{FRONT}"]\nmax_age = 60\n'
    assert [(route["path"], route["example"], route["methods"]) for route in own["routes"]] == [
        ("/cart/<int:id>", "/cart/1", ["GET", "PUT"]),
        ("/cart/login", "/cart/login", ["GET"]),
        ("/crash", "/crash", ["GET"]),
        ("/static/<path:filename>", "/static/x", ["GET"]),
    ]
    assert own["routes"][0]["from"] == 'row "/cart/**"'
    assert own["routes"][2]["means"] == "no CORS: no row and no view has a policy for it"


def test_what_decides_on_a_path_is_told(shop: Callable[[str], Browser]) -> None:
    browser = shop("shop:app")
    row = browser.ask("row", {"lesson": "own", "path": "/cart/1", "method": "GET"})
    assert (row["from"], row["means"].startswith(f"pages of {FRONT} may send")) == ('row "/cart/**"', True)
    assert browser.ask("row", {"lesson": "own", "path": "/crash", "method": "GET"}) == {"from": None, "means": ""}
    bare = shop("shop:bare")
    assert bare.ask("row", {"lesson": "own", "path": "/", "method": "GET"})["from"] is None


def test_requests_really_reach_it_once_and_the_simulator_sends_none(shop: Callable[[str], Browser]) -> None:
    browser = shop("shop:app")
    result = browser.play("own", Call(path="/cart/7"))
    assert (result["verdict"], result["differences"], browser.studio.recorder.count) == ("read", [], 1)
    blocked = browser.play("own", Call(method="PUT", path="/cart/7"))
    assert (blocked["verdict"], browser.studio.recorder.count) == ("not-sent", 2)


def test_its_cookies_are_never_shown_nor_copied(shop: Callable[[str], Browser]) -> None:
    browser = shop("shop:app")
    for path in ("/cart/login", "/cart/7"):
        result = browser.play("own", Call(path=path, credentials=True))
        assert "ookie" in result["text"]
        assert "session=(hidden)" in result["text"]
        assert "secret" not in str(result)
    assert "secret" not in str(browser.ask("log"))


def test_the_fix_is_applied_in_memory(shop: Callable[[str], Browser]) -> None:
    browser = shop("shop:app")
    fix = browser.play("own", Call(method="PUT", path="/cart/7"))["why"]["advice"]["text"]
    assert fix == f'["/cart/**"]\nallow_origins = ["{FRONT}"]\nmax_age = 60\nallow_methods = ["PUT"]\n'
    assert browser.ask("table", {"lesson": "own", "text": fix})["served"]
    assert browser.play("own", Call(method="PUT", path="/cart/8"))["verdict"] == "read"


def test_its_table_is_left_alone_until_somebody_changes_it(shop: Callable[[str], Browser]) -> None:
    browser = shop("shop:app")
    assert browser.studio.own
    before = browser.studio.own.table
    assert browser.ask("table", {"lesson": "own", "text": f"\n{browser.studio.own.text}\n"})["served"]
    assert browser.studio.own.table is before


def test_an_application_without_a_table_gets_one_when_somebody_writes_it(shop: Callable[[str], Browser]) -> None:
    browser = shop("shop:bare")
    own = browser.ask("state")["own"]
    assert (own["has_table"], own["text"]) == (False, "")
    result = browser.play("own", Call(path="/"))
    assert (result["verdict"], result["why"]["advice"]) == ("unread", None)
    assert browser.ask("table", {"lesson": "own", "text": f'["/"]\nallow_origins = ["{FRONT}"]\n'})["served"]
    assert browser.play("own", Call(path="/"))["verdict"] == "read"
    assert browser.ask("state")["own"]["has_table"]


def test_advice_on_a_view_s_policy_names_the_view_and_leaves_the_table(shop: Callable[[str], Browser]) -> None:
    browser = shop("shop:views")
    assert browser.ask("row", {"lesson": "own", "path": "/me", "method": "GET"})["from"] == "view /me"
    advice = browser.play("own", Call(page="stranger", path="/me"))["why"]["advice"]
    assert advice["text"] is None
    assert advice["lines"][0].startswith(f"the policy of the view `/me`: if pages of {STRANGER} are yours, add ")


def test_a_table_that_toml_cannot_hold_is_not_edited(shop: Callable[[str], Browser]) -> None:
    own = shop("shop:by_regex").ask("state")["own"]
    assert own["reason"] == (
        "a function or a regex decides on some origins, and TOML cannot hold them: change them in Python"
    )
    assert [route["example"] for route in own["routes"]] == ["/"]


def test_advice_for_a_table_that_is_not_edited_has_no_text(shop: Callable[[str], Browser]) -> None:
    browser = shop("shop:by_regex")
    result = browser.play("own", Call(path="/x"))
    assert (result["verdict"], result["exchanges"][0]["status"], result["why"]["advice"]["text"]) == (
        "unread",
        500,
        None,
    )


def test_what_it_raises_is_logged_and_becomes_a_500(
    shop: Callable[[str], Browser], caplog: pytest.LogCaptureFixture
) -> None:
    browser = shop("shop:by_regex")
    assert browser.get("http://localhost:5003/x").status_code == 500
    assert [record.message for record in caplog.records] == ["The application raised for '/x'"]
    with pytest.raises(RuntimeError, match="a mistake of the shop"):
        browser.get("http://localhost:5003/late")


def test_a_lesson_takes_its_place_and_gives_it_back(shop: Callable[[str], Browser]) -> None:
    browser = shop("shop:app")
    assert browser.play("handshake", Call(path="/api/books/1"))["verdict"] == "read"
    assert browser.play("own", Call(path="/cart/1"))["verdict"] == "read"
    assert "no such" not in browser.refused("begin", {"lesson": "own", "server": "echo"})


def test_a_file_is_a_table_before_an_empty_application_and_is_never_written(
    write: Write, with_own: Callable[[str], Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRONT", FRONT)
    text = '["/api/**"]\nallow_origins = ["${FRONT}"]\n\n["/files/*"]\ncors = false\n'
    write("cors.toml", text)
    browser = with_own("cors.toml")
    own = browser.ask("state")["own"]
    assert (own["text"], own["is_file"]) == (text, True)
    assert [route["example"] for route in own["routes"]] == ["/api/", "/files/x"]
    assert browser.play("own", Call(path="/api/x"))["verdict"] == "read"
    fix = browser.play("own", Call(method="PUT", path="/api/x"))["why"]["advice"]["text"]
    assert fix == text.replace("]\n\n", ']\nallow_methods = ["PUT"]\n\n')
    assert browser.ask("table", {"lesson": "own", "text": fix})["served"]
    assert Path("cors.toml").read_text() == text


def test_a_running_server_is_no_target() -> None:
    with pytest.raises(click.UsageError, match="the playground cannot stand in front of a running server"):
        OwnApplication("http://localhost:8000")
