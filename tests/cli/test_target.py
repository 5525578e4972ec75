"""The targets of commands in all their spellings, and errors while they are imported."""

from pathlib import Path

import pytest
from click import ClickException
from django.test import override_settings

from corswsgi.cli.importing import load_application
from corswsgi.cli.target import load_target
from tests.support.commands import Write, run

A = "https://shop.example.org"
OK = "def app(environ, start_response):\n    start_response('200 OK', [])\n    return []\n"
COMMANDS = [
    pytest.param(["explain", "{}", "/x", "--origin", A], id="explain"),
    pytest.param(["audit", "{}"], id="audit"),
    pytest.param(["probe", "{}"], id="probe"),
]


def fails(arguments: list[str], target: str) -> str:
    """Run a command on `target`; it exits with 2, prints nothing else, and says why in one line."""
    result = run(*(argument.format(target) for argument in arguments))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Traceback" not in result.stderr
    return result.stderr


class TestModule:
    @pytest.mark.parametrize("arguments", COMMANDS)
    @pytest.mark.parametrize(
        ("module", "says"),
        [
            pytest.param("raise ImportError('no driver')", "ImportError: no driver", id="an error"),
            pytest.param(
                "import driver_that_is_not_there", "No module named 'driver_that_is_not_there'", id="an import"
            ),
            pytest.param("import sys\nsys.exit()", "it exits, with sys.exit()", id="exit"),
            pytest.param("import sys\nsys.exit(1)", "it exits, with sys.exit(1)", id="exit with 1"),
            pytest.param(
                "import sys\nsys.exit('set SHOP_ENV')", "it exits, with sys.exit('set SHOP_ENV')", id="exit text"
            ),
            pytest.param("def app(:", "SyntaxError: ", id="syntax"),
            pytest.param(
                "from corswsgi import CORSMiddleware\nCORSMiddleware(print, {}, 204)",
                "TypeError: CORSMiddleware() takes 204 only by name",
                id="a wrong call",
            ),
            pytest.param(
                "from corswsgi import Policy\nPolicy('*')",
                "a policy takes its fields by name",
                id="a policy's wrong call",
            ),
            pytest.param(
                "from corswsgi import Policy\nPolicy(allow_origins='*', allow_credentials=True)",
                "its policy is refused:\n",
                id="a refused policy",
            ),
            pytest.param(
                "class Odd(Exception):\n    def __str__(self):\n        return 1 / 0\nraise Odd", "Odd", id="no text"
            ),
            pytest.param("raise LookupError('\\x1b[31mred')", r"LookupError: \x1b[31mred", id="an escape"),
        ],
    )
    def test_it_fails_in_one_line(self, write: Write, arguments: list[str], module: str, says: str) -> None:
        write("broken.py", module)
        told = fails(arguments, "broken:app")
        assert "broken cannot be imported: " in told
        assert says in told

    @pytest.mark.parametrize("arguments", COMMANDS)
    def test_refusal_of_flask_s_options_is_in_their_words(self, write: Write, arguments: list[str]) -> None:
        write(
            "refused.py",
            """
            from flask import Flask
            from corswsgi.flask import CORS

            app = Flask("refused")
            CORS(app, origins=["http://nas.local"], supports_credentials=True)
            """,
        )
        told = fails(arguments, "refused:app")
        assert "its policy is refused:" in told
        assert "origins[0]" in told

    def test_interrupt_of_the_user_passes_through(self, write: Write) -> None:
        write("interrupted.py", "raise KeyboardInterrupt")
        with pytest.raises(KeyboardInterrupt):
            load_application("interrupted:app")


