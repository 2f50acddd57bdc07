"""Features of how deadly events are; the windows over deaths themselves are those of frequency."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.feature import Feature, Read
from features.signals import Signal
from features.windows import moving_ratio

__all__ = ["PerEvent", "Spread"]

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class PerEvent(Feature):
    """Deaths an event over a window."""

    deaths: Signal
    events: Signal
    months: int

    @property
    def name(self) -> str:
        """Name made from the fields."""
        return f"{self.deaths.name}_per_{self.events.name}_{self.months}"

    @property
    def formula(self) -> str:
        """What one value says."""
        return (
            f"sum of {self.deaths.formula} / sum of {self.events.formula} over the {self.months}"
            " months up to t, 0 where there was no event"
        )

    def column(self, read: Read) -> Floats:
        """Return deaths an event."""
        return moving_ratio(read(self.deaths), read(self.events), self.months)


@dataclass(frozen=True)
class Spread(Feature):
    """How far apart the low and the high count of deaths are."""

    low: Signal
    high: Signal
    months: int

    @property
    def name(self) -> str:
        """Name made from the fields."""
        return f"deaths_spread_{self.months}"

    @property
    def formula(self) -> str:
        """What one value says."""
        return (
            f"(H - L) / H, H and L the sums of {self.high.formula} and {self.low.formula} over"
            f" the {self.months} months up to t, 0 where H = 0"
        )

    def column(self, read: Read) -> Floats:
        """Return the relative spread, 0 to 1."""
        high = read(self.high)
        return moving_ratio(high - read(self.low), high, self.months)
