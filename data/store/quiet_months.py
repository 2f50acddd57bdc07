"""Months in which a complete list has no event anywhere: quiet, or missing from the data?

Silence alone is not a zero. Where the months around it are busy it is more likely that rows are
missing, and the month counts as ``failed`` until the user states that it was quiet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.months import month_number, month_numbers, month_spans, month_text
from data.reading import Coverage

__all__ = ["BUSY", "Silence", "silence_warnings", "silent_months"]

# Where ten events a month are usual, a month without any comes about once in 22,000 months.
BUSY = 10
_BESIDE = 6


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
    def suspect(self) -> bool:
        """Whether the month is more likely missing than quiet."""
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
    silences = []
    for place in np.flatnonzero(here == 0):
        at = int(np.searchsorted(busy, place))
        beside = here[busy[max(at - _BESIDE, 0) : at + _BESIDE]]
        usual = float(np.median(beside)) if len(beside) >= _BESIDE else 0.0
        silences.append(Silence(month_text(int(covered[place])), usual))
    return silences


def silence_warnings(silences: Sequence[Silence]) -> list[str]:
    """Return warnings about silent months, suspect and quiet ones separately."""
    missing = [silence.month for silence in silences if silence.suspect]
    quiet = [silence.month for silence in silences if not silence.suspect]
    warnings = []
    if missing:
        warnings.append(
            f"no event anywhere in {month_spans(missing)}, with busy months around: counted as"
            " missing (failed), not as zero; ingest what is missing, give --data-through if the"
            " data end before, or --quiet if nothing happened"
        )
    if quiet:
        warnings.append(
            f"no event anywhere in {month_spans(quiet)}: counted as quiet, since the list claims to"
            " be complete; if its last months are not, give --data-through"
        )
    return warnings


def _covered(coverages: Sequence[Coverage]) -> npt.NDArray[np.int64]:
    spans = [
        np.arange(month_number(str(c.first)), month_number(str(c.last)) + 1)
        for c in coverages
        if c.complete and c.first and c.last
    ]
    return np.unique(np.concatenate(spans)) if spans else np.zeros(0, dtype=np.int64)


def _counts(events: pd.DataFrame, first: int, last: int) -> npt.NDArray[np.int64]:
    """Return the events that begin in each month from ``first`` to ``last``."""
    months = month_numbers(events["date_start"])
    inside = months[(months >= first) & (months <= last)] - first
    return np.bincount(inside, minlength=last - first + 1)
