"""Causes of applications: a row that is missing where a router or a login answers, and exceptions."""

import pytest

from tests.cli.test_explain_causes import A, advice
from tests.support.commands import Write


class TestRouters:
    """An application whose router refuses OPTIONS: nothing is in front of it, and a row would answer in its place."""

    SHOP = """\
        import bottle
        from corswsgi import CORSMiddleware, Policy

        plain = bottle.Bottle()
        plain.get("/other")(lambda: "")
        plain.put("/other")(lambda: "")
        app = CORSMiddleware(plain, {"/api/**": Policy(allow_origins="https://shop.example.org")})
        """

    def test_row_that_is_missing_is_the_cause(self, write: Write) -> None:
        write("shop.py", self.SHOP)
        status, told = advice("shop:app", "/other", "-X", "PUT")
        assert status == 1
        assert (
            "Cause: no row matches `/other`, and so OPTIONS reaches the application, which answers with status 405\n"
            f"Fix: if pages of {A} are yours, change the policy as below, so that the answer to OPTIONS "
        ) in told
        assert "in front" not in told

    def test_path_that_is_missing_is_the_cause(self, write: Write) -> None:
        write("shop.py", self.SHOP)
        told = advice("shop:app", "/nope", "-X", "PUT")[1]
        assert "Cause: OPTIONS is answered with status 404: no such path\n" in told
        assert "Fix: compare the URL in the script with the routes of the application\n" in told

    def test_application_without_policies_needs_one(self, write: Write) -> None:
        write("shop.py", self.SHOP)
        told = advice("shop:plain", "/other", "-X", "PUT")[1]
        assert (
            "Cause: OPTIONS is answered with status 405: it reaches the application, whose router refuses it\n" in told
        )
        assert f"Fix: if pages of {A} are yours, put a policy around the application" in told


class TestLogins:
    """A login inside of an application, which a row would answer or whose refusal it would let pages read."""

    SHOP = """\
        from flask import Flask, abort, request
        from corswsgi import CORSMiddleware, Policy
        from corswsgi.flask import CORS

        policies = {"/api/**": Policy(allow_origins="https://shop.example.org")}

        def make():
            app = Flask(__name__)
            app.add_url_rule("/other", view_func=lambda: "")
            app.before_request(lambda: abort(int(request.headers.get("X-Status", "401"))))
            return app

        front, around, outside = make(), make(), make()
        CORS(front, policies)
        around.wsgi_app = CORSMiddleware(around.wsgi_app, policies)
        outermost = CORSMiddleware(make(), policies)

        class Login:
            def __init__(self, app):
                self.wsgi_app = app

            def __call__(self, environ, start_response):
                start_response("401 Unauthorized", [])
                return []

        login = Login(CORSMiddleware(make(), policies))
        """

    @pytest.mark.parametrize("name", ["front", "around", "outermost"])
    def test_row_that_is_missing_is_the_cause(self, write: Write, name: str) -> None:
        write("shop.py", self.SHOP)
        told = advice(f"shop:{name}", "/other", "-X", "PUT")[1]
        assert (
            "Cause: no row matches `/other`, and so OPTIONS reaches the application, which answers with status 401"
            in told
        )
        told = advice(f"shop:{name}", "/other")[1]
        assert "Cause: the answer has status 401, and no row matches `/other`: a page cannot read it\n" in told
        assert f"Fix: log in first; if pages of {A} are yours, change the policy as below" in told
        assert "put CORS outside" not in told

    def test_refusal_is_in_the_log(self, write: Write) -> None:
        write("shop.py", self.SHOP.replace('"401"', '"403"'))
        assert "Fix: look at the log of the application; if pages of" in advice("shop:front", "/other")[1]

    def test_login_outside_of_cors_stays_the_cause(self, write: Write) -> None:
        write("shop.py", self.SHOP)
        told = advice("shop:login", "/other", "-X", "PUT")[1]
        assert "Cause: OPTIONS is answered with status 401: a login comes before CORS" in told


@pytest.mark.parametrize(("method", "asked"), [("GET", ""), ("PUT", "at OPTIONS, ")])
def test_exception_that_nobody_handles_is_the_cause(write: Write, method: str, asked: str) -> None:
    write(
        "raises.py",
        """\
        from corswsgi import CORSMiddleware, Policy

        def inner(environ, start_response):
            raise LookupError("no tenant")

        app = CORSMiddleware(inner, {"/y": Policy(allow_origins="https://shop.example.org")})
        """,
    )
    status, told = advice("raises:app", "/x", "-X", method)
    assert status == 1
    assert (
        f"Cause: {asked}the application raised LookupError: no tenant, and its server answers a plain 500, without "
        "headers of CORS\nFix: correct the exception; with corswsgi, intercept_exceptions=True lets pages read such "
        "errors\n"
    ) in told
    assert "Table:" not in told
