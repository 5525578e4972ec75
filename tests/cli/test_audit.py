"""``corswsgi audit``: the routes of each framework, the policy that decides on each, and what is risky about it."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import override_settings

from corswsgi import Policy
from corswsgi.cli.audit_risks import RISKS, audit_rows
from corswsgi.cli.routes import Route, may_reach
from corswsgi.paths import PolicyTable
from tests.support.commands import Write, run

ROOT = Path(__file__).parents[2]
POLICIES = """
from corswsgi import CORSMiddleware, Policy

frontend = Policy(allow_origins="https://app.example.com", allow_credentials=True, allow_methods="PUT")
public = Policy(allow_origins="*")
"""
NOTHING = "no CORS: no row and no view has a policy for it"
FRONTEND = "pages of https://app.example.com may send PUT with cookies"
PUBLIC = "pages of any origin may send GET, HEAD and POST"
NO_CORS = "no CORS: nothing is added here"


def audit(target: str) -> list[tuple[str, str, str | None, str]]:
    """Give the path, the methods, the place of the policy and its meaning, in the order of paths."""
    result = run("audit", target, "--json")
    assert result.stderr == ""
    told = json.loads(result.stdout)
    return sorted((each["path"], " ".join(each["methods"]), each["from"], each["means"]) for each in told["routes"])


def test_routes_are_told_with_what_decides_on_them_the_riskiest_first(write: Write) -> None:
    write(
        "shop.py",
        POLICIES
        + """
from flask import Flask

app = Flask("shop", static_folder=None)
app.add_url_rule("/api/me", "me", lambda: "", methods=["GET", "PUT"])
app.add_url_rule("/admin/users", "users", lambda: "")
app.add_url_rule("/api/orders/<int:id>", "order", lambda: "", methods=["POST"])
app.add_url_rule("/", "root", lambda: "")
app.wsgi_app = CORSMiddleware(app.wsgi_app, {
    "/api/**": frontend, "/api/orders/*": public, "/admin/**": public, "/api/old/*": None,
})
""",
    )
    result = run("audit", "shop:app")
    assert result.exit_code == 1
    assert result.stdout == (
        "/admin/users  GET\n"
        f'    row "/admin/**": {PUBLIC}\n'
        "    high: admin-for-any-origin: admin: it looks like administration, and pages of any origin can read it\n"
        "/api/orders/<int:id>  POST\n"
        f'    row "/api/orders/*": {PUBLIC}\n'
        "    medium: change-for-any-origin: POST: it changes something, and pages of any origin may ask for it\n"
        "/\n".replace("/\n", "/  GET\n")
        + f"    {NOTHING}\n"
        "/api/me  GET, PUT\n"
        f'    row "/api/**": {FRONTEND}\n'
        "    low: unused-row: /api/old/*: the row matches no route: it may be misspelt or left over\n"
        "    low: writes-of-any-page: POST /api/orders/<int:id>: cross_origin_writes is off, and any page can post to "
        "it with the user's cookies (CSRF)\n"
        "1 high, 1 medium, 2 low, routes: 4\n"
    )


class TestFrameworks:
    def test_bottle_has_policies_by_row_and_by_route(self, write: Write) -> None:
        write(
            "store.py",
            POLICIES
            + """
import warnings
from bottle import Bottle
from corswsgi.bottle import install

app, child, other = Bottle(), Bottle(), Bottle()
install(app, {"/api/**": frontend, "/old/*": None})
app.route("/api/me", "GET", lambda: "")
app.route("/api/me", "PUT", lambda: "", cors=public)
app.route("/api/users/<id:int>", "GET", lambda id: "", cors=None)
app.route("/any/<name>", "ANY", lambda name: "")
child.route("/x/<rest:path>", "GET", lambda rest: "", cors=public)
app.mount("/child/", child)
other.route("/y", "GET", lambda: "", cors=public)
with warnings.catch_warnings(action="ignore"):
    app.mount("/other/", other, name="other")  # with an option it is mounted as any application is
