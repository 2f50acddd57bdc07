"""Which region-month each part of an event falls in, or why it falls in none.

A part is one event in one month. Its fate is one of the codes here; each part has exactly one, so
that counts and reconciliation add up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.counting.spreading import MonthParts, month_parts
from data.months import month_number
from data.regions.location import OUTSIDE, UNLOCATED, Location
from data.schema import OBSERVED, STATUSES

__all__ = ["BEFORE", "COUNTED", "OUTSIDE", "UNLOCATED", "UNOBSERVED", "PlacedParts", "place_parts"]

COUNTED, BEFORE, UNOBSERVED = 0, 3, 4


@dataclass(frozen=True)
class PlacedParts:
    """Parts of events with their place in the panel.

    Attributes:
        parts: Which event and month each part is.
        cell: (parts,) row * months + column of the region-month, -1 where it is not counted.
        fate: (parts,) int8: ``COUNTED``, ``UNLOCATED``, ``OUTSIDE``, ``BEFORE`` (the panel's first
            month) or ``UNOBSERVED`` (after its last month, or the region-month is not observed).
    """

    parts: MonthParts
    cell: npt.NDArray[np.intp]
    fate: npt.NDArray[np.int8]

    @property
    def counted(self) -> npt.NDArray[np.bool_]:
        """Which parts are in the panel, (parts,)."""
        return np.asarray(self.fate == COUNTED)


def place_parts(
    events: pd.DataFrame, location: Location, months: Sequence[str], status: npt.NDArray[np.int8]
) -> PlacedParts:
    """Cut events into months and place every part.

    Args:
        events: Canonical events.
        location: Their regions.
        months: Months of the panel.
        status: (regions, months) positions in ``STATUSES``.
    """
    parts = month_parts(events["date_start"], events["date_end"])
    column = parts.month - month_number(months[0])
    row = location.region[parts.event]
    fate = location.reason[parts.event].astype(np.int8)
    located = fate == COUNTED
    fate[located & (column < 0)] = BEFORE
    fate[located & (column >= len(months))] = UNOBSERVED
    inside = np.flatnonzero(fate == COUNTED)
    seen = status[row[inside], column[inside]] == STATUSES.index(OBSERVED)
    fate[inside[~seen]] = UNOBSERVED
    cell = np.where(fate == COUNTED, row * len(months) + column, -1)
    return PlacedParts(parts, cell.astype(np.intp), fate)
