"""A Django project in one file behind `CORSMiddleware`."""

import json
from collections.abc import Iterator

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.urls import path
from django.views.decorators.http import require_http_methods
from django.views.defaults import server_error

from corswsgi import CORSMiddleware, Policy

settings.configure(ROOT_URLCONF=__name__, DEBUG_PROPAGATE_EXCEPTIONS=True)  # what a view raises leaves the application
profile = {"name": "Ada"}


@require_http_methods(["GET", "PUT"])
def me(request: HttpRequest) -> HttpResponseBase:
    if request.method == "PUT":
        profile.update(json.loads(request.body))
    return JsonResponse(profile, headers={"X-Profile-Version": "1"})


def login(request: HttpRequest) -> HttpResponseBase:
    response = HttpResponse("welcome")
    response.set_cookie("session", "42", secure=True, httponly=True, samesite="Lax")
    response.set_cookie("theme", "dark", secure=True, samesite="Lax")
    return response


def stream(request: HttpRequest) -> HttpResponseBase:
    return StreamingHttpResponse(lines(), content_type="text/plain")


def lines() -> Iterator[bytes]:
    yield from (b"one\n", b"two\n", b"three\n")


def crash(request: HttpRequest) -> HttpResponseBase:
    raise RuntimeError("the database is gone")


def news(request: HttpRequest) -> HttpResponseBase:
    return JsonResponse({"news": ["the first"]})


def users(request: HttpRequest) -> HttpResponseBase:
    return JsonResponse({"users": ["Ada", "Grace"]})


urlpatterns = [
    path("api/me", me),
    path("api/login", login),
    path("api/lines", stream),
    path("api/error", server_error),
    path("api/crash", crash),
    path("api/public/news", news),
    path("api/admin/users", users),
]

app = get_wsgi_application()
application = CORSMiddleware(
    app,
    {
        "/api/**": Policy(
            allow_origins="https://app.example.com",
            allow_credentials=True,
            allow_methods="PUT",
            allow_headers="Content-Type",
            expose_headers="X-Profile-Version",
            max_age=600,
        ),
        "/api/public/**": Policy(allow_origins="*"),
        "/api/admin/**": None,
    },
    intercept_exceptions=True,
)
