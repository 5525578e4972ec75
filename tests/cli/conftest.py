"""What the tests of commands share with other tests."""

from tests.support.commands import django_settings, serve, write

__all__ = ["django_settings", "serve", "write"]
