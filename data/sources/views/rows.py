"""Which rows a forecast of the challenge and the actuals share, and how the rest is named."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.errors import SourceError
from data.sources.views.files import ChallengeActuals, ChallengeDraws

__all__ = ["SharedRows", "shared_rows"]

Whole = npt.NDArray[np.int64]

_SHOWN = 3


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
        actuals: What happened.
        common: Take the rows that both hold; otherwise any difference is refused.

    Raises:
        SourceError: The units are of two kinds, no row is shared, or rows differ and ``common``
            is not asked for; the rows are named.
    """
    if forecast.unit != actuals.unit:
        raise SourceError(
            f"the forecast is by {forecast.unit} and the actuals {actuals.file} are by"
            f" {actuals.unit}: give two files of the same kind",
            file=forecast.file,
        )
    theirs, ours = _keys(forecast.months, forecast.units), _keys(actuals.months, actuals.units)
    _, here, there = np.intersect1d(ours, theirs, assume_unique=True, return_indices=True)
    missing, surplus = np.setdiff1d(ours, theirs), np.setdiff1d(theirs, ours)
    if not len(here) or ((len(missing) or len(surplus)) and not common):
        raise SourceError(_unlike(forecast, actuals, missing, surplus), file=forecast.file)
    return SharedRows(
        unit=actuals.unit,
        months=actuals.months[here],
        units=actuals.units[here],
        observed=actuals.observed[here],
        draws=forecast.draws[there],
        missing=len(missing),
        surplus=len(surplus),
    )


def _keys(months: Whole, units: Whole) -> Whole:
    return (months << 32) + units


def _unlike(
    forecast: ChallengeDraws, actuals: ChallengeActuals, missing: Whole, surplus: Whole
) -> str:
    rows = len(actuals.months)
    shared = rows - len(missing)
    told = [f"the forecast covers {shared:,} of the {rows:,} rows of {actuals.file}"]
    whole = _keys(forecast.months, forecast.units), _keys(actuals.months, actuals.units)
    for word, keys, others in (("lacks", missing, whole[0]), ("has", surplus, whole[1])):
        if len(keys):
            beyond = "" if word == "lacks" else " that the actuals lack"
            told.append(
                f"it {word} {len(keys):,} rows{beyond}: {_rows(keys, others, actuals.unit)}"
            )
    advice = (
        f"add or leave out rows, or score only the {shared:,} shared ones with --common"
        if shared
        else "no row is shared, so these are not files of the same window"
    )
    return "; ".join([*told, advice])


def _rows(keys: Whole, others: Whole, unit: str) -> str:
    """Name months and units that the other file lacks altogether, then single rows."""
    months, units = keys >> 32, keys & (2**32 - 1)
    lone_months = np.setdiff1d(months, others >> 32)
    lone_units = np.setdiff1d(units, others & (2**32 - 1))
    single = ~np.isin(months, lone_months) & ~np.isin(units, lone_units)
    parts = [
        f"the whole of {word} {_listed(values)}"
        for word, values in (("month_id", lone_months), (unit, lone_units))
        if len(values)
    ]
    named = [
        f"month_id {month} {unit} {place}"
        for month, place in zip(months[single][:_SHOWN], units[single][:_SHOWN], strict=True)
    ]
    if named:
        more = int(single.sum()) - len(named)
        parts.append(", ".join(named) + (f" and {more:,} more" if more else ""))
    return " and ".join(parts)


def _listed(values: Whole) -> str:
    more = len(values) - _SHOWN
    shown = ", ".join(map(str, values[:_SHOWN]))
    return f"{shown} and {more:,} more" if more > 0 else shown
