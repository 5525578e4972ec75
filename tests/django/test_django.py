"""Django's front end: settings and decorated views in, the core's decisions out."""

import logging
import pickle
import re
from collections.abc import Callable, Iterator
from functools import partial, wraps
from io import BytesIO
from typing import TYPE_CHECKING, Any

import django
import pytest
from django.apps import AppConfig
from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.core.checks import run_checks
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.test import override_settings
from django.urls import include, path, re_path, register_converter
from django.utils.functional import empty
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from corswsgi import CORSMiddleware, Decision, Policy, PolicyError
from corswsgi.browser import Page
from corswsgi.cli.explain_advice import advise
from corswsgi.cli.words import in_words
from corswsgi.django import check_request_enabled, cors, default_headers, default_methods, get_wsgi_application, wrap
from corswsgi.django.settings import read_settings
from corswsgi.django.test import Client
from tests.support.asking import APP, EVIL, Headers, alone, ask, hello, make_environ, preflight, run

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

PUBLIC = Policy(allow_origins="*")
PARTNER = "https://partner.example.org"
PARTNERS = Policy(allow_origins=PARTNER, allow_methods=["PUT", "DELETE"])
TABLE = {"/**": {"allow_origins": APP}}

GRANTED = [("Access-Control-Allow-Origin", APP), ("Vary", "Origin")]
GRANTED_TO_PARTNER = [("Access-Control-Allow-Origin", PARTNER), ("Vary", "Origin")]
GRANTED_TO_EVIL = [("Access-Control-Allow-Origin", EVIL), ("Vary", "Origin")]
ANY = [("Access-Control-Allow-Origin", "*")]
VARIES = [("Vary", "Origin")]
PREFLIGHT_OF_PARTNERS = [
    ("Access-Control-Allow-Origin", PARTNER),
    ("Access-Control-Allow-Methods", "PUT, DELETE"),
    ("Vary", "Origin"),
]


def view(request: HttpRequest, **_: Any) -> HttpResponse:
    return HttpResponse("hello")


def echo(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.body)


def crash(request: HttpRequest) -> HttpResponse:
    raise RuntimeError