app.mount("/wsgi/", lambda environ, start_response: [])
""",
        )
        assert audit("store:app") == [
            ("/any/<name>", "", None, NOTHING),
            ("/api/me", "GET", 'row "/api/**"', FRONTEND),
            ("/api/me", "PUT", "view /api/me", PUBLIC),
            ("/api/users/<id:int>", "GET", "view /api/users/<id:int>", NO_CORS),
            ("/child/x/<rest:path>", "GET", "view /child/x/<rest:path>", PUBLIC),
            ("/other/y", "GET", "view /y", PUBLIC),
            ("/wsgi/<:re:.*>", "", None, NOTHING),
        ]

    def test_flask_has_parameters_of_every_kind(self, write: Write) -> None:
        write(
            "kinds.py",
            POLICIES
            + """
from flask import Flask

app = Flask("kinds", static_folder=None)
for kind in ("int:a", "float:a", "uuid:a", "any(one, two):a", "string(length=1):a", "a", "path:a"):
    app.add_url_rule(f"/<{kind}>", kind.replace(".", ""), lambda a: "")
app.wsgi_app = CORSMiddleware(app.wsgi_app, {
    "/1": public, "/1.0": public, "/00000000-*": public, "/one": public, "/x": public,
})
""",
        )
        assert {(path, place) for path, _, place, _ in audit("kinds:app")} == {
            ("/<int:a>", 'row "/1"'),
            ("/<float:a>", 'row "/1.0"'),
            ("/<uuid:a>", 'row "/00000000-*"'),
            ("/<any(one, two):a>", 'row "/one"'),
            ("/<string(length=1):a>", 'row "/x"'),
            ("/<a>", 'row "/x"'),
            ("/<path:a>", 'row "/x"'),
        }

    def test_flask_has_views_with_policies_of_their_own(self, write: Write) -> None:
        write(
            "decorated.py",
            POLICIES
            + """
from flask import Flask
from corswsgi.flask import cross_origin

app = Flask("decorated", static_folder=None)
app.add_url_rule("/api/me", "me", cross_origin(frontend)(lambda: ""))
app.add_url_rule("/api/other", "other", lambda: "")
""",
        )
        assert audit("decorated:app") == [
            ("/api/me", "GET", "view /api/me", FRONTEND),
            ("/api/other", "GET", None, NOTHING),
        ]
        result = run("explain", "decorated:app", "/api/me", "--origin", "https://app.example.com", "-X", "DELETE")
        assert "Table: the policy of the view `/api/me`: add `DELETE` to `allow_methods`\n" in result.stdout

    def test_flask_has_resources_by_regex(self, write: Write) -> None:
        write(
            "regexes.py",
            POLICIES
            + """
import re
from flask import Flask
from corswsgi.flask import CORS

app = Flask("regexes", static_folder=None)
app.add_url_rule("/api/1", "one", lambda: "")
app.add_url_rule("/other", "other", lambda: "")
CORS(app, resources={re.compile(r"/api/[0-9]+$"): {"origins": "https://app.example.com"}})
""",
        )
        assert [(path, place) for path, _, place, _ in audit("regexes:app")] == [
            ("/api/1", 'row "/api/1"'),
            ("/other", None),
        ]
        result = run("explain", "regexes:app", "/api/1", "--origin", "https://example.org")
        assert result.stdout.endswith(
            "Table: the key of `resources` that matches `/api/1`: add `https://example.org` to `origins`\n"
        )

    def test_flask_has_rows_in_the_words_of_flask_cors(self, write: Write) -> None:
        write(
            "words.py",
            """
from flask import Flask
from corswsgi.flask import CORS

app = Flask("words", static_folder=None)
app.add_url_rule("/api/1", "one", lambda: "")
app.add_url_rule("/other", "other", lambda: "")
CORS(app, resources={"/api/**": {"origins": "https://app.example.com"}})
""",
        )
        assert [(path, place) for path, _, place, _ in audit("words:app")] == [
            ("/api/1", 'row "/api/**"'),
            ("/other", None),
        ]

    @pytest.mark.usefixtures("django_settings")
    def test_django_has_settings_and_decorated_views(self, write: Write) -> None:
        write(
            "project_urls.py",
            POLICIES
            + """
