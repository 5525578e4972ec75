"""`python -m benchmarks`: measure, print the report, and write it where it is asked for."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from benchmarks.contenders import CONTENDERS
from benchmarks.measure import measure
from benchmarks.report import report
from benchmarks.results import Results, setting, write_section
from benchmarks.scenarios import scenarios
from benchmarks.tables import growth, measure_imports, measure_tables

_HERE = Path(__file__).parent
_TABLES = ("100,000 origins, allowed", "10,000 rows, first")
_DISTINCT = "hostile: 10,000 distinct paths"
_IMPORT_ROUNDS = 7


def main(arguments: list[str] | None = None) -> None:
    """Run the benchmark from the command line."""
    options = _options(arguments)
    chosen = [each for each in scenarios() if not options.only or any(text in each.name for text in options.only)]
    contenders = [each for each in CONTENDERS if each.is_installed]
    tables = [each for each in chosen if each.name in _TABLES]
    imports = not options.only or "import" in options.only
    if not (chosen or imports):
        sys.exit(f"no scenario has {' or '.join(map(repr, options.only))} in its name")
    results = Results(
        setting=setting(options.rounds),
        requests=measure(chosen, contenders, options.rounds, _progress),
        tables=measure_tables(tables, contenders, _progress),
        growth={
            each.name: growth(scenario, each)
            for scenario in chosen
            if scenario.name == _DISTINCT
            for each in contenders
            if each.name in ("the limit", "corswsgi", "wsgicors")
        },
        imports=measure_imports(contenders, min(options.rounds, _IMPORT_ROUNDS), _progress) if imports else {},
    )
    _progress("")
    text = report(results)
    print(text)
    if options.json:
        options.json.write_text(json.dumps(asdict(results), indent=1) + "\n")
    if options.write:
        from benchmarks.chart import draw

        (_HERE / "results.json").write_text(json.dumps(asdict(results), indent=1) + "\n")
        write_section("results", text)
        draw(results, _HERE / "results.svg")


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="What corswsgi costs, beside its peers.")
    parser.add_argument("--rounds", type=int, default=240, help="of all contenders in turns (default: %(default)s)")
    parser.add_argument(
        "--only",
        action="append",
        metavar="TEXT",
        help="scenarios with this in their name, or 'import'; may be repeated",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.add_argument(
        "--write", action="store_true", help="write README.md, results.json and results.svg of benchmarks/"
    )
    return parser.parse_args(arguments)


def _progress(what: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{what}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
