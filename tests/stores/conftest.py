"""Real stores on loopback: Redis and PostgreSQL are started for the tests, on free ports, and stopped after them."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import pytest

DEADLINE = 30  # seconds, for a store to start or a change to be seen


def needed(program: str) -> str:
    """Return the path of a program; skip where it is not installed, but never in CI."""
    folders = [*map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), os.environ.get("PATH", "")]
    found = shutil.which(program, path=os.pathsep.join(folders))
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(f"{program} is not installed, and CI installs it")
        pytest.skip(f"{program} is not installed")
    return found


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    end = monotonic() + DEADLINE
    while monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            sleep(0.05)  # until it listens
        else:
            return
    pytest.fail(f"the store does not start:\n{log.read_text()}")


@contextmanager
def running(command: list[str], port: int, log: Path, user: str | None = None) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603  (the commands of this file)
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, user=user, cwd="/"
        )
    with process:
        try:
            wait_for(port, process, log)
            yield
        finally:
            process.terminate()
            process.wait(DEADLINE)


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    program, folder, port = needed("redis-server"), tmp_path_factory.mktemp("redis"), free_port()
    options = {"port": port, "bind": "127.0.0.1", "dir": folder, "save": "", "appendonly": "no"}
    command = [program, *(part for name, value in options.items() for part in (f"--{name}", str(value)))]
    with running(command, port, folder / "log"):
        yield f"redis://127.0.0.1:{port}/0"


@pytest.fixture(scope="session")
def postgresql_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    initdb, server, port = needed("initdb"), needed("postgres"), free_port()
    user = "postgres" if sys.platform == "linux" and os.getuid() == 0 else None  # it does not run as root
    with tempfile.TemporaryDirectory(prefix="corswsgi-postgresql-") as folder:
        if user:
            shutil.chown(folder, user)
        data = f"{folder}/data"
        make = [initdb, "--pgdata", data, "--username", "shop", "--auth", "trust", "--no-sync", "--encoding", "UTF8"]
        subprocess.run(make, check=True, capture_output=True, user=user, cwd="/")  # noqa: S603  (our own command)
        command = [server, "-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", folder, "-F"]
        with running(command, port, tmp_path_factory.mktemp("postgresql") / "log", user):
            yield f"postgresql+psycopg://shop@127.0.0.1:{port}/postgres"
