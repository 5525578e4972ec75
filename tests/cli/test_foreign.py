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
                "App.__call__()",
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

    FLASK_WITH = "from flask import Flask, Response, jsonify, request\napp = Flask('shop')\n"
    FALCON = """
import falcon
class Resource:
    def on_get(self, request, response):
        response.media = {}
"""
    DJANGO = """
from django.http import HttpResponse
from django.urls import path
from django.core.wsgi import get_wsgi_application
app = get_wsgi_application()
"""
    ANY = "{'Access-Control-Allow-Origin': '*'}"

    @pytest.mark.parametrize(
        ("module", "named"),
        [
            pytest.param(
                f"""{FLASK_WITH}
ANY = {ANY}
@app.after_request
def allow(response):
    response.headers.update(ANY)
    return response
""",
                "allow()",
                id="Flask, a global",
            ),
            pytest.param(
                f"""{FLASK_WITH}
NAMES = [('Access-Control-Allow-Origin', '*'), 1]
def add(response):
    for name, value in NAMES:
        response.headers[name] = value
    return again(response)
def again(response):
    return add(response)
@app.get('/x')
def view():
    return again(jsonify(a=request.path))
""",
                "view()",
                id="Flask, a function of a function",
            ),
            pytest.param(
                f"""{FLASK_WITH}
@app.before_request
def preflights():
    if request.method == 'OPTIONS':
        return '', 204, {ANY}
""",
                "preflights()",
                id="Flask, preflights",
            ),
            pytest.param(
                f"""{FLASK_WITH}
@app.errorhandler(404)
def not_found(error):
    return '', 404, {ANY}
""",
                "not_found()",
                id="Flask, errors",
            ),
            pytest.param(
                f"""{FLASK_WITH}
from flask.views import MethodView
class View(MethodView):
    def get(self):
        return '', 200, {ANY}
app.add_url_rule('/x', view_func=View.as_view('x'))
""",
                "View.get()",
                id="Flask, a class of views",
            ),
            pytest.param(
                f"""{FLASK_WITH}
import functools
def crossdomain(view):
    @functools.wraps(view)
    def inner():
        return view(), 200, {ANY}
    return inner
@app.get('/x')
@crossdomain
def view():
    return ''
""",
                "view()",
                id="Flask, a decorator",
            ),
            pytest.param(
                f"""{FLASK_WITH}
import functools
def quiet(view):
    @functools.wraps(view)
    def inner():
        return view()
    return inner
@quiet
def view():
    return '', 200, {ANY}
app.add_url_rule('/x', 'x', functools.partial(view))
""",
                "view()",
                id="Flask, below a decorator",
            ),
            pytest.param(
                """from flask import Flask
class App(Flask):
    def process_response(self, response):
        response.headers['Access-Control-Allow-Origin'] = '*'
        return response
app = App('shop')
""",
                "App.process_response()",
                id="Flask, a class of applications",
            ),
            pytest.param(
                f"""{FLASK_WITH}
class Open(Response):
    default_mimetype = 'application/json'
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.headers['Access-Control-Allow-Origin'] = '*'
app.response_class = Open
""",
                "Open.__init__()",
                id="Flask, a class of responses",
            ),
            pytest.param(
                f"""{FLASK_WITH}
def around(app):
    def inner(environ, start_response):
        def start(status, headers, exc_info=None):
            return start_response(status, [*headers, ('Access-Control-Allow-Origin', '*')], exc_info)
        return app(environ, start)
    return inner
app.wsgi_app = around(app.wsgi_app)
""",
                "around.<locals>.inner()",
                id="a function around an application",
            ),
            pytest.param(
                """
from bottle import Bottle, response
class Plugin:
    name, api = 'open', 2
    def apply(self, callback, context):
        def inner():
            response.headers['Access-Control-Allow-Origin'] = '*'
            return callback()
        return inner
app = Bottle()
app.install(Plugin())
app.route('/x', 'GET', lambda: '')
""",
                "Plugin.apply()",
                id="Bottle, a plugin",
            ),
            pytest.param(
                """
from bottle import Bottle, response
app, child = Bottle(), Bottle()
@child.hook('after_request')
def allow():
    response.headers['Access-Control-Allow-Origin'] = '*'
child.route('/x', 'GET', lambda: '')
app.mount('/child/', child)
""",
                "allow()",
                id="Bottle, a mounted application",
            ),
            pytest.param(
                f"{FALCON}app = falcon.App(cors_enable=True)\n",
                "CORSMiddleware.process_response()",
                id="Falcon's own",
            ),
            pytest.param(
                f"""{FALCON}
class Middleware:
    def process_response(self, request, response, resource, succeeded):
        response.set_header('Access-Control-Allow-Origin', '*')
app = falcon.App(middleware=[Middleware()])
""",
                "Middleware.process_response()",
                id="Falcon, a middleware",
            ),
            pytest.param(
                """
from pyramid.config import Configurator
from pyramid.response import Response
def tween(handler, registry):
    def inner(request):
        response = handler(request)
        response.headers['Access-Control-Allow-Origin'] = '*'
        return response
    return inner
with Configurator() as config:
    config.add_tween('hooked.tween')
    app = config.make_wsgi_app()
""",
                "tween.<locals>.inner()",
                id="Pyramid, a tween",
            ),
            pytest.param(
                """
from pyramid.config import Configurator
from pyramid.events import NewResponse
def allow(event):
    event.response.headers['Access-Control-Allow-Origin'] = '*'
with Configurator() as config:
    config.add_subscriber(allow, NewResponse)
    app = config.make_wsgi_app()
""",
                "allow()",
                id="Pyramid, a subscriber",
            ),
            pytest.param(
                f"""{FLASK_WITH}
from wsgicors import CORS
app.wsgi_app = CORS(app.wsgi_app, origin='*')
""",
                "wsgicors",
                id="wsgicors",
            ),
            pytest.param(
                f"""
from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware
first, second = Flask('first'), Flask('second')
@second.get('/x')
def view():
    return '', 200, {ANY}
app = DispatcherMiddleware(first, {{'/second': second}})
""",
                "view()",
                id="an application that is mounted",
            ),
        ],
    )
    def test_code_that_sets_the_headers_is_named_wherever_it_is(self, write: Write, module: str, named: str) -> None:
        write("hooked.py", module)
        result = run("audit", "hooked:app")
        assert result.exit_code == 2
        names = result.output.splitlines()[-1].partition(" headers of CORS here")[0].partition("are known: ")
        assert named in (names[2] or names[0]).replace(",", "").split()

    @pytest.mark.usefixtures("django_settings")
    @pytest.mark.parametrize(
        ("urls", "named"),
        [
            pytest.param(
                f"def view(request):\n    return HttpResponse(headers={ANY})\nurlpatterns = [path('x', view)]\n",
                "view()",
                id="a view",
            ),
            pytest.param(
                "from django.views import View\nfrom django.urls import include\n"
                f"class Shop(View):\n    def get(self, request):\n        return HttpResponse(headers={ANY})\n"
                "urlpatterns = [path('api/', include([path('x', Shop.as_view())]))]\n",
                "Shop.get()",
                id="a class of views",
            ),
        ],
    )
    def test_views_of_django_are_looked_at(self, write: Write, urls: str, named: str) -> None:
        write("shop_urls.py", self.DJANGO + urls)
        with override_settings(ROOT_URLCONF="shop_urls", MIDDLEWARE=[]):
            result = run("audit", "shop_urls:app")
        assert result.exit_code == 2
        assert f"{named} sets headers of CORS here" in result.output

    @pytest.mark.parametrize(
        "module",
        [
            pytest.param(f"{FALCON}inner = falcon.App()\ninner.add_route('/x', Resource())\n", id="Falcon"),
            pytest.param(
                """
from pyramid.config import Configurator
with Configurator() as config:
    inner = config.make_wsgi_app()
""",
                id="Pyramid",
            ),
            pytest.param(
                """
from flask import Flask, g, jsonify, request
from werkzeug.middleware.proxy_fix import ProxyFix
flask = Flask('shop')
def again():
    return again()
@flask.before_request
def remember():
    g.path = request.path or again()
@flask.get('/x')
def view():
    return jsonify(path=g.path)
flask.wsgi_app = ProxyFix(flask.wsgi_app)
inner = flask
""",
                id="Flask",
            ),
            pytest.param(
                """
class Lazy:
    __slots__ = ('app', 'missing')
    def __init__(self, app):
        self.app = app
    def __call__(self, environ, start_response):
        return self.app(environ, start_response)
def make():
    def app(environ, start_response):
        return later(environ, start_response)
    if __name__ == 'never':
        later = app
    return app
inner = Lazy(make())
""",
                id="a slot and a name that are not set",
            ),
        ],
    )
    def test_nothing_is_named_where_nothing_is(self, write: Write, module: str) -> None:
        policy = "Policy(allow_origins='https://a.example.com')"
        write(
            "shop_without_cors.py",
            f"{module}\nfrom corswsgi import CORSMiddleware, Policy\napp = CORSMiddleware(inner, {{'/x': {policy}}})\n",
        )
        result = run("audit", "shop_without_cors:app")
        assert "foreign" not in result.stdout
        assert result.exit_code == 0

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
