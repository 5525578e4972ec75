"""`LoadedOrigins`: origins that live in a database, held in memory and polled by one thread in each process.

The law of this module: a question is a look-up. It waits for a load only if its process has none of its own yet, or if
the server gave the loading thread no time to run. Nothing that a store returns, raises or delays makes it raise.
"""

import inspect
import logging
import math
import os
import random
import threading
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Self
from weakref import ref

from corswsgi.calls import helpful
from corswsgi.errors import PolicyError
from corswsgi.origins import Environ
from corswsgi.origins.loaded_arguments import function_problems, second_problems
from corswsgi.origins.loaded_entries import Snapshot, read
from corswsgi.origins.matching import MAX_ORIGIN_LENGTH, OriginLookup

logger = logging.getLogger("corswsgi")

Load = Callable[[], Iterable[str] | Mapping[Any, Iterable[str]]]

_MAX_ERROR_LENGTH = 300
_LOOK_EVERY = 1.0  # seconds after which a question that waits looks whether the thread is alive
_SPREAD = random.SystemRandom()  # without a state that forks would share


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedStatus:
    """The state of a `LoadedOrigins` in this process.

    ``count`` is the number of origins held, ``loaded_at`` the time of the last load that was taken (UTC), ``age`` the
    number of seconds since the last answer of the store, by a load or an equal version. ``failing_since`` is the time
    of the first of the failures in a row (UTC), or None if all is well, and ``error`` the reason in one line.
    ``refused_entries`` are the first 20 entries that were left out, and ``why_refused`` the reason of each.
    """

    count: int
    loaded_at: datetime | None
    age: float | None
    failing_since: datetime | None
    error: str | None
    refused_entries: tuple[object, ...]
    why_refused: tuple[str, ...]


class _Process:
    """The state of one process: a thread, and the events and locks to wait for it. Each fork makes its own."""

    __slots__ = ("has_loaded", "is_working", "loads", "lock", "round_is_over", "thread", "wake")

    def __init__(self) -> None:
        self.has_loaded = False  # or has failed to
        self.lock = threading.Lock()  # around the start of the thread
        self.loads = threading.Lock()  # around a load
        self.wake = threading.Event()
        self.round_is_over = threading.Event()
        self.is_working = False
        self.thread: threading.Thread | None = None

    def is_alive(self) -> bool:
        return self.thread is not None and self.thread.is_alive()

    def wait_for(self, round_is_over: threading.Event) -> None:
        """Wait until a round is over or the thread has died."""
        while not round_is_over.wait(_LOOK_EVERY) and self.is_alive():
            pass

    def end_round(self) -> None:
        over, self.round_is_over = self.round_is_over, threading.Event()
        self.is_working, self.has_loaded = False, True
        over.set()