def logged(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Be any decorator of a project."""

    @wraps(view)
    def logging_view(*args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(*args, **kwargs)

    return logging_view


@cors(PUBLIC)
async def asynchronous(request: HttpRequest) -> HttpResponse:
    return HttpResponse("hello")


@cors(PARTNERS)
class Items(View):
    def get(self, _: HttpRequest) -> HttpResponse:
        return HttpResponse("hello")

    @cors(PUBLIC)
    def put(self, _: HttpRequest) -> HttpResponse:
        return HttpResponse("hello")

    @cors(PUBLIC)
    def secret(self, _: HttpRequest) -> HttpResponse:
        raise NotImplementedError


class MoreItems(Items):
    """A class that inherits the policy."""


class Undecorated(View):
    @cors(PUBLIC)
    def get(self, _: HttpRequest) -> HttpResponse:
        return HttpResponse("hello")


class ViewSet:
    """A view set of Django REST framework, with what its ``as_view`` leaves on the view that it makes."""

    http_method_names = ("get", "put")

    @cors(PARTNERS)
    def update(self, _: HttpRequest) -> HttpResponse:
        raise NotImplementedError

    @classmethod
    def as_view(cls, actions: dict[str, str]) -> Callable[..., HttpResponse]:
        made: Any = partial(view)
        made.cls, made.actions = cls, actions
        return made  # type: ignore[no-any-return]


class Broken:
    regex = "[a-z]+"

    def to_python(self, value: str) -> str:
        raise KeyError(value)

    def to_url(self, value: str) -> str:
        return value


register_converter(Broken, "broken")

urlpatterns = [
    path("", view),
    path("plain/", view),
    path("public/", cors(PUBLIC)(view)),
    path("partners/<int:number>/", require_http_methods(["GET", "PUT"])(cors(PARTNERS)(view))),
    path("exempt/", cors(PARTNERS)(csrf_exempt(view))),
    path("below/", csrf_exempt(logged(cors(PARTNERS)(view)))),
    path("secret/", cors(None)(view)),
    path("items/", Items.as_view()),
    path("more/", logged(MoreItems.as_view())),
    path("other/", cors(PUBLIC)(MoreItems.as_view())),
    path("one/", Undecorated.as_view()),
    path("set/", ViewSet.as_view({"get": "list", "put": "update"})),
    path("asynchronous/", asynchronous),
    path("included/", include([path("public/", cors(PUBLIC)(view))])),
    re_path(r"^r/(?P<word>\w+)/$", cors(PUBLIC)(view)),
    path("café/", cors(PUBLIC)(view)),
    path("broken/<broken:word>/", cors(PUBLIC)(view)),
    path("stream/", cors(PUBLIC)(lambda _: StreamingHttpResponse([b"one", b"two"]))),
    path("varies/", cors(PARTNERS)(lambda _: HttpResponse(headers={"Vary": "Cookie"}))),
    path("crash/", cors(PARTNERS)(crash)),
]


class Plain:
    """A URLconf without decorated views."""

    urlpatterns = (path("", view), path("foo/", echo), path("api/x", view), path("public/", view))


@pytest.fixture(scope="module", autouse=True)
def _configured() -> Iterator[None]:
    """Configure Django for these tests, and leave it as it was: an example has it to itself."""
    before = settings._wrapped  # noqa: SLF001  (nothing public undoes `configure`)
    settings._wrapped = empty  # noqa: SLF001
    settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="of tests", MIDDLEWARE=[])  # noqa: S106
    django.setup()
    yield
    settings._wrapped = before  # noqa: SLF001


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
        with override_settings(ROOT_URLCONF=__name__):
            assert ask(app, "/public/", origin=EVIL).cors == ANY


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


def test_view_decides_before_a_regex_for_paths() -> None:
    with override_settings(CORS_ALLOWED_ORIGINS=[APP], CORS_URLS_REGEX=r"^/p\w+/"):
        app = wrap(WSGIHandler())
        assert ask(app, "/public/", origin=EVIL).cors == ANY
        assert ask(app, "/plain/", origin=APP).cors == GRANTED
        assert ask(app, "/", origin=APP).cors == []


@pytest.mark.parametrize(
    ("words", "path_info", "origin", "headers"),
    [
        pytest.param({"CORS_ALLOWED_ORIGINS": [APP]}, "/", APP, GRANTED, id="list of origins"),
        pytest.param({"CORS_ALLOWED_ORIGINS": APP}, "/", APP, GRANTED, id="one origin"),
        pytest.param({"CORS_ALLOWED_ORIGINS": []}, "/", APP, VARIES, id="no origins"),
        pytest.param({"CORS_ORIGIN_WHITELIST": (APP,)}, "/", APP, GRANTED, id="old name of origins"),
        pytest.param({"CORS_ORIGIN_WHITELIST": [EVIL], "CORS_ALLOWED_ORIGINS": [APP]}, "/", EVIL, VARIES, id="both"),
        pytest.param({"CORS_ALLOW_ALL_ORIGINS": True}, "/", EVIL, ANY, id="all origins"),
        pytest.param({"CORS_ALLOW_ALL_ORIGINS": True, "CORS_ALLOWED_ORIGINS": [APP]}, "/", EVIL, ANY, id="all wins"),
        pytest.param({"CORS_ALLOW_ALL_ORIGINS": False}, "/", EVIL, VARIES, id="not all origins"),
        pytest.param({"CORS_ORIGIN_ALLOW_ALL": True}, "/", EVIL, ANY, id="old name of all origins"),
        pytest.param({"CORS_ALLOWED_ORIGIN_REGEXES": [r"^https://\w+\.example\.com$"]}, "/", APP, GRANTED, id="regex"),
        pytest.param({"CORS_ORIGIN_REGEX_WHITELIST": [re.compile(r"https://app\.example\.com")]}, "/", APP, GRANTED,
                     id="old name of regexes, a compiled one"),
        pytest.param({"CORS_ALLOWED_ORIGIN_REGEXES": [r"^https://evil\.ex"]}, "/", EVIL, VARIES, id="whole origin"),
        pytest.param({"CORS_ALLOW_CREDENTIALS": True, "CORS_EXPOSE_HEADERS": ["X-A", "X-B"],
                      "CORS_ALLOWED_ORIGINS": [APP]}, "/", APP,
                     [GRANTED[0], ("Access-Control-Allow-Credentials", "true"),
                      ("Access-Control-Expose-Headers", "X-A, X-B"), GRANTED[1]], id="credentials, exposed headers"),
        pytest.param({"CORS_URLS_REGEX": "^/foo/$"}, "/foo/", APP, GRANTED, id="one path"),
        pytest.param({"CORS_URLS_REGEX": "^/foo/$"}, "/foo/x", APP, [], id="a path below it"),
        pytest.param({"CORS_URLS_REGEX": "^/api/"}, "/api/x", APP, GRANTED, id="beginning of a path"),
        pytest.param({"CORS_URLS_REGEX": "^/api/.*$"}, "/api/x", APP, GRANTED, id="beginning and anything"),
        pytest.param({"CORS_URLS_REGEX": "^/api/.*$"}, "/api/", APP, GRANTED, id="beginning alone"),
        pytest.param({"CORS_URLS_REGEX": "^/api/.*$"}, "/api", APP, GRANTED, id="beginning without its slash"),
        pytest.param({"CORS_URLS_REGEX": "^/.*"}, "/x", APP, GRANTED, id="any path after its slash"),
        pytest.param({"CORS_URLS_REGEX": "^.*$"}, "/x", APP, GRANTED, id="any path"),
        pytest.param({"CORS_URLS_REGEX": "/api"}, "/apix", APP, GRANTED, id="beginning of a segment"),
        pytest.param({"CORS_URLS_REGEX": "/api"}, "/x/api", APP, [], id="beginning of a segment, elsewhere"),
        pytest.param({"CORS_URLS_REGEX": r"^/v\d+/"}, "/v12/x", APP, GRANTED, id="regex that no pattern says"),
        pytest.param({"CORS_URLS_REGEX": r"^/v\d+/"}, "/v/x", APP, [], id="path that it does not match"),
        pytest.param({"CORS_URLS_REGEX": r"^/v\d+/"}, "/v1/../x", APP, [], id="ambiguous path that it matches"),
        pytest.param({"CORS_URLS_REGEX": re.compile("^/FOO/$", re.IGNORECASE)}, "/foo/", APP, GRANTED, id="its flags"),
        pytest.param({"CORS_URLS_REGEX": "^/é/$"}, "/\xc3\xa9/", APP, GRANTED, id="path beyond ASCII"),
        pytest.param({"CORS_URLS_REGEX": "$"}, "/", APP, [], id="no path"),
        pytest.param({"CORS_ALLOW_PRIVATE_NETWORK": False}, "/", APP, VARIES, id="no private network"),
    ],
)  # fmt: skip
def test_their_words_mean_what_they_say(
    words: dict[str, object], path_info: str, origin: str, headers: Headers
) -> None:
    if "CORS_URLS_REGEX" in words:
        words = {"CORS_ALLOWED_ORIGINS": [APP], **words}
    with override_settings(ROOT_URLCONF=Plain, **words):
        assert ask(wrap(WSGIHandler()), path_info, origin=origin).cors == headers


@pytest.mark.parametrize(
    ("words", "headers"),
    [
        pytest.param(
            {},
            [
                ("Access-Control-Allow-Methods", ", ".join(default_methods)),
                ("Access-Control-Allow-Headers", ", ".join(default_headers)),
                ("Access-Control-Max-Age", "86400"),
            ],
            id="defaults",
        ),
        pytest.param(
            {
                "CORS_ALLOW_METHODS": ["PUT"],
                "CORS_ALLOW_HEADERS": [*default_headers[:1], "dnt", "x-a"],
                "CORS_PREFLIGHT_MAX_AGE": 0,
            },
            [("Access-Control-Allow-Methods", "PUT"), ("Access-Control-Allow-Headers", "accept, x-a")],
            id="header that no page can set, no max age",
        ),
        pytest.param(
            {"CORS_ALLOW_METHODS": (), "CORS_ALLOW_HEADERS": "x-a", "CORS_PREFLIGHT_MAX_AGE": 60},
            [("Access-Control-Allow-Headers", "x-a"), ("Access-Control-Max-Age", "60")],
            id="one header",
        ),
    ],
)
def test_preflight_says_their_words(words: dict[str, object], headers: Headers) -> None:
    with override_settings(ROOT_URLCONF=Plain, CORS_ALLOWED_ORIGINS=[APP], **words):
        assert preflight(wrap(WSGIHandler()), "/", APP).cors == [GRANTED[0], *headers, GRANTED[1]]


REFUSED = [
    pytest.param({"CORS_ALLOW_ALL_ORIGINS": True, "CORS_ALLOW_CREDENTIALS": True},
                 [("any-origin-with-credentials", "CORS_ALLOW_ALL_ORIGINS")], id="any origin with credentials"),
    pytest.param({"CORS_ORIGIN_ALLOW_ALL": True, "CORS_ALLOW_CREDENTIALS": True},
                 [("any-origin-with-credentials", "CORS_ORIGIN_ALLOW_ALL")], id="the same by its old name"),
    pytest.param({"CORS_ALLOWED_ORIGINS": [APP, "null", "*", f"{APP}/"]},
                 [("null-origin", "CORS_ALLOWED_ORIGINS[1]"), ("misplaced-wildcard", "CORS_ALLOWED_ORIGINS[2]"),
                  ("origin-with-trailing-slash", "CORS_ALLOWED_ORIGINS[3]")], id="origins, each with its place"),
    pytest.param({"CORS_ORIGIN_WHITELIST": ["file://"]}, [("file-origin", "CORS_ORIGIN_WHITELIST[0]")], id="file"),
    pytest.param({"CORS_ALLOWED_ORIGINS": "null"}, [("null-origin", "CORS_ALLOWED_ORIGINS")], id="one origin"),
    pytest.param({"CORS_ALLOWED_ORIGINS": ["http://a.example"], "CORS_ALLOW_CREDENTIALS": True},
                 [("insecure-origin-with-credentials", "CORS_ALLOWED_ORIGINS[0]")], id="insecure"),
    pytest.param({"CORS_ALLOWED_ORIGIN_REGEXES": ["^https://www.example$", "(", 7]},
                 [("malformed-regex", "CORS_ALLOWED_ORIGIN_REGEXES[1]"),
                  ("wrong-type", "CORS_ALLOWED_ORIGIN_REGEXES[2]")], id="regexes"),
    pytest.param({"CORS_ALLOWED_ORIGINS": None, "CORS_ALLOW_ALL_ORIGINS": 1, "CORS_ALLOW_CREDENTIALS": "no"},
                 [("wrong-type", "CORS_ALLOWED_ORIGINS"), ("wrong-type", "CORS_ALLOW_ALL_ORIGINS"),
                  ("wrong-type", "CORS_ALLOW_CREDENTIALS")], id="wrong types"),
    pytest.param({"CORS_ALLOW_METHODS": ["GET", "put"], "CORS_ALLOW_HEADERS": ["dnt", "a b"],
                  "CORS_EXPOSE_HEADERS": ["a b"], "CORS_PREFLIGHT_MAX_AGE": -1, "CORS_ALLOW_CREDENTIALS": True},
                 [("list-in-string", "CORS_ALLOW_HEADERS[1]"), ("method-in-wrong-case", "CORS_ALLOW_METHODS[1]"),
                  ("list-in-string", "CORS_EXPOSE_HEADERS[0]"),
                  ("negative-max-age", "CORS_PREFLIGHT_MAX_AGE")], id="all of a policy"),
    pytest.param({"CORS_ALLOWED_ORIGINS": 7, "CORS_ALLOW_HEADERS": {"x-a": True}},
                 [("wrong-type", "CORS_ALLOWED_ORIGINS"), ("wrong-type", "CORS_ALLOW_HEADERS")], id="no lists"),
    pytest.param({"CORS_ALLOWED_ORIGINS": [APP, None], "CORS_ALLOWED_ORIGIN_REGEXES": None},
                 [("wrong-type", "CORS_ALLOWED_ORIGINS[1]"), ("wrong-type", "CORS_ALLOWED_ORIGIN_REGEXES")],
                 id="variables that are not set"),
    pytest.param({"CORS_URLS_REGEX": "("}, [("malformed-regex", "CORS_URLS_REGEX")], id="paths, no regex"),
    pytest.param({"CORS_URLS_REGEX": ["^/api/"]}, [("wrong-type", "CORS_URLS_REGEX")], id="paths, wrong type"),
    pytest.param({"CORS_POLICIES": {"a": {"allow_origins": "null"}}},
                 [("path-without-slash", 'CORS_POLICIES: "a"'), ("null-origin", 'CORS_POLICIES: "a".allow_origins')],
                 id="table"),
    pytest.param({"CORS_POLICIES": None}, [("wrong-type", "CORS_POLICIES: policies")], id="no table"),
    pytest.param({"CORS_POLICIES": {}, "CORS_ALLOWED_ORIGINS": []}, [("settings-beside-table", "CORS_POLICIES")],
                 id="table beside their words"),
]  # fmt: skip
NOTED = [
    pytest.param({"CORS_ALLOWED_ORIGINS": []}, [("no-origins", "CORS_ALLOWED_ORIGINS")], id="no origins"),
    pytest.param({"CORS_ALLOWED_ORIGINS": [APP], "CORS_ALLOW_HEADERS": ["dnt", "x-a", "Accept-Encoding"]},
                 [("forbidden-request-header", "CORS_ALLOW_HEADERS[0]"),
                  ("forbidden-request-header", "CORS_ALLOW_HEADERS[2]")], id="headers that no page can set"),
    pytest.param({"CORS_ALLOWED_ORIGIN_REGEXES": [r"^https://a\.example", r"^https://b\.example$", "^https://.*"]},
                 [("regex-matched-whole", "CORS_ALLOWED_ORIGIN_REGEXES[0]")], id="regex without an end"),
    pytest.param({"CORS_ALLOWED_ORIGIN_REGEXES": ["https://*.example.com", r".*\.example\.com.*"]},
                 [("regex-matched-whole", "CORS_ALLOWED_ORIGIN_REGEXES[0]"),
                  ("regex-matched-whole", "CORS_ALLOWED_ORIGIN_REGEXES[1]")], id="wildcard, and anything at the end"),
    pytest.param({"CORS_ALLOWED_ORIGIN_REGEXES": [r"^https?://(.+\.)?example\.com$", r"^http://localhost:\d+$"],
                  "CORS_ALLOW_CREDENTIALS": True},
                 [("insecure-origin-with-credentials", "CORS_ALLOWED_ORIGIN_REGEXES[0]")], id="http with cookies"),
    pytest.param({"CORS_ALLOWED_ORIGINS": [APP], "CORS_ALLOW_HEADERS": ["application/json", "ETag"],
                  "CORS_EXPOSE_HEADERS": ["If-Match", "*/*"]},
                 [("not-a-token", "CORS_ALLOW_HEADERS[0]"),
                  ("response-header-in-request", "CORS_ALLOW_HEADERS[1]"),
                  ("request-header-in-response", "CORS_EXPOSE_HEADERS[0]"),
                  ("not-a-token", "CORS_EXPOSE_HEADERS[1]")], id="names that are of no use"),
    pytest.param({"CORS_ALLOWED_ORIGIN_REGEXES": ["^https://www.example$", r"^https://a\.example$", ""]},
                 [("regex-with-unescaped-dot", "CORS_ALLOWED_ORIGIN_REGEXES[0]"),
                  ("origin-without-scheme", "CORS_ALLOWED_ORIGIN_REGEXES[2]")], id="dot, and an empty regex"),
    pytest.param({"CORS_ALLOWED_ORIGIN_REGEXES": [r"^https://a\.example$", r"^localhost:\d+$", r"^https://a\.b/$"]},
                 [("regex-without-match", "CORS_ALLOWED_ORIGIN_REGEXES[1]"),
                  ("regex-without-match", "CORS_ALLOWED_ORIGIN_REGEXES[2]")], id="regexes that match no origin"),
    pytest.param({"CORS_ALLOWED_ORIGINS": [APP, " ", ""]},
                 [("origin-without-scheme", "CORS_ALLOWED_ORIGINS[1]"),
                  ("origin-without-scheme", "CORS_ALLOWED_ORIGINS[2]")], id="commas at the end"),
    pytest.param({"CORS_ALLOWED_ORIGINS": [APP], "CORS_ALLOW_METHODS": ["PUT", ""], "CORS_ALLOW_HEADERS": [""],
                  "CORS_EXPOSE_HEADERS": " "},
                 [("not-a-token", "CORS_ALLOW_METHODS[1]"), ("not-a-token", "CORS_ALLOW_HEADERS[0]"),
                  ("not-a-token", "CORS_EXPOSE_HEADERS")], id="names that are empty"),
    pytest.param({"CORS_ALLOWED_ORIGINS": ""},
                 [("origin-without-scheme", "CORS_ALLOWED_ORIGINS"), ("no-origins", "CORS_ALLOWED_ORIGINS")],
                 id="empty variable"),
    pytest.param({"CORS_ALLOWED_ORIGINS": [APP], "CORS_ALLOW_METHODS": "GET,PUT", "CORS_PREFLIGHT_MAX_AGE": 604800,
                  "CORS_ALLOW_HEADERS": ["x-a,Cookie", "Access-Control-Allow-Origin", "Access-Control-Request-Method"],
                  "CORS_EXPOSE_HEADERS": ["*", "Set-Cookie", "x-b,x-c"], "CORS_ALLOW_CREDENTIALS": True},
                 [("list-in-string", "CORS_ALLOW_METHODS"), ("list-in-string", "CORS_ALLOW_HEADERS[0]"),
                  ("forbidden-request-header", "CORS_ALLOW_HEADERS[0]"),
                  ("response-header-in-request", "CORS_ALLOW_HEADERS[1]"),
                  ("forbidden-request-header", "CORS_ALLOW_HEADERS[2]"),
                  ("any-exposed-header-with-credentials", "CORS_EXPOSE_HEADERS[0]"),
                  ("forbidden-response-header", "CORS_EXPOSE_HEADERS[1]"),
                  ("list-in-string", "CORS_EXPOSE_HEADERS[2]"),
                  ("max-age-too-long", "CORS_PREFLIGHT_MAX_AGE")], id="harmless mistakes"),
    pytest.param({"CORS_ALLOWED_ORIGINS": [APP], "CORS_ALLOW_PRIVATE_NETWORK": True},
                 [("private-network", "CORS_ALLOW_PRIVATE_NETWORK")], id="private network"),
    pytest.param({"CORS_POLICIES": {}, "CORS_POLICYS": {}}, [("unknown-setting", "CORS_POLICYS")], id="typo"),
    pytest.param({"CORS_MODEL": 1}, [("unknown-setting", "CORS_MODEL")], id="setting that is gone, alone"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "problems"), REFUSED)
def test_settings_are_refused_with_all_their_mistakes(
    words: dict[str, object], problems: list[tuple[str, str]]
) -> None:
    with override_settings(**words), pytest.raises(PolicyError) as caught:
        wrap(WSGIHandler())
    assert [(problem.code, problem.field) for problem in caught.value.problems] == problems


@pytest.mark.parametrize(("words", "notes"), NOTED)
def test_settings_that_seem_to_mean_something_else_are_noted(
    words: dict[str, object], notes: list[tuple[str, str]], caplog: pytest.LogCaptureFixture
) -> None:
    with override_settings(**words), caplog.at_level(logging.WARNING, "corswsgi"):
        wrap(WSGIHandler())
    logged = [re.search(r"^(\S+): .* \(([a-z-]+)\); ", record.getMessage()) for record in caplog.records]
    assert [(found[2], found[1]) for found in logged if found] == notes


@pytest.mark.parametrize(("words", "problems"), REFUSED)
def test_system_check_tells_every_mistake(words: dict[str, object], problems: list[tuple[str, str]]) -> None:
    with override_settings(ROOT_URLCONF=Plain, **words):
        found = [message for message in run_checks() if str(message.id).startswith("corswsgi.")]
    messages = [message for message in found if message.is_serious()]
    assert [(message.id, message.msg.partition(": ")[0]) for message in messages] == [
        (f"corswsgi.{code}", field.partition(": ")[0]) for code, field in problems
    ]
    assert all(message.hint for message in found)


@pytest.mark.parametrize(("words", "notes"), NOTED)
def test_system_check_warns_of_what_is_noted(words: dict[str, object], notes: list[tuple[str, str]]) -> None:
    with override_settings(ROOT_URLCONF=Plain, **words):
        messages = [message for message in run_checks() if str(message.id).startswith("corswsgi.")]
    assert [message.id for message in messages] == [f"corswsgi.{code}" for code, _ in notes]
    assert all(message.level == logging.WARNING and message.hint for message in messages)


def test_system_check_shows_warnings_beside_errors() -> None:
    with override_settings(ROOT_URLCONF=Plain, CORS_ALLOWED_ORIGINS=["null", ""], CORS_CROSS_ORIGIN_WRITES="no"):
        messages = [message for message in run_checks() if str(message.id).startswith("corswsgi.")]
    assert [message.id for message in messages] == [
        "corswsgi.null-origin", "corswsgi.cross-origin-writes", "corswsgi.origin-without-scheme",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("setting", "hint"),
    [
        ("CORS_ALLOWED_METHODS", "write CORS_ALLOW_METHODS"),
        ("CORS_SUPPORTS_CREDENTIALS", "write CORS_ALLOW_CREDENTIALS"),
        ("CORS_ORIGINS", "write CORS_ALLOWED_ORIGINS"),
        ("CORS_REPLACE_HTTPS_REFERER", "list the origins of your pages in CSRF_TRUSTED_ORIGINS"),
        ("CORS_HOUSE_STYLE", "remove it, if your own code does not read it"),
        ("CORS_ALLOW_ALL", "write CORS_ALLOW_ALL_ORIGINS"),
        ("CORS_ORIGIN_REGEX", "write CORS_ALLOWED_ORIGIN_REGEXES"),
        ("CORS_WHITELIST", "write CORS_ALLOWED_ORIGINS"),
        ("CORS_ALLOW_ALL_HEADERS", "set CORS_ALLOW_HEADERS = ['*']"),
        ("CORS_ALLOW_NULL_ORIGIN", "use CORS_POLICIES with dangerously_allow_null_origin=True"),
        ("CORS_URLS_ALLOW_ALL_REGEX", "write a row for these paths in CORS_POLICIES"),
    ],
)
def test_setting_that_nobody_reads_is_noted_with_what_is_meant(setting: str, hint: str) -> None:
    with override_settings(**{setting: 1}):
        [note] = read_settings().notes
    assert (note.code, note.field, note.hint) == ("unknown-setting", setting, hint)


@pytest.mark.parametrize(
    ("words", "origin", "may_read"),
    [
        pytest.param({"CORS_ALLOWED_ORIGIN_REGEXES": ["^http://localhost"]}, "http://localhost:3000", True, id="port"),
        pytest.param(
            {"CORS_ALLOWED_ORIGIN_REGEXES": ["^http://localhost"]}, "http://localhost.evil.example", False, id="host"
        ),
        pytest.param(
            {"CORS_ALLOWED_ORIGIN_REGEXES": [r".*\.app\.example.*"]}, "https://x.app.example:8443", True, id="any end"
        ),
        pytest.param(
            {"CORS_ALLOWED_ORIGIN_REGEXES": [r".*\.app\.example.*"]},
            "https://x.app.example.evil.example",
            False,
            id="a stranger's end",
        ),
        pytest.param(
            {"CORS_ALLOWED_ORIGIN_REGEXES": ["http://localhost:*"]}, "http://localhost:5", True, id="wildcard"
        ),
        pytest.param({"CORS_ALLOWED_ORIGIN_REGEXES": [".*", "^https://a$"]}, EVIL, True, id="anything"),
        pytest.param({"CORS_ALLOWED_ORIGIN_REGEXES": ["^.*$"]}, "null", True, id="anything, null as well"),
    ],
)
def test_end_of_a_regex_is_a_port_and_a_wildcard_stays_one(
    words: dict[str, object], origin: str, may_read: bool
) -> None:
    with override_settings(ROOT_URLCONF=Plain, **words):
        answer = ask(wrap(WSGIHandler()), "/", origin=origin)
        assert (dict(answer.cors).get("Access-Control-Allow-Origin") in {origin, "*"}) is may_read


_LOCAL = (
    "write 'http://localhost:*' for any port of this machine, or list the origins, or remove CORS_ALLOW_CREDENTIALS"
)


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ({"CORS_ALLOWED_ORIGINS": [APP, "*"]}, "remove it, or set CORS_ALLOW_ALL_ORIGINS = True"),
        ({"CORS_ALLOWED_ORIGINS": "*"}, "set CORS_ALLOW_ALL_ORIGINS = True"),
        ({"CORS_ALLOWED_ORIGINS": [r"^https://\w+\.example\.com$"]}, "write it in CORS_ALLOWED_ORIGIN_REGEXES"),
        (
            {"CORS_ALLOWED_ORIGIN_REGEXES": [r"^https://pr-.*-mine\.vercel\.app$"], "CORS_ALLOW_CREDENTIALS": True},
            "write out the hosts that are yours, or use CORS_POLICIES with dangerously_allow_public_suffixes=True",
        ),
        (
            {"CORS_ALLOWED_ORIGIN_REGEXES": ["^http://localhost:*([0-9]+)?$"], "CORS_ALLOW_CREDENTIALS": True},
            _LOCAL,
        ),
    ],
)
def test_hint_leads_to_what_is_meant(words: dict[str, object], hint: str) -> None:
    with override_settings(**words), pytest.raises(PolicyError) as caught:
        wrap(WSGIHandler())
    assert [problem.hint for problem in caught.value.problems] == [hint]


def test_names_of_response_headers_stay_listed_for_pages_that_send_them() -> None:
    words = {"CORS_ALLOWED_ORIGINS": [APP], "CORS_ALLOW_HEADERS": ["x-a", "Access-Control-Allow-Origin"]}
    with override_settings(ROOT_URLCONF=Plain, **words):
        answer = preflight(wrap(WSGIHandler()), "/", APP, names="access-control-allow-origin")
    assert ("Access-Control-Allow-Headers", "x-a, Access-Control-Allow-Origin") in answer.cors
    with override_settings(ROOT_URLCONF=Plain, **{**words, "CORS_ALLOW_HEADERS": ["*", "Access-Control-Max-Age"]}):
        policy = read_settings().table.rows["/**"]
    assert policy is not None
    assert policy.allow_headers == ("*",)


def test_application_of_the_checks_has_a_label_of_ours() -> None:
    assert AppConfig.create("corswsgi.django").label == "corswsgi"


def test_hints_are_in_the_words_of_the_settings() -> None:
    words = {"CORS_ALLOW_CREDENTIALS": True, "CORS_ALLOWED_ORIGINS": ["https://*.github.io"]}
    with override_settings(**words), pytest.raises(PolicyError) as caught:
        wrap(WSGIHandler())
    assert [problem.hint for problem in caught.value.problems] == [
        "write out the hosts that are yours, or use CORS_POLICIES with dangerously_allow_public_suffixes=True"
    ]
    with (
        override_settings(CORS_ALLOW_CREDENTIALS=True, CORS_ALLOW_ALL_ORIGINS=True),
        pytest.raises(PolicyError, match="or remove CORS_ALLOW_CREDENTIALS"),
    ):
        wrap(WSGIHandler())


@pytest.fixture
def received() -> Iterator[list[tuple[str, bytes]]]:
    """Give what a receiver of the signal saw; it allows any origin below /foo/."""
    seen: list[tuple[str, bytes]] = []

    def allow(sender: object, request: HttpRequest, **_: object) -> bool:
        seen.append((request.path_info, request.body))
        return str(request.path_info).startswith("/foo/")

    check_request_enabled.connect(allow)
    yield seen
    check_request_enabled.disconnect(allow)


def test_receiver_of_the_signal_allows_what_no_setting_allows(received: list[tuple[str, bytes]]) -> None:
    with override_settings(ROOT_URLCONF=Plain, CORS_ALLOWED_ORIGINS=[APP]):
        app = wrap(WSGIHandler())
        assert ask(app, "/foo/", origin=EVIL).cors == GRANTED_TO_EVIL
        assert ask(app, "/", origin=EVIL).cors == VARIES
        assert ask(app, "/", origin=APP).cors == GRANTED
    assert [path_info for path_info, _ in received] == ["/foo/", "/"]


def test_receivers_are_described_where_some_are_connected(received: list[tuple[str, bytes]]) -> None:
    with override_settings(CORS_ALLOWED_ORIGINS=[APP]):
        policy = read_settings().table.rows["/**"]
    assert pickle.loads(pickle.dumps(policy)) == policy  # noqa: S301  (our own)
    assert in_words(policy).startswith(f"pages of {APP} and origins that receivers of check_request_enabled allow may")
    assert received == []


def test_receivers_are_not_described_where_none_is_connected() -> None:
    with override_settings(CORS_ALLOWED_ORIGINS=[APP]):
        assert in_words(read_settings().table.rows["/**"]).startswith(f"pages of {APP} may")
    with override_settings(CORS_ALLOWED_ORIGINS=[]):
        assert in_words(read_settings().table.rows["/**"]).startswith("pages of no origin may")


def test_receiver_of_the_signal_leaves_the_body_to_the_application(received: list[tuple[str, bytes]]) -> None:
    environ = make_environ("/foo/", "POST", origin=EVIL)
    environ.update({"CONTENT_LENGTH": "4", "wsgi.input": BytesIO(b"body")})
    with override_settings(ROOT_URLCONF=Plain, CORS_ALLOWED_ORIGINS=[APP]):
        assert run(wrap(WSGIHandler()), environ).body == b"body"
    assert received == [("/foo/", b"")]


class TestClient:
    """Django's test client, behind the policies."""

    @pytest.fixture
    def client(self) -> Iterator[Client]:
        with override_settings(CORS_POLICIES=TABLE):
            yield Client()

    def test_response_has_the_headers_that_a_page_would_get(self, client: Client) -> None:
        response = client.get("/partners/7/", HTTP_ORIGIN=PARTNER)
        assert response.content == b"hello"
        assert sorted(response.items()) == [
            ("Access-Control-Allow-Origin", PARTNER),
            ("Content-Type", "text/html; charset=utf-8"),
            ("Vary", "Origin"),
        ]
        assert response.resolver_match.route == "partners/<int:number>/"

    def test_preflight_is_answered_before_the_application(self, client: Client) -> None:
        response = client.options("/items/", HTTP_ORIGIN=PARTNER, HTTP_ACCESS_CONTROL_REQUEST_METHOD="DELETE")
        assert (response.status_code, response.content) == (200, b"")
        assert response["Access-Control-Allow-Methods"] == "DELETE"

    def test_preflight_that_is_refused_says_why(self, client: Client) -> None:
        response = client.options("/items/", HTTP_ORIGIN=EVIL, HTTP_ACCESS_CONTROL_REQUEST_METHOD="DELETE")
        assert (response.status_code, response["Content-Type"]) == (403, "text/plain; charset=utf-8")
        assert response.content == b"CORS preflight refused: pages of this origin are not allowed here.\n"

    def test_path_beyond_ascii_and_streams_pass(self, client: Client) -> None:
        assert client.get("/café/", HTTP_ORIGIN=EVIL)["Access-Control-Allow-Origin"] == "*"
        assert b"".join(client.get("/stream/")) == b"onetwo"

    def test_change_of_settings_takes_effect(self, client: Client) -> None:
        with override_settings(CORS_POLICIES={"/plain/": PUBLIC}):
            assert client.get("/plain/", HTTP_ORIGIN=EVIL)["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Origin" not in client.get("/plain/", HTTP_ORIGIN=EVIL)


def test_advice_of_explain_names_the_settings() -> None:
    with override_settings(CORS_ALLOWED_ORIGINS=["https://app.example.com"], CORS_URLS_REGEX="^/api/"):
        table = read_settings().table
    page = Page("https://app.example.com", CORSMiddleware(hello, table))
    advice = [advise(page.explain(path, method="REPORT"), table) for path in ("/api/x", "/y")]
    assert [each.lines for each in advice if each is not None] == [
        ("the settings: add `REPORT` to `CORS_ALLOW_METHODS`",),
        ("no row matches `/y`; have CORS_URLS_REGEX match '/y'",),
    ]


def test_regex_of_urls_that_can_take_long_is_refused() -> None:
    words = {"CORS_ALLOWED_ORIGINS": [APP], "CORS_URLS_REGEX": r"^/(?:[a-z]+)+!"}
    with override_settings(**words), pytest.raises(PolicyError) as caught:
        wrap(WSGIHandler())
    assert [(problem.code, problem.field) for problem in caught.value.problems] == [("slow-regex", "CORS_URLS_REGEX")]
