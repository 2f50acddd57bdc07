"""Count the store into the panel of a workspace, and summarise that panel."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from data.counting.panel_making import CountedStore, count_store
from data.counting.panel_regions import read_panel_regions
from data.csv_safety import csv_text
from data.errors import EvidenceError
from data.files import write_folder, write_text
from data.schema import STATUSES
from data.store.store import Store
from data.terminal import echo, one_line, stages, text_table, warn
from data.workspace import PanelSettings, Workspace
from features.panel import Panel, build_panel, write_panel
from features.recipe import RECIPE, keep_given, make_recipe

__all__ = ["make_panel", "print_panel"]

BORDER_FILE, MOVED_FILE, STRAY_FILE = "border_events.csv", "moved_events.csv", "outside_events.csv"
_NAMED = 12
_SHOWN_DIFFERENCES = 20
# Share of a country's events outside its regions from which a warning is given.
_MANY_OUTSIDE = 0.01


def make_panel(
    workspace: Workspace,
    settings: PanelSettings,
    *,
    last_month: str | None = None,
    as_of: date | None = None,
    audit: bool = False,
) -> tuple[Panel, dict[str, Any]]:
    """Count the store into ``panels/<scale>/`` and list the events near a border there.

    Args:
        workspace: Its store is counted.
        settings: Scale, regions and source.
        last_month: Last month of the panel; None for the last covered one.
        as_of: Count only what was known on that day; the manifest then also holds the digest of
            what is known now about the months up to the last complete one.
        audit: Whether to count again by a plain path of its own; the manifest then holds how many
            counts were compared.

    Returns:
        The panel and its manifest.

    Raises:
        EvidenceError: The store holds too few observed months, or the second count differs; then
            nothing is written.
        ConfigError: The source or the regions are ambiguous.
        RuntimeEnvironmentError: A file could not be written or the workspace is locked.
    """
    folder = workspace.panel(settings.scale)
    with stages(2, "panel") as done:
        store = Store(workspace.store, as_of=as_of)
        counted = count_store(store, settings, root=workspace.root, last_month=last_month)
        panel = build_panel(counted.counts)
        if audit:
            counted.manifest["audit"] = {
                "compared": _audit_panel(store, counted, settings, workspace)
            }
        if as_of is not None:
            now = count_store(Store(workspace.store), settings, root=workspace.root)
            revised = build_panel(now.counts).up_to(panel.last_complete_month())
            counted.manifest["revised_digest"] = revised.digest()
        done()
        recipe = make_recipe(
            workspace,
            settings,
            store,
            source=counted.manifest["source"],
            complete=panel.last_complete_month(),
            last_month=last_month,
        )

        def write(new: Path) -> dict[str, Any]:
            kept = keep_given(settings, workspace.root, new)
            counted.manifest[RECIPE] = {**recipe, "kept": kept}
            return _write_panel(panel, counted, new)

        with workspace.lock():
            written: dict[str, Any] = {}
            write_folder(folder, lambda new: written.update(write(new)))
        done()
    return panel, written


def _write_panel(panel: Panel, counted: CountedStore, folder: Path) -> dict[str, Any]:
    """Write a panel with the lists of events beside their regions."""
    lists = counted.counts.reconciliation
    write_text(folder / BORDER_FILE, csv_text(lists.border_events))
    write_text(folder / MOVED_FILE, csv_text(lists.moved_events))
    write_text(folder / STRAY_FILE, csv_text(lists.stray_events))
    return write_panel(panel, folder, manifest=counted.manifest)


def print_panel(panel: Panel, manifest: Mapping[str, Any], *, folder: Path, as_json: bool) -> None:
    """Print size, statuses and the reconciliation of every event and death.

    Args:
        panel: Panel that was made.
        manifest: Its manifest.
        folder: Where it was written.
        as_json: Print JSON instead of text.
    """
    facts = _facts(panel, manifest, folder)
    for warning in [*manifest["warnings"], *_astray(manifest["reconciliation"])]:
        warn(warning)
    echo(json.dumps(facts, indent=2, ensure_ascii=False) if as_json else _summary(facts))


def _facts(panel: Panel, manifest: Mapping[str, Any], folder: Path) -> dict[str, Any]:
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
        "audit": manifest.get("audit"),
        "digest": manifest["digest"],
        "folder": str(folder),
    }


def _summary(facts: dict[str, Any]) -> str:
    sums = facts["reconciliation"]
    sides = ("accepted", "panel", "unlocated", "outside", "before", "unobserved")
    statuses = ", ".join(f"{count:,} {name}" for name, count in facts["statuses"].items())
    return "\n".join(
        [
            (
                f"{facts['regions']:,} regions x {facts['months']:,} months"
                f" ({facts['first_month']} to {facts['last_month']}), scale"
                f" {one_line(facts['scale'])}, source {one_line(facts['source'])}"
                + (f", as known on {facts['as_of']}" if facts["as_of"] else "")
            ),
            f"region-months: {statuses}; last complete month {facts['last_complete_month']}",
            text_table(
                ["reconciliation", "events", "deaths"],
                [[side, sums[side]["events"], sums[side]["deaths"]] for side in sides],
            ),
            *_outside_regions(sums["by_country"]),
            *_superseded(sums.get("superseded", [])),
            f"deaths in region-months with another, unknown toll: {sums['beside_unknown']:,}",
            _moved(sums),
            f"border events: {sums['border_events']:,}, listed in {BORDER_FILE}",
            *_audited(facts["audit"]),
            f"written to {facts['folder']}",
        ]
    )


def _superseded(records: Sequence[Mapping[str, Any]]) -> list[str]:
    """Say what later versions took away or moved, a line for each pair of releases."""
    lines: dict[str, list[str]] = {}
    for record in records:
        pair = f"{record['release']}, superseded by {record['by_release']}"
        tally = f"{record['events']:,}/{record['deaths']:,} {record['what']}"
        lines.setdefault(one_line(pair), []).append(tally)
    return [f"{pair} (events/deaths): {', '.join(tallies)}" for pair, tallies in lines.items()]


def _audited(audit: Mapping[str, int] | None) -> list[str]:
    if audit is None:
        return []
    return [f"audit: {audit['compared']:,} counts, all as counted again by a plain path of its own"]


def _audit_panel(
    store: Store, counted: CountedStore, settings: PanelSettings, workspace: Workspace
) -> int:
    """Count a store again, and return how many counts were compared.

    Raises:
        EvidenceError: A count differs; the first ones are named.
    """
    from data.counting.audit import audit_counts

    content, source = counted.manifest["content"], counted.manifest["source"]
    places = read_panel_regions(settings, workspace.root)
    audit = audit_counts(store, source, content, counted.counts, places)
    for row in audit.differences.head(_SHOWN_DIFFERENCES).to_dict("records"):
        expected = " to ".join(dict.fromkeys(f"{row[side]:g}" for side in ("least", "most")))
        where = f"{row['region_id']} {row['month']}, {row['measure']}"
        echo(
            f"{one_line(where)}: {row['panel']:g} in the panel, counted again {expected}", err=True
        )
    if len(audit.differences):
        raise EvidenceError(
            f"the audit finds {len(audit.differences):,} of {audit.compared:,} counts that differ"
            " from a plain count of the same store: this panel is not written"
        )
    return audit.compared


def _astray(sums: Mapping[str, Any]) -> list[str]:
    """Return which countries have events outside all of their regions, where they are many."""
    return [
        f"{one_line(name)}: {tally['outside']:,} of {tally['of']:,} events lie outside all regions,"
        f" listed in {STRAY_FILE}: do the boundaries hold the whole country?"
        for name, tally in sums["stray"].items()
        if tally["outside"] > _MANY_OUTSIDE * tally["of"]
    ]


def _moved(sums: Mapping[str, Any]) -> str:
    """Return how many events were moved into a region, and the farthest of them."""
    line = f"moved to the nearest region of their country: {sums['nearest']:,}"
    if not sums["nearest"]:
        return line
    farthest = ", ".join(
        f"{one_line(event['event_id'])} {event['km']:,.1f} km to {one_line(event['region_id'])}"
        for event in sums["farthest"]
    )
    return f"{line}, listed in {MOVED_FILE}; farthest: {farthest}"


def _outside_regions(by_country: Mapping[str, Mapping[str, Mapping[str, int]]]) -> list[str]:
    """Return the countries of events outside every region, a line for each reason."""
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
