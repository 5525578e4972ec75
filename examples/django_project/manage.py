"""Django's command line for this project: `manage.py runserver`, `manage.py check`, `manage.py test`."""

import os
import sys

from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
execute_from_command_line(sys.argv)