class TestFactory:
    MODULE = """
import sys

def make_app():
    def app(environ, start_response):
        start_response('200 OK', [])
        return []
    return app

def make_with(config, debug=False):
    return make_app()

def make_exits():
    sys.exit("set SHOP_ENV")

async def asgi(scope, receive, send):
    pass

def three(a, b, c):
    pass

def star(*arguments):
    return make_app()(*arguments)

class Both:
    def __init__(self, environ=None, start_response=None):
        pass
    def __iter__(self):
        return iter([])

app = make_app()
builtin = dict
"""

    @pytest.mark.parametrize("arguments", COMMANDS)
    @pytest.mark.parametrize(
        ("target", "says"),
        [
            ("m:make_app", "m:make_app is a function that makes an application: write m:make_app()"),
            ("m:make_with", "it takes (config); if it makes one, write m:make_with(<config>)"),
            ("m:make_with()", "m:make_with() cannot be called so: it takes (config, debug=False)"),
            ("m:make_exits()", "m:make_exits() cannot be called: it exits, with sys.exit('set SHOP_ENV')"),
            ("m:builtin()", "m:builtin() is not a WSGI application, but of type dict"),
            ("m:asgi", "it takes (scope, receive, send), as ASGI applications do, which corswsgi does not serve"),
            ("m:three", "it takes (a, b, c), not (environ, start_response)"),
            ("m:make_with(config)", "is not a valid call: write literals only, as in module:make_app('test')"),
            ("m:make_with()()", "is not a valid call: write literals only"),
            ("m:sys.nothing", "m has no 'sys.nothing'; it has "),
            ("m:app2", "m has no 'app2'; it has app, make_app()"),
        ],
    )
    def test_it_is_told_how_to_be_called(self, write: Write, arguments: list[str], target: str, says: str) -> None:
        write("m.py", self.MODULE)
        assert says in fails(arguments, target)

    @pytest.mark.parametrize(
        "target", ["m:app", "m:make_app()", "m:make_with('a', debug=True)", "m:star", "m:Both", "m:builtin"]
    )
    def test_application_is_found(self, write: Write, target: str) -> None:
        write("m.py", self.MODULE)
        assert callable(load_application(target))


class TestFile:
    def test_application_of_a_file_has_a_usual_name(self, write: Write) -> None:
        write("plain.py", OK)
        assert load_application("plain.py") is load_application("plain")

    def test_factory_under_a_usual_name_is_called(self, write: Write) -> None:
        write("made.py", f"def create_app():\n    {OK.replace(chr(10), chr(10) + '    ')}\n    return app\n")
        assert load_application("made.py").__name__ == "app"

    def test_file_in_a_package_is_imported_as_a_part_of_it(self, write: Write, tmp_path: Path) -> None:
        (tmp_path / "outer" / "pack").mkdir(parents=True)
        (tmp_path / "outer" / "pack" / "__init__.py").write_text("NAME = 1\n")
        (tmp_path / "outer" / "pack" / "web.py").write_text(f"from pack import NAME\n{OK}")
        write("unrelated.py", "")
        assert load_application("outer/pack/web.py").__module__ == "pack.web"
        assert load_application("outer/pack/web.py:app").__module__ == "pack.web"

    @pytest.mark.parametrize(
        ("target", "says"),
        [
            ("nowhere.py", "nowhere.py is not a file"),
            ("empty.py", "empty.py has no application under a usual name"),
            ("other.py", "it has serve, Shop: write other:NAME"),
            ("no.such.module", "there is no module 'no.such.module' in "),
            ("shop", "'shop' is not a target: write module:app, cors.toml or http://localhost:8000"),
            ("a b", "'a b' is not a target"),
            ("api.example.com:8000", "'api.example.com:8000' has no scheme: write http://api.example.com:8000"),
            ("http://", "'http://' is not a URL"),
            (".", "'.' is a folder: name an application in it"),
            ("./", "'./' is a folder: name an application in it"),
        ],
    )
    def test_what_is_not_there_is_told(self, write: Write, target: str, says: str) -> None:
        write("empty.py", "")
        write("other.py", "from os import path\ndef serve(): pass\nclass Shop: pass\n")
        with pytest.raises(ClickException) as error:
            load_target(target)
        assert says in error.value.format_message()


@pytest.mark.parametrize(
    ("files", "hint"),
    [
        (["settings.py", "wsgi.py"], "write pack.wsgi"),
        (["app.py", "routes.py"], "write pack.app"),
        (["views.py"], "write pack:NAME"),
    ],
)
def test_package_names_its_module_with_the_application(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: list[str], hint: str
) -> None:
    write("pack.py", "")
    (tmp_path / "pack.py").unlink()
    (tmp_path / "pack").mkdir()
    for name in ("__init__.py", *files):
        (tmp_path / "pack" / name).write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ClickException) as error:
        load_target("pack")
    message = error.value.format_message()
    assert message == f"pack has no application under a usual name: {hint}"


