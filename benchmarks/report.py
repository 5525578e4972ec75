"""The report: the figures of a run as tables in Markdown, which read as plain text as well, and the targets."""

from collections.abc import Callable, Iterable, Sequence

from benchmarks.measure import Cost
from benchmarks.results import Results
from benchmarks.tables import TableCost
from benchmarks.targets import targets

_MEGABYTE = 1e6
_BASIS = "the limit"


def report(results: Results) -> str:
    """Return the whole report."""
    sections = [
        _listed(results.setting),
        _requests(results.requests),
        _tables(results),
        targets(results),
    ]
    return "\n\n".join(section for section in sections if section)


def _listed(setting: dict[str, str]) -> str:
    return "\n".join(f"- {name}: {value}" for name, value in setting.items())


def _requests(costs: Sequence[Cost]) -> str:
    if not costs:
        return ""
    names = list(dict.fromkeys(cost.contender for cost in costs))
    by_scenario: dict[str, dict[str, Cost]] = {}
    for cost in costs:
        by_scenario.setdefault(cost.scenario, {})[cost.contender] = cost
    rows = [[scenario, *(_cell(row[name], row[_BASIS]) for name in names)] for scenario, row in by_scenario.items()]
    note = (
        "What each adds to a request: the limit in nanoseconds, the others as multiples of it, half of their spread "
        "behind ±. (v): the answer lacks a `Vary: Origin` that caches need, so it costs less than a right one."
    )
    return f"{note}\n\n{_table(['scenario', *names], rows)}"


def _cell(cost: Cost, basis: Cost) -> str:
    if cost.cannot:
        return cost.cannot
    if cost.contender == _BASIS:
        return f"{cost.added:,.0f} ns ±{cost.spread:,.0f}"
    ratio, spread = cost.added / basis.added, cost.spread / basis.added
    digits = 2 if abs(ratio) < 10 else 0
    return f"{ratio:,.{digits}f} ±{spread:,.{digits}f}{' (v)' if cost.lacks_vary else ''}"


def _tables(results: Results) -> str:
    sections = []
    if results.tables:
        rows = [[each.scenario.rpartition(",")[0], each.contender, *_of_table(each)] for each in results.tables]
        sections.append(_table(["table", "contender", "made in", "keeps", "peak"], rows))
    if results.growth:
        kept = ", ".join(f"{name} {size:,} B" for name, size in results.growth.items())
        sections.append(f"Kept of 10,000 requests to distinct paths: {kept}.")
    if results.imports:
        times = ", ".join(f"{name} {seconds * 1e3:.1f} ms" for name, seconds in results.imports.items())
        sections.append(f"Import: {times} (the extensions on top of their frameworks).")
    return "\n\n".join(sections)


def _of_table(cost: TableCost) -> list[str]:
    if cost.cannot:
        return [cost.cannot, "", ""]
    return [f"{cost.seconds:.3f} s", f"{cost.kept / _MEGABYTE:.1f} MB", f"{cost.peak / _MEGABYTE:.1f} MB"]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    pad: Callable[[str, int], str] = str.ljust
    drawn = ["| " + " | ".join(map(pad, line, widths)) + " |" for line in lines]
    drawn.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(drawn)
