"""`LoadedOrigins`: allowed origins, waiting questions and log lines. The clock is the test's, the threads are real."""

import copy
import gc
import logging
import os
import pickle
import threading
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import Any

import pytest

from corswsgi import Policy, PolicyError
from corswsgi.origins import loaded as module
from corswsgi.origins import loaded_entries
from corswsgi.origins.loaded import LoadedOrigins
from corswsgi.origins.loaded_entries import refusal

A, B, C = "https://a.example", "https://b.example", "https://c.example"


class Clock:
    """A clock that only a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "monotonic", clock)
    return clock


class Store:
    """A store whose content a test sets; an exception in it is raised, and `gate` makes `load` wait."""

    def __init__(self, content: Any = (A,), version: object = None) -> None:
        self.content = content
        self.version_now: Any = version
        self.loads = 0
        self.versions = 0
        self.gate = threading.Event()
        self.gate.set()
        self.asked = threading.Semaphore(0)  # released at each load

    def load(self) -> Any:
        self.loads += 1
        self.asked.release()
        assert self.gate.wait(10)
        if isinstance(self.content, BaseException):
            raise self.content
        return self.content

    def version(self) -> Any:
        self.versions += 1
        if isinstance(self.version_now, BaseException):
            raise self.version_now
        return self.version_now


def by_host(environ: Mapping[str, Any]) -> Hashable:
    return environ.get("HTTP_HOST")


def lines(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    return [(record.levelname, record.getMessage()) for record in caplog.records]


@pytest.fixture(autouse=True)
def every_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "corswsgi")


class TestQuestions:
    @pytest.mark.usefixtures("clock")
    def test_first_question_loads_and_is_answered_from_the_load(self) -> None:
        store = Store()
        origins = LoadedOrigins(store.load)
        assert store.loads == 0
        assert origins.status().loaded_at is None
        assert origins(A, {})
        assert not origins(B, {})
        assert store.loads == 1

    def test_no_thread_runs_before_the_first_question(self) -> None:
        before = threading.active_count()
        origins = LoadedOrigins(Store().load)
        assert threading.active_count() == before
        origins(A, {})
        assert threading.active_count() == before + 1

    def test_questions_during_the_first_load_wait_for_that_one_load(self) -> None:
        store = Store()
        store.gate.clear()
        origins = LoadedOrigins(store.load)
        answers: list[bool] = []
        askers = [threading.Thread(target=lambda: answers.append(origins(A, {}))) for _ in range(8)]
        for asker in askers:
            asker.start()
        assert store.asked.acquire(timeout=10)
        assert answers == []
        store.gate.set()
        for asker in askers:
            asker.join(10)
        assert answers == [True] * 8
        assert store.loads == 1

    def test_question_goes_on_waiting_while_the_thread_lives(self, monkeypatch: pytest.MonkeyPatch) -> None:
        has_looked = threading.Event()
        is_alive = threading.Thread.is_alive

        def looked(thread: threading.Thread) -> bool:
            has_looked.set()
            return is_alive(thread)

        def load() -> list[str]:
            return [A] if has_looked.wait(10) else []

        monkeypatch.setattr(module, "_LOOK_EVERY", 0)
        monkeypatch.setattr(threading.Thread, "is_alive", looked)
        assert LoadedOrigins(load)(A, {})

    @pytest.mark.usefixtures("clock")
    def test_after_a_failed_first_load_nothing_is_allowed_and_nobody_waits(self) -> None:
        store = Store(OSError("down"))
        origins = LoadedOrigins(store.load)
        assert not origins(A, {})
        assert store.loads == 1
        store.gate.clear()
        assert not origins(A, {})
        assert origins.status().failing_since is not None
        assert origins.status().age is None

    def test_question_during_a_hanging_round_does_not_wait(self, clock: Clock) -> None:
        store = Store()
        origins = LoadedOrigins(store.load, every=10)
        assert origins(A, {})
        assert store.asked.acquire(timeout=10)
        store.gate.clear()
        clock.now += 11
        waits = threading.Thread(target=origins, args=(A, {}))  # it finds the thread asleep, and wakes it
        waits.start()
        assert store.asked.acquire(timeout=10)
        assert origins(A, {})  # the thread is at work: the last snapshot answers
        store.gate.set()
        waits.join(10)

    def test_change_is_seen_by_a_question_that_finds_the_round_overdue(self, clock: Clock) -> None:
        store = Store([A])
        origins = LoadedOrigins(store.load, every=10)
        assert origins(A, {})
        store.content = [B]
        clock.now += 10.9
        assert origins(A, {})
        clock.now += 0.2
        assert not origins(A, {})
        assert origins(B, {})

    @pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
    @pytest.mark.usefixtures("clock")
    def test_thread_that_died_is_replaced(self) -> None:
        store = Store(SystemExit())
        origins = LoadedOrigins(store.load, every=10)
        assert not origins(A, {})
        store.content = [A]
        assert origins(A, {})

    def test_thread_that_cannot_start_leaves_the_load_to_the_question(
        self, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def no_thread(_thread: threading.Thread) -> None:
            raise RuntimeError("can't start new thread")

        monkeypatch.setattr(threading.Thread, "start", no_thread)
        store = Store()
        origins = LoadedOrigins(store.load, every=10)
        assert origins(A, {})
        assert origins(A, {})
        assert store.loads == 1
        clock.now += 12
        assert origins(A, {})
        assert store.loads == 2

    def test_thread_ends_when_nobody_holds_the_origins_any_more(self) -> None:
        origins = LoadedOrigins(Store().load, every=0.001)
        origins(A, {})
        [thread] = [each for each in threading.enumerate() if each.name == "corswsgi-origins" and each.is_alive()][-1:]
        del origins
        gc.collect()
        thread.join(10)
        assert not thread.is_alive()

    def test_round_comes_again_by_itself(self) -> None:
        store = Store()
        origins = LoadedOrigins(store.load, every=0.001)
        origins(A, {})
        for _ in range(3):
            assert store.asked.acquire(timeout=10)

    @pytest.mark.parametrize("origin", ["", "null", "*", A.upper(), f"{A}/", "https://a" * 1000, "\ud800"])
    def test_what_was_not_loaded_is_not_allowed(self, origin: str) -> None:
        assert not LoadedOrigins(Store([A, "null", "*"]).load)(origin, {})

    def test_flood_of_unknown_origins_asks_the_store_for_nothing(self) -> None:
        store = Store()
        origins = LoadedOrigins(store.load, every=3600)
        assert not any(origins(f"https://{number}.example", {}) for number in range(10_000))
        assert store.loads == 1

    def test_fork_loads_anew_once_the_snapshot_it_was_born_with_is_overdue(self, clock: Clock) -> None:
        store = Store([A])
        origins = LoadedOrigins(store.load, every=10)
        assert origins(A, {})
        store.content = [B]
        child = os.fork()
        if not child:  # pragma: no cover  (in the child)
            answers = [origins(A, {}), origins(B, {})]
            clock.now += 11
            answers += [origins(A, {}), origins(B, {})]
            os._exit(0 if answers == [True, False, False, True] else 1)
        assert os.waitpid(child, 0)[1] == 0

    def test_process_with_the_number_of_an_ancestor_does_not_wait_for_its_locks(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked, may_return = threading.Event(), threading.Event()

        def load() -> list[str]:
            if threading.current_thread() is ancestor:
                asked.set()
                assert may_return.wait(10)
            return [A]

        origins = LoadedOrigins(load)
        ancestor = threading.Thread(target=origins.load_now)
        ancestor.start()
        assert asked.wait(10)  # it holds the lock that forks inherit
        own = os.getpid()
        monkeypatch.setattr(os, "getpid", lambda: own + 1)  # a child
        origins.load_now()
        monkeypatch.setattr(os, "getpid", lambda: own)  # a child of the child, when the first process is no more
        descendant = threading.Thread(target=origins.load_now)
        descendant.start()
        descendant.join(10)
        waits = descendant.is_alive()
        may_return.set()
        ancestor.join(10)
        descendant.join(10)
        assert not waits


class TestScope:
    def test_only_the_origins_of_the_key_are_allowed(self) -> None:
        content = {"a.shop": [A], "b.shop": [B, C], "many.shop": [f"https://{n}.example" for n in range(9)]}
        origins = LoadedOrigins(Store(content).load, scope=by_host)
        assert origins(A, {"HTTP_HOST": "a.shop"})
        assert not origins(A, {"HTTP_HOST": "b.shop"})
        assert origins(C, {"HTTP_HOST": "b.shop"})
        assert origins("https://8.example", {"HTTP_HOST": "many.shop"})
        assert not origins(A, {"HTTP_HOST": "unknown.shop"})
        assert not origins(A, {})
        assert origins.status().count == 12

    @pytest.mark.parametrize(
        "scope", [lambda environ: environ["NO_SUCH_KEY"], lambda _: []], ids=["raises", "key without a hash"]
    )
    def test_scope_that_fails_allows_nobody_and_is_logged_once(
        self, scope: Callable[[Any], Hashable], caplog: pytest.LogCaptureFixture
    ) -> None:
        origins = LoadedOrigins(Store({"a": [A]}).load, scope=scope)
        assert not origins(A, {})
        assert not origins(A, {})
        assert [level for level, _ in lines(caplog)] == ["ERROR"]

    def test_entries_that_were_accepted_before_are_not_checked_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        checked: list[object] = []
        monkeypatch.setattr(loaded_entries, "refusal", checked.append)
        origins = LoadedOrigins(Store({"a": [A], "b": [A]}).load, scope=by_host)
        origins.load_now()
        origins.load_now()
        assert checked == [A, A]


class TestRounds:
    def test_equal_version_saves_a_load_and_counts_as_an_answer(self, clock: Clock) -> None:
        store = Store([A], version=1)
        origins = LoadedOrigins(store.load, version=store.version, every=10)
        assert origins(A, {})
        clock.now += 20
        assert origins(A, {})
        assert (store.versions, store.loads) == (2, 1)
        assert origins.status().age == 0
        store.version_now, store.content = 2, [B]
        clock.now += 20
        assert origins(B, {})
        assert store.loads == 2

    def test_version_is_read_before_the_load_so_that_a_change_between_both_is_loaded_next(self, clock: Clock) -> None:
        store = Store(version=1)

        def load() -> list[str]:
            store.version_now = 2  # the change comes after the version was read
            return [A] if store.loads == 0 else [B]

        origins = LoadedOrigins(load, version=store.version, every=10)
        assert origins(A, {})
        store.loads = 1
        clock.now += 20
        assert origins(B, {})

    def test_store_that_is_down_leaves_the_last_origins_and_is_logged_once_until_it_answers(
        self, clock: Clock, caplog: pytest.LogCaptureFixture
    ) -> None:
        store = Store([A])
        origins = LoadedOrigins(store.load, every=10)
        assert origins(A, {})
        store.content = OSError("down")
        for _ in range(3):
            clock.now += 20
            assert origins(A, {})
        assert origins.status().failing_since is not None
        assert origins.status().age == 60
        store.content = [B]
        clock.now += 20
        assert origins(B, {})
        assert origins.status().failing_since is None
        assert [level for level, _ in lines(caplog)] == ["ERROR", "INFO"]

    def test_all_are_refused_when_the_last_answer_is_older_than_keep_for(self, clock: Clock) -> None:
        store = Store([A])
        origins = LoadedOrigins(store.load, every=10, keep_for=60)
        assert origins(A, {})
        store.content = OSError("down")
        clock.now += 59
        assert origins(A, {})
        clock.now += 2
        assert not origins(A, {})
        assert not origins(A, {})
        store.content = [A]
        clock.now += 10
        assert origins(A, {})

    @pytest.mark.parametrize("version", [OSError("down"), "equal"])
    def test_version_that_fails_is_a_failed_round_and_an_equal_one_keeps(self, clock: Clock, version: object) -> None:
        store = Store([A], version="equal")
        origins = LoadedOrigins(store.load, version=store.version, every=10, keep_for=30)
        assert origins(A, {})
        store.version_now = version
        for _ in range(4):
            clock.now += 12
            allowed = origins(A, {})
        assert allowed is (version == "equal")

    def test_empty_load_after_a_full_one_is_taken_and_told(self, caplog: pytest.LogCaptureFixture) -> None:
        store = Store([A, B])
        origins = LoadedOrigins(store.load)
        origins.load_now()
        store.content = []
        origins.load_now()
        origins.load_now()
        assert not origins(A, {})
        [(level, line)] = lines(caplog)
        assert level == "WARNING"
        assert "returned 0 origins after 2" in line

    @pytest.mark.parametrize(
        ("content", "scope"),
        [
            pytest.param(A, None, id="text"),
            pytest.param(b"https://a.example", None, id="bytes"),
            pytest.param(None, None, id="nothing"),
            pytest.param(7, None, id="a number"),
            pytest.param({"a": [A]}, None, id="a mapping without a scope"),
            pytest.param([A], by_host, id="a list with a scope"),
            pytest.param({"a": A}, by_host, id="text for a key"),
            pytest.param({"a": None}, by_host, id="nothing for a key"),
            pytest.param((1 / 0 for _ in "x"), None, id="a generator that raises"),
        ],
    )
    def test_what_is_not_a_load_is_a_failed_one(
        self, content: object, scope: Callable[[Any], Hashable] | None, caplog: pytest.LogCaptureFixture
    ) -> None:
        origins = LoadedOrigins(Store(content).load, scope=scope)
        origins.load_now()
        assert not origins(A, {"HTTP_HOST": "a"})
        assert origins.status().failing_since is not None
        assert [level for level, _ in lines(caplog)] == ["ERROR"]

    def test_load_that_returns_an_awaitable_is_a_failed_one(self, caplog: pytest.LogCaptureFixture) -> None:
        async def wait() -> list[str]:
            raise AssertionError("nobody awaits it")

        def wait_for() -> Any:
            return wait()

        class Awaitable:
            def __await__(self) -> Iterator[None]:
                raise AssertionError("nobody awaits it")

        for value in (wait_for, Awaitable):
            origins = LoadedOrigins(value)  # type: ignore[arg-type]  # what a user may write
            origins.load_now()
            assert origins.status().count == 0
        assert [level for level, _ in lines(caplog)] == ["ERROR", "ERROR"]

    def test_timeout_that_is_no_exception_is_a_failed_load(self) -> None:
        class Timeout(BaseException):
            """As gevent's."""

        origins = LoadedOrigins(Store(Timeout()).load)
        origins.load_now()
        assert origins.status().failing_since is not None

    def test_interrupt_passes_through_load_now(self) -> None:
        with pytest.raises(KeyboardInterrupt):
            LoadedOrigins(Store(KeyboardInterrupt()).load).load_now()

    def test_load_now_asks_whatever_the_version_says(self) -> None:
        store = Store([A], version=1)
        origins = LoadedOrigins(store.load, version=store.version)
        origins.load_now()
        store.content = [B]
        origins.load_now()
        assert origins(B, {})
        status = origins.status()
        assert status.loaded_at is not None
        assert status.loaded_at.tzinfo is not None


