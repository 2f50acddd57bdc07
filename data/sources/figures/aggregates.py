"""HDX's monthly counts (aggregates of ACLED), from whichever file, to figures.

One administrative level is chosen, finer rows are added up to it, and the newest month is partial.
Rows are typed by ``aggregate_rows``; files belong to ``hapi_csv`` and ``hdx_workbook``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from data.errors import SourceError
from data.schema import DEATHS, EVENTS, OBSERVED, QUARANTINE_COLUMNS, REGION_COLUMNS
from data.sources.figures.aggregate_rows import HDX_TYPES, Part, TypedRows, region_ids, type_rows

__all__ = [
    "LEVELS",
    "AggregateChoice",
    "Aggregated",
    "aggregate",
]

LEVELS = ("country", "admin1", "admin2")
# Share of rows that may be left out as contradicting each other before files are refused.
_MOST = 0.5
_KEY = ["region_id", "month"]
_UNIT = ["unit", "month"]


@dataclass(frozen=True)
class AggregateChoice:
    """What is read from the files.

    Attributes:
        event_type: One of ``HDX_TYPES``. They overlap (attacks on civilians are political
            violence too), so they are never added up.
        level: One of ``LEVELS``; None where the files hold only one of them.
        through: Last complete month; None: the one before the newest month of the files.
        limit: Share of rows, 0 to 1, of a file or sheet that may be invalid.
    """

    event_type: str = HDX_TYPES[0]
    level: str | None = None
    through: str | None = None
    limit: float = 0.01


@dataclass(frozen=True)
class Aggregated:
    """Figures of one event type at one level.

    Attributes:
        frame: ``region_id``, ``month``, ``events``, ``deaths`` where any is known, ``status``.
        regions: Their region table; places and areas are not known.
        quarantine: Refused rows.
        rows: Rows of the type and level: counted, quarantined and duplicate ones.
        quarantined: Rows with a fault.
        duplicates: Rows that repeat another one exactly.
        level: The level.
        warnings: What was left out, added up or is partial.
    """

    frame: pd.DataFrame
    regions: pd.DataFrame
    quarantine: pd.DataFrame
    rows: int
    quarantined: int
    duplicates: int
    level: str
    warnings: tuple[str, ...]


def aggregate(parts: Sequence[Part], choice: AggregateChoice) -> Aggregated:
    """Turn rows of aggregates into figures.

    Args:
        parts: All files or sheets that belong together.
        choice: Event type, level, last complete month, limit.

    Raises:
        SourceError: No row is of that type or level, the level must be chosen, or too many rows
            of a part are invalid.
    """
    typed = [type_rows(part, choice.event_type, limit=choice.limit) for part in parts]
    rows = pd.concat([part.rows for part in typed], ignore_index=True)
    file = parts[0].table.file
    if rows.empty:
        raise SourceError(
            f"expected rows of the type {choice.event_type}, got none: choose another --event-type",
            file=file,
            line=1,
        )
    level = _chosen_level(rows, choice.level, parts)
    used = _finest_needed(rows, level)
    if not used.any():
        raise SourceError(
            f"expected rows of the level {LEVELS[level]} or finer, got none", file=file, line=1
        )
    at_level, unnamed = _named(rows[used], level, str(file))
    counted, repeated, conflicts = _without_repeats(at_level, str(file))
    frame = _with_status(_added_up(counted), choice.through)
    refused = [*(part.quarantine for part in typed), unnamed, conflicts]
    quarantine = pd.concat(refused, ignore_index=True)
    quarantined = sum(part.quarantined for part in typed) + len(unnamed) + len(conflicts)
    good = len(counted) + repeated
    _refuse_above(choice.limit, unnamed, len(unnamed), good)
    _refuse_above(max(choice.limit, _MOST), quarantine, quarantined, good)
    return Aggregated(
        frame=frame,
        regions=_region_table(counted),
        quarantine=quarantine,
        rows=len(counted) + quarantined + repeated,
        quarantined=quarantined,
        duplicates=repeated,
        level=LEVELS[level],
        warnings=(
            *_row_warnings(typed, rows[~used], counted, level, choice.event_type),
            *_month_warnings(frame, choice.through),
        ),
    )


def _chosen_level(rows: pd.DataFrame, wanted: str | None, parts: Sequence[Part]) -> int:
    if wanted is not None:
        return LEVELS.index(wanted)
    countries = rows.groupby("level")["iso3"].nunique()
    if len(countries) == 1:
        return int(str(countries.index[0]))
    held = ", ".join(f"{LEVELS[int(str(level))]} ({count})" for level, count in countries.items())
    raise SourceError(
        f"expected one administrative level, got several (countries): {held}: choose one with"
        " --admin-level; finer rows are added up to it",
        file=parts[0].table.file,
        line=1,
        column=parts[0].names["level"],
    )


def _finest_needed(rows: pd.DataFrame, level: int) -> pd.Series[bool]:
    """Say which rows count: of each country those of the level, otherwise of the next finer one."""
    own = rows["level"].astype(int)
    fine = own.where(own >= level)
    return own == fine.groupby(rows["iso3"]).transform("min")


def _named(rows: pd.DataFrame, level: int, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give rows the id and name of their region at a level; quarantine those without one."""
    ids = pd.Series(region_ids(rows, level), index=rows.index)
    name = rows["country" if level == 0 else f"admin{level}"]
    named = rows.assign(region_id=ids, region=name.where(name != "", ids))
    lost = named[ids == ""]
    rule = f"expected a code or a name of the level {LEVELS[level]}, got none"
    quarantine = _quarantined(lost, file, rule, lost["located"], lost["unit"])
    return named[ids != ""].reset_index(drop=True), quarantine


