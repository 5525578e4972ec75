"""Each engine beside the simulator's profile of it: ``python -m tests.real_browsers.agreement [--write] [ENGINE ...]``.

Prints the table of agreement. ``--write`` keeps it in ``tests/browser/README.md``, and in ``seen.json`` what each
engine does otherwise than the standard: the profiles are tested against that where an engine is not installed.
"""

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from tests.real_browsers import chromium, firefox, webkit
from tests.real_browsers.corpus import Outcome, cases, observed, simulated

if TYPE_CHECKING:
    from corswsgi.browser.engines import EngineName
    from tests.browser.test_corpus import Case
    from tests.real_browsers.proxy import Proxy

README = Path(__file__).parents[1] / "browser" / "README.md"
SEEN = Path(__file__).with_name("seen.json")
_BEGIN, _END = "<!-- begin: python -m tests.real_browsers.agreement --write -->", "<!-- end -->"


class EngineModule(Protocol):
    """The interface of an engine's module."""

    NAME: str

    def find(self) -> str | None: ...
    def version(self) -> str: ...
    def browse(self, url: str, proxy: "Proxy", last: str) -> list[str]: ...


ENGINES: "dict[EngineName, EngineModule]" = {"chromium": chromium, "firefox": firefox, "webkit": webkit}

_LIBSOUP = (
    "libsoup, not WebKit, keeps the cookies of this port: to it, a host-only cookie of another host is another site's"
)
_PREFIX = "libsoup knows no cookie prefixes"
_DRAFT = "libsoup has other rules for what a cookie may be than the draft"
_THIRD = "libsoup refuses new cookies of third parties alone, Safari (documented) blocks those that are there as well"
_MIXED = "WebKit blocks http under a page of https on loopback as well, as mixed content"

# Where a profile is not what the engine does, and why it stays so.
LISTED: "dict[EngineName, dict[str, str]]" = {
    "chromium": {},
    "firefox": {},
    "webkit": {
        **dict.fromkeys(("cookie-006", "cookie-007", "cookie-017", "x-cookie-7", "x-cookie-8"), _LIBSOUP),
        **dict.fromkeys(
            (
                "cookie-012",
                "s-ck-host-http-prefix",
                "s-ck-http-prefix",
                "s-ck-nameless-secure",
                "x-cookie-11",
                "jar-host-nopath",
                "jar-prefix-case",
            ),
            _PREFIX,
        ),
        **dict.fromkeys(
            (
                "s-ck-long",
                "s-ck-attr-1",
                "s-ck-attr-5",
                "s-ck-long-path",
                "jar-control",
                "jar-maxage-2",
                "jar-names",
                "jar-tabs",
            ),
            _DRAFT,
        ),
        **dict.fromkeys(
            (f"who-{api}-down" for api in ("get", "post", "put", "nocors", "xhr", "es", "beacon", "ws")), _MIXED
        ),
        **dict.fromkeys(
            (f"tab-{kind}-{way}" for kind in ("none", "default") for way in ("fetch", "post", "ws", "beacon")), _THIRD
        ),
        "who-beacon-null": "a beacon has the origin of the page's URL, not the page's own",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What an engine did in each case, and where the profile says otherwise: there and here, by the case's id."""

    engine: "EngineName"
    version: str
    seen: dict[str, list[Outcome]]
    differences: dict[str, list[dict[str, tuple[Any, Any]]]]

    @property
    def surprises(self) -> dict[str, object]:
        """Give what is not listed, and what is listed but not so."""
        listed = LISTED[self.engine]
        gone = {case_id: "agrees, and is listed" for case_id in listed if case_id not in self.differences}
        return {**{key: value for key, value in self.differences.items() if key not in listed}, **gone}


def compare(engine: "EngineName", chosen: "Sequence[Case] | None" = None) -> Agreement:
    """Run cases in an engine. One that surprises is run once more in a fresh browser, and that counts."""
    chosen = cases() if chosen is None else chosen
    found = _compare(engine, chosen)
    again = [case for case in chosen if case["id"] in found.surprises]
    if not again:
        return found
    second = _compare(engine, again)
    kept = {case_id: value for case_id, value in found.differences.items() if case_id not in second.seen}
    return Agreement(
        engine=engine,
        version=found.version,
        seen={**found.seen, **second.seen},
        differences={**kept, **second.differences},
    )


def _compare(engine: "EngineName", chosen: "Sequence[Case]") -> Agreement:
    seen = observed(chosen, ENGINES[engine].browse)
    differences = {}
    for case in chosen:
        pairs = zip(simulated(case, engine), seen[case["id"]], strict=True)
        differing = [difference for here, there in pairs if (difference := here.difference(there))]
        if differing:
            differences[case["id"]] = differing
    return Agreement(engine=engine, version=ENGINES[engine].version(), seen=seen, differences=differences)


def departures(found: Agreement, chosen: "Sequence[Case]") -> dict[str, list[dict[str, Any]]]:
    """Give what an engine does otherwise than the standard, but for what is listed: the outcomes by case."""
    return {
        case["id"]: outcomes
        for case in chosen
        if case["id"] not in LISTED[found.engine]
        and (outcomes := plain(found.seen[case["id"]])) != plain(simulated(case, "standard"))
    }


def plain(outcomes: Iterable[Outcome]) -> list[dict[str, Any]]:
    """Give outcomes as what JSON has."""
    return [asdict(outcome) for outcome in outcomes]


def table(agreements: Iterable[Agreement], chosen: "Sequence[Case]") -> str:
    """Give the table of agreement, and the list of what is listed."""
    lines = [
        "| engine | version | cases | as its profile | listed below | otherwise than the standard |",
        "|---|---|---|---|---|---|",
    ]
    notes = []
    for found in agreements:
        name, differing = ENGINES[found.engine].NAME, len(found.differences)
        counts = (len(found.seen), len(found.seen) - differing, differing, len(departures(found, chosen)))
        lines.append(f"| {name} | {found.version} | {' | '.join(map(str, counts))} |")
        reasons = {**dict.fromkeys(found.differences, "not understood yet"), **LISTED[found.engine]}
        notes += [f"- {name}, `{case_id}`: {reasons[case_id]}" for case_id in sorted(found.differences)]
    return "\n".join([*lines, "", *notes])


def main(arguments: Sequence[str]) -> int:
    """Run what is asked for, or all that is installed; 1 where an engine surprises."""
    chosen = cases()
    names = [name for name in ENGINES if name in arguments or (not {*arguments} & {*ENGINES} and ENGINES[name].find())]
    agreements = [compare(name, chosen) for name in names]
    text = table(agreements, chosen)
    print(text)  # noqa: T201  (what it is run for)
    surprises = {found.engine: found.surprises for found in agreements if found.surprises}
    if surprises:
        print(json.dumps(surprises, indent=1))  # noqa: T201  (the same)
    if "--write" in arguments:
        before, _, rest = README.read_text().partition(_BEGIN)
        README.write_text(f"{before}{_BEGIN}\n{text}\n{_END}{rest.partition(_END)[2]}")
        kept = json.loads(SEEN.read_text()) if SEEN.exists() else {}
        kept.update({found.engine: departures(found, chosen) for found in agreements})
        SEEN.write_text(_compact(kept))
    return int(bool(surprises))


def _compact(kept: dict[str, dict[str, Any]]) -> str:
    """Write one case to a line, so that a change can be read."""
    engines = (
        f"{json.dumps(engine)}: {{\n"
        + ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in seen.items())
        for engine, seen in kept.items()
    )
    return "{\n" + "\n},\n".join(engines) + "\n}\n}\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
