"""A run of `probe` over URLs, with a progress bar.

The law of this module: the hits are reported however a run ends.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from rich.console import Console
from rich.progress import Progress

from corswsgi.browser.url import URL
from corswsgi.cli.output import SEVERITY_STYLES
from corswsgi.cli.probe_checks import Hit
from corswsgi.cli.probe_output import Report
from corswsgi.cli.probe_seen import Seen, Subject
from corswsgi.cli.prober import EnoughError, LeftError, Prober

_FEW = 20  # requests for a subject in addition to those of its tries, at most


_OF_LOGINS = frozenset({401, 403})


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A URL and the origins to try on it."""

    url: URL
    subjects: tuple[Subject, ...]

    @property
    def most(self) -> int:
        """The requests that this may take."""
        return len({each for subject in self.subjects for each in subject.tries}) + _FEW * len(self.subjects)


def run(prober: Prober, jobs: list[Job], target: str, console: Console) -> Report:
    """Run all jobs, and show progress on `console` if it is a terminal."""
    hits: list[Hit] = []
    seen: list[Seen] = []
    finished = True
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("probing", total=sum(job.most for job in jobs))
        prober.told = partial(progress.advance, bar)
        for job in jobs:
            prober.seen = Seen()
            seen.append(prober.seen)
            try:
                for subject in job.subjects:
                    hits += prober.probe(job.url, subject)
            except LeftError:
                if prober.seen.late and not any(each.statuses for each in seen):
                    break  # the server does not answer in time, and would not for other URLs either
            except EnoughError:
                prober.seen.note(f"stopped after {prober.requests} requests: more with --max-requests")
                finished = False
                break
            except KeyboardInterrupt:
                prober.seen.note(f"stopped by hand after {prober.requests} requests")
                finished = False
                break
    return Report(
        target=target,
        hits=_told_once(hits),
        requests=prober.requests,
        urls=len(jobs),
        finished=finished and len(seen) == len(jobs) and all(each.is_whole for each in seen),
        was_probed=any(each.was_probed for each in seen),
        notes=tuple(
            dict.fromkeys(
                [
                    *(note for job, each in zip(jobs, seen, strict=False) for note in _notes(job, each)),
                    *_verdicts(jobs, seen),
                ]
            )
        ),
    )


def _told_once(hits: list[Hit]) -> list[Hit]:
    """Keep one hit of a check for each URL, the worst first."""
    once = {(hit.check, hit.url): hit for hit in reversed(hits)}
    in_order = list(once.values())[::-1]
    return sorted(in_order, key=lambda hit: list(SEVERITY_STYLES).index(hit.severity))


def _verdicts(jobs: list[Job], seen: list[Seen]) -> Iterator[str]:
    """Yield each verdict once, with the URLs that it is about where there are several."""
    urls: dict[str, list[str]] = {}
    for job, each in zip(jobs, seen, strict=False):
        for text in each.verdicts:
            urls.setdefault(text, []).append(job.url.sent)
    for text, about in urls.items():
        if len(about) == len(jobs):
            yield text
        else:
            yield f"{about[0]}{f' and {len(about) - 1} more' if about[1:] else ''}: {text}"


def _notes(job: Job, seen: Seen) -> list[str]:
    if seen.was_probed:
        return list(seen.notes)
    if not seen.statuses:
        return [f"{job.url.sent} does not answer: {seen.error}"]
    status = seen.statuses.most_common(1)[0][0]
    because = f" ({seen.error})" if seen.error else ""
    login = (
        ""
        if status not in _OF_LOGINS
        else "; pass a login that it accepts: -H 'Cookie: sid=1', or -H 'Authorization: Bearer t'"
    )
    return [
        f"{job.url.sent} answers every request with status {status}{because}: nothing could be compared{login}",
        *seen.notes,
    ]
