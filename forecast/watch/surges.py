"""Quiet, then attacked: regions and countries with attacks after a year without any."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from data.schema import DEATHS, EVENTS
from experiments.phases import YEAR
from forecast.text.sections import Column
from forecast.text.wording import short_month
from forecast.watch.area_months import AreaMonths
from forecast.watch.section import MonthSection, Ranked, Row, where_text
from forecast.watch.words import name_text

__all__ = ["SURGES"]

# Attacks in so many months after twelve months without any.
_LEAST = 3
_RECENT = 3


def _rows(history: AreaMonths, most: int) -> Ranked:
    """Return those with most attacks first, then those that were quiet for longest."""
    events = history.counts.get(EVENTS)
    if events is None or events.shape[1] < _RECENT + YEAR:
        return [], 0
    now = events[:, -_RECENT:].sum(axis=1)
    before = events[:, -_RECENT - YEAR : -_RECENT].sum(axis=1)
    surges = np.flatnonzero((now >= _LEAST) & (before == 0))
    order = sorted(surges, key=lambda area: (-now[area], -_quiet(events[area]), area))
    return [_row(history, int(area)) for area in order[:most]], len(surges)


def _quiet(series: npt.NDArray[np.float64]) -> int:
    """Return for how many observed months before the last three there was no attack."""
    loud = np.flatnonzero(~(series[:-_RECENT] == 0))
    return len(series) - _RECENT - (int(loud[-1]) + 1 if len(loud) else 0)


def _row(history: AreaMonths, area: int) -> Row:
    series, where = history.counts[EVENTS][area], history.areas[area]
    quiet = _quiet(series)
    last = len(series) - _RECENT - quiet - 1
    seen = last >= 0 and not np.isnan(series[last])
    deaths = history.counts.get(DEATHS)
    toll = float("nan") if deaths is None else float(deaths[area, -_RECENT:].sum())
    return (
        name_text(where.region or ""),
        name_text(where.country),
        int(series[-_RECENT:].sum()),
        None if np.isnan(toll) else int(toll),
        quiet,
        short_month(history.months[last]) if seen else None,
        name_text(history.source),
    )


SURGES = MonthSection(
    name="watch_surge",
    title="Quiet, then attacked",
    note=f"Regions and countries with {_LEAST} attacks or more in the {_RECENT} months"
    " to {month} after twelve months without any; most attacks first.",
    columns=(
        Column("region", "Region", "The region; none for a country as a whole."),
        Column("country", "Country", "The country."),
        Column(
            "attacks",
            "Attacks in 3 months",
            "Attacks in the three months up to the month.",
            "whole",
        ),
        Column(
            "deaths", "Deaths in 3 months", "Deaths in the three months up to the month.", "whole"
        ),
        Column("quiet", "Quiet months before", "Months without an attack before these.", "whole"),
        Column("last", "Last attack before", "Month of the last attack before them."),
        Column("list", "List", "The list that was counted."),
    ),
    rows=_rows,
    sentence=lambda row: (
        f"{where_text(row)}: {row['attacks']} attacks in 3 months after {row['quiet']} quiet months"
    ),
)
