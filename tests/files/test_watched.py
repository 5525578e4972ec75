"""`PolicyFile`: the effect of changes, and when they are noticed. Files are really edited, renamed and swapped."""

import logging
import os
import resource
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from time import monotonic, time
from typing import Any

import pytest

from corswsgi import CORSMiddleware, Policy, PolicyError, PolicyFile, PolicyTable, load_policies
from corswsgi.files import watched
from tests.support.asking import APP, Headers, ask, hello

VARY = ("Vary", "Origin")
OLD, NEW = "https://old.example", "https://new.example"


def text_for(*origins: str) -> str:
    return f'["/**"]\nallow_origins = {list(origins)}\n'


@pytest.fixture(autouse=True)
def _taken_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take files without waiting until they are quiet: the tests of `TestQuiet` have a clock for that."""
    monkeypatch.setattr(watched, "QUIET_FOR", 0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "cors.toml"
    path.write_text(text_for(OLD))
    return path


class Server:
    """An application behind a file that is looked at on every request."""

    def __init__(self, file: Path) -> None:
        self.app = CORSMiddleware(hello, PolicyFile(file, check_every=0))

    def serves(self, origin: str) -> bool:
        headers = ask(self.app, origin=origin).cors
        assert headers in ([VARY], [("Access-Control-Allow-Origin", origin), VARY])
        return len(headers) > 1


@pytest.fixture
def server(file: Path) -> Server:
    server = Server(file)
    assert server.serves(OLD)
    assert not server.serves(NEW)
    return server


def rewritten(file: Path) -> None:
    file.write_text(text_for(NEW, APP))


def renamed_into_place(file: Path) -> None:
    new = file.with_suffix(".new")
    new.write_text(text_for(NEW))
    new.replace(file)


def renamed_with_the_same_size_and_time(file: Path) -> None:
    before = file.stat()
    new = file.with_suffix(".new")
    new.write_text(text_for(NEW))
    os.utime(new, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert new.stat().st_size == before.st_size
    new.replace(file)


def edited_in_place_with_the_same_size_and_time(file: Path) -> None:
    before = file.stat()
    file.write_text(text_for(NEW))
    while file.stat().st_ctime_ns == before.st_ctime_ns:  # until the clock of the file system has gone on
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (file.stat().st_size, file.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)


def deleted_and_made_anew(file: Path) -> None:
    file.unlink()
    file.write_text(text_for(NEW))


@pytest.mark.parametrize(
    "change",
    [
        rewritten,
        renamed_into_place,
        renamed_with_the_same_size_and_time,
        edited_in_place_with_the_same_size_and_time,
        deleted_and_made_anew,
    ],
)
def test_changed_file_is_served_from_the_next_look_on(
    file: Path, server: Server, change: Callable[[Path], None]
) -> None:
    change(file)
    assert server.serves(NEW)
    assert not server.serves(OLD)


def test_swapped_symbolic_links_are_noticed_as_kubernetes_swaps_them(tmp_path: Path) -> None:
    """A ConfigMap: ``cors.toml -> ..data/cors.toml``, and ``..data -> ..2026_1``, which is renamed into place."""
    for folder, origin in (("..2026_1", OLD), ("..2026_2", NEW)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "cors.toml").write_text(text_for(origin))
    (tmp_path / "..data").symlink_to("..2026_1")
    (tmp_path / "cors.toml").symlink_to("..data/cors.toml")
    server = Server(tmp_path / "cors.toml")
    assert server.serves(OLD)
    (tmp_path / "..data_tmp").symlink_to("..2026_2")
    (tmp_path / "..data_tmp").replace(tmp_path / "..data")
    assert server.serves(NEW)
    assert not server.serves(OLD)


def test_file_that_has_not_changed_gives_the_same_table(file: Path) -> None:
    policies = PolicyFile(file, check_every=0)
    assert policies() is policies() is policies.table


def test_change_of_the_file_is_told_in_the_log(file: Path, server: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "corswsgi")
    rewritten(file)
    assert server.serves(NEW)
    assert server.serves(NEW)
    assert [each.getMessage() for each in caplog.records] == [f"{str(file)!r} has changed; serving its new policies"]


def refusals(caplog: pytest.LogCaptureFixture) -> list[list[str]]:
    return [each.getMessage().splitlines() for each in caplog.records if each.levelno == logging.ERROR]


def test_invalid_file_is_logged_once_with_all_its_problems_and_the_old_table_goes_on(
    file: Path, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    file.write_text('["/**"]\nallow_origins = ["https://new.example", "null"]\nallow_method = ["PUT"]')
    for _ in range(3):
        assert server.serves(OLD)
        assert not server.serves(NEW)
    ((first, *problems),) = refusals(caplog)
    assert first == f"{str(file)!r} is refused; keeping the previous policies:"
    assert [problem.partition(" ")[0] for problem in problems] == [f"{file}:2:", f"{file}:3:"]
    rewritten(file)
    assert server.serves(NEW)
    assert len(refusals(caplog)) == 1


def test_deleted_file_is_logged_once_and_the_old_table_goes_on(
    file: Path, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    file.unlink()
    for _ in range(3):
        assert server.serves(OLD)
    ((first, problem),) = refusals(caplog)
    assert first == f"{str(file)!r} is refused; keeping the previous policies:"
    assert "unreadable-file" in problem
    rewritten(file)
    assert server.serves(NEW)
    assert len(refusals(caplog)) == 1


def test_file_that_could_not_be_opened_is_tried_again_though_it_has_not_changed(
    file: Path, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    rewritten(file)
    try:
        resource.setrlimit(
            resource.RLIMIT_NOFILE, (0, limits[1])
        )  # no file can be opened, as in a process with too many
        assert [server.serves(OLD) for _ in range(3)] == [True] * 3
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    ((_, problem),) = refusals(caplog)
    assert "Too many open files" in problem
    assert server.serves(NEW)


def test_same_mistake_is_logged_again_after_it_was_mended(
    file: Path, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        file.unlink()
        assert server.serves(NEW) is not server.serves(OLD)
        rewritten(file)
        assert server.serves(NEW)
    assert len(refusals(caplog)) == 2


def test_file_that_is_emptied_takes_no_policy_away(file: Path, server: Server) -> None:
    file.write_text("")
    assert server.serves(OLD)


class BrokenEnvironment(dict[str, str]):
    def get(self, *_: object) -> str:
        raise OSError("the environment is gone")


def test_look_that_fails_in_another_way_is_logged_once_and_raises_nothing(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    policies = PolicyFile(file, check_every=0, environ=BrokenEnvironment())
    table = policies.table
    file.write_text(text_for("${ORIGINS}"))
    assert policies() is policies() is table
    ((first, *_),) = refusals(caplog)
    assert first == f"{str(file)!r} cannot be read; keeping the previous policies"


def test_file_is_looked_at_when_the_seconds_have_passed_and_not_before(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(watched, "monotonic", lambda: now)  # the one thing that cannot be waited for
    policies = PolicyFile(file, check_every=5)
    old = policies.table
    rewritten(file)
    now += 4.9
    assert policies() is old
    now += 0.1
    new = policies()
    assert new is not old
    renamed_into_place(file)
    now += 4.9
    assert policies() is new
    now += 0.2
    assert policies() is not new


class Gate(Mapping[str, str]):
    """An environment that lets a thread wait in the middle of a look, and counts who comes there."""

    def __init__(self) -> None:
        self.entered, self.opened = threading.Event(), threading.Event()
        self.looks = 0

    def __getitem__(self, name: str) -> str:
        self.looks += 1
        self.entered.set()
        assert self.opened.wait(60)
        return NEW

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def test_no_request_waits_for_the_look_of_another_and_none_looks_a_second_time(file: Path) -> None:
    gate = Gate()
    policies = PolicyFile(file, check_every=0, environ=gate)
    old = policies.table
    file.write_text(text_for("${ORIGINS}"))
    found: list[PolicyTable] = []
    looking = threading.Thread(target=lambda: found.append(policies()))
    looking.start()
    assert gate.entered.wait(60)
    assert policies() is policies() is old
    gate.opened.set()
    looking.join()
    assert found == [policies.table]
    assert policies() is policies.table is not old
    assert gate.looks == 1


def test_thread_that_comes_late_to_a_look_does_not_look_again(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between its two questions to the clock another thread has looked, and so there is nothing to do."""
    times = iter([0.0, 9.0, 1.0])
    monkeypatch.setattr(watched, "monotonic", lambda: next(times))
    policies = PolicyFile(file, check_every=5)
    rewritten(file)
    assert policies() is policies.table
    assert policies.table.rows["/**"] == Policy(allow_origins=OLD)
    assert list(times) == []


