"""Bringing files into the store, and saying what became of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from data.reading import Reading
from data.store import IngestReport, Store
from data.workspace import Workspace
from forecast.terminal import one_line, progress

__all__ = ["KeptFile", "keep_files", "keep_readings", "print_reports"]

_SHOWN = 5

KeptFile = tuple[Reading, IngestReport]


def keep_files(
    workspace: Workspace, files: Sequence[Path], read: Callable[[Path], Reading]
) -> list[KeptFile]:
    """Read all files, then keep them all: when one is refused, none is kept.

    Args:
        workspace: Whose store takes them.
        files: What to read, in this order.
        read: Reads and validates one file.

    Raises:
        SourceError: A file is refused; nothing in the store has changed.
        MachineError: The disk or another process is in the way.
    """
    with progress(files, "reading") as shown:
        readings = [read(file) for file in shown]
    return keep_readings(workspace, readings)


def keep_readings(workspace: Workspace, readings: Sequence[Reading]) -> list[KeptFile]:
    """Keep what was read, in its order.

    Raises:
        MachineError: The disk or another process is in the way.
    """
    now = datetime.now(UTC)
    store = Store(workspace.store)
    with workspace.lock(), progress(readings, "storing") as shown:
        return [(reading, store.add(reading, retrieved_at=now)) for reading in shown]


def print_reports(kept: Sequence[KeptFile], *, as_json: bool) -> None:
    """Print what became of each file; warnings and quarantined rows go to stderr."""
    if as_json:
        records = [_record(report) for _, report in kept]
        click.echo(json.dumps({"ingests": records}, indent=2, ensure_ascii=False))
    for reading, report in kept:
        if not as_json:
            click.echo(_summary(report))
        for warning in report.manifest["warnings"]:
            click.echo(f"warning: {one_line(warning)}", err=True)
        _show_quarantine(reading, report)


def _record(report: IngestReport) -> dict[str, Any]:
    manifest, changes = report.manifest, report.changes
    return {
        "file": manifest["file"],
        "source": manifest["source"],
        "release": manifest["release"],
        "read": manifest["rows"],
        "accepted": manifest["accepted"],
        "quarantined": manifest["quarantined"],
        "duplicate": manifest["duplicates"],
        "new": changes.new,
        "revised": changes.revised,
        "unchanged": changes.unchanged,
        "outdated": changes.outdated,
        "repeated": report.repeated,
        "events": manifest["events"],
        "deaths": manifest["deaths"],
        "deaths_unknown": manifest["deaths_unknown"],
        "first_date": manifest["first_date"],
        "last_date": manifest["last_date"],
        "coverage": manifest["coverage"],
        "complete_through": manifest["complete_through"],
        "snapshot": str(report.folder),
        "warnings": manifest["warnings"],
    }


def _summary(report: IngestReport) -> str:
    record = _record(report)
    counts = ("read", "accepted", "quarantined", "duplicate", "revised", "new", "unchanged")
    through = record["complete_through"]
    lines = [
        f"{one_line(record['file'])} ({one_line(record['source'])} {one_line(record['release'])})",
        "  " + ", ".join(f"{record[name]:,} {name}" for name in counts),
        (
            f"  {record['events']:,} events, {record['deaths']:,} deaths"
            f" ({record['deaths_unknown']:,} rows of unknown toll),"
            f" {record['first_date'] or 'no date'} to {record['last_date'] or 'no date'}"
        ),
        f"  complete through {through}" if through else "  no complete month: makes no zeros",
    ]
    if report.repeated:
        lines.append("  nothing changed: the store holds this very file already")
    return "\n".join(lines)


def _show_quarantine(reading: Reading, report: IngestReport) -> None:
    if not reading.quarantined:
        return
    rows = reading.quarantine.head(_SHOWN)
    for line, column, rule, value in zip(
        rows["line"], rows["column"], rows["rule"], rows["value"], strict=True
    ):
        text = f"{reading.file.name} line {line}: {column}: {rule}, got {value!r}"
        click.echo(f"quarantined: {one_line(text)[:300]}", err=True)
    click.echo(
        f"all {len(reading.quarantine):,} faults in {reading.quarantined:,} quarantined rows are"
        f" listed in {report.folder / 'quarantine.csv'}",
        err=True,
    )
