"""Fixtures of the tests of issues."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.forecast.scored import make_scored_workspace
from tests.once import made_once


@pytest.fixture(scope="session")
def scored_workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace with issues whose months have come; tests copy it."""
    return made_once(tmp_path_factory, "scored", make_scored_workspace)
