"""The row that is served against the view that answers: thousands of weird paths, in five frameworks.

Each application has one view for each row of its table, and says which one answered. However a framework reads a path,
the row must be that of the view, or no row; it is never a row above the one of the view, which may be wider.
"""

import random
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import bottle
import falcon
import flask
import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse
from django.urls import URLPattern, clear_url_caches, re_path
from pyramid.config import Configurator
from pyramid.response import Response

from corswsgi import CORSMiddleware, Policy
from corswsgi.paths.trie import PathTrie
from tests.support.asking import make_environ
from tests.support.django_settings import configured

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

ANYBODY = Policy(allow_origins="*")

# The most specific pattern first, so that routers that take the first route take the view of the row
SHAPES = {
    "below": ("/shop/staff/**", "/people/*/notes", "/backup", "/**"),
    "nested": ("/api/admin/help", "/api/admin/**", "/api/**", "/**"),
    "no row for all": ("/api/v1/raw", "/api/*/raw", "/api/**"),
    "parts of segments": ("/files/secret.json", "/files/*.json", "/files/*", "/**"),
    "beyond ASCII": ("/caf\u00e9/**", "/cafe/**", "/**"),
    "stars above": ("/a/b/**", "/a/*/c/**", "/**"),
    "root": ("/", "/**"),
    "exact alone": ("/a/b", "/a", "/b"),
}
JUNK = (
    "/", "//", "\\", "\n", "\r", "\t", "\0", "\x7f", "\xff", "\xc3", "\xa9", "\xc3\xa9", "/./", "/../", "/.", ".", "..",
    "%2f", "%0a", ";", " ", "\x0b", "/x/../", "a", "\xe2\x80\x8b", "?", "#", "\x1b", "\x85", "\xc2\x85", "\xed\xa0\x80",
    "\xf0\x9f", "%", "%00", "..;/", "\xc0\xaf", "\xef\xbc\x8f", "+",
)  # fmt: skip
NOTHING = "no view"


def routes_for(patterns: tuple[str, ...], *, star: str, rest: str) -> Iterator[tuple[str, str]]:
    """Yield each route once, before the pattern whose view it leads to."""
    routes: dict[str, str] = {}
    for pattern in patterns:
        for route in routes_of(pattern, star=star, rest=rest):
            routes.setdefault(route, pattern)
    yield from routes.items()


def routes_of(pattern: str, *, star: str, rest: str) -> Iterator[str]:
    """Yield the routes of a pattern: in both spellings of the last slash, and for all below with `rest`."""
    stem = pattern.removesuffix("/**")
    for index in range(stem.count("*")):
        stem = stem.replace("*", star.format(index), 1)
    yield stem or "/"
    if stem and not stem.endswith("/"):
        yield f"{stem}/"
    if pattern.endswith("/**"):
        yield f"{stem}/{rest}"


def bottle_app(patterns: tuple[str, ...]) -> "WSGIApplication":
    app = bottle.Bottle()
    for rule, pattern in routes_for(patterns, star="<p{}>", rest="<rest:path>"):
        app.route(rule, callback=lambda _pattern=pattern, **_: _pattern)
    app.error(404)(lambda _: NOTHING)
    wsgi: WSGIApplication = app.wsgi
    return wsgi


def flask_app(patterns: tuple[str, ...]) -> "WSGIApplication":
    app = flask.Flask(__name__, static_folder=None)
    for rule, pattern in routes_for(patterns, star="<p{}>", rest="<path:rest>"):
        app.add_url_rule(rule, rule, lambda _pattern=pattern, **_: _pattern)
    return app.wsgi_app


def django_app(patterns: tuple[str, ...]) -> "WSGIApplication":
    def view(pattern: str, _request: Any, **_: Any) -> HttpResponse:
        return HttpResponse(pattern)

    urls = []
    for pattern in patterns:
        stem = re.escape(pattern.removesuffix("/**").removeprefix("/")).replace(r"\*", "[^/]+")
        below = "(/.*)?" if pattern.endswith("/**") else "/?"
        urls.append(
            re_path(
                f"(?s)^{stem}{below}$" if stem else "(?s)^.*$" if below != "/?" else "(?s)^$", partial(view, pattern)
            )
        )
    Urls.urlpatterns = urls
    clear_url_caches()
    handler: WSGIApplication = WSGIHandler()
    return handler


class Urls:
    urlpatterns: ClassVar[list[URLPattern]] = []


