"""What holds for every test: no telemetry, no settings of the caller, an honest count of skips."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.calls import run
from tests.shared import ROOT, shared_file

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
for name in ("ESCALATION_COUNTRIES", "ESCALATION_WORKSPACE", "MLFLOW_TRACKING_URI"):
    os.environ.pop(name, None)

NEEDS_SHARED = "needs ../shared/data"
PRECISE = {
    "ucdp_ged211_precise_world_1989_2018.csv.gz": "ucdp_precise.map.toml",
    "ucdp_ged211_precise_sahel_2019_2020.csv.gz": "ucdp_precise_sahel.map.toml",
}


@pytest.fixture(scope="session")
def precise_workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace that holds both precise UCDP files; tests leave its store alone."""
    folder = tmp_path_factory.mktemp("precise")
    for name, map_name in PRECISE.items():
        file, event_map = shared_file(name), ROOT / "data" / "samples" / map_name
        done = run("-w", str(folder), "ingest", "csv", str(file), "--map", str(event_map))
        assert done.returncode == 0, done.stderr
    return folder


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests were skipped because the real test data is absent."""
    skipped = terminalreporter.stats.get("skipped", [])
    missing = [report for report in skipped if NEEDS_SHARED in str(report.longrepr)]
    terminalreporter.write_line(f"{len(missing)} tests were skipped for want of ../shared/data")
