"""A file of policies in front of an application that is not edited, under servers that take a module and a name."""

import re
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
BIN = Path(sys.executable).parent
COMMANDS = {
    "waitress": ["waitress-serve", "--listen=127.0.0.1:0", "from_file:application"],
    "uwsgi": ["uwsgi", "--http-socket=127.0.0.1:0", "--module=from_file:application", "--die-on-term"],
}
PORT = re.compile(r"(?:Serving on http://|TCP address )127\.0\.0\.1:(\d+)")


@pytest.mark.parametrize("server", COMMANDS)
def test_module_level_callable_is_served(server: str) -> None:
    program, *options = COMMANDS[server]
    with subprocess.Popen(  # noqa: S603  (a server of our own environment)
        [str(BIN / program), *options], cwd=EXAMPLES, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            assert process.stdout is not None
            port = next(found[1] for line in process.stdout if (found := PORT.search(line)))
            assert answer(port, "/api/me") == [
                ("Access-Control-Allow-Credentials", "true"),
                ("Access-Control-Allow-Origin", "http://localhost:5173"),
                ("Access-Control-Expose-Headers", "X-Request-Id"),
                ("Vary", "Origin"),
            ]
            assert answer(port, "/api/public/news") == [("Access-Control-Allow-Origin", "*")]
            assert answer(port, "/api/admin/users") == []
        finally:
            process.terminate()
            process.communicate(timeout=60)


def answer(port: str, path: str) -> list[tuple[str, str]]:
    connection = HTTPConnection("127.0.0.1", int(port), timeout=60)
    connection.request("GET", path, headers={"Origin": "http://localhost:5173", "Connection": "close"})
    response = connection.getresponse()
    response.read()
    connection.close()
    headers = sorted(response.getheaders())  # as waitress sends them
    return [each for each in headers if each[0].lower().startswith(("access-control-", "vary"))]
