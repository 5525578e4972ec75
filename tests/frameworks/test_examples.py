"""Every example runs as a script, as its readers will run it."""

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from threading import Timer

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
DEADLINE = 30  # seconds, for whatever an example does: one that hangs is killed, and fails the test


@contextmanager
def started(name: str, *options: str) -> Iterator[subprocess.Popen[str]]:
    """Run an example until the block ends."""
    command = [sys.executable, str(EXAMPLES / name), *options]
    with subprocess.Popen(  # noqa: S603  (our own example)
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        limit = Timer(DEADLINE, process.kill)
        limit.start()
        try:
            yield process
        finally:
            limit.cancel()
            process.terminate()
            process.wait(timeout=DEADLINE)


def find(pattern: str, process: subprocess.Popen[str]) -> str:
    """Read the output of the process up to a line with `pattern`, and return its group."""
    assert process.stdout is not None
    for line in process.stdout:
        match = re.search(pattern, line)
        if match is not None:
            return match[1]
    raise AssertionError(f"nothing printed has {pattern}")


def public_news(port: str) -> tuple[int, str | None]:
    connection = HTTPConnection("127.0.0.1", int(port), timeout=DEADLINE)
    connection.request("GET", "/api/public/news", headers={"Origin": "https://reader.example.org"})
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status, response.getheader("Access-Control-Allow-Origin")


# The examples of one application, and the name in each that a server is given
APPLICATIONS = {
    "bottle_app": "application",
    "bottle_routes": "app",
    "django_app": "application",
    "falcon_app": "application",
    "flask_app": "app",
    "flask_decorators": "app",
    "from_file": "application",
    "plain_wsgi": "application",
    "pyramid_app": "application",
}
ANY = [["Access-Control-Allow-Origin", "*"]]


@pytest.mark.parametrize("name", APPLICATIONS)
def test_example_answers_pages_as_its_policies_say(name: str) -> None:
    program = f"""if True:
        import sys, json
        sys.path[:0] = {[str(EXAMPLES), str(EXAMPLES.parent)]!r}
        from {name} import {APPLICATIONS[name]} as app
        from tests.support.asking import EVIL, ask
        print(json.dumps([ask(app, path, origin=EVIL).cors for path in ("/api/public/news", "/api/me")]))
    """
    environ = {**os.environ, "FRONT_ENDS": "https://app.example.com"}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, check=False, env=environ)  # noqa: S603  (ours)
    assert done.returncode == 0, done.stderr
    of_me = ANY if name == "flask_decorators" else [["Vary", "Origin"]]
    assert json.loads(done.stdout) == [ANY, of_me]


def test_hook_of_gunicorn_puts_policies_in_front_of_an_application_that_is_not_edited() -> None:
    command = ["gunicorn", "--bind=127.0.0.1:0", "--config=gunicorn.conf.py", "plain_wsgi:app"]
    with (
        subprocess.Popen(  # noqa: S603  (our own example)
            [str(Path(sys.executable).parent / command[0]), *command[1:]],
            cwd=EXAMPLES,
            stderr=subprocess.PIPE,
            text=True,
        ) as process
    ):
        limit = Timer(DEADLINE, process.kill)
        limit.start()
        try:
            assert process.stderr is not None
            port = next(found[1] for line in process.stderr if (found := re.search(r"127\.0\.0\.1:(\d+)", line)))
            assert public_news(port) == (200, "*")
        finally:
            limit.cancel()
            process.terminate()
            process.communicate(timeout=DEADLINE)


def test_every_example_is_asked() -> None:
    others = {"flask_api", "gunicorn.conf", "tenants_redis", "tenants_sqlalchemy"}  # asked above, and in tests/stores
    others |= {"metrics_opentelemetry", "metrics_prometheus"}  # in test_metrics.py
    assert {path.stem for path in EXAMPLES.glob("*.py")} == APPLICATIONS.keys() | others


def test_flask_api_demonstrates_itself() -> None:
    command = [sys.executable, str(EXAMPLES / "flask_api.py")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, check=False)  # noqa: S603  (ours)
    assert re.findall("^  => (.*)$", done.stdout, re.MULTILINE) == [
        "a page of https://reader.example.org may read this, without cookies",
        "blocked: '*' is not for requests with cookies",
        "a page of https://app.example.com may send this PUT",
        "a page of https://app.example.com may read this, with cookies",
        "blocked: no Access-Control-Allow-Origin",
        "blocked: no Access-Control-Allow-Origin",
        "blocked: no Access-Control-Allow-Origin",
        "a page of https://app.example.com may read this, with cookies",
    ]
    assert done.stdout.endswith("\n7 of 7 verdicts are as expected.\n")
    assert done.stderr == ""
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("table", "unexpected"),
    [
        pytest.param("{'/api/**': None}", 4, id="nothing allowed"),
        pytest.param("{'/api/**': Policy(allow_origins='*')}", 5, id="all public"),
        pytest.param("{'/api/**': Policy(allow_origins='https://app.example.com')}", 5, id="no cookies"),
        pytest.param(
            "{'/api/**': Policy(allow_origins='https://app.example.com', allow_credentials=True)}", 4, id="no PUT"
        ),
    ],
)
def test_flask_api_fails_when_a_verdict_is_not_the_expected_one(table: str, unexpected: int) -> None:
    program = (
        "import flask_api; from corswsgi import Policy; "
        f"flask_api.app.wsgi_app.reconfigure({table}); raise SystemExit(flask_api.main())"
    )
    command = [sys.executable, "-B", "-c", program]
    done = subprocess.run(  # noqa: S603  (our own program)
        command, cwd=EXAMPLES, capture_output=True, text=True, timeout=DEADLINE, check=False
    )
    assert done.stdout.endswith(f"\n{7 - unexpected} of 7 verdicts are as expected.\n")
    assert done.stdout.count("  UNEXPECTED, it should be: ") == unexpected
    assert done.returncode == 1


def test_flask_api_stays_up_for_a_browser() -> None:
    with started("flask_api.py", "--serve") as process:
        port = find(r"^  fetch\(\"http://127\.0\.0\.1:(\d+)/api/me\", .*\.then\(console\.log\)$", process)
        assert public_news(port) == (200, "*")
        assert process.poll() is None


DEMONSTRATION = "flask_api.py"  # of the README's first command: a front end and an API, on two ports
SCRIPTS = sorted(path.name for path in EXAMPLES.glob("*.py"))


@pytest.mark.parametrize("name", SCRIPTS)
def test_example_is_short_enough_to_be_copied(name: str) -> None:
    text = (EXAMPLES / name).read_text("utf-8")
    code = [line for line in text.splitlines()[ast.parse(text).body[0].end_lineno :] if line.strip()]
    assert len(code) <= MOST_LINES or name == DEMONSTRATION, f"examples/{name} has {len(code)} lines of code"


MOST_LINES = 40
