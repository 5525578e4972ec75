"""``corswsgi audit``: the routes of each framework, their policies and their risks."""

import json

import pytest

from corswsgi.cli.audit_risks import RISKS
from tests.support.audits import FRONTEND, NOTHING, POLICIES, PUBLIC
from tests.support.commands import Write, run


def test_routes_are_told_with_what_decides_on_them_the_riskiest_first(write: Write) -> None:
    write(
        "shop.py",
        POLICIES
        + """
from flask import Flask

app = Flask("shop", static_folder=None)
app.add_url_rule("/api/me", "me", lambda: "", methods=["GET", "PUT"])
app.add_url_rule("/admin/users", "users", lambda: "")
app.add_url_rule("/api/orders/<int:id>", "order", lambda: "", methods=["POST"])
app.add_url_rule("/", "root", lambda: "")
app.wsgi_app = CORSMiddleware(app.wsgi_app, {
    "/api/**": frontend, "/api/orders/*": public, "/admin/**": public, "/api/old/*": None,
})
""",
    )
    result = run("audit", "shop:app")
    assert result.exit_code == 1
    assert result.stdout == (
        "/admin/users  GET\n"
        f'    row "/admin/**": {PUBLIC}\n'
        "    high: admin-for-any-origin: admin: it looks like administration, and pages of any origin can read it\n"
        "/api/orders/<int:id>  POST\n"
        f'    row "/api/orders/*": {PUBLIC}\n'
        "    medium: change-for-any-origin: POST: it changes something, and pages of any origin may ask for it\n"
        "/\n".replace("/\n", "/  GET\n")
        + f"    {NOTHING}\n"
        "/api/me  GET, PUT\n"
        f'    row "/api/**": {FRONTEND}\n'
        "The application as a whole\n"
        "    low: unused-row: /api/old/*: the row matches no route: it may be misspelt or left over\n"
        "    low: writes-of-any-page: POST /api/orders/<int:id>: cross_origin_writes is off, and any page can post to "
        "it with the user's cookies (CSRF)\n"
        "1 high, 1 medium, 2 low, routes: 4\n"
    )


class TestCommand:
    @pytest.mark.parametrize(("level", "status"), [("high", 0), ("medium", 1), ("low", 1), ("never", 0)], ids=str)
    def test_status_is_by_the_level_that_one_chooses(self, write: Write, level: str, status: int) -> None:
        write("cors.toml", '["/**"]\nallow_origins = "*"\nallow_methods = "PUT"\n')
        result = run("audit", "cors.toml", "--fail-on", level)
        assert result.exit_code == status
        assert result.stdout.endswith("1 medium, routes: 1\n")

    def test_json_has_routes_and_findings(self, write: Write) -> None:
        write(
            "shop.py",
            POLICIES
            + """
from flask import Flask

app = Flask("shop", static_folder=None)
app.add_url_rule("/login", "login", lambda: "")
app.wsgi_app = CORSMiddleware(app.wsgi_app, {"/login": public, "/x": None})
""",
        )
        assert json.loads(run("audit", "shop:app", "--json").stdout) == {
            "target": "shop:app",
            "routes": [
                {
                    "path": "/login",
                    "methods": ["GET"],
                    "from": 'row "/login"',
                    "means": PUBLIC,
                    "findings": [
                        {
                            "severity": "high",
                            "risk": "login-for-any-origin",
                            "about": "login",
                            "why": RISKS["login-for-any-origin"].why,
                        }
                    ],
                }
            ],
            "findings": [
                {"severity": "low", "risk": "unused-row", "about": "/x", "why": RISKS["unused-row"].why},
            ],
            "unseen": None,
        }

    def test_application_without_routes_and_table_has_nothing_to_tell(self, write: Write) -> None:
        write("bare.py", "from corswsgi.cli.target import empty_application as app\n")
        result = run("audit", "bare:app")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "bare:app has no table, and is of no framework whose routes are known" in result.stderr

    def test_running_server_has_no_routes_to_tell(self) -> None:
        result = run("audit", "http://localhost:1")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "a running server does not tell its routes: write module:app" in result.stderr
