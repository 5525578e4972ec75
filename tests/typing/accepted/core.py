"""Tables, policies and the middleware, as a program writes them."""

import re
from datetime import timedelta
from wsgiref.simple_server import demo_app, make_server
from wsgiref.types import WSGIApplication, WSGIEnvironment

from corswsgi import (
    CORSMiddleware,
    Decision,
    OriginPattern,
    Place,
    Policies,
    Policy,
    PolicyError,
    PolicyFile,
    PolicyTable,
    Problem,
    load_policies,
)


def tenants(origin: str, environ: WSGIEnvironment) -> bool:
    return origin.endswith(".example.com")


def log(decision: Decision) -> None:
    print(decision.kind, decision.allowed, decision.reason, decision.path_pattern, decision.origin)


front_ends: list[OriginPattern] = ["https://app.example.com", re.compile(r"https://pr-\d+\.example\.com"), tenants]

policies: Policies = {
    "/api/**": Policy(allow_origins=front_ends, allow_methods=["PUT"], max_age=timedelta(hours=1)),
    "/api/public/**": {"allow_origins": "*"},
    "/api/admin/**": None,
}

application = CORSMiddleware(demo_app, policies, preflight_status=200, intercept_exceptions=True, on_decision=log)
application.reconfigure(Policy(allow_origins="*"))
application.reconfigure(PolicyFile("cors.toml", check_every=5))
as_wsgi: WSGIApplication = application
make_server("", 8000, application)


class Logged(CORSMiddleware):
    """A user's own middleware."""

    def reconfigure(self, policies: object) -> None:
        raise NotImplementedError(policies)


def check(path: str) -> list[tuple[str, Place | None]]:
    try:
        table: PolicyTable = load_policies(path)
    except PolicyError as error:
        problems: tuple[Problem, ...] = error.problems
        return [(problem.code, problem.place) for problem in problems]
    match = table.match("/api")
    policy = match[1] if match else None
    return [] if policy is None else [(str(policy.allow_origins), None)]


environment = Policy.from_env({"CORS_ALLOWED_ORIGINS": "https://app.example.com"}, may_be_empty=True)
allowed: bool = environment.allows_origin("https://app.example.com")
