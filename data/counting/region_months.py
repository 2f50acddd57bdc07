"""Counts of every region and month, with the proof that nothing was lost on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.counting.reconciliation import Reconciliation

__all__ = ["RegionMonths"]


@dataclass(frozen=True)
class RegionMonths:
    """A rectangle of counts.

    Attributes:
        scale: Name of the spatial scale.
        regions: Region table with the columns of ``REGION_COLUMNS``, sorted by ``region_id``.
        months: Text months without a gap.
        measures: Measure name to (regions, months) float32 whole numbers, counts a month; NaN
            where the region-month is not observed or the measure is not known there. float32 holds
            whole numbers exactly up to 16,777,216, far above any toll of one month.
        status: (regions, months) int8, positions in ``data.schema.STATUSES``.
        reconciliation: Where all events and deaths went.
    """

    scale: str
    regions: pd.DataFrame
    months: tuple[str, ...]
    measures: Mapping[str, npt.NDArray[np.float32]]
    status: npt.NDArray[np.int8]
    reconciliation: Reconciliation
