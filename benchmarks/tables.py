"""The cost of tables before the first request: the time to make them, the memory that they keep, and the imports.

Unlike in `measure`, the garbage collector is on here, as it is where tables are made.
"""

import gc
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.contenders import Contender
from benchmarks.requests import Requests, serve
from benchmarks.scenarios import CannotServeError, Scenario

_TIMES = 3
_DISTINCT = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TableCost:
    """The time and memory of one contender's table, less those of its framework's application without CORS."""

    scenario: str
    contender: str
    cannot: str | None = None
    seconds: float = 0.0
    kept: int = 0  # bytes, beside the lists that the table is made from
    peak: int = 0  # bytes, while it is made


def measure_tables(
    scenarios: Sequence[Scenario], contenders: Sequence[Contender], progress: Callable[[str], None]
) -> list[TableCost]:
    """Make the tables of `scenarios`, and return their cost."""
    costs = []
    for scenario in scenarios:
        for contender in contenders:
            progress(f"table of {scenario.name}: {contender.name}")
            try:
                costs.append(_table(scenario, contender))
            except CannotServeError as reason:
                costs.append(TableCost(scenario=scenario.name, contender=contender.name, cannot=str(reason)))
    return costs


def _table(scenario: Scenario, contender: Contender) -> TableCost:
    contender.serve(scenario)  # everything that is imported or cached once is not part of a table
    seconds = min(_seconds(contender.serve, scenario) for _ in range(_TIMES))
    seconds -= min(_seconds(contender.without, scenario) for _ in range(_TIMES))
    kept, peak = _memory(contender.serve, scenario)
    kept_without, _ = _memory(contender.without, scenario)
    return TableCost(
        scenario=scenario.name, contender=contender.name, seconds=max(seconds, 0.0), kept=kept - kept_without, peak=peak
    )


def _seconds(make: Callable[[Scenario], object], scenario: Scenario) -> float:
    gc.collect()
    before = time.perf_counter()
    make(scenario)
    return time.perf_counter() - before


def _memory(make: Callable[[Scenario], object], scenario: Scenario) -> tuple[int, int]:
    gc.collect()
    tracemalloc.start()
    try:
        app = make(scenario)
        _, peak = tracemalloc.get_traced_memory()
        gc.collect()
        kept, _ = tracemalloc.get_traced_memory()
        del app
    finally:
        tracemalloc.stop()
    return kept, peak


def growth(scenario: Scenario, contender: Contender) -> int:
    """Return the bytes that are kept of 10,000 requests: a cache of paths or origins would show here."""
    app = contender.serve(scenario)
    requests = Requests(scenario)
    serve(app, requests.take(_DISTINCT))
    gc.collect()
    tracemalloc.start()
    try:
        serve(app, requests.take(_DISTINCT))
        gc.collect()
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


# What is imported before: an extension of a framework is imported after the framework
IMPORTS = {
    "corswsgi": ("pass", "import corswsgi"),
    "wsgicors": ("pass", "import wsgicors"),
    "Flask-CORS": ("import flask", "import flask_cors"),
    "django-cors-headers": ("import django.core.handlers.wsgi", "import corsheaders.middleware"),
}


def measure_imports(contenders: Sequence[Contender], rounds: int, progress: Callable[[str], None]) -> dict[str, float]:
    """Return the seconds that each import takes, the least of some processes in turns."""
    seconds: dict[str, list[float]] = {each.name: [] for each in contenders if each.name in IMPORTS}
    for number in range(rounds):
        progress(f"imports, {number + 1} of {rounds}")
        for name, times in seconds.items():
            first, then = IMPORTS[name]
            program = f"import time; {first}; t = time.perf_counter(); {then}; print(time.perf_counter() - t)"
            done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
            times.append(float(done.stdout))
    return {name: min(times) for name, times in seconds.items()}