class TestPolicies:
    ROW = f'["/**"]\nallow_origins = "{A}"\n'

    @pytest.mark.parametrize(
        "target", [["m:app", "--policies", "cors.toml"], ["corswsgi.gunicorn:wrap('m:app', 'cors.toml')"]]
    )
    def test_deployment_by_file_is_explained(self, write: Write, target: list[str]) -> None:
        write("m.py", OK)
        write("cors.toml", self.ROW)
        result = run("explain", target[0], "/x", "--origin", "https://b.example", *target[1:])
        assert result.exit_code == 1
        yours = "if pages of https://b.example are yours, "
        assert f'Table: row `["/**"]`: {yours}add `https://b.example` to `allow_origins`' in result.stdout

    def test_file_in_front_of_a_file_is_refused(self, write: Write) -> None:
        write("cors.toml", self.ROW)
        told = run("explain", "cors.toml", "/x", "--origin", A, "--policies", "cors.toml")
        assert (told.exit_code, "leave out --policies" in told.stderr) == (2, True)

    def test_file_tells_about_a_running_server(self, write: Write) -> None:
        write("cors.toml", self.ROW)
        assert load_target("http://127.0.0.1:8000/x", "cors.toml").table is not None

    def test_file_that_is_refused(self, write: Write) -> None:
        write("cors.toml", '["api"]\ncors = false\n')
        write("m.py", OK)
        assert "cors.toml cannot be served:" in fails(["audit", "{}", "--policies", "cors.toml"], "m:app")


class TestDjango:
    @pytest.mark.usefixtures("django_settings")
    @pytest.mark.parametrize(
        ("hosts", "asked"),
        [
            (["www.example.org"], "https://www.example.org/x"),
            ([".example.org", "a.example"], "https://example.org/x"),
            ([], "https://localhost/x"),
            (["*"], None),
        ],
    )
    def test_path_is_asked_under_a_host_that_it_knows(self, write: Write, hosts: list[str], asked: str | None) -> None:
        write(
            "project_urls.py",
            "from django.http import HttpResponse\nfrom django.urls import path\n"
            "urlpatterns = [path('x', lambda request: HttpResponse(request.get_host()))]\n",
        )
        write("project_wsgi.py", "from django.core.wsgi import get_wsgi_application\napp = get_wsgi_application()\n")
        with override_settings(ROOT_URLCONF="project_urls", ALLOWED_HOSTS=hosts, DEBUG=True):
            result = run("explain", "project_wsgi:app", "/x", "--origin", A)
        assert "\n< 200\n" in result.stdout
        assert asked is None or f"> GET {asked}\n" in result.stdout

    @pytest.mark.usefixtures("django_settings")
    @pytest.mark.parametrize(
        ("page", "hosts", "asked"),
        [
            ("http://localhost:5173", [], "http://localhost:8000/x"),
            ("http://localhost:5173", ["localhost"], "http://localhost:8000/x"),
            ("http://localhost:5173", ["localhost", "127.0.0.1"], "http://localhost:8000/x"),
            ("http://localhost:5173", ["api.example.com", "localhost"], "http://localhost:8000/x"),
            ("http://localhost:8000", [".localhost"], "http://localhost:8001/x"),
            ("https://localhost:5173", ["localhost"], "https://localhost:8000/x"),
            ("http://127.0.0.1:5173", ["localhost", "127.0.0.1"], "http://127.0.0.1:8000/x"),
            ("http://127.0.0.1:5173", ["localhost"], "http://localhost:8000/x"),
            ("http://localhost:5173", ["127.0.0.1"], "http://127.0.0.1:8000/x"),
            ("http://shop.localhost:5173", [], "http://shop.localhost:8000/x"),
            ("http://localhost:5173", ["api.example.com"], "https://api.example.com/x"),
            ("https://app.example.com", ["localhost", "api.example.com"], "https://api.example.com/x"),
            ("https://app.example.com", ["a.example.org", "api.example.com"], "https://api.example.com/x"),
            ("https://app.example.com", ["localhost"], "https://localhost/x"),
        ],
    )
    def test_page_on_loopback_asks_there_and_others_near_to_them(
        self, write: Write, page: str, hosts: list[str], asked: str
    ) -> None:
        write(
            "project_urls.py",
            "from django.http import HttpResponse\nfrom django.urls import path\n"
            "def login(request):\n"
            "    response = HttpResponse(request.get_host())\n"
            "    response.set_cookie('sid', '1', samesite='Lax')\n"
            "    return response\n"
            "urlpatterns = [path('x', login)]\n",
        )
        write("project_wsgi.py", "from django.core.wsgi import get_wsgi_application\napp = get_wsgi_application()\n")
        with override_settings(ROOT_URLCONF="project_urls", ALLOWED_HOSTS=hosts, DEBUG=True):
            result = run("explain", "project_wsgi:app", "/x", "--origin", page, "--credentials", "include")
        assert "\n< 200\n" in result.stdout
        assert f"> GET {asked}\n" in result.stdout
        assert "has another scheme" not in result.stdout
