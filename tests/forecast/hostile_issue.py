"""An issue whose every text is hostile, with sections, notes and an issue before it."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from data.files import write_json
from data.months import add_months
from data.workspace import Workspace
from experiments.bands import LEVELS
from features.panel import Panel
from forecast.archive.issue_files import Issue, write_issue
from forecast.archive.notes import NOTES, Note
from forecast.text.sections import Column, Section
from tests.experiments.synthetic import make_forecasts, write_synthetic_backtest
from tests.forecast.issues import HOSTILE, issue_of, small_panel, workspace_of

__all__ = ["hostile_issue", "many_sections", "with_sections"]

# A backtest whose target months are over when the issue is made.
KNOWN_ORIGINS = tuple(add_months("2003-12", month) for month in range(12))
RUN = "0123456789abcdef0123456789abcdef"

_NAMES = (
    *("movers_up", "movers_down", "new_on_list", "left_list", "changes"),
    *("watch_repeat", "watch_actors", "watch_same_day", "watch_first", "watch_records"),
    *("watch_surge", "next_3_months", "by_deaths", "countries"),
    *("scorecard_levels", "scorecard_models", "scorecard_misses", "unheard_of"),
)
_COLUMNS = (
    Column("region_id", "Region id", "Id of the region"),
    Column("region", "Region", "Name of the region"),
    Column("what", "What", HOSTILE[2]),
    Column("hits", "Attacks", "Attacks in 24 months", "whole"),
    Column("p_attack", "Chance", "Chance of at least one attack", "percent"),
    Column("change", "Change, points", "Now less before", "points"),
    Column("level", "Level", "Level now"),
)


def hostile_issue(folder: Path) -> tuple[Workspace, Issue]:
    """Write a workspace with two issues and return the later one, which says everything."""
    panel = _partly_covered(small_panel((*HOSTILE, "Tillabéri")))
    workspace = workspace_of(folder, panel)
    write_synthetic_backtest(workspace.backtests / "one", make_forecasts(origins=KNOWN_ORIGINS))
    issue_of(workspace, panel, origin="2004-11")
    issue = with_sections(issue_of(workspace, panel, horizons=(1, 2)), panel, many_sections())
    note = Note("2005-01-03", f"{HOSTILE[1]}\a\0", HOSTILE[2], "r09", HOSTILE[9], "another")
    write_json(issue.folder / NOTES, [asdict(note)])
    write_json(issue.folder / "tracking.json", {"run_id": RUN})
    return workspace, issue


def many_sections() -> tuple[Section, ...]:
    """Return a section of every name, one of them long, one empty, and one of no known name."""
    return tuple(_section(name) for name in _NAMES)


def with_sections(issue: Issue, panel: Panel, sections: tuple[Section, ...]) -> Issue:
    """Write an issue again with other sections."""
    return write_issue(issue.folder, issue.table, issue.manifest, panel=panel, sections=sections)


def _section(name: str) -> Section:
    if name == "left_list":
        return Section(name, "Left the list", "No region left the list.", _COLUMNS, ())
    count = 30 if name == "changes" else len(HOSTILE)
    rows = tuple(
        (
            f"r{row % 14:02d}",
            HOSTILE[row % len(HOSTILE)],
            HOSTILE[-1 - row % len(HOSTILE)],
            None if row == 3 else 1000.0 + row,
            row / 30,
            row / 30 - 0.5,
            LEVELS[row % len(LEVELS)],
        )
        for row in range(count)
    )
    return Section(name, f"{name}: {HOSTILE[1]}", f"Said of {name}: {HOSTILE[2]}", _COLUMNS, rows)


def _partly_covered(panel: Panel) -> Panel:
    """Return the panel with one region that is not covered in the last month."""
    status = panel.status.copy()
    status[-1, -1] = 3
    measures = {name: values.copy() for name, values in panel.measures.items()}
    for values in measures.values():
        values[-1, -1] = np.nan
    return replace(panel, status=status, measures=measures)
