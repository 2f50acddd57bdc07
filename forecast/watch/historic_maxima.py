"""Records ("worst month since March 2012") and attacks that come after a quiet year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.schema import DEATHS, EVENTS
from experiments.phases import YEAR
from forecast.model.headline import record_since
from forecast.text.sections import Cell, Column
from forecast.text.wording import month_words, short_month
from forecast.watch.months import AreaMonths
from forecast.watch.words import name_text

__all__ = [
    "LEAST",
    "MEMORY",
    "RECORD_COLUMNS",
    "SURGE",
    "SURGE_COLUMNS",
    "record_rows",
    "surge_rows",
]

Doubles = npt.NDArray[np.float64]
Rows = list[tuple[Cell, ...]]

MEMORY = 24
# Attacks and deaths below which no month is called a record.
LEAST = {EVENTS: 3, DEATHS: 10}
# Attacks in three months after twelve months without any.
SURGE = 3
RECENT = 3
_WORDS = {EVENTS: "attacks", DEATHS: "deaths"}

RECORD_COLUMNS = (
    Column("region", "Region", "The region; none for a country as a whole."),
    Column("country", "Country", "The country."),
    Column("measure", "Measure", "Attacks or deaths."),
    Column("value", "This month", "Attacks or deaths in the month.", "whole"),
    Column("record", "IssueView", "Since when no month was as high."),
    Column("months", "Months", "Months without one as high.", "whole"),
    Column("mean12", "Mean of 12", "Mean of the twelve months before, a month.", "count"),
    Column("list", "List", "The list that was counted."),
)
SURGE_COLUMNS = (
    Column("region", "Region", "The region; none for a country as a whole."),
    Column("country", "Country", "The country."),
    Column(
        "attacks", "Attacks in 3 months", "Attacks in the three months up to the month.", "whole"
    ),
    Column("deaths", "Deaths in 3 months", "Deaths in the three months up to the month.", "whole"),
    Column("quiet", "Quiet months before", "Months without an attack before these.", "whole"),
    Column("last", "Last attack before", "Month of the last attack before them."),
    Column("list", "List", "The list that was counted."),
)


@dataclass(frozen=True)
class _Record:
    """A record of an area: how many months back the last one as high lies, None for never."""

    area: int
    measure: str
    value: float
    since: str | None
    months: int


def record_rows(counts: AreaMonths, most: int) -> tuple[Rows, int]:
    """Return the records of the last month as rows of ``RECORD_COLUMNS``; and how many.

    The longest come first, then countries before regions, then the highest numbers.

    Args:
        counts: Months that end with the last one.
        most: How many rows.
    """
    found = [
        record
        for measure, values in counts.counts.items()
        for area in np.flatnonzero(values[:, -1] >= LEAST[measure])
        if (record := _record(counts, measure, int(area))) is not None
    ]
    found.sort(key=lambda r: (-r.months, counts.areas[r.area].region is not None, -r.value, r.area))
    return [_record_row(counts, record) for record in found[:most]], len(found)


def surge_rows(counts: AreaMonths, most: int) -> tuple[Rows, int]:
    """Return where attacks came after a quiet year as rows of ``SURGE_COLUMNS``; and how many.

    Args:
        counts: Months that end with the last one.
        most: How many rows.
    """
    events = counts.counts.get(EVENTS)
    if events is None or events.shape[1] < RECENT + YEAR:
        return [], 0
    now = events[:, -RECENT:].sum(axis=1)
    before = events[:, -RECENT - YEAR : -RECENT].sum(axis=1)
    found = np.flatnonzero((now >= SURGE) & (before == 0))
    order = sorted(found, key=lambda area: (-now[area], -_quiet(events[area]), area))
    return [_surge_row(counts, int(area)) for area in order[:most]], len(found)


def _record(counts: AreaMonths, measure: str, area: int) -> _Record | None:
    """Return the record that an area's last month sets over the months observed without a gap."""
    series = counts.counts[measure][area]
    holes = np.flatnonzero(np.isnan(series))
    first = int(holes[-1]) + 1 if len(holes) else 0
    series, months = series[first:], counts.months[first:]
    if len(series) <= MEMORY:
        return None
    since = record_since(months, series)
    gap = len(months) - 1 - (months.index(since) if since else 0)
    if since is not None and gap <= YEAR:
        return None
    return _Record(area, measure, float(series[-1]), since, gap)


def _record_row(counts: AreaMonths, record: _Record) -> tuple[Cell, ...]:
    area, begin = counts.areas[record.area], len(counts.months) - 1 - record.months
    words = (
        f"worst month since {month_words(record.since)}"
        if record.since
        else (f"worst month since the record begins in {month_words(counts.months[begin])}")
    )
    mean = counts.counts[record.measure][record.area][-YEAR - 1 : -1].mean()
    return (
        name_text(area.region or ""),
        name_text(area.country),
        _WORDS[record.measure],
        int(record.value),
        words,
        record.months,
        float(mean),
        name_text(counts.source),
    )


def _quiet(series: Doubles) -> int:
    """Return for how many observed months before the last three there was no attack."""
    loud = np.flatnonzero(~(series[:-RECENT] == 0))
    return len(series) - RECENT - (int(loud[-1]) + 1 if len(loud) else 0)


def _surge_row(counts: AreaMonths, area: int) -> tuple[Cell, ...]:
    series, where = counts.counts[EVENTS][area], counts.areas[area]
    quiet = _quiet(series)
    last = len(series) - RECENT - quiet - 1
    seen = last >= 0 and not np.isnan(series[last])
    deaths = counts.counts.get(DEATHS)
    sum_of = float("nan") if deaths is None else float(deaths[area, -RECENT:].sum())
    return (
        name_text(where.region or ""),
        name_text(where.country),
        int(series[-RECENT:].sum()),
        None if np.isnan(sum_of) else int(sum_of),
        quiet,
        short_month(counts.months[last]) if seen else None,
        name_text(counts.source),
    )
