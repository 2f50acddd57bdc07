"""Months in which a complete list tells of no event anywhere: quiet, or a hole in the data?

Silence is no zero by itself. Where the months around it are busy it is more likely that rows are
missing, and the month counts as ``failed`` until somebody says that it was quiet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.months import month_number, month_text
from data.reading import Coverage

__all__ = ["BUSY", "Silence", "month_spans", "silence_warnings", "silent_months"]

# Where a month has ten events as a rule, one without any comes about once in 22,000 months.
BUSY = 10
_BESIDE = 6
_SHOWN = 4


@dataclass(frozen=True)
class Silence:
    """A covered month without any event in any region.

    Attributes:
        month: Text month.
        usual: Median of the events a month in the six months with events before it and after it;
            0 where there are fewer than six in all.
    """

    month: str
    usual: float

    @property
    def doubted(self) -> bool:
        """Whether the month is more likely a hole than quiet."""
        return self.usual >= BUSY


def silent_months(events: pd.DataFrame, coverages: Sequence[Coverage]) -> list[Silence]:
    """Return the covered months in which no event begins anywhere, in order.

    Args:
        events: Canonical events of one source.
        coverages: Of its complete lists.
    """
    covered = _covered(coverages)
    if not len(covered):
        return []
    counts = _counts(events, int(covered[0]), int(covered[-1]))
    here = counts[covered - covered[0]]
    busy = np.flatnonzero(here)
    found = []
    for place in np.flatnonzero(here == 0):
        at = int(np.searchsorted(busy, place))
        beside = here[busy[max(at - _BESIDE, 0) : at + _BESIDE]]
        usual = float(np.median(beside)) if len(beside) >= _BESIDE else 0.0
        found.append(Silence(month_text(int(covered[place])), usual))
    return found


def silence_warnings(silences: Sequence[Silence]) -> list[str]:
    """Return what is to be asked about silent months, holes and quiet ones apart."""
    holes = [silence.month for silence in silences if silence.doubted]
    quiet = [silence.month for silence in silences if not silence.doubted]
    told = []
    if holes:
        told.append(
            f"no event anywhere in {month_spans(holes)}, with busy months around: taken as missing"
            " (failed), not as zero; ingest what is missing, say how far the data reach with"
            " --data-through, or say with --quiet that nothing happened"
        )
    if quiet:
        told.append(
            f"no event anywhere in {month_spans(quiet)}: taken as quiet, since the list claims to"
            " be complete; if its last months are not, give --data-through"
        )
    return told


def _covered(coverages: Sequence[Coverage]) -> npt.NDArray[np.int64]:
    spans = [
        np.arange(month_number(str(c.first)), month_number(str(c.last)) + 1)
        for c in coverages
        if c.complete and c.first and c.last
    ]
    return np.unique(np.concatenate(spans)) if spans else np.zeros(0, dtype=np.int64)


def _counts(events: pd.DataFrame, first: int, last: int) -> npt.NDArray[np.int64]:
    """Return the events that begin in each month from ``first`` to ``last``."""
    months = events["date_start"].to_numpy().astype("datetime64[M]").astype(np.int64) + 12 * 1970
    inside = months[(months >= first) & (months <= last)] - first
    return np.bincount(inside, minlength=last - first + 1)


def month_spans(months: Sequence[str]) -> str:
    """Return months in words, neighbouring ones joined.

    Example:
        >>> month_spans(["2020-01", "2020-02", "2020-05"])
        '2020-01 to 2020-02, 2020-05'
    """
    runs: list[list[str]] = []
    for month in months:
        if runs and month_number(month) == month_number(runs[-1][-1]) + 1:
            runs[-1].append(month)
        else:
            runs.append([month])
    told = [run[0] if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs]
    more = f" and {len(told) - _SHOWN} more spans" if len(told) > _SHOWN else ""
    return ", ".join(told[:_SHOWN]) + more
