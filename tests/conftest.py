"""What holds for every test: no telemetry, no settings of the caller, an honest count of skips.

Where pytest-xdist spreads the files over the cores, each of its workers keeps to one core: a
command that a test calls then fits its models one after another in its own process, for a second
core would only be taken from another test. Tests of what runs side by side ask for ``ALL_CORES``.
"""

from __future__ import annotations

import os
import shutil
import warnings
from pathlib import Path

import pytest
from hypothesis import settings

from data.files import SAMPLES
from tests.calls import ALL_CORES, run
from tests.once import made_once
from tests.shared import shared_file

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
for name in (
    "ESCALATION_CHALLENGE",
    "ESCALATION_COUNTRIES",
    "ESCALATION_WORKSPACE",
    "MLFLOW_TRACKING_URI",
):
    os.environ.pop(name, None)
if worker := os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw"):
    os.sched_setaffinity(0, {sorted(ALL_CORES)[int(worker) % len(ALL_CORES)]})

# A machine that is busy with something else is no fault of the code.
settings.register_profile("tests", deadline=None)
settings.load_profile("tests")

NEEDS_SHARED = "needs ../shared/data"
PRECISE = {
    "ucdp_ged211_precise_world_1989_2018.csv.gz": "ucdp_precise.map.toml",
    "ucdp_ged211_precise_sahel_2019_2020.csv.gz": "ucdp_precise_sahel.map.toml",
}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files with slow tests first, the slowest of all at the very start.

    Files are handed out whole and in this order: one that takes minutes and starts last would be
    waited for by all other cores.
    """
    slow: dict[Path, int] = {}
    for item in items:
        for mark in item.iter_markers("slow"):
            slow[item.path] = max(slow.get(item.path, 0), mark.kwargs.get("seconds", 1))
    items.sort(key=lambda item: -slow.get(item.path, 0))


@pytest.fixture(scope="session")
def precise_workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace that holds both precise UCDP files; tests leave its store alone."""
    files = {shared_file(name): SAMPLES / map_name for name, map_name in PRECISE.items()}

    def make(folder: Path) -> None:
        for file, event_map in files.items():
            done = run("-w", folder, "ingest", "csv", file, "--map", event_map)
            assert done.returncode == 0, done.stderr

    made = made_once(tmp_path_factory, "precise", make)
    # A worker's own: commands of two workers in one workspace would meet at its lock.
    return Path(shutil.copytree(made, tmp_path_factory.mktemp("precise") / "w"))


@pytest.fixture(scope="session")
def mlflow_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database with MLflow's tables and no run, to be copied: making one takes seconds."""

    def make(folder: Path) -> None:
        from experiments.tracking.mlflow_store import _create_database

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _create_database(folder / "mlflow.db")

    return made_once(tmp_path_factory, "mlflow", make) / "mlflow.db"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests were skipped because the real test data is absent."""
    skipped = terminalreporter.stats.get("skipped", [])
    missing = [report for report in skipped if NEEDS_SHARED in str(report.longrepr)]
    terminalreporter.write_line(f"{len(missing)} tests were skipped for want of ../shared/data")
