"""Small issues on disk and in memory, for tests of what reads them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from data.workspace import Workspace
from features.panel import Panel, write_panel
from forecast.archive.issue_files import Issue
from forecast.issue.issue import make_issue
from forecast.model.predictions import IssueRequest
from tests.features.panels import rich_panel

__all__ = ["HOSTILE", "issue_of", "small_panel", "workspace_of"]

# Names that a spreadsheet, a page or a terminal could take for more than names.
HOSTILE = (
    "=1+1",
    "<script>alert(1)</script>",
    '"><img onerror=x>',
    "@SUM(A1)",
    "＝cmd|' /C calc'!A0",
    "two\nlines\tand a tab",
    "\u202eright to left",
    "شمال",
    "fire 🔥 \u200b zero",
    "</title></svg><svg onload=alert(2)>" + "x" * 300,
)


def small_panel(names: tuple[str, ...] = (), *, months: int = 60) -> Panel:
    """Return a seeded panel of fourteen regions; the first ones carry the names."""
    panel = rich_panel(np.random.default_rng(5), months=months, gaps=False)
    regions = panel.regions.copy()
    regions["region"] = pd.Series([*names, *regions["region"][len(names) :]])
    return replace(panel, regions=regions)


def workspace_of(folder: Path, panel: Panel) -> Workspace:
    """Return a workspace that holds a panel and nothing else."""
    workspace = Workspace(folder)
    write_panel(panel, workspace.panel(panel.scale), manifest={})
    return workspace


def issue_of(workspace: Workspace, panel: Panel, **wishes: object) -> Issue:
    """Make an issue of a panel, at its last month unless said otherwise."""
    request = IssueRequest(**{"origin": panel.months[-1], "draws": 120, "outlook": False, **wishes})  # type: ignore[arg-type]
    now = datetime(2026, 1, 5, tzinfo=UTC)
    return make_issue(workspace, panel, request, now=now, report_progress=lambda _: None)