class TestEntries:
    ENTRIES: Iterable[object] = (
        "*", "null", "https://*.example.com", "http://plain.example", "https://a.example/", "HTTPS://a.example",
        "a.example", 7, b"https://a.example", None, "https://co.uk:99999", "", " https://a.example",
    )  # fmt: skip

    def test_bad_entries_are_left_out_and_told_once(self, caplog: pytest.LogCaptureFixture) -> None:
        origins = LoadedOrigins(Store([A, *self.ENTRIES, "http://localhost:3000"]).load)
        origins.load_now()
        origins.load_now()
        assert origins(A, {})
        assert origins("http://localhost:3000", {})
        assert origins.status().count == 2
        refused = [entry if isinstance(entry, str) else repr(entry) for entry in self.ENTRIES]
        assert list(origins.status().refused_entries) == refused
        [(level, line)] = lines(caplog)
        assert level == "WARNING"
        assert line.isascii()
        assert "'*' is not an exact origin" in line

    @pytest.mark.parametrize("entry", ENTRIES, ids=repr)
    def test_why_an_entry_is_refused_is_one_short_line(self, entry: object) -> None:
        why = refusal(entry)
        assert why is not None
        assert 5 < len(why) < 200
        assert why.isprintable()

    def test_what_is_kept_of_refused_entries_is_bounded(self) -> None:
        origins = LoadedOrigins(Store([*(f"bad {n}" for n in range(100)), "x" * 100_000]).load)
        origins.load_now()
        assert origins.status().refused_entries == tuple(f"bad {n}" for n in range(20))
        origins = LoadedOrigins(Store(["x" * 100_000]).load)
        origins.load_now()
        [entry] = origins.status().refused_entries
        assert len(str(entry)) == 200

    def test_another_thread_may_run_while_many_entries_are_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        given: list[float] = []
        monkeypatch.setattr(loaded_entries, "sleep", given.append)
        LoadedOrigins(Store([f"https://{n}.example" for n in range(1600)]).load).load_now()
        assert given == [0, 0, 0]


