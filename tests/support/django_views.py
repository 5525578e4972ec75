"""Views of a Django project, some with their own policies, and their responses."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import include, path, re_path, register_converter
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from corswsgi import Policy
from corswsgi.django import cors
from tests.support.asking import APP

PUBLIC = Policy(allow_origins="*")
PARTNER = "https://partner.example.org"
PARTNERS = Policy(allow_origins=PARTNER, allow_methods=["PUT", "DELETE"])
TABLE = {"/**": {"allow_origins": APP}}

GRANTED = [("Access-Control-Allow-Origin", APP), ("Vary", "Origin")]


ANY = [("Access-Control-Allow-Origin", "*")]
VARIES = [("Vary", "Origin")]


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
