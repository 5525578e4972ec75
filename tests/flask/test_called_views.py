"""What Flask calls in place of a decorated view, and records nothing, is that view for all who look at it."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, abort, current_app, request
from flask.views import MethodView

from corswsgi import Policy
from corswsgi.flask import CORS, cross_origin
from tests.support.asking import APP, EVIL, Response, ask
from tests.support.flask_apps import GRANTED, MINE, THEIRS, VARY, made, view

ANY = [("Access-Control-Allow-Origin", "*")]


def asked(app: Flask, path: str) -> Response:
    return ask(app, path, origin=APP)


def test_attributes_of_a_view_are_seen_by_hooks_whenever_they_are_set() -> None:
    app = made()
    marked = cross_origin(MINE)(view)
    app.add_url_rule("/me", "me", marked)

    @app.before_request
    def login() -> None:
        called = current_app.view_functions[request.endpoint or ""]
        if not vars(called).get("is_public"):
            abort(401)

    assert [asked(app, "/me").status for _ in range(2)] == ["401 UNAUTHORIZED"] * 2
    vars(marked)["is_public"] = True
    assert [asked(app, "/me").body for _ in range(2)] == [b"hello"] * 2
    del vars(marked)["is_public"]
    assert asked(app, "/me").cors == GRANTED
    assert asked(app, "/me").status == "401 UNAUTHORIZED"


@pytest.mark.parametrize("first", ["/me", "/through"])
@pytest.mark.parametrize(("policy", "headers"), [(MINE, GRANTED), (None, [])])
def test_view_that_another_view_calls_is_recorded_whichever_is_first(
    first: str, policy: Policy | None, headers: list[tuple[str, str]]
) -> None:
    app = made()
    CORS(app, {"/**": Policy(allow_origins="*")})
    marked = cross_origin(policy)(view)
    app.add_url_rule("/me", "me", marked)
    app.add_url_rule("/through", "through", lambda: marked())  # noqa: PLW0108  (another function)
    for path in (first, "/me", "/through", "/me", "/through"):
        assert asked(app, path).cors == headers
    assert asked(app, "/elsewhere").cors == ANY


def test_view_that_is_replaced_has_the_policy_of_its_successor() -> None:
    app = made()
    app.register_error_handler(KeyError, lambda _: ("gone", 410))
    app.add_url_rule("/me", "me", cross_origin(MINE)(lambda: "before"))
    assert [asked(app, "/me").cors for _ in range(2)] == [GRANTED] * 2
    app.view_functions["me"] = cross_origin(THEIRS)(lambda: "after")
    assert [(asked(app, "/me").cors, asked(app, "/me").body) for _ in range(2)] == [([VARY], b"after")] * 2
    app.view_functions["me"] = lambda: "unmarked"
    assert [asked(app, "/me").cors for _ in range(2)] == [[]] * 2
    del app.view_functions["me"]
    assert (asked(app, "/me").status, asked(app, "/me").cors) == ("410 GONE", [])


def test_application_that_gets_the_environ_of_another_one_decides_for_itself() -> None:
    """Neither has what ran in the other one, with or without a front."""
    app, marked, unmarked = made(), made(), made()
    CORS(app, {"/**": Policy(allow_origins="*")})
    hidden: list[Callable[[], Any]] = []
    marked.add_url_rule("/marked", "marked", cross_origin(MINE)(lambda: "inner"))
    unmarked.add_url_rule("/unmarked", "unmarked", lambda: [each() for each in hidden][0])  # noqa: RUF015
    hidden.append(cross_origin(None)(lambda: "inner"))
    inner = {"/marked": marked, "/unmarked": unmarked}
    headers: list[list[tuple[str, str]]] = []

    def call() -> bytes:
        def start(_status: str, got: list[tuple[str, str]], *_: object) -> Callable[[bytes], object]:
            headers.append([each for each in got if each[0] not in {"Content-Type", "Content-Length"}])
            return list[bytes]().append

        return b"".join(inner[request.path](request.environ, start))

    for path in inner:
        app.add_url_rule(path, path, call)
    for _ in range(2):
        assert (asked(app, "/marked").cors, asked(app, "/unmarked").cors) == (ANY, ANY)
    assert headers == [GRANTED, []] * 2


def test_method_of_a_class_is_recorded_nowhere_else() -> None:
    class Items(MethodView):
        @cross_origin(MINE)
        def get(self) -> str:
            return "items"

    app = made()
    app.add_url_rule("/items", view_func=Items.as_view("items"))
    app.add_url_rule("/through", "through", lambda: Items().get())
    for path in ("/items", "/through", "/items", "/through"):
        assert asked(app, path).cors == GRANTED
    assert ask(app, "/items", origin=EVIL).cors == [VARY]
