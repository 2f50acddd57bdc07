"""What holds for every test: no telemetry, no settings of the caller, an honest count of skips."""

from __future__ import annotations

import os

import pytest

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
for name in ("ESCALATION_WORKSPACE", "MLFLOW_TRACKING_URI"):
    os.environ.pop(name, None)

NEEDS_SHARED = "needs ../shared/data"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests were skipped because the real test data is absent."""
    skipped = terminalreporter.stats.get("skipped", [])
    missing = [report for report in skipped if NEEDS_SHARED in str(report.longrepr)]
    terminalreporter.write_line(f"{len(missing)} tests were skipped for want of ../shared/data")
