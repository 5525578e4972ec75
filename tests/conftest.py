"""Settings for all tests."""

from hypothesis import HealthCheck, settings

# No test asserts a time, so that a busy machine does not fail them
settings.register_profile("corswsgi", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("corswsgi")
