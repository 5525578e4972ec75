"""The snippets of docs/deployment.md, each in the real server: preflights pass, and each header is there once."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPMessage
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from corswsgi import CORSMiddleware, Policy
from tests.servers.conftest import DEADLINE
from tests.support.documents import ROOT

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

APP = "https://app.example.com"
PREFLIGHT = {"Origin": APP, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "content-type"}
LOGIN = {"Authorization": "Basic YWRhOnNlY3JldA=="}  # ada:secret
SNIPPETS = dict(
    re.findall(
        r"^<!-- run: ([\w-]+) -->\n```\w+\n(.*?)^```$",
        (ROOT / "docs" / "deployment.md").read_text(),
        re.MULTILINE | re.DOTALL,
    )
)


def needed(*names: str) -> str:
    """Return the path of a program; skip where it is not installed, but never in CI."""
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
    for name in names:
        found = shutil.which(name, path=path)
        if found:
            return found
    if os.environ.get("CI"):
        pytest.fail(f"{names[0]} is not installed, and CI installs it")
    pytest.skip(f"{names[0]} is not installed")


def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
    body = f"{environ['HTTP_HOST']} {environ['PATH_INFO']}".encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


POLICY = Policy(allow_origins=APP, allow_credentials=True, allow_methods="PUT", allow_headers="Content-Type")


class Quiet(WSGIRequestHandler):
    def log_message(self, *_arguments: Any) -> None:
        """Write nothing."""


@pytest.fixture(scope="module")
def backend() -> Iterator[int]:
    server = make_server("127.0.0.1", 0, CORSMiddleware(app, {"/api/**": POLICY}), handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def nginx(folder: Path, port: int, snippet: str) -> list[str]:
    (folder / "users").write_text("ada:{PLAIN}secret\n")
    logs = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;\n" if os.getuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user}daemon off;\nworker_processes 1;\npid {folder}/pid;\nerror_log stderr;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{logs}server {{\nlisten 127.0.0.1:{port};\n{snippet}}}\n}}\n"
    )
    return [needed("nginx"), "-p", str(folder), "-c", str(folder / "nginx.conf")]


def apache(folder: Path, port: int, snippet: str) -> list[str]:
    (folder / "users").write_text("ada:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n")
    names = "authn_core authn_file authz_core authz_user auth_basic headers mpm_event proxy proxy_http setenvif"
    modules = "".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n" for name in names.split())
    user = "User www-data\nGroup www-data\n" if os.getuid() == 0 else ""
    (folder / "httpd.conf").write_text(
        f"ServerRoot {folder}\nServerName localhost\n{modules}{user}Listen 127.0.0.1:{port}\nPidFile {folder}/pid\n"
        f"DefaultRuntimeDir {folder}\nMutex pthread\nErrorLog /dev/stderr\n{snippet}"
    )
    return [needed("apache2", "httpd"), "-f", str(folder / "httpd.conf"), "-D", "FOREGROUND"]


def haproxy(folder: Path, port: int, snippet: str) -> list[str]:
    (folder / "haproxy.cfg").write_text(
        "defaults\n    mode http\n    timeout connect 5s\n    timeout client 20s\n    timeout server 20s\n"
        "userlist shop\n    user ada insecure-password secret\n"
        f"frontend front\n    bind 127.0.0.1:{port}\n    default_backend app\n{snippet}"
    )
    return [needed("haproxy"), "-db", "-f", str(folder / "haproxy.cfg")]


def caddy(folder: Path, port: int, snippet: str) -> list[str]:
    program = needed("caddy")
    if "import users" in snippet:
        hashing = [program, "hash-password", "--plaintext", "secret"]
        hashed = subprocess.run(hashing, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603
        (folder / "users").write_text(f"ada {hashed}\n")
    (folder / "Caddyfile").write_text(
        f"{{\n    admin off\n    auto_https off\n    storage file_system {folder}\n}}\n"
        f"http://127.0.0.1:{port}, http://api.example.com:{port} {{\n{snippet}}}\n"
    )
    return [program, "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


def varnish(folder: Path, port: int, snippet: str) -> list[str]:
    (folder / "default.vcl").write_text(snippet)
    listen = ["-a", f"127.0.0.1:{port}", "-f", str(folder / "default.vcl"), "-n", str(folder / "work")]
    return [needed("varnishd"), "-F", *listen, "-j", "none", "-s", "malloc,16m", "-T", "none"]


@contextmanager
def serving(kind: str, backend: int, folder: Path, written: str | None = None) -> Iterator[int]:
    """Start the server of a snippet, or of what is `written`, with its own files in `folder`; the backend is ours."""
    makers: dict[str, Callable[[Path, int, str], list[str]]] = {
        "nginx": nginx, "apache": apache, "haproxy": haproxy, "caddy": caddy, "varnish": varnish,
    }  # fmt: skip
    snippet = SNIPPETS[kind] if written is None else written
    snippet = snippet.replace("127.0.0.1:8000", f"127.0.0.1:{backend}").replace('"8000"', f'"{backend}"')
    port = free_port()
    with listening(makers[kind.partition("-")[0]](folder, port, snippet), port, folder):
        yield port


@contextmanager
def listening(command: list[str], port: int, folder: Path) -> Iterator[None]:
    """Start a server that listens on `port`, and stop it."""
    environment = {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603  (the commands of this file)
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
        )
    with process:
        try:
            end = monotonic() + DEADLINE
            while process.poll() is None and monotonic() < end:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    sleep(0.05)  # until it listens
            else:
                pytest.fail(f"{command} does not start:\n{(folder / 'log').read_text()}")
            yield
        finally:
            process.terminate()
            process.wait(DEADLINE)


def ask(port: int, method: str, headers: dict[str, str]) -> tuple[int, HTTPMessage, str]:
    with closing(HTTPConnection("127.0.0.1", port, timeout=DEADLINE)) as connection:
        connection.request(method, "/api/me", headers={"Host": "api.example.com", **headers})
        response = connection.getresponse()
        return response.status, response.headers, response.read().decode()


def cors(headers: HTTPMessage) -> dict[str, list[str]]:
    return {name: headers.get_all(name, []) for name in ("Access-Control-Allow-Origin", "Vary")}


ONCE = {"Access-Control-Allow-Origin": [APP], "Vary": ["Origin"]}


@pytest.fixture
def folder() -> Iterator[Path]:
    """Make a folder that servers can read after they have given up the rights of root."""
    with tempfile.TemporaryDirectory(prefix="corswsgi-front-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.skipif(sys.platform == "win32", reason="these servers are started as on Unix")
class TestSnippets:
    @pytest.mark.parametrize("kind", ["nginx", "apache", "haproxy", "caddy", "varnish"])
    def test_preflight_and_request_pass_and_have_their_headers_once(
        self, kind: str, backend: int, folder: Path
    ) -> None:
        with serving(kind, backend, folder) as port:
            status, headers, body = ask(port, "OPTIONS", PREFLIGHT)
            assert (status, cors(headers), body) == (204, ONCE, "")
            assert headers["Access-Control-Allow-Methods"] == "PUT"
            status, headers, body = ask(port, "PUT", {"Origin": APP})
            assert (status, cors(headers), body) == (200, ONCE, "api.example.com /api/me")
            status, headers, body = ask(port, "OPTIONS", PREFLIGHT | {"Origin": "https://evil.example"})
            assert (status, cors(headers)) == (403, ONCE | {"Access-Control-Allow-Origin": []})

    @pytest.mark.parametrize("kind", ["nginx-login", "apache-login", "haproxy-login", "caddy-login"])
    def test_login_in_front_lets_preflights_pass_and_nothing_else(self, kind: str, backend: int, folder: Path) -> None:
        with serving(kind, backend, folder) as port:
            status, headers, _ = ask(port, "OPTIONS", PREFLIGHT)
            assert (status, cors(headers)) == (204, ONCE)
            assert ask(port, "PUT", {"Origin": APP})[0] == 401
            status, headers, _ = ask(port, "PUT", {"Origin": APP, **LOGIN})
            assert (status, cors(headers)) == (200, ONCE)

    @pytest.mark.parametrize("kind", ["nginx-down", "apache-down"])
    def test_answer_of_the_proxy_itself_is_readable_where_the_backend_is_down(self, kind: str, folder: Path) -> None:
        with serving(kind, free_port(), folder) as port:
            status, headers, body = ask(port, "PUT", {"Origin": APP})
            assert (status, cors(headers)) == (503, ONCE)
            assert kind != "nginx-down" or body == '{"error": "down"}'
            status, headers, _ = ask(port, "PUT", {"Origin": "https://evil.example"})
            assert (status, cors(headers)) == (503, ONCE | {"Access-Control-Allow-Origin": []})

    def test_answer_of_the_application_passes_as_it_is(self, backend: int, folder: Path) -> None:
        with serving("apache-down", backend, folder) as port:
            status, headers, _ = ask(port, "PUT", {"Origin": APP})
            assert (status, cors(headers)) == (200, ONCE)

    def test_every_snippet_is_run(self) -> None:
        source = Path(__file__).read_text("utf-8")
        assert [kind for kind in SNIPPETS if f'"{kind}"' not in source] == []
