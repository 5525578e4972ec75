"""The cost of a request: the contenders in turns, in shuffled order, for many rounds.

The law of this module: noise only ever adds, so the 10th percentile of many short slices is near the truth; and what is
compared is measured in turns, so that a neighbour who takes the processor for a second takes it from all alike.
"""

import gc
import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from benchmarks.contenders import Contender
from benchmarks.requests import Requests, answer, enter, is_allowed, needs_vary, serve, varies_on_origin
from benchmarks.scenarios import CannotServeError, Scenario

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

_SLICE = 0.001  # seconds of requests, no more than the batch of the scenario
_LONGEST = 0.004  # seconds a round: who needs longer for one request sits out rounds
_WARM_UP = 2  # requests before each slice, which bring code and table back into the processor's caches
_PARTS = 5  # of the rounds, whose figures give the spread


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """The cost that one contender adds to a request of one scenario, in nanoseconds; or why it cannot serve it."""

    scenario: str
    contender: str
    cannot: str | None = None
    lacks_vary: bool = False  # its answer leaves out a `Vary: Origin` that caches need
    added: float = 0.0
    parts: list[float] = field(default_factory=list)  # the same figure from each fifth of the rounds
    slices: int = 0
    batch: int = 0

    @property
    def spread(self) -> float:
        """Half of the way from the lowest of the parts to the highest."""
        return (max(self.parts) - min(self.parts)) / 2


class WrongAnswerError(Exception):
    """A contender does not do what the scenario asks for: its figures would mean nothing."""


@dataclass(slots=True)
class _Timed:
    """An application that is measured in one scenario."""

    app: "WSGIApplication"
    requests: Requests
    batch: int
    stride: int = 1  # it takes part in each round, or in each second, ...
    seconds: list[float] = field(default_factory=list)  # of one request, slice by slice

    def measure(self) -> None:
        enter(self.app)
        requests = self.requests.take(_WARM_UP + self.batch)
        serve(self.app, requests[:_WARM_UP])
        timed = requests[_WARM_UP:]
        before = time.perf_counter()
        serve(self.app, timed)
        self.seconds.append((time.perf_counter() - before) / self.batch)


def _timed(app: "WSGIApplication", scenario: Scenario) -> _Timed:
    timed = _Timed(app, Requests(scenario), batch=1)
    timed.measure()
    timed.measure()
    one = min(timed.seconds)
    timed.seconds.clear()
    timed.batch = max(1, min(scenario.batch, int(_SLICE / one)))
    timed.stride = max(1, round(one / _LONGEST))
    return timed


def measure(
    scenarios: Sequence[Scenario], contenders: Sequence[Contender], rounds: int, progress: Callable[[str], None]
) -> list[Cost]:
    """Return what each of `contenders` costs in each of `scenarios`."""
    outcomes: list[Cost | tuple[Cost, _Timed, _Timed]] = []
    for scenario in scenarios:
        progress(scenario.name)
        bases: dict[object, _Timed] = {}  # what several contenders wrap is measured once
        for contender in contenders:
            try:
                app, cost = _prepared(contender, scenario)
            except CannotServeError as reason:
                outcomes.append(Cost(scenario=scenario.name, contender=contender.name, cannot=str(reason)))
                continue
            if contender.without not in bases:
                bases[contender.without] = _timed(contender.without(scenario), scenario)
            outcomes.append((cost, app, bases[contender.without]))
    measured = [outcome for outcome in outcomes if isinstance(outcome, tuple)]
    _run({id(timed): timed for _, *both in measured for timed in both}.values(), rounds, progress)
    return [outcome if isinstance(outcome, Cost) else _figured(*outcome) for outcome in outcomes]


def _prepared(contender: Contender, scenario: Scenario) -> tuple[_Timed, Cost]:
    app = contender.serve(scenario)
    status, headers = answer(app, scenario)
    if is_allowed(scenario, status, headers) != scenario.allowed:
        raise WrongAnswerError(f"{contender.name} in {scenario.name!r}: {status} {headers}")
    lacks_vary = needs_vary(scenario) and not varies_on_origin(headers)
    return _timed(app, scenario), Cost(scenario=scenario.name, contender=contender.name, lacks_vary=lacks_vary)


def _run(all_timed: Iterable[_Timed], rounds: int, progress: Callable[[str], None]) -> None:
    gc.collect()
    gc.freeze()  # the tables are not garbage: do not inspect them between the rounds
    gc.disable()
    try:
        for number in range(rounds):
            progress(f"round {number + 1} of {rounds}")
            taking_part = [timed for timed in all_timed if number % timed.stride == 0]
            random.shuffle(taking_part)
            for timed in taking_part:
                timed.measure()
            gc.collect()
    finally:
        gc.enable()
        gc.unfreeze()


def _figured(cost: Cost, app: _Timed, base: _Timed) -> Cost:
    """Work out the difference, from all rounds and from each fifth of them."""
    return replace(
        cost,
        added=_added(app.seconds, base.seconds),
        parts=[_added(_part(app.seconds, part), _part(base.seconds, part)) for part in range(_PARTS)],
        slices=len(app.seconds),
        batch=app.batch,
    )


def _added(with_cors: Sequence[float], without: Sequence[float]) -> float:
    return round((percentile_10(with_cors) - percentile_10(without)) * 1e9, 1)


def percentile_10(values: Sequence[float]) -> float:
    """Return the 10th percentile, of few values the least."""
    return sorted(values)[len(values) // 10]


def _part(values: Sequence[float], part: int) -> Sequence[float]:
    return values[len(values) * part // _PARTS : len(values) * (part + 1) // _PARTS] or values