from django.http import HttpResponse
from django.urls import include, path, re_path
from django.views import View
from corswsgi.django import cors

def view(request, **_):
    return HttpResponse("")

class Items(View):
    def get(self, request, **_):
        return HttpResponse("")

    @cors(public)
    def post(self, request, **_):
        return HttpResponse("")

def viewset(request, **_):
    return HttpResponse("")

viewset.cls, viewset.actions = object, {"get": "list", "delete": "destroy"}

urlpatterns = [
    path("api/news", cors(public)(view)),
    path("api/users", cors(None)(view)),
    path("api/", include([path("items/<int:id>/", Items.as_view()), path("set/", viewset)])),
    re_path(r"^old/(?P<year>[0-9]{4})/$", view),
]
""",
        )
        write("project_wsgi.py", "from corswsgi.django import get_wsgi_application as make\n")
        policies = {"/api/**": {"allow_origins": "https://app.example.com"}, "/old/**": None, "/new": None}
        with override_settings(ROOT_URLCONF="project_urls", CORS_POLICIES=policies):
            own = "pages of https://app.example.com may send GET, HEAD and POST"
            assert audit("project_wsgi:make()") == [
                ("/^old/(?P<year>[0-9]{4})/$", "", 'row "/old/**"', NO_CORS),
                ("/api/items/<int:id>/", "GET", 'row "/api/**"', own),
                ("/api/items/<int:id>/", "POST", "view /api/items/<int:id>/", PUBLIC),
                ("/api/news", "", "view /api/news", PUBLIC),
                ("/api/set/", "DELETE GET", 'row "/api/**"', own),
                ("/api/users", "", "view /api/users", NO_CORS),
            ]
            assert "unused-row" not in run("audit", "project_wsgi:make()").stdout

    def test_framework_is_imported_only_by_its_own_applications(self, tmp_path: Path) -> None:
        (tmp_path / "plain.py").write_text("from corswsgi.cli.target import empty_application as app\n")
        program = """if True:
            import sys
            from click.testing import CliRunner
            from corswsgi.cli.commands import commands
            print(CliRunner().invoke(commands, ["audit", "plain:app"]).stderr)
            print(sorted({"flask", "django", "bottle"} & set(sys.modules)))
        """
        command = [sys.executable, "-c", program]
        told = subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path).stdout  # noqa: S603
        assert told.startswith("Error: plain:app has no table, and is of no framework whose routes are known: ")
        assert told.endswith("\n[]\n")


class TestFindings:
    @pytest.mark.parametrize(
        ("path", "policy", "risks"),
        [
            pytest.param("/api/admin", Policy(allow_origins="*"), {"admin-for-any-origin": "admin"}, id="admin"),
            pytest.param("/x/Internal_x", Policy(allow_origins="*"), {"admin-for-any-origin": "Internal"}, id="case"),
            pytest.param("/administer", Policy(allow_origins="*"), {"admin-for-any-origin": "administer"}, id="stem"),
            pytest.param("/badminton", Policy(allow_origins="*"), {}, id="a part of a word"),
            pytest.param("/v1/sign-in", Policy(allow_origins="*"), {"login-for-any-origin": "sign-in"}, id="login"),
            pytest.param("/tokens/**", Policy(allow_origins="*"), {"login-for-any-origin": "token"}, id="plural"),
            pytest.param("/authors", Policy(allow_origins="*"), {}, id="author"),
            pytest.param(
                "/x",
                Policy(allow_origins=re.compile(r"https://.*"), allow_methods=["PUT", "QUERY"]),
                {"change-for-any-origin": "PUT"},
                id="regex for all",
            ),
            pytest.param("/admin", Policy(allow_origins=re.compile(r"https://a\.example")), {}, id="regex for one"),
            pytest.param("/admin", Policy(allow_origins="https://a.example", allow_methods="*"), {}, id="one origin"),
            pytest.param(
                "/x", Policy(allow_origins="*", allow_methods="*"), {"change-for-any-origin": "*"}, id="any method"
            ),
            pytest.param(
                "/x",
                Policy(allow_origins=["https://*.example.com", "https://example.com:*"], allow_credentials=True),
                {"credentials-under-wildcard": "https://*.example.com, https://example.com:*"},
                id="wildcards",
            ),
            pytest.param(
                "/x",
                Policy(
                    allow_origins=["http://localhost:*", "http://127.0.0.1:*", re.compile(r"https://b\.example")],
                    allow_credentials=True,
                ),
                {},
                id="this machine",
            ),
            pytest.param("/x", Policy(allow_origins="https://*.example.com"), {}, id="wildcard without credentials"),
            pytest.param("/admin", None, {}, id="no CORS"),
        ],
    )
    def test_row_is_as_risky_as_what_it_covers(self, path: str, policy: Policy | None, risks: dict[str, str]) -> None:
        (audited,) = audit_rows(PolicyTable({path: policy}))
        assert {finding.risk: finding.about for finding in audited.findings} == risks

    def test_method_that_no_page_may_send_is_no_risk(self, write: Write) -> None:
        write(
            "careful.py",
            POLICIES
            + """
