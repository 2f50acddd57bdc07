"""Writing a counted panel into the workspace, and saying in a few lines what it holds."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from data.counting.panel_making import count_store
from data.csv_safety import csv_text
from data.files import write_text
from data.schema import STATUSES
from data.store.store import Store
from data.terminal import echo, one_line, stages, text_table
from data.workspace import PanelSettings, Workspace
from features.panel import Panel, build_panel, write_panel

__all__ = ["keep_panel", "print_panel"]

BORDER_FILE = "border_events.csv"
_NAMED = 12


def keep_panel(
    workspace: Workspace,
    settings: PanelSettings,
    *,
    last_month: str | None = None,
    as_of: date | None = None,
) -> tuple[Panel, dict[str, Any]]:
    """Count the store into ``panels/<scale>/`` and list the border events beside it.

    Args:
        workspace: Whose store is counted.
        settings: Scale, regions and source.
        last_month: Last month of the panel; None for the last covered one.
        as_of: Only what was known on that day is counted; the manifest then also holds the digest
            of what is known now of the months up to its last complete one.

    Returns:
        The panel and its manifest.

    Raises:
        EvidenceError: The store holds too little.
        ConfigError: The source or the regions are not clear.
        RuntimeEnvironmentError: The disk or another process is in the way.
    """
    with stages(2, "panel") as done:
        store = Store(workspace.store, as_of=as_of)
        counted = count_store(store, settings, root=workspace.root, last_month=last_month)
        panel = build_panel(counted.counts)
        if as_of is not None:
            now = count_store(Store(workspace.store), settings, root=workspace.root)
            revised = build_panel(now.counts).up_to(panel.last_complete_month())
            counted.manifest["revised_digest"] = revised.digest()
        done()
        folder = workspace.panel(panel.scale)
        with workspace.lock():
            border = counted.counts.reconciliation.border_events
            write_text(folder / BORDER_FILE, csv_text(border))
            manifest = write_panel(panel, folder, manifest=counted.manifest)
        done()
    return panel, manifest


def print_panel(panel: Panel, manifest: Mapping[str, Any], *, folder: Path, as_json: bool) -> None:
    """Print size, statuses and where every event and death went."""
    record = _record(panel, manifest, folder)
    for warning in manifest["warnings"]:
        echo(f"warning: {one_line(warning)}", err=True)
    echo(json.dumps(record, indent=2, ensure_ascii=False) if as_json else _summary(record))


def _record(panel: Panel, manifest: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    codes = Counter(panel.status.ravel().tolist())
    return {
        "scale": panel.scale,
        "source": manifest["source"],
        "regions": len(panel.regions),
        "months": len(panel.months),
        "first_month": panel.months[0],
        "last_month": panel.months[-1],
        "last_complete_month": panel.last_complete_month(),
        "statuses": {STATUSES[code]: count for code, count in sorted(codes.items())},
        "measures": sorted(panel.measures),
        "reconciliation": manifest["reconciliation"],
        "as_of": manifest.get("as_of"),
        "digest": manifest["digest"],
        "folder": str(folder),
    }


def _summary(record: dict[str, Any]) -> str:
    sums = record["reconciliation"]
    sides = ("accepted", "panel", "unlocated", "outside", "before", "unobserved")
    statuses = ", ".join(f"{count:,} {name}" for name, count in record["statuses"].items())
    return "\n".join(
        [
            (
                f"{record['regions']:,} regions x {record['months']:,} months"
                f" ({record['first_month']} to {record['last_month']}), scale"
                f" {one_line(record['scale'])}, source {one_line(record['source'])}"
                + (f", as known on {record['as_of']}" if record["as_of"] else "")
            ),
            f"region-months: {statuses}; last complete month {record['last_complete_month']}",
            text_table(
                ["reconciliation", "events", "deaths"],
                [[side, sums[side]["events"], sums[side]["deaths"]] for side in sides],
            ),
            *_kept_apart(sums["by_country"]),
            f"deaths beside an unknown toll: {sums['beside_unknown']:,}",
            f"moved to the nearest region of their country: {sums['nearest']:,}",
            f"border events: {sums['border_events']:,}, listed in {BORDER_FILE}",
            f"written to {record['folder']}",
        ]
    )


def _kept_apart(by_country: Mapping[str, Mapping[str, Mapping[str, int]]]) -> list[str]:
    """Return the countries whose events are in no region, a line for each reason."""
    lines = []
    for side, countries in by_country.items():
        named = [
            f"{one_line(name) or 'no country'} {tally['events']:,}/{tally['deaths']:,}"
            for name, tally in countries.items()
        ]
        if named:
            more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
            lines.append(f"{side} by country (events/deaths): {', '.join(named[:_NAMED])}{more}")
    return lines
