"""Weird paths: the row is always that of the view that answers, however a framework reads the path."""

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bottle
import falcon
import flask
import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse
from django.urls import re_path
from pyramid.config import Configurator
from pyramid.response import Response
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from corswsgi import CORSMiddleware, Policy
from corswsgi.bottle import install
from tests.support.asking import hello, make_environ
from tests.support.django_settings import configured

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

ANYBODY = Policy(allow_origins="*")
ROWS = {"/**": ANYBODY, "/shop/staff/**": None, "/people/*/notes": None, "/backup": None}
SECRET = ("/shop/staff", "/shop/staff/rota", "/people/3/notes", "/backup")


def bottle_app() -> "WSGIApplication":
    app = bottle.Bottle()
    for rule in ("/shop/staff", "/shop/staff/rota", "/people/<id>/notes", "/backup"):
        app.route(rule, callback=lambda **_: "secret")
    app.route("/<rest:path>", callback=lambda **_: "open")
    wsgi: WSGIApplication = app.wsgi
    return wsgi


def flask_app() -> "WSGIApplication":
    app = flask.Flask(__name__)
    app.url_map.strict_slashes = False
    for number, rule in enumerate(("/shop/staff", "/shop/staff/rota", "/people/<id>/notes", "/backup")):
        app.add_url_rule(rule, f"secret{number}", lambda **_: "secret")
    app.add_url_rule("/<path:rest>", "open", lambda **_: "open")
    return app.wsgi_app


class Urls:
    urlpatterns = [  # noqa: RUF012  (as Django wants it)
        re_path(r"^(shop/staff(/rota)?|people/[^/]+/notes|backup)/?$", lambda *_, **__: HttpResponse("secret")),
        re_path("", lambda *_, **__: HttpResponse("open")),
    ]


def django_app() -> "WSGIApplication":
    handler: WSGIApplication = WSGIHandler()
    return handler


def falcon_app() -> "WSGIApplication":
    class View:
        def __init__(self, text: str) -> None:
            self._text = text

        def on_get(self, req: falcon.Request, resp: falcon.Response, **_: Any) -> None:
            assert req.method == "GET"
            resp.text = self._text

    app = falcon.App()
    app.req_options.strip_url_path_trailing_slash = True
    for rule in ("/shop/staff", "/shop/staff/rota", "/people/{id}/notes", "/backup"):
        app.add_route(rule, View("secret"))
    app.add_sink(View("open").on_get, "/")
    application: WSGIApplication = app
    return application


def pyramid_app() -> "WSGIApplication":
    with Configurator() as config:
        for number, rule in enumerate(("/shop/staff", "/shop/staff/rota", "/people/{id}/notes", "/backup")):
            config.add_route(f"secret{number}", rule)
            config.add_view(lambda _: Response("secret"), route_name=f"secret{number}")
        config.add_route("open", "/*rest")
        config.add_view(lambda _: Response("open"), route_name="open")
        app: WSGIApplication = config.make_wsgi_app()
        return app


def seen(app: "WSGIApplication", path: str, **environ: str) -> tuple[str, bool]:
    """Return what answered, and whether any page may read it."""
    told: list[list[tuple[str, str]]] = []
    request = make_environ(path, origin="https://evil.example") | environ
    body = app(request, lambda _status, headers, _exc=None: told.append(headers))  # type: ignore[arg-type]  # all that is needed
    text = b"".join(body).decode("utf-8", "replace")
    close = getattr(body, "close", None)
    if close is not None:
        close()
    return text, ("Access-Control-Allow-Origin", "*") in told[-1]


def test_bottle_drops_bytes_that_are_not_utf_8() -> None:
    assert seen(CORSMiddleware(bottle_app(), ROWS), "/shop/sta\xffff/rota") == ("secret", False)


def test_so_it_does_behind_its_front_end() -> None:
    app = bottle.Bottle()
    app.route("/shop/staff/rota", callback=lambda: "secret")
    install(app, ROWS)
    assert seen(app.wsgi, "/shop/staff/\xc3rota") == ("secret", False)


@pytest.mark.parametrize(
    ("make", "path"), [(pyramid_app, "/shop/staff\n"), (bottle_app, "/people/3/notes\n")], ids=["pyramid", "bottle"]
)
def test_routes_that_end_in_a_dollar_let_a_newline_by(make: Callable[[], "WSGIApplication"], path: str) -> None:
    assert seen(CORSMiddleware(make(), ROWS), path) == ("secret", False)


def test_dispatcher_takes_what_comes_before_the_first_slash_for_a_mount() -> None:
    app = CORSMiddleware(DispatcherMiddleware(hello, {"q": flask_app()}), ROWS)
    assert seen(app, "q/shop/staff", SCRIPT_NAME="/base") == ("secret", False)


@pytest.mark.parametrize("make", [flask_app, falcon_app, django_app])
def test_slash_at_the_end_does_not_get_past_a_row_without_cors(make: Callable[[], "WSGIApplication"]) -> None:
    with configured(ROOT_URLCONF=Urls):
        assert seen(CORSMiddleware(make(), ROWS), "/backup/") == ("secret", False)


def test_static_view_that_drops_dot_segments_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "private").mkdir()
    (tmp_path / "private" / "f.txt").write_text("secret")
    with Configurator() as config:
        config.add_static_view("assets", str(tmp_path))
        app: Any = config.make_wsgi_app()
    guarded = CORSMiddleware(app, {"/**": ANYBODY, "/assets/private/**": None})
    assert seen(guarded, "/assets/../private/f.txt") == ("secret", False)


def test_bottle_mounted_in_bottle_does_not_get_past_a_row_without_cors() -> None:
    child, app = bottle.Bottle(), bottle.Bottle()
    child.route("/shop/staff", callback=lambda: "secret")
    app.mount("/in/", child)
    install(app, {"/**": ANYBODY, "/in/shop/staff": None})
    assert seen(app.wsgi, "/in/shop/st\xfaaff") == ("secret", False)


def test_route_of_a_bottle_that_is_mounted_by_wsgi_keeps_its_policy_though_the_path_is_decoded_twice() -> None:
    child, app = bottle.Bottle(), bottle.Bottle()
    child.route("/shop/staff", callback=lambda: "secret", cors=None)
    with (
        pytest.warns(DeprecationWarning, match="Falling back to WSGI mount")
        if bottle.__version__ >= "0.13"
        else nullcontext()
    ):
        app.mount("/in", child)
    install(app, {"/**": ANYBODY})
    assert seen(app.wsgi, "/in/shop/st\xc3\xa9aff") == ("secret", False)
