"""Fixtures of the tests of what is promised about safety."""

from tests.forecast.conftest import scored_workspace

__all__ = ["scored_workspace"]