from flask import Flask

app = Flask("careful", static_folder=None)
app.add_url_rule("/x", "x", lambda: "", methods=["DELETE"])
app.wsgi_app = CORSMiddleware(app.wsgi_app, public)
""",
        )
        assert run("audit", "careful:app").stdout == f'/x  DELETE\n    row "/**": {PUBLIC}\nno findings, routes: 1\n'

    def test_view_that_a_row_in_front_shadows_is_told(self, write: Write) -> None:
        write(
            "shadow.py",
            POLICIES
            + """
from bottle import Bottle
from corswsgi.bottle import install

inner = Bottle()
install(inner)
inner.route("/me", "GET", lambda: "", cors=public)
inner.route("/free", "GET", lambda: "", cors=public)
app = CORSMiddleware(inner, {"/me": frontend, "/free": None})
""",
        )
        result = run("audit", "shadow:app")
        assert result.stdout == (
            "/me  GET\n"
            f'    row "/me": {FRONTEND}\n'
            '    medium: shadowed-view: row "/me", view /me: a row in front decides; '
            "the policy of the view has no effect\n"
            "/free  GET\n"
            f"    view /free: {PUBLIC}\n"
            "1 medium, routes: 2\n"
        )

    @pytest.mark.parametrize(
        ("shape", "pattern", "may"),
        [
            ("/a/b", "/a/b", True),
            ("/a/b", "/a/*", True),
            ("/a/b", "/a/b*", False),
            ("/a/bc", "/a/b*", True),
            ("/a/b", "/a/**", True),
            ("/a", "/a/**", True),
            ("/a", "/a/b", False),
            ("/a/b", "/a", False),
            ("/a/b", "/*/c", False),
            ("/a/\ue001", "/a/b", True),
            ("/a/\ue001/c", "/a/b", False),
            ("/a/\ue000", "/a/b/c/d", True),
            ("/a/\ue000", "/b", False),
        ],
    )
    def test_row_is_used_when_a_route_may_have_such_a_path(self, shape: str, pattern: str, *, may: bool) -> None:
        assert may_reach(Route(path=shape, example=shape, shape=shape), pattern) is may

    def test_policies_that_no_router_finds_are_named(self, write: Write) -> None:
        write(
            "lost.py",
            POLICIES
            + """
from flask import Flask
from corswsgi.flask import cross_origin

app = Flask("lost", static_folder=None)

@cross_origin(frontend)
@app.get("/late")
def late_view():
    return "late"

@cross_origin(None)
@app.get("/early")
def early_view():
    return "early"
