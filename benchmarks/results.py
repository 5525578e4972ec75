"""The results of a run, its machine, and the sections of README.md that scripts write."""

import os
import platform
import sys
import sysconfig
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.measure import Cost
from benchmarks.tables import TableCost

_DISTRIBUTIONS = ("corswsgi", "wsgicors", "Flask-CORS", "Flask", "django-cors-headers", "Django", "falcon")


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """All that one run found."""

    setting: dict[str, str]
    requests: list[Cost] = field(default_factory=list)
    tables: list[TableCost] = field(default_factory=list)
    growth: dict[str, int] = field(default_factory=dict)  # bytes
    imports: dict[str, float] = field(default_factory=dict)  # seconds


def setting(rounds: int) -> dict[str, str]:
    """Name the machine, the Python and all versions."""
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "machine": f"{_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}",
        "Python": f"{platform.python_implementation()} {platform.python_version()} ({_build()})",
        "versions": ", ".join(f"{name} {found}" for name in _DISTRIBUTIONS if (found := _version(name))),
        "rounds": str(rounds),
        "load": " ".join(f"{value:.1f}" for value in os.getloadavg()) + " at the start (1, 5 and 15 minutes)",
    }


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _build() -> str:
    arguments = sysconfig.get_config_var("CONFIG_ARGS") or ""
    return "with profile-guided optimization" if "--enable-optimizations" in arguments else "built with no profile"


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def write_section(name: str, text: str) -> None:
    """Write `text` into README.md, between the marks of the section `name`."""
    readme = Path(__file__).parent / "README.md"
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    before, found, rest = readme.read_text().partition(begin)
    _, ended, after = rest.partition(end)
    if not (found and ended):
        sys.exit(f"{readme} has no section {name!r}")
    readme.write_text(f"{before}{begin}\n{text.strip()}\n\n{end}{after}")
