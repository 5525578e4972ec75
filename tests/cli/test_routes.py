"""The routes of each framework, and the policies that decide on them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import override_settings

from tests.support.audits import FRONTEND, NOTHING, POLICIES, PUBLIC, audit
from tests.support.commands import Write, run

NO_CORS = "no CORS: nothing is added here"


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
        yours = "if pages of https://example.org are yours, "
        assert f"the key of `resources` that matches `/api/1`: {yours}add `https://example.org` to `origins`\n" in (
            result.stdout
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
                ("/api/items/<int:id>/", "GET", 'row "/api/**"', own),
                ("/api/items/<int:id>/", "POST", "view /api/items/<int:id>/", PUBLIC),
                ("/api/news", "", "view /api/news", PUBLIC),
                ("/api/set/", "DELETE GET", 'row "/api/**"', own),
                ("/api/users", "", "view /api/users", NO_CORS),
                ("/old/<year>/", "", 'row "/old/**"', NO_CORS),
            ]
            assert "unused-row" not in run("audit", "project_wsgi:make()").stdout

    @pytest.mark.usefixtures("django_settings")
    def test_regexes_of_django_are_named_where_no_path_means_the_same_and_their_words_count(self, write: Write) -> None:
        write(
            "regex_urls.py",
            r"""
from django.http import HttpResponse
from django.urls import include, path, re_path

def view(request, **_):
    return HttpResponse("")

urlpatterns = [
    re_path(r"^admin/.*$", view),
    re_path(r"(?i)^log-in\b", view),
    re_path(r"^(?:en|de)/", include([path("users/<int:id>", view), re_path(r"^(?P<admin>\d+)$", view)])),
    re_path(r"^(?P<users>en|de)?/plain$", view),
]
""",
        )
        write("regex_wsgi.py", "from corswsgi.django import get_wsgi_application as make\n")
        with override_settings(ROOT_URLCONF="regex_urls", CORS_POLICIES={"/**": {"allow_origins": "*"}}):
            told = json.loads(run("audit", "regex_wsgi:make()", "--json").stdout)
        assert {
            each["path"]: [(found["risk"], found["about"]) for found in each["findings"]] for each in told["routes"]
        } == {
            r"/(regex ^admin/.*$)": [("admin-for-any-origin", "admin")],
            r"/(regex (?i)^log-in\b)": [("login-for-any-origin", "log-in")],
            r"/(regex ^(?:en|de)/)users/<int:id>": [("private-for-any-origin", "users")],
            r"/(regex ^(?:en|de)/)<admin>": [],
            r"/(regex ^(?P<users>en|de)?/plain$)": [],
        }

    @pytest.mark.usefixtures("django_settings")
    @pytest.mark.parametrize(
        ("middlewares", "open_routes"),
        [
            pytest.param(["django.middleware.csrf.CsrfViewMiddleware"], "POST /exempt", id="protected"),
            pytest.param(["csrf_urls.Own"], "POST /exempt", id="by a subclass"),
            pytest.param(["csrf_urls.plain"], "POST /exempt and 2 more", id="not protected"),
        ],
    )
    def test_routes_of_django_that_ask_for_a_csrf_token_are_not_open_to_writes(
        self, write: Write, middlewares: list[str], open_routes: str
    ) -> None:
        write(
            "csrf_urls.py",
            """
from django.http import HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.urls import include, path
from django.views import View
from django.views.decorators.csrf import csrf_exempt

class Own(CsrfViewMiddleware):
    pass

def plain(get_response):
    return get_response

class Items(View):
    def post(self, request):
        return HttpResponse("")

urlpatterns = [
    path("exempt", csrf_exempt(Items.as_view())),
    path("items", Items.as_view()),
    path("shop/", include([path("items", Items.as_view())])),
]
""",
        )
        write("csrf_wsgi.py", "from corswsgi.django import get_wsgi_application as make\n")
        policies = {"/**": {"allow_origins": "https://app.example.com"}}
        with override_settings(ROOT_URLCONF="csrf_urls", CORS_POLICIES=policies, MIDDLEWARE=middlewares):
            told = json.loads(run("audit", "csrf_wsgi:make()", "--json").stdout)
        assert [each["about"] for each in told["findings"]] == [open_routes]

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
