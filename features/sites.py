"""Features of places that are hit again, beside windows over the panel's measures of places."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.feature import Feature, Read
from features.signals import Signal
from features.windows import moving_sum

__all__ = ["DaysBetween"]

Floats = npt.NDArray[np.float32]

# A place not hit again stands at the longest time that a repeat can have behind it, 24 months.
_NEVER_DAYS = np.float32(731)


@dataclass(frozen=True)
class DaysBetween(Feature):
    """Mean days between two hits on the same place.

    Attributes:
        days: Days since the hit before, added up over a month's repeats.
        repeats: Repeats of a month.
        months: Length of the window.
    """

    days: Signal
    repeats: Signal
    months: int

    @property
    def name(self) -> str:
        """Name made from the fields."""
        return f"{self.days.name}_between_{self.months}"

    @property
    def formula(self) -> str:
        """What one value says."""
        return (
            f"sum of {self.days.formula} / sum of {self.repeats.formula} over the {self.months}"
            f" months up to t, {_NEVER_DAYS:g} where there was no repeat"
        )

    def column(self, read: Read) -> Floats:
        """Return days."""
        repeats = moving_sum(read(self.repeats), self.months)
        mean = moving_sum(read(self.days), self.months) / np.maximum(repeats, np.float32(1))
        return np.where(repeats == 0, _NEVER_DAYS, mean).astype(np.float32)
