"""A workspace with the bundled sample, made once and copied for tests that write."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import escalation
from tests.forecast.hostile_issue import hostile_issue


@pytest.fixture(scope="session")
def sample_workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a workspace with the sample's panel; tests leave it alone."""
    folder = tmp_path_factory.mktemp("api") / "sahel"
    workspace = escalation.Workspace.create(folder)
    workspace.ingest_figures(
        escalation.sample("sahel_figures.parquet"),
        regions=escalation.sample("sahel_regions.parquet"),
        source="ucdp-sample",
        release="ged-21.1-precise",
    )
    workspace.panel("admin1")
    return folder


@pytest.fixture
def workspace(sample_workspace: Path, tmp_path: Path) -> escalation.Workspace:
    """Return a copy that a test may write to."""
    return escalation.Workspace(shutil.copytree(sample_workspace, tmp_path / "sahel"))


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> escalation.Workspace:
    """Return a workspace with issues whose every text means harm; tests leave it alone."""
    folder = tmp_path_factory.mktemp("hostile")
    hostile_issue(folder)
    return escalation.Workspace(folder)
