"""The cost of a policy for each view: `python -m benchmarks.views --write`.

The law of this module: the same 50 routes meet the same requests bare, behind `CORSMiddleware`, with a policy on each
view, or with the front end's table alone, and with the peer's; in turns, and each framework in a process of its own, so
that no peer's patches are measured.
"""

import argparse
import json
import random
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from types import MethodType, ModuleType
from typing import TYPE_CHECKING, Any

from benchmarks.measure import percentile_10
from benchmarks.requests import enter, fresh, serve
from benchmarks.results import write_section
from corswsgi import CORSMiddleware, Policy

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

_AT_MOST = 6  # percent of the bare request, over CORSMiddleware
_BATCH = 100  # requests in a slice
_WARM_UP = 20  # requests before it, which bring code and tables back into the processor's caches
_ROUTES = 50
_APP, _EVIL = "https://app.example.com", "https://evil.example"
_POLICY = Policy(allow_origins=_APP, allow_methods="PUT", allow_headers="X-Version")
_ASKED = {"ACCESS_CONTROL_REQUEST_METHOD": "PUT", "ACCESS_CONTROL_REQUEST_HEADERS": "x-version"}
_REQUESTS: dict[str, tuple[str, dict[str, str]]] = {
    "GET, allowed": ("GET", {"ORIGIN": _APP}),
    "GET without Origin": ("GET", {}),
    "preflight, allowed": ("OPTIONS", {"ORIGIN": _APP, **_ASKED}),
    "preflight, refused": ("OPTIONS", {"ORIGIN": _EVIL, **_ASKED}),
}
_Applications = dict[str, "WSGIApplication"]


def _in_flask(*, marks: bool = True) -> _Applications:
    import flask_cors
    from flask import Flask

    from corswsgi.flask import CORS, cross_origin
    from corswsgi.flask.front import hook

    def made(mark: Callable[[Any], Any] = lambda view: view, *, hooked: bool = False) -> Any:
        app = Flask("views")
        for number in range(_ROUTES):
            app.add_url_rule(
                f"/api/r{number}/<int:key>",
                f"r{number}",
                mark(lambda key: "hello"),  # noqa: ARG005
                methods=["GET", "PUT"],
            )
        if not hooked:
            app.wsgi_app = MethodType(hook(), app)  # type: ignore[method-assign]  # as if the front end had not been imported
        return app

    words: dict[str, Any] = {"origins": _APP, "methods": ["PUT"], "allow_headers": ["X-Version"]}
    behind = made()
    behind.wsgi_app = CORSMiddleware(behind.wsgi_app, _POLICY)
    if marks:
        front, peer = made(cross_origin(_POLICY), hooked=True), made(flask_cors.cross_origin(**words))
    else:
        front, peer = made(hooked=True), made()
        CORS(front, {"/**": _POLICY})
        flask_cors.CORS(peer, **words)
    return {"bare": made(), "behind": behind, "front": front, "peer": peer}


def _in_django(*, marks: bool = True) -> _Applications:
    import django
    from django.conf import settings
    from django.core.handlers.wsgi import WSGIHandler
    from django.http import HttpResponse
    from django.urls import include, path

    settings.configure(ALLOWED_HOSTS=["*"], LOGGING_CONFIG=None, MIDDLEWARE=[])
    django.setup(set_prefix=False)

    class Plain(WSGIHandler):  # type: ignore[misc]  # as if the front end had not been imported
        __call__ = WSGIHandler.__call__
        get_response = WSGIHandler.get_response
        resolve_request = WSGIHandler.resolve_request

    from corswsgi.django import cors, wrap

    def made(name: str, mark: Callable[[Any], Any] = lambda view: view) -> str:
        views = [mark(lambda _request, **_: HttpResponse("hello")) for _ in range(_ROUTES)]
        routes = [path(f"r{number}/<int:key>", view) for number, view in enumerate(views)]
        sys.modules[name] = urls = ModuleType(name)
        vars(urls)["urlpatterns"] = [path("api/", include(routes))]
        return name

    def under(urls: str, app: Any) -> Any:
        app.enter = partial(setattr, settings, "ROOT_URLCONF", urls)
        return app

    plain = made("plain_urls")
    settings.ROOT_URLCONF = made("marked_urls", cors(_POLICY)) if marks else plain
    settings.CORS_POLICIES = {} if marks else {"/**": _POLICY}
    applications = {
        "bare": under(plain, Plain()),
        "behind": under(plain, CORSMiddleware(Plain(), _POLICY)),
        "front": under(settings.ROOT_URLCONF, wrap(WSGIHandler())),
    }
    settings.MIDDLEWARE = ["corsheaders.middleware.CorsMiddleware"]
    settings.CORS_ALLOWED_ORIGINS = [_APP]
    return applications | {"peer": under(plain, Plain())}


