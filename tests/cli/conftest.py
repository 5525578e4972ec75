"""Fixtures of the tests of commands."""

from tests.support.checked import file
from tests.support.commands import django_settings, serve, write

__all__ = ["django_settings", "file", "serve", "write"]
