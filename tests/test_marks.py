"""Marks of functions that run inside others, that run after others, and that are handed on in parts."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from flask import Blueprint, Flask

from corswsgi import Policy
from corswsgi.flask import cross_origin
from corswsgi.marks import held_by
from tests.support.scenarios import ALLY, EVIL, WEB, hold

P = Policy(allow_origins=WEB, allow_credentials=True, allow_methods=["PATCH"])
Q = Policy(allow_origins=ALLY)
OPEN = Policy(allow_origins="*")


def says(text: str | None) -> Callable[[], Any]:
    """Make a function that returns `text`."""

    def function() -> str | None:
        return text

    return function


def bare(view: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate without `functools.wraps`, so that no router finds a mark below."""

    def inner(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs)

    return inner


def test_none_that_ran_closes_whatever_marked_function_runs_inside_it_or_after_it() -> None:
    public, private = cross_origin(OPEN)(says("public")), cross_origin(None)(says("private"))

    async def awaited() -> str:
        return "awaited"

    later = cross_origin(OPEN)(awaited)

    def make() -> Flask:
        app = Flask("a")
        app.add_url_rule("/inside", "inside", bare(cross_origin(None)(lambda: public() + "!")))
        app.add_url_rule("/after", "after", lambda: private() + public())
        app.add_url_rule("/before", "before", lambda: public() + private())
        app.add_url_rule("/awaited", "awaited", lambda: private() + asyncio.run(later()))
        app.add_url_rule("/public", "public", lambda: public() + asyncio.run(later()))
        return app

    hold(make, [
        ("GET", "/inside", EVIL, None),
        ("GET", "/after", EVIL, None),
        ("GET", "/before", EVIL, None),
        ("GET", "/awaited", EVIL, None),
        ("GET", "/public", EVIL, "*"),
    ])  # fmt: skip


def test_marked_function_that_calls_another_is_the_last_that_ran() -> None:
    helper, silent = cross_origin(OPEN)(says("help")), cross_origin(OPEN)(says(None))

    def make() -> Flask:
        app = Flask("a")
        app.add_url_rule("/", "view", bare(cross_origin(P)(lambda: helper() + "!")))
        app.add_url_rule("/silent", "silent", bare(cross_origin(P)(lambda: silent() or "said")))
        return app

    hold(make, [
        ("GET", "/", WEB, WEB),
        ("GET", "/", EVIL, None),
        ("GET", "/silent", WEB, WEB),
        ("GET", "/silent", EVIL, None),
    ])  # fmt: skip


def test_partial_of_a_marked_function_has_its_mark() -> None:
    def make() -> Flask:
        app = Flask("a")
        shown = partial(partial(cross_origin(P)(lambda first, last: first + last), "a"), last="b")
        app.add_url_rule("/", "shown", shown, methods=["GET", "PATCH"])
        app.add_url_rule("/own", "own", cross_origin(Q)(shown))
        return app

    hold(make, [
        ("pre PATCH", "/", WEB, WEB),
        ("GET", "/", WEB, WEB),
        ("GET", "/own", ALLY, ALLY),
        ("GET", "/own", WEB, None),
    ])  # fmt: skip


def test_names_that_are_not_set_yet_hide_no_mark_and_break_no_request(caplog: pytest.LogCaptureFixture) -> None:
    blueprint = Blueprint("b", "a")

    def later() -> None:
        blueprint.record(lambda _state: unset)
        if not blueprint.name:
            unset = None

    later()
    assert [list(held_by(function)) for function in blueprint.deferred_functions] == [[]]

    def make() -> Flask:
        app = Flask("a")
        app.add_url_rule("/", "view", bare(cross_origin(P)(lambda: "view")))
        return app

    hold(make, [("GET", "/", WEB, WEB)])
    assert "no router finds" in caplog.text