def test_two_applications_share_one_file_and_its_looks(file: Path) -> None:
    policies = PolicyFile(file, check_every=0)
    apps = [CORSMiddleware(hello, policies) for _ in range(2)]
    rewritten(file)
    allowed: Headers = [("Access-Control-Allow-Origin", NEW), VARY]
    assert [ask(app, origin=NEW).cors for app in apps] == [allowed, allowed]
    assert apps[0].table is apps[1].table is policies.table


def test_reconfigure_takes_a_file_and_gives_it_up_again(file: Path) -> None:
    app = CORSMiddleware(hello, Policy(allow_origins=APP))
    app.reconfigure(PolicyFile(file, check_every=0))
    assert len(ask(app, origin=OLD).cors) == 2
    app.reconfigure(Policy(allow_origins=APP))
    assert ask(app, origin=OLD).cors == [VARY]


def test_file_is_found_again_after_the_working_directory_has_changed(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    policies = PolicyFile("cors.toml", check_every=0)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    rewritten(file)
    assert policies().rows["/**"] == Policy(allow_origins=[NEW, APP])


def test_file_that_is_refused_at_the_start_raises(file: Path) -> None:
    file.write_text(text_for("null"))
    with pytest.raises(PolicyError) as caught:
        PolicyFile(file)
    assert [each.code for each in caught.value.problems] == ["null-origin"]


@pytest.mark.parametrize("seconds", [-1, float("nan"), "5", True, None])
def test_check_every_is_a_number_of_seconds(file: Path, seconds: object) -> None:
    with pytest.raises(PolicyError) as caught:
        PolicyFile(file, seconds)  # type: ignore[arg-type]  # it is refused
    assert [(each.code, each.field) for each in caught.value.problems] == [("check-every", "check_every")]


class Clocks:
    """The clocks of `watched`, which a test moves."""

    def __init__(self) -> None:
        self.now = monotonic()
        self.wall = time()

    def pass_by(self, seconds: float) -> None:
        self.now += seconds
        self.wall += seconds


class TestQuiet:
    """A file is taken when it has not changed for a second, nor while it was read."""

    @pytest.fixture
    def clocks(self, monkeypatch: pytest.MonkeyPatch) -> Clocks:
        clocks = Clocks()
        monkeypatch.setattr(watched, "QUIET_FOR", 1.0)
        monkeypatch.setattr(watched, "monotonic", lambda: clocks.now)
        monkeypatch.setattr(watched, "time", lambda: clocks.wall)
        return clocks

    def test_half_of_a_file_is_not_served(self, file: Path, clocks: Clocks) -> None:
        file.write_text('["/**"]\nallow_origins = "*"\n["/a"]\ncors = false\n')
        policies = PolicyFile(file, check_every=0)
        whole = policies()
        file.write_text('["/**"]\nallow_origins = "*"\n')
        clocks.wall = file.stat().st_ctime
        for _ in range(3):
            clocks.pass_by(0.3)
            assert policies() is whole
        with file.open("a") as stream:
            stream.write('["/b"]\ncors = false\n')
        clocks.wall = file.stat().st_ctime
        for _ in range(3):
            clocks.pass_by(0.3)
            assert policies() is whole
        clocks.pass_by(0.2)
        assert sorted(policies().rows) == ["/**", "/b"]

    def test_file_that_may_be_half_written_at_the_start_is_looked_at_a_second_later(
        self, file: Path, clocks: Clocks
    ) -> None:
        file.write_text('["/**"]\nallow_origins = "*"\n')
        clocks.wall = file.stat().st_ctime
        policies = PolicyFile(file, check_every=3600)
        with file.open("a") as stream:
            stream.write('["/a"]\ncors = false\n')
        clocks.pass_by(0.9)
        assert sorted(policies().rows) == ["/**"]
        clocks.pass_by(0.2)
        assert sorted(policies().rows) == ["/**", "/a"]

    def test_file_that_was_written_long_ago_is_served_at_once(self, file: Path, clocks: Clocks) -> None:
        policies = PolicyFile(file, check_every=3600)
        rewritten(file)
        clocks.pass_by(3600)
        assert policies().rows["/**"] == Policy(allow_origins=[NEW, APP])

    def test_file_whose_times_are_still_to_come_is_served_a_second_after_it_was_seen(
        self, file: Path, clocks: Clocks
    ) -> None:
        policies = PolicyFile(file, check_every=5)
        old = policies()
        rewritten(file)
        os.utime(file, (2**33, 2**33))  # by the clock of another machine
        clocks.pass_by(5)
        assert policies() is old
        clocks.pass_by(0.9)
        assert policies() is old
        clocks.pass_by(0.2)
        assert policies() is not old

    def test_file_that_changes_while_it_is_read_is_read_again(
        self, file: Path, clocks: Clocks, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        policies = PolicyFile(file, check_every=0)
        old = policies()
        rewritten(file)
        clocks.pass_by(3600)

        def reading(path: Any, **arguments: Any) -> PolicyTable:
            table = load_policies(path, **arguments)
            os.utime(file, (1, 1))
            monkeypatch.setattr(watched, "load_policies", load_policies)
            return table

        monkeypatch.setattr(watched, "load_policies", reading)
        assert policies() is old
        assert policies() is not old


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFO here")
def test_fifo_is_refused_and_not_opened(tmp_path: Path) -> None:
    fifo = tmp_path / "cors.toml"
    os.mkfifo(fifo)
    with pytest.raises(PolicyError) as caught:
        PolicyFile(fifo)
    [problem] = caught.value.problems
    assert problem.code == "unreadable-file"
    assert "not a regular file" in problem.message


def test_file_that_becomes_a_fifo_is_refused_and_the_old_table_goes_on(
    file: Path, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    file.unlink()
    os.mkfifo(file)
    assert server.serves(OLD)
    assert "not a regular file" in caplog.text
