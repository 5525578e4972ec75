"""Flask views, each with the policy that it needs. Run it: `flask --app flask_decorators run`.

Nothing is installed by hand: `cross_origin` works alone. `CORS(app, ...)` is for the paths of many views.
"""

from flask import Blueprint, Flask, request
from flask.typing import ResponseReturnValue

from corswsgi import Policy
from corswsgi.flask import CORS, cross_origin

app = Flask(__name__)
partners = Blueprint("partners", __name__, url_prefix="/api/partners")
frontend = Policy(allow_origins="https://app.example.com", allow_credentials=True, allow_methods="PUT")
CORS(partners, Policy(allow_origins="https://partner.example"))


@app.before_request
def log_in() -> ResponseReturnValue | None:
    if request.method == "PUT" and "session" not in request.cookies:
        return "Log in first\n", 401  # no preflight comes here: browsers send it without cookies
    return None


@app.get("/api/public/news")
@cross_origin(Policy(allow_origins="*"))
def news() -> ResponseReturnValue:
    return {"news": ["the first"]}


@app.get("/api/me")
@cross_origin(Policy(allow_origins="*"))
def me() -> ResponseReturnValue:
    return {"name": "Ada"}


@app.put("/api/me")
@cross_origin(frontend)  # the preflight of a PUT is answered by this one
def rename() -> ResponseReturnValue:
    return "", 204


@partners.get("/prices")
def prices() -> ResponseReturnValue:
    return {"prices": [1, 2, 3]}


app.register_blueprint(partners)
