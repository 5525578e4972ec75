"""A Flask application, by the middleware, by Flask-CORS's options and by policies of views."""

import re
from collections.abc import Callable

from flask import Blueprint, Flask

from corswsgi import CORSMiddleware, Decision, Policy
from corswsgi.flask import CORS, cross_origin

app = Flask(__name__)
app.wsgi_app = CORSMiddleware(app.wsgi_app, {"/api/**": Policy(allow_origins="*")})  # type: ignore[method-assign]

CORS(app)
CORS(app, origins="*")
CORS(
    app,
    resources={"/api/**": {"origins": [re.compile(r"https://[a-z]+\.example\.com"), "https://app.example.com"]}},
    methods=["GET", "PUT"],
    allow_headers="Content-Type",
    expose_headers=["X-Request-Id"],
    supports_credentials=True,
    max_age=600,
    always_send=False,
)
CORS(app, {"/api/**": Policy(allow_origins="*")})
CORS(app, {"/api/**": Policy(allow_origins="*"), "/admin/**": None}, intercept_exceptions=True, preflight_status=200)
CORS(policies=Policy(allow_origins="*"))
CORS(origins="https://app.example.com").init_app(app)
CORS().init_app(app, Policy(allow_origins="*"), on_decision=lambda decision: print(decision.origin))
CORS().init_app(app, supports_credentials=True)
CORS(Blueprint("shop", __name__), Policy(allow_origins="*"))


def log(decision: Decision) -> None:
    print(decision)


@app.get("/")
@cross_origin(Policy(allow_origins="*"))
def index() -> str:
    return "hello"


@app.get("/secret")
@cross_origin(None)
def secret() -> str:
    return "hello"


@cross_origin(origins="https://app.example.com", methods="PUT", automatic_options=False)
def item(number: int) -> str:
    return str(number)


@cross_origin()
def any_origin() -> str:
    return "hello"


typed: Callable[[int], str] = item
