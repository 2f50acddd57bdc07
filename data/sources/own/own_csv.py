"""An analyst's own event list, read by its map: accepted events, quarantine, counts and warnings.

A row that breaks a rule is quarantined by ``event_rules``; one that is only unlikely is accepted,
and a warning names its line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.errors import ConfigError
from data.files import sha256_of
from data.months import month_number
from data.reading import COLUMNS, FROM_COLUMN, ReadResult
from data.regions.countries import capitals
from data.regions.geodesy import great_circle, unit_vectors
from data.schema import EVENT_TYPES
from data.sources.own.event_rules import TypedEvents, type_events
from data.sources.own.mapping import EventMap
from data.tabular.delimited import Delimited, read_delimited
from data.tabular.validation import Place, refuse_above, repeated_rows, torn_rows
from data.tabular.values import CAP
from data.terminal import listed

__all__ = ["read_events", "read_own_csv"]

_SPELT = ("country", "admin1", "admin2", "place", "side_a", "side_b")

Floats = npt.NDArray[np.float64]
Lines = npt.NDArray[np.int64]

_COUNTED = ("deaths_best", "kind")
_QUIET_YEARS = 30
_SHOWN = 10
_FAR_KM = 2_000.0
_NEAR_KM = 1_000.0


def read_own_csv(
    path: Path,
    event_map: EventMap,
    *,
    encoding: str = "utf-8",
    limit: float = 0.01,
    allow_empty: bool = False,
) -> ReadResult:
    """Read an own event list by its map.

    Args:
        path: A delimited file, plain or compressed.
        event_map: From ``read_map``.
        encoding: Encoding of the file.
        limit: Share of rows, 0 to 1, that may be invalid before the file is refused.
        allow_empty: Whether a header without rows means that nothing happened.

    Returns:
        Accepted events, quarantined rows and their counts; unknown text is empty, unknown tolls
        and absent columns are missing.

    Raises:
        SourceError: The file is refused as a whole; the message names the line.
        ConfigError: There is no such encoding, or the claim begins decades before the list.
    """
    table = read_delimited(
        path,
        required=event_map.wanted,
        optional=(),
        delimiter=event_map.delimiter,
        encoding=encoding,
        allow_empty=allow_empty,
    )
    reading = read_events(table, event_map, limit=limit)
    _check_claim(reading)
    reading = replace(reading, meaning=_meaning(event_map, table.header))
    unused = [name for name in table.header if name and name not in event_map.wanted]
    if not unused:
        return reading
    note = f"columns that the map does not name are ignored: {', '.join(unused)}"
    return replace(reading, warnings=(note, *reading.warnings))


def _check_claim(reading: ReadResult) -> None:
    """Refuse a list that claims decades before its first event, as a mistyped year does."""
    first, frame = reading.coverage.first, reading.frame
    if not reading.coverage.complete or first is None or frame.empty:
        return
    begun = f"{frame['date_start'].min():%Y-%m}"
    years = (month_number(begun) - month_number(first)) // 12
    if years >= _QUIET_YEARS:
        raise ConfigError(
            f"[coverage] from: {first} is {years} years before the first event of"
            f" {reading.file.name}, {begun}: state the month from which the list is complete"
        )


def _meaning(event_map: EventMap, header: Sequence[str]) -> dict[str, str]:
    """Return what the map counts: whose deaths, and which words are which kind."""
    if event_map.provider is not None:
        return {}
    used = {name: event_map.columns[name] for name in _COUNTED if name in event_map.columns}
    named = {f"{name}{FROM_COLUMN}": column for name, column in used.items()}
    words = event_map.translate.get("kind", {})
    kinds = {f'kind of "{word}"': kind for word, kind in words.items()}
    return named | kinds | {COLUMNS: "\t".join(header)}


def read_events(table: Delimited, event_map: EventMap, *, limit: float) -> ReadResult:
    """Turn a table of text into events.

    Args:
        table: Holds every column that the map names.
        event_map: What columns and words mean.
        limit: Share of rows, 0 to 1, that may be invalid.

    Raises:
        SourceError: Too many rows are invalid, or an id is repeated with different content.
    """
    place = Place(table.file, table.lines)
    text = _canonical_text(table, event_map)
    typed = type_events(text, event_map, today=date.today())
    measured = {own for name, own in event_map.columns.items() if EVENT_TYPES[name] != "str"}
    torn = torn_rows(table, measured | set(event_map.date.columns))
    invalid, quarantine = refuse_above(limit, [*torn, *typed.faults], place=place)
    good = np.flatnonzero(~invalid)
    repeated = repeated_rows(
        table.text.iloc[good],
        (event_map.columns["event_id"],),
        place=Place(table.file, table.lines[good]),
    )
    accepted = good[~repeated]
    frame = _event_frame(typed, event_map, accepted)
    return ReadResult(
        content="events",
        source=event_map.source,
        release=event_map.release,
        frame=frame,
        quarantine=quarantine,
        rows=len(table.lines),
        quarantined=int(invalid.sum()),
        duplicates=int(repeated.sum()),
        coverage=event_map.claim(),
        file=table.file,
        sha256=sha256_of(table.file),
        warnings=(
            *_warnings(frame, int(typed.disordered[accepted].sum())),
            *_swapped_points(frame, table.lines[accepted]),
            *_above_cap(quarantine),
        ),
        fixed=(*table.fixed, *_respelt(text, typed, event_map)),
    )


def _canonical_text(table: Delimited, event_map: EventMap) -> pd.DataFrame:
    """Return the text under canonical column names, dates in one column."""
    text, dates = table.text, event_map.date
    columns = {name: text[own] for name, own in event_map.columns.items()}
    for name, value in event_map.constants.items():
        columns[name] = pd.Series(value, index=text.index, dtype="str")
    columns["date_start"] = text[dates.column] if dates.column else _joined_date(table, event_map)
    if dates.end_column:
        columns["date_end"] = text[dates.end_column]
    return pd.DataFrame(columns)


def _joined_date(table: Delimited, event_map: EventMap) -> pd.Series[str]:
    """Join year, month and day to one text; a missing day or month becomes the first one."""
    dates = event_map.date
    joined = pd.Series("", index=table.text.index, dtype="str")
    for name, width in ((dates.year, 4), (dates.month, 2), (dates.day, 2)):
        if name is None:
            part = pd.Series("01", index=table.text.index, dtype="str")
        else:
            part = table.text[name].str.strip().str.removesuffix(".0").str.zfill(width)
        joined = joined + "-" + part
    return joined.str.removeprefix("-")


def _event_frame(
    typed: TypedEvents, event_map: EventMap, rows: npt.NDArray[np.intp]
) -> pd.DataFrame:
    """Return the chosen rows with the columns and types of ``EVENT_TYPES``."""
    constant = {
        "source": event_map.source,
        "release": event_map.release,
        "date_precision": event_map.date.precision,
    }
    missing = {"str": "", "Int64": np.nan, "float64": np.nan}
    columns = {
        name: pd.Series(
            typed.values[name][rows]
            if name in typed.values
            else np.full(len(rows), constant.get(name, missing.get(kind))),
            dtype=kind,
        )
        for name, kind in EVENT_TYPES.items()
    }
    return pd.DataFrame(columns)


def _respelt(text: pd.DataFrame, typed: TypedEvents, event_map: EventMap) -> tuple[str, ...]:
    """Say how many cells of text lost spaces around them or were composed to NFC."""
    names = [name for name in _SPELT if name in text and name not in event_map.translate]
    count = sum(int((typed.values[name] != text[name].to_numpy(object)).sum()) for name in names)
    return (f"text cells brought into one spelling: {count:,}",) if count else ()


def _warnings(frame: pd.DataFrame, disordered: int) -> tuple[str, ...]:
    spanning = int((_months(frame["date_start"]) != _months(frame["date_end"])).sum())
    warnings = []
    if disordered:
        warnings.append(
            "rows with low > best or best > high, accepted as their provider publishes them:"
            f" {disordered:,}"
        )
    if spanning:
        warnings.append(
            "events that span several months, counted in their first month with their deaths"
            f" spread by days: {spanning:,}"
        )
    return tuple(warnings)


def _months(days: pd.Series[pd.Timestamp]) -> npt.NDArray[np.datetime64]:
    return days.to_numpy().astype("datetime64[M]")


def _swapped_points(frame: pd.DataFrame, lines: Lines) -> tuple[str, ...]:
    """Name events whose latitude and longitude seem to be swapped.

    They seem so when the point lies more than 2,000 km from its country's capital, while the point
    with both numbers exchanged lies within 1,000 km of it.

    Args:
        frame: Canonical events with ``country``, ``latitude``, ``longitude`` in degrees.
        lines: (events,), where they are in their file.
    """
    north = frame["latitude"].to_numpy(dtype=np.float64)
    east = frame["longitude"].to_numpy(dtype=np.float64)
    capital = np.column_stack(capitals(frame["country"]))
    known = ~np.isnan(north + east + capital.sum(axis=1)) & (np.abs(east) <= 90)
    suspect = np.flatnonzero(known)
    here, there = (
        _apart(points[suspect], capital[suspect])
        for points in (np.column_stack((north, east)), np.column_stack((east, north)))
    )
    swapped = suspect[(here > _FAR_KM) & (there < _NEAR_KM)]
    if not len(swapped):
        return ()
    where = listed([f"line {line}" for line in lines[swapped]], most=_SHOWN)
    what = "events whose latitude and longitude seem to be swapped, accepted unchanged"
    return (f"{what}: {len(swapped):,} ({where})",)


def _above_cap(quarantine: pd.DataFrame) -> tuple[str, ...]:
    """Name the largest counts that were quarantined for being above the cap.

    Args:
        quarantine: With the columns of ``QUARANTINE_COLUMNS``.
    """
    beyond = quarantine[quarantine["rule"] == f"must not be above {CAP:,}"]
    if beyond.empty:
        return ()
    sizes = [float(value.strip()) for value in beyond["value"]]
    order = np.argsort(-np.array(sizes), kind="stable")
    rows = [beyond.iloc[int(place)] for place in order]
    counts = [f"line {row['line']} {row['column']} {row['value'].strip()[:20]}" for row in rows]
    shown = listed(counts, most=_SHOWN)
    return (f"counts above {CAP:,}, quarantined, the largest first: {shown}",)


def _apart(points: Floats, others: Floats) -> Floats:
    """Return the kilometres between points in degrees, (rows, 2) each."""
    one, other = (unit_vectors(side[:, 0], side[:, 1]) for side in (points, others))
    return great_circle(np.linalg.norm(one - other, axis=1))
