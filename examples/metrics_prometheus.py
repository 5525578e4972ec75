"""Decisions counted with prometheus_client, and served at /metrics. Run it: `python metrics_prometheus.py`."""

from collections.abc import Iterable
from wsgiref.simple_server import make_server
from wsgiref.types import StartResponse, WSGIEnvironment

from prometheus_client import CollectorRegistry, Counter, make_wsgi_app

from corswsgi import CORSMiddleware, Decision, Policy

registry = CollectorRegistry()
DECISIONS = Counter(
    "corswsgi_decisions_total",
    "Decisions about requests of pages of other origins",
    ["kind", "allowed", "reason", "row"],
    registry=registry,
)
metrics = make_wsgi_app(registry)


def count(decision: Decision) -> None:
    """Count a decision. Its labels have few values: never add the origin or the path, which clients choose."""
    DECISIONS.labels(
        kind=decision.kind,
        allowed=str(decision.allowed).lower(),
        reason=decision.reason,
        row=decision.path_pattern or "(no row)",
    ).inc()


def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    if environ["PATH_INFO"] == "/metrics":
        answer: Iterable[bytes] = metrics(environ, start_response)
        return answer
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]


application = CORSMiddleware(
    app,
    {"/api/**": Policy(allow_origins="https://app.example.com", allow_credentials=True), "/metrics": None},
    on_decision=count,
    cross_origin_writes="report",
)

if __name__ == "__main__":
    make_server("127.0.0.1", 8000, application).serve_forever()
