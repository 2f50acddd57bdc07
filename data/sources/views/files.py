"""The files of the VIEWS 2023/24 Prediction Challenge: forecasts as draws, and outcomes.

A forecast holds ``month_id`` (1 = January 1980), ``country_id`` or ``priogrid_gid``, ``draw``
(numbered from 0 or 1) and ``outcome``; the actuals hold the same without ``draw``.

Source:
    Hegre et al. (2025), "The 2023/24 VIEWS Prediction Challenge: Predicting the number of
    fatalities in armed conflict, with uncertainty", Journal of Peace Research.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.errors import SchemaError, SourceError
from data.files import write_with
from data.months import month_number, month_text
from data.tabular.table_files import NumberColumns, read_number_columns
from data.terminal import listed

__all__ = [
    "UNITS",
    "ChallengeActuals",
    "ChallengeDraws",
    "SharedRows",
    "challenge_month",
    "month_of",
    "read_actuals",
    "read_draws",
    "shared_rows",
    "write_draws",
]

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

UNITS = ("country_id", "priogrid_gid")
_FIRST = month_number("1980-01") - 1
_LARGEST_ID = 2**31
_SHOWN = 3


@dataclass(frozen=True)
class ChallengeActuals:
    """Outcomes, one row a unit and month, sorted by month and unit.

    Attributes:
        file: Where it was read from.
        unit: ``country_id`` or ``priogrid_gid``.
        months: (rows,), ``month_id``.
        units: (rows,), ids of countries or cells.
        observed: (rows,), counts a month.
    """

    file: Path
    unit: str
    months: Whole
    units: Whole
    observed: Floats


@dataclass(frozen=True)
class ChallengeDraws:
    """A forecast, one row a unit and month, sorted by month and unit.

    Attributes:
        file: Where it was read from.
        unit: ``country_id`` or ``priogrid_gid``.
        months: (rows,), ``month_id``.
        units: (rows,), ids of countries or cells.
        draws: (rows, draws), counts a month in the order of their numbers.
    """

    file: Path
    unit: str
    months: Whole
    units: Whole
    draws: Floats


def month_of(month_id: int) -> str:
    """Return the text of a month of the challenge.

    Example:
        >>> month_of(457), challenge_month("2018-01")
        ('2018-01', 457)
    """
    return month_text(_FIRST + int(month_id))


def challenge_month(month: str) -> int:
    """Return the challenge's ``month_id`` of a month."""
    return month_number(month) - _FIRST


def read_draws(path: Path) -> ChallengeDraws:
    """Read a forecast from Parquet (as columns or index) or CSV.

    Raises:
        SourceError: A cell is not a count >= 0, a draw is repeated or missing, or the rows do not
            all have the same number of draws.
        SchemaError: A column is absent or holds no numbers.
    """
    table, unit = _read(path, ("draw",))
    order, starts = _sorted_rows(table, ("month_id", unit, "draw"))
    sizes = np.diff(np.append(starts, len(order)))
    usual = int(np.bincount(sizes).argmax())
    draw = table.values["draw"][order]
    base = draw.min()
    ends = starts + sizes - 1
    _refuse_gaps(table, unit, order, starts, ends, base)
    odd = np.flatnonzero(sizes != usual)
    if len(odd):
        row = order[starts[odd[0]]]
        raise SourceError(
            f"expected {usual:,} draws as in the other rows, got {sizes[odd[0]]:,} for"
            f" {_named(table, unit, row)} ({len(odd):,} such rows in all): give every {unit} and"
            " month the same number",
            file=path,
            line=int(table.lines[row]),
            column="draw",
        )
    months, units = _keys(table, unit, order[starts])
    draws = table.values["outcome"][order].reshape(-1, usual)
    return ChallengeDraws(path, unit, months, units, draws)


def read_actuals(path: Path) -> ChallengeActuals:
    """Read outcomes from Parquet (as columns or index) or CSV.

    Raises:
        SourceError: A cell is not a count >= 0, a unit's month is repeated or still to come.
        SchemaError: A column is absent or holds no numbers, or the file is a forecast.
    """
    table, unit = _read(path, ())
    now = f"{date.today():%Y-%m}"
    late = table.values["month_id"] > challenge_month(now)
    table.refuse_where(late, f"expected a month up to this one, {challenge_month(now)}", "month_id")
    order, starts = _sorted_rows(table, ("month_id", unit))
    months, units = _keys(table, unit, order[starts])
    return ChallengeActuals(path, unit, months, units, table.values["outcome"][order])


