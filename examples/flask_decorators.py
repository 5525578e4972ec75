"""Flask views, each with the policy that it needs. Run it: `flask --app flask_decorators run`.

Nothing is installed by hand: `cross_origin` works alone. `CORS(app, ...)` is for the paths of many views.
"""

from flask import Blueprint, Flask, request
from flask.typing import ResponseReturnValue
from flask.views import MethodView

from corswsgi import Policy
from corswsgi.flask import CORS, cross_origin

app = Flask(__name__)
profile = {"name": "Ada"}
frontend = Policy(
    allow_origins="https://app.example.com",
    allow_credentials=True,
    allow_methods="PUT",
    allow_headers="Content-Type",
)


@app.before_request
def log_in() -> ResponseReturnValue | None:
    # no preflight comes here: browsers send it without cookies
    if request.method == "PUT" and "session" not in request.cookies:
        return "Log in first\n", 401
    return None


@app.get("/api/public/news")
@cross_origin(Policy(allow_origins="*"))
def news() -> ResponseReturnValue:
    return {"news": ["the first"]}


class Me(MethodView):
    @cross_origin(Policy(allow_origins="*"))
    def get(self) -> ResponseReturnValue:
        return profile

    @cross_origin(frontend)  # the preflight of a PUT is answered by this one
    def put(self) -> ResponseReturnValue:
        profile.update(request.get_json())
        return profile


app.add_url_rule("/api/me", view_func=Me.as_view("me"))


# Flask-CORS's words are understood as well: what was unsafe in them is refused
@app.get("/api/fonts")
@cross_origin(origins=["https://app.example.com", "https://docs.example.com"], max_age=600)
def fonts() -> ResponseReturnValue:
    return {"fonts": ["Plex"]}


partners = Blueprint("partners", __name__)
CORS(partners, Policy(allow_origins="https://partner.example"))


@partners.get("/prices")
def prices() -> ResponseReturnValue:
    return {"prices": [1, 2, 3]}


app.register_blueprint(partners, url_prefix="/api/partners")
