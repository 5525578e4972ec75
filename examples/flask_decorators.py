"""Flask views, each with the policy that it needs: run this file, or point a server at `flask_decorators:app`.

Nothing is installed by hand: `cross_origin` works alone. `CORS(app, ...)` is for the paths of many views.
"""

import argparse
from contextlib import suppress
from wsgiref.simple_server import make_server

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

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="0 lets the system choose (default: 8000)")
    with make_server("127.0.0.1", parser.parse_args().port, app) as server, suppress(KeyboardInterrupt):
        print(f"http://127.0.0.1:{server.server_port}/api/public/news", flush=True)
        server.serve_forever()