def write_draws(path: Path, months: Whole, units: Whole, draws: npt.NDArray[np.int32]) -> None:
    """Write a country forecast in the challenge's layout, draws numbered from 0.

    Args:
        path: A Parquet file.
        months: (rows,), ``month_id``.
        units: (rows,), ``country_id``.
        draws: (rows, draws), counts a month.

    Raises:
        RuntimeEnvironmentError: The file cannot be written.
    """
    rows, size = draws.shape
    order = np.lexsort((units, months))
    frame = pd.DataFrame(
        {
            "month_id": np.repeat(months[order].astype(np.int32), size),
            "country_id": np.repeat(units[order].astype(np.int32), size),
            "draw": np.tile(np.arange(size, dtype=np.int32), rows),
            "outcome": draws[order].ravel(),
        }
    )
    write_with(path, lambda temporary: frame.to_parquet(temporary, index=False))


def _read(path: Path, also: tuple[str, ...]) -> tuple[NumberColumns, str]:
    """Read and check the columns; return them and the name of the unit."""
    optional = UNITS if also else (*UNITS, "draw")
    table = read_number_columns(path, required=("month_id", *also, "outcome"), optional=optional)
    present = [name for name in UNITS if name in table.values]
    if len(present) != 1:
        named = "both" if present else "neither"
        raise SchemaError(
            f"expected one of the columns {' and '.join(UNITS)}, got {named}", file=path
        )
    if not also and "draw" in table.values:
        raise SchemaError(
            "expected actuals, got a forecast with a column of draws: give FORECAST first, then"
            " ACTUALS",
            file=path,
            column="draw",
        )
    for name in ("month_id", present[0], *also):
        values = table.values[name]
        lowest = 0 if name == "draw" else 1
        invalid = (values != np.floor(values)) | (values < lowest) | (values >= _LARGEST_ID)
        table.refuse_where(invalid, f"expected a whole number >= {lowest}", name)
    table.refuse_where(table.values["outcome"] < 0, "expected a count >= 0", "outcome")
    return table, present[0]