def _in_bottle() -> _Applications:
    import bottle

    from corswsgi.bottle import install

    def made(**options: Any) -> Any:
        app = bottle.Bottle()
        if options:
            install(app)
        for number in range(_ROUTES):
            app.route(f"/api/r{number}/<key:int>", ["GET", "PUT"], lambda key: "hello", **options)  # noqa: ARG005
        return app

    return {"bare": made(), "behind": CORSMiddleware(made(), _POLICY), "front": made(cors=_POLICY)}


_FRAMEWORKS: dict[str, Callable[[], _Applications]] = {
    "Flask": _in_flask,
    "Django": _in_django,
    "Bottle": _in_bottle,
    "Flask, table alone": partial(_in_flask, marks=False),
    "Django, table alone": partial(_in_django, marks=False),
}


def _slice(app: "WSGIApplication", method: str, headers: dict[str, str]) -> float:
    requests: list[dict[str, Any]] = [
        {"REQUEST_METHOD": fresh(method), "PATH_INFO": fresh(f"/api/r{random.randrange(_ROUTES)}/7")}
        | {fresh(f"HTTP_{key}"): fresh(value) for key, value in headers.items()}
        for _ in range(_WARM_UP + _BATCH)
    ]
    enter(app)
    serve(app, requests[:_WARM_UP])
    before = time.thread_time_ns()  # neighbours do not count
    serve(app, requests[_WARM_UP:])
    return (time.thread_time_ns() - before) / _BATCH / 1000


def measure(framework: str, rounds: int) -> dict[str, dict[str, float]]:
    """Return the microseconds of each request by each application of one framework."""
    applications = _FRAMEWORKS[framework]()
    found = {}
    for request, (method, headers) in _REQUESTS.items():
        taken: dict[str, list[float]] = {name: [] for name in applications}
        for _ in range(rounds):
            for name in random.sample(list(applications), len(applications)):
                taken[name].append(_slice(applications[name], method, headers))
        found[request] = {name: percentile_10(each) for name, each in taken.items()}
    return found


def _lines(framework: str, found: dict[str, dict[str, float]]) -> list[str]:
    lines = []
    for request, taken in found.items():
        over = {name: (taken[name] - taken["behind"]) / taken["bare"] * 100 for name in taken}
        is_promised = request.startswith("GET")
        verdict = ("met" if over["front"] <= _AT_MOST else "MISSED") if is_promised else ""
        front, peer = (f"{over[name]:+.1f} %" if name in over else "" for name in ("front", "peer"))
        if not is_promised:
            front, peer = (f"{taken[name]:.0f} µs" if name in taken else "" for name in ("front", "peer"))
        lines.append(f"| {framework}: {request} | {taken['bare']:.0f} µs | {front} | {peer} | {verdict} |")
    return lines


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.views", description=__doc__)
    parser.add_argument("--rounds", type=int, default=150, help="slices of each (default: %(default)s)")
    parser.add_argument("--framework", choices=_FRAMEWORKS, help="one alone, as JSON")
    parser.add_argument("--write", action="store_true", help="write the table into README.md")
    options = parser.parse_args()
    if options.framework:
        print(json.dumps(measure(options.framework, options.rounds)))
        return
    lines = ["| request | bare | front end | peer | at most 6 % |", "|---|---|---|---|---|"]
    for framework in _FRAMEWORKS:
        command = [sys.executable, "-m", "benchmarks.views", "--framework", framework, "--rounds", str(options.rounds)]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        lines += _lines(framework, json.loads(printed))
    table = "\n".join(lines)
    print(table)
    if options.write:
        write_section("views", f"Python {sys.version.split()[0]}, {options.rounds} slices.\n\n{table}")


if __name__ == "__main__":
    main()
