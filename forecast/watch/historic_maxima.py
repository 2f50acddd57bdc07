"""Historic maxima: regions and countries whose last month is the worst for more than a year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.schema import DEATHS, EVENTS
from experiments.phases import YEAR
from forecast.model.headline import record_since
from forecast.text.sections import Column
from forecast.text.wording import month_words
from forecast.watch.area_months import AreaMonths
from forecast.watch.section import MonthSection, Ranked, Row, where_text
from forecast.watch.words import name_text

__all__ = ["HISTORIC_MAXIMA"]

_MEMORY = 24
# Attacks and deaths below which no month is called a maximum.
_LEAST = {EVENTS: 3, DEATHS: 10}
_WORDS = {EVENTS: "attacks", DEATHS: "deaths"}


@dataclass(frozen=True)
class _Maximum:
    """A maximum of an area: since when no month was as high (None: never), and how long ago."""

    area: int
    measure: str
    value: float
    since: str | None
    months: int


def _rows(history: AreaMonths, most: int) -> Ranked:
    """Return the longest first, then countries before regions, then the highest numbers."""
    maxima = [
        maximum
        for measure, values in history.counts.items()
        for area in np.flatnonzero(values[:, -1] >= _LEAST[measure])
        if (maximum := _maximum(history, measure, int(area))) is not None
    ]
    maxima.sort(
        key=lambda m: (-m.months, history.areas[m.area].region is not None, -m.value, m.area)
    )
    return [_row(history, maximum) for maximum in maxima[:most]], len(maxima)


def _maximum(history: AreaMonths, measure: str, area: int) -> _Maximum | None:
    """Return the maximum that an area's last month is over the months observed without a gap."""
    series = history.counts[measure][area]
    holes = np.flatnonzero(np.isnan(series))
    first = int(holes[-1]) + 1 if len(holes) else 0
    series, months = series[first:], history.months[first:]
    if len(series) <= _MEMORY:
        return None
    since = record_since(months, series)
    gap = len(months) - 1 - (months.index(since) if since else 0)
    if since is not None and gap <= YEAR:
        return None
    return _Maximum(area, measure, float(series[-1]), since, gap)


def _row(history: AreaMonths, maximum: _Maximum) -> Row:
    area, begin = history.areas[maximum.area], len(history.months) - 1 - maximum.months
    since = maximum.since or history.months[begin]
    never = "" if maximum.since else "the record begins in "
    mean = history.counts[maximum.measure][maximum.area][-YEAR - 1 : -1].mean()
    return (
        name_text(area.region or ""),
        name_text(area.country),
        _WORDS[maximum.measure],
        int(maximum.value),
        f"worst month since {never}{month_words(since)}",
        maximum.months,
        float(mean),
        name_text(history.source),
    )


HISTORIC_MAXIMA = MonthSection(
    name="watch_records",  # kept, as issues on disk hold it
    title="Historic maxima",
    note="Regions and countries where {month} was the worst month for more than a year:"
    f" {_LEAST[EVENTS]} attacks or {_LEAST[DEATHS]} deaths at least, over"
    f" {_MEMORY} months or more observed without a gap; the longest first.",
    columns=(
        Column("region", "Region", "The region; none for a country as a whole."),
        Column("country", "Country", "The country."),
        Column("measure", "Measure", "Attacks or deaths."),
        Column("value", "This month", "Attacks or deaths in the month.", "whole"),
        Column("record", "Maximum", "Since when no month was as high."),
        Column("months", "Months", "Months without one as high.", "whole"),
        Column("mean12", "Mean of 12", "Mean of the twelve months before, a month.", "count"),
        Column("list", "List", "The list that was counted."),
    ),
    rows=_rows,
    sentence=lambda row: f"{where_text(row)}: {row['value']} {row['measure']}, {row['record']}",
)
