"""The contenders: each returns its application for a scenario, with and without CORS, or says why it cannot.

The law of this module: each peer gets the options that make its answers right, or else does not take part. A benchmark
of wrong answers compares nothing.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from benchmarks import in_django, in_falcon, in_flask
from benchmarks.limit import limit
from benchmarks.scenarios import (
    ALLOWED_HEADERS,
    ALLOWED_METHODS,
    APP_BODY,
    EXPOSED_HEADERS,
    MAX_AGE,
    CannotServeError,
    Scenario,
)
from corswsgi import CORSMiddleware

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One column of the report. ``without`` is what is subtracted: the same application with no CORS."""

    name: str
    package: str  # as `import` names it
    without: Callable[[Scenario], "WSGIApplication"]
    serve: Callable[[Scenario], "WSGIApplication"]

    @property
    def is_installed(self) -> bool:
        """Tell whether it can take part."""
        return find_spec(self.package) is not None


def bare(scenario: Scenario) -> "WSGIApplication":
    """Return the application that all but the frameworks' own middleware wrap."""
    fields = scenario.app_headers

    def app(_environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        start_response("200 OK", fields.copy())
        return [APP_BODY]

    return app


def _corswsgi(scenario: Scenario) -> "WSGIApplication":
    return CORSMiddleware(bare(scenario), scenario.rows)


def _wsgicors(scenario: Scenario) -> "WSGIApplication":
    from wsgicors import CORS

    if len(scenario.rows) > 1 or not scenario.covered:
        raise CannotServeError("one policy for all paths")
    if scenario.app_headers[-1][0].lower().startswith("access-control-"):
        raise CannotServeError("doubles the app's headers")
    if len(scenario.listed) > 1000:
        raise CannotServeError("seconds a request")
    wrapped: WSGIApplication = CORS(
        bare(scenario),
        origin=" ".join(scenario.listed),
        methods=",".join(ALLOWED_METHODS),
        headers=", ".join(ALLOWED_HEADERS),
        expose_headers=", ".join(EXPOSED_HEADERS),
        credentials="true" if scenario.policy.get("allow_credentials") else "false",
        maxage=str(MAX_AGE),
    )
    return wrapped


CONTENDERS = [
    Contender(name="the limit", package="benchmarks", without=bare, serve=lambda each: limit(bare(each), each)),
    Contender(name="corswsgi", package="corswsgi", without=bare, serve=_corswsgi),
    Contender(name="wsgicors", package="wsgicors", without=bare, serve=_wsgicors),
    Contender(name="Flask-CORS", package="flask_cors", without=in_flask.without, serve=in_flask.serve),
    Contender(name="django-cors-headers", package="corsheaders", without=in_django.without, serve=in_django.serve),
    Contender(name="Falcon", package="falcon", without=in_falcon.without, serve=in_falcon.serve),
]
