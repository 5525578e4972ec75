"""The chart of what each contender adds to a request: `python -m benchmarks.chart JSON SVG` draws it."""

import json
import sys
from pathlib import Path

from benchmarks.measure import Cost
from benchmarks.results import Results

_SHOWN = (
    "GET without Origin",
    "GET, allowed",
    "GET, refused",
    "GET, public *",
    "preflight, allowed",
    "preflight, refused",
    "1,000 origins, allowed",
    "100,000 origins, allowed",
    "10,000 rows, last",
    "hostile: preflight, 64 KiB of names",
)
_MARKS = {
    "the limit": ("|", "black"),
    "corswsgi": ("o", "tab:blue"),
    "wsgicors": ("^", "tab:green"),
    "Falcon": ("v", "tab:purple"),
    "Flask-CORS": ("s", "tab:orange"),
    "django-cors-headers": ("D", "tab:red"),
}


def draw(results: Results, file: Path) -> None:
    """Draw the figures of `results` into an SVG file."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "corswsgi", "font.size": 9})
    from matplotlib import pyplot as plt

    costs = {(cost.scenario, cost.contender): cost.added for cost in results.requests if not cost.cannot}
    shown = [scenario for scenario in _SHOWN if (scenario, "the limit") in costs]
    figure, axes = plt.subplots(figsize=(8, 0.35 * len(shown) + 1.2), layout="constrained")
    for contender, (marker, color) in _MARKS.items():
        points = [(costs[name, contender], -row) for row, name in enumerate(shown) if (name, contender) in costs]
        if points:
            added, rows = zip(*points, strict=True)
            size = 90 if marker == "|" else 30
            axes.scatter(added, rows, s=size, c=color, marker=marker, label=contender, zorder=3)
    axes.set_xscale("log")
    axes.set_yticks([-row for row in range(len(shown))], shown)
    axes.set_xlabel("nanoseconds added to a request")
    axes.grid(axis="both", alpha=0.3)
    figure.legend(loc="outside upper center", ncols=len(_MARKS), frameon=False, handletextpad=0.1, columnspacing=1)
    figure.savefig(file, metadata={"Date": None})
    plt.close(figure)


def main() -> None:
    """Draw what an earlier run wrote with ``--json``."""
    source, target = map(Path, sys.argv[1:])
    found = json.loads(source.read_text())
    requests = [Cost(**cost) for cost in found["requests"]]
    draw(Results(setting=found["setting"], requests=requests), target)


if __name__ == "__main__":
    main()
