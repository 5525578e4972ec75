"""The settings that matter here: a database with time-outs, and the app that has the origins."""

import os

SECRET_KEY = os.environ.get("SECRET_KEY", "only for this example")
ALLOWED_HOSTS = [".shop.example", "localhost"]
ROOT_URLCONF = "urls"
INSTALLED_APPS = ["tenants"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("DATABASE", "tenants.sqlite"),
        "OPTIONS": {"timeout": 2},  # PostgreSQL: {"connect_timeout": 2, "options": "-c statement_timeout=2000"}
    }
}
