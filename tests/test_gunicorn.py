"""gunicorn, as operators start it: an application without CORS behind a file of policies."""

import http.client
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from types import SimpleNamespace

import pytest
from gunicorn.errors import AppImportError

from corswsgi.files import watched
from corswsgi.gunicorn import LoadError, post_worker_init, wrap
from tests.support.asking import Headers, ask, hello

APP = "https://app.example.com"
OLD, NEW = "https://old.example", "https://new.example"
ALLOWED = [("Access-Control-Allow-Origin", APP), ("Vary", "Origin")]
VARY = ("Vary", "Origin")
DEADLINE = 60  # seconds
PACKAGE = """
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
    return [b"hello"]

def make_app(greeting):
    return application
"""
WRAP = "corswsgi.gunicorn:wrap('myproject.wsgi:application', 'cors.toml')"
WATCH = "corswsgi.gunicorn:wrap('myproject.wsgi:application', 'cors.toml', check_every=0)"


def text_for(origin: str) -> str:
    return f'["/api/**"]\nallow_origins = ["{origin}"]\n'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with a project in it, and be there."""
    (tmp_path / "myproject").mkdir()
    (tmp_path / "myproject" / "__init__.py").touch()
    (tmp_path / "myproject" / "wsgi.py").write_text(PACKAGE)
    (tmp_path / "myproject" / "broken.py").write_text("import a_dependency_that_is_missing")
    (tmp_path / "cors.toml").write_text(text_for(APP))
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    for name in [name for name in sys.modules if name.partition(".")[0] == "myproject"]:
        monkeypatch.delitem(sys.modules, name)
    return tmp_path


def started(project: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "gunicorn", "--bind=127.0.0.1:0", "--log-file=-", *arguments]
    environ = os.environ | {"HOME": str(project), "XDG_RUNTIME_DIR": str(project), "PYTHONDONTWRITEBYTECODE": "1"}
    environ.pop("GUNICORN_CMD_ARGS", None)
    return subprocess.Popen(  # noqa: S603  (our own interpreter)
        command, cwd=project, env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


class Gunicorn:
    """A real server on a port of its own, with what it has written so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self._lines = process.stdout
        self.written = ""
        self.port = int(self.read_to(r"Listening at: http://127\.0\.0\.1:(\d+)")[1])

    def read_to(self, pattern: str) -> re.Match[str]:
        for line in self._lines:
            self.written += line
            found = re.search(pattern, line)
            if found:
                return found
        pytest.fail(f"gunicorn ended without {pattern}:\n{self.written}")

    def get(self, path: str, origin: str, method: str = "GET", **headers: str) -> tuple[int, Headers]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, headers={"Origin": origin, **headers})
            response = connection.getresponse()
            response.read()
        finally:
            connection.close()
        cors = [each for each in response.getheaders() if each[0].lower().startswith(("access-control-", "vary"))]
        return response.status, cors


@contextmanager
def gunicorn(project: Path, *arguments: str) -> Iterator[Gunicorn]:
    with started(project, *arguments) as process:
        try:
            yield Gunicorn(process)
        finally:
            process.terminate()
            process.communicate(timeout=60)


def check_that_it_serves(server: Gunicorn) -> None:
    assert server.get("/api/me", APP) == (200, ALLOWED)
    assert server.get("/api/me", OLD) == (200, [VARY])
    assert server.get("/elsewhere", APP) == (200, [])
    asked = {"Access-Control-Request-Method": "PUT"}
    assert server.get("/api/me", APP, "OPTIONS", **asked) == (204, ALLOWED)


def test_wrap_puts_a_file_in_front_of_an_application(project: Path) -> None:
    with gunicorn(project, WRAP) as server:
        check_that_it_serves(server)


def test_wrap_works_with_an_application_that_is_loaded_before_the_workers(project: Path) -> None:
    with gunicorn(project, "--preload", WRAP) as server:
        check_that_it_serves(server)


def test_post_worker_init_serves_cors_toml_when_it_is_imported(project: Path) -> None:
    (project / "gunicorn.conf.py").write_text("from corswsgi.gunicorn import post_worker_init")
    with gunicorn(project, "myproject.wsgi:application") as server:
        check_that_it_serves(server)


def test_post_worker_init_takes_another_file_from_a_hook(project: Path) -> None:
    (project / "cors.toml").rename(project / "other.toml")
    (project / "gunicorn.conf.py").write_text(
        "import corswsgi.gunicorn\n"
        "def post_worker_init(worker):\n"
        "    corswsgi.gunicorn.post_worker_init(worker, policies='other.toml')\n"
    )
    with gunicorn(project, "myproject.wsgi:application") as server:
        check_that_it_serves(server)


