"""Django's settings for a part of a test session, and as they were before afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager

import django
from django.conf import settings
from django.utils.functional import empty


@contextmanager
def configured(**values: object) -> Iterator[None]:
    """Configure Django with `values`, as if nothing had been configured before."""
    before = settings._wrapped  # noqa: SLF001  (nothing public undoes `configure`)
    settings._wrapped = empty  # noqa: SLF001
    settings.configure(**{"ALLOWED_HOSTS": ["*"], "SECRET_KEY": "of tests", "MIDDLEWARE": [], **values})
    try:
        django.setup()
        yield
    finally:
        settings._wrapped = before  # noqa: SLF001