""",
        )
        told = json.loads(run("audit", "lost:app", "--json").stdout)
        about = [each["about"] for each in told["findings"] if each["risk"] == "warning-of-corswsgi"]
        assert [re.sub(r"\(.*/", "(", each.partition(": ")[0]) for each in about] == [
            "late_view (lost.py:12)",
            "early_view (lost.py:17)",
        ]

    @pytest.mark.parametrize(
        ("methods", "install", "found"),
        [
            (["POST"], "CORSMiddleware(app.wsgi_app, {})", True),
            (["POST"], "app.wsgi_app", True),
            (["POST"], "CORSMiddleware(app.wsgi_app, {}, cross_origin_writes='refuse')", False),
            (["POST"], "CORSMiddleware(app.wsgi_app, {}, cross_origin_writes='report')", False),
            (["GET", "DELETE"], "CORSMiddleware(app.wsgi_app, {})", False),
        ],
    )
    def test_writes_of_any_page_are_found_once_where_nothing_refuses_them(
        self, write: Write, methods: list[str], install: str, *, found: bool
    ) -> None:
        write(
            "open.py",
            POLICIES
            + f"""
from flask import Flask

app = Flask("open", static_folder=None)
for path in ("/a", "/b", "/c"):
    app.add_url_rule(path, path, lambda: "", methods={methods})
app.wsgi_app = {install}
""",
        )
        told = json.loads(run("audit", "open:app", "--json", "--fail-on", "never").stdout)
        about = [each["about"] for each in told["findings"] if each["risk"] == "writes-of-any-page"]
        assert about == ["POST /a and 2 more"] * found

    @pytest.mark.parametrize("switch", ["accept", "refuse"])
    def test_the_front_end_of_flask_has_the_switch(self, write: Write, switch: str) -> None:
        write(
            "front.py",
            POLICIES
            + f"""
from flask import Flask
from corswsgi.flask import CORS

app = Flask("front", static_folder=None)
app.add_url_rule("/a", "a", lambda: "", methods=["POST"])
CORS(app, {{}}, cross_origin_writes="{switch}")
""",
        )
        told = json.loads(run("audit", "front:app", "--json").stdout)
        assert [each["about"] for each in told["findings"]] == ["POST /a"] * (switch == "accept")

    def test_every_risk_is_documented(self) -> None:
        docs = (ROOT / "docs" / "commands.md").read_text("utf-8")
        table = docs.partition("| `corswsgi audit` finds")[2].partition("\n\n")[0]
        assert re.findall(r"^\| `([a-z-]+)` \| (\w+) \| (.+) \|$", table, re.MULTILINE) == [
            (risk.code, risk.severity, risk.why) for risk in RISKS.values()
        ]


class TestCommand:
    @pytest.mark.parametrize(("level", "status"), [("high", 0), ("medium", 1), ("low", 1), ("never", 0)], ids=str)
    def test_status_is_by_the_level_that_one_chooses(self, write: Write, level: str, status: int) -> None:
        write("cors.toml", '["/**"]\nallow_origins = "*"\nallow_methods = "PUT"\n')
        result = run("audit", "cors.toml", "--fail-on", level)
        assert result.exit_code == status
        assert result.stdout.endswith("1 medium, routes: 1\n")

    def test_json_has_routes_and_findings(self, write: Write) -> None:
        write(
            "shop.py",
            POLICIES
            + """
from flask import Flask

