"""Fixtures of the tests of Django's front end."""

from collections.abc import Iterator

import pytest

from tests.support.django_settings import configured


@pytest.fixture(scope="module")
def project() -> Iterator[None]:
    """Configure Django with the views of `tests.support.django_views`, and leave it as it was."""
    with configured(ROOT_URLCONF="tests.support.django_views"):
        yield
