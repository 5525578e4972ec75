"""The marks that `cross_origin` leaves on views, and the rows that they become."""

import functools
import inspect
import re
from collections.abc import Callable
from typing import Any, ClassVar

import flask.views
import pytest

from corswsgi.flask import cross_origin
from tests.support.asking import APP, alone, ask, preflight
from tests.support.flask_apps import GRANTED, MINE, MINE_ANSWER, OTHER, THEIRS, THEIRS_ANSWER, VARY, made, view, view_of


class Item(flask.views.MethodView):
    decorators: ClassVar[list[Callable[..., Any]]] = [cross_origin(THEIRS)]

    def get(self) -> str:
        return "get"

    @cross_origin(MINE)
    def put(self) -> str:
        return "put"


class Read(flask.views.MethodView):
    @cross_origin(MINE)
    def get(self) -> str:
        return "get"


class Old(flask.views.View):
    methods = ("GET", "PUT")

    @cross_origin(MINE)
    def dispatch_request(self) -> str:
        return "old"


def test_class_based_view_is_decorated_as_a_whole_or_by_its_methods() -> None:
    app = made()
    app.add_url_rule("/item", view_func=Item.as_view("item"))
    app.add_url_rule("/read", view_func=Read.as_view("read"))
    app.add_url_rule("/old", view_func=Old.as_view("old"), methods=["GET", "PUT", "DELETE"])
    assert preflight(app, "/item", APP, "PUT").cors == alone(MINE_ANSWER, "PUT")
    assert preflight(app, "/item", OTHER, "PUT").cors == [VARY]
    assert preflight(app, "/item", OTHER, "GET").cors == alone(THEIRS_ANSWER)
    assert ask(app, "/item", "HEAD", origin=OTHER).cors == [("Access-Control-Allow-Origin", OTHER), VARY]
    assert preflight(app, "/old", APP, "PUT").cors == MINE_ANSWER
    assert ask(app, "/old", "DELETE", origin=APP).cors == GRANTED
    assert ask(app, "/read", "HEAD", origin=APP).cors == GRANTED


class Bound:
    def view(self) -> str:
        return "bound"


def test_bound_method_is_a_view() -> None:
    app = made()
    app.add_url_rule("/me", view_func=cross_origin(MINE)(Bound().view))
    assert ask(app, "/me", origin=APP).cors == GRANTED


def test_view_itself_stays_without_the_mark_of_its_copies() -> None:
    app = made()
    app.route("/mine", endpoint="mine")(cross_origin(MINE)(view))
    app.route("/theirs", endpoint="theirs")(cross_origin(THEIRS)(view))
    app.route("/plain", endpoint="plain")(view)
    assert ask(app, "/mine", origin=APP).cors == GRANTED
    assert ask(app, "/theirs", origin=APP).cors == [VARY]
    assert ask(app, "/plain", origin=APP).cors == []


def test_upper_of_two_decorators_wins() -> None:
    app = made()
    app.route("/me")(cross_origin(MINE)(cross_origin(THEIRS)(view)))
    assert ask(app, "/me", origin=APP).cors == GRANTED


def test_copy_of_a_view_is_called_as_the_view_is() -> None:
    start = 40

    @cross_origin(MINE)
    def add(one: int = 1, *, other: int = 1) -> int:
        """Add."""
        return start + one + other

    assert (add(), add(2), add(other=3), add.__name__, add.__doc__) == (42, 43, 44, "add", "Add.")


def test_mark_goes_with_a_decorator_that_uses_wraps() -> None:
    app = made()

    @app.route("/me")
    @functools.wraps(cross_origin(MINE)(view))
    def me() -> str:
        return "me"

    assert ask(app, "/me", origin=APP).cors == GRANTED


def test_async_view_stays_one() -> None:
    async def me() -> str:
        return "me"

    assert inspect.iscoroutinefunction(cross_origin(MINE)(me))


def test_mistakes_that_depend_on_the_configuration_close_their_views(caplog: pytest.LogCaptureFixture) -> None:
    app = made()
    app.config["CORS_SUPPORTS_CREDENTIALS"] = True
    app.route("/me", methods=["GET", "PUT"])(cross_origin()(view_of("me")))
    app.route("/you")(cross_origin(max_age="60")(view_of("you")))
    app.route("/plain")(view_of("plain"))
    app.route("/good")(cross_origin(MINE)(view_of("good")))
    for _ in range(2):
        assert preflight(app, "/me").cors == []
        assert ask(app, "/you", origin=APP).cors == []
        assert ask(app, "/plain", origin=APP).body == b"plain"
        assert ask(app, "/good", origin=APP).cors == GRANTED
    (logged,) = caplog.messages
    assert re.findall(r'"\w+"\.origins|any-origin-with-credentials', logged) == [
        '"me".origins', "any-origin-with-credentials", '"you".origins', "any-origin-with-credentials",
    ]  # fmt: skip


def test_view_that_is_put_in_the_place_of_another_has_its_own_policy() -> None:
    app = made()
    app.route("/me", endpoint="me")(cross_origin(MINE)(view))
    assert ask(app, "/me", origin=APP).cors == GRANTED
    app.view_functions["me"] = cross_origin(THEIRS)(view)
    assert ask(app, "/me", origin=APP).cors == [VARY]
