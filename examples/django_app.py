"""A Django project in one file, behind a table of policies. Run it: `gunicorn django_app:application`."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import path

from corswsgi import CORSMiddleware, Policy

settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["localhost", "127.0.0.1"])


def me(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"name": "Ada"})


def news(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"news": ["the first"]})


urlpatterns = [path("api/me", me), path("api/public/news", news)]

application = CORSMiddleware(  # in a project of several files this is in wsgi.py
    get_wsgi_application(),
    {
        "/api/**": Policy(allow_origins="https://app.example.com", allow_credentials=True),
        "/api/public/**": Policy(allow_origins="*"),
    },
)
