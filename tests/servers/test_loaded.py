"""`LoadedOrigins` in servers that fork: a change reaches every worker, whoever imported the application."""

import json
import os
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic

import pytest

from tests.servers.conftest import DEADLINE

WORKERS = 3
OLD, NEW, ALWAYS = "https://old.example", "https://new.example", "https://always.example"


def gunicorn(*options: str) -> tuple[str, ...]:
    app = "tests.servers.loaded_app:application"
    return (sys.executable, "-m", "gunicorn", app, "--bind=fd://{fd}", f"--workers={WORKERS}", *options)


def uwsgi(*options: str) -> tuple[str, ...]:
    command = str(Path(sysconfig.get_path("scripts"), "uwsgi"))
    module = "--module=tests.servers.loaded_app:application"
    return (command, "--http-socket=fd://{fd}", "--die-on-term", "--master", f"--processes={WORKERS}", module, *options)


SERVERS = [
    pytest.param(gunicorn("-ksync"), id="gunicorn sync"),
    pytest.param(gunicorn("-kgthread", "--threads=2"), id="gunicorn gthread"),
    pytest.param(gunicorn("-kgevent"), id="gunicorn gevent"),
    pytest.param(gunicorn("-ksync", "--preload"), id="gunicorn sync, preloaded"),
    pytest.param(gunicorn("-kgthread", "--threads=2", "--preload"), id="gunicorn gthread, preloaded"),
    pytest.param(gunicorn("-kgevent", "--preload"), id="gunicorn gevent, preloaded"),
    pytest.param(uwsgi(), id="uwsgi, forked after the import"),
    pytest.param(uwsgi("--lazy-apps"), id="uwsgi, imported by each worker"),
    pytest.param(uwsgi("--enable-threads", "--threads=2"), id="uwsgi with threads"),
]


@contextmanager
def serving(command: tuple[str, ...], folder: Path, *, asks_at_once: bool) -> Iterator[int]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "XDG_RUNTIME_DIR": str(folder)}
    environment["CORSWSGI_TEST_STORE"] = str(folder / "origins.json")
    if asks_at_once:
        environment["CORSWSGI_TEST_ASKS_AT_ONCE"] = "1"
    with socket.create_server(("127.0.0.1", 0)) as listener, (folder / "log").open("wb") as log:
        port: int = listener.getsockname()[1]
        process = subprocess.Popen(  # noqa: S603  (the commands of this file)
            [part.format(fd=listener.fileno()) for part in command],
            cwd=folder,
            env=environment,
            pass_fds=[listener.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    with process:
        try:
            yield port
        finally:
            process.terminate()
            process.wait(DEADLINE)


def ask(port: int, origin: str) -> tuple[str, bool]:
    """Return which worker answered, and whether it allowed `origin`."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=DEADLINE)) as connection:
        connection.request("GET", "/", headers={"Origin": origin, "Connection": "close"})
        response = connection.getresponse()
        return response.read().decode(), response.headers["Access-Control-Allow-Origin"] == origin


def ask_all(port: int, origin: str) -> dict[str, bool]:
    """Ask until every worker has answered; return the last answer of each."""
    answers: dict[str, bool] = {}
    end = monotonic() + DEADLINE
    with ThreadPoolExecutor(2 * WORKERS) as pool:
        while len(answers) < WORKERS and monotonic() < end:
            answers |= dict(pool.map(ask, [port] * 2 * WORKERS, [origin] * 2 * WORKERS))
    assert len(answers) == WORKERS
    return answers


def eventually_in_all(port: int, origin: str, *, allowed: bool) -> bool:
    end = monotonic() + DEADLINE
    while monotonic() < end:
        if set(ask_all(port, origin).values()) == {allowed}:
            return True
    return False


@pytest.mark.parametrize("command", SERVERS)
def test_change_of_the_store_reaches_every_worker(command: tuple[str, ...], tmp_path: Path) -> None:
    store = tmp_path / "origins.json"
    store.write_text(json.dumps([OLD]))
    # uWSGI 2.0.30 forks while another thread may hold the interpreter lock, which nobody can take in the child then. So
    # no thread may run before: its parent asks nothing
    forks_badly = "--master" in command and "--lazy-apps" not in command
    with serving(command, tmp_path, asks_at_once=not forks_badly) as port:
        assert set(ask_all(port, OLD).values()) == {True}, (tmp_path / "log").read_text()
        assert set(ask_all(port, NEW).values()) == {False}
        changed = tmp_path / "changed"
        changed.write_text(json.dumps([NEW]))
        changed.replace(store)
        assert eventually_in_all(port, NEW, allowed=True)
        assert eventually_in_all(port, OLD, allowed=False)
        store.unlink()  # the store is down: the last origins serve
        assert set(ask_all(port, NEW).values()) == {True}
        assert set(ask_all(port, ALWAYS).values()) == {True}
