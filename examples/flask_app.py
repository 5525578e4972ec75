"""A Flask application behind a table of policies. Run it: `flask --app flask_app run`."""

from flask import Flask
from flask.typing import ResponseReturnValue

from corswsgi import CORSMiddleware, Policy

app = Flask(__name__)


@app.get("/api/me")
def me() -> ResponseReturnValue:
    return {"name": "Ada"}


@app.get("/api/public/news")
def news() -> ResponseReturnValue:
    return {"news": ["the first"]}


app.wsgi_app = CORSMiddleware(  # type: ignore[method-assign]  # the way that Flask's documentation recommends
    app.wsgi_app,
    {
        "/api/**": Policy(allow_origins="https://app.example.com", allow_credentials=True),
        "/api/public/**": Policy(allow_origins="*"),
    },
)