def _quarantined(
    rows: pd.DataFrame,
    file: str,
    rule: str,
    column: pd.Series[str],
    value: pd.Series[str],
) -> pd.DataFrame:
    columns = {"file": file, "line": rows["line"], "column": column, "rule": rule, "value": value}
    return pd.DataFrame(columns, columns=list(QUARANTINE_COLUMNS))


def _refuse_above(limit: float, quarantine: pd.DataFrame, quarantined: int, good: int) -> None:
    """Refuse files of which more rows than a limit would be left out.

    Raises:
        SourceError: They are; the first fault is named.
    """
    share = quarantined / max(quarantined + good, 1)
    if share > limit:
        first = quarantine.iloc[0]
        raise SourceError(
            f'{first["rule"]}, got "{first["value"]}". {quarantined:,} of'
            f" {quarantined + good:,} rows ({100 * share:.0f} %) cannot be counted: correct the"
            " file, or give --limit to take the rest",
            file=Path(str(first["file"])),
            line=int(first["line"]),
            column=str(first["column"]),
        )


def _without_repeats(rows: pd.DataFrame, file: str) -> tuple[pd.DataFrame, int, pd.DataFrame]:
    """Drop repeated rows, and quarantine all rows of a region-month with different counts.

    It is not known which of the latter is right, or whether they should be added up.
    """
    repeated = rows.duplicated([*_UNIT, EVENTS, DEATHS])
    rest = rows[~repeated]
    clash = rest.duplicated(_UNIT, keep=False)
    conflicts = rest[clash]
    rule = "duplicate key: the region has this month several times, with different counts"
    value = conflicts["unit"] + " " + conflicts["month"]
    quarantine = _quarantined(conflicts, file, rule, conflicts["counted"], value)
    return rest[~clash].reset_index(drop=True), int(repeated.sum()), quarantine


def _added_up(rows: pd.DataFrame) -> pd.DataFrame:
    """Add units up to their regions; a total with an unknown part is unknown.

    A month in which a region lacks one of the units that it has in other months is ``partial``;
    units without a code or a name do not matter for that.
    """
    groups = rows.groupby(_KEY, sort=True)
    frame = (
        groups[[EVENTS, DEATHS]]
        .sum(min_count=1)
        .where(groups[[EVENTS, DEATHS]].count().eq(groups.size(), axis=0))
    )
    placed = groups["placed"].sum()
    frame = frame.astype("Int64").dropna(axis=1, how="all").assign(unit_count=placed)
    frame = frame.reset_index().astype({"region_id": "str", "month": "str"})
    units = rows[rows["placed"]].groupby("region_id")["unit"].nunique()
    whole = frame["unit_count"] == frame["region_id"].map(units).fillna(0)
    status = pd.Series(np.where(whole, OBSERVED, "partial"), dtype="str")
    return frame.drop(columns="unit_count").assign(status=status)


def _with_status(frame: pd.DataFrame, through: str | None) -> pd.DataFrame:
    """Mark months after the last complete one as partial; by default only the newest one."""
    month = frame["month"]
    late = month > through if through is not None else month == month.max()
    return frame.assign(status=frame["status"].mask(late, "partial"))


def _region_table(rows: pd.DataFrame) -> pd.DataFrame:
    first = rows.drop_duplicates("region_id").sort_values("region_id", ignore_index=True)
    texts = ("region_id", "region", "country")
    columns = {
        name: first[name].astype("str")
        if name in texts
        else pd.Series("" if name == "neighbours" else np.nan, index=first.index)
        for name in REGION_COLUMNS
    }
    return pd.DataFrame(columns).astype({"neighbours": "str"})


def _row_warnings(
    typed: Sequence[TypedRows],
    unused: pd.DataFrame,
    counted: pd.DataFrame,
    level: int,
    event_type: str,
) -> list[str]:
    warnings = []
    others = sum(part.others for part in typed)
    if others:
        warnings.append(
            f"{others:,} rows of other event types are left out: the types overlap, so only"
            f" {event_type} is counted"
        )
    if len(unused):
        lost = len(set(unused["iso3"]) - set(counted["iso3"]))
        warnings.append(
            f"{len(unused):,} rows of other administrative levels are left out; {lost} countries"
            f" have none of the level {LEVELS[level]}"
        )
    finer = counted[counted["level"].astype(int) > level]
    if len(finer):
        warnings.append(
            f"{len(finer):,} finer rows of {finer['iso3'].nunique()} countries are added up to the"
            f" level {LEVELS[level]}"
        )
    return warnings


def _month_warnings(frame: pd.DataFrame, through: str | None) -> list[str]:
    if through is not None:
        return []
    newest = frame["month"].max()
    return [f"the newest month, {newest}, counts as partial: give --data-through if it is complete"]