def check_that_it_refuses_writes(server: Gunicorn) -> None:
    stranger = {"method": "POST", "Sec-Fetch-Site": "cross-site", "Content-Length": "0"}
    assert server.get("/elsewhere", APP, **stranger)[0] == 403
    assert server.get("/elsewhere", APP, "POST", **{"Sec-Fetch-Site": "same-origin", "Content-Length": "0"})[0] == 200


def test_wrap_refuses_writes_of_other_origins(project: Path) -> None:
    with gunicorn(project, WRAP.replace(")", ", cross_origin_writes='refuse')")) as server:
        check_that_it_refuses_writes(server)


def test_hook_refuses_writes_of_other_origins(project: Path) -> None:
    (project / "gunicorn.conf.py").write_text(
        "import corswsgi.gunicorn\n"
        "def post_worker_init(worker):\n"
        "    corswsgi.gunicorn.post_worker_init(worker, cross_origin_writes='refuse')\n"
    )
    with gunicorn(project, "myproject.wsgi:application") as server:
        check_that_it_refuses_writes(server)


def test_wrong_option_gives_one_clear_line(project: Path) -> None:
    with started(project, WRAP.replace(")", ", cross_origin_writes='on')")) as process:
        written, _ = process.communicate(timeout=60)
    assert process.returncode not in {0, None}
    assert "Traceback" not in written
    complaint = "cross_origin_writes: cross_origin_writes must be 'accept', 'report' or 'refuse', not 'on'"
    assert len([line for line in written.splitlines() if line.startswith(complaint)]) == 1


@pytest.mark.parametrize("preload", [(), ("--preload",)], ids=["in a worker", "in the master"])
@pytest.mark.parametrize(
    ("application", "line"),
    [
        pytest.param(
            WRAP.replace("myproject.wsgi", "myproject.nowhere"),
            "corswsgi cannot import 'myproject.nowhere:application': No module named 'myproject.nowhere'",
            id="no such module",
        ),
        pytest.param(
            WRAP.replace("myproject", "nowhere"),
            "corswsgi cannot import 'nowhere.wsgi:application': No module named 'nowhere'",
            id="no such package",
        ),
        pytest.param(
            WRAP.replace(":app", ":nap"),
            "corswsgi cannot import 'myproject.wsgi:naplication': "
            "Failed to find attribute 'naplication' in 'myproject.wsgi'.",
            id="no such name",
        ),
        pytest.param(
            WRAP.replace("cors.toml", "nowhere.toml"),
            "nowhere.toml: policies: the file cannot be read: No such file or directory (unreadable-file); "
            "pass the path of a TOML file; this one is {project}/nowhere.toml",
            id="no such file",
        ),
    ],
)
def test_what_is_missing_gives_one_clear_line(
    project: Path, application: str, line: str, preload: tuple[str, ...]
) -> None:
    with started(project, *preload, application) as process:
        written, _ = process.communicate(timeout=60)
    assert process.returncode not in {0, None}
    assert "Traceback" not in written
    said = [each.replace("'", "").removeprefix("Error: ") for each in written.splitlines()]
    assert said.count(line.format(project=project).replace("'", "")) == 1


def test_missing_file_of_the_hook_gives_one_clear_line(project: Path) -> None:
    (project / "cors.toml").unlink()
    (project / "gunicorn.conf.py").write_text("from corswsgi.gunicorn import post_worker_init")
    with started(project, "myproject.wsgi:application") as process:
        written, _ = process.communicate(timeout=60)
    assert process.returncode not in {0, None}
    assert "Traceback" not in written
    assert len([line for line in written.splitlines() if line.startswith("cors.toml: policies: the file ")]) == 1


def test_refused_file_gives_one_line_for_each_problem(project: Path) -> None:
    (project / "cors.toml").write_text(text_for("null") + "max_age = -1")
    with started(project, WRAP) as process:
        written, _ = process.communicate(timeout=60)
    assert "Traceback" not in written
    assert [line.partition(" ")[0] for line in written.splitlines() if line.startswith("cors.toml")] == [
        "cors.toml:2:",
        "cors.toml:3:",
    ]


