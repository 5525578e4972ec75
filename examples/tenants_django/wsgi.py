"""The application, for gunicorn: $ gunicorn wsgi:application."""

import os

from django.core.wsgi import get_wsgi_application

from corswsgi import CORSMiddleware

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
application = get_wsgi_application()

from tenants.models import policy  # after Django was set up

application = CORSMiddleware(application, {"/api/**": policy})
