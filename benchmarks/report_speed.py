"""Time the page and every export of an issue of the bundled sample's 308 regions.

The issue is made first, with a quick model in a temporary workspace, and is not timed. Each figure
is the best of three calls in this process after a first one that imports what it needs; the first
ones, and the processor's time, are printed as well. Ends with one line of JSON: ``report_seconds``,
``export_seconds`` by format, ``page_kb``.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import tempfile
import time
from pathlib import Path

from data.workspace import Workspace
from forecast.cli.demo import keep_sample
from forecast.cli.main import escalation
from forecast.issue.issuing import ForecastOptions, issue_forecast
from forecast.report.exporting import FORMATS

MODEL, ORIGINS = "local_nb", ("2020-11", "2020-12")
ISSUE = "2020-12-admin1"
REPORT_SECONDS, EXPORT_SECONDS, PAGE_KB = 5, 3, 1500
REPEATS = 3


def make_issue(workspace: Workspace) -> None:
    """Make two issues, so that the second has one to be set against; nothing is tracked."""
    os.environ["MLFLOW_TRACKING_URI"] = "sqlite:////nowhere/mlflow.db"
    keep_sample(workspace)
    for origin in ORIGINS:
        issue_forecast(workspace, ForecastOptions(scale="admin1", origin=origin, model=MODEL))


def timed(name: str, *words: str) -> float:
    """Return the seconds of the best call of a command after a first one; print all of it."""
    times, work = [], []
    for _ in range(1 + REPEATS):
        begin, busy = time.perf_counter(), time.process_time()
        with contextlib.redirect_stdout(io.StringIO()):
            escalation.main(list(words), prog_name="escalation", standalone_mode=False)
        times.append(time.perf_counter() - begin)
        work.append(time.process_time() - busy)
    best = min(times[1:])
    print(f"{name:7} {best:.2f} s ({min(work[1:]):.2f} s busy), first call {times[0]:.2f} s")
    return best


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder))
        make_issue(workspace)
        words = ["--workspace", folder]
        report = timed("report", *words, "report", ISSUE)
        exports = {name: timed(name, *words, "export", ISSUE, "--format", name) for name in FORMATS}
        size = (workspace.reports / f"{ISSUE}.html").stat().st_size / 1000
    slowest = max(exports.values())
    reached = report < REPORT_SECONDS and slowest < EXPORT_SECONDS and size < PAGE_KB
    print(
        f"goals: report under {REPORT_SECONDS} s, each export under {EXPORT_SECONDS} s, page under"
        f" {PAGE_KB:,} kB; reached: {reached}"
    )
    figures = {
        "report_seconds": round(report, 2),
        "export_seconds": {name: round(seconds, 2) for name, seconds in exports.items()},
        "page_kb": round(size),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
