"""Bring files into the store, with what the user says of them, and print the result."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from data.errors import ConfigError
from data.months import add_months, last_day, month_number, parse_day, whole_month
from data.reading import ReadResult
from data.schema import OBSERVED
from data.store.store import IngestReport, Store
from data.terminal import echo, one_line, progress, warn
from data.workspace import Workspace

__all__ = [
    "Claims",
    "KeptFile",
    "claim_through",
    "ingest_record",
    "keep_files",
    "keep_readings",
    "parse_through",
    "print_reports",
]

_SHOWN = 5

KeptFile = tuple[ReadResult, IngestReport]

_MONTH = re.compile(r"\d{4}-\d{2}")


@dataclass(frozen=True)
class Claims:
    """What the user states about files beyond their content.

    Attributes:
        data_through: Last day that their data cover; None leaves it to the source.
        published: Day on which the release was published; None for the usual one.
        quiet: Months without any event were quiet.
        replace: True: they are the new version of what is held, False: they are added to it; None
            leaves it to what they hold.
    """

    data_through: date | None = None
    published: date | None = None
    quiet: bool = False
    replace: bool | None = None

    @classmethod
    def read(
        cls,
        *,
        data_through: str | None = None,
        published: str | None = None,
        quiet: bool = False,
        replace: bool | None = None,
    ) -> Claims:
        """Read the options of the command line.

        Raises:
            ConfigError: A day is not understood.
        """
        return cls(
            data_through=None if data_through is None else parse_through(data_through),
            published=None if published is None else parse_day(published, "--published"),
            quiet=quiet,
            replace=replace,
        )

    def applied(self, reading: ReadResult, *, today: date) -> ReadResult:
        """Return a result with these claims applied."""
        return replace(claim_through(reading, self.data_through, today=today), quiet=self.quiet)


_NO_CLAIMS = Claims()


def keep_files(
    workspace: Workspace,
    files: Sequence[Path],
    read: Callable[[Path], ReadResult],
    *,
    claims: Claims = _NO_CLAIMS,
) -> list[KeptFile]:
    """Read all files, then store them all: when one is refused, none is stored.

    Args:
        workspace: Whose store takes them.
        files: What to read, in this order.
        read: Reads and validates one file.
        claims: What the user states about them.

    Raises:
        SourceError: A file is refused; nothing in the store has changed.
        ConfigError: A claim cannot be true.
        RuntimeEnvironmentError: The disk fails, or the workspace is locked.
    """
    with progress(files, "reading") as shown:
        readings = [read(file) for file in shown]
    return keep_readings(workspace, readings, claims=claims)


def keep_readings(
    workspace: Workspace, readings: Sequence[ReadResult], *, claims: Claims = _NO_CLAIMS
) -> list[KeptFile]:
    """Store what was read, in its order.

    Args:
        workspace: Whose store takes them.
        readings: What was read.
        claims: What the user states about them.

    Raises:
        SourceError: A file is refused; nothing in the store has changed.
        ConfigError: A claim cannot be true.
        RuntimeEnvironmentError: The disk fails, or the workspace is locked.
    """
    now = datetime.now(UTC)
    claimed = [claims.applied(reading, today=now.date()) for reading in readings]
    store = Store(workspace.store)
    with workspace.lock():
        reports = store.add_all(
            claimed, retrieved_at=now, published=claims.published, replace=claims.replace
        )
    return list(zip(claimed, reports, strict=True))


def print_reports(stored: Sequence[KeptFile], *, as_json: bool) -> None:
    """Print the result of each file; warnings and quarantined rows go to stderr."""
    if as_json:
        records = [ingest_record(report) for _, report in stored]
        echo(json.dumps({"ingests": records}, indent=2, ensure_ascii=False))
    for reading, report in stored:
        if not as_json:
            echo(_summary(report))
        for warning in report.manifest["warnings"]:
            warn(warning)
        _show_superseded(report)
        _show_quarantine(reading, report)


def ingest_record(report: IngestReport) -> dict[str, Any]:
    """Return what became of one file as plain values for JSON."""
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
        "withdrawn": changes.withdrawn,
        "superseded": manifest.get("superseded", {}),
        "repeated": report.repeated,
        "events": manifest["events"],
        "deaths": manifest["deaths"],
        "deaths_unknown": manifest["deaths_unknown"],
        "first_date": manifest["first_date"],
        "last_date": manifest["last_date"],
        "coverage": manifest["coverage"],
        "complete_through": manifest["complete_through"],
        "partial": manifest["partial"],
        "data_through": manifest["data_through"],
        "published": manifest["published"],
        "snapshot": str(report.folder),
        "warnings": manifest["warnings"],
    }


def _summary(report: IngestReport) -> str:
    record = ingest_record(report)
    counts = ["read", "accepted", "quarantined", "duplicate", "revised", "new", "unchanged"]
    counts += [name for name in ("outdated", "withdrawn") if record[name]]
    lines = [
        f"{one_line(record['file'])} ({one_line(record['source'])} {one_line(record['release'])})",
        "  " + ", ".join(f"{record[name]:,} {name}" for name in counts),
        (
            f"  {record['events']:,} events, {record['deaths']:,} deaths"
            f" ({record['deaths_unknown']:,} rows of unknown toll),"
            f" {record['first_date'] or 'no date'} to {record['last_date'] or 'no date'}"
        ),
        f"  {_reach(record)}",
    ]
    if report.repeated:
        lines.append("  nothing changed: the store already holds this file")
    return "\n".join(lines)


def _reach(record: dict[str, Any]) -> str:
    """Say how far a file is complete and from when its release counts as known."""
    through, partial = record["complete_through"], record["partial"]
    reach = f"complete through {through}" if through else "no complete month: makes no zeros"
    reach += f", {partial} in part" if partial else ""
    return reach + (f"; known from {record['published']}" if record["published"] else "")


def _show_superseded(report: IngestReport) -> None:
    """Name what a newer version took away or moved."""
    if report.repeated or report.gone.empty:
        return
    for row in report.gone.head(_SHOWN).to_dict("records"):
        words = [
            str(value)
            for name, value in row.items()
            if name not in ("what", "by_release", "deaths", "deaths_best")
            and not pd.isna(value)
            and value != ""
        ]
        toll = row.get("deaths_best", row.get("deaths"))
        words += [] if toll is None or pd.isna(toll) else [f"{toll:,} deaths"]
        echo(one_line(f"{row['what']}: {', '.join(words)}")[:300], err=True)
    counts = ", ".join(f"{n:,} {what}" for what, n in report.manifest["superseded"].items())
    echo(f"all of them ({counts}) are listed in {report.folder / 'superseded.csv'}", err=True)


def _show_quarantine(reading: ReadResult, report: IngestReport) -> None:
    if not reading.quarantined:
        return
    rows = reading.quarantine.head(_SHOWN)
    for line, column, rule, value in zip(
        rows["line"], rows["column"], rows["rule"], rows["value"], strict=True
    ):
        text = f"{reading.file.name} line {line}: {column}: {rule}, got {value!r}"
        echo(f"quarantined: {one_line(text)[:300]}", err=True)
    echo(
        f"all {len(reading.quarantine):,} faults of {reading.quarantined:,} quarantined rows are"
        f" listed in {report.folder / 'quarantine.csv'}",
        err=True,
    )


def parse_through(text: str) -> date:
    """Read the last day that data cover: a day, or a month for its last day.

    Raises:
        ConfigError: The text is neither.

    Example:
        >>> parse_through("2024-02"), parse_through("2024-03-12")
        (datetime.date(2024, 2, 29), datetime.date(2024, 3, 12))
    """
    if _MONTH.fullmatch(text):
        month_number(text)
        return last_day(text)
    return parse_day(text, "--data-through")


def claim_through(reading: ReadResult, day: date | None, *, today: date) -> ReadResult:
    """Return a result whose data end on a day, whatever its source claims.

    For events the coverage ends there. For figures, observed rows of the month that is partly
    covered become ``partial`` and later ones ``not_released``.

    Args:
        reading: What a reader returned.
        day: Last day covered; None leaves everything as the source claims, but that figures of
            this month, which has not ended, are ``partial``.
        today: The day of the ingest.

    Raises:
        ConfigError: The day lies in the future.
    """
    if day is None:
        return _this_month_in_part(reading, today)
    if day > today:
        raise ConfigError(f"--data-through: expected a day up to today, {today}, got {day}")
    month, complete = f"{day:%Y-%m}", whole_month(day)
    partial = None if complete == month else month
    coverage = replace(reading.coverage, last=complete, partial=partial)
    if reading.content == "events":
        return replace(reading, coverage=coverage, data_through=day)
    frame = _cut(reading.frame, complete, partial)
    last = min(complete, reading.coverage.last or complete)
    coverage = replace(reading.coverage, last=last)
    return replace(reading, frame=frame, coverage=coverage, data_through=day)


def _this_month_in_part(reading: ReadResult, today: date) -> ReadResult:
    """Return figures whose observed rows of the month of the ingest are partial."""
    now = f"{today:%Y-%m}"
    if reading.content != "figures" or not (reading.frame["month"] >= now).any():
        return reading
    return replace(reading, frame=_cut(reading.frame, add_months(now, -1), now))


def _cut(frame: pd.DataFrame, complete: str, partial: str | None) -> pd.DataFrame:
    """Return figures with observed rows after a month set to partial or not released."""
    months = frame["month"]
    if "status" in frame:
        status = frame["status"].copy()
    else:
        status = pd.Series(OBSERVED, index=frame.index, dtype="str")
    late = (status == OBSERVED) & (months > complete)
    status = status.mask(late & (months == partial), "partial")
    return frame.assign(status=status.mask(late & (months != partial), "not_released"))