def test_what_is_refused_is_what_gunicorn_prints_without_a_traceback(project: Path) -> None:
    (project / "cors.toml").unlink()
    with pytest.raises(LoadError) as caught:
        post_worker_init(SimpleNamespace(wsgi=hello))
    assert isinstance(caught.value, AppImportError)  # in a worker
    assert isinstance(caught.value, RuntimeError)  # in the master, with --preload


def test_worker_serves_what_the_hook_gives_it(project: Path) -> None:
    assert project.exists()
    worker = SimpleNamespace(wsgi=hello)
    post_worker_init(worker)
    assert ask(worker.wsgi, "/api/me", origin=APP).cors == ALLOWED


def test_application_that_lacks_something_itself_keeps_its_own_error(project: Path) -> None:
    assert project.exists()
    with pytest.raises(ModuleNotFoundError, match="a_dependency_that_is_missing"):
        wrap("myproject.broken:application", "cors.toml")


def test_application_that_raises_while_it_is_imported_keeps_its_own_error(project: Path) -> None:
    (project / "myproject" / "wrong.py").write_text('int("no number")')
    with pytest.raises(ValueError, match="no number"):
        wrap("myproject.wrong:application", "cors.toml")


@pytest.mark.parametrize("app", ["", ":application"])
def test_application_without_a_module_gives_one_clear_line(project: Path, app: str) -> None:
    with pytest.raises(LoadError, match="corswsgi cannot import"):
        wrap(app, "cors.toml")


def test_file_name_in_place_of_a_module_is_answered_with_what_was_meant(project: Path) -> None:
    (project / "single.py").write_text(PACKAGE)
    with pytest.raises(LoadError, match="did you mean 'single:application'"):
        wrap("single.py", "cors.toml")


def test_wrap_takes_a_factory_as_gunicorn_does(project: Path) -> None:
    assert project.exists()
    app = wrap("myproject.wsgi:make_app('hello')", Path("cors.toml"))
    assert ask(app, "/api/me", origin=APP).cors == ALLOWED


class TestReload:
    """A file that is edited while gunicorn serves, with one worker that looks at every request."""

    def serves(self, server: Gunicorn, origin: str) -> bool:
        status, headers = server.get("/api/me", origin)
        assert status == 200
        assert headers in ([VARY], [("Access-Control-Allow-Origin", origin), VARY])
        return len(headers) > 1

    def comes_to_serve(self, server: Gunicorn, origin: str, *, within: float = DEADLINE) -> bool:
        """Ask until the file has been quiet for long enough."""
        end = monotonic() + within
        while monotonic() < end:
            if self.serves(server, origin):
                return True
            sleep(0.05)
        return False

    def test_edits_renames_mistakes_and_deletion(self, project: Path) -> None:
        file, new = project / "cors.toml", project / "cors.toml.new"
        with gunicorn(project, WATCH) as server:
            assert self.serves(server, APP)

            file.write_text(text_for(OLD))
            assert self.comes_to_serve(server, OLD)
            assert not self.serves(server, APP)

            new.write_text(text_for(NEW))
            new.replace(file)
            assert self.comes_to_serve(server, NEW)

            file.write_text(text_for("null") + 'colour = "red"')
            assert not self.comes_to_serve(server, APP, within=2 * watched.QUIET_FOR)
            assert [self.serves(server, NEW) for _ in range(3)] == [True] * 3
            server.read_to("cors.toml' is refused; keeping the previous policies:")
            server.read_to("cors.toml:2: .*null-origin")
            server.read_to("cors.toml:3: .*unknown-field")

            file.unlink()
            assert [self.serves(server, NEW) for _ in range(3)] == [True] * 3
            server.read_to("unreadable-file")
            assert server.written.count("is refused") == 2  # each once

            file.write_text(text_for(APP))
            assert self.comes_to_serve(server, APP)

    def test_symbolic_links_of_a_config_map(self, project: Path) -> None:
        for folder, origin in (("..2026_1", OLD), ("..2026_2", NEW)):
            (project / folder).mkdir()
            (project / folder / "cors.toml").write_text(text_for(origin))
        (project / "..data").symlink_to("..2026_1")
        (project / "cors.toml").unlink()
        (project / "cors.toml").symlink_to("..data/cors.toml")
        with gunicorn(project, "--threads=4", WATCH) as server:
            assert self.serves(server, OLD)
            (project / "..data_tmp").symlink_to("..2026_2")
            (project / "..data_tmp").replace(project / "..data")
            assert self.comes_to_serve(server, NEW)
            assert not self.serves(server, OLD)
