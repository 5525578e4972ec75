"""The targets, each with what was measured and whether that meets it."""

from collections.abc import Iterator

from benchmarks.results import Results

_AT_MOST = 1.25  # times the limit
_GROWTH = 1.10
_HOSTILE = 1.5  # times a normal preflight
_CHEAPER = 20.0  # than the frameworks' extensions


def targets(results: Results) -> str:
    """Return one line for each target that the run has figures for."""
    costs = {(cost.scenario, cost.contender): cost.added for cost in results.requests if not cost.cannot}
    lines = [*_against_limit(costs), *_flat(costs), *_hostile(costs), *_against_peers(costs), *_of_tables(results)]
    return "\n".join(f"- {'met' if met else 'MISSED'}: {text}" for met, text in lines)


Costs = dict[tuple[str, str], float]
Lines = Iterator[tuple[bool, str]]


def _against_limit(costs: Costs) -> Lines:
    ratios = {
        scenario: costs[scenario, "corswsgi"] / added
        for (scenario, contender), added in costs.items()
        if contender == "the limit"
    }
    over = {scenario: ratio for scenario, ratio in ratios.items() if ratio > _AT_MOST}
    if ratios:
        which = (
            "; ".join(f"{scenario}: {ratio:.2f}" for scenario, ratio in over.items()) or f"{max(ratios.values()):.2f}"
        )
        yield not over, f"at most {_AT_MOST} times the limit, over it in {len(over)} of {len(ratios)} ({which})"


def _flat(costs: Costs) -> Lines:
    pairs = [(f"10 origins, {which}", f"100,000 origins, {which}") for which in ("allowed", "refused")]
    pairs += [(f"1 row, {which}", f"10,000 rows, {which}") for which in ("first", "last", "none", "deep path")]
    for small, large in pairs:
        if (small, "corswsgi") in costs and (large, "corswsgi") in costs:
            grown, limit = (costs[large, name] / costs[small, name] for name in ("corswsgi", "the limit"))
            text = (
                f"from {small!r} to {large!r} it grows by {grown - 1:+.0%} (target 10 %; the limit: {limit - 1:+.0%})"
            )
            yield grown <= _GROWTH, text


def _hostile(costs: Costs) -> Lines:
    normal = costs.get(("preflight, allowed", "corswsgi"))
    for (scenario, contender), added in costs.items():
        if normal and contender == "corswsgi" and scenario.startswith("hostile: preflight"):
            yield added / normal <= _HOSTILE, f"{scenario}: {added / normal:.2f} times a normal one (target {_HOSTILE})"


def _against_peers(costs: Costs) -> Lines:
    for peer, wanted in (("Flask-CORS", _CHEAPER), ("django-cors-headers", _CHEAPER), ("wsgicors", 1.0)):
        ratios = {
            scenario: added / costs[scenario, "corswsgi"]
            for (scenario, contender), added in costs.items()
            if contender == peer
        }
        under = {scenario: ratio for scenario, ratio in ratios.items() if ratio < wanted}
        if ratios:
            which = "; ".join(f"{scenario}: {ratio:.2f}" for scenario, ratio in under.items())
            least = which or f"at least {min(ratios.values()):.1f} times"
            yield not under, f"{wanted:.0f} times cheaper than {peer}, less in {len(under)} of {len(ratios)} ({least})"


def _of_tables(results: Results) -> Lines:
    for scenario, seconds, megabytes in (("100,000 origins, allowed", 0.5, 40), ("10,000 rows, first", 1.0, None)):
        for cost in results.tables:
            if cost.scenario == scenario and cost.contender == "corswsgi":
                text = f"{scenario.rpartition(',')[0]} in {cost.seconds:.2f} s (target {seconds} s)"
                yield cost.seconds < seconds, text
                if megabytes:
                    text = f"... keeping {cost.kept / 1e6:.1f} MB, {cost.peak / 1e6:.1f} MB at the peak (target 40 MB)"
                    yield cost.peak < megabytes * 1e6, text