class LoadedOrigins(OriginLookup):
    """Origins from a database, for ``allow_origins``: a snapshot in memory that a thread keeps up to date.

    >>> def load():
    ...     return {"acme.example": ["https://acme-shop.example"]}
    >>> origins = LoadedOrigins(load, scope=lambda environ: environ["HTTP_HOST"])
    >>> origins("https://acme-shop.example", {"HTTP_HOST": "acme.example"})
    True

    **With credentials, pass a `scope`: with one list for all tenants, the pages of each tenant can act on the data of
    every tenant.**

    ``load``
        A function that returns the origins: any iterable of exact origins (``"https://shop.example"``). With `scope` it
        returns a mapping from keys to such iterables. Set time-outs in the client of the store, and switch its retries
        off.
    ``every``
        Seconds between two questions to the store. A change takes effect within 1.1 times as long, plus the time of
        `load`.
    ``version``
        A function that is asked before `load`. While it returns an equal value, `load` is not called.
    ``keep_for``
        Seconds for which the last snapshot serves while the store fails. None: without an end.
    ``scope``
        A function of the WSGI environ that returns a key, such as the tenant's host. Only the origins of this key are
        allowed.

    The first request that asks starts a daemon thread and waits for the first load; no other request waits. Until a
    load has succeeded, no loaded origin is allowed. Each entry is checked as an exact origin of a policy with
    credentials, without opt-outs; refused entries are left out and logged. It can be used from threads, gevent and
    forks.

    Raises `PolicyError` for arguments of a wrong type or value, when it is made. Calling it never raises.
    """

    __slots__ = (
        "__weakref__",
        "_answered",
        "_due",
        "_error",
        "_every",
        "_expires",
        "_failing_since",
        "_is_told",
        "_keep_for",
        "_load",
        "_loaded_at",
        "_overdue",
        "_processes",
        "_scope",
        "_snapshot",
        "_version",
        "_version_seen",
    )  # fmt: skip

    @helpful()
    def __init__(
        self,
        load: Load,
        *,
        every: float = 10,
        version: Callable[[], object] | None = None,
        keep_for: float | None = None,
        scope: Callable[[Environ], Hashable] | None = None,
    ) -> None:
        problems = [*function_problems(load=load, version=version, scope=scope), *second_problems(every, keep_for)]
        if problems:
            raise PolicyError(problems)
        self._load = load
        self._every = every
        self._version = version
        self._keep_for = math.inf if keep_for is None else keep_for
        self._scope = scope
        self._snapshot = Snapshot()
        self._overdue = -math.inf  # the time from which on a question checks the thread
        self._expires = math.inf  # the time from which on no loaded origin is allowed
        self._due = -math.inf  # the earlier of both
        self._answered: float | None = None
        self._loaded_at: datetime | None = None
        self._failing_since: datetime | None = None
        self._error: str | None = None
        self._version_seen: object = _UNASKED
        self._processes: dict[int, _Process] = {}
        self._is_told = False  # that the scope failed

    def __call__(self, origin: str, environ: Environ) -> bool:
        """Return whether `origin` is one of the loaded origins, with `scope` of the request's key. Never raises."""
        if monotonic() >= self._due and not self._look_after():
            return False
        snapshot = self._snapshot
        if len(origin) > MAX_ORIGIN_LENGTH:
            return False
        return origin in (snapshot.origins if self._scope is None else self._origins_of_key(snapshot, environ))

    def _origins_of_key(self, snapshot: Snapshot, environ: Environ) -> Iterable[str]:
        try:
            return snapshot.of_key.get(self._scope(environ), ())  # type: ignore[misc]  # it is not None here
        except Exception:  # of the scope, or of a key that cannot be hashed
            if not self._is_told:
                self._is_told = True
                logger.exception("%r raised: no loaded origin is allowed for such a request (logged once)", self._scope)
            return ()

    def status(self) -> LoadedStatus:
        """Return the state of the origins in this process, without asking the store."""
        snapshot = self._snapshot
        return LoadedStatus(
            count=snapshot.held,
            loaded_at=self._loaded_at,
            age=None if self._answered is None else max(0.0, monotonic() - self._answered),
            failing_since=self._failing_since,
            error=self._error,
            refused_entries=tuple(entry for entry, _ in snapshot.refused),
            why_refused=tuple(why for _, why in snapshot.refused),
        )

    def load_now(self) -> None:
        """Load at once, in this thread, whatever `version` returns. Does not raise: `status` has the outcome."""
        with self._process().loads:
            self._version_seen = _UNASKED
            self._round()

    # The thread and its supervision

    def _process(self) -> _Process:
        pid = os.getpid()
        process = self._processes.get(pid)
        if process is None:
            process = self._processes.setdefault(pid, _Process())
            for other in [each for each in self._processes if each != pid]:  # ancestors: no thread of theirs is here
                self._processes.pop(other, None)
        return process

    def _look_after(self) -> bool:
        """Ensure that a thread loads, and return whether the held origins may still be used."""
        if monotonic() >= self._overdue:
            process = self._process()
            if process.has_loaded and process.is_alive() and not process.is_working:
                self._wait_for_round(process)
            if not (process.has_loaded and process.is_alive()):
                self._start(process)
        return monotonic() < self._expires

    def _start(self, process: _Process) -> None:
        """Start the thread, or wait for the first round of the one that another question has started."""
        with process.lock:
            if process.has_loaded and process.is_alive():
                return
            process.is_working = True
            over = process.round_is_over
            thread = threading.Thread(target=_run, args=(ref(self), process), name="corswsgi-origins", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # there are no threads at the end of a process, or in an interpreter that forbids them
                with process.loads:
                    self._round()
                process.end_round()
                return
            process.thread = thread
            process.wait_for(over)

    def _wait_for_round(self, process: _Process) -> None:
        """Wake the thread and wait for its round: some servers give threads no time between requests."""
        over = process.round_is_over
        process.wake.set()
        process.wait_for(over)

    # One round

    def _round(self) -> None:
        """Ask the store once, and set the time when a question must check the thread again."""
        started = monotonic()
        try:
            self._ask()
        except Exception as error:  # noqa: BLE001  (it is logged)
            self._failed(error)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt | SystemExit) or type(error).__name__ == "GreenletExit":
                raise
            self._failed(error)  # a Timeout of gevent
        else:
            self._answered = started
            self._expires = started + self._keep_for
            if self._failing_since is not None:
                self._failing_since = self._error = None
                logger.info("LoadedOrigins: %s answers again", _named(self._load))
        self._overdue = started + 1.1 * self._every
        self._due = min(self._overdue, self._expires)

    def _ask(self) -> None:
        version = _UNASKED if self._version is None else _plain(self._version(), self._version)
        if version is not _UNASKED and self._version_seen is not _UNASKED and bool(version == self._version_seen):
            return
        given: Any = _plain(self._load(), self._load)
        before = self._snapshot
        snapshot = read(given, before, has_scope=self._scope is not None)
        self._snapshot, self._version_seen, self._loaded_at = snapshot, version, datetime.now(UTC)
        self._tell_of(before, snapshot)

    def _tell_of(self, before: Snapshot, snapshot: Snapshot) -> None:
        if before.held and not snapshot.held:
            logger.warning(
                "LoadedOrigins: %s returned 0 origins after %d: no loaded origin is allowed now",
                _named(self._load), before.held,
            )  # fmt: skip
        new = [each for each in snapshot.refused if each not in before.refused]
        if new:
            why = "; ".join(f"{entry!a}: {ascii(reason)[1:-1]}" for entry, reason in new[:3])
            logger.warning("LoadedOrigins: %s returned entries that are left out: %s", _named(self._load), why)

    def _failed(self, error: BaseException) -> None:
        self._error = " ".join(f"{type(error).__name__}: {error}".split())[:_MAX_ERROR_LENGTH]
        if self._failing_since is None:
            self._failing_since = datetime.now(UTC)
            keeping = "keeping the last origins" if self._loaded_at else "no loaded origin is allowed"
            logger.error("LoadedOrigins: %s failed: %s", _named(self._load), keeping, exc_info=error)

    def _pause(self, started: float) -> float:
        """Return the seconds until the next round, with a random part, so that hosts do not ask at the same time."""
        due = started + self._every * _SPREAD.uniform(0.9, 1.0)
        return max(due - monotonic(), 0.1 * self._every)

    # As a value

    def _arguments(self) -> tuple[Load, dict[str, Any]]:
        keep_for = None if self._keep_for == math.inf else self._keep_for
        options = {"every": self._every, "version": self._version, "keep_for": keep_for, "scope": self._scope}
        return self._load, options

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LoadedOrigins) and self._arguments() == other._arguments()

    def __hash__(self) -> int:
        return hash((self._load, self._every))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _memo: object) -> Self:
        return self

    def __reduce__(self) -> tuple[Callable[..., "LoadedOrigins"], tuple[object, ...]]:
        return _remade, self._arguments()

    @property
    def has_scope(self) -> bool:
        """Whether a request is compared with the origins of its own key only."""
        return self._scope is not None

    def __str__(self) -> str:
        return f"origins loaded by {_named(self._load)}"

    def __repr__(self) -> str:
        load, options = self._arguments()
        written = "".join(f", {name}={value!r}" for name, value in options.items() if value is not None)
        return f"LoadedOrigins({_named(load)}{written})"


_UNASKED = object()


def _remade(load: Load, options: dict[str, Any]) -> LoadedOrigins:
    return LoadedOrigins(load, **options)


def _run(reference: "ref[LoadedOrigins]", process: _Process) -> None:
    """Run in the thread: load, wait, and end when the `LoadedOrigins` is no longer referenced."""
    while (loaded := reference()) is not None:
        process.is_working = True
        started = monotonic()
        try:
            with process.loads:
                loaded._round()  # noqa: SLF001  (of this module)
        finally:
            process.end_round()
        pause = loaded._pause(started)  # noqa: SLF001  (likewise)
        del loaded
        process.wake.wait(pause)
        process.wake.clear()


def _plain(value: object, function: object) -> object:
    """Return `value`, unless it has to be awaited."""
    if inspect.isawaitable(value):
        if inspect.iscoroutine(value):
            value.close()
        raise TypeError(f"{_named(function)} returned an awaitable; it must return the value itself")
    return value


def _named(function: object) -> str:
    return ascii(getattr(function, "__qualname__", None) or repr(function))[1:-1]
