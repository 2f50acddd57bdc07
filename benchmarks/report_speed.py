"""Time the page and every export of an issue of the bundled sample's 308 regions.

The issue is made first, with a quick model in a temporary workspace, and is not timed. Each figure
is the best of three calls in this process after a first one that imports what it needs; the first
ones are printed as well. Ends with one line of JSON: ``report_seconds``, ``export_seconds`` by
format, ``page_kb``.
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
from forecast.cli import escalation
from forecast.demo import keep_sample
from forecast.exporting import FORMATS
from forecast.issuing import Wish, issue_forecast

MODEL, ORIGINS = "local_nb", ("2020-11", "2020-12")
ISSUE = "2020-12-admin1"
REPORT_SECONDS, EXPORT_SECONDS, PAGE_KB = 5, 3, 1500
REPEATS = 3


def make_issue(workspace: Workspace) -> None:
    """Make two issues, so that the second has one to be set against; nothing is tracked."""
    os.environ["MLFLOW_TRACKING_URI"] = "sqlite:////nowhere/mlflow.db"
    keep_sample(workspace)
    for origin in ORIGINS:
        issue_forecast(workspace, Wish(scale="admin1", origin=origin, model=MODEL))


def timed(*words: str) -> tuple[float, float]:
    """Return the seconds of a command's first call and of the best of those after it."""
    times = []
    for _ in range(1 + REPEATS):
        begin = time.perf_counter()
        with contextlib.redirect_stdout(io.StringIO()):
            escalation.main(list(words), prog_name="escalation", standalone_mode=False)
        times.append(time.perf_counter() - begin)
    return times[0], min(times[1:])


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder))
        make_issue(workspace)
        words = ["--workspace", folder]
        first, report = timed(*words, "report", ISSUE)
        print(f"report  {report:.2f} s, first call {first:.2f} s")
        exports = {}
        for name in FORMATS:
            first, exports[name] = timed(*words, "export", ISSUE, "--format", name)
            print(f"{name:7} {exports[name]:.2f} s, first call {first:.2f} s")
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
