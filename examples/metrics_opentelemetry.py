"""Decisions counted with OpenTelemetry.

Run it: `opentelemetry-instrument gunicorn metrics_opentelemetry:application`.
"""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from opentelemetry import metrics

from corswsgi import CORSMiddleware, Decision, Policy

# Whoever starts the process chooses where the figures go, by a MeterProvider; without one they go nowhere
decisions = metrics.get_meter("corswsgi").create_counter(
    "corswsgi_decisions_total", description="Decisions about requests of pages of other origins"
)


def count(decision: Decision) -> None:
    """Count a decision. Its attributes have few values: never add the origin or the path, which clients choose."""
    decisions.add(
        1,
        {
            "kind": decision.kind,
            "allowed": decision.allowed,
            "reason": decision.reason,
            "row": decision.path_pattern or "(no row)",
        },
    )


def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]


application = CORSMiddleware(
    app,
    {"/api/**": Policy(allow_origins="https://app.example.com", allow_credentials=True)},
    on_decision=count,
    cross_origin_writes="report",
)