class TestConstruction:
    @pytest.mark.parametrize(
        ("arguments", "found"),
        [
            pytest.param({"load": None}, [("wrong-type", "load")], id="no load"),
            pytest.param({"load": [A]}, [("wrong-type", "load")], id="a list"),
            pytest.param({"every": 0}, [("every-not-positive", "every")], id="every 0"),
            pytest.param({"every": -1}, [("every-not-positive", "every")], id="every below 0"),
            pytest.param({"every": True}, [("every-not-positive", "every")], id="every a flag"),
            pytest.param({"every": float("nan")}, [("every-not-positive", "every")], id="every not a number"),
            pytest.param({"every": "10"}, [("every-not-positive", "every")], id="every text"),
            pytest.param({"keep_for": 5}, [("keep-for-below-every", "keep_for")], id="keep_for below every"),
            pytest.param({"keep_for": "1 h"}, [("keep-for-below-every", "keep_for")], id="keep_for text"),
            pytest.param(
                {"load": 7, "version": "v", "scope": "host", "every": None},
                [*(("wrong-type", name) for name in ("load", "version", "scope")), ("every-not-positive", "every")],
                id="all at once",
            ),
        ],
    )  # fmt: skip
    def test_bad_arguments_are_refused(self, arguments: Any, found: list[tuple[str, str]]) -> None:
        with pytest.raises(PolicyError) as caught:
            LoadedOrigins(**({"load": list} | arguments))
        assert [(problem.code, problem.field) for problem in caught.value.problems] == found

    def test_coroutine_function_is_refused(self) -> None:
        async def load() -> list[str]:
            return [A]

        class Loader:
            async def __call__(self) -> list[str]:
                return [A]

        for function in (load, Loader()):
            with pytest.raises(PolicyError, match="asynchronous"):
                LoadedOrigins(function)  # type: ignore[arg-type]  # what a user may write

    def test_it_is_a_value_by_its_arguments(self) -> None:
        origins = LoadedOrigins(load_for_pickle, every=5, keep_for=60, scope=by_host)
        again = pickle.loads(pickle.dumps(origins))  # noqa: S301  (our own)
        assert again == origins
        assert again is not origins
        assert hash(again) == hash(origins)
        assert origins != LoadedOrigins(load_for_pickle)
        assert origins != load_for_pickle
        assert copy.copy(origins) is origins
        assert copy.deepcopy(origins) is origins
        assert repr(LoadedOrigins(load_for_pickle)) == "LoadedOrigins(load_for_pickle, every=10)"

    def test_policy_takes_it_beside_others_and_is_asked_through_it(self) -> None:
        policy = Policy(
            allow_origins=[B, "https://*.c.example", LoadedOrigins(Store([A]).load)], allow_credentials=True
        )
        assert policy.allows_origin(A)
        assert policy.allows_origin(B)
        assert policy.allows_origin("https://x.c.example")
        assert not policy.allows_origin("https://d.example")


def load_for_pickle() -> dict[str, list[str]]:
    return {}
