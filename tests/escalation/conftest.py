"""A workspace with the bundled sample, made once and copied for tests that write."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import escalation
from tests.calls import tracked_as_told
from tests.forecast.hostile_issue import hostile_issue
from tests.forecast.scored import make_scored_workspace
from tests.once import made_once


@pytest.fixture(autouse=True)
def _no_process_of_mlflow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tracking be taken as told: what MLflow does of it is tested elsewhere."""
    monkeypatch.setattr("experiments.tracking.tracker.ask_worker", tracked_as_told)


@pytest.fixture(scope="session")
def sample_workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a workspace with the sample's panel; tests leave it alone."""

    def make(folder: Path) -> None:
        workspace = escalation.Workspace.create(folder)
        workspace.ingest_figures(
            escalation.sample("sahel_figures.parquet"),
            regions=escalation.sample("sahel_regions.parquet"),
            source="ucdp-sample",
            release="ged-21.1-precise",
        )
        workspace.panel("admin1")

    return made_once(tmp_path_factory, "api", make)


@pytest.fixture
def workspace(sample_workspace: Path, tmp_path: Path) -> escalation.Workspace:
    """Return a copy that a test may write to."""
    return escalation.Workspace(shutil.copytree(sample_workspace, tmp_path / "sahel"))


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> escalation.Workspace:
    """Return a workspace with issues whose every text means harm; tests leave it alone."""
    return escalation.Workspace(made_once(tmp_path_factory, "api-hostile", hostile_issue))


@pytest.fixture(scope="session")
def scored(tmp_path_factory: pytest.TempPathFactory) -> escalation.Workspace:
    """Return a workspace with issues whose months have come; tests copy it."""
    return escalation.Workspace(made_once(tmp_path_factory, "scored", make_scored_workspace))
