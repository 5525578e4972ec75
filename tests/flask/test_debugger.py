"""Crashes in debug mode and under ``app.testing``: a page of another origin sees a 500, and not a CORS error."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.debug import DebuggedApplication

from corswsgi import Policy
from corswsgi.flask import CORS, cross_origin
from tests.support.asking import APP, ask, make_environ, run

POLICY = Policy(allow_origins=APP)
GRANTED = [("Access-Control-Allow-Origin", APP), ("Vary", "Origin")]


def crash() -> str:
    secret = "visible in the console"  # noqa: S105, F841  (of the frame)
    raise RuntimeError("the database is gone")


def decorated(app: Flask) -> None:
    app.add_url_rule("/crash", "crash", cross_origin(POLICY)(crash))


def with_table(app: Flask) -> None:
    CORS(app, {"/**": POLICY})
    app.add_url_rule("/crash", "crash", crash)


@pytest.mark.parametrize("install", [decorated, with_table])
@pytest.mark.parametrize("evalex", [True, False])
def test_page_of_the_debugger_is_its_own_and_has_the_headers(install: Callable[[Flask], None], evalex: bool) -> None:
    app = Flask(__name__)
    app.debug = True
    install(app)
    debugger = DebuggedApplication(app, evalex=evalex)
    for _ in range(2):  # the first request, and all later ones
        environ = make_environ("/crash", origin=APP)
        response = run(debugger, environ)
        assert (response.status, response.cors) == ("500 INTERNAL SERVER ERROR", GRANTED)
        page = response.body.decode()
        assert "RuntimeError: the database is gone" in page
        assert "_raising" not in page
        assert debugger.secret in page
        assert environ["wsgi.errors"].getvalue().count("RuntimeError: the database is gone") == 1
        frames = [int(each) for each in re.findall(r'id="frame-(\d+)"', page)]
        assert frames
        assert set(frames) <= set(debugger.frames)
        assert "crash" in {getattr(debugger.frames[frame], "name", "") for frame in frames}


def test_exception_passes_where_no_debugger_waits() -> None:
    app = Flask(__name__)
    app.testing = True
    with_table(app)
    with pytest.raises(RuntimeError, match="database"):
        ask(app, "/crash", origin=APP)


@pytest.mark.parametrize("mode", ["testing", "debug"])
@pytest.mark.parametrize("in_config", [True, False])
def test_exception_is_intercepted_in_the_words_of_flask_cors_if_they_say_so(mode: str, in_config: bool) -> None:
    app = Flask(__name__)
    setattr(app, mode, True)
    if in_config:
        app.config["CORS_INTERCEPT_EXCEPTIONS"] = True
        CORS(app, origins=APP)
    else:
        CORS(app, origins=APP, intercept_exceptions=True)
    app.add_url_rule("/crash", "crash", crash)
    response = ask(app, "/crash", origin=APP)
    assert (response.status, response.cors) == ("500 Internal Server Error", GRANTED)


def test_exception_of_a_view_without_a_policy_is_not_intercepted() -> None:
    app = Flask(__name__)
    app.testing = True
    CORS(app, {"/api/**": POLICY}, intercept_exceptions=True)
    app.add_url_rule("/crash", "crash", crash)
    with pytest.raises(RuntimeError, match="database"):
        ask(app, "/crash", origin=APP)
