"""PasteDeploy: the filter in a real ini file, in front of an application without CORS."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from paste.deploy import loadapp
from pyramid.config import Configurator
from pyramid.paster import get_app
from pyramid.response import Response

from corswsgi import CORSMiddleware, PolicyError
from corswsgi.files import watched
from tests.support.asking import APP, EVIL, ask, hello, preflight

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

INI = """
[app:hello]
use = call:tests.test_paste:{factory}

[filter:cors]
use = egg:corswsgi
{settings}

[pipeline:main]
pipeline = cors hello
"""
POLICIES = "policies = %(here)s/cors.toml"
ALLOWED = [("Access-Control-Allow-Origin", APP), ("Vary", "Origin")]


def make_hello(_global_conf: dict[str, str]) -> "WSGIApplication":
    return hello


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "cors.toml").write_text(f'["/api/**"]\nallow_origins = ["{APP}"]')
    return tmp_path


def make_crash(_global_conf: dict[str, str]) -> "WSGIApplication":
    return crash


def load(folder: Path, *settings: str, factory: str = "make_hello") -> CORSMiddleware:
    (folder / "app.ini").write_text(INI.format(settings="\n".join(settings), factory=factory))
    app = loadapp(f"config:{folder}/app.ini")
    assert isinstance(app, CORSMiddleware)
    return app


def test_filter_puts_the_file_in_front_of_the_application(folder: Path) -> None:
    app = load(folder, POLICIES)
    assert ask(app, "/api/me", origin=APP).cors == ALLOWED
    assert ask(app, "/api/me", origin=EVIL).cors == [("Vary", "Origin")]
    assert ask(app, "/elsewhere", origin=APP).cors == []
    answer = preflight(app, "/api/me")
    assert (answer.status, answer.cors) == ("204 No Content", ALLOWED)


def test_other_settings_are_the_arguments_of_the_middleware(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched, "QUIET_FOR", 0)
    app = load(folder, POLICIES, "preflight_status = 200", "intercept_exceptions = True", "check_every = 0")
    assert preflight(app, "/api/me").status == "200 OK"
    (folder / "cors.toml").write_text(f'["/api/**"]\nallow_origins = ["{EVIL}", "{APP}"]')
    assert len(ask(app, "/api/me", origin=EVIL).cors) == 2


def test_writes_of_other_origins_are_refused_where_the_setting_says_so(folder: Path) -> None:
    sent = {"origin": EVIL, "sec_fetch_site": "cross-site"}
    assert ask(load(folder, POLICIES), "/orders", "POST", **sent).status == "200 OK"
    assert ask(load(folder, POLICIES, "cross_origin_writes = refuse"), "/orders", "POST", **sent).status.startswith(
        "403"
    )


def test_file_is_read_once_without_check_every(folder: Path) -> None:
    app = load(folder, POLICIES)
    (folder / "cors.toml").unlink()
    assert ask(app, "/api/me", origin=APP).cors == ALLOWED


def test_crash_is_intercepted_where_the_setting_says_so(folder: Path) -> None:
    app = load(folder, POLICIES, "intercept_exceptions = true", factory="make_crash")
    answer = ask(app, "/api/me", origin=APP)
    assert (answer.status, answer.cors) == ("500 Internal Server Error", ALLOWED)


def crash(*_: object) -> list[bytes]:
    raise RuntimeError("the database is gone")


@pytest.mark.parametrize(
    ("setting", "code"),
    [
        pytest.param("preflight_status = 404", "preflight-status", id="status"),
        pytest.param("preflight_status = fine", "preflight-status", id="no number"),
        pytest.param("intercept_exceptions = perhaps", "wrong-type", id="no flag"),
        pytest.param("cross_origin_writes = on", "cross-origin-writes", id="no such value of the switch"),
        pytest.param("check_every = soon", "check-every", id="no seconds"),
        pytest.param("check_every = -0.5", "check-every", id="seconds before now"),
    ],
)
def test_setting_that_the_argument_refuses_is_refused(folder: Path, setting: str, code: str) -> None:
    with pytest.raises(PolicyError) as caught:
        load(folder, POLICIES, setting)
    assert [problem.code for problem in caught.value.problems] == [code]


def test_missing_file_is_named(folder: Path) -> None:
    with pytest.raises(PolicyError) as caught:
        load(folder, "policies = %(here)s/nowhere.toml")
    assert str(caught.value).startswith(f"{folder}/nowhere.toml: policies: the file cannot be read")


def make_site(_global_conf: dict[str, str]) -> "WSGIApplication":
    config = Configurator()
    config.add_route("me", "/api/me")
    config.add_view(lambda _: Response("me"), route_name="me")
    site: WSGIApplication = config.make_wsgi_app()
    return site


def test_pyramid_loads_the_same_file(folder: Path) -> None:
    (folder / "app.ini").write_text(INI.format(settings=POLICIES, factory="make_site"))
    app = get_app(f"{folder}/app.ini")
    answer = ask(app, "/api/me", origin=APP)
    assert (answer.status, answer.body, answer.cors) == ("200 OK", b"me", ALLOWED)
    assert preflight(app, "/api/me").cors == ALLOWED
