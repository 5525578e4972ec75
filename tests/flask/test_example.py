"""The example `flask_decorators.py`, with requests as from browsers."""

import runpy
from pathlib import Path

from tests.support.asking import APP, EVIL, ask, preflight

EXAMPLE = Path(__file__).parents[2] / "examples" / "flask_decorators.py"


def test_each_view_answers_by_its_own_policy() -> None:
    app = runpy.run_path(str(EXAMPLE), run_name="flask_decorators")["app"]
    assert ask(app, "/api/me", origin=EVIL).cors == [("Access-Control-Allow-Origin", "*")]
    assert preflight(app, "/api/me").cors == [
        ("Access-Control-Allow-Origin", APP),
        ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Allow-Methods", "PUT"),
        ("Access-Control-Max-Age", "0"),  # GET of the same URL is a public view
        ("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"),
    ]
    assert preflight(app, "/api/me", EVIL).status == "403 Forbidden"
    assert ask(app, "/api/me", "PUT", origin=APP).status == "401 UNAUTHORIZED"
    assert ask(app, "/api/partners/prices", origin="https://partner.example").cors == [
        ("Access-Control-Allow-Origin", "https://partner.example"),
        ("Vary", "Origin"),
    ]
