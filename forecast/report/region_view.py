"""All that an issue says of one region, gathered from its table, its sections and the panel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.errors import EscalationError
from data.schema import DEATHS, EVENTS
from data.workspace import Workspace
from features.panel import Panel, read_panel
from forecast.archive.issue_files import Issue, read_issue
from forecast.archive.notes import read_notes
from forecast.archive.region_search import find_region
from forecast.model.risk import PASSED
from forecast.text.sections import Cell, Section

__all__ = ["RegionView", "region_record", "view_region"]

MONTHS = 36


@dataclass(frozen=True)
class RegionView:
    """One region of one issue.

    Attributes:
        issue: The issue.
        rows: The region's rows of the risk table, horizon by horizon, as plain values.
        months: Last months up to the origin; none where the panel is not at hand.
        history: Measure to its counts in those months; None where unobserved.
        mentions: Sections that have rows about the region, with those rows only.
        notes: What else must be known.
    """

    issue: Issue
    rows: tuple[Mapping[str, Any], ...]
    months: tuple[str, ...]
    history: Mapping[str, tuple[int | None, ...]]
    mentions: tuple[Section, ...]
    notes: tuple[str, ...]

    def mention(self, name: str) -> list[dict[str, Cell]]:
        """Return the region's rows of a section as column to cell."""
        return [
            dict(zip((column.name for column in section.columns), row, strict=True))
            for section in self.mentions
            if section.name == name
            for row in section.rows
        ]


def view_region(workspace: Workspace, folder: Path, asked: str) -> RegionView:
    """Return what an issue says of a region.

    Args:
        workspace: Where panels are.
        folder: The issue's folder.
        asked: Id or name of the region.

    Raises:
        SourceError: The issue is damaged.
        ConfigError: There is no such region, or several.
    """
    found = read_issue(folder)
    table = found.table
    known = {
        str(row["region_id"]): (str(row["region"]), str(row["country"]))
        for row in table[["region_id", "region", "country"]].to_dict("records")
    }
    region_id = find_region(known, asked)
    rows = table[table["region_id"] == region_id].sort_values("horizon")
    panel, told = _panel(workspace, found)
    return RegionView(
        issue=found,
        rows=tuple(_plain(row) for row in rows.to_dict("records")),
        months=() if panel is None else panel.months[-MONTHS:],
        history={} if panel is None else _history(panel, region_id),
        mentions=_mentions(found, region_id),
        notes=(*told, *found.manifest["warnings"], *_gates(found), *_written(found, region_id)),
    )


def region_record(view: RegionView) -> dict[str, Any]:
    """Return a view as plain values for JSON."""
    return {
        "issue": view.issue.folder.name,
        "rows": [dict(row) for row in view.rows],
        "months": list(view.months),
        "history": {name: list(values) for name, values in view.history.items()},
        "sections": {section.name: view.mention(section.name) for section in view.mentions},
        "notes": list(view.notes),
    }


def _panel(workspace: Workspace, issue: Issue) -> tuple[Panel | None, list[str]]:
    """Return the panel up to the issue's origin, and what is to be said about it."""
    try:
        panel = read_panel(workspace.panel(issue.manifest["scale"]))
        past = panel.up_to(issue.manifest["origin"])
    except EscalationError as error:
        return None, [f"Past months cannot be shown: {error}."]
    if past.digest() == issue.manifest["data_digest"]:
        return past, []
    return past, ["Months shown were revised since: the issue was made from what was known then."]


def _history(panel: Panel, region_id: str) -> dict[str, tuple[int | None, ...]]:
    if region_id not in panel.region_ids:
        return {}
    place = panel.region_ids.index(region_id)
    return {
        name: tuple(
            None if np.isnan(value) else int(value)
            for value in panel.measures[name][place, -MONTHS:].tolist()
        )
        for name in (EVENTS, DEATHS)
        if name in panel.measures
    }


def _mentions(issue: Issue, region_id: str) -> tuple[Section, ...]:
    """Return the sections with a column of region ids, cut down to the region's rows."""
    found = []
    for section in issue.sections:
        names = [column.name for column in section.columns]
        if "region_id" in names:
            place = names.index("region_id")
            rows = tuple(row for row in section.rows if row[place] == region_id)
            if rows:
                found.append(
                    Section(section.name, section.title, section.note, section.columns, rows)
                )
    return tuple(found)


def _gates(issue: Issue) -> list[str]:
    """Name the models that did not pass the gate, and say why a model stands in."""
    return [
        f"{model['target']}: gate {model['gate']}. {model['note']}".strip()
        for model in issue.manifest["models"]
        if model["gate"] != PASSED
    ]


def _written(issue: Issue, region_id: str) -> list[str]:
    """Return analysts' notes on the region or on the whole issue, dated and marked as such."""
    return [
        f"Analyst's note of {note.day}{f' by {note.author}' if note.author else ''}: {note.text}"
        for note in read_notes(issue.folder)
        if note.region_id in (None, region_id)
    ]


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        str(name): None if pd.isna(value) else getattr(value, "item", lambda v=value: v)()
        for name, value in row.items()
    }
