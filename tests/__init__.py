"""Tests of the whole program. Laws, here and beside the code, take as long as they take: machines are busy."""

from hypothesis import HealthCheck, settings

settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")