app = Flask("shop", static_folder=None)
app.add_url_rule("/login", "login", lambda: "")
app.wsgi_app = CORSMiddleware(app.wsgi_app, {"/login": public, "/x": None})
""",
        )
        assert json.loads(run("audit", "shop:app", "--json").stdout) == {
            "target": "shop:app",
            "routes": [
                {
                    "path": "/login",
                    "methods": ["GET"],
                    "from": 'row "/login"',
                    "means": PUBLIC,
                    "findings": [
                        {
                            "severity": "high",
                            "risk": "login-for-any-origin",
                            "about": "login",
                            "why": RISKS["login-for-any-origin"].why,
                        }
                    ],
                }
            ],
            "findings": [
                {"severity": "low", "risk": "unused-row", "about": "/x", "why": RISKS["unused-row"].why},
            ],
            "unseen": None,
        }

    def test_application_without_routes_and_table_has_nothing_to_tell(self, write: Write) -> None:
        write("bare.py", "from corswsgi.cli.target import empty_application as app\n")
        result = run("audit", "bare:app")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "bare:app has no table, and is of no framework whose routes are known" in result.stderr

    def test_running_server_has_no_routes_to_tell(self) -> None:
        result = run("audit", "http://localhost:1")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "a running server does not tell its routes: write module:app" in result.stderr


class TestNotOurs:
    FLASK = """
from flask import Flask
import flask_cors

app = Flask("shop", static_folder=None)
app.add_url_rule("/api/me", "me", {view})
{more}
"""

    @pytest.mark.parametrize(
        ("view", "more"),
        [
            pytest.param("lambda: ''", "flask_cors.CORS(app, resources={'/api/*': {'origins': '*'}})", id="CORS"),
            pytest.param("flask_cors.cross_origin()(lambda: '')", "", id="cross_origin"),
        ],
    )
    def test_flask_cors_is_named_and_not_called_fine(self, write: Write, view: str, more: str) -> None:
        write("shop.py", self.FLASK.format(view=view, more=more))
        result = run("audit", "shop:app")
        assert result.exit_code == 2
        assert "no findings" not in result.stdout
        assert "flask_cors sets headers of CORS here, and only policies of corswsgi can be seen" in result.stdout
        assert "ask for them with corswsgi probe shop:app" in result.stdout

    @pytest.mark.usefixtures("django_settings")
    @pytest.mark.parametrize(
        ("middleware", "named"),
        [
            pytest.param("corsheaders.middleware.CorsMiddleware", "corsheaders", id="corsheaders"),
            pytest.param("own_cors.Middleware", "own_cors", id="a module called so"),
            pytest.param("own_headers.Middleware", "Middleware.__call__()", id="headers of its own"),
            pytest.param("own_headers.middleware", "middleware()", id="a function"),
            pytest.param("django.middleware.common.CommonMiddleware", None, id="none"),
            pytest.param("nowhere.Middleware", None, id="one that is not imported"),
        ],
    )
    def test_middleware_of_django_is_named(self, write: Write, middleware: str, named: str | None) -> None:
        write(
            "own_headers.py",
            """
            class Middleware:
                def __call__(self, request):
                    response["Access-Control-Allow-Origin"] = "*"

            def middleware(get_response):
                def run(request):
                    response["Access-Control-Allow-Origin"] = "*"
                return run
            """,
        )
        write("project_urls.py", "urlpatterns = []\n")
        write(
            "project_wsgi.py",
            "import own_headers\nfrom django.core.handlers.wsgi import WSGIHandler\n"
            "class Handler(WSGIHandler):\n    def __init__(self): pass\n"
            "    def __call__(self, e, s): return []\napp = Handler()\n",
        )
        with override_settings(ROOT_URLCONF="project_urls", MIDDLEWARE=[middleware]):
            result = run("audit", "project_wsgi:app")
        assert result.exit_code == 2
        assert "headers that the application itself sets are not" in result.stdout
        assert (f"{named} sets headers of CORS here" in result.stdout) is (named is not None)

    @pytest.mark.parametrize(
        ("module", "named"),
        [
            pytest.param(
                """
                from flask import Flask

                app = Flask("shop", static_folder=None)
                app.add_url_rule("/", "root", lambda: "")

                @app.after_request
                def allow(response):
                    response.headers["Access-Control-Allow-Origin"] = "*"
                    return response
                """,
                "allow()",
                id="Flask's hook",
            ),
            pytest.param(
                """
                from bottle import Bottle, response

                app = Bottle()
                app.route("/", "GET", lambda: "")

                @app.hook("after_request")
                def allow():
                    response.set_header("Access-Control-Allow-Origin", "*")
                """,
                "allow()",
                id="Bottle's hook",
            ),
            pytest.param(
                """
                def inner(environ, start_response):
                    def nested():
                        start_response("200 OK", [("access-control-allow-origin", "*")])
                    return []

                app = inner
                """,
                "inner()",
                id="plain WSGI",
            ),
            pytest.param(
                """
                class App:
                    def __call__(self, environ, start_response):
                        start_response("200 OK", [("Access-Control-Allow-Origin", "*")])
                        return []

                app = App()
                """,
                "App()",
                id="a class",
            ),
        ],
    )
    def test_hook_that_sets_the_headers_is_named(self, write: Write, module: str, named: str) -> None:
        write("hooked.py", module)
        result = run("audit", "hooked:app")
        assert result.exit_code == 2
        assert f"{named} sets headers of CORS here" in result.output
        assert "corswsgi probe hooked:app" in result.output

    def test_middleware_of_a_library_is_named(self, write: Write) -> None:
        write("mycors.py", "class CORS:\n    def __init__(self, app):\n        self.app = app\n    __call__ = None\n")
        write(
            "wrapped.py",
            """
            from flask import Flask
            import mycors

            class Around(mycors.CORS):
                def __call__(self, environ, start_response):
                    return self.app(environ, start_response)

            Around.__module__ = "mycors"
            app = Around(Flask("wrapped", static_folder=None))
            """,
        )
        result = run("audit", "wrapped:app")
        assert (result.exit_code, "mycors sets headers of CORS here" in result.stdout) == (2, True)

    def test_beside_policies_of_ours_it_is_a_finding(self, write: Write) -> None:
        write(
            "both.py",
            POLICIES
            + """
