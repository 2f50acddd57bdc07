"""All that an issue says of one region, taken from the view of the issue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from data.errors import EscalationError
from data.schema import DEATHS, EVENTS
from features.panel import Panel
from forecast.archive.regions import find_region
from forecast.report.issue_view import REVISED, SHOWN_MONTHS, IssueView
from forecast.report.rows import Row
from forecast.text.sections import Cell, Section

__all__ = ["RegionView", "region_record", "region_view"]


@dataclass(frozen=True)
class RegionView:
    """One region of one issue.

    Attributes:
        view: The issue.
        rows: The region's rows of the risk table, the nearest month first.
        months: Last months up to the origin; none where the panel is not at hand.
        history: Measure to its counts in those months; None where unobserved.
        mentions: Sections that have rows about the region, with those rows only.
        notes: What else must be known.
    """

    view: IssueView
    rows: tuple[Row, ...]
    months: tuple[str, ...]
    history: Mapping[str, tuple[int | None, ...]]
    mentions: tuple[Section, ...]
    notes: tuple[str, ...]

    def mention(self, name: str) -> list[dict[str, Cell]]:
        """Return the region's rows of a section as column to cell."""
        return [
            record
            for section in self.mentions
            if section.name == name
            for record in section.records()
        ]


def region_view(view: IssueView, asked: str) -> RegionView:
    """Return what an issue says of a region.

    Args:
        view: The issue.
        asked: Id or name of the region.

    Raises:
        ConfigError: There is no such region, or several.
    """
    known = {
        region_id: (str(rows[0]["region"]), str(rows[0]["country"]))
        for region_id, rows in view.rows_by_region.items()
    }
    region_id = find_region(known, asked)
    try:
        panel, problem = view.evidence.panel, ""
    except EscalationError as error:
        panel, problem = None, f"Past months cannot be shown: {error}."
    return RegionView(
        view=view,
        rows=view.rows_by_region[region_id],
        months=() if panel is None else panel.months[-SHOWN_MONTHS:],
        history={} if panel is None else _history(panel, region_id),
        mentions=tuple(_mentions(view.sections, region_id)),
        notes=(*_notes(view, region_id, problem=problem),),
    )


def region_record(region: RegionView) -> dict[str, Any]:
    """Return the view of a region as plain values for JSON."""
    return {
        "issue": region.view.name,
        "rows": [dict(row) for row in region.rows],
        "months": list(region.months),
        "history": {name: list(values) for name, values in region.history.items()},
        "sections": {section.name: section.records() for section in region.mentions},
        "notes": list(region.notes),
    }


def _history(panel: Panel, region_id: str) -> dict[str, tuple[int | None, ...]]:
    if region_id not in panel.region_ids:
        return {}
    place = panel.region_ids.index(region_id)
    return {
        name: tuple(
            None if np.isnan(value) else int(value)
            for value in panel.measures[name][place, -SHOWN_MONTHS:].tolist()
        )
        for name in (EVENTS, DEATHS)
        if name in panel.measures
    }


def _mentions(sections: Sequence[Section], region_id: str) -> Iterator[Section]:
    """Yield the sections with a column of region ids, cut down to the region's rows."""
    for section in sections:
        names = [column.name for column in section.columns]
        if "region_id" in names:
            place = names.index("region_id")
            rows = tuple(row for row in section.rows if row[place] == region_id)
            if rows:
                yield replace(section, rows=rows)


def _notes(view: IssueView, region_id: str, *, problem: str) -> Iterator[str]:
    """Yield warnings, what the gate says, and the notes on the region or on the whole issue."""
    if problem:
        yield problem
    elif view.revised:
        yield REVISED
    yield from view.manifest["warnings"]
    yield from (str(notice) for notice in view.gate_notices)
    for note in view.notes:
        if note.region_id in (None, region_id):
            by = f" by {note.author}" if note.author else ""
            yield f"Analyst's note of {note.day}{by}: {note.text}"
