"""The app for `INSTALLED_APPS`, without models."""

from django.apps import AppConfig


class CORSConfig(AppConfig):
    """``"corswsgi.django"`` in `INSTALLED_APPS` has `manage.py check` read the settings of CORS."""

    name = "corswsgi.django"
    label = "corswsgi"
    verbose_name = "CORS"
