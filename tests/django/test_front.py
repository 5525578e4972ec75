"""The front end in front of an application: the settings decide, and their changes take effect."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings

from corswsgi import PolicyError
from corswsgi.django import get_wsgi_application, wrap
from tests.support.asking import APP, EVIL, ask
from tests.support.django_views import ANY, GRANTED, PUBLIC, TABLE, VARIES, Plain

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

pytestmark = pytest.mark.usefixtures("project")


@pytest.fixture
def app() -> Iterator["WSGIApplication"]:
    with override_settings(CORS_POLICIES=TABLE):
        yield wrap(WSGIHandler(), intercept_exceptions=True)


@pytest.mark.parametrize("allowed", [{"CORS_POLICIES": TABLE}, {"CORS_ALLOWED_ORIGINS": [APP]}])
def test_without_decorated_views_the_settings_decide(allowed: dict[str, object]) -> None:
    with override_settings(ROOT_URLCONF=Plain, **allowed):
        app = wrap(WSGIHandler())
        assert ask(app, "/public/", origin=APP).cors == GRANTED
        assert ask(app, "/public/", origin=EVIL).cors == VARIES


def test_without_settings_only_decorated_views_are_touched() -> None:
    app = wrap(WSGIHandler())
    assert ask(app, "/public/", origin=EVIL).cors == ANY
    assert ask(app, "/plain/", origin=APP).cors == []


def test_get_wsgi_application_is_djangos_behind_the_policies() -> None:
    with override_settings(CORS_ALLOWED_ORIGINS=[APP]):
        assert ask(get_wsgi_application(), "/plain/", origin=APP).cors == GRANTED


def test_change_of_settings_takes_effect_with_the_next_request(app: "WSGIApplication") -> None:
    assert ask(app, "/plain/", origin=EVIL).cors == VARIES
    with override_settings(CORS_POLICIES={"/**": PUBLIC}):
        assert ask(app, "/plain/", origin=EVIL).cors == ANY
        with override_settings(CORS_POLICIES={"/**": {"allow_origins": "null"}}), pytest.raises(PolicyError):
            ask(app, "/plain/")
    with override_settings(USE_TZ=True):
        assert ask(app, "/plain/", origin=EVIL).cors == VARIES
    with override_settings(ROOT_URLCONF=Plain):
        app = wrap(WSGIHandler())
        assert ask(app, "/public/", origin=EVIL).cors == VARIES
    assert ask(app, "/public/", origin=EVIL).cors == ANY


def test_option_that_is_refused_is_refused_at_once() -> None:
    with pytest.raises(PolicyError, match="preflight-status"):
        wrap(WSGIHandler(), preflight_status=404)


def test_handler_without_a_front_is_left_alone_beside_one_that_has_it() -> None:
    with override_settings(CORS_ALLOWED_ORIGINS=[APP]):
        app = get_wsgi_application()
        assert ask(WSGIHandler(), "/plain/", origin=APP).cors == []
        assert ask(app, "/plain/", origin=APP).cors == GRANTED


def test_front_is_behind_middlewares_around_the_handler() -> None:
    handler = WSGIHandler()

    def prefix(environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
        path = environ["PATH_INFO"].removeprefix("/shop")
        answer: Iterable[bytes] = handler({**environ, "SCRIPT_NAME": "/shop", "PATH_INFO": path}, start_response)
        return answer

    with override_settings(CORS_POLICIES={"/plain": {"allow_origins": APP}}):
        app = wrap(prefix)
        for _ in range(2):
            assert ask(app, "/shop/public/", origin=EVIL).cors == ANY
            assert ask(app, "/shop/plain/", origin=APP).cors == GRANTED
