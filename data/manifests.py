"""The manifest of one ingest: what was read, from where, when, and what it changed.

Owns the manifest's keys and the order of releases. Files and folders of a snapshot belong to
``data.snapshots``, what wins among snapshots to ``data.store``.
"""

from __future__ import annotations

import dataclasses
import re
from datetime import UTC, date, datetime, time
from typing import TypedDict

import pandas as pd

from data.months import add_months
from data.provenance import Provenance
from data.reading import Coverage, Reading
from data.schema import DEATHS, EVENTS, OBSERVED

__all__ = [
    "CoverageClaim",
    "Manifest",
    "RowChanges",
    "claims_of",
    "coverage_of",
    "instant",
    "is_repeat",
    "make_manifest",
    "release_order",
    "win_order",
]


class CoverageClaim(TypedDict):
    """Coverage as the source states it, in JSON form."""

    complete: bool
    first: str | None
    last: str | None
    countries: list[str]


@dataclasses.dataclass(frozen=True)
class RowChanges:
    """How the accepted rows of a file stand to what the store knew before.

    Attributes:
        new: Their key was not known.
        revised: Their key was known with other content; they win now.
        unchanged: They were known to the letter.
        outdated: A later release holds their key and keeps winning.
    """

    new: int = 0
    revised: int = 0
    unchanged: int = 0
    outdated: int = 0


class _SomeManifests(TypedDict, total=False):
    """Keys that only some ingests have: ids taken back, and where fetched rows come from."""

    taken_back: int
    fetch: Provenance


class Manifest(_SomeManifests):
    """The keys of ``manifest.json``; counts are rows, dates and months are text."""

    number: int
    folder: str
    content: str
    source: str
    release: str
    file: str
    sha256: str
    digest: str
    rows: int
    accepted: int
    quarantined: int
    duplicates: int
    new: int
    revised: int
    unchanged: int
    outdated: int
    events: int
    deaths: int
    deaths_unknown: int
    first_date: str | None
    last_date: str | None
    coverage: CoverageClaim
    complete_through: str | None
    retrieved_at: str
    warnings: list[str]


def release_order(release: str) -> tuple[int, ...]:
    """Return the whole numbers in a release's name: later releases compare greater.

    Example:
        >>> release_order("23.1") < release_order("24.0.2") < release_order("24.0.10")
        True
        >>> release_order("24.0.12") < release_order("25.1")
        True
    """
    return tuple(int(part) for part in re.findall(r"\d+", release))


def win_order(manifest: Manifest) -> tuple[tuple[int, ...], int]:
    """Return the key by which ingests are sorted so that the last one holding an id wins."""
    return release_order(manifest["release"]), manifest["number"]


def make_manifest(
    reading: Reading,
    changes: RowChanges,
    *,
    number: int,
    folder: str,
    digest: str,
    retrieved_at: datetime,
) -> Manifest:
    """Return the manifest of a reading.

    Args:
        reading: What a reader returned.
        changes: How its rows stand to the store.
        number: Number of the ingest, from 1.
        folder: Name of the snapshot's folder.
        digest: Fingerprint of the snapshot's tables.
        retrieved_at: When the file was obtained, in UTC.
    """
    through = _complete_through(reading, retrieved_at)
    warnings = list(reading.warnings)
    if reading.coverage.complete and through != reading.coverage.last:
        warnings.append(
            f"{_name_of(reading)} claims to be complete through {reading.coverage.last}, but was"
            f" read on {retrieved_at:%Y-%m-%d}: months after {through} do not count as complete"
        )
    if changes.outdated:
        warnings.append(
            f"{changes.outdated} rows of {reading.source} {reading.release} are held in a later"
            " release, which keeps winning"
        )
    return {
        "number": number,
        "folder": folder,
        "content": reading.content,
        "source": reading.source,
        "release": reading.release,
        "file": _name_of(reading),
        "sha256": reading.sha256,
        "digest": digest,
        "rows": reading.rows,
        "accepted": len(reading.frame),
        "quarantined": reading.quarantined,
        "duplicates": reading.duplicates,
        **dataclasses.asdict(changes),  # type: ignore[typeddict-item]
        **_totals(reading),
        "coverage": claims_of(reading.coverage),
        "complete_through": through,
        "retrieved_at": retrieved_at.isoformat(timespec="seconds"),
        "warnings": warnings,
        **_fetched(reading),
    }


