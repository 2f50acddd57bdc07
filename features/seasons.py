"""Signals of the calendar: the month of the year as a point on a circle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from data.months import month_number
from features.signals import Signal, Sources

__all__ = ["MonthOfYear"]

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class MonthOfYear(Signal):
    """One coordinate of the month of the year.

    Attributes:
        wave: ``sin`` or ``cos`` of 2 pi m / 12, January at m = 0.
    """

    wave: Literal["sin", "cos"]

    @property
    def name(self) -> str:
        """Name made from the fields."""
        return f"month_{self.wave}"

    @property
    def family(self) -> str:
        """Calendar."""
        return "calendar"

    @property
    def formula(self) -> str:
        """What one value says."""
        return f"{self.wave}(2 pi m / 12), m = 0 in January"

    def series(self, sources: Sources) -> Floats:
        """Return the same wave for every region."""
        panel = sources.panel
        turn = np.array([month_number(month) % 12 for month in panel.months]) * (np.pi / 6)
        wave = np.sin(turn) if self.wave == "sin" else np.cos(turn)
        return np.broadcast_to(wave.astype(np.float32), (len(panel.regions), len(turn)))
