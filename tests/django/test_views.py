"""The policies of views, for requests and their preflights."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import pytest
from django.conf.urls.i18n import i18n_patterns
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path

from corswsgi import Decision, PolicyError
from corswsgi.django import cors, views, wrap
from corswsgi.django.front import DjangoFront
from tests.support.asking import APP, EVIL, Headers, alone, ask, make_environ, preflight, run
from tests.support.django_views import ANY, GRANTED, PARTNER, PARTNERS, PUBLIC, TABLE, VARIES, view

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

pytestmark = pytest.mark.usefixtures("project")


COMMON = "django.middleware.common.CommonMiddleware"
GRANTED_TO_PARTNER = [("Access-Control-Allow-Origin", PARTNER), ("Vary", "Origin")]


PREFLIGHT_OF_PARTNERS = [
    ("Access-Control-Allow-Origin", PARTNER),
    ("Access-Control-Allow-Methods", "PUT, DELETE"),
    ("Vary", "Origin"),
]


@pytest.fixture
def app() -> Iterator["WSGIApplication"]:
    with override_settings(CORS_POLICIES=TABLE):
        yield wrap(WSGIHandler(), intercept_exceptions=True)


@pytest.mark.parametrize(
    ("path", "origin", "headers"),
    [
        pytest.param("/plain/", APP, GRANTED, id="view without a policy has the settings'"),
        pytest.param("/plain/", EVIL, VARIES, id="unlisted origin gets nothing"),
        pytest.param("/public/", EVIL, ANY, id="function"),
        pytest.param("/", APP, GRANTED, id="the same function, routed without the policy"),
        pytest.param("/partners/7/", PARTNER, GRANTED_TO_PARTNER, id="below another decorator"),
        pytest.param("/partners/7/", APP, VARIES, id="the settings' origin is not the view's"),
        pytest.param("/partners/x/", APP, GRANTED, id="404 has the settings'"),
        pytest.param("/exempt/", PARTNER, GRANTED_TO_PARTNER, id="above another decorator"),
        pytest.param("/below/", PARTNER, GRANTED_TO_PARTNER, id="below two decorators"),
        pytest.param("/secret/", APP, [], id="None forbids"),
        pytest.param("/items/", PARTNER, GRANTED_TO_PARTNER, id="class"),
        pytest.param("/more/", PARTNER, GRANTED_TO_PARTNER, id="subclass"),
        pytest.param("/other/", EVIL, ANY, id="what as_view gives, before its class"),
        pytest.param("/one/", EVIL, ANY, id="method"),
        pytest.param("/set/", APP, GRANTED, id="action without a policy"),
        pytest.param("/asynchronous/", EVIL, ANY, id="asynchronous function"),
        pytest.param("/included/public/", EVIL, ANY, id="included URLconf"),
        pytest.param("/r/word/", EVIL, ANY, id="regex"),
        pytest.param("/caf\xc3\xa9/", EVIL, ANY, id="path beyond ASCII"),
        pytest.param("/caf\xe9/", APP, GRANTED, id="path that is not in UTF-8"),
        pytest.param("/stream/", EVIL, ANY, id="stream"),
        pytest.param("/varies/", PARTNER, [("Vary", "Cookie, Origin"), GRANTED_TO_PARTNER[0]], id="Vary of the view"),
        pytest.param("/partners/7", PARTNER, GRANTED_TO_PARTNER, id="redirect to the view, with a slash"),
        pytest.param("/nothing", APP, GRANTED, id="404 without a slash"),
        pytest.param("/crash/", PARTNER, GRANTED_TO_PARTNER, id="500"),
        pytest.param("/broken/word/", APP, GRANTED, id="converter that raises"),
        pytest.param("/public///", APP, GRANTED, id="path of no view"),
    ],
)
def test_view_that_serves_a_request_decides(app: "WSGIApplication", path: str, origin: str, headers: Headers) -> None:
    assert ask(app, path, origin=origin).cors == headers


def test_request_without_an_origin_varies_as_the_view_does(app: "WSGIApplication") -> None:
    assert ask(app, "/partners/7/").cors == VARIES
    assert ask(app, "/public/").cors == ANY
    assert ask(app, "/secret/").cors == []


def test_preflight_has_the_policy_of_the_view(app: "WSGIApplication") -> None:
    assert preflight(app, "/partners/7/", PARTNER).cors == PREFLIGHT_OF_PARTNERS
    assert preflight(app, "/exempt/", PARTNER).cors == PREFLIGHT_OF_PARTNERS
    assert preflight(app, "/public/", EVIL).cors == ANY
    assert preflight(app, "/plain/", APP).cors == GRANTED
    assert preflight(app, "/plain/", APP).status == "200 OK"
    assert preflight(app, "/secret/", APP).cors == []


@pytest.mark.parametrize(
    ("path", "method", "headers"),
    [
        pytest.param("/items/", "PUT", alone(ANY), id="method with a policy"),
        pytest.param("/items/", "DELETE", alone(PREFLIGHT_OF_PARTNERS, "DELETE"), id="method without a policy"),
        pytest.param("/items/", "SECRET", alone(PREFLIGHT_OF_PARTNERS), id="no method of HTTP"),
        pytest.param("/items/", "__class__", alone(PREFLIGHT_OF_PARTNERS), id="no method at all"),
        pytest.param("/one/", "HEAD", ANY, id="HEAD is served by get"),
        pytest.param("/one/", "PUT", VARIES, id="method that the class does not have"),
        pytest.param("/set/", "PUT", alone(PREFLIGHT_OF_PARTNERS, "PUT"), id="action of a view set"),
    ],
)
def test_preflight_has_the_policy_of_the_method_that_it_asks_for(
    app: "WSGIApplication", path: str, method: str, headers: Headers
) -> None:
    assert preflight(app, path, PARTNER, method).cors == headers


def test_preflight_runs_no_view() -> None:
    ran = []

    def spy(request: HttpRequest) -> HttpResponse:
        ran.append(request.method)
        return HttpResponse()

    class Urls:
        urlpatterns = (path("", cors(PARTNERS)(spy)),)

    with override_settings(ROOT_URLCONF=Urls):
        app = wrap(WSGIHandler())
        assert preflight(app, "/", PARTNER).cors == PREFLIGHT_OF_PARTNERS
        assert ask(app, "/", "OPTIONS", origin=PARTNER).cors == GRANTED_TO_PARTNER
    assert ran == ["OPTIONS"]


def test_decision_names_the_route_of_the_view() -> None:
    decisions: list[Decision] = []
    with override_settings(CORS_POLICIES=TABLE):
        app = wrap(WSGIHandler(), on_decision=decisions.append)
        for path_info in ("/partners/1/", "/partners/2/", "/items/", "/more/", "/r/word/", "/plain/"):
            ask(app, path_info, origin=PARTNER)
    assert [(decision.path_pattern, decision.reason) for decision in decisions] == [
        ("/partners/<int:number>/", "origin-allowed"),
        ("/partners/<int:number>/", "origin-allowed"),
        ("/items/", "origin-allowed"),
        ("/more/", "origin-allowed"),
        (r"/^r/(?P<word>\w+)/$", "any-origin"),
        ("/**", "origin-not-allowed"),
    ]


@pytest.mark.parametrize("policy", ["*", False, {"allow_origins": "*"}, view])
def test_view_whose_policy_is_none_is_refused_where_it_is_written(policy: Any) -> None:
    with pytest.raises(PolicyError) as caught:
        cors(policy)
    assert [(problem.code, problem.field) for problem in caught.value.problems] == [("wrong-type", "cors")]


@pytest.mark.parametrize(
    ("path_info", "headers"),
    [
        pytest.param("/en/public/", ANY, id="default language"),
        pytest.param("/de/public/", ANY, id="another language"),
        pytest.param("/public/", [], id="no language"),
    ],
)
def test_view_below_the_prefix_of_a_language_is_found(path_info: str, headers: Headers) -> None:
    class Urls:
        urlpatterns = i18n_patterns(path("public/", cors(PUBLIC)(view)))

    middleware = ["django.middleware.locale.LocaleMiddleware"]
    with override_settings(ROOT_URLCONF=Urls, MIDDLEWARE=middleware, LANGUAGE_CODE="en"):
        app = wrap(WSGIHandler())
        got = ask(app, path_info, origin=EVIL)
    assert [header for header in got.cors if header[0] != "Vary"] == headers


def test_modules_of_views_that_do_not_import_are_the_applications_own_error() -> None:
    with override_settings(ROOT_URLCONF="tests.no_such_module", CORS_ALLOWED_ORIGINS=[APP]):
        app = wrap(WSGIHandler(), intercept_exceptions=True)
        response = ask(app, "/", origin=APP)
        assert (response.status, response.cors) == ("500 Internal Server Error", GRANTED)
        with override_settings(ROOT_URLCONF="tests.support.django_views"):
            assert ask(app, "/public/", origin=EVIL).cors == ANY


def test_view_decides_before_a_regex_for_paths() -> None:
    with override_settings(CORS_ALLOWED_ORIGINS=[APP], CORS_URLS_REGEX=r"^/p\w+/"):
        app = wrap(WSGIHandler())
        assert ask(app, "/public/", origin=EVIL).cors == ANY
        assert ask(app, "/plain/", origin=APP).cors == GRANTED
        assert ask(app, "/", origin=APP).cors == []


class Here:
    urlpatterns = (path("here/", view), path("both/", view))


class There:
    urlpatterns = (path("both/", view),)


def choose(get_response: Any) -> Any:
    """Make a middleware that lets requests choose their urlconf."""

    def respond(request: HttpRequest) -> Any:
        request.urlconf = {"here": Here, "there": There}[request.GET["at"]]
        return get_response(request)

    return respond


def test_urlconfs_that_agree_on_a_path_or_have_no_view_for_it_leave_it_to_the_settings() -> None:
    with override_settings(CORS_POLICIES=TABLE, MIDDLEWARE=[f"{__name__}.choose"]):
        app = wrap(WSGIHandler())
        for at in ("here", "there", "here"):
            environ = make_environ("/both/", origin=APP, host="a.example")
            environ["QUERY_STRING"] = f"at={at}"
            assert run(app, environ).cors == GRANTED
        for asked in ("/both/", "/here/"):
            environ = make_environ(asked, "OPTIONS", origin=APP, host="a.example", access_control_request_method="GET")
            assert run(app, environ).cors == GRANTED


def test_what_is_remembered_of_hosts_and_views_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "_MOST_HOSTS", 0)
    monkeypatch.setattr(views, "_MOST_VIEWS", 0)
    searched: list[str] = []

    def places(function: object, method: str) -> Iterator[object]:
        searched.append(method)
        yield function

    monkeypatch.setattr(views, "_places", places)
    with override_settings(CORS_POLICIES=TABLE):
        app = wrap(WSGIHandler())
        counts: list[int] = []
        for _ in range(3):
            assert ask(app, "/public/", origin=EVIL, host="a.example").cors == ANY
            counts.append(searched.count("GET"))
    assert [count - counts[0] for count in counts] == [0, 1, 2]
    assert isinstance(app, DjangoFront)
    assert app.framework.shown == {}


def test_mock_in_place_of_a_view_serves() -> None:
    class Urls:
        urlpatterns = (path("mock", Mock(return_value=HttpResponse("mocked"))), path("me", cors(PARTNERS)(view)))

    with override_settings(ROOT_URLCONF=Urls, CORS_POLICIES=TABLE):
        app = wrap(WSGIHandler())
        assert ask(app, "/mock", origin=APP).cors == GRANTED
        assert ("Access-Control-Allow-Origin", APP) in preflight(app, "/mock").cors
        assert ask(app, "/me", origin=PARTNER).cors == GRANTED_TO_PARTNER


def test_texts_of_a_request_are_not_remembered_for_ever() -> None:
    with override_settings(CORS_POLICIES=TABLE, ALLOWED_HOSTS=["shop.example"], MIDDLEWARE=[COMMON]):
        app = wrap(WSGIHandler())
        for n in range(3):
            assert ask(app, "/public/", host=f"{n}.example", origin=EVIL).status == "400 Bad Request"
            preflight(app, "/public/", method=f"M{n}")
        assert ask(app, "/public/", host="shop.example", origin=EVIL).cors == ANY
        assert preflight(app, "/public/", method="PUT").cors != []
        assert isinstance(app, DjangoFront)
        views = app.framework
        assert list(views.shown) == ["shop.example"]
        assert {method for known in views.routes.values() for method in known.views} == {"GET", "PUT"}
