"""From a result of reading to the manifest of its ingest: totals, completeness, warnings."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date, datetime

import pandas as pd

from data.months import add_months
from data.reading import Coverage, ReadResult
from data.schema import DEATHS, EVENTS, OBSERVED
from data.store.manifests import Manifest, RowChanges, SomeManifests, claims_of
from data.store.quiet_months import silence_warnings, silent_months

__all__ = ["is_repeat", "make_manifest", "replaces_earlier"]


def make_manifest(
    reading: ReadResult,
    changes: RowChanges,
    *,
    number: int,
    folder: str,
    digest: str,
    retrieved_at: datetime,
    published: date | None = None,
    earlier: Sequence[pd.DataFrame] = (),
) -> Manifest:
    """Return the manifest of a result of reading.

    Args:
        reading: What a reader returned.
        changes: How its rows compare with the store.
        number: Number of the ingest, from 1.
        folder: Name of the snapshot's folder.
        digest: Fingerprint of the snapshot's tables.
        retrieved_at: When the file was obtained, in UTC.
        published: When the release was published; None where that is not known.
        earlier: Stored rows of the source; a month with some is not silent.
    """
    through = _complete_through(reading, retrieved_at)
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
        "partial": _partial(reading, retrieved_at),
        "data_through": None if reading.data_through is None else str(reading.data_through),
        "quiet": reading.quiet,
        "whole": replaces_earlier(reading),
        "published": None if published is None else str(published),
        "retrieved_at": retrieved_at.isoformat(timespec="seconds"),
        "warnings": [
            *reading.warnings,
            *_silence(reading, through, earlier),
            *_warnings(reading, changes, through, retrieved_at),
        ],
        "fixed": list(reading.fixed),
        **_fetched(reading),
    }


def _fetched(reading: ReadResult) -> SomeManifests:
    """Return the keys that only some ingests have."""
    keys: SomeManifests = {}
    if reading.withdrawn:
        keys["taken_back"] = len(reading.withdrawn)
    if reading.level is not None:
        keys["level"] = reading.level
    if reading.meaning:
        keys["meaning"] = dict(reading.meaning)
    if reading.fetch is not None:
        keys["fetch"] = reading.fetch
    return keys


def _warnings(
    reading: ReadResult, changes: RowChanges, through: str | None, retrieved_at: datetime
) -> list[str]:
    """Return warnings about how a result compares with the store."""
    warnings, named = [], f"{reading.source} {reading.release}"
    if reading.coverage.complete and through != reading.coverage.last:
        warnings.append(
            f"{_name_of(reading)} claims to be complete through {reading.coverage.last}, but was"
            f" read on {retrieved_at:%Y-%m-%d}: months after {through} do not count as complete"
        )
    if changes.outdated:
        warnings.append(
            f"{changes.outdated:,} rows of {named} are also in a later release, which wins, or"
            " are covered and lacked by it"
        )
    if changes.withdrawn:
        what = "events" if reading.content == "events" else "region-months"
        warnings.append(
            f"{changes.withdrawn:,} {what} of earlier versions are not in {named}, which covers"
            " their months: they no longer count"
        )
    return warnings


def _silence(
    reading: ReadResult, through: str | None, earlier: Sequence[pd.DataFrame]
) -> list[str]:
    """Warn of the covered months in which no event is known to have begun."""
    if reading.content != "events" or not reading.coverage.complete or reading.quiet:
        return []
    begun = pd.concat([rows[["date_start"]] for rows in (reading.frame, *earlier)])
    return silence_warnings(silent_months(begun, [_through(reading, through)]))


def is_repeat(
    manifest: Manifest, reading: ReadResult, digest: str, published: date | None = None
) -> bool:
    """Say whether a result, with a day of publication if one is given, is already stored."""
    return (
        manifest["sha256"] == reading.sha256
        and manifest["digest"] == digest
        and manifest["content"] == reading.content
        and manifest["source"] == reading.source
        and manifest["release"] == reading.release
        and manifest["coverage"] == claims_of(reading.coverage)
        and manifest["quiet"] == reading.quiet
        and manifest["whole"] == replaces_earlier(reading)
        and (published is None or manifest["published"] == str(published))
    )


def replaces_earlier(reading: ReadResult) -> bool:
    """Say whether a result stands alone for what it covers: a complete list, or figures."""
    return reading.whole and (reading.content == "figures" or reading.coverage.complete)


def _through(reading: ReadResult, through: str | None) -> Coverage:
    """Return the coverage of a result that is complete through a month."""
    return dataclasses.replace(reading.coverage, last=through)


def _name_of(reading: ReadResult) -> str:
    """Return the file's name; bytes that are not UTF-8 show as escapes."""
    return reading.file.name.encode("utf-8", "backslashreplace").decode("utf-8")


def _complete_through(reading: ReadResult, retrieved_at: datetime) -> str | None:
    """Return the last month that is complete and had ended at retrieval."""
    claimed = _last_observed(reading) if reading.content == "figures" else _last_covered(reading)
    return None if claimed is None else min(claimed, add_months(f"{retrieved_at:%Y-%m}", -1))


def _partial(reading: ReadResult, retrieved_at: datetime) -> str | None:
    """Return the month that is covered in part: the source's, or the one of the retrieval."""
    now, coverage = f"{retrieved_at:%Y-%m}", reading.coverage
    if not coverage.complete:
        return None
    if coverage.last is not None and coverage.last >= now:
        return now
    return coverage.partial if coverage.partial is None or coverage.partial <= now else None


def _last_covered(reading: ReadResult) -> str | None:
    return reading.coverage.last if reading.coverage.complete else None


def _last_observed(reading: ReadResult) -> str | None:
    """Return the last month of figures that is observed in at least one region."""
    months = reading.frame["month"]
    if "status" in reading.frame:
        months = months[reading.frame["status"] == OBSERVED]
    return str(months.max()) if len(months) else None


def _totals(reading: ReadResult) -> dict[str, int | str | None]:
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
