"""The settings of a small project, those of CORS as they were written for django-cors-headers."""

from corswsgi.django import default_headers

DEBUG = True
SECRET_KEY = "of an example"  # noqa: S105  (nothing is signed)
USE_TZ = True
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "testserver"]
ROOT_URLCONF = "project.urls"
WSGI_APPLICATION = "project.wsgi.application"  # what `runserver` serves
INSTALLED_APPS = ["corswsgi.django"]  # in place of "corsheaders": for `manage.py check`
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]  # without "corsheaders.middleware.CorsMiddleware"

CORS_ALLOWED_ORIGINS = ["https://app.example.com"]
CORS_ALLOW_CREDENTIALS = True
CORS_ALLOW_HEADERS = [*default_headers, "x-request-id"]
CORS_URLS_REGEX = r"^/api/.*$"