def _sorted_rows(
    table: NumberColumns, key: tuple[str, ...]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the order by key, and where each month and unit begins; refuse repeated keys."""
    order = np.lexsort([table.values[name] for name in reversed(key)])
    ordered = [table.values[name][order] for name in key]
    changed = [values[1:] != values[:-1] for values in ordered]
    repeated = np.flatnonzero(~np.logical_or.reduce(changed))
    if len(repeated):
        first, second = order[repeated[0]], order[repeated[0] + 1]
        draw = f" draw {table.values['draw'][first]:.0f}" if "draw" in key else ""
        raise SourceError(
            f"duplicate key {_named(table, key[1], first)}{draw}: line {table.lines[first]} has it"
            f" too ({len(repeated):,} such rows in all): keep one of them",
            file=table.file,
            line=int(table.lines[second]),
            column=" ".join(key),
        )
    begins = np.append(True, changed[0] | changed[1])
    return order, np.flatnonzero(begins)


def _refuse_gaps(
    table: NumberColumns,
    unit: str,
    order: npt.NDArray[np.intp],
    starts: npt.NDArray[np.intp],
    ends: npt.NDArray[np.intp],
    base: float,
) -> None:
    """Refuse draws that are not numbered consecutively from 0 or from 1."""
    draw = table.values["draw"][order]
    place = np.arange(len(order)) - np.repeat(starts, ends - starts + 1)
    wrong = np.flatnonzero((draw != base + place) | (base > 1))
    if len(wrong):
        row = order[wrong[0]]
        wanted = min(base, 1.0) + place[wrong[0]]
        raise SourceError(
            f"expected draw {wanted:.0f} of {_named(table, unit, row)}, got {draw[wrong[0]]:.0f}:"
            f" number the draws of every {unit} and month consecutively from 0 or from 1",
            file=table.file,
            line=int(table.lines[row]),
            column="draw",
        )


def _keys(table: NumberColumns, unit: str, rows: npt.NDArray[np.intp]) -> tuple[Whole, Whole]:
    values = table.values
    return values["month_id"][rows].astype(np.int64), values[unit][rows].astype(np.int64)


def _named(table: NumberColumns, unit: str, row: int) -> str:
    values = table.values
    return f"month_id {values['month_id'][row]:.0f} {unit} {values[unit][row]:.0f}"


@dataclass(frozen=True)
class SharedRows:
    """Rows that both files hold, sorted by month and unit.

    Attributes:
        unit: ``country_id`` or ``priogrid_gid``.
        months: (rows,), ``month_id``.
        units: (rows,), ids of countries or cells.
        observed: (rows,), counts a month.
        draws: (rows, draws), counts a month.
        missing: Rows of the actuals that the forecast lacks and that were left out.
        surplus: Rows of the forecast that the actuals lack and that were left out.
    """

    unit: str
    months: Whole
    units: Whole
    observed: npt.NDArray[np.float64]
    draws: npt.NDArray[np.float64]
    missing: int
    surplus: int


def shared_rows(
    forecast: ChallengeDraws, actuals: ChallengeActuals, *, common: bool = False
) -> SharedRows:
    """Bring a forecast and the actuals onto the same rows.

    Args:
        forecast: Draws of every unit and month.
        actuals: Outcomes.
        common: Take the rows that both hold; otherwise any difference is refused.

    Raises:
        SourceError: The units differ, no row is shared, or rows differ and ``common`` is not set;
            the rows are named.
    """
    if forecast.unit != actuals.unit:
        raise SourceError(
            f"expected a forecast by {actuals.unit} as in the actuals {actuals.file}, got one by"
            f" {forecast.unit}: give two files of the same kind",
            file=forecast.file,
        )
    theirs, ours = (
        _joint_keys(forecast.months, forecast.units),
        _joint_keys(actuals.months, actuals.units),
    )
    _, here, there = np.intersect1d(ours, theirs, assume_unique=True, return_indices=True)
    missing, surplus = np.setdiff1d(ours, theirs), np.setdiff1d(theirs, ours)
    if not len(here) or ((len(missing) or len(surplus)) and not common):
        raise SourceError(_difference(forecast, actuals, missing, surplus), file=forecast.file)
    return SharedRows(
        unit=actuals.unit,
        months=actuals.months[here],
        units=actuals.units[here],
        observed=actuals.observed[here],
        draws=forecast.draws[there],
        missing=len(missing),
        surplus=len(surplus),
    )


def _joint_keys(months: Whole, units: Whole) -> Whole:
    return (months << 32) + units


def _difference(
    forecast: ChallengeDraws, actuals: ChallengeActuals, missing: Whole, surplus: Whole
) -> str:
    rows = len(actuals.months)
    shared = rows - len(missing)
    parts = [f"the forecast covers {shared:,} of the {rows:,} rows of {actuals.file}"]
    whole = _joint_keys(forecast.months, forecast.units), _joint_keys(actuals.months, actuals.units)
    for word, keys, others in (("lacks", missing, whole[0]), ("has", surplus, whole[1])):
        if len(keys):
            beyond = "" if word == "lacks" else " that the actuals lack"
            parts.append(
                f"it {word} {len(keys):,} rows{beyond}: {_named_rows(keys, others, actuals.unit)}"
            )
    advice = (
        f"add or remove rows, or score only the {shared:,} shared ones with --common"
        if shared
        else "no row is shared: give files of the same window"
    )
    return "; ".join([*parts, advice])


def _named_rows(keys: Whole, others: Whole, unit: str) -> str:
    """Name months and units that the other file lacks entirely, then single rows."""
    months, units = keys >> 32, keys & (2**32 - 1)
    lone_months = np.setdiff1d(months, others >> 32)
    lone_units = np.setdiff1d(units, others & (2**32 - 1))
    single = ~np.isin(months, lone_months) & ~np.isin(units, lone_units)
    parts = [
        f"the whole of {word} {listed(list(map(str, values)), most=_SHOWN)}"
        for word, values in (("month_id", lone_months), (unit, lone_units))
        if len(values)
    ]
    if single.any():
        pairs = zip(months[single], units[single], strict=True)
        parts.append(listed([f"month_id {m} {unit} {u}" for m, u in pairs], most=_SHOWN))
    return " and ".join(parts)
