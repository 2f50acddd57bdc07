"""The observed month in a few figures: totals, how they stand to the past, and records.

Everything here is observed; sums over regions are of counts, never of forecasts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.schema import DEATHS, EVENTS
from experiments.phases import YEAR
from features.panel import Panel
from forecast.text.wording import month_words

__all__ = ["Headline", "headlines", "record_since"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Headline:
    """One measure over all observed regions, month by month.

    Attributes:
        measure: ``events`` or ``deaths``.
        months: Text months up to the origin.
        totals: (months,), sums over observed regions; NaN where none is observed.
        regions: (months,), regions that are observed.
        record: A record that the last month sets; None where it sets none.
    """

    measure: str
    months: tuple[str, ...]
    totals: Floats
    regions: npt.NDArray[np.int64]
    record: str | None

    @property
    def now(self) -> float:
        """Total of the last month."""
        return float(self.totals[-1])

    @property
    def before(self) -> float:
        """Total of the month before; NaN where there is none."""
        return float(self.totals[-2]) if len(self.totals) > 1 else float("nan")

    @property
    def mean12(self) -> float:
        """Mean of the last twelve months; NaN where one is unobserved."""
        last = self.totals[-YEAR:]
        return float(last.mean()) if len(last) == YEAR else float("nan")


def headlines(panel: Panel) -> list[Headline]:
    """Return a headline for events and, where the panel has them, deaths.

    Args:
        panel: The past; its last month is the origin.
    """
    by_measure = []
    for measure in (EVENTS, DEATHS):
        if measure in panel.measures:
            values = panel.measures[measure].astype(np.float64)
            known = ~np.isnan(values)
            totals = np.where(known.any(axis=0), np.nansum(values, axis=0), np.nan)
            regions = known.sum(axis=0)
            record = _record(panel.months, totals, regions)
            by_measure.append(Headline(measure, panel.months, totals, regions, record))
    return by_measure


def record_since(months: tuple[str, ...], totals: Floats) -> str | None:
    """Return the last month whose total was as high as that of the newest month.

    Args:
        months: Text months.
        totals: (months,), NaN where unobserved.

    Returns:
        The month; None where no observed month was as high.
    """
    as_high = np.flatnonzero(totals[:-1] >= totals[-1])
    return months[int(as_high[-1])] if len(as_high) else None


def _record(months: tuple[str, ...], totals: Floats, regions: npt.NDArray[np.int64]) -> str | None:
    """Say since when no month was as high, where that is a year or longer.

    Only months with as many observed regions as now count as the past that was beaten.
    """
    alike = np.flatnonzero(regions < regions[-1])
    first = int(alike[-1]) + 1 if len(alike) else 0
    months, totals = months[first:], totals[first:]
    if np.isnan(totals[-1]) or totals[-1] == 0 or len(totals) <= YEAR:
        return None
    since = record_since(months, totals)
    if since is None:
        return f"worst month since the record begins in {month_words(months[0])}"
    gap = len(months) - 1 - months.index(since)
    return f"worst month since {month_words(since)}" if gap > YEAR else None
