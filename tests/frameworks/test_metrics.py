"""The examples that count decisions, with the real clients of Prometheus and OpenTelemetry."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
REQUESTS = f"""
import sys
sys.path[:0] = {[str(EXAMPLES), str(EXAMPLES.parent)]!r}
from tests.support.asking import APP, EVIL, ask, preflight
def send(application):
    for _ in range(2):
        ask(application, "/api/me", origin=APP)
    ask(application, "/api/me", "POST", origin=EVIL, sec_fetch_site="cross-site")
    ask(application, "/elsewhere" + "x" * 50, "POST", origin=EVIL, sec_fetch_site="cross-site")
    preflight(application, "/api/me", EVIL)
"""
EXPECTED = {
    ("actual", "true", "origin-allowed", "/api/**"): 2,
    ("actual", "false", "origin-not-allowed", "/api/**"): 1,
    ("write", "false", "origin-not-allowed", "/api/**"): 1,
    ("actual", "false", "no-row", "(no row)"): 1,
    ("write", "false", "no-row", "(no row)"): 1,
    ("preflight", "false", "origin-not-allowed", "/api/**"): 1,
}
PROMETHEUS = """
from metrics_prometheus import application
send(application)
from prometheus_client.parser import text_string_to_metric_families as families
text = ask(application, "/metrics").body.decode()
print({
    tuple(sample.labels[name] for name in ("kind", "allowed", "reason", "row")): int(sample.value)
    for family in families(text) for sample in family.samples if sample.name == "corswsgi_decisions_total"
})
"""
OPENTELEMETRY = """
from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
reader = InMemoryMetricReader()
metrics.set_meter_provider(MeterProvider([reader]))
from metrics_opentelemetry import application
send(application)
[metric] = reader.get_metrics_data().resource_metrics[0].scope_metrics[0].metrics
assert metric.name == "corswsgi_decisions_total"
print({
    tuple(str(point.attributes[name]).lower() if name == "allowed" else point.attributes[name]
          for name in ("kind", "allowed", "reason", "row")): point.value
    for point in metric.data.data_points
})
"""


@pytest.mark.parametrize("program", [PROMETHEUS, OPENTELEMETRY], ids=["prometheus_client", "OpenTelemetry"])
def test_decisions_are_counted_by_kind_verdict_reason_and_row(program: str) -> None:
    command = [sys.executable, "-c", REQUESTS + program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603  (our own)
    assert done.returncode == 0, done.stderr
    assert ast.literal_eval(done.stdout) == EXPECTED