def falcon_app(patterns: tuple[str, ...]) -> "WSGIApplication":
    class View:
        def __init__(self, text: str) -> None:
            self._text = text

        def on_get(self, req: falcon.Request, resp: falcon.Response, **_: Any) -> None:
            assert req.method == "GET"
            resp.text = self._text

    app = falcon.App()
    app.req_options.strip_url_path_trailing_slash = True
    for pattern in reversed(patterns):  # the last sink is the first
        base = pattern.removesuffix("/**")
        if pattern.endswith("/**"):
            prefix = re.escape(base).replace(r"\*", "[^/]+")
            app.add_sink(View(pattern).on_get, re.compile(rf"{prefix}(?:/|\Z)"))
        else:
            app.add_route(next(routes_of(pattern, star="{{p{}}}", rest="")), View(pattern))
    application: WSGIApplication = app
    return application


def pyramid_app(patterns: tuple[str, ...]) -> "WSGIApplication":
    def answer(pattern: str, _request: Any) -> Response:
        return Response(pattern)

    with Configurator() as config:
        for rule, pattern in routes_for(patterns, star="{{p{}}}", rest="*rest"):
            config.add_route(rule, rule)
            config.add_view(partial(answer, pattern), route_name=rule)
        app: WSGIApplication = config.make_wsgi_app()
        return app


APPS = (bottle_app, flask_app, django_app, falcon_app, pyramid_app)


def weird_paths(patterns: tuple[str, ...], seed: int, count: int) -> Iterator[str]:
    """Draw paths of the views with something in them, most of which some router drops or lets by."""
    drawn = random.Random(seed)  # noqa: S311  (the same each time)
    for _ in range(count):
        path = drawn.choice(patterns).replace("/**", drawn.choice(("", "/", "/x", "/x/y.z")))
        path = path.replace("*", drawn.choice(("3", "x-1", "\u00e9"))) or "/"
        path = path.encode().decode("latin-1")
        for _ in range(drawn.choice((0, 1, 1, 1, 2, 3))):
            at = drawn.choice((0, 1, len(path), drawn.randrange(len(path) + 1)))
            path = path[:at] + drawn.choice(JUNK) + path[at + drawn.choice((0, 0, 0, 1)) :]
        yield path


def view_of(app: "WSGIApplication", path: str) -> str:
    """Return the pattern of the view that answered, if one did."""
    told: list[str] = []
    request = make_environ(path, origin="https://evil.example")
    try:
        body = app(request, lambda status, *_: told.append(status))  # type: ignore[arg-type]  # all that is needed
        text = b"".join(body).decode("utf-8", "replace")
    except Exception:  # noqa: BLE001  (of a framework, for a path that it cannot decode)
        return NOTHING
    close = getattr(body, "close", None)
    if close is not None:
        close()
    return text if told[-1].startswith("200") else NOTHING


def is_above(view: str, row: str) -> bool:
    """Return whether the pattern of a view covers what a more specific row is for.

    Some routers match nothing empty and no newline with a wildcard, so that the next view answers, which is wider.
    """
    return PathTrie([(view, True)]).find(row.replace("**", "x").replace("*", "x")) is not None


def other_rows(
    make: Callable[[tuple[str, ...]], "WSGIApplication"], shape: str, seed: int, count: int
) -> tuple[list[Any], int]:
    """Return the paths that had the row of another view than answered, and how many weird ones reached their view."""
    patterns = SHAPES[shape]
    rows: list[str | None] = []
    table = {pattern: ANYBODY if index % 2 else None for index, pattern in enumerate(patterns)}
    with configured(ROOT_URLCONF=Urls):
        every = patterns if patterns[-1] == "/**" else (*patterns, "/**")  # a view for what has no row
        app = CORSMiddleware(make(every), table, on_decision=lambda made: rows.append(made.path_pattern))
        wrong, reached = [], 0
        for path in weird_paths(patterns, seed, count):
            rows.clear()
            view = view_of(app, path)
            [row] = rows
            if view == NOTHING or row is None:
                continue
            reached += 1
            if row != view and not is_above(view, row):
                wrong.append((path, row, view))
    return wrong, reached


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("make", APPS)
def test_row_of_a_weird_path_is_that_of_the_view_that_answers(
    make: Callable[[tuple[str, ...]], "WSGIApplication"], shape: str
) -> None:
    for seed in (11, 12):
        wrong, reached = other_rows(make, shape, seed, 400)
        assert wrong == []
        assert reached > 40  # and most of them do not have "no row" for an answer
