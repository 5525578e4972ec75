"""A Bottle application whose routes have policies of their own. Run it: `gunicorn bottle_routes:app`."""

from bottle import Bottle, request

from corswsgi import Policy
from corswsgi.bottle import install

app = Bottle()
install(app, {"/api/**": Policy(allow_origins="https://app.example.com", allow_credentials=True)})
profile = {"name": "Ada"}


@app.get("/api/me")  # the table's
def read_me() -> dict[str, str]:
    return profile


@app.put(
    "/api/me",
    cors=Policy(
        allow_origins="https://settings.example.com",
        allow_credentials=True,
        allow_methods="PUT",
        allow_headers="Content-Type",
    ),
)
def write_me() -> dict[str, str]:
    profile.update(request.json)
    return profile


@app.get("/api/public/news", cors=Policy(allow_origins="*"))
def news() -> dict[str, list[str]]:
    return {"news": ["the first"]}


@app.get("/api/admin/users", cors=None)
def users() -> dict[str, list[str]]:
    return {"users": ["Ada", "Grace"]}
