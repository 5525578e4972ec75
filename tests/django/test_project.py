"""The example of a Django project through Django's own commands: `runserver`, `check` and `test`."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from threading import Timer

import pytest

PROJECT = Path(__file__).parents[2] / "examples" / "django_project"
DEADLINE = 30  # seconds, for whatever a command does: one that hangs is killed, and fails the test
APP = "https://app.example.com"


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  (our own project)
        [sys.executable, "-B", "manage.py", *arguments],
        cwd=PROJECT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )


@contextmanager
def runserver() -> Iterator[int]:
    """Run the development server until the block ends, and yield its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    command = [sys.executable, "-Bu", "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"]
    with subprocess.Popen(  # noqa: S603  (our own project)
        command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        limit = Timer(DEADLINE, process.kill)
        limit.start()
        try:
            assert process.stdout is not None
            assert any("development server at" in line for line in process.stdout)
            while process.poll() is None:  # it says so before it listens
                with suppress(ConnectionRefusedError):
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
            yield port
        finally:
            limit.cancel()
            process.terminate()


def ask(port: int, method: str, path: str, **headers: str) -> tuple[int, dict[str, str]]:
    connection = HTTPConnection("127.0.0.1", port, timeout=DEADLINE)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    response.read()
    connection.close()
    wanted = ("access-control-", "vary")
    return response.status, {name: value for name, value in response.getheaders() if name.lower().startswith(wanted)}


def test_runserver_serves_the_policies_of_settings_and_views() -> None:
    with runserver() as port:
        assert ask(port, "GET", "/api/me", Origin=APP) == (
            200,
            {
                "Access-Control-Allow-Origin": APP,
                "Access-Control-Allow-Credentials": "true",
                "Vary": "Origin",
            },
        )
        asked = {"Origin": "https://settings.example.com", "Access_Control_Request_Method": "PUT"}
        assert ask(port, "OPTIONS", "/api/me", **asked) == (
            200,
            {
                "Access-Control-Allow-Origin": "https://settings.example.com",
                "Access-Control-Allow-Credentials": "true",
                "Access-Control-Allow-Methods": "PUT",
                "Access-Control-Allow-Headers": "Content-Type",
                "Access-Control-Max-Age": "0",
                "Vary": "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
            },
        )
        assert ask(port, "GET", "/api/public/news", Origin=APP) == (200, {"Access-Control-Allow-Origin": "*"})
        assert ask(port, "GET", "/api/admin/users", Origin=APP) == (200, {})
        assert ask(port, "GET", "/nothing", Origin=APP) == (404, {})


def test_check_finds_nothing_wrong_with_the_project() -> None:
    done = manage("check")
    assert (done.returncode, done.stderr) == (0, "")


def test_check_tells_what_is_wrong_with_its_code_and_its_hint(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("from project.settings import *\nCORS_ALLOW_ALL_ORIGINS = True\n")
    done = manage("check", DJANGO_SETTINGS_MODULE="broken", PYTHONPATH=str(tmp_path))
    assert done.returncode == 1
    assert "?: (corswsgi.any-origin-with-credentials) CORS_ALLOW_ALL_ORIGINS: browsers refuse '*'" in done.stderr
    assert "HINT: list the origins of your pages, or remove CORS_ALLOW_CREDENTIALS" in done.stderr


def test_check_warns_of_a_wsgi_py_that_is_still_django_s(tmp_path: Path) -> None:
    (tmp_path / "unchanged.py").write_text(
        'from project.settings import *\nWSGI_APPLICATION = "theirs.application"\nCORS_ALLOWED_ORIGINS = [""]\n'
    )
    (tmp_path / "theirs.py").write_text(
        "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n"
    )
    done = manage("check", DJANGO_SETTINGS_MODULE="unchanged", PYTHONPATH=str(tmp_path))
    assert done.returncode == 0
    assert "?: (corswsgi.not-in-wsgi) WSGI_APPLICATION: 'theirs.application' has no CORS" in done.stderr
    assert "HINT: write `from corswsgi.django import get_wsgi_application` in theirs" in done.stderr
    assert "?: (corswsgi.no-origins) CORS_ALLOWED_ORIGINS" in done.stderr


def test_tests_of_the_project_pass() -> None:
    done = manage("test")
    assert done.returncode == 0, done.stderr
    assert "Ran 3 tests" in done.stderr


@pytest.mark.parametrize("module", ["project.wsgi", "corswsgi.django.test"])
def test_module_is_the_first_to_be_imported(module: str) -> None:
    program = f"import {module}"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "project.settings"}
    command = [sys.executable, "-B", "-W", "error", "-c", program]
    subprocess.run(command, cwd=PROJECT, env=environment, timeout=DEADLINE, check=True)  # noqa: S603  (our own)
