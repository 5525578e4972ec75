"""CORS of other libraries is reported and never called fine."""

import pytest
from django.test import override_settings

from tests.support.audits import POLICIES
from tests.support.commands import Write, run


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