from flask import Flask
import flask_cors

app = Flask("both", static_folder=None)
app.add_url_rule("/api/x", "x", lambda: "")
flask_cors.CORS(app)
app.wsgi_app = CORSMiddleware(app.wsgi_app, {"/api/**": frontend})
""",
        )
        result = run("audit", "both:app")
        assert result.exit_code == 1
        assert "medium: foreign-cors: flask_cors: other code also sets CORS headers" in result.stdout


def findings(target: str, *arguments: str) -> set[tuple[str, str]]:
    told = json.loads(run("audit", target, "--json", *arguments).stdout)
    lists = [told["findings"], *(each["findings"] for each in told["routes"])]
    return {(each["risk"], each["about"]) for found in lists for each in found}


class TestMoreFindings:
    def test_regexes_and_suffixes_that_strangers_can_have(self, write: Write) -> None:
        write(
            "open.py",
            r"""
            import re
            from corswsgi import CORSMiddleware, Policy
            from corswsgi.cli.target import empty_application
            from corswsgi.cli import audit_risks

            app = CORSMiddleware(empty_application, {
                "/a": Policy(
                    allow_origins="https://*.github.io",
                    allow_credentials=True,
                    dangerously_allow_public_suffixes=True,
                ),
                "/b": Policy(allow_origins=re.compile(r"https://(?:app|admin)\.example\.com"), allow_credentials=True),
            })
            """,
        )
        assert findings("open:app") == {("credentials-under-public-suffix", "https://*.github.io")}

    def test_regex_without_a_boundary(self) -> None:
        pattern = re.compile(r"https://[a-z0-9.-]*example\.org")
        policy = Policy(allow_origins="https://example.org", allow_credentials=True)
        object.__setattr__(policy, "allow_origins", (pattern,))  # what a policy refuses today, and may not tomorrow
        (audited,) = audit_rows(PolicyTable({"/x": policy}))
        assert [(finding.risk, finding.about) for finding in audited.findings] == [
            ("regex-without-boundary", f"{pattern.pattern!r} matches 'https://corswsgiprobeexample.org'")
        ]

    def test_administration_with_credentials_and_the_user_s_own_data(self, write: Write) -> None:
        write(
            "cors.toml",
            """
            ["/admin/**"]
            allow_origins = "https://app.example.com"
            allow_credentials = true
            ["/api/me"]
            allow_origins = "*"
            ["/accounts/*"]
            allow_origins = "*"
            """,
        )
        assert findings("cors.toml") == {
            ("admin-with-credentials", "admin"),
            ("private-for-any-origin", "me"),
            ("private-for-any-origin", "accounts"),
        }

    def test_method_that_the_row_does_not_list_and_views_that_differ(self, write: Write) -> None:
        write(
            "store.py",
            POLICIES
            + """