def _fetched(reading: Reading) -> _SomeManifests:
    """Return the keys that only some ingests have."""
    keys: _SomeManifests = {}
    if reading.withdrawn:
        keys["taken_back"] = len(reading.withdrawn)
    if reading.fetch is not None:
        keys["fetch"] = reading.fetch
    return keys


def is_repeat(manifest: Manifest, reading: Reading, digest: str) -> bool:
    """Say whether a reading is the very one that a manifest describes."""
    return (
        manifest["sha256"] == reading.sha256
        and manifest["digest"] == digest
        and manifest["content"] == reading.content
        and manifest["source"] == reading.source
        and manifest["release"] == reading.release
        and manifest["coverage"] == claims_of(reading.coverage)
    )


def claims_of(coverage: Coverage) -> CoverageClaim:
    """Return a coverage in JSON form."""
    return {
        "complete": coverage.complete,
        "first": coverage.first,
        "last": coverage.last,
        "countries": list(coverage.countries),
    }


def coverage_of(manifest: Manifest) -> Coverage:
    """Return the coverage a manifest supports.

    A complete list cannot speak for months that were not over when it was retrieved: its last
    month is at most the one before.
    """
    claim = manifest["coverage"]
    return Coverage(
        complete=claim["complete"],
        first=claim["first"],
        last=manifest["complete_through"] if claim["complete"] else claim["last"],
        countries=tuple(claim["countries"]),
    )


def instant(moment: date | datetime | str) -> datetime:
    """Return a moment in UTC; a plain date means the end of that day.

    Example:
        >>> instant("2026-01-31T12:00:00+02:00").isoformat()
        '2026-01-31T10:00:00+00:00'
        >>> instant(date(2026, 1, 31)).isoformat()
        '2026-01-31T23:59:59.999999+00:00'
    """
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time.max)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _name_of(reading: Reading) -> str:
    """Return the file's name; bytes that are no UTF-8 show as escapes."""
    return reading.file.name.encode("utf-8", "backslashreplace").decode("utf-8")


def _complete_through(reading: Reading, retrieved_at: datetime) -> str | None:
    """Return the last month that is complete and was over at retrieval."""
    claimed = _last_observed(reading) if reading.content == "figures" else _last_covered(reading)
    return None if claimed is None else min(claimed, add_months(f"{retrieved_at:%Y-%m}", -1))


def _last_covered(reading: Reading) -> str | None:
    return reading.coverage.last if reading.coverage.complete else None


def _last_observed(reading: Reading) -> str | None:
    """Return the last month of figures that is observed in at least one region."""
    months = reading.frame["month"]
    if "status" in reading.frame:
        months = months[reading.frame["status"] == OBSERVED]
    return str(months.max()) if len(months) else None


def _totals(reading: Reading) -> dict[str, int | str | None]:
    """Return events, known deaths, rows with unknown deaths, and the range of dates."""
    frame = reading.frame
    if reading.content == "events":
        deaths, dates = frame["deaths_best"], frame["date_start"].dt.strftime("%Y-%m-%d")
        events = len(frame)
    else:
        deaths = frame.get(DEATHS, pd.Series(0, index=frame.index))
        events = int(frame[EVENTS].sum()) if EVENTS in frame else 0
        dates = frame["month"]
    return {
        "events": events,
        "deaths": int(deaths.sum()),
        "deaths_unknown": int(deaths.isna().sum()),
        "first_date": str(dates.min()) if len(frame) else None,
        "last_date": str(dates.max()) if len(frame) else None,
    }
