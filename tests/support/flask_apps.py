"""Applications of Flask, their policies, and what they answer."""

from collections.abc import Callable
from typing import Any

from flask import Flask

from corswsgi import Policy
from tests.support.asking import APP

OTHER = "https://other.example.com"
MINE = Policy(allow_origins=APP, allow_methods=["PUT", "DELETE"])
THEIRS = Policy(allow_origins=OTHER, allow_methods=["PUT", "DELETE"])
VARY = ("Vary", "Origin")


MINE_ANSWER = [
    ("Access-Control-Allow-Origin", APP),
    ("Access-Control-Allow-Methods", "PUT, DELETE"),
    VARY,
]
THEIRS_ANSWER = [("Access-Control-Allow-Origin", OTHER), *MINE_ANSWER[1:]]
GRANTED = [("Access-Control-Allow-Origin", APP), VARY]


def view(**_: Any) -> str:
    return "hello"


def made(**options: Any) -> Flask:
    app = Flask(__name__, **options)
    app.config["PROPAGATE_EXCEPTIONS"] = True
    return app


def view_of(name: str) -> Callable[[], str]:
    def view() -> str:
        return name

    view.__name__ = name
    return view
