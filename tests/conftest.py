"""Settings and fixtures for all tests."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from corswsgi.marks import made

# No test asserts a time, so that a busy machine does not fail them
settings.register_profile("corswsgi", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("corswsgi")


@pytest.fixture
def without_marks() -> Iterator[None]:
    """Forget that other tests have marked functions."""
    before = made[:]
    made.clear()
    yield
    made[:] = before
