"""Every example runs as the script that it is, as whoever reads it will run it."""

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
    """Read what the process prints up to a line that has `pattern`; give its group."""
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


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.glob("*.py") if path.name != "flask_api.py"))
def test_example_serves_until_it_is_ended(name: str) -> None:
    with started(name, "--port", "0") as process:
        port = find(r"^http://127\.0\.0\.1:(\d+)/api/public/news$", process)
        assert public_news(port) == (200, "*")
        assert process.poll() is None


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
