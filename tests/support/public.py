"""The modules from which users import."""

PUBLIC_MODULES = (
    "corswsgi",
    "corswsgi.flask",
    "corswsgi.django",
    "corswsgi.django.test",
    "corswsgi.bottle",
    "corswsgi.gunicorn",
    "corswsgi.paste",
    "corswsgi.browser",
)