from bottle import Bottle
from corswsgi.bottle import install

app = Bottle()
install(app, {"/**": frontend})
app.route("/x", "DELETE", lambda: "")
app.route("/y", "GET", lambda: "")
app.route("/y", "PUT", lambda: "", cors=Policy(allow_origins="https://b.example", allow_methods="PUT"))
""",
        )
        assert findings("store:app") == {
            ("method-not-listed", "DELETE"),
            ("views-differ", 'GET: row "/**"; PUT: view /y'),
        }

    def test_routes_with_one_policy_are_grouped(self, write: Write) -> None:
        write(
            "shop.py",
            POLICIES
            + """
from flask import Flask

app = Flask("shop", static_folder=None)
for path in ("/a", "/b", "/c"):
    app.add_url_rule(path, path[1:], lambda: "")
app.wsgi_app = CORSMiddleware(app.wsgi_app, public)
""",
        )
        assert run("audit", "shop:app").stdout == (
            f'/a  GET\n/b  GET\n/c  GET\n    row "/**": {PUBLIC}\nno findings, routes: 3\n'
        )

    def test_deployment_by_file_is_audited(self, write: Write) -> None:
        write(
            "bare.py",
            "from flask import Flask\napp = Flask('bare', static_folder=None)\napp.add_url_rule('/x', 'x', print)\n",
        )
        write("cors.toml", '["/**"]\nallow_origins = "https://app.example.com"\n')
        assert (
            '    row "/**": pages of https://app.example.com'
            in run("audit", "bare:app", "--policies", "cors.toml").stdout
        )
        wrapped = "corswsgi.gunicorn:wrap('bare:app', 'cors.toml')"
        assert '    row "/**": pages of https://app.example.com' in run("audit", wrapped).stdout

    def test_function_has_the_same_words_in_every_run(self, write: Write) -> None:
        write(
            "asks.py",
            """
            from corswsgi import CORSMiddleware, Policy
            from corswsgi.cli.target import empty_application

            def known(origin, environ):
                return False

            app = CORSMiddleware(empty_application, Policy(allow_origins=known))
            """,
        )
        assert "pages of origins that known accepts may send" in run("audit", "asks:app").stdout

    def test_policy_that_is_refused_when_the_application_starts(self, write: Write) -> None:
        write(
            "refused.py",
            """
            from corswsgi.errors import PolicyError, Problem

            class App:
                def decides(self, environ):
                    return None
                def inside(self):
                    return ()
                def prepare(self):
                    raise PolicyError([Problem(code="x-y", field="f", value=1, message="it is wrong", hint="mend it")])
                def __call__(self, environ, start_response):
                    return []

            app = App()
            """,
        )
        result = run("audit", "refused:app")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "refused:app cannot be served: a policy is refused:\nf: it is wrong (x-y); mend it" in result.stderr

    def test_warnings_of_corswsgi_are_findings(self, write: Write) -> None:
        write(
            "warns.py",
            """
            import logging
            from corswsgi import CORSMiddleware, Policy
            from corswsgi.cli.target import empty_application

            logging.getLogger("corswsgi").warning("a mark is lost")
            print("hello")
            app = CORSMiddleware(empty_application, Policy(allow_origins="https://app.example.com"))
            """,
        )
        assert findings("warns:app") == {("warning-of-corswsgi", "a mark is lost")}
