"""What a server serves. This import was django.core.wsgi's."""

import os

from corswsgi.django import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
application = get_wsgi_application()
